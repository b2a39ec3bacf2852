"""Hostile bodies and queries: refused without revealing internals, and the server still works."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hostile_requests import assert_harmless
from hypothesis import given, settings
from hypothesis import strategies as st
from server_process import Server
from test_quotes import SALE

JSON = {"Content-Type": "application/json"}
DEEP = 200_000

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
    "deep objects": b'{"a":' * (DEEP // 2) + b"1" + b"}" * (DEEP // 2),
    "deep in turns": b'[{"a":' * (DEEP // 2) + b"1" + b"}]" * (DEEP // 2),
    "nothing but brackets": b"[" * 1_000_000,
    "flat brackets": b"[" + b"[]," * 300_000 + b"1]",
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


pytestmark = pytest.mark.usefixtures("still_serving")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_refused_or_answered(server: Server, key: dict[str, str], body: bytes) -> None:
    for store in ("true", "false"):
        assert_harmless(server.post(f"/v1/quotes?store={store}", content=body, headers={**key, **JSON}))


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
NAMES = (
    "ship_from",
    "ship_to",
    "date",
    "buyer",
    "seller",
    "asserted",
    "incoterm",
    "transport",
    "channel",
    "currency",
    "shipping_cost",
    "insurance_cost",
    "discount_amount",
    "exchange_rates",
    "lines",
)
IN_LINES = (
    "reference",
    "hs_code",
    "service",
    "description",
    "country_of_origin",
    "proof_of_origin",
    "quantity",
    "amount",
    "net_mass_kg",
    "alcohol_percent",
    "tax_class",
    "rates",
)


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(IN_LINES), VALUES, max_size=3),
)
def test_any_value_in_any_field_is_refused_or_answered(
    server: Server, key: dict[str, str], sale: Any, line: Any
) -> None:
    asked = {**SALE, "lines": [{**SALE["lines"][0], **line}], **sale}
    assert_harmless(server.post("/v1/quotes?store=false", content=json.dumps(asked).encode(), headers={**key, **JSON}))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_answered(server: Server, key: dict[str, str], body: bytes) -> None:
    assert_harmless(server.post("/v1/quotes", content=body, headers={**key, **JSON}))
    assert_harmless(server.post("/v1/quotes/batch", content=body, headers={**key, "Content-Type": "application/jsonl"}))


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/json; charset=utf-7",
        "application/xml",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/json,text/html",
        "a" * 5000,
    ],
)
def test_other_content_types_are_refused(server: Server, key: dict[str, str], kind: str) -> None:
    for path in ("/v1/quotes", "/v1/quotes/batch"):
        assert_harmless(server.post(path, content=json.dumps(SALE).encode(), headers={**key, "Content-Type": kind}))


@pytest.mark.long
@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_query_is_refused_or_answered(server: Server, key: dict[str, str], first: str, second: str) -> None:
    for path in ("/v1/goods", "/v1/ways", "/v1/law/CN/diff", "/v1/economies"):
        asked = {"q": first, "economy": second, "language": first, "on": second, "from": first, "to": second}
        assert_harmless(server.get(path, params=asked, headers=key))
    for path in ("/en/", "/km/law/"):
        assert_harmless(
            server.get(path, params={"from": first, "to": second, "what": first, "amount": second, "on": first})
        )
