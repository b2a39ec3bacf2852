"""A visit that is really held, without browsers: two peers with synthetic sound and pictures, through the real socket.

    with socket_process(port, folder, settings):
        held = hold_visit(f"ws://127.0.0.1:{port}/sockets/visit", tokens)

`tokens`: by the role (`services.visits.enter`). Both peers are in this process and use the loopback only: nothing
leaves the machine. Needs `aiortc` and `websockets`: pip install 'entrepot[services]'.
"""

from __future__ import annotations

import asyncio
import fractions
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Seconds for the process to start, and for the two to connect and to see enough of each other: on a busy machine.
START, WAIT = 180.0, 180.0
#: Pictures per second, and their size. Small: both sides encode and decode in one process.
RATE, WIDTH, HEIGHT = 10, 160, 120
#: Pictures and pieces of sound that each side must have decoded.
LEAST = 10


class NotHeld(Exception):
    """The visit could not be held. The text says why."""


class Held(NamedTuple):
    """A visit that was held: pictures and pieces of sound that each side decoded, by role, and what was written."""

    pictures: Mapping[str, int]
    sounds: Mapping[str, int]
    text: str


def hold_visit(address: str, tokens: Mapping[str, str], *, seconds: float = 1.0) -> Held:
    """Hold a visit for so many seconds after both sides see each other. The provider leaves. Raises NotHeld."""
    try:
        with _loopback_only():
            return asyncio.run(_hold(address, tokens, seconds))
    except ImportError as error:
        raise NotHeld(f"A visit needs {error.name}: run pip install 'entrepot[services]'.") from None
    except (OSError, TimeoutError) as error:
        raise NotHeld(f"The two sides did not connect: {str(error) or type(error).__name__}.") from None


async def _hold(address: str, tokens: Mapping[str, str], seconds: float) -> Held:
    said = "The demonstration of a visit."
    async with (
        asyncio.timeout(WAIT),
        _side(address, "buyer", tokens) as buyer,
        _side(address, "provider", tokens) as other,
    ):
        await asyncio.gather(buyer.seen.wait(), other.seen.wait(), buyer.opened.wait())
        buyer.say(said)
        await asyncio.gather(asyncio.sleep(seconds), other.heard.wait())
        await other.send({"type": "leave"})
        await buyer.ended.wait()
    both = {"buyer": buyer, "provider": other}
    return Held(
        {role: each.decoded["video"] for role, each in both.items()},
        {role: each.decoded["audio"] for role, each in both.items()},
        other.text,
    )


@contextmanager
def _loopback_only() -> Iterator[None]:
    """Let aiortc use the loopback, which it leaves out, and nothing else: a machine without a network is enough."""
    ice: Any = import_module("aioice.ice")  # a part of aiortc
    before = ice.get_host_addresses
    ice.get_host_addresses = lambda **_given: ["127.0.0.1"]
    try:
        yield
    finally:
        ice.get_host_addresses = before


@asynccontextmanager
async def _side(address: str, role: str, tokens: Mapping[str, str]) -> AsyncIterator[Side]:
    """One side, in the room."""
    from websockets.asyncio.client import connect  # noqa: PLC0415  # a package of the extra

    async with connect(address, max_size=1 << 20, compression=None, open_timeout=WAIT) as socket:
        side = Side(socket, role)
        await side.send({"token": tokens[role]})
        reading = asyncio.create_task(side.read())
        try:
            yield side
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await side.close()


class Side:
    """One side of a visit, as the page of a browser is: `static/web/visit-line.js`."""

    def __init__(self, socket: Any, role: str) -> None:
        self._socket, self._role = socket, role
        self._load = secrets.token_hex(8)
        self._other = ""
        self._peer: Any = None
        self._channel: Any = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.decoded = {"video": 0, "audio": 0}
        self.text = ""
        self.opened, self.heard = asyncio.Event(), asyncio.Event()
        self.seen, self.ended = asyncio.Event(), asyncio.Event()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message to the room."""
        await self._socket.send(json.dumps(message))

    def say(self, text: str) -> None:
        """Write to the other side, from peer to peer."""
        self._channel.send(json.dumps({"text": text}))

    async def read(self) -> None:
        """Read what the room sends, until it is closed."""
        async for message in self._socket:
            await self._received(json.loads(message))

    async def close(self) -> None:
        """Close the connection with the other side."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._peer is not None:
            await self._peer.close()

    async def _received(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "joined":
                await self.send({"type": "hello", "client": secrets.token_hex(8), "load": self._load})
            case "state":
                if self._role == "provider" and message["other"] and not message["admitted"]:
                    await self.send({"type": "admit"})
                elif message["admitted"] and message["other"] and self._peer is None:
                    await self._connect(message["other"])
            case "description":
                await self._described(message)
            case "ended":
                self.ended.set()

    async def _connect(self, other: str) -> None:
        """Prepare the connection; the provider makes the offer."""
        from aiortc import RTCConfiguration, RTCPeerConnection  # noqa: PLC0415  # a package of the extra

        self._other = other
        peer = self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = peer.createDataChannel("text", negotiated=True, id=0)
        self._channel.on("open", self.opened.set)
        self._channel.on("message", self._said)
        peer.on("track", self._watch)
        peer.on("connectionstatechange", self._changed)
        video, audio = _tracks()
        peer.addTrack(audio)
        peer.addTrack(video)
        if self._role == "provider":
            await peer.setLocalDescription(await peer.createOffer())
            await self._describe()

    async def _described(self, message: Mapping[str, Any]) -> None:
        from aiortc import RTCSessionDescription  # noqa: PLC0415  # a package of the extra

        await self._peer.setRemoteDescription(RTCSessionDescription(message["sdp"], message["kind"]))
        if message["kind"] == "offer":
            await self._peer.setLocalDescription(await self._peer.createAnswer())
            await self._describe()

    async def _describe(self) -> None:
        local = self._peer.localDescription
        await self.send({"type": "description", "to": self._other, "kind": local.type, "sdp": local.sdp})

    async def _changed(self) -> None:
        if self._peer.connectionState == "connected":
            await self.send({"type": "media", "by": "video"})

    def _said(self, data: str) -> None:
        self.text = json.loads(data).get("text", self.text)
        self.heard.set()

    def _watch(self, track: Any) -> None:
        task = asyncio.create_task(self._decode(track))
        self._tasks.add(task)

    async def _decode(self, track: Any) -> None:
        from aiortc.mediastreams import MediaStreamError  # noqa: PLC0415  # a package of the extra

        with suppress(MediaStreamError):
            while True:
                await track.recv()
                self.decoded[track.kind] += 1
                if min(self.decoded.values()) >= LEAST:
                    self.seen.set()


def _tracks() -> tuple[Any, Any]:
    """A picture that changes its shade, and silence."""
    from aiortc import AudioStreamTrack, VideoStreamTrack  # noqa: PLC0415  # packages of the extra
    from aiortc.mediastreams import VideoFrame  # type: ignore[attr-defined]  # noqa: PLC0415  # as above

    class Shades(VideoStreamTrack):  # type: ignore[misc, unused-ignore]  # the package may have no types
        """Grey that gets lighter."""

        count = 0

        async def recv(self) -> VideoFrame:
            """The next picture, when it is due."""
            self.count += 1
            await asyncio.sleep(1 / RATE)
            frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([self.count * 5 % 256]) * plane.buffer_size)
            frame.pts, frame.time_base = self.count * 90_000 // RATE, fractions.Fraction(1, 90_000)
            return frame

    return Shades(), AudioStreamTrack()


@contextmanager
def socket_process(port: int, folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Run the socket process of this node until the block ends. Raises NotHeld if it does not start."""
    command = [sys.executable, "-m", "entrepot.web.site.sockets", "--port", str(port), "--parent", str(os.getpid())]
    log = folder / "sockets.log"
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603  # our own module
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **settings}
        )
        try:
            _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise NotHeld(f"The socket process did not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")
