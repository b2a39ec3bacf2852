"""A proxy between two nodes, for tests: it passes bytes of TCP on, late, not at all, half, or after later ones.

Signatures cover the address that the sender connects to, so each node has the address of its proxy as its own.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import suppress

#: Faults: none; the connection waits; it is closed before anything; the request arrives and its answer does not; the
#: connection stays open and silent for a while; the request arrives much later, after those that were sent after it.
PASS, DELAY, LOSS, ANSWER_LOST, HALF_OPEN, LATE = FAULTS = (
    "pass", "delay", "loss", "answer_lost", "half_open", "late",
)  # fmt: skip
WEIGHTS = (60, 12, 8, 10, 4, 6)
#: Seconds: of a delay at most, of silence, and until a late request arrives.
LONGEST, SILENCE, LATER = 0.4, 1.5, 3.0


class FaultProxy:
    """A proxy on a port of its own. `faulty`: whether it makes faults now; `made`: how many of each it made."""

    def __init__(self, target: int, seed: str) -> None:
        self.target, self.faulty = target, False
        self.made = dict.fromkeys(FAULTS, 0)
        self._draw = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept nothing more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            fault = self._draw.choices(FAULTS, WEIGHTS)[0] if self.faulty else PASS
            self.made[fault] += 1
            threading.Thread(target=self._serve, args=(client, fault), daemon=True).start()

    def _serve(self, client: socket.socket, fault: str) -> None:
        with client, suppress(OSError):
            if fault == LOSS:
                return
            if fault == HALF_OPEN:
                time.sleep(SILENCE)
                return
            if fault == DELAY:
                time.sleep(LONGEST * self._draw.random())
            if fault == LATE:
                self._late(client)
                return
            with socket.create_connection(("127.0.0.1", self.target), timeout=30) as server:
                self._join(client, server, answers=fault != ANSWER_LOST)

    def _late(self, client: socket.socket) -> None:
        """Read the request, let its sender give up, and bring it after others."""
        client.settimeout(1)
        content = b""
        with suppress(OSError):
            while part := client.recv(65536):
                content += part
        client.close()
        time.sleep(LATER * self._draw.random())
        with socket.create_connection(("127.0.0.1", self.target), timeout=30) as server:
            server.sendall(content)
            server.shutdown(socket.SHUT_WR)
            while server.recv(65536):
                pass

    def _join(self, client: socket.socket, server: socket.socket, *, answers: bool) -> None:
        """Pass bytes on in both directions until one side closes."""
        forward = threading.Thread(target=_pump, args=(client, server), daemon=True)
        forward.start()
        if answers:
            _pump(server, client)
        else:
            server.recv(65536)
        for each in (client, server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        forward.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
