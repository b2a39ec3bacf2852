"""Compress responses with gzip for clients that accept it: JSON, pages, styles, scripts, and streamed tables.

Pages use Django's own middleware, which hides their exact length (a mitigation of BREACH). Responses of the API contain
no secret other than what the caller sent: they are compressed at the fastest level, which reduces a quote of 17 kB to
4 kB.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware

LEVEL = 1
#: Shorter bodies are not compressed.
MIN_LENGTH = 200
#: Media types to compress. PDF, Parquet, spreadsheets and images are compressed already.
_TYPES = ("text/", "application/json", "application/jsonl", "application/x-ndjson", "application/javascript",
          "application/openmetrics-text", "application/vnd.apache.arrow.stream", "image/svg+xml")  # fmt: skip

#: A stream of events is sent as it is: a proxy that decompresses may hold back what it has.
_AS_IT_IS = "text/event-stream"


class Compression(GZipMiddleware):
    """The middleware."""

    def process_request(self, request: HttpRequest) -> None:
        """Make weak ETags strong for WhiteNoise, which compares them as texts: `process_response` made them weak."""
        tag = request.META.get("HTTP_IF_NONE_MATCH", "")
        if tag.startswith("W/") and request.path_info.startswith("/static/"):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a response if its client accepts gzip and it becomes smaller."""
        if response.status_code == 304:
            _vary(response)
            return _weaken_etag(response) if accepts_gzip(request) else response
        kind = response.get("Content-Type", "")
        if response.status_code == 206 or not kind.startswith(_TYPES) or kind.startswith(_AS_IT_IS):
            return response
        if response.has_header("Content-Encoding") or response.has_header("Content-Digest"):
            return response  # it is compressed already, or its bytes are signed as they are
        _vary(response)
        if not accepts_gzip(request):
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _compress_stream(iter(response))
            del response.headers["Content-Length"]
        elif request.path_info.startswith("/v1/"):
            content = response.content  # type: ignore[attr-defined]  # it does not stream
            if len(content) < MIN_LENGTH:
                return response
            response.content = gzip.compress(content, LEVEL, mtime=0)  # type: ignore[attr-defined]  # as above
            response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]  # as above
        else:
            return super().process_response(request, response)
        response.headers["Content-Encoding"] = "gzip"
        return _weaken_etag(response)


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether the client accepts gzip.

    >>> request = HttpRequest()
    >>> for text in ("gzip, br", "gzip;q=0", "identity", "br;q=1.0, GZIP ; q=0.5", ""):
    ...     request.META["HTTP_ACCEPT_ENCODING"] = text
    ...     print(accepts_gzip(request))
    True
    False
    False
    True
    False
    """
    for each in request.META.get("HTTP_ACCEPT_ENCODING", "").split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() == "gzip":
            return bool(weight.replace(" ", "").rstrip("0").rstrip(".") != "q=")
    return False


def _vary(response: HttpResponseBase) -> None:
    """Say that the bytes depend on the Accept-Encoding of the request, besides what `Vary` says already."""
    known = response.headers.get("Vary", "")
    if not known:
        response.headers["Vary"] = "Accept-Encoding"
    elif known != "*" and "accept-encoding" not in known.lower():
        response.headers["Vary"] = f"{known}, Accept-Encoding"


def _weaken_etag(response: HttpResponseBase) -> HttpResponseBase:
    """Make the ETag weak: the content is the same, the bytes are not (RFC 9110, section 8.8.1)."""
    tag = response.get("ETag", "")
    if tag.startswith('"'):
        response.headers["ETag"] = f"W/{tag}"
    return response


def _compress_stream(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Compress and flush each piece: the client can decompress all that it has received."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        yield compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)
    yield compressor.flush()
