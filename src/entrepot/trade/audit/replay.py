"""Compute again, from the events alone, all that is computed from them: states, balances, owners and references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.trade.ledger.entries import post
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.occupied import Occupied


class Replay:
    """What the events give that were applied until now."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self.states: dict[str, Any] = {}
        #: The position of the last event of each object.
        self.last: dict[str, int] = {}
        self.balances: dict[tuple[str, str], int] = {}
        self.references: dict[str, str] = {}
        self.times: dict[str, Occupied] = {}

    def apply(self, position: int, event: Event) -> tuple[str, ...]:
        """Apply an event. Returns the owners of its object after it.

        Raises what `append` raises for an event that is not allowed: NotAllowed, Insufficient, Unbalanced; ValueError
        for a reference that belongs to another object; KeyError for an unknown kind of object.
        """
        kind = kind_of(event.stream, self._kinds)
        before = self.states.get(event.stream)
        state = kind.apply(before, event)
        if event.postings:
            self.balances.update(post(self.balances, event.postings))
        self._move_references(kind, event.stream, before, state)
        self._move_time(kind, event.stream, before, state)
        self.states[event.stream] = state
        self.last[event.stream] = position
        return kind.owners(state)

    def owners(self, number: str) -> tuple[str, ...]:
        """The owners of an object."""
        return kind_of(number, self._kinds).owners(self.states[number])

    def _move_references(self, kind: Kind, number: str, before: Any | None, state: Any) -> None:
        old, new = kind.references(before) if before is not None else (), kind.references(state)
        if old == new:
            return
        for reference in new:
            if self.references.get(reference, number) != number:
                raise ValueError(f"{reference} belongs to {self.references[reference]}")
        for reference in old:
            if reference not in new:
                self.references.pop(reference, None)  # an object may have named it twice
        self.references.update(dict.fromkeys(new, number))

    def _move_time(self, kind: Kind, number: str, before: Any | None, state: Any) -> None:
        if kind.occupies is None:
            return
        old, new = kind.occupies(before) if before is not None else None, kind.occupies(state)
        if old == new:
            return
        if new is None:
            self.times.pop(number, None)
        else:
            self.times[number] = new
