"""The rooms that are open. A room is opened for its first peer and closed after its last one has gone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from entrepot.web.live.sockets.closing import FULL, RESTART, Closing, Refused
from entrepot.web.live.sockets.rooms import Peer, Room, RoomType
from entrepot.web.live.sockets.threads import Threads

LOG = logging.getLogger("entrepot.web")


@dataclass(slots=True)
class _Entry:
    """A room and its peers. The lock is held while it is opened, closed, joined and left; not while it receives."""

    room: Room | None = None
    peers: dict[str, Peer] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Hub:
    """All open rooms."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._stopping = False

    async def join(self, of: RoomType, name: str, peer: Peer) -> Room:
        """Let a peer into a room, which is opened if it is not open. Raises Refused."""
        entry = self._entries.setdefault((of.audience, name), _Entry())
        entry.waiting += 1
        try:
            async with entry.lock:
                if self._stopping:
                    raise Refused(RESTART)
                if len(entry.peers) >= of.limits.peers:
                    raise Refused(FULL)
                if entry.room is None:
                    entry.room = await of.open(name, self._threads)
                await entry.room.join(peer)
                entry.peers[peer.id] = peer
                return entry.room
        finally:
            entry.waiting -= 1
            await self._close_if_empty(of, name, entry)

    async def leave(self, of: RoomType, name: str, peer: Peer, closing: Closing) -> None:
        """A peer has gone."""
        entry = self._entries[of.audience, name]
        async with entry.lock:
            entry.peers.pop(peer.id, None)
            if entry.room is not None:
                try:
                    await entry.room.leave(peer, closing)
                except Exception:
                    LOG.exception("a room failed when a peer left")
        await self._close_if_empty(of, name, entry)

    def peers(self) -> list[Peer]:
        """All peers of all rooms."""
        return [peer for entry in self._entries.values() for peer in entry.peers.values()]

    def stop(self) -> None:
        """Let no more peers in, and close the connections. Their rooms are closed when they have gone."""
        self._stopping = True
        for peer in self.peers():
            peer.close(RESTART)

    def is_empty(self) -> bool:
        """Whether no room is open."""
        return not self._entries

    async def _close_if_empty(self, of: RoomType, name: str, entry: _Entry) -> None:
        async with entry.lock:
            if entry.peers or entry.waiting or self._entries.get((of.audience, name)) is not entry:
                return
            if entry.room is not None:
                try:
                    await entry.room.close()
                except Exception:
                    LOG.exception("a room could not be closed")
            if not entry.waiting:  # somebody who came meanwhile opens it again
                del self._entries[of.audience, name]
            entry.room = None
