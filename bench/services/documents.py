"""Open documents with two editors each, and measure how long an edit takes to be seen and to be stored.

    .venv/bin/python bench/services/documents.py
    .venv/bin/python bench/services/documents.py --documents 200 --seconds 30 --rate 1 --json FILE

One process has the rooms, with its database (SQLite, each commit synced) in a temporary folder; it may use one core,
and the editors another, where the machine has two. Both editors of a document type at random
moments. `seen`: from an edit until the other editor has it; `stored`: to its acknowledgement, after the commit.
`core_percent`: what the process used of its core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "web")]

from pycrdt import Doc, Text, create_sync_message, create_update_message, handle_sync_message  # noqa: E402
from socket_process import Sockets, run_sockets  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402

SCRIPT = str(TESTS / "web" / "office_process.py")
INSERT = (
    "INSERT INTO store_document (id, workspace, parent, title, created, changed, state, merged, bytes) "
    "VALUES (?, 'ws_1', '', 't', '2026-01-01', '2026-01-01', x'', 0, 0)"
)


class Editor:
    """An editor of a document. Its edits are marks, by which the other one knows when they were made."""

    def __init__(self, sockets: Sockets, room: str, token: str, seen: list[float], stored: list[float]) -> None:
        self.sockets, self.room, self.token, self.seen, self.stored = sockets, room, token, seen, stored
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("text", type=Text)
        self.sent: list[float] = []
        self.made: dict[int, float] = {}
        self.other: Editor | None = None

    async def run(self, until: asyncio.Event, rate: float, ready: asyncio.Semaphore) -> None:
        """Connect, then type until the end."""
        async with ready:
            socket = await connect(f"{self.sockets.url}/sockets/workspace", max_size=None, open_timeout=120)
            await socket.send(json.dumps({"token": self.token, "room": self.room}))
            await socket.recv()
            await socket.send(create_sync_message(self.doc))
        reader, writer = asyncio.create_task(self._read(socket)), asyncio.create_task(self._type(socket, rate))
        await until.wait()
        writer.cancel()
        await asyncio.sleep(2)  # the last acknowledgements
        reader.cancel()
        await asyncio.gather(reader, writer, return_exceptions=True)
        await socket.close()

    async def _read(self, socket: Any) -> None:
        async for message in socket:
            now = time.perf_counter()
            if message[0] == 100:
                count = sum((byte & 127) << 7 * at for at, byte in enumerate(message[1:]))
                while self.sent and self.acknowledged < count:
                    self.stored.append(now - self.sent[self.acknowledged])
                    self.acknowledged += 1
            elif message[0] == 0:
                reply = handle_sync_message(message[1:], self.doc)
                if reply is not None:
                    self.sent.append(now)
                    await socket.send(reply)
                elif message[1] == 2 and self.other is not None and self.other.made:
                    self.seen.append(now - self.other.made.pop(min(self.other.made)))

    acknowledged = 0

    async def _type(self, socket: Any, rate: float) -> None:
        number = 0
        while True:
            await asyncio.sleep(random.expovariate(rate))
            before = self.doc.get_state()
            self.text += "word "
            now = time.perf_counter()
            self.made[number] = now
            self.sent.append(now)
            number += 1
            await socket.send(create_update_message(self.doc.get_update(before)))


async def measure(sockets: Sockets, documents: int, seconds: float, rate: float) -> dict[str, Any]:
    """Run all editors. Returns the figures."""
    seen: list[float] = []
    stored: list[float] = []
    until, ready = asyncio.Event(), asyncio.Semaphore(20)
    tasks = []
    for number in range(documents):
        pair = [Editor(sockets, f"tx_{number}", f"t{number}{side}", seen, stored) for side in "ab"]
        pair[0].other, pair[1].other = pair[1], pair[0]
        tasks += [asyncio.create_task(each.run(until, rate, ready)) for each in pair]
    await asyncio.sleep(max(documents / 20, 3))
    seen.clear()
    stored.clear()
    before = processor_seconds(sockets.process.pid)
    await asyncio.sleep(seconds)
    used = processor_seconds(sockets.process.pid) - before
    status = Path(f"/proc/{sockets.process.pid}/status").read_text()
    size = int(status.partition("VmRSS:")[2].split()[0])
    edits = len(seen)
    until.set()
    await asyncio.gather(*tasks)
    return {
        "documents": documents,
        "editors": 2 * documents,
        "edits_per_second": round(edits / seconds),
        "seen_ms": percentiles(seen),
        "stored_ms": percentiles(stored),
        "core_percent": round(100 * used / seconds),
        "memory_mb": size // 1024,
    }


def processor_seconds(process: int) -> float:
    """The time that a process has used of a core."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentiles(values: list[float]) -> dict[str, float]:
    """The median, the 99th percentile and the maximum, in milliseconds."""
    found = sorted(values) or [float("nan")]
    at = {"p50": len(found) // 2, "p99": len(found) * 99 // 100, "max": len(found) - 1}
    return {name: round(found[index] * 1000, 1) for name, index in at.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=1.0, help="edits of an editor per second")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    import sqlite3

    with tempfile.TemporaryDirectory() as folder, run_sockets(Path(folder), script=SCRIPT) as sockets:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(sockets.process.pid, cores[:1])
        if len(cores) > 1:
            os.sched_setaffinity(0, cores[1:])
        with sqlite3.connect(Path(folder) / "desk.sqlite3", timeout=30) as database:
            database.executemany(INSERT, [(f"tx_{number}",) for number in range(given.documents)])
        access = {
            f"t{number}{side}": {"grant": f"gr_{number}{side}", "role": "editor"}
            for number in range(given.documents)
            for side in "ab"
        }
        sockets.file.write_text(json.dumps(access))
        found = asyncio.run(measure(sockets, given.documents, given.seconds, given.rate))
    print(json.dumps(found, indent=2))
    if given.json is not None:
        given.json.write_text(json.dumps(found))
    return 0 if found["seen_ms"]["p99"] < 300 else 1


if __name__ == "__main__":
    raise SystemExit(main())
