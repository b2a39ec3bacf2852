"""A parcel: its waybill, its border crossing, and what happens to it, which a seller reports where no carrier does."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.trade.orders import Order
from entrepot.trade.shipments import CROSSING, MOVES, Shipment
from entrepot.trade.shipping import SELLER_REPORTS
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt, find
from entrepot.web.trade import calls

_NAMED = "shipment.crossing_named"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The page, for the seller and the buyer of the order."""
    actor = require_role(request, "viewer")
    shipment: Shipment = find(number, "sh_", actor)
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if attempt(notes, _act, request, actor, number):
            return HttpResponseRedirect(address_of_page(f"shipments/{number}/"))
    context = {**_context(actor, shipment), "notes": notes, "given": request.POST, **nav_context(request, actor)}
    return render(request, "trade/shipment.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor, number: str) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    action = text_of(request, "action")
    if action == "report":
        moment = text_of(request, "time", 30)
        time = f"{moment}Z" if moment else ""
        proof = text_of(request, "proof", 100)
        calls.report_shipment(actor.organization, number, text_of(request, "state"), time, proof)
    elif action == "crossing":
        calls.name_crossing(actor.organization, number, {name: text_of(request, name) for name in CROSSING})
    else:
        raise Http404


def _context(actor: Actor, shipment: Shipment) -> dict[str, Any]:
    order: Order = calls.books().read(shipment.order)
    titles = {each.number: words.title(each.goods.titles) for each in order.lines}
    seller = order.seller == actor.organization
    able = [kind.removeprefix("shipment.") for state, kind in MOVES if state == shipment.status and kind != _NAMED]
    declared = any(status != "cancelled" for status in order.declarations.values())
    events = calls.books().events(stream=shipment.id, limit=100)
    return {
        "shipment": shipment,
        "order": order,
        "status": words.status(shipment.status),
        "look": words.look(shipment.status),
        "pieces": [(titles.get(each.line, ""), each.quantity) for each in shipment.pieces],
        "timeline": [
            {
                "time": event.time,
                "moment": words.moment(str(event.payload.get("time") or event.time)),
                "says": _said(event.kind),
            }
            for _position, event in events
        ][::-1],
        "states": [(each, words.status(each)) for each in able if not (declared and each == "cancelled")],
        "may_report": seller and "clerk" in actor.roles and shipment.reporter == SELLER_REPORTS and bool(able),
        "by_carrier": shipment.reporter != SELLER_REPORTS,
        "may_name": seller
        and "clerk" in actor.roles
        and bool(order.buyer.identity)
        and order.supply == "direct"
        and (shipment.status, _NAMED) in MOVES,
        "crossing": [(name, words.crossing(name), getattr(shipment, name)) for name in CROSSING],
    }


def _said(kind: str) -> str:
    """What an event of a parcel says."""
    return words.crossing(kind) if kind == _NAMED else words.status(kind.removeprefix("shipment."))
