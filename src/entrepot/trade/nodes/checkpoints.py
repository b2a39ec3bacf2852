"""The checkpoints of a peer's ledger: kept, checked to continue what was kept, and a rewritten history reported.

A node asks each peer for its newest checkpoint with the proof that it continues the last one that is kept here
(RFC 9162). Two signed notes that contradict each other prove the rewriting to anybody. The peer is suspended then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.checkpoints import InvalidNote, Verifier, open_checkpoint
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ledger.merkle import HASH_BYTES, is_consistent
from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import ACTIVE, Fork, Peer
from entrepot.trade.nodes.sending import send
from entrepot.trade.ports import Books, Transaction

#: How a history contradicts what was signed before.
SAME_SIZE, NOT_CONTINUED, SHORTER = ("same_size", "not_continued", "shorter")
SENTENCES: Final[Mapping[str, str]] = {
    SAME_SIZE: "It signed two different ledgers of {second} events.",
    NOT_CONTINUED: "Its ledger of {second} events does not continue the one of {first} events that it signed before.",
    SHORTER: "Its ledger has {second} events; it signed one of {first} events before.",
}
#: Hashes of a proof, at most: a tree of 2^62 leaves has fewer.
MAX_PROOF: Final = 128


class CheckpointAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks for the newest checkpoint. `size`: of the last one that is kept, 0 if none is."""

    size: int


class CheckpointShown(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint: the signed note, and the proof from the size that was asked for (hexadecimal hashes)."""

    note: str
    proof: tuple[str, ...] = ()


class ForkReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reports to a node that its ledger was rewritten: the two notes that it signed, and how they contradict."""

    code: str
    first: str
    second: str


class Kept(NamedTuple):
    """What came of a checkpoint. `fork`: None if it continues what was kept."""

    peer: Peer
    fork: Fork | None


def keep(tx: Transaction, node: Node, number: str, shown: CheckpointShown, asked: Peer) -> Kept:
    """Keep a checkpoint of a peer if it continues the last one. Raises TradeError for a note that it did not sign.

    One that contradicts it suspends the peer, which is told. `asked`: the peer as it was when it was asked. Where
    another process has kept a checkpoint since then, the proof is for an older one: nothing follows from it.
    """
    peer: Peer = tx.get(number)
    if peer.checkpoint != asked.checkpoint:
        return Kept(peer, None)
    try:
        verifier = Verifier.read(peer.ledger_key)
        new = open_checkpoint(shown.note, verifier)
        old = open_checkpoint(peer.checkpoint, verifier) if peer.checkpoint else None
    except InvalidNote as error:
        raise TradeError(
            "checkpoint_invalid", "{name} shows no checkpoint of its key: {why}", name=peer.name, why=str(error)
        ) from None
    if old is None or (new.size, new.root) != (old.size, old.root):
        code = "" if old is None else contradiction(old, new, shown.proof)
        if code and old is not None:
            return _forked(tx, node, peer, code, (old.size, new.size), shown.note)
        peer = tx.append(number, "peer.checkpoint_kept", {"note": shown.note, "size": new.size})
    return Kept(peer, None)


def contradiction(old: Any, new: Any, proof: Sequence[str]) -> str:
    """How a checkpoint contradicts the one before it; "" if it continues it."""
    if new.size < old.size:
        return SHORTER
    if new.size == old.size:
        return "" if new.root == old.root else SAME_SIZE
    try:
        hashes = [bytes.fromhex(each) for each in proof[:MAX_PROOF]]
    except ValueError:
        hashes = []
    good = all(len(each) == HASH_BYTES for each in hashes)
    return "" if good and is_consistent(old.size, old.root, new.size, new.root, hashes) else NOT_CONTINUED


def _forked(tx: Transaction, node: Node, peer: Peer, code: str, sizes: tuple[int, int], note: str) -> Kept:
    fork = Fork(code=code, first=peer.checkpoint, second=note, found=timestamp(tx.time))
    why = SENTENCES[code].format(first=sizes[0], second=sizes[1])
    payload = {"fork": msgspec.to_builtins(fork), "why": why}
    changed: Peer = tx.append(peer.id, "peer.forked", payload)
    if FORK.name in peer.messages:
        report = ForkReport(code=code, first=fork.first, second=fork.second)
        send(tx, node, peer.id, FORK, report, key=f"{peer.id}:fork/{fork.found}")
    return Kept(changed, fork)


def _show(_books: Books, _peer: Peer, _message: NodeMessage, body: CheckpointAsked, node: Node) -> CheckpointShown:
    shown: CheckpointShown = node.services["checkpoint"](body.size)
    return shown


def _reported(tx: Transaction, peer: Peer, _message: NodeMessage, body: ForkReport, node: Node) -> None:
    """A peer reports that the ledger of this node was rewritten: recorded if this node has signed both notes."""
    verifier = Verifier.read(node.services["ledger_key"]())
    try:
        for note in (body.first, body.second):
            open_checkpoint(note, verifier)
    except InvalidNote as error:
        raise TradeError(
            "checkpoint_invalid", "These are not two checkpoints of this node: {why}", why=str(error)
        ) from None
    fork = Fork(code=body.code[:40], first=body.first, second=body.second, found=timestamp(tx.time))
    tx.append(peer.id, "peer.fork_reported", {"fork": msgspec.to_builtins(fork)})


def size_of(peer: Peer) -> int:
    """How many events the last checkpoint that is kept of a peer has; 0 if none is."""
    return open_checkpoint(peer.checkpoint, Verifier.read(peer.ledger_key)).size if peer.checkpoint else 0


def is_kept_of(peer: Peer) -> bool:
    """Whether checkpoints of a peer are asked for."""
    return peer.status == ACTIVE and bool(peer.ledger_key)


READ: Final = MessageType("checkpoint.read", "", {1: Version(CheckpointAsked)}, answer=_show, reply=CheckpointShown)
FORK: Final = MessageType("checkpoint.fork", "", {1: Version(ForkReport)}, handle=_reported)
TYPES: Final = (READ, FORK)
