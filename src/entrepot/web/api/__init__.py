"""The HTTP API, `/v1`. Requests and responses have the types of `entrepot.model`; each module is a group of URLs."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from entrepot import __version__
from entrepot.language.translate import error_text
from entrepot.model.errors import FieldError, LawError, PackError, SaleError, TradeError, in_quotes
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import NotFound
from entrepot.web import examples
from entrepot.web.api import (
    carrier_notifications,
    classify,
    customs_messages,
    health,
    law,
    openapi,
    parameters,
    payment_notifications,
    quotes,
    root,
    schemas,
    tables,
)
from entrepot.web.api.trade import (
    bookings,
    deliveries,
    documents,
    events,
    learning,
    ledger,
    market,
    offers,
    orders,
    parts,
    payouts,
    programmes,
    returns,
    shipments,
    statistics,
    unmatched,
    webhooks,
)
from entrepot.web.http import rate_limit, sandbox
from entrepot.web.http.api_keys import find_caller, in_sandbox
from entrepot.web.http.errors import Refused, error_response, unexpected_error_response

LOG = logging.getLogger("entrepot.web")
#: Addresses whose requests are not counted: monitoring and the document of the API.
UNCOUNTED = frozenset({"v1/", "v1/health", "v1/metrics", "v1/openapi.json", "v1/schemas/<name>"})
#: Messages for parameters that are not valid, by the error types of the framework.
_PARAMETER_ERRORS = {
    "missing": "is required",
    "int_parsing": "must be a whole number, for example 20",
    "int_parsing_size": "must be a whole number, for example 20",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_too_long": "must have at most {max_length} characters",
}
#: What a parameter must be, by the pattern of its text.
_PATTERNS = {
    r"^20[0-9]{2}-(0[1-9]|1[0-2])$": "must be a month, for example 2026-03",
    "^[A-Z]{3}$": "must be the three letters of a currency, for example CNY",
}
_WORDS = re.compile(r"\^\(([\w|]+)\)\$")
_BLANK = HttpResponse("")


class _Api(NinjaAPI):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._documents: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """The OpenAPI document, which is made once."""
        key = repr(sorted(more.items()))
        if key not in self._documents:
            self._documents[key] = self._document(**more)
        return self._documents[key]

    def _document(self, **more: Any) -> OpenAPISchema:
        """The document, with the types of the library, the API key and the examples."""
        schema = super().get_openapi_schema(**more)
        key = {"type": "http", "scheme": "bearer", "description": "A key: ek_…"}
        schema["components"]["schemas"] |= openapi.components()
        schema["components"]["securitySchemes"] = {"key": key}
        # The key is optional, unless the server requires keys.
        schema["security"] = [{"key": []}, {}]
        schema["externalDocs"] = {"description": "The reference, with examples that run", "url": "/docs/"}
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["security"] = openapi.security(operation)
        examples.add_examples(schema)
        return schema

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002  # the framework passes it
        """The blank response that a view may fill. No view here does: each returns its own, so one is enough."""
        return _BLANK

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = _wrap_view(pattern.callback)
        return patterns


def _wrap_view(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view: support HEAD, refuse other methods with 405 as JSON, and refuse undeclared query parameters.

    The response to a counted request gets the RateLimit headers.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        method = request.method
        rate_limit.current_remaining.set(None)  # the thread may have handled another request before
        in_sandbox.set(False)
        if method == "HEAD":
            request.method = "GET"
        try:
            if request.META.get("QUERY_STRING"):
                _check_query(request)
            response = view(request, *given, **named)
            if response.status_code == 422:
                _count_refusal(request)
        except Refused as error:
            response = error.response
        finally:
            request.method = method
        if response.status_code != 405:
            # The server sends no body for HEAD, but its Content-Length.
            return sandbox.mark(rate_limit.add_headers(response))
        allowed = sorted(each.strip() for each in response.headers.get("Allow", "").split(","))
        allowed += ["HEAD"] if "GET" in allowed else []
        message = f"{(method or '')[:20]} is not allowed at this address. Use {' or '.join(allowed)}."
        refused = error_response(405, "invalid_request_error", "method_not_allowed", message)
        refused["Allow"] = ", ".join(allowed)
        return refused

    return wrapped


def _check_query(request: HttpRequest) -> None:
    """Raises Refused for undeclared parameters. A method that is not allowed gets 405 from the view."""
    route = request.resolver_match.route if request.resolver_match else ""
    operations = _operations()
    declared = operations.get((route, request.method or ""))
    if declared is None and any(route == each for each, _method in operations):
        return
    try:
        parameters.check_query(request, declared or parameters.QueryParameters())
    except Refused:
        _count_refusal(request)
        raise


def _count_refusal(request: HttpRequest) -> None:
    """Count a request whose parameters were refused before its view counted it. Raises Refused beyond the limit."""
    route = request.resolver_match.route if request.resolver_match else ""
    if rate_limit.current_remaining.get() is None and route not in UNCOUNTED:
        rate_limit.count_request(find_caller(request))


@cache
def _operations() -> parameters.Operations:
    return parameters.read_operations(api.get_openapi_schema())


api = _Api(
    title="Entrepot",
    version=__version__,
    description="Landed cost of cross-border sales: every import procedure, with the law behind each figure.",
    docs_url=None,
    urls_namespace="v1",
)
api.add_router("", tables.router)  # before `/v1/quotes/{number}`
api.add_router("", quotes.router)
api.add_router("", law.router)
api.add_router("", classify.router)
api.add_router("", root.router)
api.add_router("", health.router)
api.add_router("", schemas.router)
api.add_router("", payment_notifications.router)
api.add_router("", carrier_notifications.router)
for _group in (
    bookings,
    ledger,
    market,
    offers,
    orders,
    returns,
    parts,
    payouts,
    shipments,
    deliveries,
    learning,
    unmatched,
    programmes,
    statistics,
    documents,
    events,
    webhooks,
):
    api.add_router("", _group.router)
api.add_router("", customs_messages.router)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return error.response


@api.exception_handler(SaleError)
def _invalid_sale(_request: HttpRequest, error: SaleError) -> HttpResponse:
    return error_response(422, "invalid_request_error", error.code, error_text(error), error.param)


@api.exception_handler(TradeError)
def _refused_step(_request: HttpRequest, error: TradeError) -> HttpResponse:
    if error.code == "idempotency_key_reused":
        return error_response(400, "idempotency_error", error.code, error_text(error), error.param)
    status = 409 if isinstance(error, NotAllowed) else 422
    return error_response(status, "invalid_request_error", error.code, error_text(error), error.param or None)


@api.exception_handler(NotFound)
def _not_found(_request: HttpRequest, _error: NotFound) -> HttpResponse:
    message = "The organization of this API key has no such object. Check the id."
    return error_response(404, "invalid_request_error", "not_found", message, "number")


@api.exception_handler(FieldError)
def _unknown_field(_request: HttpRequest, error: FieldError) -> HttpResponse:
    return error_response(422, "invalid_request_error", "unknown_field", error_text(error), "fields")


@api.exception_handler(LawError)
def _law_error(_request: HttpRequest, error: LawError) -> HttpResponse:
    return error_response(422, "invalid_request_error", "no_law", error_text(error))


@api.exception_handler(PackError)
def _pack_error(_request: HttpRequest, error: PackError) -> HttpResponse:
    LOG.error("a pack or a schedule has errors", extra={"fields": {"why": str(error).splitlines()[0]}})
    message = "The law of this place has errors and cannot be used until they are corrected. They were logged."
    return error_response(503, "api_error", "pack_faults", message)


@api.exception_handler(ValidationError)
def _invalid_parameter(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    where = ".".join(map(str, first.get("loc", ())[1:])) or None
    problem = _problem(first.get("type", ""), first.get("ctx", {}))
    return error_response(
        422, "invalid_request_error", "invalid", f"The parameter {in_quotes(where)} {problem}.", where
    )


def _problem(kind: str, limits: dict[str, Any]) -> str:
    """What is wrong with a parameter, by the kind of its error and the limits that it has."""
    if words := _WORDS.fullmatch(limits.get("pattern", "")):
        return f"must be one of: {words[1].replace('|', ', ')}"
    if kind == "string_pattern_mismatch" and limits.get("pattern") in _PATTERNS:
        return _PATTERNS[limits["pattern"]]
    return _PARAMETER_ERRORS.get(kind, "cannot be read: see /v1/openapi.json").format(**limits)


@api.exception_handler(HttpError)
def _http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_response(error.status_code, "invalid_request_error", "invalid", str(error))


@api.exception_handler(Exception)
def _unexpected(_request: HttpRequest, error: Exception) -> HttpResponse:
    return unexpected_error_response(error)
