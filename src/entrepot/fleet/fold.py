"""fold: the compiled law of a spell as plain arrays, which the loop over lines reads."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.pack.law import Law
from entrepot.pack.rates import ADD, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, UNITS, VALUE, Rate
from entrepot.pack.records import Entry, Who

#: A factor of a program may not be larger: with LARGEST and a sum of a few it still fits in 64 bits.
BROADEST = 1 << 50
OPS = {SHARE: 0, UNIT: 1, FLAT: 2, VALUE: 3, ADD: 4, SUB: 5, MAX: 6, MIN: 7}


class Folded:
    """A law as arrays, with what was looked up along the way.

    `origins`: which class an economy falls in, as far as the rows of this law tell economies apart.
    """

    def __init__(self, law: Law) -> None:
        self.law = law
        self.rates = _rates(law)
        self.entries = _entries(law)
        self.names = {name: place for place, name in enumerate(sorted({entry.name for entry in self.entries}))}
        self._whos = list({id(entry.origin): entry.origin for entry in self.entries if entry.origin}.values())
        self._classes: dict[tuple[bool, ...], int] = {}
        self._class_of: dict[str, int] = {}
        self._place = {id(entry): place for place, entry in enumerate(self.entries)}
        self._firsts: list[Any] = []
        self.rows = self._rows()
        self.prefixes = _prefixes(law)
        self._places = _places(law)

    def bearing(self, origin: str, ship_from: str) -> tuple[bool, ...]:
        """What a regime's own rows ask of two places: sales alike in this are alike to the regimes."""
        return tuple(who.has(place) for who in self._places for place in (origin, ship_from))

    def origin_class(self, origin: str) -> int:
        """The place in `rows.first` of the rows that hold for an origin."""
        found = self._class_of.get(origin)
        if found is None:
            key = tuple(who.has(origin) for who in self._whos)
            if key not in self._classes:
                self._classes[key] = len(self._firsts)
                self._firsts.append(self._first(origin))
                self.rows = self.rows._replace(first=np.stack(self._firsts))
            found = self._class_of[origin] = self._classes[key]
        return found

    def _first(self, origin: str) -> Any:
        """For each group the first row that holds for an origin; the same for all where no row asks for it."""
        first = np.full(max(len(self.law.groups), 1), -1, np.int32)
        for place, group in enumerate(self.law.groups):
            for entry in group:
                if entry.origin is None or entry.origin.has(origin):
                    first[place] = self._place[id(entry)]
                    break
        return first

    def _rows(self) -> f.Rows:
        law, entries = self.law, self.entries
        cells = np.full((len(law.codes) + 1, max(len(law.columns), 1)), -1, np.int32)
        for place, column in enumerate(law.columns):
            cells[:-1, place] = np.frombuffer(column.cells, np.int32)
            cells[-1, place] = column.default  # the row of goods that no code of the schedule reaches
        sizes = np.cumsum([0, *map(len, law.groups)])
        members = [self._place[id(entry)] for group in law.groups for entry in group]
        units = [entry.unit_value for entry in entries]
        ends = np.cumsum([0, *map(len, units)])
        flat = [self._unit(*each) for unit in units for each in unit] or [(0, -1, 1)]
        slot, slot_row = self._slots(cells)
        return f.Rows(
            cells=cells,
            slot=slot,
            slot_row=slot_row,
            first=np.zeros((1, max(len(law.groups), 1)), np.int32),
            start=sizes.astype(np.int32),
            members=np.array(members or [0], np.int32),
            rate=_whole(entry.rate for entry in entries),
            basis=_whole(entry.basis for entry in entries),
            unchecked=_whole(basis.trust == 2 for basis in law.bases),
            named=_whole(self.names[entry.name] for entry in entries),
            unit_start=ends[:-1].astype(np.int32) if entries else np.zeros(1, np.int32),
            unit_stop=ends[1:].astype(np.int32) if entries else np.zeros(1, np.int32),
            unit_measure=np.array([each[0] for each in flat], np.int64),
            unit_num=np.array([each[1] for each in flat], np.int64),
            unit_den=np.array([each[2] for each in flat], np.int64),
        )

    def _slots(self, cells: Any) -> tuple[Any, Any]:
        """For each group the class it says where that turns on nothing else, laid out as the cells are."""
        slots, rows = [0], [-1]  # of no group
        for group in self.law.groups:
            slots.append(-1 if group[0].unit_value else self.names[group[0].name] + 1)
            rows.append(-1 if group[0].unit_value else group[0].basis)
        return np.array(slots, np.int32)[cells + 1], np.array(rows, np.int32)[cells + 1]

    def _unit(self, num: int, den: int, currency: str, unit: str) -> tuple[int, int, int]:
        """A value of a unit as minor units for a millionth of a measure; -1 where it is in another currency."""
        measure, factor = UNITS[unit]
        if currency != self.law.currency:
            return MEASURES.index(measure), -1, 1
        each = Fraction(num, den) * 10**self.law.decimals / factor / f.MICRO
        return MEASURES.index(measure), each.numerator, each.denominator


def _places(law: Law) -> list[Who]:
    """Every list of economies that a charge, a relief, a condition or a prohibition asks about."""
    found: list[Who | None] = [permit.origin for permit in law.permits] + [permit.ship_from for permit in law.permits]
    for regime in law.regimes:
        found += [charge.origin for charge in regime.charges]
        for threshold in regime.thresholds:
            found += [threshold.origin, threshold.ship_from]
        for condition in regime.conditions:
            found += [condition.origin, condition.ship_from, condition.economies]
    return list({who: None for who in found if who is not None})


def _prefixes(law: Law) -> dict[tuple[str, ...], int]:
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


def _entries(law: Law) -> list[Entry]:
    found: dict[int, Entry] = {}
    for group in law.groups:
        for entry in group:
            found.setdefault(id(entry), entry)
    return list(found.values())


def _whole(numbers: Iterable[int]) -> Any:
    return np.array([*numbers] or [0], np.int32)


def _rates(law: Law) -> f.Rates:
    minor = 10**law.decimals
    kinds, nums, dens, pieces, starts, stops = [], [], [], [], [], []  # type: list[int], list[int], list[int], list[int], list[int], list[int]
    steps: list[tuple[int, int, int]] = []
    for rate in law.rates:
        kind, num, den = _kind(rate)
        starts.append(len(steps))
        if kind == f.PROGRAM:
            program = _program(rate, law.currency, minor)
            if program is None:
                kind = f.FAR
            else:
                den, found = program
                steps += found
        stops.append(len(steps))
        kinds.append(kind)
        nums.append(num)
        dens.append(den)
        pieces.append(
            rate.kind in ("sum", "mixed") and any(s.op == UNIT and MEASURES[s.measure] == "item" for s in rate.program)
        )
    steps = steps or [(0, 0, 0)]
    return f.Rates(
        kind=np.array([*kinds, f.NONE], np.int64),
        num=np.array([*nums, 0], np.int64),
        den=np.array([*dens, 1], np.int64),
        pieces=np.array([*pieces, False], np.int64),
        start=np.array([*starts, 0], np.int64),
        stop=np.array([*stops, 0], np.int64),
        op=np.array([step[0] for step in steps], np.int64),
        coefficient=np.array([step[1] for step in steps], np.int64),
        measure=np.array([step[2] for step in steps], np.int64),
    )


def _kind(rate: Rate) -> tuple[int, int, int]:
    named = {"free": f.FREE, "unknown": f.UNKNOWN, "text": f.TEXT, "none": f.NONE}
    if rate.kind in named:
        return named[rate.kind], 0, 1
    if rate.kind != "share":
        return f.PROGRAM, rate.num, 1
    if f.MICRO % rate.den == 0 and (ppm := rate.num * f.MICRO // rate.den) <= f.MOST_PPM:
        return f.PPM, ppm, f.MICRO
    return (f.SHARE, rate.num, rate.den) if max(rate.num, rate.den) < 1 << 20 else (f.FAR, 0, 1)


def _program(rate: Rate, own: str, minor: int) -> tuple[int, list[tuple[int, int, int]]] | None:
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
    steps = [(op, int(number * whole), measure) for op, number, measure in exact]
    if whole > BROADEST or any(number > BROADEST for _, number, _ in steps):
        return None
    return whole, steps


def everybody(who: Who | None, code: str) -> bool:
    """Whether a list of economies, or none, has a code."""
    return who is None or who.has(code)
