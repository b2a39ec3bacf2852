"""`/v1/payments`, `/v1/shipments`, `/v1/declarations`: the objects of an order, to read."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.web.api.trade.requests import caller_of, reads, respond
from entrepot.web.trade import calls
from entrepot.web.trade.show import SHOW, show_payment

router = Router(tags=["trade"])


def _read(request: HttpRequest, number: str, prefix: str) -> HttpResponse:
    return respond(SHOW[prefix](calls.find(number, prefix, caller_of(request).organization), calls.decimals))


@router.get(
    "/payments/{number}",
    operation_id="getPayment",
    openapi_extra=reads("PaymentShown", "The payment"),
    summary="Read a payment, with its refunds and disputes",
)
def payment(request: HttpRequest, number: str) -> HttpResponse:
    """The payment. For its buyer, with what the provider asks for, once the provider has answered."""
    organization = caller_of(request).organization
    found = calls.find(number, "py_", organization)
    shown = msgspec.structs.replace(show_payment(found, calls.decimals), action=calls.action_of(found, organization))
    return respond(shown)


@router.get(
    "/shipments/{number}",
    operation_id="getShipment",
    openapi_extra=reads("ShipmentShown", "The shipment"),
    summary="Read a shipment",
)
def shipment(request: HttpRequest, number: str) -> HttpResponse:
    """The shipment."""
    return _read(request, number, "sh_")


@router.get(
    "/declarations/{number}",
    operation_id="getDeclaration",
    openapi_extra=reads("DeclarationShown", "The declaration"),
    summary="Read a declaration, with the answers of customs and the tax bills",
)
def declaration(request: HttpRequest, number: str) -> HttpResponse:
    """The declaration."""
    return _read(request, number, "de_")
