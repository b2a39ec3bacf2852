"""Run the commands of a group with what is in memory, and find out what the others will read.

Each command is run over what is in memory. One that asked for nothing else is done. What the others asked for is read
together, by one message and not by a statement for each; then they are run again. On PostgreSQL a statement costs more
than a trial.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError

from entrepot.store.group_commit import Item
from entrepot.store.trade.reading import Rows
from entrepot.trade.drafts import Changes, Draft, Surroundings
from entrepot.trade.occupied import Occupied, Span
from entrepot.trade.ports import Arrival, Command, Lookup, PersonalData


class Work(NamedTuple):
    """A command, and what it will look up."""

    command: Command[Any]
    lookups: Sequence[Lookup] = ()


#: How often what was asked for is read: an object first, and then the balances that its state leads to.
ROUNDS = 3


def lookups_of(items: Sequence[Item[Work]]) -> list[Lookup]:
    """What commands will look up, each once."""
    return list(dict.fromkeys(each for item in items for each in item.work.lookups))


class _NotInMemory(Exception):
    """A command asked for something that is not read in advance."""


class Foresight:
    """A source that knows only what is in memory, and notes what else it is asked for. `missed`: how often."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.missed = 0
        self._objects: set[str] = set()
        self._places: set[tuple[str, str]] = set()
        self._lookups: set[Lookup] = set()
        #: Objects that were read, or of which there is no row.
        self._read: set[str] = set()

    def read(self) -> bool:
        """Read what was asked for, together. Returns whether there was anything."""
        objects = self._objects - self._read
        self._read |= objects
        some = bool(objects or self._places or self._lookups)
        self._rows.read_ahead(objects, self._places, self._lookups)
        self._objects, self._places, self._lookups = set(), set(), set()
        return some

    def state_of(self, number: str) -> Any | None:
        """The state of an object, if it is in memory."""
        found = self._rows.kept.states.get(number)
        if found is None:
            self.missed += 1
            self._objects.add(number)
        return found

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances that are in memory."""
        kept = self._rows.kept.balances
        if missing := [place for place in places if place not in kept]:
            self.missed += 1
            self._places.update(missing)
        return {place: kept[place] for place in places if place in kept}

    def event_with_key(self, key: str) -> Any | None:
        """The event with a key, if it is known which."""
        if self._rows.knows_key(key):
            return self._rows.event_with_key(key)
        self.missed += 1
        self._lookups.add(key)
        return None

    def object_with(self, reference: str) -> str | None:
        """The id of the object with a reference, if it is known which."""
        if self._rows.knows_reference(reference):
            return self._rows.object_with(reference)
        self.missed += 1
        self._lookups.add(reference)
        return None

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time, if it is known."""
        if self._rows.knows_span(span):
            return self._rows.occupied(span)
        self.missed += 1
        self._lookups.add(span)
        return {}

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message was received, if it is known."""
        arrival = Arrival(sender, key)
        if self._rows.knows_arrival(arrival):
            return self._rows.was_received(sender, key)
        self.missed += 1
        self._lookups.add(arrival)
        return False

    def personal(self, _reference: str) -> PersonalData | None:
        """Ends the trial."""
        self.missed += 1
        raise _NotInMemory

    def personal_by_subject(self, _subject: str) -> Mapping[str, PersonalData]:
        """Ends the trial."""
        self.missed += 1
        raise _NotInMemory


def run_item(item: Item[Work], changes: Changes, surroundings: Surroundings) -> Draft | None:
    """Run a command over changes. Returns what it changes; None if it was refused, with the `error` of the item."""
    draft = Draft(changes, surroundings)
    try:
        item.result, item.error = item.work.command(draft), None
    except (DatabaseError, InterfaceError):
        raise  # the transaction is lost
    except Exception as error:  # noqa: BLE001  # the command is refused: nothing of it was written
        item.error = error
        return None
    return draft


def run_from_memory(
    items: Sequence[Item[Work]], changes: Changes, rows: Rows, surroundings: Surroundings
) -> Sequence[Item[Work]]:
    """Run what needs only what is in memory, after what it asked for was read. Returns the items that need more."""
    source = Foresight(rows)
    for _ in range(ROUNDS):
        items = _run_known(items, source, changes, surroundings)
        if not source.read():
            break  # nothing more can be read in advance
    changes.source = rows
    return items


def _run_known(
    items: Sequence[Item[Work]], source: Foresight, changes: Changes, surroundings: Surroundings
) -> list[Item[Work]]:
    """Run the commands that ask for nothing but what the source knows. Returns the others."""
    changes.source, others = source, []
    for item in items:
        missed, draft = source.missed, run_item(item, changes, surroundings)
        if source.missed > missed:  # whatever it returned or raised may be due to what it was not told
            others.append(item)
        elif draft is not None:
            changes.add(draft)
    return others
