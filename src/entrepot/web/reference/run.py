"""Run a request of the reference on this server: the same code answers it as an HTTP request of the same caller."""

from __future__ import annotations

import contextvars
import time
from http import HTTPStatus
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import Resolver404, resolve

from entrepot.web.http.error_pages import not_found
from entrepot.web.http.page_language import language_middleware
from entrepot.web.reference.call import Call

#: Characters of an answer that are shown.
MAX_SHOWN = 40_000
#: Headers of an answer that are shown.
HEADERS = ("Content-Type", "Content-Language", "ETag", "Idempotent-Replayed", "Entrepot-Sandbox", "Retry-After",
           "RateLimit-Limit", "RateLimit-Remaining")  # fmt: skip


class Answer(NamedTuple):
    """An answer as it is shown. `cut`: how many characters it has, if they are not all shown; `quote`: the id in it."""

    status: int
    reason: str
    milliseconds: int
    headers: list[tuple[str, str]]
    text: str
    cut: int
    quote: str


def run(page: HttpRequest, call: Call, key: str) -> Answer:
    """The answer to a request of the reader of a page, with an API key if one is given."""
    request = WSGIRequest(_environ(page, call, key))
    start = time.perf_counter()
    # In a context of its own: the request has its own language and its own count.
    response = contextvars.copy_context().run(language_middleware(_respond), request)  # type: ignore[arg-type]  # Django's base class of responses
    content = _read(response)
    milliseconds = round((time.perf_counter() - start) * 1000)
    text = show(content, response.get("Content-Type", ""))
    status = response.status_code
    return Answer(
        status=status,
        reason=HTTPStatus(status).phrase,
        milliseconds=milliseconds,
        headers=[(name, response[name]) for name in HEADERS if name in response],
        text=text[:MAX_SHOWN],
        cut=len(text) if len(text) > MAX_SHOWN else 0,
        quote=_id_of_quote(content) if status == HTTPStatus.OK else "",
    )


def show(content: bytes, media_type: str) -> str:
    """The text of an answer; JSON is indented, with its numbers as they are."""
    if media_type.partition(";")[0] == "application/json":
        return msgspec.json.format(content, indent=2).decode()
    if media_type == "application/pdf":
        return f"%PDF … ({len(content)} bytes)"
    return content.decode(errors="replace")


def _respond(request: HttpRequest) -> HttpResponseBase:
    try:
        match = resolve(request.path_info)
    except Resolver404 as error:
        return not_found(request, error)
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


def _environ(page: HttpRequest, call: Call, key: str) -> dict[str, Any]:
    """The WSGI environment of the request: the caller, the host and the server are those of the page's request."""
    kept = ("HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")
    found = {
        name: value for name, value in page.META.items() if not name.startswith(("HTTP_", "CONTENT_")) or name in kept
    }
    body = call.body.encode()
    found |= {
        "REQUEST_METHOD": call.operation.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": call.path().encode().decode("latin-1"),  # as a WSGI server passes it
        "QUERY_STRING": urlencode(call.query()),
        "CONTENT_LENGTH": str(len(body)) if call.operation.media else "",
        "wsgi.input": BytesIO(body),
    }
    for name, value in call.headers().items():
        found["CONTENT_TYPE" if name == "Content-Type" else f"HTTP_{name.upper().replace('-', '_')}"] = value
    if key:
        found["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return found


def _read(response: HttpResponseBase) -> bytes:
    """The content of an answer; of a stream no more than can be shown."""
    if isinstance(response, HttpResponse):
        return response.content
    assert isinstance(response, StreamingHttpResponse)  # noqa: S101  # for mypy: there are no others
    parts: list[bytes] = []
    try:
        for part in response:
            parts.append(part)
            if sum(map(len, parts)) > 4 * MAX_SHOWN:
                break
    finally:
        response.close()
    return b"".join(parts)


def _id_of_quote(content: bytes) -> str:
    """The id of a stored quote in an answer; empty if there is none."""
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return ""
    return str(found.get("id", "")) if isinstance(found, dict) and found.get("object") == "quote" else ""
