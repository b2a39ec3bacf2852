"""`/v1/orders`: place, read, correct, cancel, pay and declare orders, and accept their new quotes."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot import stored_quotes
from entrepot.trade.orders import Order
from entrepot.trade.payments.commands import Means
from entrepot.trade.ports import NotFound
from entrepot.web.api import openapi
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    caller_of,
    key_of,
    list_objects,
    lists,
    read_as,
    read_optional,
    reads,
    respond,
    respond_list,
    writes,
)
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.quotes.idempotency import read_key
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import (
    Cancelled,
    CheckoutAsked,
    OrderCorrected,
    OrderRefunded,
    OrderWritten,
    Paid,
    QuoteAccepted,
    ServiceAccepted,
    ServiceObjected,
)
from entrepot.web.trade.show import show_checkout, show_checkout_quote, show_order, show_payment

router = Router(tags=["trade"])
_QUOTE = {
    **writes(None, "OrderShown", ""),
    "responses": openapi.responses(
        {"allOf": [openapi.reference("Quote"), openapi.reference("Kept")]},
        says="The new quote: accept it by its id and hash",
        faults={404: "the organization has not placed such an order", 422: "the sale cannot be quoted any more"},
    ),
}

_MATCH = {
    "responses": openapi.responses(
        {"type": "object", "description": "each rule with what it compares, its outcome, source and trust"},
        says="The match",
        faults={404: "there is no such order of the organization", 422: "the order is not declared on a list here"},
    ),
}
_DECLARATION = {
    "responses": openapi.responses(
        {"type": "object", "description": "the boxes, each with its value or who adds it"},
        says="The boxes of the declaration",
        faults={
            404: "there is no such order of the organization",
            422: "it is no ordinary import into China",
        },
    ),
}


def _respond_order(order: Order, viewer: str) -> HttpResponse:
    return respond(show_order(order, calls.decimals, calls.waits_of([order]).get(order.id, ()), viewer))


@router.post(
    "/checkouts",
    operation_id="quoteCheckout",
    openapi_extra=writes("CheckoutAsked", "CheckoutQuoted", "The orders that would be placed", found=False),
    summary="Quote what would be ordered, divided into orders",
)
def quote_checkout(request: HttpRequest) -> HttpResponse:
    """The orders that would be placed, with what the buyer pays for each. Nothing is reserved; the quotes are stored.

    What could not be placed is refused with the same code, except for stock and annual limits, which only an order
    takes.
    """
    actor = caller_of(request, "clerk")
    checkout = calls.prepare_orders(actor.organization, msgspec.to_builtins(read_as(request, CheckoutAsked)))
    calls.check_buyer(checkout)
    return respond(show_checkout_quote(checkout, calls.decimals))


@router.post(
    "/orders",
    operation_id="placeOrders",
    openapi_extra=writes("OrderWritten", "CheckoutShown", "The orders", found=False, key=True),
    summary="Place the orders of a checkout",
)
def place(request: HttpRequest) -> HttpResponse:
    """The orders, all or none: stock and annual limit are reserved, and the quotes with their law are locked in."""
    actor = caller_of(request, "clerk")
    given = msgspec.to_builtins(read_as(request, OrderWritten))
    return respond(
        show_checkout(calls.place_orders(actor.organization, given, read_key(request) or ""), calls.decimals)
    )


@router.get(
    "/orders",
    operation_id="listOrders",
    openapi_extra=lists("OrderShown", "A page of the orders, the newest first"),
    summary="List the orders of the organization, as buyer or seller",
)
def list_orders(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only orders with this status"),
) -> HttpResponse:
    """The orders."""
    actor, found, more = list_objects(request, "or_", limit, starting_after, status)
    waits = calls.waits_of(found)
    shown = (show_order(each, calls.decimals, waits.get(each.id, ()), actor.organization) for each in found)
    return respond_list(shown, more=more)


@router.get(
    "/orders/{number}",
    operation_id="getOrder",
    openapi_extra=reads("OrderShown", "The order"),
    summary="Read an order",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The order, with the statuses of its objects."""
    organization = caller_of(request).organization
    return _respond_order(calls.find(number, "or_", organization), organization)


@router.get(
    "/orders/{number}/general_declaration",
    operation_id="getGeneralDeclaration",
    openapi_extra=_DECLARATION,
    summary="The data of the general declaration of an order, for a broker",
)
def general_declaration(
    request: HttpRequest,
    number: str,
    file: str = Query("json", pattern="^(json|csv)$", description="json, or csv with one row for each box"),
) -> HttpResponse:
    """What follows from the order of an ordinary import into China, and for every other box who adds it."""
    order = calls.find(number, "or_", caller_of(request).organization)
    found = calls.broker_file(order)
    body, kind = (found.to_csv(), "text/csv") if file == "csv" else (found.to_json(), "application/json")
    return HttpResponse(body, content_type=f"{kind}; charset=utf-8")


@router.get(
    "/orders/{number}/match",
    operation_id="getMatch",
    openapi_extra=_MATCH,
    summary="The match of order, payment, waybill and list, rule by rule",
)
def match(request: HttpRequest, number: str) -> HttpResponse:
    """The documents as they would be sent to customs now, against each other. Personal values are hidden."""
    order = calls.find(number, "or_", caller_of(request).organization)
    return json_response({"object": "match", "order": number, **msgspec.to_builtins(calls.match_order(order))})


@router.post(
    "/orders/{number}/cancel",
    operation_id="cancelOrder",
    openapi_extra=writes("Cancelled", "OrderShown", "The order, cancelled or waiting for customs or the other node"),
    summary="Cancel an order, or one service of it at another node",
)
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """The order. After its list was declared, customs is asked first.

    With `delivery`, the other node is asked to cancel that service by the terms of its seller; `cancellations` of the
    order says what it answers.
    """
    actor = caller_of(request, "manager")
    given = read_optional(request, Cancelled)
    if given.delivery is None and given.refund_percent is not None:  # the whole order is not meant
        raise Refused(422, "invalid_request_error", "invalid", 'The field "delivery" is missing.', "delivery")
    if given.delivery is not None:
        asked = calls.cancel_service(actor.organization, number, given.delivery, given.refund_percent)
        return _respond_order(asked, actor.organization)
    return _respond_order(calls.cancel_order(actor.organization, number, given.reason), actor.organization)


@router.post(
    "/orders/{number}/object",
    operation_id="objectToService",
    openapi_extra=writes("ServiceObjected", "OrderShown", "The order, whose objection is told to the other node"),
    summary="Object to a service of an order of another node, as its buyer",
)
def object_to_service(request: HttpRequest, number: str) -> HttpResponse:
    """The order. Its `objections` say what the other node answers; what goes back is paid back as the terms say.

    A service of this node has an operation of its own: `objectToDelivery`.
    """
    organization = caller_of(request, "clerk").organization
    given = read_as(request, ServiceObjected)
    return _respond_order(calls.object_to_service(organization, number, given.delivery, given.reason), organization)


@router.post(
    "/orders/{number}/accept_service",
    operation_id="acceptService",
    openapi_extra=writes("ServiceAccepted", "OrderShown", "The order, whose acceptance is told to the other node"),
    summary="Accept a service of an order of another node, as its buyer",
)
def accept_service(request: HttpRequest, number: str) -> HttpResponse:
    """The order. Its `acceptances` say what the other node answers. Also an objection ends in this way.

    A service of this node has an operation of its own: `acceptDelivery`.
    """
    organization = caller_of(request, "clerk").organization
    given = read_as(request, ServiceAccepted)
    return _respond_order(calls.accept_service(organization, number, given.delivery), organization)


@router.post(
    "/orders/{number}/refund",
    operation_id="refundOrder",
    openapi_extra=writes("OrderRefunded", "PaymentShown", "The payment with the refund", key=True, other="OrderShown"),
    summary="Pay a part of the price of the goods back, as the seller, without a return",
)
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """The payment. At most what the seller still has of the price of the goods; duties and taxes stay.

    Of an order of another node's buyer, which that node pays back, the order: its `goodwills` say how much it has paid.
    """
    actor = caller_of(request, "manager")
    given = read_as(request, OrderRefunded)
    found = calls.refund_order(actor.organization, number, given.amount, given.reason, key_of(request))
    if isinstance(found, Order):
        return _respond_order(found, actor.organization)
    return respond(show_payment(found, calls.decimals))


@router.post(
    "/orders/{number}/correct",
    operation_id="correctOrder",
    openapi_extra=writes("OrderCorrected", "OrderShown", "The order with the corrected data"),
    summary="Correct the data of an order before it is declared",
)
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """The order. Its buyer corrects the contact, its seller what customs reads of the goods, at the same price."""
    actor = caller_of(request, "clerk")
    given = read_as(request, OrderCorrected)
    lines: dict[int, dict[str, Any]] = {}
    for at, each in enumerate(given.lines):
        if each.line in lines:
            message = f"The correction names line {each.line} twice. Name each line once."
            raise Refused(422, "invalid_request_error", "correction_line", message, f"lines[{at}].line")
        lines[each.line] = {name: value for name, value in msgspec.to_builtins(each).items() if name != "line"}
    return _respond_order(calls.correct_order(actor.organization, number, given.contact, lines), actor.organization)


@router.post(
    "/orders/{number}/declare",
    operation_id="declareOrder",
    openapi_extra=writes(None, "OrderShown", "The order"),
    summary="Declare an order again, as the seller: after its documents were corrected or refused",
)
def declare(request: HttpRequest, number: str) -> HttpResponse:
    """The order. It is matched again if it is not declared; what customs refused of its declaration is sent again."""
    actor = caller_of(request, "clerk")
    return _respond_order(calls.declare_order(actor.organization, number), actor.organization)


@router.post(
    "/orders/{number}/quote",
    operation_id="quoteOrder",
    openapi_extra=_QUOTE,
    summary="Make a new quote for an order that is not paid",
)
def quote(request: HttpRequest, number: str) -> HttpResponse:
    """A new quote, where the law changed or the quote expired before the payment."""
    actor = caller_of(request, "clerk")
    row = stored_quotes.find_row(calls.quote_order(actor.organization, number).id)
    if row is None:  # it was deleted in this moment
        raise NotFound(number)
    return respond(stored_quotes.in_language(stored_quotes.stored_json(row)))


@router.post(
    "/orders/{number}/accept",
    operation_id="acceptQuote",
    openapi_extra=writes("QuoteAccepted", "OrderShown", "The order with the new quote"),
    summary="Accept a new quote for an order",
)
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """The order, locked to the new quote. The ledger keeps the hash of both quotes."""
    actor = caller_of(request, "clerk")
    given = read_as(request, QuoteAccepted)
    order = calls.accept_quote(actor.organization, number, given.quote, given.hash, given.assertions)
    return _respond_order(order, actor.organization)


@router.post(
    "/orders/{number}/pay",
    operation_id="payOrder",
    openapi_extra=writes("Paid", "PaymentShown", "The payment that began", key=True),
    summary="Begin to pay an order",
)
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """The payment. Where the law changed or the quote expired, 409: a new quote must be accepted first."""
    actor = caller_of(request, "clerk")
    means = msgspec.convert(msgspec.to_builtins(read_as(request, Paid)), Means)
    found = calls.pay_order(actor.organization, number, means, key_of(request))
    if found.payment is None:
        message = (
            f"{number} needs a new quote before it is paid. Ask for one at /v1/orders/{number}/quote and accept it."
        )
        raise Refused(409, "invalid_request_error", "requote_needed", message)
    return respond(show_payment(found.payment, calls.decimals))
