"""Checkout sessions as they are stored: encrypted, and changed only as they were read."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

import msgspec

from entrepot.connect.ucp.sessions import Session
from entrepot.store import ucp as rows
from entrepot.store.ucp import Row
from entrepot.trade_app.ucp import node


class Stored(NamedTuple):
    """A session and the row that it was read from."""

    session: Session
    row: Row


class Changed(Exception):
    """Another request changed the session meanwhile."""


def digest_of(platform: str) -> str:
    """By which a platform is stored."""
    return hashlib.sha256(platform.encode()).hexdigest()


def insert(session: Session) -> None:
    """Store a new session."""
    rows.insert(
        session.id,
        digest_of(session.platform),
        session.status,
        _time(session.created),
        _time(session.expires),
        node.seal(session.id, msgspec.json.encode(session)),
    )


def find(number: str, platform: str | None = None) -> Stored | None:
    """A session; only one of the platform, if that is given."""
    row = rows.find(number) if number.startswith(rows.PREFIX) else None
    if row is None or (platform is not None and row.platform != digest_of(platform)):
        return None
    content = node.unseal(row.id, row.content)
    return Stored(msgspec.json.decode(content, type=Session), row) if content is not None else None


def save(stored: Stored, session: Session) -> Stored:
    """Store a change. Raises Changed if the session is not as it was read."""
    if session == stored.session:
        return stored
    content = node.seal(session.id, msgspec.json.encode(session))
    if not rows.save(stored.row, session.status, _time(session.expires), content):
        raise Changed(session.id)
    return Stored(session, stored.row._replace(version=stored.row.version + 1, content=content))


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
