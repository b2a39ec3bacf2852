"""The responses 400, 403, 404, 405, 413, 429, 500 and 503 that no view makes: JSON or a page that says what to do."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.web.http.errors import error_response, log_error, unexpected_error_response
from entrepot.web.http.page_language import language_of
from entrepot.web.process.logs import request_id


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: an unknown host name, in plain text, or a form that cannot be read. 413: a form that is too large."""
    if not request.path_info.startswith("/v1/") and not isinstance(exception, DisallowedHost):
        translate.use_language(language_of(request))  # the error may come from before the language middleware
        if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
            says = _(
                "A form has at most 1 MB and 1,000 fields. Nothing of this one was stored. Load the page again and "
                "send less at once. Upload a large table on the page Tables, or send it to the API."
            )
            actions = [_again(request), ("batch/", _("Tables")), ("docs/", _("API reference"))]
            return error_page(request, 413, _("The form is too large"), says, actions)
        says = _("The server cannot read what the browser sent. Load the page again, and send the form once more.")
        return error_page(request, 400, _("The form was not accepted"), says, [_again(request)])
    message = "The host name of this request is not allowed. Add it to ENTREPOT_HOSTS."
    if request.path_info.startswith("/v1/"):
        return error_response(400, "invalid_request_error", "not_answered", message)
    return HttpResponse(message, status=400, content_type="text/plain; charset=utf-8")


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django calls it so
    """403: a form without the token of its page, as after a sign-in in another window, or from another site."""
    translate.use_language(language_of(request))
    says = _(
        "The page was open for too long, or the browser keeps no cookies of this site. Nothing was stored. Load the "
        "page again, and send the form once more."
    )
    return error_page(request, 403, _("The form was not accepted"), says, [_again(request)])


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


def method_refused(request: HttpRequest, allow: str) -> HttpResponse:
    """The page 405, where an address that only takes a form is opened. `allow`: the methods of the address."""
    says = _("This address only takes the form of another page. Go back to that page, and use its button.")
    response = error_page(request, 405, _("No page at this address"), says)
    response["Allow"] = allow
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database or the disk does not work."""
    error = sys.exc_info()[1] or RuntimeError(request.method)
    response = unexpected_error_response(error)
    if request.path_info.startswith("/v1/"):
        return response
    translate.use_language(language_of(request))  # the error may come from before the language middleware
    title, says = (
        _("Server error"),
        _(
            "An error in the server stopped this request. Load the page again. If the error comes back, tell the "
            "operator of this node the number {number}: the log names the cause under it."
        ).format(number=request_id.get() or "—"),
    )
    if response.status_code == 503:
        title, says = _("Not available"), _("Nothing can be read or stored at the moment. Try again in a minute.")
    try:
        shown_page = error_page(request, response.status_code, title, says, [_again(request)])
    except Exception as worse:  # noqa: BLE001  # if the page fails too, a line of text remains
        log_error(worse)
        shown_page = HttpResponse(says, status=response.status_code, content_type="text/plain; charset=utf-8")
    if "Retry-After" in response:
        shown_page["Retry-After"] = response["Retry-After"]
    return shown_page


def too_many_requests(request: HttpRequest, seconds: str) -> HttpResponse:
    """The page 429. `seconds`: the Retry-After."""
    says = _(
        "More requests came from your network address than this server answers in a minute. Nothing of this one was "
        "stored. Wait {seconds} seconds, then load the page again."
    ).format(seconds=seconds)
    response = error_page(request, 429, _("Too many requests"), says, [_again(request)])
    response["Retry-After"] = seconds
    return response


def error_page(
    request: HttpRequest, status: int, title: str, says: str, actions: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """A page with a title and a sentence. `actions`: links, each an address and its words; the first is a button.

    An address without a slash at its beginning follows the language. Without actions the page leads to the first pages.
    """
    return render(request, "error.html", {"title": title, "says": says, "actions": actions}, status=status)


def _again(request: HttpRequest) -> tuple[str, str]:
    """The link that loads the page of a request again."""
    return request.get_full_path(), _("Load the page again")
