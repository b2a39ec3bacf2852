"""What commands read of the database, and what is kept of it in memory.

States and balances that were read or written are kept. What another process has appended since is known from its
events: the objects that they name are read again, and their postings are added to the balances.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec

from entrepot.store.trade import personal, sql, times
from entrepot.store.trade.personal import Vault
from entrepot.store.trade.sql import Immediate, Script
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event, decode
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.occupied import Occupied, Span
from entrepot.trade.ports import Arrival, Lookup, PersonalData

#: States, and balances, that are kept at most; and events of other processes that are looked through.
MAX_KEPT, MAX_CAUGHT_UP = 20_000, 1_000
#: What is looked up at least before SQLite reads it together: less is read when it is asked for.
READ_TOGETHER = 5


class Head(NamedTuple):
    """The end of the ledger."""

    size: int
    frontier: bytes
    chain: bytes
    epoch: int


#: An event that is new to this process: its position, its content, and its chain.
NewEvent: TypeAlias = tuple[Any, ...]


class _Touched(msgspec.Struct, frozen=True):
    """The part of an event that says what it has changed; the rest is not decoded."""

    stream: str
    postings: tuple[Posting, ...] = ()


_TOUCHED = msgspec.json.Decoder(_Touched)


class Kept:
    """States and balances as they were at the end of the ledger that `head` describes."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.states: dict[str, Any] = {}
        self.balances: dict[tuple[str, str], int] = {}

    def clear(self) -> None:
        """Keep nothing."""
        self.head = None
        self.states.clear()
        self.balances.clear()

    def catch_up(self, head: Head, read_new: Callable[[], Sequence[NewEvent]]) -> None:
        """Apply what was appended since: afterwards all that is kept is valid at `head`.

        `read_new`: the events from the one at which the memory ends, whose content is not needed.
        """
        if len(self.states) > MAX_KEPT or len(self.balances) > MAX_KEPT:
            self.clear()
        last = self.head
        if last is None or last.epoch != head.epoch or not 0 <= head.size - last.size <= MAX_CAUGHT_UP:
            self.clear()
        elif last.size < head.size:
            self._apply(last, read_new())
        elif last.chain != head.chain:  # another database: it was restored
            self.clear()
        self.head = head

    def _apply(self, last: Head, new: Sequence[NewEvent]) -> None:
        for position, content, chain in new:
            if position <= last.size:
                if bytes(chain) != last.chain:
                    self.clear()
                    return
                continue
            event = _TOUCHED.decode(bytes(content))
            self.states.pop(event.stream, None)
            for each in event.postings:
                if (place := (each.account, each.unit)) in self.balances:
                    self.balances[place] += each.amount


class Rows:
    """The rows as a source of drafts, during one transaction."""

    def __init__(self, cursor: Any, kinds: Mapping[str, Kind], vault: Vault, kept: Kept) -> None:
        self._cursor, self._kinds, self._vault = cursor, kinds, vault
        self.kept = kept
        #: References of personal data of which there are rows.
        self.stored_personal: set[str] = set()
        #: What was found, or not found, in this transaction: nobody else writes until it ends.
        self._by_key: dict[str, Event | None] = {}
        self._by_reference: dict[str, str | None] = {}
        self._by_span: dict[Span, Mapping[str, Occupied]] = {}
        self._received: dict[Arrival, bool] = {}

    def state_of(self, number: str) -> Any | None:
        """The state of an object."""
        found = self.kept.states.get(number)
        if found is None and (found := read_state(self._cursor, self._kinds, number)) is not None:
            self.kept.states[number] = found
        return found

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts."""
        kept = self.kept.balances
        if missing := [place for place in places if place not in kept]:
            kept.update(dict.fromkeys(missing, 0))
            kept.update(read_balances(self._cursor, missing))
        return {place: kept[place] for place in places}

    def event_with_key(self, key: str) -> Event | None:
        """The event that was recorded with a key."""
        if key not in self._by_key:
            found = sql.select(self._cursor, 'SELECT content FROM store_ledgerevent WHERE "key" = %s', key)
            self._by_key[key] = decode(bytes(found[0][0])) if found else None
        return self._by_key[key]

    def object_with(self, reference: str) -> str | None:
        """The id of the object with a reference."""
        if reference not in self._by_reference:
            self._by_reference[reference] = read_reference(self._cursor, reference)
        return self._by_reference[reference]

    def knows_key(self, key: str) -> bool:
        """Whether it is known which event has a key, or that none has it."""
        return key in self._by_key

    def knows_reference(self, reference: str) -> bool:
        """Whether it is known which object has a reference, or that none has it."""
        return reference in self._by_reference

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by object."""
        if span not in self._by_span:
            self._by_span[span] = times.read_times(self._cursor, span)
        return self._by_span[span]

    def knows_span(self, span: Span) -> bool:
        """Whether it is known what has a part of a time."""
        return span in self._by_span

    def knows_arrival(self, arrival: Arrival) -> bool:
        """Whether it is known if a message was received."""
        return arrival in self._received

    def ask_for(self, script: Script | Immediate, lookups: Collection[Lookup]) -> None:
        """Add the statements that read which events and objects have these keys and references, and times."""
        if names := [each for each in lookups if isinstance(each, str)]:
            script.execute(f'SELECT "key", content FROM store_ledgerevent WHERE "key" IN ({_places(names)})', names)
            columns = "SELECT reference, object FROM store_tradereference"
            script.execute(f"{columns} WHERE reference IN ({_places(names)})", names)
        if spans := [each for each in lookups if isinstance(each, Span)]:
            times.ask_for(script, spans)
        if arrivals := [each for each in lookups if isinstance(each, Arrival)]:
            where = " OR ".join(['(sender = %s AND "key" = %s)'] * len(arrivals))
            columns = 'SELECT sender, "key" FROM store_incomingmessage'
            script.execute(f"{columns} WHERE {where}", [text for each in arrivals for text in each])

    def take(self, lookups: Collection[Lookup], found: Sequence[Sequence[Any]]) -> None:
        """Take what those statements have returned."""
        if names := [each for each in lookups if isinstance(each, str)]:
            keys, references, *found = found
            self._by_key.update(dict.fromkeys(names))
            self._by_key.update({key: decode(bytes(content)) for key, content in keys})
            self._by_reference.update(dict.fromkeys(names))
            self._by_reference.update(references)
        if spans := [each for each in lookups if isinstance(each, Span)]:
            times_found, *found = found
            self._by_span.update(times.by_span(spans, times_found))
        if arrivals := [each for each in lookups if isinstance(each, Arrival)]:
            known = {Arrival(*row) for row in found[0]}
            self._received.update({each: each in known for each in arrivals})

    def look_up(self, lookups: Collection[Lookup]) -> None:
        """Read what commands will look up. SQLite reads a few of them when they are asked for."""
        if lookups and (self._cursor.db.vendor == "postgresql" or len(lookups) >= READ_TOGETHER):
            self.read_ahead((), (), lookups)

    def read_ahead(
        self, objects: Collection[str], places: Collection[tuple[str, str]], lookups: Collection[Lookup]
    ) -> None:
        """Read much at once that commands will ask for: objects, balances, keys or references, and times."""
        script = Script(self._cursor) if self._cursor.db.vendor == "postgresql" else Immediate(self._cursor)
        if objects:
            script.execute(f"SELECT id, state FROM store_tradeobject WHERE id IN ({_places(objects)})", [*objects])
        if places:
            script.execute(*_balances_query(places))
        self.ask_for(script, lookups)
        if not script:
            return
        found = script.send()
        if objects:
            self.kept.states.update({number: decode_state(self._kinds, number, text) for number, text in found.pop(0)})
        if places:
            self.kept.balances.update(dict.fromkeys(places, 0))
            self.kept.balances.update({(account, unit): amount for account, unit, amount in found.pop(0)})
        self.take(lookups, found)

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received."""
        arrival = Arrival(sender, key)
        if arrival not in self._received:
            query = 'SELECT 1 FROM store_incomingmessage WHERE sender = %s AND "key" = %s'
            self._received[arrival] = bool(sql.select(self._cursor, query, sender, key))
        return self._received[arrival]

    def personal(self, reference: str) -> PersonalData | None:
        """Personal data by its reference."""
        found = personal.read_personal(self._cursor, self._vault, reference)
        if found is not None:
            self.stored_personal.add(reference)
        return found

    def personal_by_subject(self, subject: str) -> Mapping[str, PersonalData]:
        """The personal data of a subject."""
        found = personal.read_by_subject(self._cursor, self._vault, subject)
        self.stored_personal.update(found)
        return found


def read_state(cursor: Any, kinds: Mapping[str, Kind], number: str) -> Any | None:
    """The state of an object, from its row."""
    found = sql.select(cursor, "SELECT state FROM store_tradeobject WHERE id = %s", number)
    return decode_state(kinds, number, found[0][0]) if found else None


def read_states(cursor: Any, kinds: Mapping[str, Kind], numbers: Collection[str]) -> dict[str, Any]:
    """The states of objects by their ids, from their rows."""
    if not numbers:
        return {}
    query = f"SELECT id, state FROM store_tradeobject WHERE id IN ({_places(numbers)})"
    rows = sql.select(cursor, query, *numbers)
    return {number: decode_state(kinds, number, text) for number, text in rows}


def decode_state(kinds: Mapping[str, Kind], number: str, text: str) -> Any:
    """The state of an object from the JSON of its row."""
    return _decoder(kind_of(number, kinds).state).decode(text)


def read_reference(cursor: Any, reference: str) -> str | None:
    """The id of the object with a reference."""
    found = sql.select(cursor, "SELECT object FROM store_tradereference WHERE reference = %s", reference)
    return str(found[0][0]) if found else None


def read_balances(cursor: Any, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The balances of accounts of which there are rows."""
    query, values = _balances_query(places)
    return {(account, unit): amount for account, unit, amount in sql.select(cursor, query, *values)}


def _balances_query(places: Collection[tuple[str, str]]) -> tuple[str, list[str]]:
    where = " OR ".join(["(account = %s AND unit = %s)"] * len(places))
    values = [each for place in places for each in place]
    return f"SELECT account, unit, amount FROM store_balance WHERE {where}", values


def _places(values: Collection[str]) -> str:
    """The parameters of a list of values."""
    return ", ".join(["%s"] * len(values))


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]
