"""The API of deliveries of services: what is shown of them, consent, tokens, acceptance, and how refusals read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from trade_market import Market, Party, check

SERVICE = {
    "titles": {"en": "Consultation"},
    "service": "telemedicine",
    "ship_from": "VN",
    "price": "300.00",
    "currency": "CNY",
}
LICENCE = {"number": "0001/HN-CCHN", "authority": "Department of Health", "economy": "VN"}


def act(party: Party, number: str, action: str, body: Any = None) -> tuple[int, Any]:
    """The status and the JSON of an action on a delivery."""
    answer = party.post(f"/v1/deliveries/{number}/{action}", body)
    return answer.status_code, answer.json()


def refused(party: Party, number: str, action: str, body: Any = None) -> tuple[int, str, str | None]:
    """The status, the code and the field of a refusal, which has a sentence."""
    status, found = act(party, number, action, body)
    assert found["error"]["message"].endswith("."), found
    return status, found["error"]["code"], found["error"]["param"]


def read(party: Party, number: str) -> Any:
    return party.get(f"/v1/deliveries/{number}").json()


def test_a_delivery_shows_the_law_of_both_economies_and_its_terms(market: Market, document: Any) -> None:
    shown = read(market.buyer, market.deliveries[0])
    check(document, "ServiceDeliveryShown", shown)
    assert shown == read(market.seller, market.deliveries[0])
    assert (shown["status"], shown["kind"], shown["amount"], shown["economies"]) == (
        "waiting", "visit", "300.00", ["VN", "CN"],
    )  # fmt: skip
    assert {each["economy"] for each in shown["rules"]} == {"VN", "CN"}
    assert all(each["says"] and each["trust"] and each["sources"] for each in shown["rules"])
    conditions = {each["id"]: each for each in shown["conditions"]}
    assert (conditions["licence"]["status"], conditions["licence"]["by"]) == ("met", "us_9")
    assert (conditions["consent"]["status"], conditions["consent"]["economies"]) == ("open", ["VN", "CN"])
    assert "China" in conditions["consent"]["says"]
    licence = shown["terms"]["licence"]
    assert licence == {**LICENCE, "checked_by": "us_9", "checked_on": licence["checked_on"]}
    assert licence["checked_on"] <= shown["created"]
    assert shown["terms"]["cancellation"] == [{"hours": 48, "percent": 50}]


def test_deliveries_are_listed_by_their_status_and_their_order_names_them(market: Market) -> None:
    page = market.seller.get("/v1/deliveries?status=waiting").json()
    assert [each["id"] for each in page["data"]] == [market.deliveries[0]]
    first = market.buyer.get("/v1/deliveries?limit=1").json()
    assert (first["has_more"], len(first["data"])) == (True, 1)
    order = market.buyer.get(f"/v1/orders/{first['data'][0]['order']}").json()
    assert {each["id"] for each in order["deliveries"]} == set(market.deliveries)
    assert [each["booking"] for each in order["lines"]] == [None] * 4


def test_a_visit_about_health_is_consented_to_once_its_page_says_for_whom_it_is(market: Market) -> None:
    number, buyer = market.deliveries[0], market.buyer
    assert refused(buyer, number, "tokens") == (422, "delivery_not_open", "token")
    assert refused(buyer, number, "consent", {}) == (422, "field_missing", "text")
    assert refused(buyer, number, "consent", {"withdraw": True})[:2] == (422, "nothing_to_withdraw")
    assert refused(market.seller, number, "consent", {"text": "1"})[:2] == (404, "not_found")
    text = next(each["text"] for each in read(buyer, number)["conditions"] if each["id"] == "consent")
    assert refused(buyer, number, "consent", {"text": text}) == (422, "patient_missing", "text")
    assert read(buyer, number)["status"] == "waiting"
    assert refused(market.seller, number, "tokens") == (422, "delivery_not_open", "token")


def test_a_token_opens_the_kind_of_its_delivery(market: Market) -> None:
    number, buyer = market.deliveries[1], market.buyer
    status, made = act(buyer, number, "tokens", {})
    assert (status, made["audience"], made["expires_in"], made["delivery"]) == (200, "course", 300, number)
    assert act(buyer, number, "tokens")[1]["token"] != made["token"]
    assert refused(buyer, number, "tokens", {"audience": "visit"}) == (422, "token_audience", "token")


def test_a_course_is_finished_by_its_provider_and_accepted_or_objected_to_by_its_buyer(market: Market) -> None:
    _, first, second, _ = market.deliveries
    assert read(market.buyer, first)["status"] == "ready"
    assert read(market.buyer, first)["conditions"] == []
    assert refused(market.buyer, first, "accept")[:2] == (409, "delivery_state")
    assert refused(market.buyer, first, "finish")[0] == 404
    for number in (first, second):
        status, found = act(market.seller, number, "finish")
        assert (status, found["status"]) == (200, "delivered")
        assert found["accept_until"] > found["created"]
    assert act(market.buyer, first, "accept")[1]["status"] == "accepted"
    assert refused(market.buyer, second, "object", {"reason": "slow"}) == (422, "invalid", "reason")
    _, found = act(market.buyer, second, "object", {"reason": "interrupted"})
    assert (found["status"], found["why"]) == ("objected", "interrupted")
    # The provider gives in: everything is paid back.
    _, found = act(market.seller, second, "cancel")
    assert (found["status"], found["amount_refunded"]) == ("cancelled", "300.00")


def test_a_delivery_without_a_start_misses_nobody_and_is_cancelled_for_all_its_price(market: Market) -> None:
    number = market.deliveries[3]
    assert refused(market.seller, number, "no_show")[:2] == (422, "no_show_early")
    _, found = act(market.buyer, number, "cancel")
    assert (found["status"], found["why"], found["amount_refunded"]) == ("cancelled", "buyer", "300.00")
    assert refused(market.buyer, number, "tokens", {"audience": "course"}) == (422, "delivery_not_open", "token")
    assert refused(market.buyer, number, "tokens", {"audience": "kitchen"})[:2] == (422, "invalid")


def test_events_of_deliveries_reach_webhooks_as_those_of_other_objects(market: Market) -> None:
    number = market.deliveries[0]
    found = market.buyer.get(f"/v1/events?type=delivery.*&subject={number}").json()["data"]
    assert found[-1]["type"] == "delivery.created"
    assert all(each["subject"] == number for each in found)
    sent = market.buyer.post("/v1/webhook_endpoints", {"url": "https://shop.example/", "kinds": ["delivery.*"]})
    assert (sent.status_code, sent.json()["kinds"]) == (200, ["delivery.*"])
    assert "张伟" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({"kind": "visits"}, "delivery.kind"),
        ({"kind": "course", "days": 3}, "delivery.resource"),
        ({"kind": "visit", "minutes": "20"}, "delivery.minutes"),
        ({"kind": "visit", "length": 20}, "delivery.length"),
        ({"kind": "visit", "cancellation": [{"hours": 1, "percent": 101}]}, "delivery.cancellation[0].percent"),
        ({"kind": "visit", "licence": {**LICENCE, "checked_by": "me"}}, "delivery.licence.checked_by"),
    ],
)
def test_terms_that_cannot_be_are_refused_with_their_field(market: Market, terms: Any, param: str) -> None:
    answer = market.seller.post("/v1/offers", {**SERVICE, "delivery": terms})
    assert (answer.status_code, answer.json()["error"]["param"]) == (422, param)


def test_an_offer_has_its_terms_as_they_were_written(market: Market, document: Any) -> None:
    terms = {"kind": "visit", "minutes": 30, "no_show_percent": 10, "licence": LICENCE}
    made = market.seller.post("/v1/offers", {**SERVICE, "delivery": terms}).json()
    check(document, "OfferShown", made)
    assert made["delivery"] == {
        "kind": "visit", "resource": "", "minutes": 30, "days": 0, "acceptance_days": 7, "no_show_percent": 10,
        "cancellation": [{"hours": 24, "percent": 100}],
        "licence": {**LICENCE, "checked_by": None, "checked_on": None},
        "deposit": "", "deposit_days": 7, "deposit_reasons": ["damage", "cleaning", "missing_items", "late_return"],
    }  # fmt: skip
    where = f"/v1/offers/{made['id']}"
    changed = market.seller.post(where, {"delivery": {"kind": "workspace", "days": 31}}).json()
    assert (changed["delivery"]["kind"], changed["delivery"]["days"], changed["version"]) == ("workspace", 31, 2)
    assert market.seller.post(where, {"delivery": None}).json()["delivery"] is None
    assert market.seller.get(f"/v1/offers/{market.ids['of_']}").json()["delivery"] is None
