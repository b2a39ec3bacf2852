"""What rooms of visits cost: the memory of the socket process, and how long a message takes from side to side.

    .venv/bin/python bench/services/signalling.py
    .venv/bin/python bench/services/signalling.py --rooms 50 --json FILE

A socket process with a ledger of its own, in SQLite. Each room has a buyer and a provider, who come in with tokens,
exchange descriptions of 8 kB and 20 candidates each, and begin a session; then lines of text go through all rooms.
The clients are in this process, on the same machine. Needs the extra `services`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SDP, CANDIDATES = "v=0\r\n" + "a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host\r\n" * 140, 20
#: An address may have 500 connections: the clients come from several of the loopback.
ADDRESSES = [f"127.0.0.{number}" for number in range(1, 9)]
#: Rooms that come in at the same time: an address may have 50 connections that have not shown their token.
AT_ONCE = 16


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What rooms of visits cost.")
    parser.add_argument("--rooms", type=int, default=500)
    parser.add_argument("--texts", type=int, default=10, help="lines of text in each room, one a second (10)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"ENTREPOT_DATA": name, "DJANGO_SETTINGS_MODULE": "entrepot.web.site.settings"}
        numbers = _prepare(options.rooms)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (Path(name) / "sockets.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "entrepot.web.site.sockets", "--port", str(port)], stdout=log, stderr=log
            )
            try:
                found = asyncio.run(_measure(process.pid, port, numbers, options.texts))
            except BaseException:
                print((Path(name) / "sockets.log").read_text()[-2000:], file=sys.stderr)
                raise
            finally:
                process.terminate()
                process.wait(30)
    for key, value in found.items():
        print(f"{key:>30} {value}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _prepare(rooms: int) -> list[str]:
    """Visits in a new ledger, of one order: selling each would take longer than what is measured."""
    sys.path[:0] = [str(ROOT / "tests")]
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from entrepot.trade_app.books import open_books
    from trade.market import Market
    from trade.tally import Clock

    class Now(Clock):
        def __call__(self) -> Any:
            return timezone.now()

    call_command("migrate", verbosity=0, interactive=False)
    books = open_books()
    terms = {"kind": "visit", "minutes": 20}
    given = {"titles": {"en": "Advice"}, "service": "consulting", "ship_from": "VN", "price": "3.00", "currency": "CNY"}
    market = Market(books, Now())
    offer = market.offer({**given, "delivery": terms})
    (order,) = market.place({offer.id: 1}, contact={"name": "Name"})
    (first,) = market.pay(order).deliveries
    (_position, event), *_ = books.events(stream=first, kind="delivery.created")
    found = [first]

    def more(tx: Any) -> str:
        made = tx.append(tx.new_id("dl_"), "delivery.created", {**event.payload, "line": len(found) + 1})
        return str(made.id)

    while len(found) < rooms:
        found.append(books.run(more))
    return found


class Side:
    """One side of a room."""

    def __init__(self, connection: Any, role: str, number: int) -> None:
        self.connection, self.role = connection, role
        self.load = f"load-{role}-{number}"
        self.other = f"load-{'buyer' if role == 'provider' else 'provider'}-{number}"
        self.waits: list[float] = []
        self.seen: dict[str, int] = {}
        self.state: dict[str, Any] = {}
        self.changed = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def until(self, holds: Any) -> None:
        """Wait until something holds of this side."""
        while not holds(self):
            if self.reading.done():
                self.reading.result()
                raise ConnectionError(f"closed: {self.connection.close_code} {self.connection.close_reason}")
            self.changed.clear()
            try:
                async with asyncio.timeout(5):
                    await self.changed.wait()
            except TimeoutError:
                continue

    async def _read(self) -> None:
        async for text in self.connection:
            message = json.loads(text)
            kind = message["type"]
            self.seen[kind] = self.seen.get(kind, 0) + 1
            if kind == "state":
                self.state = message
            elif kind == "text":
                self.waits.append(time.perf_counter() - float(message["text"]))
            self.changed.set()


async def _measure(process: int, port: int, numbers: list[str], texts: int) -> dict[str, Any]:
    before = await _idle(process, port)
    gate = asyncio.Semaphore(AT_ONCE)
    begin = time.perf_counter()
    rooms = await asyncio.gather(*(_room(port, index, number, gate) for index, number in enumerate(numbers)))
    seconds = time.perf_counter() - begin
    joined = _megabytes(process)
    for number in range(texts):
        # Spread over the second, as people write.
        for index, (buyer, provider) in enumerate(rooms):
            side = buyer if (index + number) % 2 else provider
            await side.send(type="text", number=number, text=str(time.perf_counter()))
            await asyncio.sleep(1 / len(rooms))
    sides = [side for room in rooms for side in room]
    while sum(len(each.waits) for each in sides) < texts * len(rooms):
        await asyncio.sleep(0.05)
    waits = sorted(wait for each in sides for wait in each.waits)
    after = _megabytes(process)
    for each in sides:
        await each.connection.close()
    return {
        "rooms": len(rooms),
        "MB without rooms": round(before, 1),
        "MB with all rooms": round(joined, 1),
        "MB after the texts": round(after, 1),
        "kB a room": round((joined - before) * 1000 / len(rooms), 1),
        "rooms begun a second": round(len(rooms) / seconds, 1),
        "text ms, median": round(1000 * waits[len(waits) // 2], 2),
        "text ms, 99 of 100": round(1000 * waits[int(len(waits) * 0.99)], 2),
    }


async def _room(port: int, index: int, number: str, gate: asyncio.Semaphore) -> tuple[Side, Side]:
    """Let both sides in and begin a session."""
    from websockets.asyncio.client import connect

    async with gate:
        buyer_token, provider_token = await asyncio.to_thread(_tokens, number)
        sides = []
        for role, token in (("buyer", buyer_token), ("provider", provider_token)):
            address = (ADDRESSES[index % len(ADDRESSES)], 0)
            connection = await connect(
                f"ws://127.0.0.1:{port}/sockets/visit", local_addr=address, compression=None, open_timeout=60
            )
            side = Side(connection, role, index)
            await side.send(token=token)
            await side.until(lambda each: "joined" in each.seen)
            await side.send(type="hello", client=f"client-{index}-{role}", load=side.load)
            sides.append(side)
        buyer, provider = sides
        await provider.until(lambda each: each.state.get("other"))
        await provider.send(type="admit")
        await buyer.until(lambda each: each.state.get("admitted"))
        for side, kind in ((provider, "offer"), (buyer, "answer")):
            await side.send(type="description", to=side.other, kind=kind, sdp=SDP)
            for _ in range(CANDIDATES):
                await side.send(type="candidate", to=side.other, candidate="candidate:1 1 udp 1 192.0.2.1 9 typ host")
        for side in sides:
            await side.until(lambda each: each.seen.get("candidate", 0) == CANDIDATES)
            await side.send(type="media", by="video")
        await buyer.until(lambda each: each.state.get("seconds") is not None)
        return buyer, provider


def _tokens(number: str) -> tuple[str, str]:
    """A token of the buyer and one of the provider."""
    from entrepot.trade_app.books import open_books
    from entrepot.trade_app.services import visits

    books = open_books()
    found = books.read(number)
    return visits.enter(books, found.buyer, number), visits.enter(books, found.seller, number)


async def _idle(process: int, port: int) -> float:
    """The memory of the process once it answers."""
    while True:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        except OSError:
            await asyncio.sleep(0.1)
        else:
            await asyncio.sleep(1)
            return _megabytes(process)


def _megabytes(process: int) -> float:
    """The resident memory of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


if __name__ == "__main__":
    raise SystemExit(main())
