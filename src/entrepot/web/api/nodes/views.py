"""The operations of federation by their addresses."""

from __future__ import annotations

import hashlib

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from entrepot.connect.http_signatures import HttpMessage
from entrepot.trade.nodes.messages import MAX_BYTES, refusal
from entrepot.trade.nodes.schemas import find_schema, list_schemas
from entrepot.trade.nodes.types import TYPES
from entrepot.trade_app.nodes import identity, wire
from entrepot.web.api.read_body import read_raw
from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import Caller
from entrepot.web.http.errors import JSON, Refused, unexpected_error_response
from entrepot.web.http.proxies import address_of

#: Requests a minute of one address.
PER_MINUTE = 120_000


@require_safe
def description(_request: HttpRequest) -> HttpResponse:
    """`/.well-known/entrepot`: the signed description of this node."""
    _check_on()
    return _public(identity.signed_description(), seconds=60)


@require_safe
def schemas(_request: HttpRequest) -> HttpResponse:
    """The types of messages that this node knows, with their versions and the addresses of their schemas."""
    _check_on()
    return _public(msgspec.json.encode(list_schemas(TYPES, identity.node().address)), seconds=3600)


@require_safe
def schema(_request: HttpRequest, name: str) -> HttpResponse:
    """The JSON Schema of one version of a type of message."""
    _check_on()
    found = find_schema(TYPES, identity.node().address, name)
    if found is None:
        raise Http404
    return _public(msgspec.json.encode(found), seconds=3600)


@csrf_exempt
def messages(request: HttpRequest) -> HttpResponseBase:
    """Receive a message of a peer. The answer is signed, also a refusal."""
    _check_on()
    rate_limit.current_remaining.set(None)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        rate_limit.count_request(Caller(None, f"node {address_of(request)}", frozenset(), PER_MINUTE))
        return _answered(_read(request))
    except Refused as refused:
        return rate_limit.add_headers(refused.response)
    except Exception as error:  # noqa: BLE001  # logged; without a signature the peer sends the message again
        return unexpected_error_response(error)


def _answered(message: HttpMessage) -> HttpResponse:
    receiver = wire.receiver()
    if len(message.body) > MAX_BYTES:
        response = receiver.refuse(message, refusal("too_large", most=MAX_BYTES, bytes=len(message.body)))
    else:
        response = receiver.respond(message)
    made = HttpResponse(response.body, status=response.status or 500, content_type=JSON)
    for name, value in response.headers:
        made[name] = value
    made["Cache-Control"] = "no-store"
    return made


def _read(request: HttpRequest) -> HttpMessage:
    """The request as its sender signed it: with the address of this node, whatever Host says."""
    query = request.META.get("QUERY_STRING", "")
    url = f"{identity.node().address}{request.path}{'?' if query else ''}{query}"
    try:
        body = read_raw(request, MAX_BYTES)
    except Refused as refused:
        if refused.response.status_code != 413:
            raise
        body = bytes(MAX_BYTES + 1)  # the refusal is signed
    return HttpMessage(request.method or "", url, tuple(request.headers.items()), body)


def _check_on() -> None:
    if not identity.settings().economy:
        raise Http404


def _public(body: bytes, *, seconds: int) -> HttpResponse:
    response = HttpResponse(body, content_type=JSON)
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response
