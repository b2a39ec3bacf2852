"""The room of a document: everybody gets everybody's updates; an update is acknowledged when it is on the disk.

An update is passed on before it is stored: if the process ends in between, its author has not been told that it is
stored, and sends it again; whoever has it already merges it with itself. The document is what was stored, never a text
that is put in again.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc

from entrepot.store import office
from entrepot.web.live.office import messages
from entrepot.web.live.office.journal import Journal
from entrepot.web.live.office.messages import BadMessage, Message, Presence
from entrepot.web.live.sockets.closing import BAD_MESSAGE, FORBIDDEN, NOT_FOUND, TRY_LATER, Closing, Refused
from entrepot.web.live.sockets.rooms import Peer
from entrepot.web.live.sockets.threads import Threads

LOG = logging.getLogger("entrepot.web")
DOCUMENT_FULL = Closing(4411, "The document is too large for this change.")
WORKSPACE_FULL = Closing(4412, "The space of this workspace is used up.")
#: Roles that change a document; others read it.
WRITERS = frozenset(("buyer", "editor"))
#: Bytes of a document, updates after which they are merged, and clients of a connection.
MAX_DOCUMENT, MERGE_AFTER, MAX_CLIENTS = 8 << 20, 500, 4
#: Seconds between two versions, and between two counts of what a document that is edited takes.
VERSION_EVERY, SETTLE_EVERY = 1800.0, 60.0


@dataclass(slots=True)
class Space:
    """The bytes that a workspace may still use; all its open rooms share it."""

    left: int


class DocumentRoom:
    """A document that is open. It is a `rooms.Room`."""

    def __init__(self, loaded: office.Loaded, space: Space, journal: Journal, threads: Threads) -> None:
        self._id = loaded.row.id
        self._journal, self._threads = journal, threads
        self._doc: Doc[Any] = Doc()
        for each in (loaded.state, *loaded.updates):
            if each:
                self._doc.apply_update(each)
        self._peers: dict[str, Peer] = {}
        self._counts: dict[str, int] = {}
        self._clients: dict[int, tuple[str, Presence]] = {}
        self._space, self._updates = space, len(loaded.updates)
        self._bytes = len(loaded.state) + sum(map(len, loaded.updates))
        self._changed, self._version_at = False, time.monotonic()
        self._unsettled, self._settled_at = False, time.monotonic()

    async def join(self, peer: Peer) -> None:
        """Tell what the server has, and who is here."""
        self._peers[peer.id] = peer
        if peer.visitor.role in WRITERS:
            peer.send(messages.sync(messages.STEP1, self._doc.get_state()))
        if self._clients:
            peer.send(messages.presence([each for _peer, each in self._clients.values()]))

    async def receive(self, peer: Peer, message: str | bytes) -> None:
        """An update, a question or the presence of a peer."""
        if isinstance(message, str):
            raise Refused(BAD_MESSAGE)
        try:
            found = messages.read(message)
            if found.kind == messages.AWARENESS:
                self._be_present(peer, found.body)
            elif found.step == messages.STEP1:
                peer.send(messages.sync(messages.STEP2, self._doc.get_update(found.body)))
            elif peer.visitor.role in WRITERS:
                self._update(peer, found)
            elif found.step == messages.UPDATE:
                raise Refused(FORBIDDEN)
        except BadMessage:
            raise Refused(BAD_MESSAGE) from None
        await self._settle_sometimes()

    async def leave(self, peer: Peer, closing: Closing) -> None:  # noqa: ARG002  # as the protocol says
        """Tell the others that its cursors are gone."""
        self._peers.pop(peer.id, None)
        self._counts.pop(peer.id, None)
        gone = [each for owner, each in self._clients.values() if owner == peer.id]
        if gone:
            for each in gone:
                del self._clients[each.client]
            self._send(messages.presence([each._replace(clock=each.clock + 1, state="null") for each in gone]), peer)

    async def close(self) -> None:
        """Wait for the last update; merge many updates into one; keep a version of what changed."""
        await self._journal.flush()
        if self._unsettled:
            await self._settle()
        if self._changed:
            await self._keep_version()
        if self._updates >= MERGE_AFTER:
            await self._threads.run(_merge, self._id)

    def _update(self, peer: Peer, found: Message) -> None:
        """Merge an update, pass it on, and store it. One without news is acknowledged at once."""
        size = len(found.body)
        if size > 2 and self._bytes + size > MAX_DOCUMENT:
            raise Refused(DOCUMENT_FULL)
        if size > 2 and size > self._space.left:
            raise Refused(WORKSPACE_FULL)
        # A client that connects sends what the server may lack, also where it lacks nothing: that is not stored.
        before = self._doc.get_update() if found.step == messages.STEP2 else b""
        try:
            self._doc.apply_update(found.body)
        except Exception:  # noqa: BLE001  # the library has no type of its own for it
            raise BadMessage("update") from None
        self._counts[peer.id] = number = self._counts.get(peer.id, 0) + 1
        if before and self._doc.get_update() == before:
            self._journal.add(self._id, b"", self._acknowledges(peer, number))  # after those that were sent before it
            return
        self._bytes += size
        self._space.left -= size
        self._updates += 1
        self._changed = self._unsettled = True
        self._send(messages.sync(messages.UPDATE, found.body), peer)
        self._journal.add(self._id, found.body, self._acknowledges(peer, number))

    def _acknowledges(self, peer: Peer, number: int) -> Callable[[BaseException | None], None]:
        return lambda error: self._acknowledge(peer, number, error)

    def _acknowledge(self, peer: Peer, number: int, error: BaseException | None) -> None:
        if error is None:
            peer.send(messages.stored(number))
            return
        # What is in memory is not on the disk: everybody connects again, and sends what the stored document lacks.
        for each in list(self._peers.values()):
            each.close(NOT_FOUND if isinstance(error, LookupError) else TRY_LATER)

    def _be_present(self, peer: Peer, body: bytes) -> None:
        """Pass presence on: a connection speaks for its own clients only."""
        found = []
        for each in messages.read_presence(body):
            owner, known = self._clients.get(each.client, (peer.id, None))
            if owner != peer.id:
                continue  # the browser repeats what it knows of others
            own = [number for number, (of, _state) in self._clients.items() if of == peer.id]
            if each.state == "null":
                self._clients.pop(each.client, None)
            elif known is None and len(own) >= MAX_CLIENTS:
                raise BadMessage("too many clients")
            else:
                self._clients[each.client] = peer.id, each
            found.append(each)
        if found:
            self._send(messages.presence(found), peer)

    def _send(self, message: bytes, but: Peer) -> None:
        for number, each in self._peers.items():
            if number != but.id:
                each.send(message)

    async def _settle_sometimes(self) -> None:
        if self._unsettled and time.monotonic() - self._settled_at > SETTLE_EVERY:
            await self._settle()
        if self._changed and time.monotonic() - self._version_at > VERSION_EVERY:
            await self._keep_version()

    async def _settle(self) -> None:
        self._unsettled, self._settled_at = False, time.monotonic()
        await self._threads.run(office.settle, self._id, dt.datetime.now(dt.UTC))

    async def _keep_version(self) -> None:
        self._changed, self._version_at = False, time.monotonic()
        state = self._doc.get_update()
        now = dt.datetime.now(dt.UTC)
        await self._threads.run(office.keep_version, self._id, state, now, automatic=True)


def _merge(number: str) -> None:
    """Merge what is stored of a document: in a thread, in a document of its own."""
    loaded = office.load(number)
    doc: Doc[Any] = Doc()
    for each in (loaded.state, *loaded.updates):
        if each:
            doc.apply_update(each)
    office.merge(number, loaded.last, doc.get_update())
