"""Answers of the API in the reader's language: `language`, else Accept-Language, else English."""

from __future__ import annotations

import json
from typing import Any

import pytest
from server_process import Server

from entrepot.language import catalogue

SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
#: Fields that hold texts for people; everything else is the same in every language.
TEXTS = {"message", "says", "title", "name", "authority", "label"}


def without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_texts(each) for name, each in value.items() if name not in TEXTS}
    return [without_texts(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("language", [each for each in catalogue.LANGUAGES if each != "en"])
def test_a_quote_speaks_the_language_and_keeps_its_figures(server: Server, language: str) -> None:
    english = server.post("/v1/quotes?store=false&fields=*", json=SALE).json()
    answer = server.post(f"/v1/quotes?store=false&fields=*&language={language}", json=SALE)
    assert answer.headers["Content-Language"] == language
    quote = answer.json()
    assert without_texts(quote) == without_texts(english)
    assumed = [[each["message"] for each in one["assessment"]["reasons"]] for one in (quote, english)]
    assert not set(assumed[0]) & set(assumed[1])
    word = catalogue.catalogue(language)["Buyer type not given; assumed: consumer."]
    assert word in assumed[0]


def test_a_stored_quote_is_read_in_each_language_and_stays_as_it_was(server: Server) -> None:
    stored = server.post("/v1/quotes", json=SALE, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert stored.headers["Vary"].startswith("Accept-Language")
    address = f"/v1/quotes/{stored.json()['id']}"
    titles = {
        language: server.get(f"{address}?language={language}&fields=options.title").json()["options"][0]["title"]
        for language in ("en", "zh", "vi")
    }
    assert titles["en"] == "Cross-border e-commerce retail import"
    assert stored.json()["options"][0]["title"] == titles["zh"]
    assert len(set(titles.values())) == 3
    # What is stored, and what its hash covers, is English.
    english = server.get(address)
    assert english.headers["Content-Language"] == "en"
    assert english.json()["hash"] == stored.json()["hash"]
    assert server.get(f"{address}/check").json()["same"] is True


def test_an_idempotency_key_replays_the_quote_in_the_language_of_the_request(
    server: Server, key: dict[str, str]
) -> None:
    head = {**key, "Idempotency-Key": "in two languages"}
    first, second = (server.post(f"/v1/quotes?language={each}", json=SALE, headers=head) for each in ("vi", "en"))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["options"][0]["title"] != second.json()["options"][0]["title"]


def test_the_parameter_comes_before_the_header_and_the_first_known_language_of_it_counts(server: Server) -> None:
    path = "/v1/ways?economy=CN&on=2026-03-01"
    spoken = {
        (header, query): server.get(path + query, headers={"Accept-Language": header}).headers["Content-Language"]
        for header, query in (("th", "&language=vi"), ("fr, km;q=0.5", ""), ("*", ""), ("fr", ""), ("", ""))
    }
    assert list(spoken.values()) == ["vi", "km", "en", "en", "en"]
    # What is not translated says so.
    assert server.get("/v1/economies", headers={"Accept-Language": "zh"}).headers["Content-Language"] == "en"


def test_the_law_and_the_procedures_are_translated_and_their_tags_differ(server: Server) -> None:
    for path in ("/v1/law/CN/090121?on=2026-03-01", "/v1/ways?economy=CN&on=2026-03-01"):
        english, chinese = (server.get(f"{path}&language={each}") for each in ("en", "zh"))
        assert english.headers["ETag"] != chinese.headers["ETag"]
        assert without_texts(english.json()) == without_texts(chinese.json())
        assert english.text != chinese.text


def test_goods_are_named_in_the_language_of_the_header(server: Server) -> None:
    found = server.get("/v1/goods?q=0901&economy=CN", headers={"Accept-Language": "zh"}).json()
    assert found["language"] == "zh"
    assert "zh" in {each["name_language"] for each in found["data"]}


def test_an_error_in_a_sale_is_said_in_the_language(server: Server) -> None:
    wrong = json.loads(json.dumps(SALE))
    wrong["lines"][0]["amuont"] = wrong["lines"][0].pop("amount")
    english, thai = (server.post(f"/v1/quotes?language={each}", json=wrong).json()["error"] for each in ("en", "th"))
    assert (english["code"], english["param"]) == (thai["code"], thai["param"])
    assert english["message"] != thai["message"]


@pytest.mark.parametrize("name", ["fr", "xx", "", "zz-ZZ"])
@pytest.mark.parametrize("path", ["/v1/quotes/qt_x", "/v1/goods?q=coffee", "/v1/law/CN/0901", "/v1/ways?economy=CN"])
def test_a_language_that_is_not_supported_is_refused(server: Server, path: str, name: str) -> None:
    response = server.get(f"{path}{'&' if '?' in path else '?'}language={name}")
    assert (response.status_code, response.json()["error"]["param"]) == (422, "language")
