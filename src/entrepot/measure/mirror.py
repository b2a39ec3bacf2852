"""The mirror: exports as one node reports them against imports as the other one does, line by line.

Lines are matched by the order that both nodes have. Each gap is divided into named reasons in a fixed order, each the
difference that one correction makes, so that the reasons add up to the gap exactly:

    time, classification, returns, cif_fob, price, exchange; coverage of a line that only one node has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec

from entrepot.measure.lines import CIF, FOB, LedgerLine
from entrepot.measure.periods import months_of
from entrepot.measure.tables import Rate, product_group
from entrepot.measure.template import MEASURES, counted
from entrepot.measure.transactions import (
    ALL_PRODUCTS,
    EXPORTS,
    FEE_ANSWERS,
    IMPORTS,
    UNKNOWN,
    Transaction,
    transactions_of,
)
from entrepot.model.errors import TradeError
from entrepot.model.money import half_up

REASONS = ("time", "classification", "returns", "cif_fob", "price", "exchange", "coverage", "rounding", "unknown")


class Side(NamedTuple):
    """A node's report: its economy, its lines, and its exchange rates to the currency of the mirror."""

    economy: str
    lines: Sequence[LedgerLine]
    rate: Rate


class Gap(msgspec.Struct, frozen=True):
    """A line whose two values differ. `reasons` add up to `exports` - `imports`, in minor units."""

    match: str
    exports: int
    imports: int
    reasons: Mapping[str, int]


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """What one side reports as exports and the other as imports, and why these differ.

    `product`: a chapter of the HS or a code of EBOPS, or `ALL_PRODUCTS`; `reasons` add up to `gap`; `lines`: of the
    period, on either side; `matched`: lines that both have, of any period; `asymmetry`: the gap in thousandths of the
    mean of both.
    """

    exporter: str
    importer: str
    period: str
    measure: str
    currency: str
    exports: int
    imports: int
    matched: int
    lines: int
    reasons: Mapping[str, int]
    gaps: tuple[Gap, ...]
    product: str = ALL_PRODUCTS

    @property
    def gap(self) -> int:
        """Exports less imports."""
        return self.exports - self.imports

    @property
    def explained(self) -> int:
        """What the named reasons add up to, without what is not known."""
        return sum(amount for name, amount in self.reasons.items() if name != "unknown")

    @property
    def asymmetry(self) -> int | None:
        """The gap in thousandths of the mean of both; None where there is nothing."""
        total = self.exports + self.imports
        return half_up(abs(self.gap) * 2000, total) if total else None


def mirror(
    exporter: Side,
    importer: Side,
    period: str,
    currency: str,
    *,
    measure: str = "total",
    product: str = ALL_PRODUCTS,
    valuation: str = CIF,
) -> Mirror:
    """Compare the exports of one node with the imports of the other. `valuation`: that of the importer's figures.

    Raises TradeError for a period that is none, or where both sides are one economy.
    """
    return _mirror(_pairs_of(exporter, importer, period, currency, valuation), _Wanted(measure, product))


def mirrors_by_product(exporter: Side, importer: Side, period: str, currency: str) -> list[Mirror]:
    """The mirrors of all measures, then those of the total of each product that either side has in the period.

    The lines are matched and valued once. Raises TradeError as `mirror` does.
    """
    found = _pairs_of(exporter, importer, period, currency, CIF)
    return [
        *(_mirror(found, _Wanted(each)) for each in MEASURES),
        *(_mirror(found, _Wanted("total", each)) for each in found.products),
    ]


class _Pairs(NamedTuple):
    """The lines of both sides by their match. `of`: a mirror without figures; `pairs`: by product, and `ALL_PRODUCTS`.

    `products`: of the lines of the period, as either side has them: chapters of the HS, and codes of EBOPS.
    """

    of: Mirror
    pairs: Mapping[str, Sequence[_Pair]]
    products: tuple[str, ...]


def _pairs_of(exporter: Side, importer: Side, period: str, currency: str, valuation: str) -> _Pairs:
    """Match the lines of two nodes: once, however many measures and products are compared. Raises TradeError."""
    months = frozenset(months_of(period))
    if exporter.economy == importer.economy:
        raise TradeError(
            "mirror_of_one", "Both sides are {economy}: a mirror compares two economies.", economy=exporter.economy
        )
    ours = _by_match(exporter, importer.economy, EXPORTS, FOB)
    theirs = _by_match(importer, exporter.economy, IMPORTS, valuation)
    rates = (exporter.rate, importer.rate)
    every = [
        _pair(match, (ours.get(match), theirs.get(match)), rates, months, currency)
        for match in sorted({*ours, *theirs})
    ]
    # A product has the lines that either side counts in it: one that is not known is in none.
    pairs: dict[str, list[_Pair]] = {ALL_PRODUCTS: every}
    products: set[str] = set()
    for each in every:
        for group in {*each.groups} - {UNKNOWN}:
            pairs.setdefault(group, []).append(each)
        products |= {group for group, inside in zip(each.groups, each.inside, strict=True) if inside}
    of = Mirror(
        exporter=exporter.economy,
        importer=importer.economy,
        period=period,
        measure="",
        currency=currency,
        exports=0,
        imports=0,
        matched=len(ours.keys() & theirs.keys()),
        lines=sum(any(each.inside) for each in every),
        reasons={},
        gaps=(),
    )
    return _Pairs(of, pairs, tuple(sorted(products - {UNKNOWN})))


class _Wanted(NamedTuple):
    """Of what a mirror is: a measure of the template, and a product (chapter of the HS, code of EBOPS) or all."""

    measure: str
    product: str = ALL_PRODUCTS


def _mirror(found: _Pairs, wanted: _Wanted) -> Mirror:
    """The mirror of a measure and a product."""
    gaps, exports, imports = [], 0, 0
    reasons: dict[str, int] = {}
    for pair in found.pairs.get(wanted.product, ()):
        gap = _gap(pair, wanted)
        exports, imports = exports + gap.exports, imports + gap.imports
        if gap.reasons:
            gaps.append(gap)
            for name, amount in gap.reasons.items():
                reasons[name] = reasons.get(name, 0) + amount
    return msgspec.structs.replace(
        found.of,
        measure=wanted.measure,
        product=wanted.product,
        exports=exports,
        imports=imports,
        reasons={name: reasons[name] for name in REASONS if reasons.get(name)},
        gaps=tuple(sorted(gaps, key=lambda each: (-abs(each.exports - each.imports), each.match))),
    )


class _Entry(NamedTuple):
    line: LedgerLine
    sale: Transaction


def _by_match(side: Side, partner: str, flow: str, valuation: str) -> dict[str, _Entry]:
    lines = {each.id: each for each in side.lines}
    return {
        lines[each.line].match or each.line: _Entry(lines[each.line], each)
        for each in transactions_of(side.lines, side.economy, valuation=valuation)
        if (each.flow, each.partner) == (flow, partner) and each.answers != FEE_ANSWERS
    }


class _Pair(NamedTuple):
    """A line as both sides have it; None, or empty, for a side that has not.

    `inside`: whether it is in the period; `values`: what is reported of it if it is counted, None where not known;
    `counts`: for each measure, and `groups`: its product; `parts`: why the values differ, if both count it.
    """

    match: str
    inside: tuple[bool, bool]
    values: tuple[int | None, int | None]
    counts: tuple[Mapping[str, bool | None] | None, Mapping[str, bool | None] | None]
    groups: tuple[str, str]
    parts: Mapping[str, int]


def _pair(
    match: str,
    entries: tuple[_Entry | None, _Entry | None],
    rates: tuple[Rate, Rate],
    months: frozenset[str],
    currency: str,
) -> _Pair:
    one, other = entries
    inside = (_inside(one, months), _inside(other, months))
    values = (
        _value(one, rates[0], currency) if inside[0] else 0,
        _value(other, rates[1], currency) if inside[1] else 0,
    )
    parts: Mapping[str, int] = {}
    if one and other and all(inside) and values[0] is not None and values[1] is not None and values[0] != values[1]:
        parts = _of_values(one, other, rates, currency, values[0] - values[1])
    counts = (counted(one.sale.answers) if one else None, counted(other.sale.answers) if other else None)
    groups = (product_group(one.sale) if one else UNKNOWN, product_group(other.sale) if other else UNKNOWN)
    return _Pair(match, inside, values, counts, groups, parts)


def _gap(pair: _Pair, wanted: _Wanted) -> Gap:
    """The two values of a line, and the reasons for their difference."""
    counts = [_counts(pair, side, wanted) for side in (0, 1)]
    exports, imports = (value if counts[side] else 0 for side, value in enumerate(pair.values))
    difference = (exports or 0) - (imports or 0)
    if not difference:
        return Gap(pair.match, exports or 0, imports or 0, {})
    if None in pair.counts:
        reasons: Mapping[str, int] = {"coverage": difference}
    elif exports is None or imports is None:
        reasons = {"unknown": difference}
    elif pair.inside[0] != pair.inside[1]:
        reasons = {"time": difference}
    elif counts[0] != counts[1]:
        reasons = {"classification": difference}
    else:
        reasons = pair.parts
    return Gap(pair.match, exports or 0, imports or 0, reasons)


def _of_values(one: _Entry, other: _Entry, rates: tuple[Rate, Rate], currency: str, difference: int) -> dict[str, int]:
    """The reasons why the values of a line differ that both count in the period."""
    ours = _rate(one, rates[0], currency)
    theirs = _rate(other, rates[1], currency)
    parts: dict[str, Fraction] = {}
    if one.line.currency == other.line.currency:
        back = [Fraction(sum(each.amount for each in entry.line.taken)) for entry in (one, other)]
        parts["returns"] = (back[1] - back[0]) * ours
        carried = Fraction((other.sale.amount or 0) - ((other.line.price or 0) - int(back[1])))
        parts["cif_fob"] = -carried * ours
        parts["price"] = Fraction((one.line.price or 0) - (other.line.price or 0)) * ours
        parts["exchange"] = Fraction(other.sale.amount or 0) * (ours - theirs)
    else:
        parts["exchange"] = Fraction(difference)
    found = {name: half_up(each.numerator, each.denominator) for name, each in parts.items()}
    found["rounding"] = difference - sum(found.values())
    return {name: amount for name, amount in found.items() if amount}


def _counts(pair: _Pair, side: int, wanted: _Wanted) -> bool | None:
    """Whether a side counts a line; None where it is not known."""
    counts, group = pair.counts[side], pair.groups[side]
    if counts is None:
        return False
    if wanted.product not in (ALL_PRODUCTS, group):
        return None if group == UNKNOWN else False
    return counts[wanted.measure]


def _rate(entry: _Entry, rate: Rate, currency: str) -> Fraction:
    if entry.sale.currency == currency:
        return Fraction(1)
    return rate(entry.sale.currency, entry.sale.day) or Fraction(0)


def _inside(entry: _Entry | None, months: frozenset[str]) -> bool:
    return entry is not None and entry.sale.day[:7] in months


def _value(entry: _Entry | None, rate: Rate, currency: str) -> int | None:
    """What a side reports of a line that it counts; None where that is not known."""
    if entry is None or entry.sale.amount is None:
        return None
    if entry.sale.currency == currency:
        return entry.sale.amount
    found = rate(entry.sale.currency, entry.sale.day)
    if found is None:
        return None
    exact = entry.sale.amount * found
    return half_up(exact.numerator, exact.denominator)
