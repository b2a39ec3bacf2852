"""What commands read of the database, and what is kept of it in memory.

States and balances that were read or written are kept while no other process appends to the ledger. What another
process has appended since is known from its events: the objects and accounts that they name are read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.store.trade import personal, sql
from entrepot.store.trade.personal import Vault
from entrepot.trade.ledger.events import Event, decode
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.ports import PersonalData

#: States, and balances, that are kept at most; and events of other processes that are looked through.
MAX_KEPT, MAX_CAUGHT_UP = 20_000, 1_000


class Head(NamedTuple):
    """The end of the ledger."""

    size: int
    frontier: bytes
    chain: bytes
    epoch: int


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

    def catch_up(self, cursor: Any, head: Head) -> None:
        """Drop what was changed since: afterwards all that is kept is valid at `head`."""
        if len(self.states) > MAX_KEPT or len(self.balances) > MAX_KEPT:
            self.clear()
        last = self.head
        if last is None or last.epoch != head.epoch or not 0 <= head.size - last.size <= MAX_CAUGHT_UP:
            self.clear()
        elif last.size < head.size:
            self._drop_changed(cursor, last)
        elif last.chain != head.chain:  # another database: it was restored
            self.clear()
        self.head = head

    def _drop_changed(self, cursor: Any, last: Head) -> None:
        query = "SELECT position, content, chain FROM store_ledgerevent WHERE position >= %s ORDER BY position"
        for position, content, chain in sql.select(cursor, query, max(last.size, 1)):
            if position == last.size:
                if bytes(chain) != last.chain:
                    self.clear()
                    return
                continue
            event = decode(bytes(content))
            self.states.pop(event.stream, None)
            for each in event.postings:
                self.balances.pop((each.account, each.unit), None)


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

    def read_ahead(
        self,
        objects: Collection[str],
        places: Collection[tuple[str, str]],
        keys: Collection[str],
        references: Collection[str],
    ) -> None:
        """Read much at once that commands will ask for."""
        for number, state in _select_in(self._cursor, "id, state FROM store_tradeobject WHERE id", objects):
            self.kept.states[number] = decode_state(self._kinds, number, state)
        if places:
            self.balances_of(places)
        self._by_key.update(dict.fromkeys(keys))
        for key, content in _select_in(self._cursor, '"key", content FROM store_ledgerevent WHERE "key"', keys):
            self._by_key[key] = decode(bytes(content))
        self._by_reference.update(dict.fromkeys(references))
        columns = "reference, object FROM store_tradereference WHERE reference"
        self._by_reference.update(dict(_select_in(self._cursor, columns, references)))

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received."""
        query = 'SELECT 1 FROM store_incomingmessage WHERE sender = %s AND "key" = %s'
        return bool(sql.select(self._cursor, query, sender, key))

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


def decode_state(kinds: Mapping[str, Kind], number: str, text: str) -> Any:
    """The state of an object from the JSON of its row."""
    return _decoder(kind_of(number, kinds).state).decode(text)


def read_reference(cursor: Any, reference: str) -> str | None:
    """The id of the object with a reference."""
    found = sql.select(cursor, "SELECT object FROM store_tradereference WHERE reference = %s", reference)
    return str(found[0][0]) if found else None


def read_balances(cursor: Any, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The balances of accounts of which there are rows."""
    where = " OR ".join(["(account = %s AND unit = %s)"] * len(places))
    values = [each for place in places for each in place]
    query = f"SELECT account, unit, amount FROM store_balance WHERE {where}"
    return {(account, unit): amount for account, unit, amount in sql.select(cursor, query, *values)}


def _select_in(cursor: Any, columns_and_condition: str, values: Collection[str]) -> list[tuple[Any, ...]]:
    if not values:
        return []
    return sql.select(cursor, f"SELECT {columns_and_condition} IN ({', '.join(['%s'] * len(values))})", *values)


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]
