"""`/v1/schemas`: the JSON Schema of a sale and of a quote."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.model import json_schema
from entrepot.model.errors import in_quotes
from entrepot.web.api import openapi
from entrepot.web.http.errors import Refused, json_response

router = Router(tags=["server"])

_READ = {
    "responses": openapi.responses(
        {"type": "object"},
        says="The JSON Schema (draft 2020-12), complete in itself",
        faults={404: "no such schema"},
        usual=False,
    ),
}


@router.get(
    "/schemas/{name}",
    operation_id="getSchema",
    openapi_extra=_READ,
    summary="Read the JSON Schema of a sale or a quote",
)
def read(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001  # the framework passes it
    """The JSON Schema of "sale" or "quote". It needs no key and is not counted."""
    if name not in json_schema.TYPES:
        known = " and ".join(json_schema.TYPES)
        message = f"There is no schema {in_quotes(name[:40])}. There are: {known}."
        raise Refused(404, "invalid_request_error", "not_found", message, "name")
    return json_response(json_schema.schema(name))
