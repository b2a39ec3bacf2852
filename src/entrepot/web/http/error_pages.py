"""The responses 400, 404, 500 and 503 of requests without a view or with an unexpected error: JSON or a page."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.web.http.errors import error_response, log_error, unexpected_error_response
from entrepot.web.http.page_language import language_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: an unknown host name, or a request that no browser sends: plain text. 413: a form that is too large."""
    if isinstance(exception, RequestDataTooBig) and not request.path_info.startswith("/v1/"):
        translate.use_language(language_of(request))  # the error may come from before the language middleware
        says = _("A form has at most 1 MB. Upload a large table on the page Tables, or send it to the API.")
        return error_page(request, 413, _("The form is too large"), says)
    message = "The host name of this request is not allowed. Add it to ENTREPOT_HOSTS."
    if request.path_info.startswith("/v1/"):
        return error_response(400, "invalid_request_error", "not_answered", message)
    return HttpResponse(message, status=400, content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    """404."""
    if request.path_info.startswith("/v1/"):
        return error_response(
            404,
            "invalid_request_error",
            "not_found",
            "This address does not exist. See /v1/openapi.json for all addresses.",
        )
    return error_page(request, 404, _("Page not found"), _("This address does not exist, or its content has expired."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database or the disk does not work."""
    error = sys.exc_info()[1] or RuntimeError(request.method)
    response = unexpected_error_response(error)
    if request.path_info.startswith("/v1/"):
        return response
    translate.use_language(language_of(request))  # the error may come from before the language middleware
    title, says = _("Server error"), _("The server failed to answer this request. The error was logged.")
    if response.status_code == 503:
        title, says = _("Not available"), _("Nothing can be read or stored at the moment. Try again in a minute.")
    try:
        shown_page = error_page(request, response.status_code, title, says)
    except Exception as worse:  # noqa: BLE001  # if the page fails too, a line of text remains
        log_error(worse)
        shown_page = HttpResponse(says, status=response.status_code, content_type="text/plain; charset=utf-8")
    if "Retry-After" in response:
        shown_page["Retry-After"] = response["Retry-After"]
    return shown_page


def error_page(request: HttpRequest, status: int, title: str, says: str) -> HttpResponse:
    """A page with a title and a sentence."""
    return render(request, "error.html", {"title": title, "says": says}, status=status)
