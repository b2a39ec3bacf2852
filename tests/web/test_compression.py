"""Responses are compressed for clients that accept it: same content, correct headers, streamed piece by piece."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

import httpx
import pytest
from server_process import Server
from test_quotes import SALE
from test_spill import ROW

PLAIN, PACKED = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}


def raw(server: Server, method: str, path: str, **more: object) -> tuple[httpx.Response, bytes]:
    """An answer, and its bytes as they came."""
    with httpx.Client(timeout=240) as client, client.stream(method, server.url + path, **more) as answer:  # type: ignore[arg-type]  # as httpx takes them
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/v1/economies", "/v1/openapi.json", "/en/", "/vi/law/", "/static/web/pages.css"])
def test_a_compressed_response_has_the_same_content(server: Server, path: str) -> None:
    plain, body = raw(server, "GET", path, headers=PLAIN)
    packed, less = raw(server, "GET", path, headers=PACKED)
    head, nothing = raw(server, "HEAD", path, headers=PACKED)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == head.headers["content-encoding"] == "gzip"
    assert gzip.decompress(less) == body
    assert len(less) < len(body) / 2
    assert not nothing
    assert packed.headers.get("content-length", str(len(less))) == str(len(less))
    for answer in (plain, packed, head):
        assert "accept-encoding" in answer.headers["vary"].lower()
    refused, again = raw(server, "GET", path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert again == body


@pytest.mark.parametrize("path", ["/v1/economies", "/static/web/pages.css"])
def test_unchanged_compressed_responses_get_304(server: Server, path: str) -> None:
    tag = server.get(path, headers=PACKED).headers["etag"]
    assert tag.startswith('W/"')
    for head in (PACKED, PLAIN):
        answer = server.get(path, headers={**head, "If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
    assert server.get(path, headers={**PLAIN, "If-None-Match": tag.removeprefix("W/")}).status_code == 304


def test_part_of_a_file_is_not_compressed(server: Server) -> None:
    part, body = raw(server, "GET", "/static/web/pages.css", headers={**PACKED, "Range": "bytes=0-99"})
    assert (part.status_code, len(body), "content-encoding" in part.headers) == (206, 100, False)


def test_a_replayed_quote_is_the_same_with_and_without_compression(server: Server) -> None:
    head = {**server.key(), "Idempotency-Key": "packed"}
    first, less = raw(server, "POST", "/v1/quotes", json=SALE, headers=head | PACKED)
    again, body = raw(server, "POST", "/v1/quotes", json=SALE, headers=head | PLAIN)
    assert gzip.decompress(less) == body
    assert first.headers["content-encoding"] == "gzip"
    assert "idempotent-replayed" in again.headers
    assert len(less) < len(body) / 3


def test_a_streamed_table_is_compressed_piece_by_piece(server: Server) -> None:
    line = json.dumps(ROW).encode() + b"\n"
    head = {**server.key("batch"), "Content-Type": "application/jsonl"}
    rows = 20_000
    _, body = raw(server, "POST", "/v1/quotes/batch", content=line * rows, headers=head | PLAIN)

    def lines() -> Iterator[bytes]:
        yield line * rows

    with httpx.Client(timeout=240) as client:
        address = f"{server.url}/v1/quotes/batch"
        with client.stream("POST", address, content=lines(), headers=head | PACKED) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            reader, read, pieces = zlib.decompressobj(16 + zlib.MAX_WBITS), b"", 0
            for piece in answer.iter_raw():
                read += (got := reader.decompress(piece))
                pieces += bool(got)
    assert read == body
    assert reader.eof
    assert pieces > 1
