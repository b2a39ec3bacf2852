"""What earlier tables of a period held back, and what of it a new table must still hold back.

A figure that was held back is published later: with the rest of the earlier table it may show what that one protected.
So it stays held back, except where that can show nothing:

    agreed    every trader that the earlier table protected agrees now
    revised   the figure differs from what it was by the protection of the rules: then it says little of the old one
    the same  the table is of the same valuation, and what was protected is protected now, with the same value

A table of another valuation differs by the freight only, so its figures are never taken for other ones. What is held
back only because of another valuation (`Record.figures` does not have it) obliges nobody: otherwise two valuations
would hold each other's figures back for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from entrepot.measure.disclosure import COMPLEMENT, DOMINANT, Controlled, Rules
from entrepot.measure.tables import CellKey, Table
from entrepot.measure.transactions import FLOWS

#: Who would have to agree to the publication of a figure. Nobody: it protects other figures.
Traders: TypeAlias = tuple[str, ...]


class Record(NamedTuple):
    """What a table held back for its own reasons, each with those who would have to agree. Never published.

    `older`: by flow, who would have to agree to what still older tables held back, which this one protects.
    """

    figures: Mapping[CellKey, Traders] = {}
    older: Mapping[str, tuple[Traders, ...]] = {}


class Earlier(NamedTuple):
    """A table that was published before. `record`: None where it was not kept; `held`: all that it held back."""

    valuation: str
    held: Collection[CellKey]
    record: Record | None = None


class History(NamedTuple):
    """The tables of a period that were published last, of each valuation, with products and without.

    `values`: of the valuation of the new table, what its figures were, also those that were held back.
    """

    tables: tuple[Earlier, ...] = ()
    values: Mapping[CellKey, int] = {}


def record_of(
    table: Table, found: Controlled, still: Iterable[CellKey], older: Mapping[str, tuple[Traders, ...]]
) -> Record:
    """The record of a table. `still`: what it holds back for an earlier table of its own valuation."""
    figures: dict[CellKey, Traders] = dict.fromkeys(still, ())
    for key, why in found.held_back.items():
        figures[key] = () if why == COMPLEMENT else _traders(table, key, why)
    return Record(figures, older)


def _traders(table: Table, key: CellKey, why: str) -> Traders:
    parts = {trader: amount for trader, amount in table.figures[key].traders.items() if amount > 0}
    return (max(parts, key=lambda each: parts[each]),) if why == DOMINANT else tuple(sorted(parts))


class Still(NamedTuple):
    """What is still to be held back: for tables of `others`, of its `own` valuation, and `older` as in `Record`."""

    others: frozenset[CellKey] = frozenset()
    own: frozenset[CellKey] = frozenset()
    older: Mapping[str, tuple[Traders, ...]] = {}


def still_held(
    table: Table, valuation: str, now: Controlled, history: History, rules: Rules, agreed: Collection[str] = ()
) -> Still:
    """What a table must still hold back. `now`: what it holds back for its own reasons."""
    others: set[CellKey] = set()
    own: set[CellKey] = set()
    older: dict[str, tuple[Traders, ...]] = {}
    for each in history.tables:
        for flow in FLOWS:
            keys = {key for key in _obliging(each) if key.flow == flow and key in table.figures}
            protected = _protected(each, flow, table, now, history, agreed, same=each.valuation == valuation)
            kept = {key for key in keys if not _is_revised(table, key, history, rules)}
            if protected is None or not kept:
                continue
            if each.valuation == valuation:
                own |= kept
                older[flow] = tuple(sorted({*older.get(flow, ()), *protected}))
            else:
                others |= kept
    return Still(frozenset(others), frozenset(own), older)


def _obliging(each: Earlier) -> Collection[CellKey]:
    return each.held if each.record is None else each.record.figures.keys()


def _protected(
    each: Earlier, flow: str, table: Table, now: Controlled, history: History, agreed: Collection[str], *, same: bool
) -> set[Traders] | None:
    """Whom a table protected in a flow, as far as it is needed still; None if it is not."""
    if each.record is None:
        # Of the same valuation nothing more is known of it: only what was published is.
        return None if same else set()
    before = {key: who for key, who in each.record.figures.items() if who and key.flow == flow}
    left = {who for who in each.record.older.get(flow, ()) if not set(who) <= set(agreed)}
    for key, who in before.items():
        if set(who) <= set(agreed):
            continue
        if same and key in now.held_back and _value(table, key) == history.values.get(key):
            continue
        left.add(who)
    return left or None


def _value(table: Table, key: CellKey) -> int | None:
    return table.figures[key].value if key in table.figures else None


def _is_revised(table: Table, key: CellKey, history: History, rules: Rules) -> bool:
    """Whether a figure differs from what it was by the protection of the rules."""
    old, new = history.values.get(key), _value(table, key)
    if old is None or new is None or old == new:
        return False
    return abs(new - old) * 100 >= rules.protection * abs(old)
