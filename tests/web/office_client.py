"""A client of a document room, made of `pycrdt` and `websockets`, with its own reading of the protocol of Yjs."""

from __future__ import annotations

import json
import re
import time
from types import TracebackType
from typing import Any, Self

import pytest
from people_browser import Visitor
from pycrdt import Doc, Text, create_sync_message, create_update_message, handle_sync_message
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Client:
    """A connection to a document. `doc`: what it has; `stored`: how many of its `sent` updates are acknowledged."""

    def __init__(self, address: str, token: str, room: str, doc: Doc[Any] | None = None) -> None:
        self.doc: Doc[Any] = doc or Doc()
        self.text = self.doc.get("text", type=Text)
        self.sent = self.stored = 0
        self.presence: list[bytes] = []
        self.socket = connect(address, open_timeout=120, max_size=None, legacy=True)
        self.socket.send(json.dumps({"token": token, "room": room}))
        assert json.loads(self.socket.recv(120))["type"] == "joined"
        self.socket.send(create_sync_message(self.doc))
        self._applying = False
        self._subscription = self.doc.observe(self._changed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.doc.unobserve(self._subscription)
        self.socket.close()

    def _changed(self, event: Any) -> None:
        if not self._applying:
            self.sent += 1
            self.socket.send(create_update_message(event.update))

    def read(self, timeout: float = 20) -> bool:
        """Read one message; False if none came in time."""
        try:
            message = self.socket.recv(timeout)
        except TimeoutError:
            return False
        assert isinstance(message, bytes)
        if message[0] == 100:
            self.stored = sum((byte & 127) << 7 * at for at, byte in enumerate(message[1:]))
        elif message[0] == 1:
            self.presence.append(message)
        elif message[0] == 0:
            self._applying = True
            reply = handle_sync_message(message[1:], self.doc)
            self._applying = False
            if reply is not None:
                self.sent += 1
                self.socket.send(reply)
        return True

    def until(self, reached: Any, seconds: float = 120) -> None:
        """Read until something is the case."""
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, (str(self.text), self.sent, self.stored)
            self.read(0.5)

    def until_stored(self) -> None:
        """Read until everything that was sent is stored, after the server asked what it lacks."""
        self.until(lambda: self.sent and self.sent == self.stored)


def token_at(visitor: Visitor, path: str) -> dict[str, str]:
    """The token of a document for a browser, as its page asks for it."""
    csrf = re.search(r'data-csrf="([^"]+)"', visitor.get(path).text)
    assert csrf
    answer = visitor.send("POST", f"{path}token/", headers={"X-CSRFToken": csrf[1]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def close_code(client: Client) -> int:
    """The code with which the server closes a connection."""
    with pytest.raises(ConnectionClosed) as closed:
        _read_to_the_end(client)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def _read_to_the_end(client: Client) -> None:
    while client.read(30):
        pass
