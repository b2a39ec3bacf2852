"""The room type of shared documents: which document a visitor may open, and what its workspace may still use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from entrepot.store import office
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import workspaces
from entrepot.web.live.office.journal import Journal
from entrepot.web.live.office.room import DocumentRoom, Space
from entrepot.web.live.sockets.closing import NOT_FOUND, Refused
from entrepot.web.live.sockets.rooms import Limits, Room, RoomType, Visitor
from entrepot.web.live.sockets.threads import Threads

#: A pasted page, or what was typed offline for hours, is one message.
LIMITS = Limits(message=1 << 20, messages=40, received=512 << 10, burst=10, waiting=16 << 20, peers=50, idle=90)
#: The roles of a seat, and of a guest.
SEATED = frozenset({"editor", "reader"})


def room_type() -> RoomType:
    """The room type."""
    return RoomType("workspace", Rooms(_load).open, choose, LIMITS)


def choose(visitor: Visitor, wanted: str) -> str:
    """The document that a visitor asks for: of the delivery of its grant, and the one of a guest. Raises Refused.

    Who has a seat edits, and a guest does what its link says. The provider sold the seats: what is written on them is
    not its own; and the grant of the whole delivery, which a key of the buyer gets over the API, is not a seat.
    """
    if visitor.role not in SEATED:
        raise Refused(NOT_FOUND)
    if visitor.what and wanted != visitor.what:
        raise Refused(NOT_FOUND)
    row = office.find(wanted)
    try:
        known = row is not None and row.workspace == workspaces.workspace_of(visitor.delivery).id
    except NotFound:
        known = False
    if row is None or not known or row.removed is not None or row.kind == office.FOLDER:
        raise Refused(NOT_FOUND)
    return wanted


class Rooms:
    """Opens the rooms of this process, which share a journal and the space of each workspace.

    `load`: a document, the quota of its workspace, and the bytes that are used of it.
    """

    def __init__(self, load: Callable[[str], tuple[office.Loaded, int, int]]) -> None:
        self._load = load
        self._journal: Journal | None = None
        self._spaces: dict[str, Space] = {}

    async def open(self, name: str, threads: Threads) -> Room:
        """Open a document. Raises Refused if there is none any more."""
        if self._journal is None:
            self._journal = Journal(threads, office.append)
        try:
            loaded, quota, used = await threads.run(self._load, name)
        except (LookupError, NotFound):
            raise Refused(NOT_FOUND) from None
        space = self._spaces.setdefault(loaded.row.workspace, Space(0))
        space.left = quota - used
        return DocumentRoom(loaded, space, self._journal, threads)


def _load(number: str) -> tuple[office.Loaded, int, int]:
    office.settle(number, dt.datetime.now(dt.UTC))  # where a process was killed, it was not counted
    loaded = office.load(number)
    workspace = workspaces.read(loaded.row.workspace)
    return loaded, workspace.quota, office.used_bytes(workspace.id)
