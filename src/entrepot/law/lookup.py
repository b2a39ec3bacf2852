"""lawbook: the rows of law in force for a code or a service, as keys and values; `law_text` makes sentences of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from entrepot.law.compiled import Law
from entrepot.law.records import Basis, Entry, Regime
from entrepot.model.codes import dotted

#: In which part the rows of a column of the schedule are told.
PART_OF = {"tariff": "tariff", "additional": "additional", "class": "taxes", "list": "lists"}

Values: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that a row states: a key, and the values that belong to it, as the law has them.

    Names: `column` (a column of the schedule), `class` (a class of a tax), `regime`, `permit`. What is said of them:
    `text` (the pack's own sentence), `rate`, `origin`, `origin_not`, `unit_value`, `below`, `at_most`.
    """

    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class Found:
    """One row in force: the part it belongs to, what it is about, what it says, and what it rests on.

    The parts: `tariff`, `additional`, `taxes`, `lists`, `reliefs`, `conditions` and `permits`.
    """

    part: str
    name: Stated
    says: tuple[Stated, ...]
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
            name = Stated("permit", {"kind": permit.kind, "authority": permit.authority})
            yield Found("permits", name, _text(permit.says), law.bases[permit.basis])


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
            same = (*_content(found.name), *map(_content, found.says), found.basis.where)
            if same not in told:
                told.add(same)
                yield found


def _content(stated: Stated) -> tuple[object, ...]:
    return (stated.key, *stated.values.items())


def _cells(law: Law, groups: list[tuple[Entry, ...]], line: str) -> Iterator[Found]:
    titles = {treatment.id: treatment.title for treatment in law.treatments}
    for column, group in zip(law.columns, groups, strict=True):
        kind, _sign, name = column.name.partition(":")
        title = {"column": name.removesuffix(":part"), "title": titles.get(name.removesuffix(":part"), "")}
        if name.endswith(":part"):
            title["part"] = "yes"
        for entry in group:
            basis = law.bases[entry.basis]
            named = dict(title)
            if kind == "additional" and entry.name:
                named["name"] = entry.name
            if line and basis.where not in _broad(law):
                named["line"] = line
            yield Found(PART_OF[kind], Stated("column", named), _entry(law, entry), basis)
            if kind == "class":
                for tax in law.taxes.get(f"{name}:{entry.name}", ()):
                    of = title | {"class": entry.name} | ({"place": tax.place} if tax.place else {})
                    yield Found("taxes", Stated("class", of), (_rate(law, tax.rate),), law.bases[tax.basis])
            if entry.origin is None and not entry.unit_value:
                break  # the first that fits decides; what is broader stands behind it


def _broad(law: Law) -> frozenset[str]:
    """Where the rows stand that hold for all goods."""
    derived = law.derived(_Derived)
    if derived.broad is None:
        rows = {law.bases[entry.basis].where for index in range(len(law.columns)) for entry in law.group(index, -1)}
        derived.broad = frozenset(rows)
    return derived.broad


@dataclass(slots=True)
class _Derived:
    """What this module keeps with a law: where the rows stand that hold for all goods."""

    broad: frozenset[str] | None = None


def _entry(law: Law, entry: Entry) -> tuple[Stated, ...]:
    """What one row says: its rate or its class, and for whom."""
    says = [_rate(law, entry.rate) if entry.rate >= 0 else Stated("rate", {"rate": entry.name})]
    if entry.origin is not None:
        codes = " ".join(sorted(entry.origin.codes))
        says.append(Stated("origin_not" if entry.origin.but else "origin", {"codes": codes}))
    for num, den, currency, unit in entry.unit_value:
        says.append(Stated("unit_value", {"amount": f"{num / den:g}", "currency": currency, "unit": unit}))
    return tuple(says)


def _of_regime(law: Law, regime: Regime, code: str) -> Iterator[Found]:
    name = Stated("regime", {"title": regime.title})
    for relief in regime.thresholds:
        excluded = _speaks_of(relief.excludes, code, "")
        if not excluded and (not relief.goods or _speaks_of(relief.goods, code, "")):
            limit = {"amount": _decimal(relief.amount_num, relief.amount_den), "currency": relief.currency}
            bound = Stated("below" if relief.below else "at_most", limit | {"relieves": ", ".join(relief.relieves)})
            yield Found("reliefs", name, _text(relief.says) if relief.says else (bound,), law.bases[relief.basis])
    for condition in regime.conditions:
        if not condition.goods or _speaks_of(condition.goods, code, ""):
            yield Found("conditions", name, _text(condition.says), law.bases[condition.basis])


def _text(text: str) -> tuple[Stated, ...]:
    return (Stated("text", {"text": text}),)


def _rate(law: Law, rate: int) -> Stated:
    return Stated("rate", {"rate": law.rates[rate].text})


def _speaks_of(goods: tuple[str, ...], code: str, service: str) -> bool:
    """Whether a list of goods and services names a code, or lines under it."""
    if service:
        return any(each in ("service:*", f"service:{service}") for each in goods)
    return any(each == "*" or code.startswith(each) or each.startswith(code) for each in goods)


def _decimal(num: int, den: int) -> str:
    return format(Decimal(num) / Decimal(den), "f")
