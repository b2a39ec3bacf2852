"""What a room is: the protocols between the connections and the parts that have rooms.

A part gives a `RoomType`. Its rooms live in the one thread of the process, so they need no locks; what reads or writes
the database is called through `Threads.run`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from entrepot.web.live.sockets.closing import Closing
from entrepot.web.live.sockets.threads import Threads


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a token let in: the grant, what it is part of, and its role (`buyer provider guest reader editor`).

    `what`: the part of the delivery that it opens, "" for all; `until`: the moment at which the grant ends, in seconds
    since 1970; 0 if it has no end; `node`: the other node whose buyer it is, "" for one of this node.
    """

    grant: str
    delivery: str
    order: str
    role: str
    what: str = ""
    until: float = 0
    node: str = ""


class Access(Protocol):
    """Decides who may join a room. Its functions are called in a thread."""

    def admit(self, token: str, audience: str) -> Visitor:
        """The visitor of a token, which is used up. Raises Refused."""

    def is_open(self, visitor: Visitor) -> bool:
        """Whether a visitor may stay: the grant is active, and what it is part of is open."""

    def changes(self, after: int | None) -> tuple[int, frozenset[str]]:
        """The ids of objects that changed after a position of the ledger, and the new position; None: from now on."""


class Peer(Protocol):
    """A connection that has joined a room."""

    @property
    def id(self) -> str:
        """A random id, for logs and for the other peers."""

    @property
    def visitor(self) -> Visitor:
        """Who it is."""

    def send(self, message: str | bytes) -> None:
        """Queue a message. A peer that does not read its messages is closed."""

    def close(self, closing: Closing) -> None:
        """Close the connection; the room is then left. What was queued is sent before."""


class Room(Protocol):
    """An open room. Its functions are called one after the other for each peer, in the thread of the process.

    An exception closes the connection of that peer only. `Refused` says why.
    """

    async def join(self, peer: Peer) -> None:
        """A peer comes in. Raises Refused if it may not; then `leave` is not called."""

    async def receive(self, peer: Peer, message: str | bytes) -> None:
        """A peer sent a message, within the limits of the room type."""

    async def leave(self, peer: Peer, closing: Closing) -> None:
        """A peer has gone."""

    async def close(self) -> None:
        """The last peer has gone, or the process ends: store what is not stored. Nothing is called after it."""


#: Opens a room by its id. Raises Refused.
OpenRoom: TypeAlias = Callable[[str, Threads], Awaitable[Room]]
#: The id of the room that a visitor asks for; called in a thread. Raises Refused if it is not one of this visitor's.
ChooseRoom: TypeAlias = Callable[[Visitor, str], str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a connection. Where one is exceeded, the connection is closed with the reason.

    `message`: bytes of one message; `messages`, `received`: messages and bytes per second on average, for which a
    client may save up `burst` seconds; `waiting`: bytes that wait to be read by the client; `peers`: connections of a
    room; `idle`: seconds without a message, after which a client counts as gone.
    """

    message: int = 256 << 10
    messages: float = 30
    received: float = 256 << 10
    burst: float = 10
    waiting: int = 8 << 20
    peers: int = 50
    idle: float = 90


@dataclass(frozen=True, slots=True)
class RoomType:
    """A kind of rooms. `audience`: that of its tokens, and the last part of its address, `/sockets/visit`.

    `choose`: which room a visitor gets; the page may name it in the first message (`"room"`). `begin`: called once when
    the process starts.
    """

    audience: str
    open: OpenRoom
    choose: ChooseRoom
    limits: Limits = Limits()
    begin: Callable[[Threads], Awaitable[None]] | None = None
