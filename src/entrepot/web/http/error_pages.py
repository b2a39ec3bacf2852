"""astray: the answers 400, 404, 500 and 503 where no view gives one: JSON for the API, else a page."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.web.http.errors import error_response, log_error, unexpected_error_response
from entrepot.web.http.page_language import language_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    """400: a name that is not ours, or a request that nobody honest sends. No page: its reader may be anywhere."""
    says = "This is not answered: ENTREPOT_HOSTS names what the desk is called."
    if request.path_info.startswith("/v1/"):
        return error_response(400, "invalid_request_error", "not_answered", says)
    return HttpResponse(says, status=400, content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    """404."""
    if request.path_info.startswith("/v1/"):
        return error_response(
            404, "invalid_request_error", "not_found", "Nothing is at this address: see /v1/openapi.json."
        )
    return error_page(request, 404, _("Nothing is here"), _("The address leads nowhere, or what was here is gone."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 where the database or the disk does not work."""
    error = sys.exc_info()[1] or RuntimeError(request.method)
    answer = unexpected_error_response(error)
    if request.path_info.startswith("/v1/"):
        return answer
    translate.use(language_of(request))  # it may have failed before the middleware that does so
    title, says = _("Something failed"), _("This is a fault of the desk. It was logged.")
    if answer.status_code == 503:
        title, says = _("Not available"), _("Nothing can be read or stored at the moment. Try again in a minute.")
    try:
        shown = error_page(request, answer.status_code, title, says)
    except Exception as worse:  # noqa: BLE001  # where even the page fails, a line of text is left
        log_error(worse)
        shown = HttpResponse(says, status=answer.status_code, content_type="text/plain; charset=utf-8")
    if "Retry-After" in answer:
        shown["Retry-After"] = answer["Retry-After"]
    return shown


def error_page(request: HttpRequest, status: int, title: str, says: str) -> HttpResponse:
    """A page that says why there is nothing else to see."""
    return render(request, "error.html", {"title": title, "says": says}, status=status)
