"""Search for goods over HTTP: the results of the library with the same schema, and refused parameters."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from server_process import Server

from entrepot import app
from entrepot.goods.index import GoodsFound


def asked(server: Server, **query: str) -> Any:
    answer = server.get("/v1/goods", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("words", "economy", "language"),
    [("coffee", None, "en"), ("咖啡", "CN", "zh"), ("cà phê", "VN", "vi"), ("0901.2", "JP", "th"), ("tea", "FR", "km")],
)
def test_goods_are_those_of_the_library(server: Server, words: str, economy: str | None, language: str) -> None:
    expected = app.goods(words, economy, language)
    query = {"q": words, "language": language} | ({"economy": economy} if economy else {})
    answer = asked(server, **query)
    assert answer == msgspec.json.decode(msgspec.json.encode(expected))
    assert msgspec.convert(answer, GoodsFound) == expected


def test_coffee_is_found_by_names_of_schedules_and_everyday_words(server: Server) -> None:
    assert asked(server, q="roasted coffee", economy="cn")["data"][0]["dotted"] == "0901.21.00"
    best = asked(server, q="咖啡", economy="CN", language="zh")["data"][0]
    assert (best["dotted"], best["name"], best["heading"]) == ("0901.21.00", "未浸除咖啡碱(已焙炒)", "0901")
    assert best["duty"] == ["15 %"]
    lines = {each["dotted"]: each["differs"] for each in asked(server, q="0901", economy="CN")["data"]}
    assert (lines["0901.11.00"], lines["0901.21.00"]) == (
        "not roasted, not decaffeinated",
        "roasted, not decaffeinated",
    )
    thai = asked(server, q="กาแฟ", economy="TH", language="th")
    assert (thai["data"][0]["code"], thai["data"][0]["called"]) == ("090121", "กาแฟ, เมล็ดกาแฟ, กาแฟคั่ว, กาแฟบด")
    assert set(thai["languages"]) == {"en", "zh"}
    assert asked(server, q="แยกกาเฟอีน", economy="TH", language="th")["data"] == []


def test_misspelt_words_are_corrected(server: Server) -> None:
    answer = asked(server, q="hedphones", economy="CN")
    assert (answer["corrected"], answer["data"][0]["dotted"]) == ("headphones", "8518.30.00")


def test_the_limit_of_results_is_respected(server: Server) -> None:
    assert len(asked(server, q="cotton", limit="3")["data"]) == 3
    assert len(asked(server, q="cotton", limit="100")["data"]) == 100


def test_unchanged_results_get_304(server: Server) -> None:
    first = server.get("/v1/goods", params={"q": "rice"})
    again = server.get("/v1/goods", params={"q": "rice"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = server.get("/v1/goods", params={"q": "tea"}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["ratelimit-limit"]


@pytest.mark.parametrize(
    ("query", "status", "code", "param"),
    [
        ({}, 422, "invalid", "q"),
        ({"q": "x" * 501}, 422, "invalid", "q"),
        ({"q": "x", "limit": "0"}, 422, "invalid", "limit"),
        ({"q": "x", "limit": "101"}, 422, "invalid", "limit"),
        ({"q": "x", "limit": "many"}, 422, "invalid", "limit"),
        ({"q": "x", "language": "fr"}, 422, "invalid", "language"),
        ({"q": "x", "economy": "QQ"}, 404, "unknown_economy", "economy"),
        ({"q": "x", "economy": "'; --"}, 404, "unknown_economy", "economy"),
        ({"q": "x", "economy": "BR"}, 404, "no_law", "economy"),
        ({"q": ["a", "b"]}, 422, "duplicate_field", "q"),
    ],
)
def test_invalid_parameters_are_refused(
    server: Server, query: dict[str, Any], status: int, code: str, param: str
) -> None:
    answer = server.get("/v1/goods", params=query)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


@pytest.mark.parametrize("query", ["q=%00", "q=%22", "q=%FF%FE", "q=NEAR(a+b)", "q=%F0%9F%AB%98", "q=", "q=*&economy="])
def test_hostile_queries_give_goods_or_none(server: Server, query: str) -> None:
    answer = server.get(f"/v1/goods?{query}")
    assert answer.status_code == 200
    assert answer.json()["object"] == "list"
