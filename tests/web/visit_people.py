"""A buyer, a provider and others in the room of a visit, without sockets: what each was sent, and how it was closed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from entrepot.web.live.sockets.closing import Closing
from entrepot.web.live.sockets.rooms import Visitor
from entrepot.web.live.sockets.threads import Threads
from entrepot.web.live.visits.record import NoVisit, Session

DELIVERY = "dl_1"
_NUMBERS = itertools.count(1)


@dataclass
class Person:
    """A connection. It is a `rooms.Peer`."""

    visitor: Visitor
    id: str = field(default_factory=lambda: f"peer{next(_NUMBERS)}")
    got: list[dict[str, Any]] = field(default_factory=list)
    closed: Closing | None = None

    def send(self, message: str | bytes) -> None:
        """Keep a message."""
        self.got.append(msgspec.json.decode(message))

    def close(self, closing: Closing) -> None:
        """Keep the first close code."""
        self.closed = self.closed or closing

    def last(self, kind: str) -> dict[str, Any]:
        """The last message of a kind."""
        return next(each for each in reversed(self.got) if each["type"] == kind)


def person(role: str, grant: str = "") -> Person:
    """Somebody in a role."""
    return Person(Visitor(grant or f"gr_{role}", DELIVERY, "or_1", role))


class SameThread(Threads):
    """Calls at once: nothing here waits."""

    def __init__(self) -> None:
        super().__init__(1)

    async def run(self, function: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """Call a function."""
        return function(*given, **more)


class Notes:
    """The ledger of a visit. It is a `record.Record`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.began: list[str] = []
        self.ended: list[tuple[str, int, str]] = []
        self.open: Session | None = None
        self.closed = False

    def open_session(self, delivery: str) -> Session | None:
        """The open session."""
        if delivery != DELIVERY:
            raise NoVisit
        return self.open

    def open_sessions(self) -> Sequence[tuple[str, Session]]:
        """It, with its visit."""
        return [(DELIVERY, self.open)] if self.open else []

    def begin(self, _delivery: str) -> Session:
        """Begin a session."""
        if self.closed:
            raise NoVisit
        if self.open is None:
            self.open = Session(f"vs_{len(self.began) + 1}", self.clock())
            self.began.append(self.open.id)
        return self.open

    def end(self, _delivery: str, session: Session, seconds: int, reason: str) -> None:
        """Note the end of a session."""
        self.ended.append((session.id, seconds, reason))
        self.open = None
