"""Shared documents: rows in, rows out. An update that `append` has returned for is on the disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.db.models.functions import Length

from entrepot.store.ids import new_id
from entrepot.store.models import Document, DocumentUpdate, DocumentVersion

#: The kinds by the prefix of their ids.
FOLDER, TEXT, SHEET = "fd", "tx", "sh"
#: Versions that are kept of a document; the oldest automatic one makes room.
MAX_VERSIONS = 60
#: Folders and documents of a workspace, at most.
MAX_ROWS = 5_000


class DocumentRow(NamedTuple):
    """A folder or a document, without its content."""

    id: str
    workspace: str
    parent: str
    title: str
    created: dt.datetime
    changed: dt.datetime
    removed: dt.datetime | None
    bytes: int

    @property
    def kind(self) -> str:
        """`fd`, `tx` or `sh`."""
        return self.id.partition("_")[0]


class VersionRow(NamedTuple):
    """A version of a document, without its content."""

    id: str
    created: dt.datetime
    automatic: bool
    bytes: int


class Loaded(NamedTuple):
    """A document as it is stored. `state`: what the updates up to `merged` amount to; `updates`: those after it."""

    row: DocumentRow
    state: bytes
    updates: Sequence[bytes]
    last: int


class TooManyDocuments(Exception):
    """A workspace has no room for another folder or document."""


_COLUMNS = ("id", "workspace", "parent", "title", "created", "changed", "removed", "bytes")


def create(workspace: str, kind: str, parent: str, title: str, now: dt.datetime, state: bytes = b"") -> DocumentRow:
    """Create a folder or a document; `state`: what it begins with. Raises TooManyDocuments and LookupError."""
    with transaction.atomic():
        if Document.objects.filter(workspace=workspace).count() >= MAX_ROWS:
            raise TooManyDocuments
        if parent:
            _in(workspace, parent)
        row = Document.objects.create(
            id=new_id(kind),
            workspace=workspace,
            parent=parent,
            title=title,
            created=now,
            changed=now,
            state=state,
            bytes=len(state),
        )
    return _row(row)


def find(number: str) -> DocumentRow | None:
    """A folder or a document."""
    found = Document.objects.filter(id=number).values_list(*_COLUMNS).first()
    return DocumentRow(*found) if found else None


def list_documents(workspace: str, *, removed: bool = False) -> list[DocumentRow]:
    """All folders and documents of a workspace by title; or those in its bin."""
    found = Document.objects.filter(workspace=workspace, removed__isnull=not removed).order_by("title", "id")
    return [DocumentRow(*each) for each in found.values_list(*_COLUMNS)[:MAX_ROWS]]


def rename(number: str, title: str) -> None:
    """Give a folder or a document another title."""
    Document.objects.filter(id=number).update(title=title)


def move(workspace: str, number: str, parent: str) -> None:
    """Put a folder or a document into another folder, "" for the top. Raises LookupError, also for one in itself."""
    with transaction.atomic():
        above, below = parent, {number}
        while above:
            if above in below:  # also a ring of folders, which two moves at one moment can make
                raise LookupError(parent)
            below.add(above)
            above = _in(workspace, above).parent
        Document.objects.filter(id=number, workspace=workspace).update(parent=parent)


def remove(number: str, now: dt.datetime | None) -> None:
    """Put a folder or a document into the bin; None: take it out."""
    Document.objects.filter(id=number).update(removed=now)


def delete(workspace: str, numbers: Sequence[str]) -> None:
    """Delete documents for good, with what is in folders. What was in the bin only."""
    with transaction.atomic():
        known = list(Document.objects.filter(workspace=workspace, id__in=numbers, removed__isnull=False))
        todo = [each.id for each in known]
        while todo:
            inner = list(Document.objects.filter(workspace=workspace, parent__in=todo).values_list("id", flat=True))
            Document.objects.filter(id__in=todo).delete()
            todo = inner


def used_bytes(workspace: str) -> int:
    """The bytes of all documents of a workspace, with their versions and those in the bin."""
    return Document.objects.filter(workspace=workspace).aggregate(total=Sum("bytes"))["total"] or 0


def load(number: str) -> Loaded:
    """A document with its content. Raises LookupError."""
    with transaction.atomic():
        found = Document.objects.filter(id=number).first()
        if found is None:
            raise LookupError(number)
        after = DocumentUpdate.objects.filter(document_id=number, id__gt=found.merged).order_by("id")
        updates = list(after.values_list("id", "content"))
    last = updates[-1][0] if updates else found.merged
    return Loaded(_row(found), bytes(found.state), [bytes(content) for _id, content in updates], last)


def append(updates: Sequence[tuple[str, bytes]]) -> set[str]:
    """Store updates of documents, in order, in one transaction; empty ones count for nothing.

    Returns the documents that are no more. The size and the day of change of a document follow with `settle`: a row
    that is written for each of many documents would make the transaction long.
    """
    rows = [DocumentUpdate(document_id=number, content=content) for number, content in updates if content]
    try:
        with transaction.atomic():
            DocumentUpdate.objects.bulk_create(rows)
    except IntegrityError:  # a document was deleted for good while somebody edited it
        numbers = {number for number, _content in updates}
        with transaction.atomic():
            known = set(Document.objects.filter(id__in=numbers).values_list("id", flat=True))
            DocumentUpdate.objects.bulk_create([row for row in rows if row.document_id in known])
        return numbers - known
    return set()


def settle(number: str, now: dt.datetime) -> None:
    """Count the bytes of a document again, after updates of it were stored; if they changed, so has the document."""
    with transaction.atomic():
        found = Document.objects.select_for_update().filter(id=number).first()
        if found is None:
            return
        updates = DocumentUpdate.objects.filter(document_id=number, id__gt=found.merged)
        versions = DocumentVersion.objects.filter(document_id=number)
        sizes = [updates.aggregate(n=Sum(Length("content")))["n"], versions.aggregate(n=Sum(Length("state")))["n"]]
        total = len(found.state) + sum(each or 0 for each in sizes)
        if total != found.bytes:
            Document.objects.filter(id=number).update(bytes=total, changed=now)


def merge(number: str, last: int, state: bytes) -> None:
    """Replace the updates up to one by what they amount to."""
    with transaction.atomic():
        found = Document.objects.select_for_update().filter(id=number, merged__lt=last).first()
        if found is None:
            return
        merged = DocumentUpdate.objects.filter(document_id=number, id__lte=last)
        freed = len(found.state) + sum(len(each) for each in merged.values_list("content", flat=True))
        merged.delete()
        Document.objects.filter(id=number).update(state=state, merged=last, bytes=F("bytes") + len(state) - freed)


def keep_version(number: str, state: bytes, now: dt.datetime, *, automatic: bool) -> VersionRow | None:
    """Keep the state of a document as a version; None if nothing changed since its newest."""
    with transaction.atomic():
        newest = DocumentVersion.objects.filter(document_id=number).order_by("-created").first()
        if newest is not None and bytes(newest.state) == state:
            return None
        found = list(DocumentVersion.objects.filter(document_id=number).order_by("-automatic", "created"))
        for old in found[: max(len(found) + 1 - MAX_VERSIONS, 0)]:
            Document.objects.filter(id=number).update(bytes=F("bytes") - len(old.state))
            old.delete()
        made = DocumentVersion.objects.create(
            id=new_id("vr"), document_id=number, created=now, automatic=automatic, state=state
        )
        Document.objects.filter(id=number).update(bytes=F("bytes") + len(state))
    return VersionRow(made.id, made.created, made.automatic, len(state))


def list_versions(number: str) -> list[VersionRow]:
    """The versions of a document, the newest first."""
    found = DocumentVersion.objects.filter(document_id=number).order_by("-created")
    return [VersionRow(each.id, each.created, each.automatic, len(each.state)) for each in found]


def load_version(document: str, number: str) -> tuple[VersionRow, bytes]:
    """A version with its content. Raises LookupError."""
    found = DocumentVersion.objects.filter(document_id=document, id=number).first()
    if found is None:
        raise LookupError(number)
    return VersionRow(found.id, found.created, found.automatic, len(found.state)), bytes(found.state)


def _in(workspace: str, folder: str) -> Document:
    found = Document.objects.filter(id=folder, workspace=workspace, id__startswith=f"{FOLDER}_").first()
    if found is None:
        raise LookupError(folder)
    return found


def _row(found: Document) -> DocumentRow:
    return DocumentRow(*(getattr(found, name) for name in _COLUMNS))
