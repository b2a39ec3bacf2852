"""`/v1/deliveries`: deliveries of services: read, consent, accept, object, cancel, and tokens that open sessions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import TOKEN_SECONDS
from entrepot.trade_app.services import deliveries
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    caller_of,
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
from entrepot.web.trade.delivery_shapes import (
    ConsentGiven,
    DeliveryObjected,
    DeliveryToken,
    TokenAsked,
    show_deliveries,
)

router = Router(tags=["trade"])


def _respond(found: Delivery) -> HttpResponse:
    return respond(show_deliveries(calls.books(), [found], calls.decimals)[0])


@router.get(
    "/deliveries",
    operation_id="listDeliveries",
    openapi_extra=lists("ServiceDeliveryShown", "A page of the deliveries, the newest first"),
    summary="List the deliveries of services of the organization, as provider or buyer",
)
def list_deliveries(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only deliveries with this status"),
) -> HttpResponse:
    """The deliveries."""
    _actor, found, more = list_objects(request, "dl_", limit, starting_after, status)
    return respond_list(show_deliveries(calls.books(), found, calls.decimals), more=more)


@router.get(
    "/deliveries/{number}",
    operation_id="getDelivery",
    openapi_extra=reads("ServiceDeliveryShown", "The delivery"),
    summary="Read a delivery of a service",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery: what the law of both economies says, what it waits for, what happened, and its terms."""
    return _respond(deliveries.find(caller_of(request).organization, number))


@router.post(
    "/deliveries/{number}/consent",
    operation_id="consentToDelivery",
    openapi_extra=writes("ConsentGiven", "ServiceDeliveryShown", "The delivery"),
    summary="Consent to what a delivery asks for, as its buyer, or withdraw the consent",
)
def consent(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. A withdrawal closes it at once, also in the middle of a session.

    A key has no person: the consent is recorded as given by the organization, which has asked the person.
    """
    organization = caller_of(request, "clerk").organization
    given = read_as(request, ConsentGiven)
    if given.withdraw:
        return _respond(deliveries.withdraw_consent(organization, number, organization))
    deliveries.find(organization, number)
    if not given.text:
        message = "The field text is missing: the version of the text of the consent that the person was shown."
        raise Refused(422, "invalid_request_error", "field_missing", message, "text")
    return _respond(
        deliveries.consent(organization, number, organization, given.text, guardian=given.guardian),
    )


@router.post(
    "/deliveries/{number}/accept",
    operation_id="acceptDelivery",
    openapi_extra=writes(None, "ServiceDeliveryShown", "The delivery, accepted"),
    summary="Accept a delivery, as its buyer",
)
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. Also an objection ends in this way."""
    return _respond(deliveries.accept(caller_of(request, "clerk").organization, number))


@router.post(
    "/deliveries/{number}/object",
    operation_id="objectToDelivery",
    openapi_extra=writes("DeliveryObjected", "ServiceDeliveryShown", "The delivery, objected to"),
    summary="Object to a delivery, as its buyer, before it is accepted",
)
def object_to(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. The provider pays it back (`cancel`), the operator decides, or the buyer accepts after all."""
    organization = caller_of(request, "clerk").organization
    given = read_as(request, DeliveryObjected)
    return _respond(deliveries.object_to(organization, number, given.reason))


@router.post(
    "/deliveries/{number}/cancel",
    operation_id="cancelDelivery",
    openapi_extra=writes(None, "ServiceDeliveryShown", "The delivery, cancelled"),
    summary="Cancel a delivery",
)
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. A buyer is paid back what the terms say, before it has begun; from the provider, everything."""
    return _respond(deliveries.cancel(caller_of(request, "manager").organization, number))


@router.post(
    "/deliveries/{number}/no_show",
    operation_id="reportNoShow",
    openapi_extra=writes(None, "ServiceDeliveryShown", "The delivery after the report"),
    summary="Report that the other side of a delivery did not come, after its start",
)
def no_show(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. A buyer who did not come is paid back what the terms say; a missing provider pays everything."""
    return _respond(deliveries.report_no_show(caller_of(request, "clerk").organization, number))


@router.post(
    "/deliveries/{number}/finish",
    operation_id="finishDelivery",
    openapi_extra=writes(None, "ServiceDeliveryShown", "The delivery, delivered"),
    summary="Say that a service was delivered, as its provider",
)
def finish(request: HttpRequest, number: str) -> HttpResponse:
    """The delivery. Its buyer accepts it or objects until `accept_until`."""
    return _respond(deliveries.finish(caller_of(request, "clerk").organization, number))


@router.post(
    "/deliveries/{number}/tokens",
    operation_id="createDeliveryToken",
    openapi_extra=writes("TokenAsked", "DeliveryToken", "The token"),
    summary="Make a token that opens a session of a delivery once",
)
def token(request: HttpRequest, number: str) -> HttpResponse:
    """The token, for the caller's own side. It opens one session, once."""
    organization = caller_of(request, "clerk").organization
    given = read_optional(request, TokenAsked)
    audience = given.audience or deliveries.find(organization, number).kind
    made = deliveries.own_token(organization, number, audience)
    return respond(DeliveryToken(delivery=number, audience=audience, token=made, expires_in=TOKEN_SECONDS))  # type: ignore[arg-type]  # one of its kinds
