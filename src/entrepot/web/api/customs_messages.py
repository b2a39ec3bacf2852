"""`/v1/customs/cn/messages`: where China's customs, its platform or a sandbox sends receipts and tax bills."""

from __future__ import annotations

import ipaddress
import os

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path

from entrepot.model.errors import TradeError
from entrepot.setting_names import CUSTOMS_CN
from entrepot.web.api.read_body import read_raw
from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE, Caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.proxies import address_of
from entrepot.web.http.rate_limit import count_request

router = Router(tags=["customs"])
#: Bytes of a message.
MOST_BYTES = 1 << 20
TOKEN = Path(..., max_length=200)


@router.post("/customs/cn/messages", include_in_schema=False)
def receive(request: HttpRequest) -> HttpResponse:
    """Record what customs sent. It is on the disk before it is acknowledged; the same message again changes nothing.

    Messages of customs are not signed: the sender shows the token of the settings. What is refused counts against the
    rate limit of the address.
    """
    if CUSTOMS_CN not in os.environ:
        raise Refused(404, "invalid_request_error", "not_found", "This node has no connection to China's customs.")
    # The libraries of signatures are large: they are loaded where there is a connection.
    from entrepot.connect.customs.cn.faults import MessageError  # noqa: PLC0415  # see above
    from entrepot.trade_app import customs_connection  # noqa: PLC0415  # see above

    if not customs_connection.may_send(request.headers.get("Authorization", ""), loopback=_is_loopback(request)):
        _count(request)
        message = "Send the token of the connection: Authorization: Bearer TOKEN."
        raise Refused(401, "invalid_request_error", "wrong_token", message)
    body = read_raw(request, MOST_BYTES)
    try:
        customs_connection.receive(body)
    except MessageError as error:
        _count(request)
        raise Refused(422, "invalid_request_error", error.code, str(error)) from None
    except TradeError as error:
        _count(request)
        raise Refused(409, "invalid_request_error", error.code, str(error)) from None
    return json_response({"object": "customs_message", "outcome": "taken"})


@router.post("/customs/cn/payment-data", include_in_schema=False)
def ask_payment_data(request: HttpRequest) -> HttpResponse:
    """A sandbox of customs on this machine asks for the payment data of an order."""
    return _ask(request, "")


@router.post("/customs/cn/payment-data/{token}", include_in_schema=False)
def ask_payment_data_with_token(request: HttpRequest, token: str = TOKEN) -> HttpResponse:
    """Customs asks for the payment data of an order, at the address that the platform has registered."""
    return _ask(request, token)


def _ask(request: HttpRequest, token: str) -> HttpResponse:
    """Acknowledge a request for payment data; they are sent afterwards. Who may not ask learns of no order."""
    if CUSTOMS_CN not in os.environ:
        raise Refused(404, "invalid_request_error", "not_found", "This node has no connection to China's customs.")
    from entrepot.connect.customs.cn.faults import MessageError  # noqa: PLC0415  # as above
    from entrepot.trade_app import customs_connection  # noqa: PLC0415  # as above

    if not customs_connection.may_ask_payment_data(token, loopback=_is_loopback(request)):
        _count(request)
        raise Refused(404, "invalid_request_error", "not_found", "There is nothing at this address.")
    try:
        answer = customs_connection.ask_payment_data(read_raw(request, MOST_BYTES))
    except MessageError as error:
        _count(request)
        raise Refused(422, "invalid_request_error", error.code, str(error)) from None
    return HttpResponse(answer, content_type="application/json; charset=utf-8")


def _is_loopback(request: HttpRequest) -> bool:
    """Whether a program of this machine asks: not a page in its browser, nor a proxy for somebody else."""
    if "Origin" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False  # an IPv6 network, or no address


def _count(request: HttpRequest) -> None:
    count_request(Caller(None, f"customs {address_of(request)}", frozenset(), ANONYMOUS_PER_MINUTE))
