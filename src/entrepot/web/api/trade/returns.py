"""`/v1/returns`: apply for returns, read them, record that the goods are back, and refuse them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

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
from entrepot.web.http.errors import Refused
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import ReturnReceived, ReturnRefused, ReturnWritten
from entrepot.web.trade.show import show_return

router = Router(tags=["trade"])


@router.post(
    "/returns",
    operation_id="applyForReturn",
    openapi_extra=writes("ReturnWritten", "ReturnShown", "The return", key=True),
    summary="Apply for the return of pieces of an order",
)
def apply(request: HttpRequest) -> HttpResponse:
    """The return. For goods that customs released at retail, customs is asked: within 30 days after the release."""
    actor = caller_of(request, "clerk")
    given = read_as(request, ReturnWritten)
    pieces: dict[int, int] = {}
    for at, each in enumerate(given.lines):
        if each.line in pieces:
            message = f"The return names line {each.line} twice. Name each line once."
            raise Refused(422, "invalid_request_error", "return_repeated_line", message, f"lines[{at}].line")
        pieces[each.line] = each.quantity
    found = calls.apply_for_return(actor.organization, given.order, pieces, given.reason, key_of(request))
    return respond(show_return(found, calls.decimals))


@router.get(
    "/returns",
    operation_id="listReturns",
    openapi_extra=lists("ReturnShown", "A page of the returns, the newest first"),
    summary="List the returns of the organization's orders",
)
def list_returns(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only returns with this status"),
) -> HttpResponse:
    """The returns."""
    _actor, found, more = list_objects(request, "re_", limit, starting_after, status)
    return respond_list((show_return(each, calls.decimals) for each in found), more=more)


@router.get(
    "/returns/{number}",
    operation_id="getReturn",
    openapi_extra=reads("ReturnShown", "The return"),
    summary="Read a return",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The return."""
    return respond(show_return(calls.find(number, "re_", caller_of(request).organization), calls.decimals))


@router.post(
    "/returns/{number}/receive",
    operation_id="receiveReturn",
    openapi_extra=writes("ReturnReceived", "ReturnShown", "The return after the arrival"),
    summary="Record that the goods of a return are back, as the seller",
)
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """The return. After the last day for the arrival it lapses: customs levies the tax."""
    actor = caller_of(request, "clerk")
    given = read_optional(request, ReturnReceived)
    found = calls.receive_return(actor.organization, number, restocked=given.restocked)
    return respond(show_return(found, calls.decimals))


@router.post(
    "/returns/{number}/refuse",
    operation_id="refuseReturn",
    openapi_extra=writes("ReturnRefused", "ReturnShown", "The return, refused"),
    summary="Refuse a return, as the seller",
)
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """The return. While customs is asked about goods that are not back, only customs ends it."""
    actor = caller_of(request, "clerk")
    given = read_as(request, ReturnRefused)
    return respond(show_return(calls.refuse_return(actor.organization, number, given.reason), calls.decimals))


@router.post(
    "/returns/{number}/withdraw",
    operation_id="withdrawReturn",
    openapi_extra=writes(None, "ReturnShown", "The return, withdrawn"),
    summary="Withdraw a return that customs was not asked about, as the buyer",
)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """The return."""
    actor = caller_of(request, "clerk")
    return respond(show_return(calls.withdraw_return(actor.organization, number), calls.decimals))
