"""Responses to course tools, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from entrepot.connect.lti.faults import LtiFault
from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import ANONYMOUS_SCOPES, Caller
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of

#: Requests a minute of one address, for all services of courses together.
PER_MINUTE = 600
View = Callable[..., HttpResponse]


def json_answer(value: Any, status: int = 200, media: str = "application/json") -> HttpResponse:
    """A response in JSON that nobody keeps."""
    response = HttpResponse(b"" if value is None else msgspec.json.encode(value), content_type=media, status=status)
    response["Cache-Control"] = "no-store"
    return response


def for_tools(*methods: str) -> Callable[[View], View]:
    """A view for programs: without cookies and forms; a fault is the JSON that OAuth 2.0 has for it."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                rate_limit.count_request(Caller(None, f"courses {address_of(request)}", ANONYMOUS_SCOPES, PER_MINUTE))
                if request.method not in methods:
                    raise LtiFault("invalid_request", f"Use {' or '.join(methods)}.", 405)
                return view(request, *args, **kwargs)
            except LtiFault as fault:
                return fault_answer(fault, methods)
            except Refused as refused:
                return refused.response

        return handle

    return decorate


def fault_answer(fault: LtiFault, methods: tuple[str, ...] = ()) -> HttpResponse:
    """The response to a request that is refused."""
    response = json_answer({"error": fault.code, "error_description": fault.message}, fault.status)
    if fault.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if fault.status == 405:
        response["Allow"] = ", ".join(methods)
    return response


def query_of(request: HttpRequest) -> Mapping[str, str]:
    """The parameters of the address."""
    return {name: value for name, value in request.GET.items() if isinstance(value, str)}
