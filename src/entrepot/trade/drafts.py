"""A draft: what one command changes, collected over the books and then written as a whole, or dropped.

The books in memory and those in the database give it what it reads (`Source`). A draft is itself a source for the next
command of a group, so commands that are committed together see each other's changes in order.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from entrepot.trade.ids import RANDOM_BYTES, new_id
from entrepot.trade.ledger.entries import Posting, post
from entrepot.trade.ledger.events import MAX_KEY, MAX_NAME, Event, canonical, check_text, decode, timestamp
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.occupied import Occupied, Span, TimeTaken, first_taken, span_of, within
from entrepot.trade.ports import AlreadyRecorded, NotFound, Outgoing, PersonalData, ReferenceTaken


class Source(Protocol):
    """What a draft reads. The books lock what they return until the transaction ends."""

    def state_of(self, number: str) -> Any | None:
        """The state of an object."""

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts, by account and unit. Those of which nothing is stored may be left out."""

    def event_with_key(self, key: str) -> Event | None:
        """The event that was recorded with a key."""

    def object_with(self, reference: str) -> str | None:
        """The id of the object with a reference."""

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by object."""

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received."""

    def personal(self, reference: str) -> PersonalData | None:
        """Personal data by its reference."""

    def personal_by_subject(self, subject: str) -> Mapping[str, PersonalData]:
        """The personal data of a subject."""


class Surroundings(NamedTuple):
    """What the pure layer is given: kinds of objects, a clock, random bytes, and the key of `keyed_hash`."""

    kinds: Mapping[str, Kind]
    now: Callable[[], dt.datetime]
    random: Callable[[int], bytes]
    hash_key: bytes

    def keyed_hash(self, value: str) -> str:
        """The HMAC-SHA256 of a value, as hexadecimal digits."""
        return hmac.new(self.hash_key, value.encode(), hashlib.sha256).hexdigest()


class Recorded(NamedTuple):
    """An event, its canonical JSON, and to whom its object belongs after it."""

    event: Event
    content: bytes
    owners: tuple[str, ...]


class Changes:
    """Changes over a source, which reads as if they had been written."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events: list[Recorded] = []
        self.messages: list[Outgoing] = []
        self.states: dict[str, Any] = {}
        self.balances: dict[tuple[str, str], int] = {}
        self.keys: dict[str, Event] = {}
        #: None: no object has the reference any more.
        self.references: dict[str, str | None] = {}
        #: None: the object occupies no time any more.
        self.times: dict[str, Occupied | None] = {}
        self.inbox: set[tuple[str, str]] = set()
        #: None: erased.
        self.people: dict[str, PersonalData | None] = {}

    def state_of(self, number: str) -> Any | None:
        """The state of an object."""
        return self.states[number] if number in self.states else self.source.state_of(number)

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts, by account and unit."""
        found = {place: self.balances[place] for place in places if place in self.balances}
        if len(found) < len(places):
            found.update(self.source.balances_of([place for place in places if place not in found]))
        return found

    def event_with_key(self, key: str) -> Event | None:
        """The event that was recorded with a key."""
        return self.keys.get(key) or self.source.event_with_key(key)

    def object_with(self, reference: str) -> str | None:
        """The id of the object with a reference."""
        return self.references[reference] if reference in self.references else self.source.object_with(reference)

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by object."""
        found = self.source.occupied(span)
        if not self.times:
            return found
        return {number: each for number, each in found.items() if number not in self.times} | within(self.times, span)

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received."""
        return (sender, key) in self.inbox or self.source.was_received(sender, key)

    def personal(self, reference: str) -> PersonalData | None:
        """Personal data by its reference."""
        return self.people[reference] if reference in self.people else self.source.personal(reference)

    def personal_by_subject(self, subject: str) -> Mapping[str, PersonalData]:
        """The personal data of a subject."""
        own = {number: each for number, each in self.people.items() if each is None or each.subject == subject}
        return {
            number: each
            for number, each in {**self.source.personal_by_subject(subject), **own}.items()
            if each is not None
        }

    def add(self, later: Changes) -> None:
        """Add the changes of a command that was run over these."""
        self.events += later.events
        self.messages += later.messages
        self.states.update(later.states)
        self.balances.update(later.balances)
        self.keys.update(later.keys)
        self.references.update(later.references)
        self.times.update(later.times)
        self.inbox |= later.inbox
        self.people.update(later.people)


class Draft(Changes):
    """The transaction of one command: implements `ports.Transaction`."""

    def __init__(self, source: Source, surroundings: Surroundings) -> None:
        super().__init__(source)
        self._around = surroundings
        now = surroundings.now().astimezone(dt.UTC)
        self._time = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._timestamp = timestamp(self._time)
        self._ids = 0
        #: Ids made by this command: nothing is stored of them yet, so the source is not asked.
        self._made: set[str] = set()

    @property
    def time(self) -> dt.datetime:
        """When the command happens."""
        return self._time

    def new_id(self, prefix: str) -> str:
        """A new id. Those of one transaction sort as they were made."""
        self._ids += 1
        number = new_id(prefix, self._time, self._around.random(RANDOM_BYTES), self._ids)
        self._made.add(number)
        return number

    def state_of(self, number: str) -> Any | None:
        """The state of an object."""
        if number in self.states:
            return self.states[number]
        return None if number in self._made else self.source.state_of(number)

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts, by account and unit. An account of an object made by this command has none yet."""
        if not self._made:
            return super().balances_of(places)
        return super().balances_of([place for place in places if place in self.balances or not self._is_made(place[0])])

    def _is_made(self, account: str) -> bool:
        return any(part in self._made for part in account.split("/"))

    def find(self, number: str) -> Any | None:
        """The state of an object, or None."""
        return self.state_of(number)

    def get(self, number: str) -> Any:
        """The state of an object. Raises NotFound."""
        found = self.state_of(number)
        if found is None:
            raise NotFound(number)
        return found

    def append(
        self,
        stream: str,
        kind: str,
        payload: Mapping[str, Any],
        *,
        postings: Sequence[Posting] = (),
        key: str = "",
        cause: str = "",
    ) -> Any:
        """Append an event and return the new state of its object. See `ports.Transaction`."""
        if key and (recorded := self.event_with_key(key)) is not None:
            raise AlreadyRecorded(recorded)
        event = Event(
            id=self.new_id("ev_"),
            stream=stream,
            kind=kind,
            time=self._timestamp,
            payload=payload,
            postings=tuple(postings),
            cause=cause,
            key=key,
        )
        content = canonical(event)
        event = decode(content)  # as it will be read: what the fold sees now is what it sees when it is repeated
        object_kind, earlier = kind_of(stream, self._around.kinds), self.state_of(stream)
        state = object_kind.apply(earlier, event)
        references = self._moved(
            stream, object_kind.references(earlier) if earlier else (), object_kind.references(state)
        )
        before = time = None
        if object_kind.occupies is not None:
            before, time = object_kind.occupies(earlier) if earlier else None, object_kind.occupies(state)
            if time != before:
                self._check_free(stream, time)
        if event.postings:
            touched = {(each.account, each.unit) for each in event.postings}
            self.balances.update(post(self.balances_of(touched), event.postings))
        self.states[stream] = state
        self.references.update(references)
        if time != before:
            self.times[stream] = time
        self.events.append(Recorded(event, content, object_kind.owners(state)))
        if key:
            self.keys[key] = event
        object_kind.follow(self, earlier, state, event)
        return self.states[stream]

    def _moved(self, number: str, before: tuple[str, ...], after: tuple[str, ...]) -> dict[str, str | None]:
        """The references of an object that change. Raises ReferenceTaken."""
        for reference in after:
            if reference in before:
                continue
            check_text("reference", reference, MAX_KEY)
            if (other := self.object_with(reference)) not in (None, number):
                raise ReferenceTaken(reference, str(other))
        lost: dict[str, str | None] = {reference: None for reference in before if reference not in after}
        return lost | {reference: number for reference in after if reference not in before}

    def _check_free(self, number: str, time: Occupied | None) -> None:
        """Raise TimeTaken if another object has a part of a time."""
        if time is not None:
            others = self.occupied(span_of(time)).items()
            if by := first_taken(time, ((each, its) for each, its in others if each != number)):
                raise TimeTaken(time, by)

    def lookup(self, reference: str) -> str | None:
        """The id of the object with a reference."""
        return self.object_with(reference)

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account."""
        return self.balances_of([(account, unit)]).get((account, unit), 0)

    def send(self, channel: str, topic: str, body: Mapping[str, Any], *, key: str) -> None:
        """Put a message into the outbox."""
        # A copy: what the command changes afterwards is not sent.
        for name, text in (("channel", channel), ("topic", topic)):
            check_text(name, text, MAX_NAME)
        check_text("key", key, MAX_KEY)
        copy = msgspec.json.decode(msgspec.json.encode(body))
        self.messages.append(Outgoing(channel, topic, copy, key))

    def received(self, sender: str, key: str) -> bool:
        """Whether a message is new."""
        check_text("sender", sender, MAX_NAME)
        check_text("key", key, MAX_KEY)
        if self.was_received(sender, key):
            return False
        self.inbox.add((sender, key))
        return True

    def put_personal(self, subject: str, purpose: str, values: Mapping[str, str], *, retain_until: dt.date) -> str:
        """Store personal data of a subject."""
        check_text("subject", subject, MAX_NAME)
        check_text("purpose", purpose, MAX_NAME)
        reference = self.new_id("pd_")
        self.people[reference] = PersonalData(subject, purpose, dict(values), retain_until)
        return reference

    def get_personal(self, reference: str) -> Mapping[str, str]:
        """The personal data of a reference. Raises NotFound where it was erased."""
        found = self.personal(reference)
        if found is None:
            raise NotFound(reference)
        return found.values

    def personal_of(self, subject: str) -> Mapping[str, PersonalData]:
        """All personal data of a subject, by reference."""
        return self.personal_by_subject(subject)

    def erase_personal(self, subject: str) -> Mapping[str, PersonalData]:
        """Erase the personal data of a subject, except what must be kept, which is returned."""
        kept: dict[str, PersonalData] = {}
        for reference, each in self.personal_by_subject(subject).items():
            if each.retain_until <= self._time.date():
                self.people[reference] = None
            else:
                kept[reference] = self.people[reference] = each._replace(erase=True)
        return kept

    def keyed_hash(self, value: str) -> str:
        """The HMAC-SHA256 of a value, as hexadecimal digits."""
        return self._around.keyed_hash(value)
