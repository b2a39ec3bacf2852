"""Write the changes of commands: events, and the rows that are computed from them, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from entrepot.store import health_index, market_index
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.trade import due_rows, personal, sql, times
from entrepot.store.trade.personal import Vault
from entrepot.store.trade.reading import Head, Rows
from entrepot.trade.audit.verify import encode_state
from entrepot.trade.drafts import Changes, Surroundings
from entrepot.trade.ledger.merkle import Frontier, leaf_hash
from entrepot.trade.objects import Kind, kind_of
from entrepot.trade.offers import Offer


def write_changes(
    cursor: Any, head: Head, changes: Changes, rows: Rows, surroundings: Surroundings, vault: Vault
) -> Head:
    """Write all changes. Returns the new end of the ledger."""
    now = surroundings.now()
    new_head = _write_events(cursor, head, changes) if changes.events else head
    if changes.states:
        _write_objects(cursor, new_head.size, changes, rows, surroundings.kinds)
    if changes.balances:
        values = [(account, unit, amount) for (account, unit), amount in changes.balances.items()]
        sql.upsert(cursor, "store_balance", ("account", "unit", "amount"), values, ("account", "unit"))
    if changes.references:
        _write_references(cursor, changes.references)
    if changes.times:
        times.write_times(cursor, changes.times, rows.kept.states)
    if changes.messages:
        DatabaseOutbox().put(changes.messages, now)
    if changes.inbox:
        received = [(sender, key, now) for sender, key in changes.inbox]
        sql.insert(cursor, "store_incomingmessage", ("sender", "key", "received"), received)
    if changes.people:
        personal.write_personal(cursor, vault, changes.people, rows.stored_personal)
    return new_head


def _write_events(cursor: Any, head: Head, changes: Changes) -> Head:
    frontier, chain, position = Frontier.decode(head.size, head.frontier), head.chain, head.size
    events, nodes, owners = [], [], []
    for event, content, its_owners in changes.events:
        position += 1
        leaf = leaf_hash(content)
        chain = next_link(chain, leaf)
        nodes += frontier.add(leaf)
        events.append((position, event.id, event.stream, event.kind, event.key or None, content, chain))
        owners += [(owner, position) for owner in dict.fromkeys(its_owners)]
    sql.insert(cursor, "store_ledgerevent", ("position", "id", "stream", "kind", "key", "content", "chain"), events)
    if nodes:
        sql.insert(cursor, "store_ledgernode", ("level", "place", "hash"), nodes)
    if owners:
        sql.insert(cursor, "store_ledgereventowner", ("owner", "position"), owners)
    new_head = Head(position, frontier.encode(), chain, head.epoch)
    query = "UPDATE store_ledgerhead SET size = %s, frontier = %s, chain = %s WHERE id = 1"
    cursor.execute(query, [new_head.size, new_head.frontier, new_head.chain])
    return new_head


def next_link(chain: bytes, leaf: bytes) -> bytes:
    """The chain after an event, from the chain before it and its leaf hash."""
    return sha256(chain + leaf).digest()


def _write_objects(cursor: Any, size: int, changes: Changes, rows: Rows, kinds: Mapping[str, Kind]) -> None:
    first = size - len(changes.events) + 1
    last = {event.stream: first + place for place, (event, _, _) in enumerate(changes.events)}
    objects, new_owners = [], []
    for number, state in changes.states.items():
        kind = kind_of(number, kinds)
        text = encode_state(state)
        objects.append((number, kind.prefix, state.status, text, last[number]))
        before = rows.kept.states.get(number)
        owners, old_owners = set(kind.owners(state)), set(kind.owners(before)) if before is not None else set()
        for owner in old_owners - owners:
            query = "DELETE FROM store_tradeobjectowner WHERE owner = %s AND kind = %s AND object = %s"
            cursor.execute(query, [owner, kind.prefix, number])
        new_owners += [(owner, kind.prefix, number) for owner in sorted(owners - old_owners)]
    sql.upsert(cursor, "store_tradeobject", ("id", "kind", "status", "state", "position"), objects, ("id",))
    if new_owners:
        sql.insert(cursor, "store_tradeobjectowner", ("owner", "kind", "object"), new_owners)
    offers = [(rows.kept.states.get(each.id), each) for each in changes.states.values() if isinstance(each, Offer)]
    market_index.update(cursor, offers)
    due_rows.write(cursor, changes.states, rows.kept.states, kinds)
    health_index.update(cursor, changes.states.values())


def _write_references(cursor: Any, references: Mapping[str, str | None]) -> None:
    for reference, number in references.items():
        if number is None:
            cursor.execute("DELETE FROM store_tradereference WHERE reference = %s", [reference])
    given = [(reference, number) for reference, number in references.items() if number is not None]
    if given:
        sql.upsert(cursor, "store_tradereference", ("reference", "object"), given, ("reference",))
