"""`/v1/payments/notifications/…`: where payment providers send their notifications. They are not clients of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path

from entrepot.model.errors import in_quotes
from entrepot.trade.payments.provider import NotificationRefused
from entrepot.trade.ports import NotFound
from entrepot.trade_app import payments_channel
from entrepot.web.api.read_body import read_raw
from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE, Caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.proxies import address_of
from entrepot.web.http.rate_limit import count_request

router = Router(tags=["payments"])
#: Bytes of a notification.
MOST_BYTES = 256 << 10
PROVIDER = Path(..., max_length=40)


@router.post("/payments/notifications/{provider}", include_in_schema=False)
def receive(request: HttpRequest, provider: str = PROVIDER) -> HttpResponse:
    """Record a notification, whose signature is its authorisation. It is on the disk before it is acknowledged.

    Those that are signed are not counted: a provider may have much to tell. What is not signed is, by address.
    """
    body = read_raw(request, MOST_BYTES)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        found = payments_channel.notified(provider, body, headers)
    except NotFound:
        message = f"{in_quotes(provider)} is not the payment provider of this node."
        raise Refused(404, "invalid_request_error", "not_found", message) from None
    except NotificationRefused as error:
        count_request(Caller(None, f"notifications {address_of(request)}", frozenset(), ANONYMOUS_PER_MINUTE))
        raise Refused(400, "invalid_request_error", error.code, str(error)) from None
    # Nothing of the payment: whoever has an old notification could send it again to read it.
    return json_response({"object": "notification", "outcome": found.outcome})
