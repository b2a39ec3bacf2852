"""The tables of the template: transactions are added up in classes that do not overlap, and each figure from classes.

A class is converted exactly and rounded once, so figures are sums of whole numbers, and the identities of the template
hold to the last unit for each partner, sector and period. This module is the plain implementation; that of large tables
(`batch.statistics`) makes the same classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import msgspec

from entrepot.measure.periods import months_of
from entrepot.measure.template import MEASURES, Answers, counted
from entrepot.measure.transactions import ALL_PRODUCTS, FLOWS, TOTAL_ECONOMY, UNKNOWN, WORLD, Transaction
from entrepot.model.money import half_up

#: How many minor units of the table's currency a minor unit of another one was worth on a day; None: not known.
Rate: TypeAlias = Callable[[str, str], Fraction | None]


class ClassKey(NamedTuple):
    """A class: transactions that are counted alike. `product`: a chapter of the HS, or a code of EBOPS."""

    flow: str
    partner: str
    sector: str
    month: str
    answers: Answers
    product: str = UNKNOWN


class ClassSum(NamedTuple):
    """What a class adds up to, in minor units of the table's currency.

    `lines`: how many transactions it has; `unknown`: of these, how many have no known amount; `traders`: the amounts of
    each domestic party.
    """

    amount: int
    lines: int
    unknown: int
    traders: Mapping[str, int]


class Classes(NamedTuple):
    """All classes of a reporter. `missing`: days on which a currency has no rate, as (currency, day)."""

    reporter: str
    currency: str
    sums: Mapping[ClassKey, ClassSum]
    missing: tuple[tuple[str, str], ...] = ()


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A figure in minor units; None where it is not known. `at_least`: a part of it is not known.

    `lines`: of how many transactions; `traders`: what each domestic party has of it. Neither is ever published.
    """

    value: int | None
    at_least: bool = False
    lines: int = 0
    traders: Mapping[str, int] = {}


class CellKey(NamedTuple):
    """The place of a figure. `partner`: an economy or `WORLD`; `sector`: a code or `TOTAL_ECONOMY`.

    `product`: a chapter of the HS or a code of EBOPS, of the world and the whole economy only, or `ALL_PRODUCTS`.
    """

    flow: str
    partner: str
    sector: str
    measure: str
    product: str = ALL_PRODUCTS


class Atom(NamedTuple):
    """What is counted in the same rows, at one place: each figure is a sum of atoms. Never published.

    `product`: "" in a table without products.
    """

    flow: str
    partner: str
    sector: str
    measures: frozenset[str]
    amount: int
    product: str = UNKNOWN

    def is_in(self, cell: CellKey) -> bool:
        """Whether a figure has it."""
        return (
            self.flow == cell.flow
            and cell.partner in (WORLD, self.partner)
            and cell.sector in (TOTAL_ECONOMY, self.sector)
            and cell.product in (ALL_PRODUCTS, self.product)
            and cell.measure in self.measures
        )


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The template for a reporter and a period. `atoms`: what its figures are sums of; `lines`: of all transactions."""

    reporter: str
    period: str
    currency: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    figures: Mapping[CellKey, Figure]
    products: tuple[str, ...] = ()
    atoms: tuple[Atom, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    lines: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was recorded for the period."""
        return not self.lines


def classes_of(transactions: Iterable[Transaction], reporter: str, currency: str, rate: Rate) -> Classes:
    """Add transactions up, one by one. What has no amount, or a currency without a rate, is counted as unknown."""
    exact: dict[ClassKey, dict[str, Fraction]] = {}
    counts: dict[ClassKey, list[int]] = {}
    missing: set[tuple[str, str]] = set()
    for each in transactions:
        key = ClassKey(each.flow, each.partner, each.sector, each.day[:7], each.answers, product_group(each))
        traders = exact.setdefault(key, {})
        count = counts.setdefault(key, [0, 0])
        count[0] += 1
        found = Fraction(1) if each.currency == currency else rate(each.currency, each.day)
        if found is None:
            missing.add((each.currency, each.day))
        if found is None or each.amount is None:
            count[1] += 1
            continue
        traders[each.trader] = traders.get(each.trader, Fraction(0)) + each.amount * found
    return Classes(reporter, currency, rounded_sums(exact, counts), tuple(sorted(missing)))


def rounded_sums(
    exact: Mapping[ClassKey, Mapping[str, Fraction]], counts: Mapping[ClassKey, Sequence[int]]
) -> dict[ClassKey, ClassSum]:
    """The sums of classes, each rounded once. `exact`: by trader; `counts`: the lines, and those of unknown amount."""
    return {
        key: ClassSum(
            amount=_rounded(sum(traders.values(), Fraction(0))),
            lines=counts[key][0],
            unknown=counts[key][1],
            traders={trader: _rounded(amount) for trader, amount in traders.items()},
        )
        for key, traders in exact.items()
    }


def _rounded(amount: Fraction) -> int:
    return half_up(amount.numerator, amount.denominator)


def product_group(transaction: Transaction) -> str:
    """What a transaction is counted under: the chapter of goods, the code of a service."""
    return transaction.product if transaction.answers.service else transaction.product[:2]


def table_of(
    classes: Classes,
    period: str,
    partners: Sequence[str] = (),
    sectors: Sequence[str] = (),
    *,
    by_product: bool = False,
) -> Table:
    """The table of a period, for the world and each partner, and for the whole economy and each sector.

    `partners`: by default those of the period; for a partner that is not in it, all figures are 0, which is what the
    ledger knows: nothing was traded with it here. `by_product`: also for each product, of the world and whole economy.
    """
    months = frozenset(months_of(period))
    chosen = {key: found for key, found in classes.sums.items() if key.month in months}
    here = tuple(partners) or tuple(sorted({key.partner for key in chosen} - {UNKNOWN}))
    parts = tuple(sectors) or tuple(sorted({key.sector for key in chosen} - {UNKNOWN}))
    products = tuple(sorted({key.product for key in chosen} - {UNKNOWN})) if by_product else ()
    places = [(partner, sector, ALL_PRODUCTS) for partner in (WORLD, *here) for sector in (TOTAL_ECONOMY, *parts)]
    figures = _figures(_merged(chosen, lambda key: key._replace(month="", product=UNKNOWN)), places)
    if products:
        rows = [(WORLD, TOTAL_ECONOMY, product) for product in products]
        figures |= _figures(_merged(chosen, _of_product), rows)
    days = tuple(each for each in classes.missing if each[1][:7] in months)
    return Table(
        reporter=classes.reporter,
        period=period,
        currency=classes.currency,
        partners=here,
        sectors=parts,
        figures=figures,
        products=products,
        atoms=_atoms(chosen, by_product=by_product),
        missing=days,
        lines=sum(found.lines for found in chosen.values()),
    )


def _of_product(key: ClassKey) -> ClassKey:
    """The key without what the rows of products do not tell apart: but a partner that is not known stays so."""
    return key._replace(month="", partner=UNKNOWN if key.partner == UNKNOWN else WORLD, sector=TOTAL_ECONOMY)


def _merged(chosen: Mapping[ClassKey, ClassSum], place: Callable[[ClassKey], ClassKey]) -> Mapping[ClassKey, ClassSum]:
    """The sums of the classes that have one place."""
    found: dict[ClassKey, list[ClassSum]] = {}
    for key, each in chosen.items():
        found.setdefault(place(key), []).append(each)
    merged = {}
    for key, parts in found.items():
        traders: dict[str, int] = {}
        for each in parts:
            for trader, amount in each.traders.items():
                traders[trader] = traders.get(trader, 0) + amount
        merged[key] = ClassSum(
            sum(each.amount for each in parts),
            sum(each.lines for each in parts),
            sum(each.unknown for each in parts),
            traders,
        )
    return merged


def _figures(merged: Mapping[ClassKey, ClassSum], places: Sequence[tuple[str, str, str]]) -> dict[CellKey, Figure]:
    """The figures of places, each a partner, a sector and a product."""
    figures = {}
    for flow in FLOWS:
        mine = [(key, found, counted(key.answers)) for key, found in merged.items() if key.flow == flow]
        for partner, sector, product in places:
            for measure in MEASURES:
                key = CellKey(flow, partner, sector, measure, product)
                figures[key] = _figure(mine, key) if merged else Figure(None)
    return figures


def _atoms(classes: Mapping[ClassKey, ClassSum], *, by_product: bool) -> tuple[Atom, ...]:
    found: dict[tuple[str, str, str, frozenset[str], str], int] = {}
    for key, each in classes.items():
        measures = frozenset(name for name, inside in counted(key.answers).items() if inside)
        if key.partner != UNKNOWN and measures and each.amount:
            place = (key.flow, key.partner, key.sector, measures, key.product if by_product else UNKNOWN)
            found[place] = found.get(place, 0) + each.amount
    # In one order, whatever order the lines came in: what is held back must not depend on it.
    ordered = sorted(found.items(), key=lambda each: (*each[0][:3], sorted(each[0][3]), each[0][4]))
    return tuple(Atom(*place[:4], amount, place[4]) for place, amount in ordered)


def _figure(classes: Iterable[tuple[ClassKey, ClassSum, Mapping[str, bool | None]]], cell: CellKey) -> Figure:
    """One figure: what is surely in it is added up; what may be in it makes it "at least"."""
    value, lines, known, at_least = 0, 0, 0, False
    traders: dict[str, int] = {}
    for key, found, counts in classes:
        inside = counts[cell.measure]
        if inside is False:
            continue
        place = _and(_is_in(key.partner, cell.partner, WORLD), _is_in(key.sector, cell.sector, TOTAL_ECONOMY))
        if key.partner == UNKNOWN:
            place = None
        place = _and(place, _is_product(key, cell.product))
        if place is False:
            continue
        if inside is None or place is None:
            at_least = True
            continue
        value += found.amount
        lines += found.lines
        at_least = at_least or found.unknown > 0
        known += found.lines - found.unknown
        for trader, amount in found.traders.items():
            traders[trader] = traders.get(trader, 0) + amount
    # A figure of which nothing is known is not 0.
    return Figure(None if at_least and not known else value, at_least, lines, traders)


def _is_product(key: ClassKey, wanted: str) -> bool | None:
    """Whether a class is of a product. What has no code may be any of its own classification."""
    if wanted == ALL_PRODUCTS:
        return True
    if key.product == UNKNOWN:
        return None if key.answers.service == wanted[0].isalpha() else False
    return key.product == wanted


def _is_in(given: str, wanted: str, whole: str) -> bool | None:
    if wanted in (whole, given):
        return True
    return None if given == UNKNOWN else False


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None
