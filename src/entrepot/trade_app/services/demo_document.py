"""A document that two people edit through the real socket, of whom one was offline: what both wrote is merged.

    with socket_process(port, folder, settings):
        text = edit_together(f"ws://127.0.0.1:{port}/sockets/workspace", tokens, document)

`tokens`: three, since each opens one connection: of the first person, of the second, and of the second again after it
was offline. Needs `pycrdt` and `websockets`: pip install 'entrepot[services]'.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

#: Seconds within which what one person writes must be stored, and seen by the other.
WAIT = 120.0
#: The first byte of a message: of the protocol of Yjs, and of an acknowledgement.
SYNC, STORED = 0, 100


class NotMerged(Exception):
    """The two did not get the same text in time."""


class Person:
    """A person at a document. `doc`: what it has, also while it is offline."""

    def __init__(self) -> None:
        from pycrdt import Doc, Text  # noqa: PLC0415  # a package of the extra

        self.doc: Any = Doc()
        self.text: Any = self.doc.get("text", type=Text)
        self._sent = self._stored = 0

    @contextmanager
    def online(self, address: str, token: str, document: str) -> Iterator[None]:
        """Connect, get what others wrote and send what this person wrote meanwhile."""
        from pycrdt import create_sync_message  # noqa: PLC0415  # a package of the extra
        from websockets.sync.client import connect  # noqa: PLC0415  # as above

        with connect(address, max_size=None, open_timeout=WAIT) as socket:
            self._sent = self._stored = 0
            socket.send(json.dumps({"token": token, "room": document}))
            if json.loads(socket.recv(WAIT))["type"] != "joined":
                raise NotMerged("The room is closed.")
            self._socket = socket
            socket.send(create_sync_message(self.doc))
            watching = self.doc.observe(self._changed)
            self._applying = False
            try:
                yield
            finally:
                self.doc.unobserve(watching)

    def until(self, reached: Callable[[], bool]) -> None:
        """Read what comes until something is the case. Raises NotMerged."""
        end = time.monotonic() + WAIT
        while not reached():
            if time.monotonic() > end:
                raise NotMerged(f"What was written did not come within {WAIT:g} s.")
            self._read()

    def until_stored(self) -> None:
        """Read until all that was sent is stored."""
        self.until(lambda: self._sent > 0 and self._sent == self._stored)

    def _changed(self, event: Any) -> None:
        from pycrdt import create_update_message  # noqa: PLC0415  # a package of the extra

        if not self._applying:
            self._sent += 1
            self._socket.send(create_update_message(event.update))

    def _read(self) -> None:
        from pycrdt import handle_sync_message  # noqa: PLC0415  # a package of the extra

        try:
            message = self._socket.recv(0.5)
        except TimeoutError:
            return
        if not isinstance(message, bytes):
            return
        if message[0] == STORED:
            self._stored = sum((byte & 127) << 7 * at for at, byte in enumerate(message[1:]))
        elif message[0] == SYNC:
            self._applying = True
            try:
                reply = handle_sync_message(message[1:], self.doc)
            finally:
                self._applying = False
            if reply is not None:
                self._sent += 1
                self._socket.send(reply)


def edit_together(address: str, tokens: Sequence[str], document: str) -> str:
    """Let two people write at once, one of them offline in the middle. Returns the text of both. Raises NotMerged."""
    first, second = Person(), Person()
    with first.online(address, tokens[0], document):
        with second.online(address, tokens[1], document):
            first.text += "Price list. "
            second.until(lambda: "Price list" in str(second.text))
            second.text += "Coffee. "
            second.until_stored()
        # The second is offline; both go on.
        second.text += "Offline. "
        first.text += "Online. "
        with second.online(address, tokens[2], document):
            second.until(lambda: "Online." in str(second.text))
            second.until_stored()
            first.until(lambda: "Offline." in str(first.text))
            first.until_stored()
    if str(first.text) != str(second.text):
        raise NotMerged(f"{first.text} differs from {second.text}.")
    return str(first.text)
