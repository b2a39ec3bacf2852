"""Answers of UCP: signed JSON, errors in its shape, and the first answer again for a repeated Idempotency-Key."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from entrepot.connect.http_signatures import HttpMessage, content_digest, covered, sign
from entrepot.connect.ucp.faults import UcpFault
from entrepot.connect.ucp.sessions import NotPossible
from entrepot.store import ucp as rows
from entrepot.store.failures import REASONS
from entrepot.trade_app.ucp import node
from entrepot.trade_app.ucp.checkouts import Caller, Outcome
from entrepot.trade_app.ucp.sessions import Changed
from entrepot.web.api.read_body import read_raw
from entrepot.web.api.ucp.callers import caller_of
from entrepot.web.http.errors import JSON, Refused, log_error, retry_after
from entrepot.web.http.rate_limit import add_headers, current_remaining

#: Bytes of a request, and characters of an Idempotency-Key.
MAX_BODY, MAX_KEY = 256 << 10, 255
_CHANGES = ("POST", "PUT")

#: An operation: who asks, and the body.
Operation = Callable[[Caller, bytes], Outcome]


def endpoint(*methods: str) -> Callable[[Callable[..., Operation]], Callable[..., HttpResponseBase]]:
    """A view of an operation: found by its address, then run for who asks, once for each Idempotency-Key."""

    def decorate(choose: Callable[..., Operation]) -> Callable[..., HttpResponseBase]:
        @csrf_exempt
        @wraps(choose)
        def handle(request: HttpRequest, **named: str) -> HttpResponseBase:
            current_remaining.set(None)
            if not node.settings().access:
                raise Http404
            try:
                if request.method not in methods:
                    allow = ", ".join(methods)
                    raise UcpFault(405, "method_not_allowed", f"Use {' or '.join(methods)}.", {"Allow": allow})
                return add_headers(_run(request, choose(request, **named)))
            except UcpFault as fault:
                return add_headers(_fault(fault))
            except Refused as refused:
                return add_headers(_refused(refused))
            except NotPossible as error:
                return add_headers(_fault(UcpFault(409, "checkout_not_modifiable", str(error))))
            except Changed:
                says = "The checkout was changed by another request at the same time. Read it and try again."
                return add_headers(_fault(UcpFault(409, "checkout_changed", says, {"Retry-After": "1"})))
            except Exception as error:  # noqa: BLE001  # logged; the platform learns that it may try again
                return _unexpected(error)

        return handle

    return decorate


def _run(request: HttpRequest, operation: Operation) -> HttpResponse:
    body = read_raw(request, MAX_BODY)
    if body and request.method in _CHANGES and request.content_type != JSON:
        raise UcpFault(415, "unsupported_media_type", "Send JSON, with Content-Type: application/json.")
    caller = caller_of(request, body)
    if request.method not in _CHANGES:
        return _signed(operation(caller, body))
    number, digest = _use_of_key(request, caller), hashlib.sha256(body).hexdigest()
    known = rows.begin(number, digest, timezone.now())
    if known is not None:
        return _replayed(number, known, digest)
    try:
        outcome = operation(caller, body)
    except BaseException:
        rows.forget(number)  # nothing was done, or what was done is found again by its own key
        raise
    rows.finish(number, outcome.status, node.seal(number, msgspec.json.encode(outcome.body)))
    return _signed(outcome)


def _use_of_key(request: HttpRequest, caller: Caller) -> str:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not (1 <= len(key) <= MAX_KEY and key.isprintable()):
        says = f"Send an Idempotency-Key of 1 to {MAX_KEY} printable characters, such as a UUID."
        raise UcpFault(400, "idempotency_key_missing", says)
    text = "\0".join((caller.party, request.method or "", request.path, key))
    return hashlib.sha256(text.encode()).hexdigest()


def _replayed(number: str, known: rows.Answered, digest: str) -> HttpResponse:
    if known.digest != digest:
        says = "This Idempotency-Key was used for another request. Use a new key."
        raise UcpFault(409, "idempotency_key_reused", says)
    if known.status is None:
        says = "The same request is being processed. Try again in a second."
        raise UcpFault(409, "idempotency_key_in_use", says, {"Retry-After": "1"})
    content = node.unseal(number, known.content)
    if content is None:
        raise UcpFault(503, "unavailable", "The first answer cannot be read any more.", {"Retry-After": "60"})
    response = _signed(Outcome(known.status, msgspec.json.decode(content)))
    response["Idempotent-Replayed"] = "true"
    return response


def _signed(outcome: Outcome) -> HttpResponse:
    """An answer with its digest and its signature."""
    body = msgspec.json.encode(outcome.body)
    response = HttpResponse(body, content_type=JSON, status=outcome.status)
    response["Cache-Control"] = "private, no-store"
    response["Content-Digest"] = content_digest(body)
    message = HttpMessage(status=outcome.status, headers=tuple(response.headers.items()), body=body)
    for name, value in sign(message, node.signing_key(), covered(message), created=int(time.time())).items():
        response[name] = value
    return response


def public(value: Mapping[str, Any]) -> HttpResponse:
    """A document that anybody may read and keep for some minutes."""
    body = msgspec.json.encode(value)
    response = HttpResponse(body, content_type=JSON)
    response["Cache-Control"] = "public, max-age=300"
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _fault(fault: UcpFault) -> HttpResponse:
    found = {"code": fault.code, "content": fault.content}
    if fault.status in (400, 422, 424):
        found["continue_url"] = f"{node.settings().url}/"
    response = HttpResponse(msgspec.json.encode(found), content_type=JSON, status=fault.status)
    for name, value in fault.headers.items():
        response[name] = value
    return response


def _refused(refused: Refused) -> HttpResponse:
    """A refusal of the node's own API, in the shape of the protocol."""
    given = msgspec.json.decode(refused.response.content)["error"]
    headers = {name: refused.response[name] for name in ("Retry-After", "WWW-Authenticate") if name in refused.response}
    return _fault(UcpFault(refused.response.status_code, given["code"], given["message"], headers))


def _unexpected(error: Exception) -> HttpResponse:
    reason = log_error(error)
    if reason is None:
        return _fault(
            UcpFault(500, "internal_error", "The server failed to answer this request. The error was logged.")
        )
    return _fault(UcpFault(503, "unavailable", REASONS[reason], {"Retry-After": str(retry_after(reason))}))
