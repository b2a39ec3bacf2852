"""api: `/v1`. The shapes are those of the library (`words`); one module for each group of addresses."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from entrepot import __version__
from entrepot.desk.api import lawful, quotes, shapes, state, tables
from entrepot.desk.envelope import Refused, fault, unforeseen
from entrepot.faults import LawError, PackError, SaleError

LOG = logging.getLogger("entrepot.desk")


class _Api(NinjaAPI):
    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """The document, with the shapes of the library and the key that may be sent."""
        schema = super().get_openapi_schema(**more)
        key = {"type": "http", "scheme": "bearer", "description": "A key: ek_…"}
        schema["components"]["schemas"] |= shapes.components()
        schema["components"]["securitySchemes"] = {"key": key}
        # Without a key little may be asked, where this is allowed at all.
        schema["security"] = [{"key": []}, {}]
        return schema


api = _Api(
    title="Entrepot",
    version=__version__,
    description="What a cross-border sale costs in the end, by every lawful way in, with the law behind each figure.",
    docs_url=None,
    urls_namespace="v1",
)
api.add_router("", tables.router)  # before the addresses of quotes by their ids
api.add_router("", quotes.router)
api.add_router("", lawful.router)
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


@api.exception_handler(PackError)
def _broken(_request: HttpRequest, error: PackError) -> HttpResponse:
    LOG.error("a pack or a schedule has faults", extra={"told": {"why": str(error).splitlines()[0]}})
    message = "The law of this place has a fault here and is not read until it is mended; it was logged."
    return fault(503, "api_error", "pack_faults", message)


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    where = ".".join(map(str, first.get("loc", ())[1:])) or None
    says = (
        f"The parameter {where!r} is needed."
        if first.get("type") == "missing"
        else f"{first.get('msg', 'The request is not valid')}."
    )
    return fault(422, "invalid_request_error", "invalid", says, where)


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return fault(error.status_code, "invalid_request_error", "invalid", str(error))


@api.exception_handler(Exception)
def _unforeseen(_request: HttpRequest, error: Exception) -> HttpResponse:
    return unforeseen(error)
