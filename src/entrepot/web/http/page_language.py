"""reader: in which language a page speaks: that of its address, else that of the browser; the API speaks English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from entrepot import __version__, app
from entrepot.language import catalogue, translate

Handler = Callable[[HttpRequest], HttpResponse]


def language_of(request: HttpRequest) -> str:
    """The language of an address (`/vi/…`), else the first of the browser's that we speak, else English."""
    if request.path_info.startswith("/v1/"):
        return "en"
    first = request.path_info.strip("/").partition("/")[0]
    if first in catalogue.LANGUAGES:
        return first
    wanted = (each.partition(";")[0].strip() for each in request.headers.get("Accept-Language", "").split(","))
    return next((found for each in wanted if (found := catalogue.language_of(each))), "en")


def _name_of(economy: str) -> str | None:
    return app.library().name_of(economy)


def language_middleware(inner: Handler) -> Handler:
    """The middleware."""

    def handle(request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        translate.use(language)
        translate.use_names(_name_of)
        if request.path_info.startswith("/v1/"):  # it has no words of Django's
            response = inner(request)
        else:
            with translation.override({"zh": "zh-hans"}.get(language, language)):
                response = inner(request)
        response.setdefault("Content-Language", language)
        return response

    return handle


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What every page needs to know of its reader."""
    spoken = translate.spoken()
    beside = request.path_info.lstrip("/").partition("/")
    rest = beside[2] if beside[0] in catalogue.LANGUAGES else ""
    # A page that was posted to is not asked for again by its address.
    asked = request.META.get("QUERY_STRING", "") if request.method == "GET" else ""
    after = quote(rest) + (f"?{asked}" if asked else "")
    return {
        "language": spoken,
        "language_name": catalogue.LANGUAGES[spoken],
        "languages": catalogue.LANGUAGES,
        "tongues": [(code, name, f"/{code}/{after}") for code, name in catalogue.LANGUAGES.items()],
        "here": rest.partition("/")[0],
        "version": __version__,
    }
