"""What the room of a visit needs of the ledger: whether a session is open, its begin, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import visits
from entrepot.trade_app.services.visits import NoVisit, Session

__all__ = ["BooksRecord", "NoVisit", "Record", "Session"]


class Record(Protocol):
    """The ledger. Its functions wait for the database, so they are called in a thread."""

    def open_session(self, delivery: str) -> Session | None:
        """The session that began and has not ended. Raises NoVisit."""

    def open_sessions(self) -> Sequence[tuple[str, Session]]:
        """All sessions of visits that began and have not ended, with their deliveries."""

    def begin(self, delivery: str) -> Session:
        """Record that both sides are connected: the session that is open, or a new one. Raises NoVisit."""

    def end(self, delivery: str, session: Session, seconds: int, reason: str) -> None:
        """Record the end of a session. One that has ended stays as it is."""


class BooksRecord:
    """The books of this node. It is a `Record`."""

    def open_session(self, delivery: str) -> Session | None:
        """The session that began and has not ended. Raises NoVisit."""
        return visits.open_session(open_books(), delivery)

    def open_sessions(self) -> Sequence[tuple[str, Session]]:
        """All sessions of visits that began and have not ended, with their deliveries."""
        return list(visits.open_sessions(open_books()))

    def begin(self, delivery: str) -> Session:
        """Record that both sides are connected: the session that is open, or a new one. Raises NoVisit."""
        return visits.begin(open_books(), delivery)

    def end(self, delivery: str, session: Session, seconds: int, reason: str) -> None:
        """Record the end of a session. One that has ended stays as it is."""
        visits.end(open_books(), delivery, session, seconds, reason)
