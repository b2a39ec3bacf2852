"""`/v1/assets`, `/v1/bookings`: what is booked by time, its free times, and the bookings of an organization."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.trade.nodes.asset_times import has_asset_times
from entrepot.trade.nodes.times import has_times
from entrepot.trade.offers import Offer
from entrepot.trade_app.nodes import operating, times
from entrepot.trade_app.services import bookings
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
from entrepot.web.http.errors import Refused
from entrepot.web.trade import calls
from entrepot.web.trade.booking_shapes import (
    AssetChanged,
    AssetWritten,
    BookingChanged,
    BookingWritten,
    UseWritten,
    show_asset,
    show_booking,
    show_free_time,
    show_time_there,
)

router = Router(tags=["trade"])
#: Free times of one answer.
MAX_TIMES = 500
ONE_OF = "Name either an asset of this node, or an offer of another node."


@router.post(
    "/assets",
    operation_id="createAsset",
    openapi_extra=writes("AssetWritten", "AssetShown", "The asset", found=False, key=True),
    summary="Create an asset that is booked by time, as a seller",
)
def create(request: HttpRequest) -> HttpResponse:
    """An asset of the organization. Its offers of times that name no delivery are delivered as bookings from now on."""
    actor = seller_of(request)
    given = msgspec.to_builtins(read_as(request, AssetWritten))
    return respond(show_asset(bookings.create_asset(actor.organization, given, key_of(request))))


@router.get(
    "/assets",
    operation_id="listAssets",
    openapi_extra=lists("AssetShown", "A page of the assets of the organization, the newest first"),
    summary="List the assets of the organization",
)
def list_assets(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only assets with this status"),
) -> HttpResponse:
    """The assets."""
    _actor, found, more = list_objects(request, "as_", limit, starting_after, status)
    return respond_list((show_asset(each) for each in found), more=more)


@router.get(
    "/assets/{number}",
    operation_id="getAsset",
    openapi_extra=reads("AssetShown", "The asset"),
    summary="Read an asset of the organization",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The asset."""
    return respond(show_asset(calls.find(number, "as_", caller_of(request).organization)))


@router.post(
    "/assets/{number}",
    operation_id="updateAsset",
    openapi_extra=writes("AssetChanged", "AssetShown", "The asset after the change"),
    summary="Change an asset, its opening, its prices or its status",
)
def update(request: HttpRequest, number: str) -> HttpResponse:
    """The asset after the change. Bookings keep their times and prices."""
    actor = caller_of(request, "clerk")
    given = msgspec.to_builtins(read_as(request, AssetChanged))
    return respond(show_asset(bookings.update_asset(actor.organization, number, given)))


@router.get(
    "/free_times",
    operation_id="listFreeTimes",
    openapi_extra=lists("FreeTimeShown", "The times that can be booked, in order"),
    summary="Search the free times of an asset of any organization",
)
def list_free_times(
    request: HttpRequest,
    asset: str = Query("", max_length=60, description="the asset, of this node"),
    offer: str = Query("", max_length=60, description="in its place: an offer of another node that is sold by time"),
    since: str = Query("", max_length=40, description="from this time on; else from now"),
    until: str = Query("", max_length=40, description="until this time; else for a week"),
    minutes: int = Query(0, ge=0, le=44_640, description="how long; else as short as the asset allows"),
) -> HttpResponse:
    """Times in which a booking may begin, with what they are sold as. At most 31 days are searched at a time.

    Those of an offer of another node are asked there: a week from `since` on.
    """
    caller_of(request)
    if bool(asset) == bool(offer):
        raise Refused(422, "invalid_request_error", "invalid", ONE_OF, "asset")
    if offer:
        found_there = times.free_there(operating.ask, _of_other_node(offer), times.read_since(since), minutes)
        return respond_list((show_time_there(each) for each in found_there.times), more=False)
    try:
        _asset, found = bookings.search(asset, since, until, minutes, MAX_TIMES + 1)
    except LookupError:
        message = "There is no such asset that can be booked."
        raise Refused(422, "invalid_request_error", "invalid", message, "asset") from None
    return respond_list((show_free_time(each) for each in found[:MAX_TIMES]), more=len(found) > MAX_TIMES)


@router.post(
    "/bookings",
    operation_id="holdTime",
    openapi_extra=writes("BookingWritten", "BookingShown", "The booking, held for 15 minutes", found=False, key=True),
    summary="Hold a time of an asset",
)
def hold(request: HttpRequest) -> HttpResponse:
    """A booking that is held for 15 minutes: order it with an item that names it. With a key it is held once.

    A time of an offer of another node is held there.
    """
    actor = caller_of(request, "clerk")
    given = read_as(request, BookingWritten)
    key = key_of(request)
    if bool(given.asset) == bool(given.offer):
        raise Refused(422, "invalid_request_error", "invalid", ONE_OF, "asset")
    if given.offer:
        copy, since = _of_other_node(given.offer), times.read_since(given.since)
        there = times.hold_there(operating.ask, actor.organization, copy, since, key or calls.new_key(), given.minutes)
        return respond(show_booking(there, calls.decimals))
    try:
        found = bookings.hold(actor.organization, given.asset, given.since, given.until, given.minutes, key)
    except LookupError:
        message = "There is no such asset that can be booked."
        raise Refused(422, "invalid_request_error", "invalid", message, "asset") from None
    return respond(show_booking(found, calls.decimals))


def _of_other_node(number: str) -> Offer:
    """The copy of an offer of another node that is sold by time. Raises Refused."""
    try:
        found = calls.books().read(number) if number.startswith("of_") else None
    except LookupError:
        found = None
    if not isinstance(found, Offer) or not (has_times(found) or has_asset_times(found)):
        message = "There is no such offer of another node that is sold by time."
        raise Refused(422, "invalid_request_error", "invalid", message, "offer")
    return found


@router.get(
    "/bookings",
    operation_id="listBookings",
    openapi_extra=lists("BookingShown", "A page of the bookings, the newest first"),
    summary="List the bookings of the organization, as buyer and as seller",
)
def list_bookings(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only bookings with this status"),
) -> HttpResponse:
    """The bookings."""
    _actor, found, more = list_objects(request, "bk_", limit, starting_after, status)
    return respond_list((show_booking(each, calls.decimals) for each in found), more=more)


@router.get(
    "/bookings/{number}",
    operation_id="getBooking",
    openapi_extra=reads("BookingShown", "The booking"),
    summary="Read a booking",
)
def read_booking(request: HttpRequest, number: str) -> HttpResponse:
    """The booking."""
    return respond(show_booking(calls.find(number, "bk_", caller_of(request).organization), calls.decimals))


@router.post(
    "/bookings/{number}",
    operation_id="updateBooking",
    openapi_extra=writes("BookingChanged", "BookingShown", "The booking after the change"),
    summary="Move a booking, check it in, finish or cancel it, settle its deposit",
)
def update_booking(request: HttpRequest, number: str) -> HttpResponse:
    """The booking after the change: at another time (`since`), in another state (`status`), its deposit settled."""
    actor = caller_of(request, "clerk")
    given = read_as(request, BookingChanged)
    found = bookings.find_booking(actor.organization, number)
    if sum(map(bool, (given.since, given.status, given.deposit_kept))) != 1:
        message = "Send either a time (since, until), a status, or what is kept of the deposit."
        raise Refused(422, "invalid_request_error", "invalid", message, "status")
    if given.since:
        found = bookings.change_time(actor.organization, number, given.since, given.until)
    elif given.deposit_kept:
        caller_of(request, "manager")
        found = bookings.settle_deposit(
            actor.organization, number, given.deposit_kept, given.deposit_reason, calls.decimals
        )
    else:
        if given.status == "cancelled" and found.status == "booked":
            caller_of(request, "manager")  # money goes back, as when a delivery or an order is cancelled
        found = bookings.set_status(actor.organization, number, given.status, given.reason)
    return respond(show_booking(found, calls.decimals))


@router.post(
    "/bookings/{number}/use",
    operation_id="recordUse",
    openapi_extra=writes("UseWritten", "BookingShown", "The booking with its metered use", key=True),
    summary="Record metered use of a booking, as the seller",
)
def use(request: HttpRequest, number: str) -> HttpResponse:
    """The booking. A record is never changed: a wrong one is corrected by another one. With a key it counts once."""
    actor = caller_of(request, "clerk")
    given = read_as(request, UseWritten)
    found = bookings.record_use(actor.organization, number, given.quantity, given.unit, key_of(request))
    return respond(show_booking(found, calls.decimals))
