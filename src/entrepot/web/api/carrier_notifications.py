"""`/v1/carrier/notifications`: where the carrier tells what happens to parcels. It is no client of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.trade.carrier import NotificationRefused
from entrepot.trade_app import carrier_channel, carrier_connection
from entrepot.web.api.read_body import read_raw
from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE, Caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.proxies import address_of
from entrepot.web.http.rate_limit import count_request

router = Router(tags=["carrier"])
#: Bytes of a notification of the carrier.
MOST_BYTES = 256 << 10


@router.post("/carrier/notifications", include_in_schema=False)
def carrier_notification(request: HttpRequest) -> HttpResponse:
    """Record a notification of the carrier, whose signature is its authorisation.

    One about a parcel that is not known yet is answered with 409: the carrier sends it again.
    """
    body = read_raw(request, MOST_BYTES)
    carriage = carrier_connection.open_carriage()
    if carriage is None:
        raise Refused(404, "invalid_request_error", "not_found", "This node has no carrier.")
    try:
        known = carrier_channel.notified(carriage, {name.lower(): each for name, each in request.headers.items()}, body)
    except NotificationRefused as error:
        _count(request)
        raise Refused(400, "invalid_request_error", "notification_refused", str(error)) from None
    if not known:
        raise Refused(409, "invalid_request_error", "not_known_yet", "The parcel is not known yet. Send it again.")
    return json_response({"object": "notification"})


def _count(request: HttpRequest) -> None:
    """Count a request that was not authorised: guesses are limited by address."""
    count_request(Caller(None, f"notifications {address_of(request)}", frozenset(), ANONYMOUS_PER_MINUTE))
