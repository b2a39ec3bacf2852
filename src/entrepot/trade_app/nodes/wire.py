"""The messages with peers, composed: what answers their requests, what delivers the outbox, and questions."""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from typing import Any

import msgspec

from entrepot.connect.nodes.receiver import Receiver
from entrepot.connect.nodes.transport import HttpTransport
from entrepot.trade.nodes import delivering
from entrepot.trade.nodes.delivering import Post
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.outbox import Channel
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity


@lru_cache(maxsize=1)
def receiver() -> Receiver:
    """What answers the requests of peers."""
    return Receiver(open_books(), identity.node(), TYPES, identity.signing_keys, identity.now)


@lru_cache(maxsize=1)
def post() -> Post:
    """What delivers messages and asks peers."""
    return Post(open_books(), identity.node(), TYPES, transport())


def transport() -> HttpTransport:
    """The transport of signed requests."""
    return HttpTransport(identity.signing_keys, identity.now, new_nonce, allow_loopback=identity.loopback())


def new_nonce() -> str:
    """A fresh nonce."""
    return base64.urlsafe_b64encode(os.urandom(18)).decode()


def channel() -> Channel:
    """The channel `node` of the outbox."""
    return delivering.channel(post())


def ask(peer: str, kind: MessageType, body: msgspec.Struct, *, about: str = "") -> Any:
    """Ask a peer. Raises Unreachable, PeerRefused, TradeError."""
    return delivering.ask(post(), peer, kind, body, about=about)
