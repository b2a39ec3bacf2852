"""lawbook: the command `law`: every row in force for a code, as a page or as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.text import Text

from entrepot.cite import TRUST
from entrepot.cli import exits, terminal, tongue
from entrepot.cli.ask import country, identifier, sold
from entrepot.cli.exits import Stop
from entrepot.cli.fold import indented
from entrepot.cli.marks import COLOURS
from entrepot.cli.page import layers_of
from entrepot.cli.quoting import day_of, packs_of, today
from entrepot.cli.shown import dotted, joined, name_of
from entrepot.cli.tongue import LABELS, N_, _, label, of_pack
from entrepot.pack.law import Law, World
from entrepot.pack.records import Basis, Entry, Regime

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


@dataclass(frozen=True, slots=True)
class Found:
    """One row in force: in which part it is told, under which name, what it says, and what it rests on."""

    part: str
    name: str
    says: str
    basis: Basis


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot law …`."""
    words = list(given["words"])
    if identifier(words[0]) == "diff":
        from entrepot.cli.changes import answer as changes

        if given["overlays"]:
            raise Stop(exits.USAGE, "invalid", _("--overlay goes without diff."), "--overlay")
        return changes({**given, "words": words[1:]})
    if given["since"] or given["until"]:
        raise Stop(
            exits.USAGE,
            "invalid",
            _("--from and --to go with diff: entrepot law diff CN --from DATE --to DATE."),
            "--from",
        )
    if len(words) != 2:
        raise Stop(exits.USAGE, "missing", _("Write a country and a code, for example: entrepot law CN 0901.21."))
    house, on = packs_of(given["packs"], given["overlays"]), day_of(given["on"], "--on") or today()
    law = house.law(country(words[0], "COUNTRY"), on)
    tongue.use_pack(law.language, law.words, law.title, law.economies)
    code, service = sold(words[1], house.world.services)
    found = list(rows_of(law, code, service))
    if given["json"]:
        head: dict[str, Any] = {
            "object": "law",
            "pack": law.pack,
            "date": on.isoformat(),
            "code": code or service,
            "since": law.since,
            "until": law.until,
        }
        head |= {"hash": law.hash, "layers": law.layers}
        exits.put_json({**head, "rows": [_as_json(law, each) for each in found]})
    else:
        screen = terminal.console()
        terminal.put(screen, _page(law, house.world, code, service, on, found, terminal.width_of(screen)))
    return exits.ANSWERED if found else exits.REFUSED


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


def _as_json(law: Law, found: Found) -> dict[str, Any]:
    basis = found.basis
    cited = [
        {"source": cite, "title": law.sources[cite].title, "authority": law.sources[cite].authority}
        for cite in basis.cites
    ]
    dates = {"since": basis.since, "until": basis.until, "trust": TRUST[basis.trust], "row": basis.where}
    return {"part": found.part, "name": found.name, "says": found.says, **dates, "sources": cited}


def _page(law: Law, world: World, code: str, service: str, on: dt.date, found: list[Found], width: int) -> list[Text]:
    name = name_of(law, world, code)
    sold_name = of_pack(world.services[service]) if service else f"{dotted(code)} {name}"
    head = indented(f"{tongue.place_of_law(law.title)} · {sold_name}", width, " ", "bold")
    head += indented(_("law of {day}").format(day=tongue.day(on.isoformat())), width, " ", "dim")
    if not found:
        head += indented(
            _("The pack has no row for it. Its limits: entrepot packs show {pack}").format(pack=law.pack), width, " "
        )
    for said in layers_of(law.layers, law.title):
        head += indented(said, width, " ", "dim")
    parts = [head]
    for part, title in PARTS.items():
        rows = [each for each in found if each.part == part]
        if rows:
            parts.append(
                [Text(f" {_(title)}", style="bold cyan"), *(line for each in rows for line in _row(law, each, width))]
            )
    return joined(parts)


def _row(law: Law, found: Found, width: int) -> list[Text]:
    basis = found.basis
    lines = indented(f"{found.name}: {found.says}", width, "   ")
    if len(lines) == 1:
        lines[0].stylize("bold", len(lines[0]) - len(found.says))
    until = _("from {since} until {until}") if basis.until else _("since {since}")
    dates = until.format(since=tongue.day(basis.since), until=tongue.day(basis.until))
    trust = label(TRUST[basis.trust])
    source = law.sources[basis.cites[0]] if basis.cites else None
    cited = f" · {of_pack(source.authority)}: {of_pack(source.title)}" if source else ""
    under = indented(f"{trust} · {dates} · {basis.where}{cited}", width, "     ", "dim")
    under[0].highlight_words([trust], style=COLOURS[TRUST[basis.trust]])
    return lines + under
