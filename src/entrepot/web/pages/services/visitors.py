"""The page of a service for the buyer of another node, who comes by a link and has no account here."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import visitors
from entrepot.trade.ports import NotFound
from entrepot.trade.service_rules import CONSENT
from entrepot.trade.service_terms import HEALTH
from entrepot.trade_app.nodes import order_services
from entrepot.trade_app.services import visits
from entrepot.turn_settings import read_turn
from entrepot.web.http import visiting
from entrepot.web.http.actors import PageRefused
from entrepot.web.live.addresses import allow_sockets, socket_address
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.services.visit_call import PERMISSIONS
from entrepot.web.pages.services.visit_words import says
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls
from entrepot.web.trade.delivery_shapes import says_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str, secret: str) -> HttpResponseBase:
    """What is to be met first, and the room of the visit."""
    notes: list[Note] = []
    try:
        found = _find(number, secret)
    except TradeError as error:
        return _closed(request, error)
    if found.kind in ("course", "workspace"):
        visiting.begin(request, number, calls.books().run(partial(visitors.key_of, number=number, secret=secret)))
        return HttpResponseRedirect(address_of_page(f"visitors/{number}/{found.kind}/"))
    if request.method == "POST" and text_of(request, "agreed") == "yes":
        try:
            calls.books().run(partial(visitors.consent, number=number, secret=secret))
        except TradeError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(address_of_page(f"visitors/{number}/{secret}/"))
    context = {**_context(found), "notes": notes, "enter_at": f"/{language}/visitors/{number}/{secret}/enter/"}
    response = render(request, "services/visitor.html", context, status=422 if notes else 200)
    response["Permissions-Policy"] = PERMISSIONS
    response["Referrer-Policy"] = "no-referrer"  # the address is what opens the visit
    allow_sockets(request, response)
    return response


def came_to(request: HttpRequest, number: str, kind: str) -> Delivery:
    """The delivery of a kind to which this browser came. Raises Http404, PageRefused where the exchange is closed."""
    try:
        found = visiting.find(request, number)
    except NotFound:
        raise Http404 from None
    except TradeError as error:
        raise PageRefused(_closed(request, error)) from None
    if found.kind != kind:
        raise Http404
    return found


def _closed(request: HttpRequest, error: TradeError) -> HttpResponseBase:
    """The page of a link whose exchange this node has closed."""
    notes = [Note(error_text(error), "bad")]
    return render(request, "services/visitor_closed.html", {"notes": notes}, status=403)


def _context(found: Delivery) -> dict[str, Any]:
    order = calls.books().read(found.order)
    line = next(each for each in order.lines if each.number == found.line)
    return {
        "title": words.title(line.goods.titles),
        "status": words.delivery_status(found.status),
        "look": words.look(found.status),
        "health": found.service in HEALTH,
        "open": found.is_open,
        "has_relay": read_turn(os.environ) is not None,
        "says": says(),
        "conditions": conditions_of(found),
    }


def conditions_of(found: Delivery) -> list[dict[str, Any]]:
    """What is to be met before a delivery opens, and whether the visitor can still consent."""
    ended = found.status in ("accepted", "cancelled", "no_show")
    return [
        {
            "says": says_of(found, name),
            "met": each.state == "met",
            "open": name == CONSENT and each.state != "met" and not ended,
        }
        for name, each in found.conditions.items()
    ]


@never_cache
@require_POST
def enter(request: HttpRequest, language: str, number: str, secret: str) -> HttpResponseBase:
    """A token for one connection with the socket, and its address; 409 with the reason where the visit is not open."""
    try:
        if _find(number, secret).kind != visits.KIND:
            raise Http404
    except TradeError as error:
        return JsonResponse({"says": error_text(error)}, status=409)
    address = socket_address(request, visits.KIND)
    if not address:
        return JsonResponse({"says": _("This server has no video visits: its socket process is off.")}, status=409)
    try:
        token = calls.books().run(partial(visitors.enter, number=number, secret=secret))
    except TradeError as error:
        return JsonResponse({"says": error_text(error)}, status=409)
    return JsonResponse({"token": token, "socket": address})


def _find(number: str, secret: str) -> Delivery:
    """The delivery of a link; a 404 for any other. Raises TradeError where the exchange is closed."""
    try:
        found = calls.books().run(partial(visitors.visitor_of, number=number, secret=secret))
    except NotFound:
        raise Http404 from None
    if found.kind not in order_services.LINKED:
        raise Http404
    return found
