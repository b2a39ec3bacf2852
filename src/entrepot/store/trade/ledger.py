"""The ledger as a whole: verify it, sign checkpoints, prove events, and compute its rows again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from entrepot.store import health_index, market_index
from entrepot.store.trade import due_rows, snapshot, sql, times
from entrepot.store.trade.opening import lock_ledger
from entrepot.store.trade.snapshot import StoredHashes
from entrepot.trade.audit.verify import Verification, encode_state
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.checkpoints import Checkpoint, InvalidNote, Signer, Verifier, open_checkpoint
from entrepot.trade.ledger.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
)
from entrepot.trade.objects import Kind
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound


class LedgerBroken(Exception):
    """The ledger does not continue what was signed before: nothing is signed, and `verify` names the events."""


class Proved(NamedTuple):
    """An event with the proof that it is in the tree of a checkpoint. `note`: the signed checkpoint."""

    position: int
    content: bytes
    proof: list[bytes]
    note: str


def verify(kinds: Mapping[str, Kind], verifier: Verifier) -> Verification:
    """Verify the ledger and all that is computed from it, as they are at one moment."""
    with snapshot.snapshot() as cursor:
        found = Verification(kinds, snapshot.stored_checkpoints(cursor))
        head = snapshot.read_head(cursor)
        found.read(snapshot.stored_events(cursor))
        found.check_end(head.size, head.frontier, head.chain, snapshot.stored_nodes(cursor))
        found.check_checkpoints(verifier)
        found.check_objects(snapshot.stored_objects(cursor))
        found.check_balances(snapshot.stored_balances(cursor))
        found.check_references(snapshot.stored_references(cursor))
        found.check_times(snapshot.stored_times(cursor))
        found.check_owners(*snapshot.stored_owners(cursor))
    return found


def size() -> int:
    """How many events the ledger has: a read of one row."""
    with connection.cursor() as cursor:
        rows = sql.select(cursor, "SELECT size FROM store_ledgerhead WHERE id = 1")
    return int(rows[0][0]) if rows else 0


def describe_end() -> dict[str, int | str]:
    """The size and the root of the ledger as it is now."""
    with snapshot.snapshot() as cursor:
        head = snapshot.read_head(cursor)
    return {"size": head.size, "root": Frontier.decode(head.size, head.frontier).root().hex()}


def root_of(size: int) -> tuple[int, str]:
    """The root of the tree over the first events, computed from the events alone; and how many there are of them."""
    frontier = Frontier()
    with snapshot.snapshot() as cursor:
        for event in islice(snapshot.stored_events(cursor), size):
            frontier.add(leaf_hash(event.content))
    return frontier.size, frontier.root().hex()


def sign_checkpoint(signer: Signer, now: dt.datetime, *, at_least: dt.timedelta = dt.timedelta(0)) -> str:
    """The note of a checkpoint of the ledger as it is now, signed and stored unless there is one.

    `at_least`: the age from which the last checkpoint is replaced by a newer one. Raises LedgerBroken.
    """
    with snapshot.snapshot() as cursor:
        last = sql.select(cursor, "SELECT size, note, created FROM store_ledgercheckpoint ORDER BY size DESC LIMIT 1")
        head = snapshot.read_head(cursor)
        # One that was signed with an earlier key, which was lost, is replaced.
        usable = last and _is_signed(str(last[0][1]), signer.verifier())
        if usable and (last[0][0] == head.size or (at_least and now - _time(last[0][2]) < at_least)):
            return str(last[0][1])
        checkpoint = Checkpoint(signer.name, head.size, Frontier.decode(head.size, head.frontier).root())
        if last:
            _check_continues(cursor, str(last[0][1]), checkpoint, signer.verifier())
    note = signer.sign(checkpoint.text())
    with connection.cursor() as cursor:
        # Another process may have signed the same size: the signature of one text is always the same.
        row = [(checkpoint.size, note, now)]
        sql.upsert(cursor, "store_ledgercheckpoint", ("size", "note", "created"), row, ("size",))
    return note


def prove(event: str, signer: Signer, now: dt.datetime) -> Proved:
    """The proof that an event is in the ledger of a checkpoint. `event`: its id or position.

    Raises NotFound, LedgerBroken.
    """
    column = "position" if event.isascii() and event.isdigit() and len(event) < 19 else "id"
    if column == "id" and not is_id(event, "ev_"):
        raise NotFound(event)
    query = f"SELECT position, content FROM store_ledgerevent WHERE {column} = %s"
    with connection.cursor() as cursor:
        found = sql.select(cursor, query, int(event) if column == "position" else event)
    if not found:
        raise NotFound(event)
    position, content = found[0]
    note = sign_checkpoint(signer, now)
    size = open_checkpoint(note, signer.verifier()).size
    with snapshot.snapshot() as cursor:
        return Proved(position, sql.as_bytes(content), inclusion_proof(StoredHashes(cursor), position - 1, size), note)


def owners_of_event(number: str) -> frozenset[str]:
    """The organizations and people to whom an event belongs, by its id; empty if there is no such event."""
    if not is_id(number, "ev_"):
        return frozenset()
    query = (
        "SELECT w.owner FROM store_ledgereventowner w JOIN store_ledgerevent e ON e.position = w.position "
        "WHERE e.id = %s"
    )
    with connection.cursor() as cursor:
        return frozenset(str(owner) for (owner,) in sql.select(cursor, query, number))


def prove_consistency(first: int, second: int) -> list[bytes]:
    """The proof that the ledger of `first` events is the beginning of that of `second`. Raises NotFound."""
    with snapshot.snapshot() as cursor:
        size = snapshot.read_head(cursor).size
        if not 0 <= first <= second <= size:
            raise NotFound(f"The ledger has {size} events: there is no proof from {first} to {second}.")
        return consistency_proof(StoredHashes(cursor), first, second)


def rebuild(kinds: Mapping[str, Kind]) -> int:
    """Compute all rows again from the events, and replace them. Returns how many objects there are.

    The ledger is locked meanwhile. Raises what `append` raises if an event is not allowed: then nothing is changed.
    """
    found = Verification(kinds)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        lock_ledger(cursor)
        found.read(snapshot.stored_events(cursor))
        if found.problems:
            raise LedgerBroken(found.problems[0].message)
        _replace_rows(cursor, found, kinds)
    return len(found.replay.states)


def _replace_rows(cursor: Any, found: Verification, kinds: Mapping[str, Kind]) -> None:
    replay = found.replay
    objects = [
        (number, f"{number.partition('_')[0]}_", state.status, encode_state(state), replay.last[number])
        for number, state in replay.states.items()
    ]
    owners = [
        (owner, f"{number.partition('_')[0]}_", number)
        for number in replay.states
        for owner in dict.fromkeys(replay.owners(number))
    ]
    tables: tuple[tuple[str, tuple[str, ...], list[tuple[Any, ...]]], ...] = (
        ("store_tradeobject", ("id", "kind", "status", "state", "position"), objects),
        ("store_tradeobjectowner", ("owner", "kind", "object"), owners),
        ("store_tradereference", ("reference", "object"), list(replay.references.items())),
        ("store_balance", ("account", "unit", "amount"), [(*place, each) for place, each in replay.balances.items()]),
        (times.TABLE, times.COLUMNS, [(number, *each) for number, each in replay.times.items()]),
        (due_rows.TABLE, due_rows.COLUMNS, due_rows.rows_of(replay.states, kinds)),
        ("store_ledgernode", ("level", "place", "hash"), [(*place, each) for place, each in found.nodes.items()]),
        ("store_ledgereventowner", ("owner", "position"), list(found.event_owners)),
    )
    for table, columns, rows in tables:
        cursor.execute(f"DELETE FROM {table}")
        if rows:
            sql.insert(cursor, table, columns, rows)
    market_index.rebuild(cursor, (each for each in replay.states.values() if isinstance(each, Offer)))
    health_index.rebuild(cursor, replay.states.values())
    query = "UPDATE store_ledgerhead SET size = %s, frontier = %s, chain = %s, epoch = epoch + 1 WHERE id = 1"
    cursor.execute(query, [found.frontier.size, found.frontier.encode(), found.chain])


def _is_signed(note: str, verifier: Verifier) -> bool:
    try:
        open_checkpoint(note, verifier)
    except InvalidNote:
        return False
    return True


def _check_continues(cursor: Any, note: str, checkpoint: Checkpoint, verifier: Verifier) -> None:
    """Raise LedgerBroken unless the ledger begins with what the last checkpoint signed."""
    if not _is_signed(note, verifier):
        return  # signed with an earlier key: `verify` reports it
    last = open_checkpoint(note, verifier)
    proof = consistency_proof(StoredHashes(cursor), last.size, checkpoint.size) if last.size <= checkpoint.size else []
    if not is_consistent(last.size, last.root, checkpoint.size, checkpoint.root, proof):
        raise LedgerBroken(
            f"The ledger does not continue the checkpoint of {last.size} events. Nothing was signed. "
            "`entrepot ledger verify` names what was changed."
        )


def _time(value: Any) -> dt.datetime:
    found = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
