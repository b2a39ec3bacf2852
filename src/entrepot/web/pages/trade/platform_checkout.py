"""The page on which a buyer continues a checkout that a platform began, and sees what became of its orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.sessions import OPEN, NotPossible
from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import TradeError
from entrepot.trade_app.ucp import node, pages, views
from entrepot.trade_app.ucp.sessions import Changed, Stored
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.trade import words

#: What the page calls each total.
_TOTALS = {
    "subtotal": N_("Goods"),
    "fulfillment": N_("Shipping"),
    "tax": N_("Duties and taxes"),
    "fee": N_("Fees"),
    "total": N_("Total price"),
}
MAX_ASSERTIONS = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str, token: str) -> HttpResponseBase:
    """The checkout. Its address is the permission: a platform gives it to the buyer."""
    stored = pages.find(number, token) if node.settings().access else None
    if stored is None:
        raise Http404
    notes: list[Note] = []
    if request.method == "POST":
        try:
            refused = _act(request, stored)
        except TradeError as error:
            notes.append(Note(error_text(error), "bad"))
        except (Changed, NotPossible):
            notes.append(Note(_("The checkout was changed meanwhile. Look at it again."), "bad"))
        else:
            if not refused:
                return HttpResponseRedirect(address_of_page(f"checkout/{number}/{token}/"))
            notes += [Note(each.content, "bad") for each in refused]
    response = render(request, "trade/platform_checkout.html", _context(request, number, token, notes))
    response.status_code = 422 if notes else 200
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response


def _act(request: HttpRequest, stored: Stored) -> Sequence[Message]:
    """Keep what the form has, and place the orders if it asks for that. Returns why they were not placed."""
    contact = {name: text_of(request, name, 250) for name in pages.FIELDS}
    assertions = [each[:60] for each in request.POST.getlist("assertion")[:MAX_ASSERTIONS]]
    stored = pages.give(stored, contact, assertions)
    return pages.place(stored, text_of(request, "price", 64)) if text_of(request, "action") == "place" else ()


def _context(request: HttpRequest, number: str, token: str, notes: Sequence[Note]) -> dict[str, Any]:
    stored = pages.find(number, token)
    if stored is None:  # it was deleted in this moment
        raise Http404
    page = pages.page(stored)
    session = page.session
    # What was given here is not shown again: the platform has the address of this page too.
    given = {
        "name": "" if "name" in page.contact else session.name,
        "telephone": "" if "telephone" in page.contact else session.telephone,
    }
    said = {note.text for note in notes}
    missing = [each for each in page.messages if each.kind == "error" and each.content not in said]
    return {
        "page": page,
        "session": session,
        "open": session.status in OPEN,
        "given": {name: text_of(request, name, 250) or given.get(name, "") for name in pages.FIELDS},
        "currency": session.currency,
        "totals": [{**each, "says": _(_TOTALS[each["type"]])} for each in page.totals],
        "missing": [
            each.content for each in missing if each.code not in ("identity_required", "confirmation_required")
        ],
        "warnings": [each.content for each in page.messages if each.kind == "warning"],
        "orders": [
            {"id": each.id, "status": words.status(each.status), "look": words.look(each.status)}
            for each in page.orders
        ],
        "links": views.links(),
        "notes": notes,
    }
