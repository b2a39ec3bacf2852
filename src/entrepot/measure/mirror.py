"""The mirror: exports as one node reports them against imports as the other one does, line by line.

Lines are matched by the order that both nodes have. Each gap is divided into named reasons in a fixed order, each the
difference that one correction makes, so that the reasons add up to the gap exactly:

    time, classification, returns, cif_fob, price, exchange; coverage of a line that only one node has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec

from entrepot.measure.lines import CIF, FOB, LedgerLine
from entrepot.measure.periods import months_of
from entrepot.measure.tables import Rate, product_group
from entrepot.measure.template import counted
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
    valuation: str = CIF,
) -> Mirror:
    """Compare the exports of one node with the imports of the other. `valuation`: that of the importer's figures.

    Raises TradeError for a period that is none, or where both sides are one economy.
    """
    return mirrors(exporter, importer, period, currency, ((measure, ALL_PRODUCTS),), valuation=valuation)[0]


class Wanted(NamedTuple):
    """Of what a mirror is: a measure of the template, and a product (chapter of the HS, code of EBOPS) or all."""

    measure: str
    product: str = ALL_PRODUCTS


def mirrors(
    exporter: Side,
    importer: Side,
    period: str,
    currency: str,
    wanted: Sequence[tuple[str, str]],
    *,
    valuation: str = CIF,
) -> list[Mirror]:
    """As `mirror`, of several measures and products (`Wanted`) at once: the lines are matched once."""
    months = frozenset(months_of(period))
    if exporter.economy == importer.economy:
        raise TradeError(
            "mirror_of_one", "Both sides are {economy}: a mirror compares two economies.", economy=exporter.economy
        )
    ours = _by_match(exporter, importer.economy, EXPORTS, FOB)
    theirs = _by_match(importer, exporter.economy, IMPORTS, valuation)
    of = Mirror(
        exporter=exporter.economy,
        importer=importer.economy,
        period=period,
        measure="",
        currency=currency,
        exports=0,
        imports=0,
        matched=len(ours.keys() & theirs.keys()),
        lines=sum(
            any(each is not None and each.sale.day[:7] in months for each in (ours.get(match), theirs.get(match)))
            for match in {*ours, *theirs}
        ),
        reasons={},
        gaps=(),
    )
    sides = ((ours, exporter.rate), (theirs, importer.rate))
    return [_mirror(of, sides, months, Wanted(*each)) for each in wanted]


def products_of(exporter: Side, importer: Side, period: str) -> tuple[str, ...]:
    """The products of the lines of a period, as either side has them: chapters of the HS, and codes of EBOPS."""
    months = frozenset(months_of(period))
    found = set()
    for side, partner, flow in ((exporter, importer, EXPORTS), (importer, exporter, IMPORTS)):
        entries = _by_match(side, partner.economy, flow, FOB).values()
        found |= {product_group(each.sale) for each in entries if each.sale.day[:7] in months}
    return tuple(sorted(found - {UNKNOWN}))


def _mirror(
    of: Mirror,
    sides: tuple[tuple[Mapping[str, _Entry], Rate], tuple[Mapping[str, _Entry], Rate]],
    months: frozenset[str],
    wanted: Wanted,
) -> Mirror:
    """The mirror of a measure and a product, from lines by their match."""
    (ours, our_rate), (theirs, their_rate) = sides
    gaps, exports, imports = [], 0, 0
    for match in sorted({*ours, *theirs}):
        one, other = ours.get(match), theirs.get(match)
        found = _gap(match, (one, our_rate), (other, their_rate), months, wanted, of.currency)
        exports, imports = exports + found.exports, imports + found.imports
        if found.reasons:
            gaps.append(found)
    reasons: dict[str, int] = {}
    for each in gaps:
        for name, amount in each.reasons.items():
            reasons[name] = reasons.get(name, 0) + amount
    return msgspec.structs.replace(
        of,
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


def _gap(
    match: str,
    ours: tuple[_Entry | None, Rate],
    theirs: tuple[_Entry | None, Rate],
    months: frozenset[str],
    wanted: Wanted,
    currency: str,
) -> Gap:
    """The two values of a line, and the reasons for their difference."""
    (one, our_rate), (other, their_rate) = ours, theirs
    exports = _value(one, our_rate, months, wanted, currency)
    imports = _value(other, their_rate, months, wanted, currency)
    difference = (exports or 0) - (imports or 0)
    if not difference:
        return Gap(match, exports or 0, imports or 0, {})
    if one is None or other is None:
        return Gap(match, exports or 0, imports or 0, {"coverage": difference})
    if exports is None or imports is None:
        return Gap(match, exports or 0, imports or 0, {"unknown": difference})
    inside = [each.sale.day[:7] in months for each in (one, other)]
    if inside[0] != inside[1]:
        return Gap(match, exports, imports, {"time": difference})
    if _counts(one, wanted) != _counts(other, wanted):
        return Gap(match, exports, imports, {"classification": difference})
    return Gap(match, exports, imports, _of_values(one, other, (our_rate, their_rate), currency, difference))


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


def _counts(entry: _Entry, wanted: Wanted) -> bool | None:
    """Whether a line is counted; None where it is not known."""
    if wanted.product not in (ALL_PRODUCTS, product_group(entry.sale)):
        return None if product_group(entry.sale) == UNKNOWN else False
    return counted(entry.sale.answers)[wanted.measure]


def _rate(entry: _Entry, rate: Rate, currency: str) -> Fraction:
    if entry.sale.currency == currency:
        return Fraction(1)
    return rate(entry.sale.currency, entry.sale.day) or Fraction(0)


def _value(entry: _Entry | None, rate: Rate, months: Iterable[str], wanted: Wanted, currency: str) -> int | None:
    """What a side reports of a line: 0 where it does not count it in the period, None where it is not known."""
    if entry is None or entry.sale.day[:7] not in months or not _counts(entry, wanted):
        return 0
    found = Fraction(1) if entry.sale.currency == currency else rate(entry.sale.currency, entry.sale.day)
    if found is None or entry.sale.amount is None:
        return None
    exact = entry.sale.amount * found
    return half_up(exact.numerator, exact.denominator)
