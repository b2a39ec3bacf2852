"""Quotes over HTTP: the figures of the library, stored, read and checked; and refused requests."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from server_process import Server

import entrepot
from base_sale import best_of

SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def test_a_quote_has_the_figures_of_the_library_and_can_be_read_and_checked(server: Server) -> None:
    given = server.post("/v1/quotes", json=SALE)
    assert given.status_code == 200
    answer = given.json()
    expected = entrepot.quote(SALE).to_dict()
    assert {name: answer[name] for name in expected} == expected
    again = server.get(f"/v1/quotes/{answer['id']}")
    assert again.content == given.content
    check = server.get(f"/v1/quotes/{answer['id']}/check").json()
    assert check["same"] is True
    assert check["hash"] == check["hash_again"] == answer["hash"]


def test_a_sale_with_names_is_stored_with_codes_and_shown(server: Server) -> None:
    named = SALE | {"ship_from": {"country": "Vietnam"}, "currency": "rmb", "buyer": {"kind": "Consumer"}}
    answer = server.post("/v1/quotes", json=named).json()
    assert best_of(answer)["amount_landed"] == "109.10"
    assert server.get(f"/v1/quotes/{answer['id']}/check").json()["same"] is True
    assert "Viet Nam → China" in server.get(f"/en/quotes/{answer['id']}").text


def test_an_unstored_quote_has_no_id(server: Server) -> None:
    answer = server.post("/v1/quotes?store=false", json=SALE).json()
    assert "id" not in answer
    for query in ("store=true", "store=1&", "&store=TRUE"):
        assert "id" in server.post(f"/v1/quotes?{query}", json=SALE).json()
    assert best_of(answer)["amount_landed"] == entrepot.quote(SALE).best.amount_landed  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("stor=false", "unknown_field", "stor"),
        ("store=false&stor=1", "unknown_field", "stor"),
        ("store=false&store=true", "duplicate_field", "store"),
        ("store=false&store=false", "duplicate_field", "store"),
        ("store=no", "invalid", "store"),
        ("store", "invalid", "store"),
    ],
)
def test_the_parameter_store_is_read_or_refused(
    server: Server, key: dict[str, str], query: str, code: str, param: str
) -> None:
    answer = server.post(f"/v1/quotes?{query}", json=SALE, headers=key)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, code, param)


@pytest.mark.parametrize(
    ("theirs", "twice", "param"),
    [
        ('"currency":"CNY"', '"currency":"CNY","currency":"USD"', "currency"),
        ('"currency":"CNY"', '"currency":"CNY","currency":"CNY"', "currency"),
        ('"currency":"CNY"', '"currency":"CNY","curr\\u0065ncy" : "USD"', "currency"),
        ('"amount":"100.00"', '"amount":100,"description":"a: b","amount":900', "lines[0].amount"),
        ('"country":"CN"', '"country":"CN","state" :"a","state"\n:"b"', "ship_to.state"),
    ],
)
def test_repeated_fields_are_refused(server: Server, key: dict[str, str], theirs: str, twice: str, param: str) -> None:
    body = msgspec.json.encode(SALE).decode()
    assert theirs in body
    head = {**key, "content-type": "application/json"}
    answer = server.post("/v1/quotes", content=body.replace(theirs, twice), headers=head)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "duplicate_field", param)
    assert f'"{param}" is given twice' in error["message"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is empty"),
        (b"{", "it ends too early"),
        (b'{"a":1,}', "there is a comma before a closing bracket: remove it (near byte 7)"),
        (b'{"a" 1}', "no colon after it"),
        (b'{"a":1 "b":2}', "a comma or a closing bracket is missing"),
        (b"{'a':1}", "a name does not begin with a quotation mark"),
        (b'{"a":1} {}', "text after its end"),
        (b'{"a":01}', "cannot be read as JSON"),
        (b'{"a":.5}', "near byte"),
        (b'{"a":1.}', "a number is not written as in JSON"),
        (b'{"a":1e99999999999999999999}', "too large or too small"),
        (b'{"a":"\\x"}', "write \\\\ for a backslash"),
        (b'{"a":"\n"}', "write \\n for a new line"),
        (b'{"a":"\\ud800"}', "half of a surrogate pair"),
        (b'{"a":"\\ud800b"}', "half of a surrogate pair"),
        (b'{"a":"\\ud83d', "it ends too early"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"[" * 5_000, "it is nested 5000 levels deep: at most 64 are allowed"),
        (b'{"a":' * 5_000, "nested 5000 levels deep"),
        (b'{"a":":"' + b',"b":{"a":' * 400 + b"1" + b"}" * 401, ""),
    ],
)
def test_messages_about_json_are_our_own(server: Server, key: dict[str, str], body: bytes, says: str) -> None:
    answer = server.post("/v1/quotes", content=body, headers={**key, "content-type": "application/json"})
    message = answer.json()["error"]["message"]
    assert answer.status_code in (400, 422)
    assert says in message
    for theirs in ("malformed", "truncated", "recursion", "deserializ", "Decimal", "decimal."):
        assert theirs not in message


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
        (b"{}", 422, "missing"),
        (msgspec.json.encode({**SALE, "amuont": 1}), 422, "unknown_field"),
        (msgspec.json.encode({**SALE, "ship_to": {"country": "XX"}}), 422, "unknown_economy"),
        (msgspec.json.encode({**SALE, "lines": SALE["lines"] * 501}), 422, "too_many_lines"),
        (b'{"a":"' + b"x" * (1 << 20) + b'"}', 413, "too_large"),
    ],
)
def test_invalid_sales_are_refused_as_json(server: Server, body: bytes, status: int, code: str) -> None:
    answer = server.post("/v1/quotes", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_same_key_replays_the_response_and_refuses_another_request(server: Server) -> None:
    head = {"Idempotency-Key": "order 17"}
    first = server.post("/v1/quotes", json=SALE, headers=head)
    second = server.post("/v1/quotes", json=SALE, headers=head)
    assert second.content == first.content
    assert second.headers["idempotent-replayed"] == "true"
    other = server.post("/v1/quotes", json={**SALE, "currency": "USD"}, headers=head)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")


def test_fields_select_the_parts_that_are_returned_and_everything_is_stored(server: Server) -> None:
    lean = server.post("/v1/quotes?fields=best,options.amount_landed", json=SALE).json()
    assert set(lean) == {"id", "hash", "created", "expires_at", "object", "best", "options"}
    assert {name for option in lean["options"] for name in option} == {"id", "amount_landed"}
    whole = server.get(f"/v1/quotes/{lean['id']}").json()
    assert {name: whole[name] for name in lean if name != "options"} == {
        name: value for name, value in lean.items() if name != "options"
    }
    expected = entrepot.quote(SALE).to_dict("*")
    assert {name: whole[name] for name in expected} == expected
    assert server.get(f"/v1/quotes/{lean['id']}?fields=*").json() == whole
    assert server.get(f"/v1/quotes/{lean['id']}?fields=law.hash").json()["law"] == {"hash": expected["law"]["hash"]}
    assert server.get(f"/v1/quotes/{lean['id']}/check").json()["same"] is True
    unstored = server.post("/v1/quotes?store=false&fields=best", json=SALE).json()
    assert unstored == {"object": "quote", "best": expected["best"]}


def test_the_same_request_with_other_fields_gets_other_parts_of_the_same_quote(server: Server) -> None:
    key = {"Idempotency-Key": "one order, two views"}
    whole = server.post("/v1/quotes?fields=*", json=SALE, headers=key).json()
    again = server.post("/v1/quotes?fields=best", json=SALE, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json()["id"], again.json()["best"]) == (whole["id"], whole["best"])
    assert "options" not in again.json()


@pytest.mark.parametrize(
    "query", ["fields=bets", "store=false&fields=options.amount_landet", "fields=", "fields=options..id"]
)
def test_unknown_fields_are_refused(server: Server, query: str) -> None:
    answer = server.post(f"/v1/quotes?{query}", json=SALE)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "unknown_field", "fields")


def test_the_schemas_are_published(server: Server) -> None:
    for name, value in (("sale", SALE), ("quote", entrepot.quote(SALE).to_dict())):
        schema = server.get(f"/v1/schemas/{name}").json()
        jsonschema_rs.validator_for(schema).validate(value)
    missing = server.get("/v1/schemas/order")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
