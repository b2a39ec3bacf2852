"""Pack an order: what is in it, to whom it goes, and the waybill of its parcel; and the way to its documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.orders import Order
from entrepot.trade.packing import pieces_left
from entrepot.trade.ports import NotFound
from entrepot.trade.shipments import CROSSING
from entrepot.trade_app import carrier_connection
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import find
from entrepot.web.trade import calls

_TEXTS = ("carrier", "waybill", "gross_mass_kg", *CROSSING)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The page. The address is shown when it is asked for, and that is recorded."""
    actor = require_role(request, "viewer")
    order = _order(number, actor)
    notes: list[Note] = []
    contact: Mapping[str, str] = {}
    if request.method == "POST":
        require_role(request, "clerk")
        try:
            if text_of(request, "action") == "address":
                contact = calls.show_contact(actor.organization, number, actor.person or "")
            elif text_of(request, "action") == "pack":
                made = _packed(request, actor, order)
                return HttpResponseRedirect(address_of_page(f"shipments/{made}/"))
            else:
                raise Http404
        except NotFound:
            raise Http404 from None
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    context = {**_context(order), "notes": notes, "contact": contact, "given": request.POST}
    context |= {"may_pack": "clerk" in actor.roles, **nav_context(request, actor)}
    return render(request, "trade/pack.html", context, status=422 if notes else 200)


def _order(number: str, actor: Actor) -> Order:
    """An order that the organization sells. Raises Http404."""
    order: Order = find(number, "or_", actor)
    if order.seller != actor.organization:
        raise Http404
    return order


def _packed(request: HttpRequest, actor: Actor, order: Order) -> str:
    """Create the parcel of the form; its id. Raises EntrepotError and NotFound."""
    parcel: dict[str, Any] = {name: text_of(request, name) for name in ("carrier", "waybill", "gross_mass_kg")}
    parcel["crossing"] = {name: text_of(request, name) for name in CROSSING}
    packages = text_of(request, "packages", 6) or "1"
    pieces = None
    if not order.buyer.identity:  # a parcel that is declared on a list has everything
        pieces = {each.number: _whole(text_of(request, f"line-{each.number}", 8)) for each in order.lines}
        pieces = {line: quantity for line, quantity in pieces.items() if quantity}
    made = calls.create_shipment(actor.organization, order.id, parcel, pieces, _whole(packages))
    return made.id


def _whole(text: str) -> int:
    """A whole number that was typed; -1, which every command refuses, for anything else."""
    return int(text or 0) if not text or (text.isascii() and text.isdecimal()) else -1


def _context(order: Order) -> dict[str, Any]:
    parcels = calls.shipments_of(order)
    left = pieces_left(order, parcels)
    masses = [_mass(each.goods.measures) * left.get(each.number, 0) for each in order.lines]
    return {
        "order": order,
        "status": words.status(order.status),
        "look": words.look(order.status),
        "lines": [
            {
                "number": each.number,
                "title": words.title(each.goods.titles),
                "reference": each.goods.reference,
                "code": each.goods.hs_code,
                "quantity": each.quantity,
                "left": left.get(each.number, 0),
            }
            for each in order.lines
        ],
        "parcels": [
            {
                "id": number,
                "waybill": each.waybill,
                "carrier": each.carrier,
                "status": words.status(each.status),
                "look": words.look(each.status),
            }
            for number, each in parcels.items()
        ],
        "open": bool(left) and order.paid and order.state == "placed",
        "whole": bool(order.buyer.identity),
        "crossing": bool(order.buyer.identity) and order.supply == "direct",
        "booked": carrier_connection.open_carriage() is not None,
        "mass": format(sum(masses, Decimal(0)).normalize(), "f") if all(masses) and masses else "",
    }


def _mass(measures: Mapping[str, str]) -> Decimal:
    """The gross mass of a piece in kg, else its net mass; 0 where neither is known."""
    return Decimal(measures.get("gross_mass_kg") or measures.get("net_mass_kg") or 0)
