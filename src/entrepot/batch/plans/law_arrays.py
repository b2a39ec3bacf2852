"""fold: the compiled law of a spell as plain arrays, which the loop over lines reads."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from entrepot.batch.kernel import layout as f
from entrepot.law.compiled import Law
from entrepot.law.rates import ADD, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, UNITS, VALUE, Rate
from entrepot.law.records import Entry, Who

#: A factor of a program may not be larger: with LARGEST and a sum of a few it still fits in 64 bits.
MAX_FACTOR = 1 << 50
OPS = {SHARE: 0, UNIT: 1, FLAT: 2, VALUE: 3, ADD: 4, SUB: 5, MAX: 6, MIN: 7}


class LawArrays:
    """A law as arrays, with what was looked up along the way.

    `origins`: which class an economy falls in, as far as the rows of this law tell economies apart.
    """

    def __init__(self, law: Law) -> None:
        self.law = law
        self.entries = _distinct_entries(law)
        self.names = {name: place for place, name in enumerate(sorted({entry.name for entry in self.entries}))}
        self._whos = list({id(entry.origin): entry.origin for entry in self.entries if entry.origin}.values())
        self._classes: dict[tuple[bool, ...], int] = {}
        self._class_of: dict[str, int] = {}
        self.begun, self._place = self._laid_out()
        self.cells = self._cells()
        self._firsts: list[Any] = []
        self.first = np.zeros((1, 1), np.int32)
        self.prefixes = _number_prefix_lists(law)
        self._places = _economy_lists(law)

    def rate(self, place: int) -> int:
        """Where a rate of the law begins on the tape; -1 for none."""
        return f.A_SIZE + place * f.Q_SIZE if place >= 0 else -1

    def bearing(self, origin: str, ship_from: str) -> tuple[bool, ...]:
        """What a regime's own rows ask of two places: sales alike in this are alike to the regimes."""
        return tuple(who.has(place) for who in self._places for place in (origin, ship_from))

    def origin_class(self, origin: str) -> int:
        """The place in `first` of the rows that hold for an origin."""
        found = self._class_of.get(origin)
        if found is None:
            key = tuple(who.has(origin) for who in self._whos)
            if key not in self._classes:
                self._classes[key] = len(self._firsts)
                self._firsts.append(self._first(origin))
                self.first = np.stack(self._firsts)
            found = self._class_of[origin] = self._classes[key]
        return found

    def _first(self, origin: str) -> Any:
        """For each group where its first row that holds for an origin begins; -1 where it has none."""
        first = np.full(max(len(self.law.groups), 1), -1, np.int32)
        for place, group in enumerate(self.law.groups):
            for entry in group:
                if entry.origin is None or entry.origin.has(origin):
                    first[place] = self._place[id(entry)]
                    break
        return first

    def _laid_out(self) -> tuple[Any, dict[int, int]]:
        """What stands first on a tape: rates, rows, the rows of each group, trust; and where each row begins."""
        law, found = self.law, [0] * f.A_SIZE
        rates, steps = _encode_rates(law)
        begin = f.A_SIZE + len(rates) * f.Q_SIZE
        for laid in rates:
            laid[f.Q_START], laid[f.Q_STOP] = (begin + each * f.P_SIZE for each in laid[f.Q_START : f.Q_STOP + 1])
            found += laid
        for step in steps:
            found += step
        units = [[self._unit(*each) for each in entry.unit_value] for entry in self.entries]
        at = len(found) + len(self.entries) * f.E_SIZE
        place: dict[int, int] = {}
        for entry, each in zip(self.entries, units, strict=True):
            place[id(entry)] = len(found)
            until = at + len(each) * f.U_SIZE
            # The last rate is that of a row without one: it says that there is none.
            rate = self.rate(entry.rate if entry.rate >= 0 else len(law.rates))
            found += [rate, entry.basis, self.names[entry.name], at, until]
            at = until
        found += [number for each in units for unit in each for number in unit]
        found[f.A_GROUPS] = len(found)
        ends = np.cumsum([0, *map(len, law.groups)]) + len(found) + len(law.groups) + 1
        found += ends.tolist()
        found += [place[id(entry)] for group in law.groups for entry in group]
        found[f.A_UNCHECKED] = len(found)
        found += [int(basis.trust == 2) for basis in law.bases]
        return np.array(found, np.int64), place

    def _cells(self) -> Any:
        """The schedule (see `form`)."""
        law = self.law
        groups = np.full((max(len(law.columns), 1), len(law.codes) + 1), -1, np.int32)
        for place, column in enumerate(law.columns):
            groups[place, :-1] = np.frombuffer(column.cells, np.int32)
            groups[place, -1] = column.default  # the row of goods that no code of the schedule reaches
        slots, rows = [0], [-1]  # of no group
        for group in law.groups:
            slots.append(-1 if group[0].unit_value else self.names[group[0].name] + 1)
            rows.append(-1 if group[0].unit_value else group[0].basis)
        return np.stack([groups, np.array(slots, np.int32)[groups + 1], np.array(rows, np.int32)[groups + 1]], axis=-1)

    def _unit(self, num: int, den: int, currency: str, unit: str) -> tuple[int, ...]:
        """A value of a unit in minor units for a millionth of a measure; -1: too fine, or in another currency."""
        measure, factor = UNITS[unit]
        if currency != self.law.currency:
            return MEASURES.index(measure), -1, 1
        each = Fraction(num, den) * 10**self.law.decimals / factor / f.MICRO
        if max(each.numerator, each.denominator) > MAX_FACTOR:
            return MEASURES.index(measure), -1, 1
        return MEASURES.index(measure), each.numerator, each.denominator


def _economy_lists(law: Law) -> list[Who]:
    """Every list of economies that a charge, a relief, a condition or a prohibition asks about."""
    found: list[Who | None] = [permit.origin for permit in law.permits] + [permit.ship_from for permit in law.permits]
    for regime in law.regimes:
        found += [charge.origin for charge in regime.charges]
        for threshold in regime.thresholds:
            found += [threshold.origin, threshold.ship_from]
        for condition in regime.conditions:
            found += [condition.origin, condition.ship_from, condition.economies]
    return list({who: None for who in found if who is not None})


def _number_prefix_lists(law: Law) -> dict[tuple[str, ...], int]:
    """The lists of codes that the law asks about beside the schedule, numbered; -1 for all goods."""
    lists = [permit.goods for permit in law.permits if permit.kind == "prohibition"]
    for regime in law.regimes:
        for threshold in regime.thresholds:
            lists += [threshold.goods, threshold.excludes]
        for condition in regime.conditions:
            lists += [condition.goods, condition.goods_in]
    found: dict[tuple[str, ...], int] = {(): -1}
    for each in lists:
        if each not in found:
            found[each] = -1 if "*" in each else sum(place >= 0 for place in found.values())
    return found


def _distinct_entries(law: Law) -> list[Entry]:
    found: dict[int, Entry] = {}
    for group in law.groups:
        for entry in group:
            found.setdefault(id(entry), entry)
    return list(found.values())


def _encode_rates(law: Law) -> tuple[list[list[int]], list[list[int]]]:
    """The rates, the last one that of none, and the steps of their programs; START and STOP count steps."""
    minor, rates = 10**law.decimals, []
    steps: list[list[int]] = []
    for rate in law.rates:
        kind, num, den = _rate_kind(rate)
        start = len(steps)
        if kind == f.PROGRAM:
            program = _encode_program(rate, law.currency, minor)
            if program is None:
                kind = f.FAR
            else:
                den, found = program
                steps += found
        pieces = rate.kind in ("sum", "mixed") and any(
            step.op == UNIT and MEASURES[step.measure] == "item" for step in rate.program
        )
        rates.append([kind, num, den, int(pieces), start, len(steps), rate.den if kind == f.PROGRAM else den])
    return [*rates, [f.NONE, 0, 1, 0, 0, 0, 1]], steps


def _rate_kind(rate: Rate) -> tuple[int, int, int]:
    if rate.kind == "free":
        return f.PPM, 0, f.MICRO
    named = {"unknown": f.UNKNOWN, "text": f.TEXT, "none": f.NONE}
    if rate.kind in named:
        return named[rate.kind], 0, 1
    if rate.kind != "share":
        return (f.PROGRAM, rate.num, 1) if max(rate.num, rate.den) < MAX_FACTOR else (f.FAR, 0, 1)
    if f.MICRO % rate.den == 0 and (ppm := rate.num * f.MICRO // rate.den) <= f.MOST_PPM:
        return f.PPM, ppm, f.MICRO
    return (f.SHARE, rate.num, rate.den) if max(rate.num, rate.den) < 1 << 20 else (f.FAR, 0, 1)


def _encode_program(rate: Rate, own: str, minor: int) -> tuple[int, list[list[int]]] | None:
    """A program over one denominator: every step a factor of the base, of a millionth of a measure, or of one.

    None where it is in another currency or its numbers are too large.
    """
    exact: list[tuple[int, Fraction, int]] = []
    for step in rate.program:
        number = Fraction(step.num, step.den)
        if step.op in (UNIT, FLAT):
            if step.currency != own:
                return None
            number = number * minor / (f.MICRO if step.op == UNIT else 1)
        elif step.op == VALUE:
            number = Fraction(1)
        elif step.op != SHARE:
            number = Fraction(0)
        exact.append((OPS[step.op], number, step.measure))
    whole = lcm(*(number.denominator for _, number, _ in exact))
    steps = [[op, int(number * whole), measure] for op, number, measure in exact]
    if whole > MAX_FACTOR or any(number > MAX_FACTOR for _, number, _ in steps):
        return None
    return whole, steps


def includes(who: Who | None, code: str) -> bool:
    """Whether a list of economies, or none, has a code."""
    return who is None or who.has(code)
