"""The books in memory, for tests and examples: all that the ports promise, except that nothing is on a disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from entrepot.trade.drafts import Changes, Draft, Surroundings
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.occupied import Occupied, Span
from entrepot.trade.outbox import MemoryOutbox
from entrepot.trade.ports import Command, Lookup, NotFound, PersonalData

T = TypeVar("T")


class _Nothing:
    """The source below the first change."""

    def state_of(self, _number: str) -> None:
        return None

    def balances_of(self, _places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        return {}

    def event_with_key(self, _key: str) -> None:
        return None

    def object_with(self, _reference: str) -> None:
        return None

    def occupied(self, _span: Span) -> Mapping[str, Occupied]:
        return {}

    def was_received(self, _sender: str, _key: str) -> bool:
        return False

    def personal(self, _reference: str) -> None:
        return None

    def personal_by_subject(self, _subject: str) -> Mapping[str, PersonalData]:
        return {}


class MemoryBooks:
    """The books in memory: implements `ports.Books`. `lock`: held during a command, where threads share the books."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        *,
        now: Callable[[], dt.datetime],
        random: Callable[[int], bytes],
        hash_key: bytes = bytes(32),
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._around = Surroundings(kinds, now, random, hash_key)
        self._all = Changes(_Nothing())
        self._lock = lock or nullcontext()
        self.outbox = MemoryOutbox()

    def run(self, command: Command[T], *, lookups: Sequence[Lookup] = ()) -> T:  # noqa: ARG002  # nothing is read here
        """Run a command in a transaction."""
        with self._lock:
            draft = Draft(self._all, self._around)
            result = command(draft)
            self._all.add(draft)
            self.outbox.put(draft.messages, draft.time)
            return result

    def keyed_hash(self, value: str) -> str:
        """The keyed hash of a value."""
        return self._around.keyed_hash(value)

    def read(self, number: str) -> Any:
        """The state of an object. Raises NotFound."""
        if (found := self._all.state_of(number)) is None:
            raise NotFound(number)
        return found

    def recent(self, number: str) -> Any:
        """The state of an object. Raises NotFound."""
        return self.read(number)

    def lookup(self, reference: str) -> str | None:
        """The id of the object with a reference."""
        return self._all.object_with(reference)

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by object."""
        return self._all.occupied(span)

    def ended_times(self, lapsed: int, ended: int, limit: int = 100) -> Sequence[str]:
        """Objects whose time lapsed until one moment, or ended until another one."""
        times = [(number, each) for number, each in self._all.times.items() if each is not None]
        found = [number for number, each in times if 0 < each.expires <= lapsed or each.until <= ended]
        return sorted(found)[:limit]

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received."""
        return self._all.was_received(sender, key)

    def due(
        self, what: str, until: str, *, since: str = "", after: tuple[str, str] = ("", ""), limit: int = 100
    ) -> Sequence[tuple[str, str]]:
        """What is due from one moment until another one."""
        kinds = self._around.kinds
        times = ((kind_of(number, kinds).due(each).get(what, ""), number) for number, each in self._all.states.items())
        return sorted(each for each in times if each[0] and since <= each[0] <= until and each > after)[:limit]

    def list_objects(
        self, prefix: str, *, owner: str | None = None, status: str | None = None, before: str = "", limit: int = 100
    ) -> Sequence[Any]:
        """The states of objects of a kind, the newest first."""
        found = []
        for number in sorted((each for each in self._all.states if each.startswith(prefix)), reverse=True):
            state = self._all.states[number]
            if before and number >= before:
                continue
            if owner is not None and owner not in kind_of(number, self._around.kinds).owners(state):
                continue
            if status is None or state.status == status:
                found.append(state)
        return found[:limit]

    def events(
        self,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 100,
        stream: str | None = None,
        kind: str | None = None,
        owner: str | None = None,
    ) -> Sequence[tuple[int, Event]]:
        """Events with their positions (from 1), in order, those after a position."""
        found = [
            (position, each.event)
            for position, each in enumerate(self._all.events, 1)
            if position > after
            and (before is None or position < before)
            and stream in (None, each.event.stream)
            and kind in (None, each.event.kind)
            and (owner is None or owner in each.owners)
        ]
        return found[:limit] if before is None else found[: -limit - 1 : -1]

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account; 0 if nothing was posted."""
        return self._all.balances.get((account, unit), 0)

    def balances(self, prefix: str) -> Mapping[tuple[str, str], int]:
        """The balances of the accounts whose names begin so."""
        return {place: amount for place, amount in sorted(self._all.balances.items()) if place[0].startswith(prefix)}

    def balances_in(self, accounts: Collection[str]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts in all their units."""
        return {place: amount for place, amount in sorted(self._all.balances.items()) if place[0] in accounts}

    def erase_expired(self, today: dt.date) -> int:
        """Erase the personal data whose erasure was requested and whose date is reached."""
        people = self._all.people
        due = [number for number, each in people.items() if each and each.erase and each.retain_until <= today]
        for number in due:
            people[number] = None
        return len(due)
