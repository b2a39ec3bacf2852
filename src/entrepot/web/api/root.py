"""`/v1/`: where the documents of the API are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot import __version__
from entrepot.web.api import openapi
from entrepot.web.http.errors import json_response

router = Router(tags=["server"])

_READ = {"responses": openapi.responses(openapi.reference("Api"), says="The addresses", usual=False)}


@router.get("/", operation_id="getApi", openapi_extra=_READ, summary="Read where the documents of the API are")
def read(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the framework passes it
    """The version of the server and the addresses of its documents. It needs no key and is not counted."""
    found = openapi.Api(version=__version__)
    return json_response(found)
