"""The compiled law of a period as plain arrays, which the kernel reads."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

import numpy as np

from entrepot.batch.kernel import layout
from entrepot.law.compiled import Law
from entrepot.law.rates import ADD, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, UNITS, VALUE, Rate
from entrepot.law.records import Entry, Who

#: Says that an entry has no rate.
NO_RATE = Rate("none", "none")
#: The largest factor of a program: a sum of its products with MAX_AMOUNT still fits in 64 bits.
MAX_FACTOR = 1 << 50
OPS = {
    SHARE: layout.OP_SHARE,
    UNIT: layout.OP_UNIT,
    FLAT: layout.OP_FLAT,
    VALUE: layout.OP_VALUE,
    ADD: layout.OP_ADD,
    SUB: layout.OP_SUB,
    MAX: layout.OP_MAX,
    MIN: layout.OP_MIN,
}


class LawArrays:
    """A law as arrays, with caches for origins.

    Origins that no row of the law tells apart share a class. `lacking`: the currencies of rates that have no exchange
    rate. `regimes`: how many regimes are for goods.
    """

    def __init__(self, law: Law, lacking: frozenset[str] = frozenset()) -> None:
        self.law, self.lacking = law, lacking
        self.regimes = sum(regime.of == "goods" for regime in law.regimes)
        self.entries = _distinct_entries(law)
        self.names = {name: index for index, name in enumerate(sorted({entry.name for entry in self.entries}))}
        self._origin_lists = list({id(entry.origin): entry.origin for entry in self.entries if entry.origin}.values())
        self._classes: dict[tuple[bool, ...], int] = {}
        self._class_of: dict[str, int] = {}
        self.beginning, self._entry_offsets = self._lay_out()
        self.schedule = self._schedule()
        self._firsts: list[Any] = []
        self.first_entries = np.zeros((1, 1), np.int32)
        self.prefixes = _number_prefix_lists(law)
        self._places = _economy_lists(law)

    def rate(self, index: int) -> int:
        """The offset of a rate in the plan buffer; -1 for none."""
        return layout.LAW_SIZE + index * layout.RATE_SIZE if index >= 0 else -1

    def regime_key(self, origin: str, ship_from: str) -> tuple[bool, ...]:
        """What the rows of regimes say of two places: sales with the same answers have the same regimes."""
        return tuple(economies.has(index) for economies in self._places for index in (origin, ship_from))

    def origin_key(self, origin: str) -> tuple[bool, ...]:
        """What the law says of an origin: for two origins with the same key the law of every line is the same."""
        law = self.law
        return (
            *(economies.has(origin) for economies in self._origin_lists),
            *(origin in treatment.members for treatment in law.treatments),
            origin in law.normal,
        )

    def origin_class(self, origin: str) -> int:
        """The index in `first_entries` of the entries that apply to an origin."""
        found = self._class_of.get(origin)
        if found is None:
            key = tuple(economies.has(origin) for economies in self._origin_lists)
            if key not in self._classes:
                self._classes[key] = len(self._firsts)
                self._firsts.append(self._first(origin))
                self.first_entries = np.stack(self._firsts)
            found = self._class_of[origin] = self._classes[key]
        return found

    def _first(self, origin: str) -> Any:
        """For each group the offset of its first entry that applies to an origin; -1 where it has none."""
        first = np.full(max(len(self.law.groups), 1), -1, np.int32)
        for index, group in enumerate(self.law.groups):
            for entry in group:
                if entry.origin is None or entry.origin.has(origin):
                    first[index] = self._entry_offsets[id(entry)]
                    break
        return first

    def _lay_out(self) -> tuple[Any, dict[int, int]]:
        """The beginning of a plan buffer: rates, entries, groups, trust, vintages; and the offset of each entry."""
        law, found = self.law, [0] * layout.LAW_SIZE
        rates, steps = _encode_rates(law, self.lacking)
        begin = layout.LAW_SIZE + len(rates) * layout.RATE_SIZE
        for encoded in rates:
            bounds = encoded[layout.RATE_START : layout.RATE_STOP + 1]
            if encoded[layout.RATE_KIND] == layout.RANGE:
                bounds = [self.rate(each) for each in bounds]
            else:
                bounds = [begin + each * layout.STEP_SIZE for each in bounds]
            encoded[layout.RATE_START : layout.RATE_STOP + 1] = bounds
            found += encoded
        for step in steps:
            found += step
        units = [[self._unit(*each) for each in entry.unit_value] for entry in self.entries]
        at = len(found) + len(self.entries) * layout.ENTRY_SIZE
        offsets: dict[int, int] = {}
        for entry, each in zip(self.entries, units, strict=True):
            offsets[id(entry)] = len(found)
            until = at + len(each) * layout.UNIT_SIZE
            # The last rate is for an entry without a rate: it says that there is none.
            rate = self.rate(entry.rate if entry.rate >= 0 else len(law.rates))
            found += [rate, entry.basis, self.names[entry.name], at, until]
            at = until
        found += [number for each in units for unit in each for number in unit]
        found[layout.LAW_GROUPS] = len(found)
        ends = np.cumsum([0, *map(len, law.groups)]) + len(found) + len(law.groups) + 1
        found += ends.tolist()
        found += [offsets[id(entry)] for group in law.groups for entry in group]
        found[layout.LAW_UNCHECKED] = len(found)
        found += [int(basis.trust >= 2) for basis in law.bases]
        found[layout.LAW_VINTAGES] = len(found)
        found += [int(index in law.vintages) for index in range(len(law.bases))]
        return np.array(found, np.int64), offsets

    def _schedule(self) -> Any:
        """The schedule (see `layout`)."""
        law = self.law
        groups = np.full((max(len(law.columns), 1), len(law.codes) + 1), -1, np.int32)
        for index, column in enumerate(law.columns):
            groups[index, :-1] = np.frombuffer(column.cells, np.int32)
            groups[index, -1] = column.default  # the row of goods that no code of the schedule covers
        slots, rows = [0], [-1]  # of no group
        for group in law.groups:
            slots.append(-1 if group[0].unit_value else self.names[group[0].name] + 1)
            rows.append(-1 if group[0].unit_value else group[0].basis)
        return np.stack([groups, np.array(slots, np.int32)[groups + 1], np.array(rows, np.int32)[groups + 1]], axis=-1)

    def _unit(self, num: int, den: int, currency: str, unit: str) -> tuple[int, ...]:
        """A unit value in minor units for a millionth of a measure; -1: too fine, or in another currency."""
        measure, factor = UNITS[unit]
        if currency != self.law.currency:
            return MEASURES.index(measure), -1, 1
        each = Fraction(num, den) * 10**self.law.decimals / factor / layout.MICRO
        if max(each.numerator, each.denominator) > MAX_FACTOR:
            return MEASURES.index(measure), -1, 1
        return MEASURES.index(measure), each.numerator, each.denominator


def _economy_lists(law: Law) -> list[Who]:
    """Every list of economies in the charges, reliefs, conditions, prohibitions and limits of a law."""
    found: list[Who | None] = []
    for permit in (*law.permits, *law.known_limits):
        found += [permit.origin, permit.ship_from]
    for regime in law.regimes:
        found += [charge.origin for charge in regime.charges]
        for threshold in regime.thresholds:
            found += [threshold.origin, threshold.ship_from]
        for condition in regime.conditions:
            found += [condition.origin, condition.ship_from, condition.economies]
    return list({economies: None for economies in found if economies is not None})


def _number_prefix_lists(law: Law) -> dict[tuple[str, ...], int]:
    """The lists of codes in a law outside its schedule, numbered; -1 for all goods."""
    lists = [permit.goods for permit in (*law.permits, *law.known_limits) if permit.kind in ("prohibition", "limit")]
    for regime in law.regimes:
        for threshold in regime.thresholds:
            lists += [threshold.goods, threshold.excludes]
        for condition in regime.conditions:
            lists += [condition.goods, condition.goods_in]
    found: dict[tuple[str, ...], int] = {(): -1}
    for each in lists:
        if each not in found:
            found[each] = -1 if "*" in each else sum(index >= 0 for index in found.values())
    return found


def _distinct_entries(law: Law) -> list[Entry]:
    found: dict[int, Entry] = {}
    for group in law.groups:
        for entry in group:
            found.setdefault(id(entry), entry)
    return list(found.values())


def _encode_rates(law: Law, lacking: frozenset[str]) -> tuple[list[list[int]], list[list[int]]]:
    """The rates, then one for none, then the ends of ranges; and the steps of their programs.

    START and STOP count steps; those of a range are the places of its ends among the rates, or -1.
    """
    minor, rates = 10**law.decimals, []
    steps: list[list[int]] = []
    ends = list({end: None for rate in law.rates if rate.kind == "range" for end in rate.ends})
    places = {end: len(law.rates) + 1 + place for place, end in enumerate(ends)}
    for rate in (*law.rates, NO_RATE, *ends):
        kind, num, den = _rate_kind(rate)
        start = len(steps)
        if kind == layout.PROGRAM:
            program = _encode_program(rate, law.currency, lacking, minor)
            if program is None:
                kind = layout.UNSUPPORTED_RATE
            else:
                den, found = program
                steps += found
        pieces = any(
            each.kind in ("sum", "mixed") and step.op == UNIT and MEASURES[step.measure] == "item"
            for each in rate.ends
            for step in each.program
        )
        stop = len(steps)
        if kind == layout.RANGE:
            start, stop = (-1 if end is None else places[end] for end in (rate.low, rate.high))
        rates.append([kind, num, den, int(pieces), start, stop, rate.den if kind == layout.PROGRAM else den])
    return rates, steps


def _rate_kind(rate: Rate) -> tuple[int, int, int]:
    if rate.kind == "free":
        return layout.PPM, 0, layout.MICRO
    named = {"unknown": layout.UNKNOWN, "text": layout.TEXT, "none": layout.NONE, "range": layout.RANGE}
    if rate.kind in named:
        return named[rate.kind], 0, 1
    if rate.kind != "share":
        return (
            (layout.PROGRAM, rate.num, 1) if max(rate.num, rate.den) < MAX_FACTOR else (layout.UNSUPPORTED_RATE, 0, 1)
        )
    if layout.MICRO % rate.den == 0 and (ppm := rate.num * layout.MICRO // rate.den) <= layout.MAX_PPM:
        return layout.PPM, ppm, layout.MICRO
    return (layout.SHARE, rate.num, rate.den) if max(rate.num, rate.den) < 1 << 20 else (layout.UNSUPPORTED_RATE, 0, 1)


def _encode_program(rate: Rate, own: str, lacking: frozenset[str], minor: int) -> tuple[int, list[list[int]]] | None:
    """A program over one denominator: every step a factor of the base, of a millionth of a measure, or of one.

    None where it is in another currency that has an exchange rate, its numbers are too large, or it subtracts a measure
    (then it may not be lowest where the measure is nil), except an amount by the piece by itself.
    """
    if _subtracts_measure(rate):
        return None
    by_piece = {
        at
        for at, (step, after) in enumerate(pairwise(rate.program))
        if step.op == UNIT and MEASURES[step.measure] == "item" and after.op == SUB
    }
    exact: list[tuple[int, Fraction, int]] = []
    without = [step.op in (UNIT, FLAT) and step.currency in lacking for step in rate.program]
    for at, step in enumerate(rate.program):
        number = Fraction(step.num, step.den)
        if step.op in (UNIT, FLAT):
            if step.currency != own and step.currency not in lacking:
                return None
            number = number * minor / (layout.MICRO if step.op == UNIT else 1)
        elif step.op == VALUE:
            number = Fraction(1)
        elif step.op != SHARE:
            number = Fraction(0)
        exact.append((layout.OP_UNIT_SUBTRACTED if at in by_piece else OPS[step.op], number, step.measure))
    whole = lcm(*(number.denominator for _, number, _ in exact))
    steps = [[op, int(number * whole), measure] for op, number, measure in exact]
    if whole > MAX_FACTOR or any(
        number > (MAX_FACTOR // layout.MICRO if measure == layout.ITEMS else MAX_FACTOR) for _, number, measure in steps
    ):
        return None
    return whole, [
        [op, -1 if no_rate else number, at] for (op, number, at), no_rate in zip(steps, without, strict=True)
    ]


def _subtracts_measure(rate: Rate) -> bool:
    """Whether a program subtracts an amount by a measure that may be nil where the rest is not.

    Litres subtracted from litres of alcohol are none: a line that gives these gives litres too. Nor is an amount by the
    piece that is subtracted by itself: the loop knows which of its ends the lowest of the rate has.

    >>> from entrepot.law.grammar import read_rate
    >>> [_subtracts_measure(read_rate(text)) for text in ("max(0 %, 524 JPY/kg - value)", "10 % - 1 USD/kg")]
    [False, True]
    >>> [_subtracts_measure(read_rate(text)) for text in ("8.34 AUD/l_alc - 0.0960 AUD/l", "20 % - 400000 KRW/item")]
    [False, False]
    """
    stack: list[str] = []
    for step in rate.program:
        if step.op in (SHARE, UNIT, FLAT, VALUE):
            stack.append(MEASURES[step.measure] if step.op == UNIT else "")
            continue
        right, left = stack.pop(), stack.pop()
        if step.op == SUB and right not in ("", "item") and (left, right) != ("l_alc", "l"):
            return True
        stack.append("several" if left or right else "")
    return False


def includes(economies: Who | None, code: str) -> bool:
    """Whether a list of economies contains a code; no list contains all."""
    return economies is None or economies.has(code)
