"""Pages of a sandbox in the language of `?lang=`, of a cookie, or of the browser: `{{ "Sign in"|say }}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template
from django.http import HttpRequest, HttpResponse

from entrepot.language import catalogue, translate

COOKIE, YEAR = "entrepot_sandbox_language", 365 * 24 * 3600

register = template.Library()
register.filter("say", translate._)
register.filter("label", translate.label)


@register.filter
def number(amount: object) -> str:
    """A number in the format of the page's language."""
    return translate.number(str(amount))


def in_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page in the reader's language."""

    def translated(request: HttpRequest, **values: str) -> HttpResponse:
        chosen = catalogue.language_of(request.GET.get("lang"))
        language = chosen or catalogue.language_of(request.COOKIES.get(COOKIE)) or _accepted(request)
        translate.use_language(language)
        response = view(request, **values)
        response.headers["Content-Language"] = language
        if chosen:
            response.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax")
        return response

    return translated


def page_context(_request: HttpRequest) -> dict[str, Any]:
    """What every page needs: its language, and the languages to choose from."""
    return {"language": translate.current_language(), "languages": list(catalogue.LANGUAGES.items())}


def _accepted(request: HttpRequest) -> str:
    """The first supported language that the browser names; English if it names none."""
    named = (each.partition(";")[0].strip() for each in request.headers.get("Accept-Language", "")[:500].split(","))
    return next((found for each in named if (found := catalogue.language_of(each))), "en")
