"""`/v1/shipments`: parcels that travel with a carrier of the seller, and what the seller reports of them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.trade.shipments import CROSSING
from entrepot.web.api.trade.requests import caller_of, read_as, respond, writes
from entrepot.web.http.errors import Refused
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import CrossingNamed, ShipmentReported, ShipmentWritten
from entrepot.web.trade.show import show_shipment

router = Router(tags=["trade"])


@router.post(
    "/shipments",
    operation_id="createShipment",
    openapi_extra=writes("ShipmentWritten", "ShipmentShown", "The shipment"),
    summary="Create a shipment with its waybill, as the seller: all pieces of an order, or some",
)
def create(request: HttpRequest) -> HttpResponse:
    """The shipment. The same waybill for the same order is one shipment. A node with a carrier books parcels itself."""
    actor = caller_of(request, "clerk")
    given = read_as(request, ShipmentWritten)
    pieces: dict[int, int] = {}
    for at, each in enumerate(given.pieces):
        if each.line in pieces:
            message = f"The shipment names line {each.line} twice. Name each line once."
            raise Refused(422, "invalid_request_error", "pieces_invalid", message, f"pieces[{at}].line")
        pieces[each.line] = each.quantity
    parcel: dict[str, Any] = {name: getattr(given, name) for name in ("carrier", "waybill", "gross_mass_kg")}
    parcel["crossing"] = {name: getattr(given, name) for name in CROSSING}
    found = calls.create_shipment(actor.organization, given.order, parcel, pieces or None, given.packages)
    return respond(show_shipment(found, calls.decimals))


@router.post(
    "/shipments/{number}/crossing",
    operation_id="nameCrossing",
    openapi_extra=writes("CrossingNamed", "ShipmentShown", "The shipment"),
    summary="Name the border crossing of a shipment, as the seller",
)
def crossing(request: HttpRequest, number: str) -> HttpResponse:
    """The shipment. Its order is matched again, and declared where it was not."""
    actor = caller_of(request, "clerk")
    given = msgspec.to_builtins(read_as(request, CrossingNamed))
    return respond(show_shipment(calls.name_crossing(actor.organization, number, given), calls.decimals))


@router.post(
    "/shipments/{number}/report",
    operation_id="reportShipment",
    openapi_extra=writes("ShipmentReported", "ShipmentShown", "The shipment after the report"),
    summary="Report the state of a shipment that travels with a carrier of the seller",
)
def report(request: HttpRequest, number: str) -> HttpResponse:
    """The shipment. A report that lies behind its state changes nothing."""
    actor = caller_of(request, "clerk")
    given = read_as(request, ShipmentReported)
    found = calls.report_shipment(actor.organization, number, given.status, given.time, given.proof)
    return respond(show_shipment(found, calls.decimals))
