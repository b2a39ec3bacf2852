"""`/v1/webhook_endpoints`: where the organization receives its events, and the log of what was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.connect.webhooks.addresses import UnsafeAddress
from entrepot.store import webhooks as rows
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ports import NotFound
from entrepot.trade.webhooks import Endpoint
from entrepot.trade_app import webhooks
from entrepot.web.api.trade.requests import (
    LISTED,
    Limit,
    caller_of,
    key_of,
    lists,
    read_as,
    reads,
    respond,
    respond_list,
    writes,
)
from entrepot.web.http.errors import Refused
from entrepot.web.trade.bodies import EndpointChanged, EndpointWritten, Resent
from entrepot.web.trade.shown import DeliveryShown, EndpointCreated, EndpointDeleted, EndpointShown

router = Router(tags=["trade"])


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """The fields of an endpoint."""
    since = endpoint.failing_since
    return {
        "id": endpoint.id,
        "created": timestamp(endpoint.created),
        "url": endpoint.url,
        "kinds": endpoint.kinds,
        "description": endpoint.description,
        "status": endpoint.status,
        "failing_since": timestamp(since) if since else None,
        "why": endpoint.why,
    }


@router.post(
    "/webhook_endpoints",
    operation_id="createWebhookEndpoint",
    openapi_extra=writes("EndpointWritten", "EndpointCreated", "The endpoint with its secret", found=False, key=True),
    summary="Create a webhook endpoint",
)
def create(request: HttpRequest) -> HttpResponse:
    """The endpoint, with its secret: no other answer has it. With an `Idempotency-Key` it is created once."""
    actor = caller_of(request, "manager")
    given = read_as(request, EndpointWritten)
    now = dt.datetime.now(dt.UTC)
    with _checked():
        endpoint, secret = webhooks.create(
            actor.organization, given.url, given.kinds, given.description, now, key=key_of(request)
        )
    return respond(EndpointCreated(**shown(endpoint), secret=secret))


@router.get(
    "/webhook_endpoints",
    operation_id="listWebhookEndpoints",
    openapi_extra=lists("EndpointShown", "The endpoints, the newest first"),
    summary="List the webhook endpoints of the organization",
)
def list_endpoints(request: HttpRequest) -> HttpResponse:
    """All endpoints: an organization has at most 20."""
    found = rows.list_endpoints(caller_of(request).organization)
    return respond_list((EndpointShown(**shown(each)) for each in found), more=False)


@router.get(
    "/webhook_endpoints/{number}",
    operation_id="getWebhookEndpoint",
    openapi_extra=reads("EndpointShown", "The endpoint"),
    summary="Read a webhook endpoint",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The endpoint, without its secret."""
    return respond(EndpointShown(**shown(_found(number, caller_of(request).organization))))


@router.post(
    "/webhook_endpoints/{number}",
    operation_id="updateWebhookEndpoint",
    openapi_extra=writes("EndpointChanged", "EndpointShown", "The endpoint after the change"),
    summary="Change, disable or enable a webhook endpoint",
)
def update(request: HttpRequest, number: str) -> HttpResponse:
    """The endpoint after the change."""
    actor = caller_of(request, "manager")
    _found(number, actor.organization)
    changed = msgspec.to_builtins(read_as(request, EndpointChanged))
    with _checked():
        endpoint = webhooks.change(number, actor.organization, **changed) if changed else None
    return respond(EndpointShown(**shown(endpoint or _found(number, actor.organization))))


@router.delete(
    "/webhook_endpoints/{number}",
    operation_id="deleteWebhookEndpoint",
    openapi_extra=reads("EndpointDeleted", "The endpoint was deleted"),
    summary="Delete a webhook endpoint and its log",
)
def delete(request: HttpRequest, number: str) -> HttpResponse:
    """Nothing more is sent to the endpoint."""
    actor = caller_of(request, "manager")
    if not rows.delete_endpoint(number, actor.organization):
        raise NotFound(number)
    return respond(EndpointDeleted(id=number))


@router.post(
    "/webhook_endpoints/{number}/secret",
    operation_id="replaceWebhookSecret",
    openapi_extra=writes(None, "EndpointCreated", "The endpoint with its new secret"),
    summary="Replace the secret of a webhook endpoint",
)
def replace_secret(request: HttpRequest, number: str) -> HttpResponse:
    """A new secret. For 24 hours webhooks are signed with both."""
    actor = caller_of(request, "manager")
    endpoint = _found(number, actor.organization)
    secret = webhooks.replace_secret(number, actor.organization, dt.datetime.now(dt.UTC))
    return respond(EndpointCreated(**shown(endpoint), secret=secret or ""))


@router.get(
    "/webhook_endpoints/{number}/deliveries",
    operation_id="listWebhookDeliveries",
    openapi_extra=lists("DeliveryShown", "A page of the attempts, the newest first", of=True),
    summary="List what was sent to a webhook endpoint",
)
def list_deliveries(
    request: HttpRequest,
    number: str,
    limit: Limit = LISTED,
    starting_after: str | None = Query(None, max_length=20, description="the last id of the previous page"),
    event: str | None = Query(None, max_length=40, description="only attempts to send this event"),
) -> HttpResponse:
    """The attempts of the last 90 days."""
    _found(number, caller_of(request).organization)
    before = int(starting_after) if starting_after and starting_after.isascii() and starting_after.isdigit() else None
    if starting_after is not None and before is None:
        message = "This is not the id of a delivery. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after")
    found = rows.deliveries(number, event=event, before=before, limit=limit + 1)
    return respond_list(map(show_delivery, found[:limit]), more=len(found) > limit)


@router.post(
    "/webhook_endpoints/{number}/resend",
    operation_id="resendWebhook",
    openapi_extra=writes("Resent", "EndpointShown", "The event will be sent again"),
    summary="Send an event to a webhook endpoint again",
)
def resend(request: HttpRequest, number: str) -> HttpResponse:
    """The event is sent again as soon as possible, with the same `webhook-id`."""
    actor = caller_of(request, "manager")
    endpoint = _found(number, actor.organization)
    given = read_as(request, Resent)
    if not rows.resend(number, given.event, dt.datetime.now(dt.UTC)):
        message = "This event was never sent to this endpoint. Read it at /v1/events."
        raise Refused(404, "invalid_request_error", "not_found", message, "event")
    return respond(EndpointShown(**shown(endpoint)))


def show_delivery(delivery: rows.Delivery) -> DeliveryShown:
    """An attempt as the API shows it."""
    return DeliveryShown(
        id=str(delivery.id),
        created=timestamp(delivery.time),
        event=delivery.event,
        type=delivery.kind,
        attempt=delivery.attempt,
        ok=delivery.ok,
        status=delivery.status,
        milliseconds=delivery.milliseconds,
        detail=delivery.detail,
    )


def _found(number: str, organization: str) -> Endpoint:
    endpoint = rows.find_endpoint(number, organization)
    if endpoint is None:
        raise NotFound(number)
    return endpoint


@contextmanager
def _checked() -> Iterator[None]:
    """What is not valid in an endpoint is a 422."""
    try:
        yield
    except rows.TooMany:
        message = f"An organization has at most {rows.MAX_ENDPOINTS} endpoints. Delete one."
        raise Refused(422, "invalid_request_error", "too_many", message) from None
    except UnsafeAddress as error:
        raise Refused(422, "invalid_request_error", "unsafe_address", str(error), "url") from None
    except ValueError as error:
        raise Refused(422, "invalid_request_error", "invalid", str(error)) from None
