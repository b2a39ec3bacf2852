"""The page of a workspace: its folders and documents, seats, links of guests, and space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.office import files
from entrepot.language.translate import _
from entrepot.model.errors import TradeError
from entrepot.store import office
from entrepot.store.office import DocumentRow
from entrepot.store.people import members
from entrepot.trade.nodes import visitors
from entrepot.trade_app.services import workspaces
from entrepot.web.pages.office.access import Access, enter, notes_of
from entrepot.web.pages.people.form_page import address_of_page, text_of
from entrepot.web.pages.trade.requests import attempt

#: Days that a link of a guest lasts, of which one is chosen.
DAYS = (1, 7, 30, 90)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, delivery: str) -> HttpResponseBase:
    """The documents of a folder, or those in the bin."""
    access = enter(request, delivery)
    notes = notes_of(access)
    folder, in_bin = request.GET.get("folder", "")[:40], request.GET.get("bin") == "1"
    made: list[DocumentRow] = []
    if request.method == "POST" and attempt(notes, _act, request, access, folder, made):
        if made and made[0].kind != office.FOLDER:
            return HttpResponseRedirect(address_of_page(f"services/{delivery}/workspace/{made[0].id}/"))
        query = "?bin=1" if in_bin else f"?folder={folder}" if folder else ""
        return HttpResponseRedirect(address_of_page(f"services/{delivery}/workspace/{query}"))
    rows = office.list_documents(access.workspace.id)
    known = {row.id: row for row in rows}
    if folder and (folder not in known or known[folder].kind != office.FOLDER):
        raise Http404
    listed = office.list_documents(access.workspace.id, removed=True) if in_bin else _in(rows, folder)
    context = {
        "home": f"/{language}/services/{delivery}/workspace/",
        "delivery": delivery,
        "folder": known.get(folder),
        "path": _path(known, folder),
        "in_bin": in_bin,
        "rows": sorted(listed, key=lambda row: (row.kind != office.FOLDER, row.title.casefold())),
        "folders": [row for row in rows if row.kind == office.FOLDER],
        "access": access,
        "space": _space(access),
        "seats": _seats(access),
        "guests": _guests(access, known),
        "notes": notes,
        **access.navigation(request),
    }
    return render(
        request, "services/workspace.html", context, status=422 if notes and request.method == "POST" else 200
    )


@never_cache
@require_http_methods(["GET", "HEAD"])
def download_all(request: HttpRequest, language: str, delivery: str) -> HttpResponseBase:
    """All documents as a ZIP of open formats."""
    access = enter(request, delivery)

    def write(row: DocumentRow, state: bytes, updates: Sequence[bytes], to: str) -> bytes:
        return files.write(row.title, language, state, updates, to, sheet=row.kind == office.SHEET)

    content = workspaces.everything(access.workspace, write)
    headers = {"Content-Disposition": 'attachment; filename="documents.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _act(request: HttpRequest, access: Access, folder: str, made: list[DocumentRow]) -> None:
    """Do what a form asks for; a new document is added to `made`. Raises EntrepotError, NotFound and Http404."""
    action, number = text_of(request, "action"), text_of(request, "document", 60)
    managing = {"free_seat", "remove_guest"}
    if (action in managing and not access.manages) or (action not in managing and not access.writes):
        raise TradeError("not_allowed", "Your seat in this workspace does not allow this.")
    workspace, by = access.workspace, access.organization
    if action in ("tx", "sh", "fd"):
        made.append(workspaces.new_document(workspace, action, text_of(request, "title", 200), folder))
    elif action == "free_seat":
        workspaces.free_seat(workspace, text_of(request, "person", 60), by)
    elif action == "remove_guest":
        workspaces.remove_guest(workspace, text_of(request, "grant", 60), by)
    else:
        row = workspaces.document(workspace, number)
        _change(request, access, action, row)


def _change(request: HttpRequest, access: Access, action: str, row: DocumentRow) -> None:
    """Change a document or a folder."""
    if action == "rename":
        office.rename(row.id, workspaces.clean_title(text_of(request, "title", 200)))
    elif action == "move":
        workspaces.move_document(access.workspace, row.id, text_of(request, "folder", 60))
    elif action == "remove":
        workspaces.remove_document(row)
    elif action == "take_out":
        office.remove(row.id, None)
    elif action == "delete":
        office.delete(access.workspace.id, [row.id])
    else:
        raise Http404


def _in(rows: Sequence[DocumentRow], folder: str) -> list[DocumentRow]:
    """The rows of a folder; at the top also those whose folder is in the bin or was deleted."""
    known = {row.id for row in rows}
    return [row for row in rows if row.parent == folder or (not folder and row.parent not in known)]


def _path(known: Mapping[str, DocumentRow], folder: str) -> list[DocumentRow]:
    found: list[DocumentRow] = []
    while folder in known and len(found) < 50:
        found.insert(0, known[folder])
        folder = known[folder].parent
    return found


def _space(access: Access) -> Mapping[str, Any]:
    used, quota = office.used_bytes(access.workspace.id), access.workspace.quota
    return {
        "used": f"{used / 1_000_000:.1f}",
        "quota": f"{quota / 1_000_000:.0f}",
        "percent": min(100 * used // max(quota, 1), 100),
    }


def _seats(access: Access) -> list[tuple[str, str]]:
    """The people with a seat and their names; somebody who is no member any more has none."""
    names = {
        each.person_id: each.person.user.first_name or each.person.user.username
        for each in members.members_of(access.organization)
        if each.person.user is not None
    }
    browsers = (person for person in access.workspace.seats if visitors.is_worker(person))
    names |= {person: _("Visitor {number}").format(number=at) for at, person in enumerate(browsers, 1)}
    return [(person, names.get(person) or _("Somebody who left")) for person in access.workspace.seats]


def _guests(access: Access, known: Mapping[str, DocumentRow]) -> list[Mapping[str, str]]:
    return [
        {
            "grant": grant,
            "title": known[guest.document].title if guest.document in known else "—",
            "role": guest.role,
            "until": guest.until[:10],
        }
        for grant, guest in access.workspace.guests.items()
    ]
