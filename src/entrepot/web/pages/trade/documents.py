"""The documents of an organization: the list, a form for each kind, a document as it is printed, and all of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.documents import pdf
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.trade.orders import Order
from entrepot.trade.papers.documents import WITHDRAWAL_REASONS, Document
from entrepot.trade.papers.kinds import RETURN_SLIP
from entrepot.trade.ports import NotFound
from entrepot.trade_app import documents
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.document_fields import FIELDS, LABELS, REASONS, TITLES, title
from entrepot.web.pages.trade.requests import attempt, find, list_page
from entrepot.web.trade import calls

#: Documents of a page of the list, and characters of a field.
LISTED, MAX_FIELD = 50, 500
MEDIA = {"pdf": "application/pdf", "xml": "application/xml", "jwt": "application/vc+jwt"}


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_documents(request: HttpRequest, language: str) -> HttpResponseBase:
    """The documents, the newest first; those of one `order`, with what can be issued for it."""
    actor = require_role(request, "viewer")
    number, more = request.GET.get("order", ""), False
    order: Order | None = find(number, "or_", actor) if number else None
    if order is not None:
        after = request.GET.get("after", "")
        found, more = documents.of_order(order.id, before=find(after, "do_", actor).id if after else "", limit=LISTED)
    else:
        found, more = list_page(request, "do_", actor, LISTED)
    context = {
        "rows": [_row(each) for each in found],
        "more": found[-1].id if more else "",
        "order": order,
        "issue": _can_issue(order, actor) if order is not None else [],
        "today": timezone.localdate().isoformat(),
        "pdf_there": pdf.available(),
        **nav_context(request, actor),
    }
    return render(request, "trade/documents.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest, language: str) -> HttpResponseBase:
    """The form of a kind of document for an order."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    order: Order = find(request.GET.get("order", ""), "or_", actor)
    kind = request.GET.get("kind", "")
    if kind not in FIELDS:
        raise Http404
    notes: list[Note] = []
    if request.method == "POST":
        try:
            key = text_of(request, "key") or calls.new_key()
            made = documents.issue(actor.organization, _given(request, order, kind), key)
            return HttpResponseRedirect(address_of_page(f"documents/{made.id}/"))
        except NotFound:
            raise Http404 from None
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    fields = FIELDS[kind]
    lines = [each for each in order.lines if not each.goods.service] if fields.line else []
    context = {
        "kind": title(kind),
        "order": order,
        "fields": [_field(request, name, name) for name in fields.document],
        "lines": [
            {
                "title": words.title(each.goods.titles),
                "fields": [_field(request, f"line-{each.number}-{name}", name) for name in fields.line],
            }
            for each in lines
        ],
        "returns": list(order.returns) if kind == RETURN_SLIP else [],
        "parcels": [each for each, state in order.shipments.items() if state != "cancelled"],
        "given": request.POST,
        "key": text_of(request, "key") or calls.new_key(),
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/document_form.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """A document as it is printed."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    document: Document = find(number, "do_", actor)
    notes: list[Note] = []
    if request.method == "POST" and attempt(
        notes, documents.withdraw, actor.organization, document.id, text_of(request, "reason")
    ):
        return HttpResponseRedirect(address_of_page(f"documents/{document.id}/"))
    article, xml = "", False
    try:
        shown = documents.show(document)
        article, xml = shown.article, documents.has_xml(shown.issued.paper)
    except TradeError as error:
        notes.append(Note(error_text(error), "bad"))
    context = {
        **_row(document),
        # Every text in it is escaped where it is made (`connect.documents.html`).
        "article": mark_safe(article),  # noqa: S308
        "xml": xml,
        "pdf_there": pdf.available() and article,
        "reasons": [(each, _(REASONS[each])) for each in WITHDRAWAL_REASONS],
        "may_withdraw": "clerk" in actor.roles
        and document.status == "issued"
        and document.issuer == actor.organization,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/document.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, language: str, number: str, form: str) -> HttpResponseBase:
    """A document as PDF, as UBL or as a credential."""
    document: Document = find(number, "do_", require_role(request, "viewer"))
    try:
        if form == "pdf":
            content = documents.pdf_of([document])
        elif form == "xml":
            content = documents.xml_of(document)
        elif form == "jwt":
            content = documents.credential_of(document).encode()
        else:
            raise Http404
    except TradeError as error:
        return error_page(request, 404, _("Page not found"), error_text(error))
    except pdf.PdfNotAvailable as error:
        return error_page(request, 503, _("Not available"), str(error))
    return _file(content, form, document.number)


@never_cache
@require_http_methods(["GET", "HEAD"])
def of_day(request: HttpRequest, language: str) -> HttpResponseBase:
    """All documents that the organization issued on a day, as one PDF; where they are many, links to their parts."""
    actor = require_role(request, "viewer")
    try:
        day = dt.date.fromisoformat(request.GET.get("day", "")).isoformat()
    except ValueError:
        raise Http404 from None
    found = documents.of_day(actor.organization, day)
    if not found:
        return error_page(request, 404, _("Page not found"), _("No document was issued on this day."))
    parts = _parts(found, documents.MAX_TOGETHER)
    part = request.GET.get("part", "1" if len(parts) == 1 else "")
    if part not in {str(number) for number in range(1, len(parts) + 1)}:
        names = [f"{each[0].number} – {each[-1].number}" for each in parts]
        context = {"day": day, "count": len(found), "parts": names, **nav_context(request, actor)}
        return render(request, "trade/documents_of_day.html", context)
    try:
        content = documents.pdf_of(parts[int(part) - 1])
    except pdf.PdfNotAvailable as error:
        return error_page(request, 503, _("Not available"), str(error))
    except TradeError as error:
        return error_page(request, 404, _("Page not found"), error_text(error))
    return _file(content, "pdf", day if len(parts) == 1 else f"{day}-{part}")


def _parts(found: Sequence[Document], most: int) -> list[Sequence[Document]]:
    return [found[at : at + most] for at in range(0, len(found), most)]


def _file(content: bytes, form: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _given(request: HttpRequest, order: Order, kind: str) -> Mapping[str, Any]:
    """The request of the form, as the API takes it."""
    fields = FIELDS[kind]
    lines = [
        {
            "line": each.number,
            "details": {
                name: text
                for name in fields.line
                if (text := text_of(request, f"line-{each.number}-{name}", MAX_FIELD))
            },
        }
        for each in order.lines
    ]
    return {
        "order": order.id,
        "kind": kind,
        "shipment": text_of(request, "shipment"),
        "return": text_of(request, "return"),
        "details": {name: text for name in fields.document if (text := text_of(request, name, MAX_FIELD))},
        "lines": [each for each in lines if each["details"]],
    }


def _field(request: HttpRequest, name: str, label: str) -> dict[str, str]:
    kind = "date" if label in ("departure_date", "produced", "best_before") else "text"
    return {"name": name, "label": _(LABELS[label]), "value": request.POST.get(name, "")[:MAX_FIELD], "type": kind}


def _can_issue(order: Order, actor: Actor) -> list[tuple[str, str]]:
    """The kinds that the organization can issue for an order: the name and what the page says."""
    if "clerk" not in actor.roles or not order.paid:
        return []
    slip = [(RETURN_SLIP, title(RETURN_SLIP))] if order.returns else []
    if order.seller != actor.organization:
        return slip
    return [(kind, title(kind)) for kind in TITLES if kind != RETURN_SLIP] + slip


def _row(document: Document) -> dict[str, Any]:
    status = _("issued") if document.status == "issued" else _("withdrawn")
    return {
        "document": document,
        "kind": title(document.kind),
        "status": status,
        "look": "done" if document.status == "issued" else "failed",
        "blank": len(document.gaps),
    }
