"""One Idempotency-Key in concurrent requests, on both databases: one quote, and all get the same bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_process import Server, is_locked, run_server
from test_quotes import SALE

from sizes import size

CONCURRENT = 20


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two processes."""
    more = {}
    if request.param == "postgresql":
        more["ENTREPOT_DATABASE"] = request.getfixturevalue("database_server").url
    with run_server(tmp_path_factory.mktemp("two"), workers=2, **more) as running:
        yield running


def send_concurrently(server: Server, sales: list[dict[str, Any]], head: dict[str, str]) -> list[httpx.Response]:
    """Send all concurrently, each on its own connection."""
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=server.url, timeout=60, limits=limits) as client, ThreadPoolExecutor(len(sales)) as pool:
        return list(pool.map(lambda sale: answered(client, sale, head), sales))


def answered(client: httpx.Client, sale: dict[str, Any], head: dict[str, str]) -> httpx.Response:
    """The answer to a request, which is made again where the database was locked for too long, as 503 asks for."""
    answer = client.post("/v1/quotes", json=sale, headers=head)
    for _ in range(60):
        if not is_locked(answer):
            break
        time.sleep(int(answer.headers["retry-after"]))
        answer = client.post("/v1/quotes", json=sale, headers=head)
    return answer


def test_concurrent_requests_with_one_key_create_one_quote(two: Server) -> None:
    key = two.key()
    for order in range(size(1, 3)):
        before = two.quotes()
        given = send_concurrently(two, [SALE] * CONCURRENT, {**key, "Idempotency-Key": f"order {order}"})
        assert [answer.status_code for answer in given] == [200] * CONCURRENT
        assert len({answer.content for answer in given}) == 1
        assert sum("idempotent-replayed" not in answer.headers for answer in given) == 1
        assert two.quotes() == before + 1


def test_one_key_for_two_concurrent_requests_accepts_one_of_them(two: Server) -> None:
    other = {**SALE, "lines": [{"hs_code": "0901.21", "amount": "200.00"}]}
    before = two.quotes()
    given = send_concurrently(two, [SALE, other] * 5, {**two.key(), "Idempotency-Key": "one for two"})
    good = [answer for answer in given if answer.status_code == 200]
    assert len(good) == 5
    assert len({answer.content for answer in good}) == 1
    assert {(a.status_code, a.json()["error"]["type"]) for a in given if a not in good} == {(400, "idempotency_error")}
    assert two.quotes() == before + 1


def test_a_refused_request_may_be_corrected_and_sent_again(two: Server) -> None:
    head = {**two.key(), "Idempotency-Key": "mended"}
    before = two.quotes()
    assert two.post("/v1/quotes", json={**SALE, "amuont": 1}, headers=head).status_code == 422
    assert two.post("/v1/quotes", json=SALE, headers=head).status_code == 200
    assert two.quotes() == before + 1


def test_two_callers_may_choose_the_same_key(two: Server) -> None:
    one, other = ({**two.key(), "Idempotency-Key": "1"} for _ in range(2))
    first, second = two.post("/v1/quotes", json=SALE, headers=one), two.post("/v1/quotes", json=SALE, headers=other)
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize("text", ["", "x" * 256, "a\tb", "é\x85"])
def test_an_invalid_key_is_refused(server: Server, text: str) -> None:
    head = {"Idempotency-Key": text.encode("latin-1")}
    answer = httpx.post(f"{server.url}/v1/quotes", json=SALE, headers=head, timeout=60)  # type: ignore[arg-type]  # bytes as they are
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.long
def test_expired_rows_are_deleted_and_not_found(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server:
        head = {"Idempotency-Key": "old"}
        first, second = (server.post("/v1/quotes", json=SALE, headers=head).json()["id"] for _ in range(2))
        assert first == second
        past = "import datetime as dt; from django.utils import timezone; now = timezone.now()\n"
        server.ask(past + "m.Once.objects.update(created=now - dt.timedelta(hours=25))")
        after = server.post("/v1/quotes", json=SALE, headers=head)
        assert (after.status_code, "idempotent-replayed" in after.headers) == (200, False)
        assert after.json()["id"] != first
        server.ask(past + f"m.Quote.objects.filter(id={first!r}).update(expires=now)")
        gone = server.get(f"/v1/quotes/{first}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "expired")
        assert (
            server.ask("from entrepot.web.site.expire import delete_expired_rows; print(delete_expired_rows())") == "1"
        )
        assert server.get(f"/v1/quotes/{first}").status_code == 404
        assert server.get(f"/v1/quotes/{after.json()['id']}").status_code == 200


_REST = '"ship_from":{"country":"VN"},"ship_to":{"country":"CN"},"date":"2026-03-01"'
SPELLINGS = [
    '{"currency":"CNY",' + _REST + ',"lines":[{"amount":100,"hs_code":"0901.21"}]}',
    '{ "lines": [ {"hs_code": "0901.21",\t"amount": 100.0} ],\n' + _REST + ', "currency": "CNY" }',
    '{"lines":[{"hs_code":"0901.21","amount":1e2}],' + _REST + ',"currency":"\\u0043NY"}',
]
OTHERS = [
    SPELLINGS[0].replace("100", '"100"'),  # a text is not a number
    SPELLINGS[0].replace("100", "100.01"),
    SPELLINGS[0].replace("100", "1e3"),
    SPELLINGS[0].replace("VN", "TH"),
    SPELLINGS[0].replace('"hs_code"', '"reference":null,"hs_code"'),
]


def test_the_same_json_in_another_spelling_is_the_same_request(server: Server) -> None:
    head = {**server.key(), "Idempotency-Key": "spelled", "Content-Type": "application/json"}
    before = server.quotes()
    given = [server.post("/v1/quotes", content=each.encode(), headers=head) for each in SPELLINGS]
    assert [answer.status_code for answer in given] == [200] * 3
    assert [answer.headers.get("idempotent-replayed") for answer in given] == [None, "true", "true"]
    assert len({answer.content for answer in given}) == 1
    assert server.quotes() == before + 1
    assert server.post("/v1/quotes?store=true", content=SPELLINGS[1].encode(), headers=head).content == given[0].content


@pytest.mark.parametrize("other", OTHERS)
def test_other_json_is_another_request(server: Server, other: str) -> None:
    head = {**server.key(), "Idempotency-Key": "others", "Content-Type": "application/json"}
    assert server.post("/v1/quotes", content=SPELLINGS[0].encode(), headers=head).status_code == 200
    answer = server.post("/v1/quotes", content=other.encode(), headers=head)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_reused")


def test_a_row_of_version_0_1_0_is_replayed_for_the_same_bytes(server: Server) -> None:
    """Its fingerprint was that of the method, the path with its query, and the bytes of the body."""
    body = SPELLINGS[1].encode()
    parts = (b"POST", b"/v1/quotes", body)
    old = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()
    head = {**server.key(), "Idempotency-Key": "of before", "Content-Type": "application/json"}
    first = server.post("/v1/quotes", content=body, headers=head)
    number = first.json()["id"]
    server.ask(f"m.Once.objects.filter(quote_id={number!r}).update(fingerprint={old!r})")
    again = server.post("/v1/quotes", content=body, headers=head)
    assert (again.headers.get("idempotent-replayed"), again.content) == ("true", first.content)
    assert server.post("/v1/quotes", content=body.replace(b"VN", b"TH"), headers=head).status_code == 400
