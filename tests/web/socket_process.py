"""The socket process with access and rooms of a test: `python socket_process.py --port N --access FILE`.

A token is the name of a line in the file, `{"token": {"grant": …, "role": …}}`; each is used once. A grant
that is deleted from the file is revoked.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from server_process import environment

from free_ports import free_port


@dataclass
class Sockets:
    """A running socket process."""

    url: str
    port: int
    file: Path
    process: subprocess.Popen[bytes]
    log_file: Path

    def grant(self, token: str, **visitor: Any) -> None:
        """Let the holder of a token in."""
        self._change(lambda found: found | {token: {"grant": f"gr_{token}", "role": "editor", **visitor}})

    def revoke(self, token: str) -> None:
        """Revoke the grant of a token."""
        self._change(lambda found: {name: value for name, value in found.items() if name != token})

    def _change(self, change: Any) -> None:
        found = json.loads(self.file.read_text())
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(change(found)))
        new.rename(self.file)


@contextmanager
def run_sockets(data: Path, *, port: int = 0, script: str = __file__, **more: str) -> Iterator[Sockets]:
    """Run the process and stop it."""
    data.mkdir(parents=True, exist_ok=True)
    port, file, log = port or free_port(), data / "access.json", data / "sockets.log"
    if not file.exists():
        file.write_text("{}")
    here = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *sys.path])
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, script, "--port", str(port), "--access", str(file)],
            env=environment(data, PYTHONPATH=here, **more),
            stdout=out,
            stderr=out,
        )
    try:
        wait_for(port, process, log)
        yield Sockets(f"ws://127.0.0.1:{port}", port, file, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the process answers."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(log.read_text())
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


class FileAccess:
    """Access that read a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._used: set[str] = set()

    def admit(self, token: str, audience: str) -> Any:
        """The visitor of a token."""
        from entrepot.web.live.sockets.closing import BAD_TOKEN, Refused
        from entrepot.web.live.sockets.rooms import Visitor

        found = json.loads(self._file.read_text()).get(token)
        if found is None or token in self._used or found.get("audience", audience) != audience:
            raise Refused(BAD_TOKEN)
        self._used.add(token)
        given = {"delivery": "dl_1", "order": "or_1"} | {k: v for k, v in found.items() if k != "audience"}
        return Visitor(**given)

    def is_open(self, visitor: Any) -> bool:
        """Whether the grant is still in the file."""
        return any(each["grant"] == visitor.grant for each in json.loads(self._file.read_text()).values())

    def changes(self, after: int | None) -> tuple[int, frozenset[str]]:
        """The first delivery, whenever the file was written."""
        now = self._file.stat().st_mtime_ns
        return now, frozenset({"dl_1"} if after is not None and now != after else set())


class EchoRoom:
    """A room of a test: what one peer sends the others get. `crash` fails, `flood` sends much, `slow` waits."""

    def __init__(self) -> None:
        self.peers: dict[str, Any] = {}

    async def join(self, peer: Any) -> None:
        """Say who is here."""
        self.peers[peer.id] = peer
        peer.send(f"here: {len(self.peers)}")

    async def receive(self, peer: Any, message: str | bytes) -> None:
        """Pass it on."""
        if message == "crash":
            raise RuntimeError(message)
        if message == "flood":
            for _ in range(100):
                peer.send(b"x" * 100_000)
        for other in self.peers.values():
            if other is not peer:
                other.send(message)

    async def leave(self, peer: Any, closing: Any) -> None:
        """Tell the others."""
        del self.peers[peer.id]
        for other in self.peers.values():
            other.send(f"left: {closing.code}")

    async def close(self) -> None:
        """Nothing is kept."""


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--access", type=Path)
    given = parser.parse_args()
    import django

    django.setup()
    from entrepot.web.live.sockets import process
    from entrepot.web.live.sockets.rooms import Limits, RoomType, Visitor

    async def opened(name: str, threads: Any) -> EchoRoom:
        return EchoRoom()

    def choose(visitor: Visitor, wanted: str) -> str:
        return wanted or visitor.delivery

    limits = Limits(message=100_000, messages=20, received=100_000, burst=3, waiting=2_000_000, peers=3, idle=60)
    process.run([RoomType("echo", opened, choose, limits)], FileAccess(given.access), "127.0.0.1", given.port)


if __name__ == "__main__":
    main()
