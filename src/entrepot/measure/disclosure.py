"""Disclosure control: figures of few traders, or of a dominant one, are not published, nor what would give them away.

A figure that is held back could be computed from totals and other rows, so others are held back with it. That is enough
only if another table exists which has the same published figures, no negative one, and in which the figure differs by
the protection of the rules, upwards and downwards. Each figure is a sum of atoms (`tables.Atom`); such tables are
looked for among the changes of atoms that change no published figure. Until there is one for each figure that must be
protected, further figures are held back.

What was published before, with products or without, at another valuation or as an earlier vintage, cannot be held back
any more where it is still the same: it is taken as known, and others are held back in its place (`known` of `control`).
What was held back before stays so as far as it protects somebody still (`still`; see `measure.earlier`).

Limits: tables of different periods and currencies that overlap are not compared with each other, so publish one
frequency and one currency.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from entrepot.measure.tables import CellKey, Figure, Table
from entrepot.measure.transactions import TOTAL_ECONOMY, WORLD

#: Why a figure is held back.
FEW, DOMINANT, COMPLEMENT = REASONS = ("few_traders", "dominant_trader", "complement")
#: The atoms of a figure, by their places in the table. Figures of the same atoms are equal, and held back together.
Atoms: TypeAlias = frozenset[int]
#: A factor: a whole number where it is one, which is faster by far.
Factor: TypeAlias = "int | Fraction"
#: Factors of atoms, by their places in the table.
Direction: TypeAlias = dict[int, Factor]


class Rules(NamedTuple):
    """The rules of an office. `traders`: as many at least; `dominance`: no trader has more percent than this.

    `protection`: nobody can compute a figure that is held back more closely than by so many percent.
    """

    traders: int = 3
    dominance: int = 75
    protection: int = 10


#: The rules unless an office sets its own. The thresholds are customary; the law of the economy decides.
USUAL = Rules()


class Controlled(NamedTuple):
    """What may be published: the figures without those held back, and why each of these is held back."""

    figures: Mapping[CellKey, Figure]
    held_back: Mapping[CellKey, str]


def reason(figure: Figure, rules: Rules, agreed: Collection[str] = ()) -> str:
    """Why a figure may not be published; "" if it may. `agreed`: traders that allow it.

    >>> reason(Figure(900, traders={"og_1": 800, "og_2": 50, "og_3": 50}), USUAL)
    'dominant_trader'
    >>> reason(Figure(900, traders={"og_1": 900}), USUAL), reason(Figure(900, traders={"og_1": 900}), USUAL, {"og_1"})
    ('few_traders', '')
    """
    parts = {trader: amount for trader, amount in figure.traders.items() if amount > 0}
    if not parts or not figure.value:
        return ""
    if len(parts) < rules.traders:
        return "" if all(trader in agreed for trader in parts) else FEW
    trader, most = max(parts.items(), key=lambda each: each[1])
    if most * 100 > rules.dominance * sum(parts.values()) and trader not in agreed:
        return DOMINANT
    return ""


class Before(NamedTuple):
    """Figures that were published before. `same`: with the value that they have now; `other`: with another one."""

    same: Collection[CellKey] = ()
    other: Collection[CellKey] = ()


def control(
    table: Table,
    rules: Rules = USUAL,
    agreed: Collection[str] = (),
    known: Before | None = None,
    still: Collection[CellKey] = (),
) -> Controlled:
    """The table without what may not be published, and without what would give it away.

    `known`: what readers know already. To hold back what is known as it is protects nothing: others are held back in
    its place, as far as that helps; what is known with another value only where nothing else helps.
    `still`: figures that must stay held back because of earlier tables (`measure.earlier`).
    """
    found = {key: why for key, figure in table.figures.items() if (why := reason(figure, rules, agreed))}
    found = {key: COMPLEMENT for key in still if key in table.figures and table.figures[key].value} | found
    sums = {key: frozenset(at for at, each in enumerate(table.atoms) if each.is_in(key)) for key in table.figures}
    by_atoms: dict[Atoms, list[CellKey]] = {}
    for key, atoms in sums.items():
        if atoms:
            by_atoms.setdefault(atoms, []).append(key)
    primary = {sums[key] for key in found}
    hidden = set(primary)
    before = known or Before()
    fixed, doubtful = ({sums[key] for key in each if key in sums and key not in found} for each in before)
    while left := _open(primary, hidden, fixed, by_atoms, table, rules):
        chosen: set[Atoms] = set()
        for atoms, giving_away in left:
            # What was chosen for another figure may protect this one too: that shows in the next round.
            if chosen.isdisjoint(giving_away):
                chosen.add(_least(giving_away.difference(doubtful) or giving_away, atoms, by_atoms, table, rules))
        hidden |= chosen
    held_back = {key: found.get(key, COMPLEMENT) for atoms in hidden for key in by_atoms[atoms]}
    return Controlled({key: each for key, each in table.figures.items() if key not in held_back}, held_back)


def _amount(atoms: Iterable[int], table: Table) -> int:
    return sum(table.atoms[at].amount for at in atoms)


def _least(
    others: Iterable[Atoms], atoms: Atoms, by_atoms: Mapping[Atoms, list[CellKey]], table: Table, rules: Rules
) -> Atoms:
    """Which figure to hold back for another one: one that protects it, not the total of the world, the smallest."""
    need = _amount(atoms, table) * rules.protection

    def cost(other: Atoms) -> tuple[bool, bool, int, CellKey]:
        whole = any((key.partner, key.sector) == (WORLD, TOTAL_ECONOMY) for key in by_atoms[other])
        amount = _amount(other, table)
        return amount * 100 < need, whole, amount, min(by_atoms[other])

    return min(others, key=cost)


def _open(
    primary: Iterable[Atoms],
    hidden: Collection[Atoms],
    fixed: Collection[Atoms],
    by_atoms: Mapping[Atoms, list[CellKey]],
    table: Table,
    rules: Rules,
) -> list[tuple[Atoms, set[Atoms]]]:
    """The figures that a reader could still compute too closely, each with those of which one is to be held back.

    `fixed`: what is known already. A figure that follows from these alone is known, whatever is held back now.
    """
    published = sorted((each for each in by_atoms if each not in hidden), key=lambda each: (len(each), sorted(each)))
    pivots = _reduced(published, table)
    directions = _free_directions(pivots, len(table.atoms))
    left = []
    for atoms in sorted(primary, key=lambda each: (-_amount(each, table), sorted(each))):
        need = Fraction(_amount(atoms, table) * rules.protection, 100)
        if all(_protects(directions, atoms, table, sign * need) for sign in (1, -1)):
            continue
        exact = _expressed(atoms, pivots)
        giving_away = (exact or {each for each in published if not each.isdisjoint(atoms)}).difference(fixed)
        if fixed and not exact and not giving_away:
            giving_away = set(published).difference(fixed)
        if giving_away:
            left.append((atoms, giving_away))
    return left


def _protects(directions: Iterable[Direction], inside: Collection[int], table: Table, need: Fraction) -> bool:
    """Whether a figure can move so far (below 0: down) along a direction before an atom falls below 0."""
    for each in directions:
        change: Factor = sum(factor for at, factor in each.items() if at in inside)
        if change and all(table.atoms[at].amount + factor * need / change >= 0 for at, factor in each.items()):
            return True
    return False


class _Pivot(NamedTuple):
    """A row of the reduced form: its atoms, and the published figures of which it is made, each with its factor."""

    row: Direction
    made: dict[Atoms, Factor]


def _reduced(published: Iterable[Atoms], table: Table) -> dict[int, _Pivot]:
    """The reduced row echelon form of what is published, by pivot, whose factor is 1."""
    pivots: dict[int, _Pivot] = {}
    for members in published:
        row: Direction = dict.fromkeys(members, 1)
        made: dict[Atoms, Factor] = {members: 1}
        for pivot in [at for at in row if at in pivots]:
            factor = row[pivot]
            _subtract(row, pivots[pivot].row, factor)
            _subtract(made, pivots[pivot].made, factor)
        if not row:
            continue
        # The largest atom follows the others: then the changes of small ones are free, and each is possible.
        pivot = max(row, key=lambda at: (table.atoms[at].amount, at))
        scale = row[pivot]
        new = _Pivot(
            {at: _divided(value, scale) for at, value in row.items()},
            {each: _divided(value, scale) for each, value in made.items()},
        )
        for other in pivots.values():
            if factor := other.row.get(pivot, 0):
                _subtract(other.row, new.row, factor)
                _subtract(other.made, new.made, factor)
        pivots[pivot] = new
    return pivots


def _free_directions(pivots: Mapping[int, _Pivot], count: int) -> list[Direction]:
    """How atoms can change together without a change of a published figure."""
    directions: dict[int, Direction] = {at: {at: 1} for at in range(count) if at not in pivots}
    for pivot, (row, _made) in pivots.items():
        for at, factor in row.items():
            if at != pivot:
                directions[at][pivot] = -factor
    return list(directions.values())


def _expressed(atoms: Atoms, pivots: Mapping[int, _Pivot]) -> set[Atoms]:
    """The published figures of which one is a sum or a difference; none where it does not follow from them exactly."""
    row: Direction = dict.fromkeys(atoms, 1)
    made: dict[Atoms, Factor] = {}
    for at in atoms:
        if at in pivots:
            factor = row.get(at, 0)
            _subtract(row, pivots[at].row, factor)
            _subtract(made, pivots[at].made, factor)
    return set() if row else set(made)


def _divided(value: Factor, by: Factor) -> Factor:
    found = Fraction(value) / by
    return found.numerator if found.denominator == 1 else found


def _subtract(row: dict[Any, Factor], other: Mapping[Any, Factor], factor: Factor) -> None:
    for at, value in other.items():
        changed = row.get(at, 0) - factor * value
        if changed:
            row[at] = changed
        else:
            row.pop(at, None)
