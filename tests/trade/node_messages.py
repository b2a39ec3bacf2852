"""Types of messages for the tests of nodes: a note that is kept as a tally, a secret one, and a question."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.kinds import KINDS
from entrepot.trade.nodes.memory import Pair
from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.ports import Books, Transaction
from trade import tally
from trade.tally import Clock

ALL_KINDS = {**KINDS, **tally.KINDS}


class NoteOne(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note, as version 1 has it."""

    text: str


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note."""

    text: str
    urgent: bool = False


class Sum(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers to add."""

    numbers: tuple[int, ...]


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    total: int


def _take(tx: Transaction, peer: Peer, message: NodeMessage, body: Note, _node: Node) -> Mapping[str, Any]:
    if body.text == "refuse":
        raise TradeError("note_refused", "This note is not wanted.")
    number = tx.new_id("ta_")
    tx.append(number, "tally.opened", {"owner": peer.id})
    tx.append(number, "tally.counted", {"by": 1, "note": message.about or body.text})
    return {"tally": number}


def _add(_books: Books, _peer: Peer, _message: NodeMessage, body: Sum, _node: Node) -> Total:
    return Total(total=sum(body.numbers))


NOTE = MessageType(
    "test.note",
    "order",
    {
        1: Version(NoteOne, lambda note: NoteOne(text=note.text), lambda note: Note(text=note.text)),
        2: Version(Note),
    },
    handle=_take,
)
SECRET = MessageType("test.secret", "delivery", {1: Version(NoteOne)}, handle=lambda *_given: None, personal=True)
SUM = MessageType("test.sum", "quote", {1: Version(Sum)}, answer=_add, reply=Total)
NOTES: Mapping[str, MessageType] = {**TYPES, **{each.name: each for each in (NOTE, SECRET, SUM)}}


def pair(clock: Clock, **given: Any) -> Pair:
    """Two nodes in memory that know these types."""
    return Pair.open(ALL_KINDS, now=clock, random=os.urandom, types=NOTES, **given)
