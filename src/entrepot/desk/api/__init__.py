"""api: `/v1`. The shapes are those of the library (`words`); one module for each group of addresses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from entrepot import __version__
from entrepot.desk.api import quotes, shapes, state
from entrepot.desk.envelope import Refused, fault, unforeseen
from entrepot.faults import LawError, SaleError

api = NinjaAPI(
    title="Entrepot",
    version=__version__,
    description="What a cross-border sale costs in the end, by every lawful way in, with the law behind each figure.",
    docs_url=None,
    urls_namespace="v1",
    openapi_extra={"components": {"schemas": shapes.components()}},
)
api.add_router("", quotes.router)
api.add_router("", state.router)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return error.answer


@api.exception_handler(SaleError)
def _no_sale(_request: HttpRequest, error: SaleError) -> HttpResponse:
    return fault(422, "invalid_request_error", error.code, error.message, error.param)


@api.exception_handler(LawError)
def _no_law(_request: HttpRequest, error: LawError) -> HttpResponse:
    return fault(422, "invalid_request_error", "no_law", str(error))


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    where = ".".join(map(str, first.get("loc", ())[1:])) or None
    return fault(422, "invalid_request_error", "invalid", f"{first.get('msg', 'The request is not valid')}.", where)


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return fault(error.status_code, "invalid_request_error", "invalid", str(error))


@api.exception_handler(Exception)
def _unforeseen(_request: HttpRequest, error: Exception) -> HttpResponse:
    return unforeseen(error)
