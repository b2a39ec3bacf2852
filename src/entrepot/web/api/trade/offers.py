"""`/v1/offers`: what the organization sells."""

from __future__ import annotations

from typing import Any

import msgspec
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
    reads,
    respond,
    respond_list,
    seller_of,
    writes,
)
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import OfferChanged, OfferWritten
from entrepot.web.trade.shapes import OfferShown
from entrepot.web.trade.show import show_offers

router = Router(tags=["trade"])


def _shown(offer: Any) -> OfferShown:
    return show_offers(calls.books(), [offer], calls.decimals)[0]


@router.post(
    "/offers",
    operation_id="createOffer",
    openapi_extra=writes("OfferWritten", "OfferShown", "The offer", found=False, key=True),
    summary="Create an offer",
)
def create(request: HttpRequest) -> HttpResponse:
    """An offer of the organization. With an `Idempotency-Key` it is created once."""
    actor = seller_of(request)
    given = msgspec.to_builtins(read_as(request, OfferWritten))
    return respond(_shown(calls.create_offer(actor.organization, given, key_of(request))))


@router.get(
    "/offers",
    operation_id="listOffers",
    openapi_extra=lists("OfferShown", "A page of the offers of the organization, the newest first"),
    summary="List the offers of the organization",
)
def list_offers(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only offers with this status"),
) -> HttpResponse:
    """The offers, with the pieces that can still be ordered."""
    _actor, found, more = list_objects(request, "of_", limit, starting_after, status)
    return respond_list(show_offers(calls.books(), found, calls.decimals), more=more)


@router.get(
    "/offers/{number}",
    operation_id="getOffer",
    openapi_extra=reads("OfferShown", "The offer"),
    summary="Read an offer of the organization",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The offer, with the pieces that can still be ordered."""
    return respond(_shown(calls.find(number, "of_", caller_of(request).organization)))


@router.post(
    "/offers/{number}",
    operation_id="updateOffer",
    openapi_extra=writes("OfferChanged", "OfferShown", "The offer after the change"),
    summary="Change an offer, its stock or its status",
)
def update(request: HttpRequest, number: str) -> HttpResponse:
    """The offer after the change. Orders that were placed keep what was sold."""
    actor = caller_of(request, "clerk")
    given = msgspec.to_builtins(read_as(request, OfferChanged))
    return respond(_shown(calls.update_offer(actor.organization, number, given)))
