"""lawbook: every row of law in force for a code or a service, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from entrepot import spelling, tongue
from entrepot.cite import TRUST
from entrepot.pack.law import Law, World
from entrepot.pack.records import Basis, Entry, Regime
from entrepot.tongue import LABELS, N_, _, label, of_pack

#: The parts of the page, in their order.
PARTS = {
    "tariff": N_("Duty by treatment"),
    "additional": N_("Additional duties"),
    "taxes": N_("Taxes and their classes"),
    "lists": N_("Lists of goods"),
    "reliefs": N_("Reliefs"),
    "conditions": N_("Conditions of the ways in"),
    "permits": N_("Papers, permissions and prohibitions"),
}


#: In which part a column of the schedule is told.
PART_OF = {"tariff": "tariff", "additional": "additional", "class": "taxes", "list": "lists"}


dotted = spelling.dotted  # a code as it is printed, for whoever prints law


@dataclass(frozen=True, slots=True)
class Found:
    """One row in force: in which part it is told, under which name, what it says, and what it rests on."""

    part: str
    name: str
    says: str
    basis: Basis


def rows_of(law: Law, code: str, service: str) -> Iterator[Found]:
    """Every row in force that speaks of a code or a service."""
    yield from _columns(law, code, service)
    of = "services" if service else "goods"
    for regime in law.regimes:
        if regime.of == of:
            yield from _of_regime(law, regime, code)
    for permit in law.permits:
        if not permit.goods or _speaks_of(permit.goods, code, service):
            yield Found(
                "permits",
                f"{label(permit.kind)} · {of_pack(permit.authority)}",
                of_pack(permit.says),
                law.bases[permit.basis],
            )


def _columns(law: Law, code: str, service: str) -> Iterator[Found]:
    """What the schedule says of a code, or of each line under it."""
    lines = law.under(code) if code else []
    if service:
        yield from _cells(law, [law.service_group(index, service) for index in range(len(law.columns))], "")
    elif not lines:
        row = law.row_of(code)
        yield from _cells(law, [law.group(index, row) for index in range(len(law.columns))], "")
    told = set()
    for line in lines:
        row = law.index[line]
        for found in _cells(law, [law.group(index, row) for index in range(len(law.columns))], dotted(line)):
            # What a shorter code says of all its lines is told once.
            if (found.name, found.says, found.basis.where) not in told:
                told.add((found.name, found.says, found.basis.where))
                yield found


def _cells(law: Law, groups: list[tuple[Entry, ...]], line: str) -> Iterator[Found]:
    titles = {treatment.id: treatment.title for treatment in law.treatments}
    for column, group in zip(law.columns, groups, strict=True):
        kind, _sign, name = column.name.partition(":")
        title = of_pack(titles.get(name.removesuffix(":part"), LABELS.get(name, name.replace("_", " "))))
        if name.endswith(":part"):
            title += f" ({_('part of the line only')})"
        for entry in group:
            named = of_pack(entry.name) if kind == "additional" and entry.name else title
            basis = law.bases[entry.basis]
            broad = basis.where in _broad(law)
            yield Found(PART_OF[kind], f"{line} · {named}" if line and not broad else named, _entry(law, entry), basis)
            if kind == "class":
                for tax in law.taxes.get(f"{name}:{entry.name}", ()):
                    place = f" {tax.place}" if tax.place else ""
                    says = label(law.rates[tax.rate].text)
                    yield Found("taxes", f"{title}, {label(entry.name)}{place}", says, law.bases[tax.basis])
            if entry.origin is None and not entry.unit_value:
                break  # the first that fits decides; what is broader stands behind it


def _broad(law: Law) -> frozenset[str]:
    """Where the rows stand that hold for all goods."""
    known = law.cache.get("broad")
    if known is None:
        rows = {law.bases[entry.basis].where for index in range(len(law.columns)) for entry in law.group(index, -1)}
        known = frozenset(rows)
        law.remember("broad", known)
    return known  # type: ignore[return-value]  # the cache holds what each asker put there


def _entry(law: Law, entry: Entry) -> str:
    """What one row says: its rate or its class, and for whom."""
    says = label(law.rates[entry.rate].text) if entry.rate >= 0 else label(entry.name)
    if entry.origin is not None:
        whom = _("origin not {codes}") if entry.origin.but else _("origin {codes}")
        says += ", " + whom.format(codes=" ".join(sorted(entry.origin.codes)))
    for num, den, currency, unit in entry.unit_value:
        worth = _("from {amount} a unit of {unit}")
        says += ", " + worth.format(amount=f"{currency} {tongue.number(f'{num / den:g}')}", unit=unit)
    return says


def _of_regime(law: Law, regime: Regime, code: str) -> Iterator[Found]:
    title = of_pack(regime.title)
    for relief in regime.thresholds:
        excluded = _speaks_of(relief.excludes, code, "")
        if not excluded and (not relief.goods or _speaks_of(relief.goods, code, "")):
            bound = _("below {amount}") if relief.below else _("at most {amount}")
            limit = bound.format(
                amount=f"{relief.currency} {tongue.number(_decimal(relief.amount_num, relief.amount_den))}"
            )
            yield Found(
                "reliefs",
                title,
                of_pack(relief.says) or f"{limit}: {', '.join(relief.relieves)}",
                law.bases[relief.basis],
            )
    for condition in regime.conditions:
        if not condition.goods or _speaks_of(condition.goods, code, ""):
            yield Found("conditions", title, of_pack(condition.says), law.bases[condition.basis])


def _speaks_of(goods: tuple[str, ...], code: str, service: str) -> bool:
    """Whether a list of goods and services names a code, or lines under it."""
    if service:
        return any(each in ("service:*", f"service:{service}") for each in goods)
    return any(each == "*" or code.startswith(each) or each.startswith(code) for each in goods)


def _decimal(num: int, den: int) -> str:
    return format(Decimal(num) / Decimal(den), "f")


def as_json(law: Law, found: Found) -> dict[str, Any]:
    """A row as the API gives it."""
    basis = found.basis
    cited = [
        {"source": cite, "title": law.sources[cite].title, "authority": law.sources[cite].authority}
        for cite in basis.cites
    ]
    dates = {"since": basis.since, "until": basis.until, "trust": TRUST[basis.trust], "row": basis.where}
    return {"part": found.part, "name": found.name, "says": found.says, **dates, "sources": cited}


def name_of(law: Law, world: World, code: str) -> str:
    """What a code or a service is called, in the language spoken where the pack has it."""
    if code in world.services:
        return of_pack(world.services[code])
    under = law.under(code) if code else []
    row = law.index[under[0]] if len(under) == 1 else law.row_of(code)
    names = law.names(row)
    return (
        names.get(tongue.spoken())
        or names.get("en")
        or world.headings.get(code[:6])
        or world.headings.get(code[:4], "")
    )
