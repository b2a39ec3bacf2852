"""The rows of law in force for a code or a service, as keys and values.

`language.law_text` writes sentences from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from entrepot.law.compiled import Law
from entrepot.law.records import Basis, Entry, Regime
from entrepot.model.codes import dotted

#: Kind of column -> the part of the result that its rows belong to.
PART_OF = {"tariff": "tariff", "additional": "additional", "class": "taxes", "list": "lists"}

Values: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a row: a key, and its values as the law has them.

    Names: `column` (a column of the schedule), `class` (a class of a tax), `regime`, `permit`. Content: `text` (the
    pack's own sentence), `rate`, `origin`, `origin_not`, `unit_value`, `below`, `at_most`.
    """

    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class LawRow:
    """One row in force: its part, its name, its statements, and its basis.

    The parts: `tariff`, `additional`, `taxes`, `lists`, `reliefs`, `conditions` and `permits`.
    """

    part: str
    name: Statement
    says: tuple[Statement, ...]
    basis: Basis


def rows_of(law: Law, code: str, service: str) -> Iterator[LawRow]:
    """Every row in force for a code or a service."""
    yield from _schedule_rows(law, code, service)
    of = "services" if service else "goods"
    for regime in law.regimes:
        if regime.of == of:
            yield from _regime_rows(law, regime, code)
    for permit in law.permits:
        if not permit.goods or _mentions(permit.goods, code, service):
            name = Statement("permit", {"kind": permit.kind, "authority": permit.authority})
            yield LawRow("permits", name, _text_statement(permit.says), law.bases[permit.basis])


def _schedule_rows(law: Law, code: str, service: str) -> Iterator[LawRow]:
    """The rows of the schedule for a code, or for each line under it."""
    lines = law.lines_under(code) if code else []
    if service:
        yield from _cell_rows(law, [law.service_group(index, service) for index in range(len(law.columns))], "")
    elif not lines:
        row = law.row_of(code)
        yield from _cell_rows(law, [law.group(index, row) for index in range(len(law.columns))], "")
    listed = set()
    for line in lines:
        row = law.index[line]
        for found in _cell_rows(law, [law.group(index, row) for index in range(len(law.columns))], dotted(line)):
            # A row of a shorter code applies to all its lines: it is listed once.
            same = (*_content(found.name), *map(_content, found.says), found.basis.where)
            if same not in listed:
                listed.add(same)
                yield found


def _content(stated: Statement) -> tuple[object, ...]:
    return (stated.key, *stated.values.items())


def _cell_rows(law: Law, groups: list[tuple[Entry, ...]], line: str) -> Iterator[LawRow]:
    titles = {treatment.id: treatment.title for treatment in law.treatments}
    for column, group in zip(law.columns, groups, strict=True):
        kind, _sign, name = column.name.partition(":")
        title = {"column": name.removesuffix(":part"), "title": titles.get(name.removesuffix(":part"), "")}
        if kind == "class" and name in (charged := _names_of_taxes(law)):
            title["charge"] = charged[name]
        if name.endswith(":part"):
            title["part"] = "yes"
        for entry in group:
            basis = law.bases[entry.basis]
            named = dict(title)
            if kind == "additional" and entry.name:
                named["name"] = entry.name
            if line and basis.where not in _all_goods_rows(law):
                named["line"] = line
            yield LawRow(PART_OF[kind], Statement("column", named), _entry_statements(law, entry), basis)
            if kind == "class":
                for tax in law.taxes.get(f"{name}:{entry.name}", ()):
                    of = title | {"class": entry.name} | ({"place": tax.place} if tax.place else {})
                    yield LawRow(
                        "taxes", Statement("class", of), (_rate_statement(law, tax.rate),), law.bases[tax.basis]
                    )
            if entry.origin is None and not entry.unit_value:
                break  # the first entry that fits applies: broader ones after it never do


def _all_goods_rows(law: Law) -> frozenset[str]:
    """The locations of the rows that apply to all goods."""
    derived = law.derived(_Derived)
    if derived.all_goods_rows is None:
        rows = {law.bases[entry.basis].where for index in range(len(law.columns)) for entry in law.group(index, -1)}
        derived.all_goods_rows = frozenset(rows)
    return derived.all_goods_rows


def _names_of_taxes(law: Law) -> Mapping[str, str]:
    """The name of the charge of each tax; of several the shortest, which has no remark such as `at 70 %`."""
    derived = law.derived(_Derived)
    if derived.names_of_taxes is None:
        charges = {(each.tax, each.name) for regime in law.regimes for each in regime.charges if each.tax}
        ordered = sorted(charges, key=lambda found: (-len(found[1]), found[1]))
        derived.names_of_taxes = dict(ordered)
    return derived.names_of_taxes


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law: the locations of the rows that apply to all goods, and names of taxes."""

    all_goods_rows: frozenset[str] | None = None
    names_of_taxes: Mapping[str, str] | None = None


def _entry_statements(law: Law, entry: Entry) -> tuple[Statement, ...]:
    """The statements of one entry: its rate or class, and the origins and unit values it applies to."""
    says = [_rate_statement(law, entry.rate) if entry.rate >= 0 else Statement("rate", {"rate": entry.name})]
    if entry.origin is not None:
        codes = " ".join(sorted(entry.origin.codes))
        says.append(Statement("origin_not" if entry.origin.but else "origin", {"codes": codes}))
    for num, den, currency, unit in entry.unit_value:
        says.append(Statement("unit_value", {"amount": f"{num / den:g}", "currency": currency, "unit": unit}))
    return tuple(says)


def _regime_rows(law: Law, regime: Regime, code: str) -> Iterator[LawRow]:
    name = Statement("regime", {"title": regime.title})
    for relief in regime.thresholds:
        excluded = _mentions(relief.excludes, code, "")
        if not excluded and (not relief.goods or _mentions(relief.goods, code, "")):
            limit = {"amount": _decimal(relief.amount_num, relief.amount_den), "currency": relief.currency}
            bound = Statement("below" if relief.below else "at_most", limit | {"relieves": ", ".join(relief.relieves)})
            yield LawRow(
                "reliefs", name, _text_statement(relief.says) if relief.says else (bound,), law.bases[relief.basis]
            )
    for condition in regime.conditions:
        if not condition.goods or _mentions(condition.goods, code, ""):
            yield LawRow("conditions", name, _text_statement(condition.says), law.bases[condition.basis])


def _text_statement(text: str) -> tuple[Statement, ...]:
    return (Statement("text", {"text": text}),)


def _rate_statement(law: Law, rate: int) -> Statement:
    return Statement("rate", {"rate": law.rates[rate].text})


def _mentions(goods: tuple[str, ...], code: str, service: str) -> bool:
    """Whether a list of goods and services contains a code or service, or lines under the code."""
    if service:
        return any(each in ("service:*", f"service:{service}") for each in goods)
    return any(each == "*" or code.startswith(each) or each.startswith(code) for each in goods)


def _decimal(num: int, den: int) -> str:
    return format(Decimal(num) / Decimal(den), "f")
