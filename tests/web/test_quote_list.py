"""The list of stored quotes: pages by keyset, only the quotes of the key, and cursors that are not its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres
from server_process import Server, run_server

SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def stored(server: Server, key: dict[str, str], count: int) -> list[str]:
    """The ids of quotes that were stored with a key, in the order of the list: the newest first, then by id."""
    made = [server.post("/v1/quotes?fields=best", json=SALE, headers=key).json() for _ in range(count)]
    return [each["id"] for each in sorted(made, key=lambda each: (each["created"], each["id"]), reverse=True)]


def listed(server: Server, key: dict[str, str], query: str = "") -> dict[str, Any]:
    response = server.get(f"/v1/quotes{query}", headers=key)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_pages_follow_each_other_and_have_every_quote_once(server: Server) -> None:
    key = server.key()
    made = stored(server, key, 5)
    pages: list[dict[str, Any]] = []
    after = ""
    while not pages or pages[-1]["has_more"]:
        pages.append(listed(server, key, f"?limit=2{after}"))
        after = f"&starting_after={pages[-1]['data'][-1]['id']}"
    assert [[each["id"] for each in page["data"]] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert listed(server, key, f"?starting_after={made[-1]}") == {"object": "list", "has_more": False, "data": []}
    # A page that is exactly full is the last one.
    assert listed(server, key, "?limit=5")["has_more"] is False


def test_stored_quotes_are_not_cached_on_the_way(server: Server) -> None:
    key = server.key()
    (number,) = stored(server, key, 1)
    for path in ("", f"/{number}", f"/{number}/check"):
        response = server.get(f"/v1/quotes{path}", headers=key)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-store")


@pytest.mark.long
def test_pages_in_postgresql(database_server: Postgres, tmp_path: Path) -> None:
    with run_server(tmp_path, ENTREPOT_DATABASE=database_server.url) as server:
        key = server.key()
        made = stored(server, key, 3)
        first = listed(server, key, "?limit=2")
        second = listed(server, key, f"?limit=2&starting_after={made[1]}")
        assert [[each["id"] for each in page["data"]] for page in (first, second)] == [made[:2], made[2:]]
        assert [page["has_more"] for page in (first, second)] == [True, False]


def test_a_listed_quote_has_its_total_and_its_sale(server: Server) -> None:
    key = server.key()
    (number,) = stored(server, key, 1)
    (quote,) = listed(server, key)["data"]
    assert (quote["object"], quote["id"], quote["best"], quote["sale"]) == ("quote", number, "retail", SALE)
    assert [each["amount_landed"] for each in quote["options"] if each["id"] == "retail"] == ["109.10"]
    (whole,) = listed(server, key, "?fields=*")["data"]
    assert whole.pop("sale") == SALE
    assert whole == server.get(f"/v1/quotes/{number}?fields=*", headers=key).json()
    (lean,) = listed(server, key, "?fields=best&language=zh")["data"]
    assert set(lean) == {"id", "hash", "created", "expires_at", "object", "best", "sale"}


def test_a_key_sees_only_its_own_quotes(server: Server) -> None:
    mine, other = server.key(), server.key()
    (theirs,) = stored(server, other, 1)
    assert listed(server, mine)["data"] == []
    assert [each["id"] for each in listed(server, other)["data"]] == [theirs]
    # The cursor of another key says no more than one that never existed.
    answers = [server.get(f"/v1/quotes?starting_after={each}", headers=mine) for each in (theirs, "qt_" + "A" * 24)]
    assert [each.status_code for each in answers] == [422, 422]
    assert {each.json()["error"]["param"] for each in answers} == {"starting_after"}


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("before=1", "before"),
     ("fields=nothing", "fields"), ("starting_after=" + "x" * 41, "starting_after"), ("language=fr", "language")],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(server: Server, key: dict[str, str], query: str, param: str) -> None:
    response = server.get(f"/v1/quotes?{query}", headers=key)
    assert (response.status_code, response.json()["error"]["param"]) == (422, param), response.text


def test_a_list_needs_a_key_with_the_scope(server: Server) -> None:
    without = server.get("/v1/quotes")
    assert (without.status_code, without.json()["error"]["code"]) == (401, "no_key")
    law_only = server.get("/v1/quotes", headers=server.key("law"))
    assert (law_only.status_code, law_only.json()["error"]["code"]) == (403, "scope_missing")
