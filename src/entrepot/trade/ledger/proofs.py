"""A proof that an event is in a ledger, as JSON, and its check without the database or the network.

A party that stores the public key of a node can check what the node claims to have recorded; one that stores an earlier
checkpoint can check that the node has not rewritten its history since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from entrepot.trade.ledger.checkpoints import Checkpoint, InvalidNote, Verifier, open_checkpoint
from entrepot.trade.ledger.events import Event, canonical, decode
from entrepot.trade.ledger.merkle import HASH_BYTES, is_consistent, is_included, leaf_hash


class InvalidProof(ValueError):
    """A proof does not show what it claims."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """An inclusion proof. `event`: as it was recorded; `proof`: the hashes of RFC 9162, in hexadecimal digits.

    `checkpoint`: the signed note with the size and the root; `key`: the public key that the node claims. A party that
    knows the key of the node uses its own copy. `event` is null where its reader may not see all of it: then `leaf`,
    the hash of the event in the tree, is proved. Who has the event finds the same hash for it.
    """

    object: str = "proof"
    position: int
    event: dict[str, Any] | None
    proof: tuple[str, ...]
    checkpoint: str
    key: str
    leaf: str = ""

    @classmethod
    def make(cls, position: int, content: bytes, hashes: Sequence[bytes], note: str, key: Verifier) -> Proof:
        """A proof of an event with these bytes."""
        return cls(
            position=position,
            event=json.loads(content),
            proof=tuple(each.hex() for each in hashes),
            checkpoint=note,
            key=key.text(),
            leaf=leaf_hash(content).hex(),
        )

    def without_event(self) -> Proof:
        """The proof of the hash of the event, which does not show the event."""
        return msgspec.structs.replace(self, event=None)


def check_inclusion(proof: Mapping[str, Any] | Proof, key: str) -> tuple[Event, Checkpoint]:
    """Check a proof with the public key of the node. Returns the event and the checkpoint. Raises InvalidProof."""
    try:
        found = msgspec.convert(msgspec.to_builtins(proof), Proof)
        if found.event is None:
            raise InvalidProof("It has the hash of an event and not the event. Only check_leaf checks it.")
        event = decode(msgspec.json.encode(found.event))
        content = canonical(event)
    except ValueError as error:  # also msgspec's errors
        raise InvalidProof(str(error)) from None
    if msgspec.json.decode(content) != found.event:
        raise InvalidProof("The event has fields that no event has.")
    leaf = leaf_hash(content)
    if found.leaf and found.leaf != leaf.hex():
        raise InvalidProof(f"The hash of the event {event.id} is {leaf.hex()}, and the proof names {found.leaf}.")
    return event, _checked(found, leaf, f"the event {event.id}", key)


def check_leaf(proof: Mapping[str, Any] | Proof, key: str) -> Checkpoint:
    """Check that the hash which a proof names is in the ledger. Returns the checkpoint. Raises InvalidProof."""
    try:
        found = msgspec.convert(msgspec.to_builtins(proof), Proof)
        (leaf,) = _hashes([found.leaf])
    except ValueError as error:
        raise InvalidProof(str(error)) from None
    return _checked(found, leaf, f"the hash {found.leaf}", key)


def _checked(found: Proof, leaf: bytes, what: str, key: str) -> Checkpoint:
    """The checkpoint to which a proof leads from a leaf. Raises InvalidProof."""
    try:
        hashes = _hashes(found.proof)
        checkpoint = open_checkpoint(found.checkpoint, Verifier.read(key))
    except ValueError as error:  # also InvalidNote
        raise InvalidProof(str(error)) from None
    if not is_included(leaf, found.position - 1, checkpoint.size, hashes, checkpoint.root):
        raise InvalidProof(
            f"The proof does not lead from {what} at position {found.position} to the root of the checkpoint of "
            f"{checkpoint.size} events."
        )
    return checkpoint


def check_consistency(first: str, second: str, proof: Sequence[str], key: str) -> None:
    """Check that the ledger of one signed checkpoint is the beginning of that of another. Raises InvalidProof."""
    try:
        verifier = Verifier.read(key)
        old, new, hashes = open_checkpoint(first, verifier), open_checkpoint(second, verifier), _hashes(proof)
    except InvalidNote as error:
        raise InvalidProof(str(error)) from None
    if old.origin != new.origin:
        raise InvalidProof(f"The checkpoints are of two ledgers: {old.origin} and {new.origin}.")
    if not is_consistent(old.size, old.root, new.size, new.root, hashes):
        raise InvalidProof(
            f"The ledger of {old.size} events is not the beginning of that of {new.size} events: it was rewritten, or "
            "the proof is of other checkpoints."
        )


def _hashes(texts: Sequence[str]) -> list[bytes]:
    try:
        found = [bytes.fromhex(each) for each in texts]
    except ValueError:
        found = [b""]
    if any(len(each) != HASH_BYTES for each in found):
        raise InvalidNote(f"A hash of a proof has {HASH_BYTES * 2} hexadecimal digits.")
    return found
