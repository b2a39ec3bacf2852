"""Hostile headers, URLs and connections: refused without revealing internals, and the server still works."""

from __future__ import annotations

import json

import httpx
import pytest
from hostile_requests import INTERNALS, assert_harmless, raw
from server_process import Server
from test_quotes import SALE

pytestmark = pytest.mark.usefixtures("still_serving")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Idempotency-Key",
        "X-Request-Id",
        "Accept-Language",
        "Cookie",
        "Host",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Accept",
        "Content-Length",
        "Transfer-Encoding",
        "Range",
        "If-None-Match",
        "X-Http-Method-Override",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "é".encode().decode("latin-1"),
        "x" * 7_000,
        "' OR 1=1 --",
        "../../etc/passwd",
        "{{7*7}}${7*7}",
        "-1",
        "Bearer ek_000000000000_" + "A" * 43,
        "Bearer",
        "sessionid=x; csrftoken=y",
        "*;q=nan",
    ],
)
def test_hostile_headers_are_refused_or_ignored(server: Server, name: str, value: str) -> None:
    request = f"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{name}: {value}\r\n\r\n"
    status, text = raw(server, request.encode("latin-1"))
    assert status < 500, text
    assert not INTERNALS.search(text) or status == 200
    status, text = raw(server, request.replace("/en/", "/v1/health").encode("latin-1"))
    assert status < 500, text
    assert not INTERNALS.search(text)


PATHS = [
    "/v1",
    "/v1/",
    "/v1//quotes",
    "/v1/quotes/",
    "/v1/quotes/..%2f..%2fetc%2fpasswd",
    "/v1/quotes/%00",
    "/v1/quotes/" + "a" * 3_000,
    "/v1/quotes/%ff%fe",
    "/v1/law/CN/%00",
    "/v1/law/../../etc/passwd",
    "/v1/law/cn/0901'--",
    "/v1/goods?q=%00",
    "/v1/goods?q=" + "a" * 3000,
    "/v1/goods?q=%22%20OR%20NEAR(*",
    "/v1/goods?q=coffee&limit=99999999999999999999",
    "/v1/goods?q=a&limit=-1",
    "/v1/ways?economy=%27",
    "/v1/law/CN/diff?from=0001-01-01&to=9999-12-31",
    "/v1/law/CN/diff?from=x",
    "/v1/quotes/batch",
    "/v1/health?x=" + "y" * 4_000,
    "/v1/metrics?%00=1",
    "/static/../settings.py",
    "/static/%2e%2e/settings.py",
    "/static/web/..%2f..%2fsettings.py",
    "/static//etc/passwd",
    "/static/web/",
    "/xx/",
    "/en",
    "/en/../../",
    "/en/%00",
    "/en/?to=%00&what=%ff",
    "/en/?amount=1e999999&to=CN",
    "/en/law/",
    "/en/law/CN/%00",
    "/en/law/ZZ/..%2f",
    "/en/quotes/%00",
    "/en/quotes/../../x.pdf",
    "/en/batch/",
    "/en/batch/../../../secret",
    "/en/packs/",
    "/en/packs/%2e%2e/secret",
    "/admin",
    "/admin/login/?next=//evil.example",
    "/admin/store/key/",
    "/admin/%00",
    "//evil.example/en",
    "/.env",
    "/secret",
    "/desk.sqlite3",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:60])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_unknown_paths_get_an_error_without_internals(
    server: Server, key: dict[str, str], path: str, method: str
) -> None:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "Content-Length: 0"]
    status, text = raw(server, "\r\n".join([*lines, *(f"{n}: {v}" for n, v in key.items())]).encode() + b"\r\n\r\n")
    assert status < 500 or status == 501, text
    assert not INTERNALS.search(text) or status < 400, text
    assert "SECRET_KEY" not in text


@pytest.mark.parametrize(
    ("method", "path", "able"),
    [
        ("PUT", "/v1/quotes", "GET, POST, HEAD"),
        ("GET", "/v1/quotes/batch", "POST"),
        ("OPTIONS", "/v1/quotes", "GET, POST, HEAD"),
        ("DELETE", "/v1/quotes/qt_1", "GET, HEAD"),
        ("POST", "/v1/health", "GET, HEAD"),
        ("BREW", "/v1/law/CN/0901", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_allowed_gets_405_as_json(server: Server, method: str, path: str, able: str) -> None:
    answer = assert_harmless(httpx.request(method, server.url + path, timeout=60))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (405, "method_not_allowed", "invalid_request_error")
    assert answer.headers["allow"] == able
    assert method in error["message"]
    head = httpx.head(f"{server.url}/v1/quotes/batch", timeout=60)
    assert (head.status_code, head.content, head.headers["allow"]) == (405, b"", "POST")


@pytest.mark.parametrize("path", ["/v1/health", "/v1/economies", "/v1/law/CN/0901?on=2026-03-01"])
def test_head_has_the_headers_of_get(server: Server, path: str) -> None:
    got, head = server.get(path), httpx.head(server.url + path, timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == got.headers.get(name)


HEAD = b"POST /v1/quotes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
BODY = json.dumps(SALE).encode()
WIRES: dict[str, tuple[bytes, int]] = {
    "in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), 200),
    "one byte a chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n",
        200,
    ),
    "cut": (HEAD + b"Content-Length: 1000\r\n\r\n" + BODY, 400),
    "cut in a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n" + BODY[:-5], 400),
    "no chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + BODY, 400),
    "a vast chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + BODY, 400),
    "both lengths": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY, 400),
    "a length that is none": (HEAD + b"Content-Length: -1\r\n\r\n" + BODY, 400),
    "a vast length": (HEAD + b"Content-Length: 99999999999\r\n\r\n" + BODY, 413),
    "many headers": (HEAD + b"".join(b"x-%d: y\r\n" % number for number in range(2_000)) + b"\r\n", 431),
    "a vast header": (HEAD + b"x: " + b"y" * (1 << 20) + b"\r\n\r\n", 431),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00" * 50 + b"\r\n\r\n", 400),
    "another HTTP": (b"GET /v1/health HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "no host": (b"GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "another host": (b"GET /v1/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
    "a folded header": (b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\nConnection: close\r\n\r\n", 400),
    "a whole address": (
        b"GET http://evil.example/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize(("request_bytes", "status"), WIRES.values(), ids=WIRES)
def test_malformed_http_is_refused(server: Server, request_bytes: bytes, status: int) -> None:
    # Who has sent less than was said closes the wire; a server need not answer one who no longer listens.
    found, text = raw(server, request_bytes, cut=request_bytes.startswith(HEAD) and status != 200)
    assert found in (status, 0) if status != 200 else found == 200, text
    assert not INTERNALS.search(text) or found == 200
    assert (found == 200) == (status == 200), text


def test_an_unknown_host_name_is_refused_as_json(server: Server) -> None:
    answer = server.get("/v1/health", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_answered")
    # Not the first word alone: the log has e-mails with random links.
    assert "evil.example" not in answer.text + server.log()


def test_two_requests_on_one_connection_get_two_responses(server: Server) -> None:
    one = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    _, text = raw(server, one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert text.count('"object":"health"') == 2


def test_files_of_the_data_folder_are_not_served(server: Server) -> None:
    secret = (server.data / "secret").read_text()
    for path in (
        "secret",
        "static/../secret",
        "static/%2e%2e/%2e%2e/secret",
        "handed-in/x",
        "en/batch/..%2f..%2fsecret",
    ):
        assert secret not in server.get(f"/{path}").text
    assert (server.data / "secret").stat().st_mode & 0o077 == 0, "others may read it"
