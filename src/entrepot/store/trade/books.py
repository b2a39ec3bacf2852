"""The books in SQLite or PostgreSQL: implements `entrepot.trade.ports.Books`.

Commands are run one after the other, in the order of the ledger, under the lock of its last row: each sees all that was
committed before it, and no two of them can wait for each other. Those of concurrent requests are committed together.
So one process at a time runs commands; what is slow, such as a quote, is calculated before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction

from entrepot.store.group_commit import Group, Item
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.trade import due_rows, personal, sql, times
from entrepot.store.trade.foresight import Work, lookups_of, run_from_memory, run_item
from entrepot.store.trade.opening import open_ledger
from entrepot.store.trade.personal import Vault
from entrepot.store.trade.reading import (
    Kept,
    Rows,
    decode_state,
    read_balances,
    read_reference,
    read_state,
    read_states,
)
from entrepot.store.trade.writing import write_changes
from entrepot.trade.drafts import Changes, Surroundings
from entrepot.trade.ledger.events import Event, decode
from entrepot.trade.objects import Kind
from entrepot.trade.occupied import Occupied, Span
from entrepot.trade.ports import Command, Lookup, NotFound

T = TypeVar("T")

#: The number of commands of a transaction from which those that need no reading are run first, on PostgreSQL.
READ_AHEAD = 3


class Keys(NamedTuple):
    """Keys that are not in the database: of personal data, and of the keyed hashes in events. 32 bytes each."""

    data: bytes
    hashes: bytes


class StoreBooks:
    """The books in the database. One object serves all threads of a process."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        keys: Keys,
        *,
        now: Callable[[], dt.datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._kinds = kinds
        self._vault = Vault(keys.data)
        self._around = Surroundings(kinds, now, random, keys.hashes)
        self._kept = Kept()
        self._group: Group[Work] = Group(self._execute, joins=True)
        self.outbox = DatabaseOutbox()

    def run(self, command: Command[T], *, lookups: Sequence[Lookup] = ()) -> T:
        """Run a command in a transaction, perhaps committed together with others. See `ports.Books`.

        Within a transaction of the caller it is run at once, and committed or rolled back with it.
        """
        work = Work(command, lookups)
        if connection.in_atomic_block:
            item: Item[Work] = Item(work)
            self._run_all([item], Kept(), own=False)
            if item.error is not None:
                raise item.error
            return item.result  # type: ignore[no-any-return]  # what this command returned
        return self._group.submit(work)  # type: ignore[no-any-return]  # what this command returned

    def _execute(self, items: Sequence[Item[Work]]) -> None:
        """Run the commands of a group in one transaction."""
        try:
            with transaction.atomic(durable=True):
                changes = self._run_all(items, self._kept, own=True)
        except BaseException:
            self._kept.clear()
            raise
        if None in changes.people.values():
            personal.clean_up()

    def _run_all(self, items: Sequence[Item[Work]], kept: Kept, *, own: bool) -> Changes:
        """Run commands and write what they change. `own`: in a transaction of their own, which ends with it."""
        with connection.cursor() as cursor:
            rows = Rows(cursor, self._kinds, self._vault, kept)
            head = open_ledger(cursor, rows, lookups_of(items), begin=own)
            more = self._group.join(items) if own else ()
            if connection.vendor == "sqlite":
                rows.look_up(lookups_of(items))
            elif more:
                rows.look_up(lookups_of(more))
            changes = Changes(rows)
            if connection.vendor == "postgresql" and len(items) >= READ_AHEAD:
                items = run_from_memory(items, changes, rows, self._around)
            for item in items:
                if (draft := run_item(item, changes, self._around)) is not None:
                    changes.add(draft)
            if connection.vendor == "postgresql":
                script = sql.Script(cursor)
                new_head = write_changes(script, head, changes, rows, self._around, self._vault)
                if script:
                    if own:
                        script.execute("COMMIT")
                    script.send()
            else:
                new_head = write_changes(cursor, head, changes, rows, self._around, self._vault)
            kept.head = new_head
            kept.states.update(changes.states)
            kept.balances.update(changes.balances)
            return changes

    def keyed_hash(self, value: str) -> str:
        """The keyed hash of a value."""
        return self._around.keyed_hash(value)

    def read(self, number: str) -> Any:
        """The state of an object, without a lock. Raises NotFound."""
        with connection.cursor() as cursor:
            found = read_state(cursor, self._kinds, number)
        if found is None:
            raise NotFound(number)
        return found

    def recent(self, number: str) -> Any:
        """The state of an object as this process saw it last, else as it is stored. Raises NotFound.

        Another process may have changed it since: for what a command checks again.
        """
        return self._kept.states.get(number) or self.read(number)

    def read_many(self, numbers: Collection[str]) -> list[Any]:
        """The states of objects, in this order, without a lock; unknown ones are left out."""
        with connection.cursor() as cursor:
            found = read_states(cursor, self._kinds, numbers)
        return [found[number] for number in numbers if number in found]

    def list_numbers(self, prefix: str) -> list[str]:
        """The ids of all objects of a kind, the oldest first."""
        with connection.cursor() as cursor:
            found = sql.select(cursor, "SELECT id FROM store_tradeobject WHERE kind = %s ORDER BY id", prefix)
        return [number for (number,) in found]

    def mentions(self, prefix: str, text: str) -> bool:
        """Whether the state of an object of a kind contains a text."""
        position = "instr(state, %s)" if connection.vendor == "sqlite" else "position(%s in state)"
        query = f"SELECT 1 FROM store_tradeobject WHERE kind = %s AND {position} > 0 LIMIT 1"
        with connection.cursor() as cursor:
            return bool(sql.select(cursor, query, prefix, text))

    def lookup(self, reference: str) -> str | None:
        """The id of the object with a reference, without a lock."""
        with connection.cursor() as cursor:
            return read_reference(cursor, reference)

    def occupied(self, span: Span) -> Mapping[str, Occupied]:
        """What has a part of a time of a resource, by the id of the object, without a lock."""
        with connection.cursor() as cursor:
            return times.read_times(cursor, span)

    def ended_times(self, lapsed: int, ended: int, limit: int = 100) -> Sequence[str]:
        """Objects whose time lapsed until one moment, or ended until another one, in seconds since 1970."""
        with connection.cursor() as cursor:
            return times.ended_times(cursor, lapsed, ended, limit)

    def was_received(self, sender: str, key: str) -> bool:
        """Whether a message of a sender was received, without a lock."""
        query = 'SELECT 1 FROM store_incomingmessage WHERE sender = %s AND "key" = %s'
        with connection.cursor() as cursor:
            return bool(sql.select(cursor, query, sender, key))

    def due(
        self, what: str, until: str, *, since: str = "", after: tuple[str, str] = ("", ""), limit: int = 100
    ) -> Sequence[tuple[str, str]]:
        """What is due from one moment until another one."""
        with connection.cursor() as cursor:
            return due_rows.read(cursor, what, (since, until), after, limit)

    def list_objects(
        self, prefix: str, *, owner: str | None = None, status: str | None = None, before: str = "", limit: int = 100
    ) -> Sequence[Any]:
        """The states of objects of a kind, the newest first."""
        table, where, values = "store_tradeobject o", ["o.kind = %s"], [prefix]
        if owner is not None:
            table = "store_tradeobjectowner w JOIN store_tradeobject o ON o.id = w.object"
            where, values = ["w.owner = %s", "w.kind = %s"], [owner, prefix]
        number = "w.object" if owner is not None else "o.id"
        if before:
            where.append(f"{number} < %s")
            values.append(before)
        if status is not None:
            where.append("o.status = %s")
            values.append(status)
        query = f"SELECT o.id, o.state FROM {table} WHERE {' AND '.join(where)} ORDER BY {number} DESC LIMIT %s"
        with connection.cursor() as cursor:
            found = sql.select(cursor, query, *values, limit)
        return [decode_state(self._kinds, number, text) for number, text in found]

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
        table, where = "store_ledgerevent e", ["e.position > %s"]
        values: list[Any] = [after]
        if owner is not None:
            # From the owner's own list, which is short, to the events.
            table = "store_ledgereventowner w JOIN store_ledgerevent e ON e.position = w.position"
            where = ["w.position > %s"]
        position = where[0].partition(" ")[0]
        for column, value in (
            (f"{position} <", before),
            ("e.stream =", stream),
            ("e.kind =", kind),
            ("w.owner =", owner),
        ):
            if value is not None:
                where.append(f"{column} %s")
                values.append(value)
        order = f"{position} {'' if before is None else 'DESC'}"
        query = f"SELECT e.position, e.content FROM {table} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT %s"
        with connection.cursor() as cursor:
            return [(place, decode(bytes(text))) for place, text in sql.select(cursor, query, *values, limit)]

    def balance(self, account: str, unit: str) -> int:
        """The balance of an account, without a lock; 0 if nothing was posted."""
        with connection.cursor() as cursor:
            return read_balances(cursor, [(account, unit)]).get((account, unit), 0)

    def balances_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts in units, without a lock; those of which nothing is stored are left out."""
        if not places:
            return {}
        with connection.cursor() as cursor:
            return read_balances(cursor, places)

    def balances(self, prefix: str) -> Mapping[tuple[str, str], int]:
        """The balances of the accounts whose names begin so, by account and unit."""
        query = "SELECT account, unit, amount FROM store_balance WHERE substr(account, 1, %s) = %s"
        with connection.cursor() as cursor:
            rows = sql.select(cursor, query, len(prefix), prefix)
        return {(account, unit): amount for account, unit, amount in sorted(rows)}

    def balances_in(self, accounts: Collection[str]) -> Mapping[tuple[str, str], int]:
        """The balances of accounts in all their units, by account and unit."""
        if not accounts:
            return {}
        places = ", ".join(["%s"] * len(accounts))
        query = f"SELECT account, unit, amount FROM store_balance WHERE account IN ({places})"
        with connection.cursor() as cursor:
            rows = sql.select(cursor, query, *accounts)
        return {(account, unit): amount for account, unit, amount in sorted(rows)}

    def erase_expired(self, today: dt.date) -> int:
        """Erase the personal data whose erasure was requested and whose date is reached. Returns how many."""
        with transaction.atomic(), connection.cursor() as cursor:
            due = personal.due_references(cursor, today)
            personal.overwrite(cursor, due)
        personal.clean_up(thoroughly=True)
        return len(due)
