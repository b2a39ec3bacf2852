"""The parameter `language` of operations whose texts are translated."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from entrepot.language.catalogue import LANGUAGES, language_of, near_language
from entrepot.model.errors import in_quotes, suggestion
from entrepot.web.http.errors import Refused

_SAYS = f"the language of the texts: {', '.join(LANGUAGES)}; by default the first of them in Accept-Language, else en"
#: The parameter in the OpenAPI document.
PARAMETER: dict[str, Any] = {
    "name": "language",
    "in": "query",
    "description": _SAYS,
    "schema": {"type": "string", "enum": list(LANGUAGES)},
}


def check_language(request: HttpRequest) -> None:
    """Raises Refused (422) if the request names a language that is not supported. The middleware has set the others."""
    if not request.META.get("QUERY_STRING") or (text := request.GET.get("language")) is None:
        return
    if language_of(text) is None:
        message = f"{in_quotes(text[:20])} is not a supported language. Supported: {', '.join(LANGUAGES)}."
        message += suggestion(near_language(text))
        raise Refused(422, "invalid_request_error", "invalid", message, "language")
