"""The messages of a document room: those of Yjs (y-protocols), and two of this server.

0 0 …   the state vector of the sender: it asks for what it lacks
0 1 …   what was lacking: an update
0 2 …   an update
1 …     presence (awareness): who is here, and where the cursor is
100 n   the server has stored so many updates of this connection
101 t   the server tells something: a JSON text
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from pycrdt import Decoder, write_var_uint

SYNC, AWARENESS, STORED, TOLD = 0, 1, 100, 101
STEP1, STEP2, UPDATE = 0, 1, 2
#: Bytes of the presence of one client.
MAX_PRESENCE = 4_096


class BadMessage(ValueError):
    """The bytes are not a message."""


class Message(NamedTuple):
    """`kind`: SYNC or AWARENESS; `step`: of a sync message; `body`: the state vector, the update or the presence."""

    kind: int
    step: int
    body: bytes


class Presence(NamedTuple):
    """The presence of a client. `state`: JSON; "null" when it has gone."""

    client: int
    clock: int
    state: str


def read(content: bytes) -> Message:
    r"""A message of a client. Raises BadMessage.

    >>> read(bytes([0, 2, 3, 1, 2, 3]))
    Message(kind=0, step=2, body=b'\x01\x02\x03')
    >>> read(b"\x07")
    Traceback (most recent call last):
    entrepot.web.live.office.messages.BadMessage: kind 7
    """
    kind, at = _number(content, 0)
    step = 0
    if kind == SYNC:
        step, at = _number(content, at)
        if step > UPDATE:
            raise BadMessage(f"step {step}")
    elif kind != AWARENESS:
        raise BadMessage(f"kind {kind}")
    size, at = _number(content, at)
    if at + size != len(content):
        raise BadMessage("length")
    return Message(kind, step, content[at:])


def sync(step: int, body: bytes) -> bytes:
    """A sync message."""
    return bytes([SYNC, step]) + write_var_uint(len(body)) + body


def stored(count: int) -> bytes:
    """So many updates of a connection are stored."""
    return bytes([STORED]) + write_var_uint(count)


def told(**values: object) -> bytes:
    """A text of the server for the page."""
    body = msgspec.json.encode(values)
    return bytes([TOLD]) + write_var_uint(len(body)) + body


def read_presence(body: bytes) -> list[Presence]:
    """The clients in a message of presence. Raises BadMessage.

    >>> read_presence(presence([Presence(5, 1, "null")])[2:])
    [Presence(client=5, clock=1, state='null')]
    """
    if len(body) > 16 * MAX_PRESENCE:
        raise BadMessage("presence is too large")
    decoder = Decoder(body)
    try:
        found = [
            Presence(decoder.read_var_uint(), decoder.read_var_uint(), decoder.read_var_string())
            for _each in range(min(decoder.read_var_uint(), 1000))
        ]
    except (IndexError, UnicodeDecodeError, ValueError):
        raise BadMessage("presence") from None
    if any(len(each.state) > MAX_PRESENCE for each in found):
        raise BadMessage("presence is too large")
    return found


def presence(clients: list[Presence]) -> bytes:
    """A message of presence."""
    body = write_var_uint(len(clients))
    for each in clients:
        state = each.state.encode()
        body += write_var_uint(each.client) + write_var_uint(each.clock) + write_var_uint(len(state)) + state
    return bytes([AWARENESS]) + write_var_uint(len(body)) + body


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = shift = 0
    while at < len(content) and shift < 56:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise BadMessage("number")
