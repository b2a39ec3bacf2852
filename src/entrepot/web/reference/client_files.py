"""`/entrepot.js` and `/entrepot.d.ts`: the JavaScript client of this server, and its types."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from entrepot import client

FOLDER = Path(client.__file__).parent / "javascript"
#: The types of the client for tools that follow this header (Deno).
_TYPES = "/entrepot.d.ts"


@cache
def _content(name: str) -> tuple[bytes, str]:
    """A file and its ETag."""
    content = (FOLDER / name).read_bytes()
    return content, f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def client_file(name: str, media_type: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of one file."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        content, etag = _content(name)
        same = get_conditional_response(request, etag=etag)
        response = HttpResponse(content, content_type=f"{media_type}; charset=utf-8") if same is None else same
        response["ETag"] = etag
        response["Cache-Control"] = "public, max-age=3600"
        response["Access-Control-Allow-Origin"] = "*"  # a page of another web site may import it
        if media_type == "text/javascript":
            response["X-TypeScript-Types"] = _TYPES
        return response

    return view


javascript = client_file("entrepot.js", "text/javascript")
types = client_file("entrepot.d.ts", "text/plain")
