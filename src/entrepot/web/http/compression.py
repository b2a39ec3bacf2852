"""compression: gzip for clients that accept it: JSON, pages, styles, scripts, and answers of tables as they come.

Pages go through Django's own middleware, which hides their exact length (a mitigation of BREACH). Answers of the API
hold no secret beside what the caller sent: they are compressed at the quickest level, which makes 10 kB of a quote of
95 kB in a quarter of a millisecond.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

LEVEL = 1
#: Shorter bodies are left as they are.
LEAST = 200
#: Media types that compression makes smaller; PDF, Parquet, spreadsheets and pictures are compressed already.
_TYPES = ("text/", "application/json", "application/jsonl", "application/x-ndjson", "application/javascript",
          "application/openmetrics-text", "application/vnd.apache.arrow.stream", "image/svg+xml")  # fmt: skip


class Compression(GZipMiddleware):
    """The middleware."""

    def process_request(self, request: HttpRequest) -> None:
        """WhiteNoise compares ETags as texts: a weak one is that of the file, which was compressed on its way."""
        tag = request.META.get("HTTP_IF_NONE_MATCH", "")
        if tag.startswith("W/") and request.path_info.startswith("/static/"):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compresses an answer, where its client accepts that, and where it gains something."""
        if response.status_code == 304:
            patch_vary_headers(response, ("Accept-Encoding",))
            return _weakened(response) if accepts_gzip(request) else response
        if response.status_code == 206 or not response.get("Content-Type", "").startswith(_TYPES):
            return response
        if response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if not accepts_gzip(request):
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _stream(iter(response))
            del response.headers["Content-Length"]
        elif request.path_info.startswith("/v1/"):
            content = response.content  # type: ignore[attr-defined]  # it does not stream
            if len(content) < LEAST:
                return response
            response.content = gzip.compress(content, LEVEL, mtime=0)  # type: ignore[attr-defined]  # as above
            response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]  # as above
        else:
            return super().process_response(request, response)
        response.headers["Content-Encoding"] = "gzip"
        return _weakened(response)


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


def _weakened(response: HttpResponseBase) -> HttpResponseBase:
    """The same bytes no longer, but the same content (RFC 9110, section 8.8.1)."""
    tag = response.get("ETag", "")
    if tag.startswith('"'):
        response.headers["ETag"] = f"W/{tag}"
    return response


def _stream(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces, each compressed and sent as it comes: what its client has can be read to its end."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
