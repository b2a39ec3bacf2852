"""The challenge of a first meeting: a fresh nonce, answered in a response that the pinned key has signed.

The proof is the signature of the response, which covers that of the request: an older answer does not fit.
"""

from __future__ import annotations

from typing import Final

import msgspec

from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Books


class Challenge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A challenge. `nonce`: random, base64url."""

    nonce: str


class Challenged(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the nonce, and the name of the node that answers."""

    nonce: str
    did: str


def _answer(_books: Books, _peer: Peer, _message: NodeMessage, body: Challenge, node: Node) -> Challenged:
    return Challenged(nonce=body.nonce, did=node.did)


CHALLENGE: Final = MessageType("node.challenge", "", {1: Version(Challenge)}, answer=_answer, reply=Challenged)
