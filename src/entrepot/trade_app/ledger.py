"""The ledger of this node as a whole: verify, sign, prove, rebuild and export it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot.model.errors import StoreError, in_quotes
from entrepot.trade.kinds import KINDS
from entrepot.trade.ledger.checkpoints import Verifier, open_checkpoint
from entrepot.trade.ledger.events import decode
from entrepot.trade.ledger.proofs import Proof
from entrepot.trade.ports import NotFound
from entrepot.trade.private_parts import buyer_of, has_private_parts
from entrepot.trade_app import books

if TYPE_CHECKING:
    from entrepot.trade.audit.verify import Verification

#: How old the last checkpoint may be where it is asked for over HTTP: a caller does not make the node sign each event.
MAX_AGE = dt.timedelta(seconds=10)


def verify(key: str | None = None) -> Verification:
    """Verify the ledger. `key`: the public key of its checkpoints; by default that of this node.

    Raises StoreError, and InvalidNote if the key is malformed.
    """
    books.open_database()
    verifier = Verifier.read(key) if key else books.open_trade_keys().signer.verifier()
    from entrepot.store.trade import ledger

    return ledger.verify(KINDS, verifier)


def checkpoint(at_least: dt.timedelta = dt.timedelta(0)) -> tuple[str, Verifier]:
    """The signed checkpoint of the ledger and the public key.

    `at_least`: the age from which an older one is replaced. Raises StoreError, also if the ledger contradicts the last.
    """
    signer = books.open_trade_keys().signer
    from entrepot.store.trade import ledger

    try:
        return ledger.sign_checkpoint(signer, dt.datetime.now(dt.UTC), at_least=at_least), signer.verifier()
    except ledger.LedgerBroken as error:
        raise StoreError(str(error)) from None


def prove(event: str) -> Proof:
    """The proof that an event, by its id or position, is in the ledger. Raises NotFound, StoreError."""
    signer = books.open_trade_keys().signer
    from entrepot.store.trade import ledger

    try:
        found = ledger.prove(event, signer, dt.datetime.now(dt.UTC))
    except ledger.LedgerBroken as error:
        raise StoreError(str(error)) from None
    return Proof.make(found.position, found.content, found.proof, found.note, signer.verifier())


def prove_to(event: str, reader: str) -> Proof:
    """The proof of an event for an organization or person to which it belongs. Raises NotFound, StoreError.

    What only the buyer sees is proved to the others by its hash.
    """
    if reader not in owners_of_event(event):
        raise NotFound(event)
    found = prove(event)
    content = decode(msgspec.json.encode(found.event))
    if not has_private_parts(content):
        return found
    state = books.open_books().read(content.stream)
    return found if reader == buyer_of(state) else found.without_event()


def prove_consistency(first: int, second: int) -> list[bytes]:
    """The proof that the ledger of `first` events is the beginning of that of `second`. Raises NotFound, StoreError."""
    books.open_database()
    from entrepot.store.trade import ledger

    return ledger.prove_consistency(first, second)


def owners_of_event(number: str) -> frozenset[str]:
    """The organizations and people to whom an event belongs, by its id; empty if there is no such event."""
    books.open_database()
    from entrepot.store.trade import ledger

    return ledger.owners_of_event(number)


def rebuild() -> int:
    """Compute again what is computed from the events. Returns how many objects there are. Raises StoreError."""
    books.open_database()
    from entrepot.store.trade import ledger

    try:
        return ledger.rebuild(KINDS)
    except ledger.LedgerBroken as error:
        raise StoreError(f"{error} Nothing was changed. `entrepot ledger verify` names all problems.") from None


def export(after: int = 0) -> Iterator[bytes]:
    """The events after a position: the bytes that the tree hashes, each without a line break. Raises StoreError."""
    books.open_database()
    from entrepot.store.trade import snapshot

    with snapshot.snapshot() as cursor:
        for row in snapshot.stored_events(cursor, after):
            yield row.content


def forget_key(name: str) -> bool:
    """Let the next use make a new key in place of a lost one. False if the database knows no such key.

    Raises StoreError if the file of the key is there: then it is not lost.
    """
    books.open_database()
    from entrepot.store import key_files

    if name not in (names := [each.name for each in key_files.FILES]):
        raise StoreError(f"{in_quotes(name)} is not a key. Keys: {', '.join(names)}.")
    if (file := key_files.path_of(name, books.key_folder())).exists():
        raise StoreError(f"The key file {file} exists. Only a lost key can be forgotten: move the file away first.")
    return key_files.forget(name)


def describe(note: str, key: Verifier) -> dict[str, Any]:
    """A checkpoint as JSON."""
    found = open_checkpoint(note, key)
    return {
        "object": "checkpoint",
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "note": note,
        "key": key.text(),
    }
