"""`/v1/events`: what happened to the objects of the organization, as webhooks send it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.store import webhooks as rows
from entrepot.trade import webhooks
from entrepot.trade.ports import NotFound
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    caller_of,
    lists,
    reads,
    respond,
    respond_list,
)
from entrepot.web.http.errors import Refused

router = Router(tags=["trade"])


@router.get(
    "/events",
    operation_id="listEvents",
    openapi_extra=lists("EventShown", "A page of the events, the newest first"),
    summary="List the events of the organization's objects",
)
def list_events(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    kind: str | None = Query(None, alias="type", max_length=100, description="order.placed, or order.*"),
    subject: str | None = Query(None, max_length=60, description="only events of this object"),
) -> HttpResponse:
    """The events. They are kept for ever, so a receiver that missed webhooks can catch up here."""
    organization = caller_of(request).organization
    before = None
    if starting_after is not None and (before := rows.position_of(organization, starting_after)) is None:
        message = "There is no such event of this organization. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after")
    if kind is not None:
        try:
            webhooks.read_kinds([kind])
        except ValueError as error:
            raise Refused(422, "invalid_request_error", "invalid", str(error), "type") from None
    found = rows.list_events(organization, before=before, kind=kind or "", subject=subject or "", limit=limit + 1)
    return respond_list((webhooks.shown(event) for _position, event in found[:limit]), more=len(found) > limit)


@router.get(
    "/events/{number}",
    operation_id="getEvent",
    openapi_extra=reads("EventShown", "The event"),
    summary="Read an event",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The event."""
    organization = caller_of(request).organization
    event = rows.find_event(number)
    if event is None or rows.position_of(organization, number) is None:
        raise NotFound(number)
    return respond(webhooks.shown(event))
