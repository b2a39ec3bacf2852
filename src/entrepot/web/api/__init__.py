"""api: `/v1`. The shapes are those of the library (`words`); one module for each group of addresses."""

from __future__ import annotations

import logging
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
from entrepot.model.errors import LawError, PackError, SaleError
from entrepot.web.api import health, law, openapi, parameters, quotes, tables
from entrepot.web.http import rate_limit
from entrepot.web.http.errors import Refused, error_response, unexpected_error_response

LOG = logging.getLogger("entrepot.web")
#: What is wrong with a parameter, by what the framework calls it.
_WRONG = {
    "missing": "is needed",
    "int_parsing": "is a whole number, such as 20",
    "int_parsing_size": "is a whole number, such as 20",
    "greater_than_equal": "is {ge} or more",
    "less_than_equal": "is at most {le}",
    "string_too_long": "has at most {max_length} signs",
}


class _Api(NinjaAPI):
    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """The document, with the shapes of the library and the key that may be sent."""
        schema = super().get_openapi_schema(**more)
        key = {"type": "http", "scheme": "bearer", "description": "A key: ek_…"}
        schema["components"]["schemas"] |= openapi.components()
        schema["components"]["securitySchemes"] = {"key": key}
        # Without a key little may be asked, where this is allowed at all.
        schema["security"] = [{"key": []}, {}]
        return schema

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        found = super()._get_urls()
        for each in found:
            if isinstance(each, URLPattern):
                each.callback = _by_method(each.callback)
        return found


def _by_method(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that also answers HEAD, as GET without a body, and that refuses other methods in the envelope.

    It refuses query parameters that the operation does not declare, as a body's unknown fields are refused.
    Each answer to a call that was counted says what is left of the caller's limit.
    """

    @wraps(view)
    def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        asked = request.method
        rate_limit.current_remaining.set(None)  # the thread may have answered another request before
        if asked == "HEAD":
            request.method = "GET"
        try:
            if request.META.get("QUERY_STRING"):
                _check_query(request)
            answer = view(request, *given, **named)
        except Refused as error:
            return error.answer
        finally:
            request.method = asked
        if answer.status_code != 405:
            # The server sends no body of it; its length is told, as it is to be.
            return rate_limit.add_headers(answer)
        able = sorted(each.strip() for each in answer.headers.get("Allow", "").split(","))
        able += ["HEAD"] if "GET" in able else []
        message = f"{(asked or '')[:20]} is not answered at this address: ask with {' or '.join(able)}."
        refused = error_response(405, "invalid_request_error", "method_not_allowed", message)
        refused["Allow"] = ", ".join(able)
        return refused

    return answered


def _check_query(request: HttpRequest) -> None:
    """Raises Refused. A method that is not allowed is left to the answer 405."""
    route = request.resolver_match.route if request.resolver_match else ""
    known = _operations()
    declared = known.get((route, request.method or ""))
    if declared is None and any(route == each for each, _method in known):
        return
    parameters.check(request, declared or parameters.Declared())


@cache
def _operations() -> parameters.Operations:
    return parameters.operations_of(api.get_openapi_schema())


api = _Api(
    title="Entrepot",
    version=__version__,
    description="Landed cost of cross-border sales: every import procedure, with the law behind each figure.",
    docs_url=None,
    urls_namespace="v1",
)
api.add_router("", tables.router)  # before the addresses of quotes by their ids
api.add_router("", quotes.router)
api.add_router("", law.router)
api.add_router("", health.router)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return error.answer


@api.exception_handler(SaleError)
def _no_sale(_request: HttpRequest, error: SaleError) -> HttpResponse:
    return error_response(422, "invalid_request_error", error.code, error.message, error.param)


@api.exception_handler(LawError)
def _no_law(_request: HttpRequest, error: LawError) -> HttpResponse:
    return error_response(422, "invalid_request_error", "no_law", str(error))


@api.exception_handler(PackError)
def _broken(_request: HttpRequest, error: PackError) -> HttpResponse:
    LOG.error("a pack or a schedule has faults", extra={"fields": {"why": str(error).splitlines()[0]}})
    message = "The law of this place has a fault here and is not read until it is mended; it was logged."
    return error_response(503, "api_error", "pack_faults", message)


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    where = ".".join(map(str, first.get("loc", ())[1:])) or None
    wrong = _WRONG.get(first.get("type", ""), "cannot be read: see /v1/openapi.json").format(**first.get("ctx", {}))
    return error_response(422, "invalid_request_error", "invalid", f"The parameter {where!r} {wrong}.", where)


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_response(error.status_code, "invalid_request_error", "invalid", str(error))


@api.exception_handler(Exception)
def _unforeseen(_request: HttpRequest, error: Exception) -> HttpResponse:
    return unexpected_error_response(error)
