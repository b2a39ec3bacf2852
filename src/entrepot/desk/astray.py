"""astray: what is said where nothing is, and where something failed: the API says it as JSON, the pages as a page."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse

from entrepot.desk.envelope import fault, unforeseen


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    """404."""
    if request.path_info.startswith("/v1/"):
        return fault(404, "invalid_request_error", "not_found", "Nothing is at this address: see /v1/openapi.json.")
    return HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")


def failed(request: HttpRequest) -> HttpResponse:
    """500."""
    error = sys.exc_info()[1] or RuntimeError(request.method)
    if request.path_info.startswith("/v1/"):
        return unforeseen(error)
    unforeseen(error)
    return HttpResponse("Something failed; it was logged.", status=500, content_type="text/plain; charset=utf-8")
