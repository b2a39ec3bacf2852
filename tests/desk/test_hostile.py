"""What no honest caller sends: it is refused in the envelope, nothing of ours is told, and the desk stands."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import entrepot
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import Desk
from test_quotes import SALE

#: What would tell of our insides: a traceback, a path of the machine, the name of a module or of a library.
INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/usr/|/tmp/|/home/|django|msgspec|sqlite|psycopg", re.IGNORECASE
)
JSON = {"Content-Type": "application/json"}
DEEP = 100_000

BODIES: dict[str, bytes] = {
    "a vast exponent": json.dumps(SALE).replace('"100.00"', "1e999999").encode(),
    "a tiny exponent": json.dumps(SALE).replace('"100.00"', "1e-999999").encode(),
    "a vast exponent as text": json.dumps(SALE).replace('"100.00"', '"1e999999"').encode(),
    "many digits": json.dumps(SALE).replace('"100.00"', "9" * 10**5).encode(),
    "many digits as text": json.dumps(SALE).replace('"100.00"', f'"{"9" * 10**5}"').encode(),
    "many decimals": json.dumps(SALE).replace('"100.00"', "0." + "3" * 10**5).encode(),
    "no number": json.dumps(SALE).replace('"100.00"', "NaN").encode(),
    "an infinite one": json.dumps(SALE).replace('"100.00"', '"Infinity"').encode(),
    "a negative one": json.dumps(SALE).replace('"100.00"', "-1").encode(),
    "other digits": json.dumps(SALE, ensure_ascii=False).replace('"100.00"', '"១០០"').encode(),
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep in a field": json.dumps(SALE).encode()[:-1] + b',"buyer":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "a NUL in a value": json.dumps({**SALE, "currency": "CN\0Y"}).encode(),
    "a NUL in a name": json.dumps({**SALE, "a\0b": 1}).encode(),
    "a NUL byte": json.dumps(SALE).encode() + b"\0",
    "half a surrogate": json.dumps(SALE).replace("CNY", "\\ud800").encode(),
    "half a surrogate kept": json.dumps(SALE).replace('"lines": [{', '"lines": [{"description": "\\udfff", ').encode(),
    "no UTF-8": json.dumps(SALE).encode().replace(b"CNY", b"\xff\xfe\xfd"),
    "UTF-16": json.dumps(SALE).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(SALE).encode(),
    "a name twice": json.dumps(SALE).encode()[:-1] + b',"currency":"USD"}',
    "a name of the language": json.dumps({**SALE, "__class__": {"__init__": 1}, "__proto__": {}}).encode(),
    "many names": json.dumps({f"f{n}": n for n in range(50_000)}).encode(),
    "many lines": json.dumps({**SALE, "lines": SALE["lines"] * 15_000}).encode(),
    "no line": json.dumps({**SALE, "lines": []}).encode(),
    "a line that is none": json.dumps({**SALE, "lines": [None, 1, "a", []]}).encode(),
    "a path": json.dumps({**SALE, "lines": [{"hs_code": "../../../etc/passwd", "amount": "1"}]}).encode(),
    "a day of long ago": json.dumps({**SALE, "date": "0001-01-01"}).encode(),
    "a day to come": json.dumps({**SALE, "date": "9999-12-31"}).encode(),
    "a day that is none": json.dumps({**SALE, "date": "2026-02-30"}).encode(),
    "a rate of nil": json.dumps({**SALE, "currency": "USD", "exchange_rates": {"USD": "0"}}).encode(),
    "a tiny rate": json.dumps({**SALE, "currency": "USD", "exchange_rates": {"USD": "1e-300"}}).encode(),
    "a vast rate": json.dumps({**SALE, "lines": [{**SALE["lines"][0], "rates": {"duty": "9" * 999 + "%"}}]}).encode(),
    "text in place of a sale": b'"sale"',
    "a number in place of a sale": b"1e400",
}


def harmless(answer: httpx.Response) -> httpx.Response:
    """An answer that is no fault of ours and tells nothing of our insides."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:500])
    if answer.status_code >= 400:
        assert not INSIDES.search(answer.text), answer.text[:500]
        if answer.request.url.path.startswith("/v1/"):
            error = answer.json()["error"]
            assert set(error) == {"type", "code", "message", "param"}
            assert error["message"]
            assert len(error["message"]) < 2_000
    return answer


@pytest.fixture(scope="module")
def key(desk: Desk) -> dict[str, str]:
    return desk.key()


@pytest.fixture(scope="module", autouse=True)
def _it_stands(desk: Desk) -> Any:
    yield
    # Whatever was sent before: the same figures as the library's, and no fault of ours in the log.
    answer = desk.post("/v1/quotes", json=SALE, headers=desk.key())
    assert answer.json()["best"]["amount_landed"] == entrepot.quote(SALE).best.amount_landed  # type: ignore[union-attr]
    faults = [line for line in desk.log().splitlines() if "Traceback" in line or '"fault"' in line]
    assert not faults, faults[0][:3_000]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_refused_or_answered(desk: Desk, key: dict[str, str], body: bytes) -> None:
    for store in ("true", "false"):
        harmless(desk.post(f"/v1/quotes?store={store}", content=body, headers={**key, **JSON}))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["CN", "VN", "CNY", "0901.21", "2026-03-01", "1e999", "-0", "", "\0", "१"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("ship_from", "ship_to", "date", "buyer", "seller", "asserted", "incoterm", "transport", "channel", "currency",
         "shipping_cost", "insurance_cost", "discount_amount", "exchange_rates", "lines")  # fmt: skip
IN_LINES = ("reference", "hs_code", "service", "description", "country_of_origin", "proof_of_origin", "quantity", "amount",
            "net_mass_kg", "alcohol_percent", "tax_class", "rates")  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(IN_LINES), VALUES, max_size=3),
)
def test_any_value_in_any_field_is_refused_or_answered(desk: Desk, key: dict[str, str], sale: Any, line: Any) -> None:
    asked = {**SALE, "lines": [{**SALE["lines"][0], **line}], **sale}
    harmless(desk.post("/v1/quotes?store=false", content=json.dumps(asked).encode(), headers={**key, **JSON}))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_answered(desk: Desk, key: dict[str, str], body: bytes) -> None:
    harmless(desk.post("/v1/quotes", content=body, headers={**key, **JSON}))
    harmless(desk.post("/v1/quotes/batch", content=body, headers={**key, "Content-Type": "application/jsonl"}))


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json; charset=utf-7", "application/xml",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/x-www-form-urlencoded", "application/json,text/html",
    "a" * 5000])  # fmt: skip
def test_another_kind_of_content_is_refused(desk: Desk, key: dict[str, str], kind: str) -> None:
    for path in ("/v1/quotes", "/v1/quotes/batch"):
        harmless(desk.post(path, content=json.dumps(SALE).encode(), headers={**key, "Content-Type": kind}))


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "X-Request-Id", "Accept-Language", "Cookie", "Host",
    "X-Forwarded-For", "X-Forwarded-Proto", "Accept", "Content-Length", "Transfer-Encoding", "Range", "If-None-Match",
    "X-Http-Method-Override"])  # fmt: skip
@pytest.mark.parametrize("value", ["", "é".encode().decode("latin-1"), "x" * 7_000, "' OR 1=1 --", "../../etc/passwd",
    "{{7*7}}${7*7}", "-1", "Bearer ek_000000000000_" + "A" * 43, "Bearer", "sessionid=x; csrftoken=y", "*;q=nan"])  # fmt: skip
def test_hostile_headers_are_refused_or_passed_over(desk: Desk, name: str, value: str) -> None:
    request = f"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{name}: {value}\r\n\r\n"
    status, text = raw(desk, request.encode("latin-1"))
    assert status < 500, text
    assert not INSIDES.search(text) or status == 200
    status, text = raw(desk, request.replace("/en/", "/v1/health").encode("latin-1"))
    assert status < 500, text
    assert not INSIDES.search(text)


PATHS = ["/v1", "/v1/", "/v1//quotes", "/v1/quotes/", "/v1/quotes/..%2f..%2fetc%2fpasswd", "/v1/quotes/%00", "/v1/quotes/" + "a" * 3_000,
    "/v1/quotes/%ff%fe", "/v1/law/CN/%00", "/v1/law/../../etc/passwd", "/v1/law/cn/0901'--", "/v1/goods?q=%00", "/v1/goods?q=" + "a" * 3000,
    "/v1/goods?q=%22%20OR%20NEAR(*", "/v1/goods?q=coffee&limit=99999999999999999999", "/v1/goods?q=a&limit=-1", "/v1/ways?economy=%27",
    "/v1/law/CN/diff?from=0001-01-01&to=9999-12-31", "/v1/law/CN/diff?from=x", "/v1/quotes/batch", "/v1/health?x=" + "y" * 4_000, "/v1/metrics?%00=1",
    "/static/../settings.py", "/static/%2e%2e/settings.py", "/static/desk/..%2f..%2fsettings.py", "/static//etc/passwd", "/static/desk/",
    "/xx/", "/en", "/en/../../", "/en/%00", "/en/?to=%00&what=%ff", "/en/?amount=1e999999&to=CN", "/en/law/", "/en/law/CN/%00", "/en/law/ZZ/..%2f",
    "/en/quotes/%00", "/en/quotes/../../x.pdf", "/en/batch/", "/en/batch/../../../secret", "/en/packs/", "/en/packs/%2e%2e/secret",
    "/admin", "/admin/login/?next=//evil.example", "/admin/store/key/", "/admin/%00", "//evil.example/en", "/.env", "/secret", "/desk.sqlite3"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:60])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_a_path_that_leads_nowhere_is_said_to(desk: Desk, key: dict[str, str], path: str, method: str) -> None:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "Content-Length: 0"]
    status, text = raw(desk, "\r\n".join([*lines, *(f"{n}: {v}" for n, v in key.items())]).encode() + b"\r\n\r\n")
    assert status < 500 or status == 501, text
    assert not INSIDES.search(text) or status < 400, text
    assert "SECRET_KEY" not in text


def raw(desk: Desk, request: bytes, *, cut: bool = False) -> tuple[int, str]:
    """What is sent byte for byte, and what comes back: the status, 0 where the connection is just closed, and the text."""
    where = urlsplit(desk.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as wire:
        found = b""
        try:
            wire.sendall(request)
            if cut:
                wire.shutdown(socket.SHUT_WR)
            while part := wire.recv(65_536):
                found += part
        except OSError:  # closed in our face, which is an answer too
            pass
    status = re.match(rb"HTTP/1\.[01] (\d{3})", found)
    return int(status[1]) if status else 0, found.decode("utf-8", "replace")


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
def test_a_hostile_wire(desk: Desk, request_bytes: bytes, status: int) -> None:
    # Who has sent less than was said closes the wire; a server need not answer one who no longer listens.
    found, text = raw(desk, request_bytes, cut=request_bytes.startswith(HEAD) and status != 200)
    assert found in (status, 0) if status != 200 else found == 200, text
    assert not INSIDES.search(text) or found == 200
    assert (found == 200) == (status == 200), text


def test_two_requests_on_one_wire_are_two(desk: Desk) -> None:
    one = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    _, text = raw(desk, one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert text.count('"object":"health"') == 2


@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_query_is_refused_or_answered(desk: Desk, key: dict[str, str], first: str, second: str) -> None:
    for path in ("/v1/goods", "/v1/ways", "/v1/law/CN/diff", "/v1/economies"):
        asked = {"q": first, "economy": second, "language": first, "on": second, "from": first, "to": second}
        harmless(desk.get(path, params=asked, headers=key))
    for path in ("/en/", "/km/law/"):
        harmless(desk.get(path, params={"from": first, "to": second, "what": first, "amount": second, "on": first}))


def test_files_of_the_desk_are_not_served(desk: Desk) -> None:
    secret = (desk.data / "secret").read_text()
    for path in (
        "secret",
        "static/../secret",
        "static/%2e%2e/%2e%2e/secret",
        "handed-in/x",
        "en/batch/..%2f..%2fsecret",
    ):
        assert secret not in desk.get(f"/{path}").text
    assert (desk.data / "secret").stat().st_mode & 0o077 == 0, Path("secret")
