"""Find out what the commands of a group will read, so that a few statements read it, and not one for each.

Each command is run once over what is in memory, as if nothing else were stored, and its result is dropped. What it
asked for is read together; then the commands are run in earnest. On PostgreSQL a statement costs more than a trial.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from entrepot.store.trade.reading import Kept
from entrepot.trade.drafts import Draft, Surroundings
from entrepot.trade.ports import PersonalData


class _EndOfTrial(Exception):
    """A command asked for something that is not read in advance."""


class Foresight:
    """A source that knows only what is in memory, and notes what else it is asked for."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.objects: set[str] = set()
        self.places: set[tuple[str, str]] = set()
        self.keys: set[str] = set()
        self.references: set[str] = set()

    def state_of(self, number: str) -> Any | None:
        """The state of an object, if it is in memory."""
        found = self._kept.states.get(number)
        if found is None:
            self.objects.add(number)
        return found

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances that are in memory."""
        kept = self._kept.balances
        self.places.update(place for place in places if place not in kept)
        return {place: kept[place] for place in places if place in kept}

    def event_with_key(self, key: str) -> None:
        """Nothing."""
        self.keys.add(key)

    def object_with(self, reference: str) -> None:
        """Nothing."""
        self.references.add(reference)

    def was_received(self, _sender: str, _key: str) -> bool:
        """Nothing was."""
        return False

    def personal(self, _reference: str) -> PersonalData | None:
        """Ends the trial."""
        raise _EndOfTrial

    def personal_by_subject(self, _subject: str) -> Mapping[str, PersonalData]:
        """Ends the trial."""
        raise _EndOfTrial


def foresee(commands: Iterable[Any], kept: Kept, surroundings: Surroundings) -> Foresight:
    """What the commands ask for until they meet something that only the database knows."""
    found = Foresight(kept)
    for command in commands:
        # Whatever it raises may be due to what it was not told.
        with suppress(Exception):
            command(Draft(found, surroundings))
    return found
