"""A quote over HTTP: the figures of the library, kept, found again and made again; and what is no quote."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from serving import Desk

import entrepot

SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def test_a_quote_has_the_figures_of_the_library_and_is_found_and_made_again(desk: Desk) -> None:
    given = desk.post("/v1/quotes", json=SALE)
    assert given.status_code == 200
    answer = given.json()
    expected = msgspec.json.decode(msgspec.json.encode(entrepot.quote(SALE)))
    assert {name: answer[name] for name in expected} == expected
    again = desk.get(f"/v1/quotes/{answer['id']}")
    assert again.content == given.content
    check = desk.get(f"/v1/quotes/{answer['id']}/check").json()
    assert check["same"] is True
    assert check["hash"] == check["hash_again"] == answer["hash"]


def test_a_quote_that_is_not_kept_has_no_id(desk: Desk) -> None:
    answer = desk.post("/v1/quotes?store=false", json=SALE).json()
    assert "id" not in answer
    assert answer["best"]["amount_landed"] == entrepot.quote(SALE).best.amount_landed  # type: ignore[union-attr]


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
def test_what_is_no_sale_is_said_in_the_envelope(desk: Desk, body: bytes, status: int, code: str) -> None:
    answer = desk.post("/v1/quotes", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_same_key_gets_the_same_answer_and_another_request_an_error(desk: Desk) -> None:
    head = {"Idempotency-Key": "order 17"}
    first = desk.post("/v1/quotes", json=SALE, headers=head)
    second = desk.post("/v1/quotes", json=SALE, headers=head)
    assert second.content == first.content
    assert second.headers["idempotent-replayed"] == "true"
    other = desk.post("/v1/quotes", json={**SALE, "currency": "USD"}, headers=head)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")
