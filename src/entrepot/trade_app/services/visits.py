"""Visits over the books of this node: who may enter, and the sessions of the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import make_token
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import Books, NotFound, Transaction

KIND, BEGUN = "visit", "delivery.session_begun"
#: Deliveries that one read lists, and those of each status in which a session may still be open, at most.
PAGE, MOST = 200, 20_000
_OPEN_IN = ("started", "waiting", "delivered", "cancelled")
#: A position behind every event.
_END = 10**18


class NoVisit(Exception):
    """There is no such visit, or it is not open."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a visit. `began`: seconds since 1970."""

    id: str
    began: float


def enter(books: Books, organization: str, number: str) -> str:
    """A token with which the buyer or the provider of a visit enters it now. Raises TradeError and NotFound."""

    def command(tx: Transaction) -> str:
        found = commands.owned(tx, number, organization)
        if found.kind != KIND:
            raise TradeError("not_a_visit", "The delivery {delivery} is not a visit.", delivery=number)
        return make_token(tx, commands.own_grant(tx, number, by=organization).id, KIND)

    return books.run(command)


def begin(books: Books, number: str) -> Session:
    """Record that a session begins now: the one that is open, or a new one. Raises NoVisit."""

    def command(tx: Transaction) -> Session | None:
        found = _visit(tx.find(number))
        if not found.is_open or (found.until and found.until <= timestamp(tx.time)):
            raise NoVisit(number)
        if found.session:
            return None
        session = tx.new_id("vs_")
        commands.begin_session(tx, number, session)
        return Session(session, tx.time.timestamp())

    try:
        new = books.run(command)
    except NotAllowed:
        raise NoVisit(number) from None
    session = new or open_session(books, number)
    if session is None:  # it has ended meanwhile
        raise NoVisit(number)
    return session


def open_session(books: Books, number: str) -> Session | None:
    """The session of a visit that began and has not ended. Raises NoVisit."""
    try:
        return _session_of(books, _visit(books.read(number)))
    except NotFound:
        raise NoVisit(number) from None


def open_sessions(books: Books) -> Iterator[tuple[str, Session]]:
    """All sessions that began and have not ended, with their visits."""
    for status in _OPEN_IN:
        last, seen = "", 0
        while found := books.list_objects("dl_", status=status, before=last, limit=PAGE):
            for each in found:
                if each.kind == KIND and (session := _session_of(books, each)) is not None:
                    yield each.id, session
            last, seen = found[-1].id, seen + len(found)
            if len(found) < PAGE or seen >= MOST:
                break


def end(books: Books, number: str, session: Session, seconds: int, reason: str) -> None:
    """Record the end of a session. One that has ended stays as it is."""
    moment = timestamp(dt.datetime.fromtimestamp(session.began + seconds, dt.UTC))
    books.run(lambda tx: commands.end_session(tx, number, session.id, seconds=seconds, reason=reason, time=moment))


def _visit(found: Delivery | None) -> Delivery:
    if found is None or found.kind != KIND:
        raise NoVisit
    return found


def _session_of(books: Books, found: Delivery) -> Session | None:
    if not found.session:
        return None
    ((_position, event), *_rest) = books.events(stream=found.id, kind=BEGUN, before=_END, limit=1)
    moment = dt.datetime.fromisoformat(event.payload.get("time") or event.time)
    return Session(found.session, moment.timestamp())
