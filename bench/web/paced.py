"""Send requests at a given rate, independently of the responses, as visitors come, and measure their latency.

    python paced.py URL RATE SECONDS BODIES KEY

The moments are drawn (as of a Poisson process) before it begins. A request is timed from its moment, not from when a
connection was free for it: a server that halts for a second delays all whose moment fell into it. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 64
SEED = 20261125


class Connection(asyncio.Protocol):
    """One connection, kept open, with at most one request on its way."""

    def __init__(self, line: Line) -> None:
        self.line, self.transport, self.moment = line, None, 0.0
        self.head, self.left = b"", -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is free."""
        self.transport = transport  # type: ignore[assignment]

    def send(self, moment: float, request: bytes) -> None:
        """Sends a request that was due at a moment."""
        self.moment, self.head, self.left = moment, b"", -1
        self.transport.write(request)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of an answer; its head says how many there are."""
        if self.left < 0:
            self.head += data
            head, end, body = self.head.partition(b"\r\n\r\n")
            if not end:
                return
            length = next(each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:"))
            self.left = int(length.partition(b":")[2]) - len(body)
            self.line.faults += not head.startswith(b"HTTP/1.1 200")
        else:
            self.left -= len(data)
        if self.left == 0:
            self.line.answered(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """A server may hang up on who asks nothing for long; while it owes an answer it is at fault."""
        if self in self.line.free:
            self.line.free.remove(self)
        elif not self.line.over:
            self.line.faults += 1


class Line:
    """The requests that are due, the connections that are free, and what was waited for."""

    def __init__(self, requests: list[bytes]) -> None:
        self.requests, self.sent = requests, 0
        self.due: deque[float] = deque()
        self.free: list[Connection] = []
        self.times: list[float] = []
        self.faults, self.over = 0, False

    def now(self, moment: float) -> None:
        """A request is due."""
        self.due.append(moment)
        self._go()

    def answered(self, connection: Connection) -> None:
        """An answer is whole."""
        self.times.append(time.perf_counter() - connection.moment)
        self.free.append(connection)
        self._go()

    def _go(self) -> None:
        while self.due and self.free:
            self.sent += 1
            self.free.pop().send(self.due.popleft(), self.requests[self.sent % len(self.requests)])


async def paced(url: str, rate: float, seconds: float, bodies: list[str], key: str) -> dict[str, float]:
    """What was waited for, in milliseconds, and whether any was answered badly."""
    parts, chance = urlsplit(url), random.Random(SEED)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nAuthorization: {key}\r\n"
    texts = [f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]
    line, loop = Line(texts), asyncio.get_running_loop()
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(lambda: Connection(line), parts.hostname, parts.port)
        line.free.append(connection)
    moment = start = time.perf_counter()
    many = 0
    while (moment := moment + chance.expovariate(rate)) < start + seconds:
        wait = moment - time.perf_counter()
        await asyncio.sleep(max(wait, 0))
        line.now(moment)
        many += 1
    for _ in range(2000):
        if len(line.times) == many:
            break
        await asyncio.sleep(0.01)
    line.over = True
    times = sorted(line.times)
    at = {f"p{share}": 1000 * times[min(len(times) * share // 100, len(times) - 1)] for share in (50, 90, 99)}
    return {"asked": many, "answered": len(times), "faults": line.faults, "rate": rate, **at, "max": 1000 * times[-1]}


if __name__ == "__main__":
    url, rate, seconds, file, key = sys.argv[1:]
    bodies = json.loads(Path(file).read_text())
    print(json.dumps(asyncio.run(paced(url, float(rate), float(seconds), bodies, key))))
