"""The language of a page: that of its URL, else that of the browser; and of an answer of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from entrepot import __version__, app
from entrepot.language import catalogue, translate
from entrepot.web.http.headers import add_missing, checked

Handler = Callable[[HttpRequest], HttpResponse]
_VARY = checked({"Vary": "Accept-Language"})
_CONTENT_LANGUAGE = {code: checked({"Content-Language": code}) for code in catalogue.LANGUAGES}


def language_of(request: HttpRequest) -> str:
    """The language of the URL (`/vi/…`), else the first supported language of the client, else English.

    For the API the URL has it as the parameter `language`; the operation refuses one that is not supported.
    """
    if request.path_info.startswith("/v1/"):
        return _in_query(request) or _accepted(request)
    first = request.path_info.strip("/").partition("/")[0]
    if first in catalogue.LANGUAGES:
        return first
    return _accepted(request)


def _in_query(request: HttpRequest) -> str | None:
    if "language=" not in request.META.get("QUERY_STRING", ""):
        return None
    try:
        return catalogue.language_of(request.GET.get("language"))
    except TooManyFieldsSent:  # the operation refuses them
        return None


def _accepted(request: HttpRequest) -> str:
    """The first supported language of Accept-Language, else English."""
    header = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    accepted = (each.partition(";")[0].strip() for each in header.split(",")) if header else ()
    return next((found for each in accepted if (found := catalogue.language_of(each))), "en")


def _name_of(economy: str) -> str | None:
    return app.library().name_of(economy)


def language_middleware(inner: Handler) -> Handler:
    """The middleware."""

    def handle(request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translate.use_language(language)
        translate.use_names(_name_of)
        if request.path_info.startswith("/v1/"):  # no texts of Django are shown there
            response = inner(request)
            add_missing(response, _VARY)
        else:
            with translation.override({"zh": "zh-hans"}.get(language, language)):
                response = inner(request)
        add_missing(response, _CONTENT_LANGUAGE[language])
        return response

    return handle


def page_context(request: HttpRequest) -> dict[str, Any]:
    """The template variables of every page: its language, the links to the other languages, the version."""
    language = translate.current_language()
    first, _slash, rest = request.path_info.lstrip("/").partition("/")
    if first not in catalogue.LANGUAGES:
        rest = ""
    # The URL of a form that was sent by POST has no query to repeat.
    query = request.META.get("QUERY_STRING", "") if request.method == "GET" else ""
    path = quote(rest) + (f"?{query}" if query else "")
    return {
        "language": language,
        "language_name": catalogue.LANGUAGES[language],
        "languages": catalogue.LANGUAGES,
        "tongues": [(code, name, f"/{code}/{path}") for code, name in catalogue.LANGUAGES.items()],
        "here": rest.partition("/")[0],
        "version": __version__,
    }
