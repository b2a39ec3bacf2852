"""The page of a document: the editor, its files, its versions, a link for a guest, and the token of a connection."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.connect.office import files, libreoffice
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.errors import TradeError
from entrepot.store import office
from entrepot.store.office import DocumentRow
from entrepot.trade.delivery.grants import Grant
from entrepot.trade_app.services import workspaces
from entrepot.web.http.error_pages import error_page
from entrepot.web.live.addresses import allow_sockets, socket_address
from entrepot.web.pages.office.access import Access, enter, find_document, notes_of
from entrepot.web.pages.office.labels import labels
from entrepot.web.pages.office.workspace import DAYS
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.trade.requests import attempt


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, delivery: str, number: str) -> HttpResponseBase:
    """The document. Without scripts it is shown as it is stored, and cannot be edited."""
    access = enter(request, delivery)
    row = find_document(access.workspace, number)
    if row.kind == office.FOLDER:
        return HttpResponseRedirect(address_of_page(f"services/{delivery}/workspace/?folder={number}"))
    notes = notes_of(access)
    links: list[str] = []
    if request.method == "POST":
        attempt(notes, _act, request, access, row, notes, links)
    home = f"/{language}/services/{delivery}/workspace/"
    context = {
        "home": home,
        "access": access,
        "links": links,
        "days": DAYS,
        "notes": notes,
        **editor_context(request, row, f"{home}{number}/", writes=access.writes),
        "name": (getattr(request.user, "first_name", "") if access.actor is not None else "") or access.name,
        "old": _old(request, row),
        **access.navigation(request),
    }
    return show_editor(request, context)


def editor_context(request: HttpRequest, row: DocumentRow, there: str, *, writes: bool) -> dict[str, Any]:
    """What the template of the editor needs. `there`: the address of the document."""
    sheet = row.kind == office.SHEET
    loaded = office.load(row.id)
    return {
        "document": row,
        "sheet": sheet,
        "there": there,
        "writes": writes,
        "labels": json.dumps(labels(), ensure_ascii=False),
        "live": bool(socket_address(request, "workspace")),
        "formats": list(files.formats(sheet=sheet)),
        # Every text of a document is escaped where this is made.
        "plain": mark_safe(files.shown(loaded.state, loaded.updates, sheet=sheet)),  # noqa: S308  # see above
    }


def show_editor(request: HttpRequest, context: Mapping[str, Any]) -> HttpResponseBase:
    """The page, which may connect to the socket process."""
    response = render(request, "services/document.html", context)
    allow_sockets(request, response)
    return response


@never_cache
@require_POST
def give_token(request: HttpRequest, language: str, delivery: str, number: str) -> HttpResponseBase:
    """A token for one connection to a document."""
    access = enter(request, delivery)
    find_document(access.workspace, number)
    if access.grant is None:
        return JsonResponse({"error": "forbidden"}, status=403)
    return answer_token(request, access.grant)


def answer_token(request: HttpRequest, grant: Grant) -> JsonResponse:
    """The token of a grant, and the address where it is shown."""
    try:
        token = workspaces.token(grant)
    except TradeError as error:
        return JsonResponse({"error": error.code}, status=403)
    return JsonResponse({"token": token, "address": socket_address(request, "workspace")})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_versions(request: HttpRequest, language: str, delivery: str, number: str) -> HttpResponseBase:
    """The versions of a document; one of them as it was."""
    access = enter(request, delivery)
    row = find_document(access.workspace, number)
    if row.kind == office.FOLDER:
        raise Http404
    notes = notes_of(access)
    here = f"services/{delivery}/workspace/"
    if request.method == "POST" and attempt(notes, _keep, access, row):
        return HttpResponseRedirect(address_of_page(f"{here}{number}/versions/"))
    shown = None
    if wanted := request.GET.get("version", "")[:40]:
        version, state = _version(row, wanted)
        html = files.shown(state, (), sheet=row.kind == office.SHEET)
        shown = {"row": version, "html": mark_safe(html)}  # noqa: S308  # every text is escaped where this is made
    context = {
        "home": f"/{language}/{here}",
        "document": row,
        "access": access,
        "versions": [(each, when(each.created)) for each in office.list_versions(row.id)],
        "shown": shown,
        "notes": notes,
        **access.navigation(request),
    }
    return render(request, "services/versions.html", context, status=422 if request.method == "POST" else 200)


def when(moment: Any) -> str:
    """A moment for the list of versions."""
    return f"{translate.day(moment.date().isoformat())}, {moment:%H:%M} UTC"


def _keep(access: Access, row: DocumentRow) -> None:
    if not access.writes:
        raise TradeError("not_allowed", "Your seat in this workspace does not allow this.")
    workspaces.keep_version(row)


@never_cache
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, language: str, delivery: str, number: str, form: str) -> HttpResponseBase:
    """A document as a file."""
    access = enter(request, delivery)
    return answer_file(request, language, find_document(access.workspace, number), form)


def answer_file(request: HttpRequest, language: str, row: DocumentRow, form: str) -> HttpResponseBase:
    """A document as a file of a format."""
    sheet = row.kind == office.SHEET
    known = files.formats(sheet=sheet)
    if row.kind == office.FOLDER or form not in known:
        raise Http404
    loaded = office.load(row.id)
    try:
        content = files.write(row.title, language, loaded.state, loaded.updates, form, sheet=sheet)
    except libreoffice.ConversionFailed:
        says = _("The document could not be converted now. Try again, or choose another format.")
        return error_page(request, 503, _("Not available"), says)
    name = re.sub(r"[^\w.-]+", "-", row.title).strip("-.") or "document"
    response = HttpResponse(content, content_type=known[form])
    response["Content-Disposition"] = _attachment(f"{name[:80]}.{form}")
    return response


def _attachment(name: str) -> str:
    plain = name.encode("ascii", "ignore").decode() or "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def _act(request: HttpRequest, access: Access, row: DocumentRow, notes: list[Note], links: list[str]) -> None:
    """Make a link for a guest: it is shown once. Raises EntrepotError."""
    if not access.manages or text_of(request, "action") != "invite":
        raise TradeError("not_allowed", "Your seat in this workspace does not allow this.")
    days = text_of(request, "days", 5)
    role = text_of(request, "role")
    grant, secret = workspaces.invite(
        access.workspace, row.id, role, int(days) if days.isdecimal() else 0, access.organization
    )
    path = address_of_page(f"guests/{grant.id}/{secret}/")
    links.append(request.build_absolute_uri(path))
    notes.append(
        Note(
            _("The link is shown once. It opens only this document, until {day}.").format(
                day=translate.day(grant.until[:10])
            ),
            "good",
        )
    )


def _old(request: HttpRequest, row: DocumentRow) -> str:
    """The version that the page restores, for its script."""
    wanted = request.GET.get("restore", "")[:40]
    return base64.b64encode(_version(row, wanted)[1]).decode() if wanted else ""


def _version(row: DocumentRow, number: str) -> tuple[office.VersionRow, bytes]:
    try:
        return office.load_version(row.id, number)
    except LookupError:
        raise Http404 from None
