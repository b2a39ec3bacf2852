"""Workspaces: the seats and guests of a delivery, with the documents that are stored apart from the ledger."""

from __future__ import annotations

import datetime as dt
import io
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from entrepot.model.errors import TradeError
from entrepot.store import office
from entrepot.store.office import DocumentRow
from entrepot.trade.delivery import grants, workspaces
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import Grant
from entrepot.trade.delivery.workspaces import Workspace
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books

#: The rows and columns of a new sheet, characters of a title, and days that a link lasts at most.
ROWS, COLUMNS, MAX_TITLE, MAX_DAYS = 30, 8, 120, 365
#: Bytes of random in a secret of a link.
SECRET_BYTES = 24
#: Of the ids of workspaces.
PREFIX = workspaces.WORKSPACE.prefix
KINDS = (office.FOLDER, office.TEXT, office.SHEET)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that somebody may open: its row, its workspace, and the grant by which it is open."""

    row: DocumentRow
    workspace: Workspace
    grant: Grant


class Writer(Protocol):
    """Makes a file of a document: its row, its state and updates, and the name of the format."""

    def __call__(self, row: DocumentRow, state: bytes, updates: Sequence[bytes], to: str) -> bytes:
        """The bytes of the file."""


def open_workspace(delivery: str, by: str) -> Workspace:
    """The workspace of a buyer's delivery. Raises NotFound, Refusal."""
    return open_books().run(
        lambda tx: workspaces.open_workspace(tx, delivery, by=by), lookups=[workspaces.reference(delivery)]
    )


def delivery_of(number: str) -> Delivery:
    """A delivery."""
    found: Delivery = open_books().read(number)
    return found


def take_seat(workspace: Workspace, person: str, by: str) -> Grant:
    """The grant of a person. Raises TradeError, Refusal.

    Without a transaction, where the person has its seat: each page asks for it.
    """
    if known := workspace.seats.get(person):
        grant: Grant = open_books().read(known)
        delivery = delivery_of(workspace.delivery)
        if grant.status == "active" and grant.epoch == delivery.epoch:
            grants.standing(grant, delivery, _now())
            return grant
    return open_books().run(lambda tx: workspaces.take_seat(tx, workspace.id, person, by=by))


def free_seat(workspace: Workspace, person: str, by: str) -> None:
    """Give up a seat."""
    open_books().run(lambda tx: workspaces.free_seat(tx, workspace.id, person, by=by))


def new_document(workspace: Workspace, kind: str, title: str, parent: str = "") -> DocumentRow:
    """A new folder, text or sheet. Raises TradeError and NotFound."""
    if kind not in KINDS:
        raise NotFound(kind)
    state = _new_sheet() if kind == office.SHEET else b""
    try:
        return office.create(workspace.id, kind, parent, clean_title(title), _now(), state)
    except office.TooManyDocuments:
        raise TradeError(
            "too_many_documents", "The workspace has {n} documents: no more fit.", n=office.MAX_ROWS
        ) from None
    except LookupError:
        raise NotFound(parent) from None


def _new_sheet() -> bytes:
    from entrepot.connect.office import content  # noqa: PLC0415  # needs the extra `services`

    return content.new_sheet(*([secrets.token_hex(6) for _ in range(count)] for count in (ROWS, COLUMNS)))


def clean_title(title: str) -> str:
    """A title. Raises TradeError."""
    found = " ".join(title.split())[:MAX_TITLE]
    if not found or not found.isprintable():
        raise TradeError("title_missing", "Write a title.", "title")
    return found


def document(workspace: Workspace, number: str) -> DocumentRow:
    """A document or folder of a workspace. Raises NotFound."""
    row = office.find(number)
    if row is None or row.workspace != workspace.id:
        raise NotFound(number)
    return row


def remove_document(row: DocumentRow) -> None:
    """Put a document or a folder into the bin."""
    office.remove(row.id, _now())


def move_document(workspace: Workspace, number: str, parent: str) -> None:
    """Put a document into a folder. Raises NotFound."""
    document(workspace, number)
    try:
        office.move(workspace.id, number, parent)
    except LookupError:
        raise NotFound(parent) from None


def invite(workspace: Workspace, number: str, role: str, days: int, by: str) -> tuple[Grant, str]:
    """A link for a guest: its grant, and the secret that is in the link only. Raises TradeError and NotFound."""
    document(workspace, number)
    if not 1 <= days <= MAX_DAYS:
        raise TradeError("days_invalid", "Write a number of days from 1 to {most}.", "days", most=MAX_DAYS)
    secret, until = secrets.token_urlsafe(SECRET_BYTES), timestamp(_now() + dt.timedelta(days=days))

    def command(tx: Any) -> Grant:
        holder = workspaces.guest_holder(tx, secret)
        return workspaces.invite_guest(tx, workspace.id, number, role, holder=holder, until=until, by=by)

    return open_books().run(command), secret


def remove_guest(workspace: Workspace, grant: str, by: str) -> None:
    """Revoke a link. Raises NotFound."""
    open_books().run(lambda tx: workspaces.remove_guest(tx, workspace.id, grant, by=by))


def of_guest(grant: str, secret: str) -> OpenDocument:
    """The document of a guest's link. Raises NotFound, Refusal."""
    found = open_books().run(lambda tx: workspaces.guest_grant(tx, grant, secret))
    row = office.find(found.what)
    if row is None or row.removed is not None:
        raise NotFound(found.what)
    return OpenDocument(row, read(row.workspace), found)


def token(grant: Grant) -> str:
    """A token for one connection to the documents of a grant. Raises Refusal."""
    return open_books().run(lambda tx: grants.make_token(tx, grant.id, "workspace"))


def read(number: str) -> Workspace:
    """A workspace. Raises NotFound."""
    found: Workspace = open_books().read(number)
    return found


def workspace_of(delivery: str) -> Workspace:
    """The workspace of a delivery. Raises NotFound."""
    number = open_books().lookup(workspaces.reference(delivery))
    if number is None:
        raise NotFound(delivery)
    return read(number)


def keep_version(row: DocumentRow) -> None:
    """Keep what is stored of a document as a version. Raises TradeError where the space is used up."""
    from entrepot.connect.office import content  # noqa: PLC0415  # needs the extra `services`

    loaded = office.load(row.id)
    workspace = read(row.workspace)
    state = content.open_state(loaded.state, loaded.updates).get_update()
    if office.used_bytes(workspace.id) + len(state) > workspace.quota:
        raise TradeError(
            "workspace_full", "The space of this workspace is used up. Delete documents, or buy more seats."
        )
    office.keep_version(row.id, state, _now(), automatic=False)


def everything(workspace: Workspace, write: Writer) -> bytes:
    """All documents of a workspace in open formats, as a ZIP: each folder a folder, each document in two formats.

    What was made by Yjs is there too (`.yjs`), with comments and the history of edits, for programs that read it.
    """
    out = io.BytesIO()
    rows = office.list_documents(workspace.id)
    paths = _paths(rows)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in rows:
            if row.kind == office.FOLDER or row.id not in paths:
                continue
            loaded = office.load(row.id)
            for suffix in ("md", "html") if row.kind == office.TEXT else ("csv", "xlsx"):
                archive.writestr(f"{paths[row.id]}.{suffix}", write(row, loaded.state, loaded.updates, suffix))
            archive.writestr(f"{paths[row.id]}.yjs", write(row, loaded.state, loaded.updates, "yjs"))
    return out.getvalue()


def _paths(rows: Sequence[DocumentRow]) -> Mapping[str, str]:
    """The path of each document in a ZIP, without those whose folder is in the bin. No two have one path."""
    known = {row.id: row for row in rows}
    taken: set[str] = set()
    found: dict[str, str] = {}
    for row in rows:
        parts, above = [_file_name(row.title)], row.parent
        while above in known and len(parts) < 50:
            parts.append(_file_name(known[above].title))
            above = known[above].parent
        if above:
            continue
        path = name = "/".join(reversed(parts))
        number = 1
        while path.lower() in taken:
            number += 1
            path = f"{name} ({number})"
        taken.add(path.lower())
        found[row.id] = path
    return found


def _file_name(title: str) -> str:
    name = "".join(" " if each in '/\\:*?"<>|' or not each.isprintable() else each for each in title).strip(" .")
    return name[:80] or "_"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
