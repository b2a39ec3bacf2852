"""The pages of deliveries of services: what is shown to whom, consent, licence, acceptance and objections."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from chromium import assert_no_barriers, assert_small, browser, shot
from practice import INTAKE
from server_process import Server
from service_orders import paid_services, paid_time_of_two_prices, paid_visit_at_a_time
from test_trade_pages import Visitor
from trade_market import Market

from trade.market import VISIT

COURSE = {
    **VISIT,
    "titles": {"en": "Course"},
    "service": "online_education",
    "delivery": {"kind": "course", "resource": "cs_1", "days": 90},
}
#: Twenty minutes at a time of a calendar.
TWENTY_MINUTES = {"kind": "visit", "minutes": 20}


@pytest.fixture(scope="module")
def services(trade_server: Server, market: Market) -> list[str]:
    return paid_services(trade_server, market.seller.id, market.buyer.id, VISIT, VISIT, COURSE)


@pytest.fixture
def visitors(trade_server: Server, market: Market) -> Any:
    found = {name: Visitor(trade_server, session) for name, session in market.sessions.items()}
    yield found
    for each in found.values():
        each.client.close()


def _order(market: Market, delivery: str) -> str:
    number: str = market.seller.get(f"/v1/deliveries/{delivery}").json()["order"]
    return number


def test_a_visit_opens_when_the_licence_was_checked_and_the_buyer_consents(
    visitors: dict[str, Visitor], services: list[str], market: Market
) -> None:
    path = f"/en/services/{services[0]}/"
    page = visitors["buyer"].get(path).text
    assert "Data about the health of the person concerned are processed in Viet Nam / China" in page
    assert "Medical Council" not in page
    assert "personal-data" not in page, "rules are sentences, not ids"
    rules = page[page.index("t-law") :]
    assert rules.index("China (") < rules.index("Viet Nam ("), "the rules of both economies, those of the buyer first"
    assert "Open the service" not in page
    agreed = {"action": "consent", "text": "2026-11", "version": "1", "agreed": "yes"}
    assert visitors["buyer"].post(path, agreed).status_code == 404, "the consent is given on the page of the visit"
    assert visitors["buyer"].post(f"{path}visit/", {**INTAKE, "action": "prepare"}).status_code == 200
    assert visitors["buyer"].post(f"{path}visit/", {**agreed, "agreed": ""}).status_code == 422, "not ticked"
    assert visitors["buyer"].post(f"{path}visit/", agreed).status_code == 200
    assert "Open the service" not in visitors["buyer"].get(path).text
    offer = market.seller.get(f"/v1/orders/{_order(market, services[0])}").json()["lines"][0]["offer"]
    checked = {"action": "licence", "later": "yes"}
    assert "Open the service" not in visitors["operator"].post(path, checked).text, "it is not the operator's"
    terms = market.seller.get(f"/v1/offers/{offer}").json()["delivery"]
    assert terms["licence"]["checked_by"], "later orders of the offer need no other check"
    assert "Open the service" in visitors["buyer"].get(path).text
    assert "Open the service" in visitors["seller"].get(path).text
    assert "Open the service" not in visitors["buyer"].post(path, {"action": "withdraw"}).text


def test_a_consent_to_another_text_is_refused(visitors: dict[str, Visitor], services: list[str]) -> None:
    path = f"/en/services/{services[1]}/"
    assert visitors["buyer"].post(f"{path}visit/", {**INTAKE, "action": "prepare"}).status_code == 200
    page = visitors["buyer"].post(f"{path}visit/", {"action": "consent", "version": "0", "agreed": "yes"})
    assert (page.status_code, "has changed. Read it again" in page.text) == (422, True)


@pytest.mark.parametrize("action", ["licence", "decide", "nothing", "consent", "finish", "accept", "withdraw"])
def test_another_organization_sees_and_does_nothing(
    visitors: dict[str, Visitor], services: list[str], action: str
) -> None:
    assert visitors["other"].get(f"/en/services/{services[0]}/").status_code == 404
    done = visitors["other"].post(f"/en/services/{services[0]}/", {"action": action}, at="/en/account/organizations/")
    assert done.status_code == 404


def test_a_visit_at_a_time_is_taken_into_a_calendar_as_it_was_sold(
    visitors: dict[str, Visitor], trade_server: Server, market: Market
) -> None:
    icalendar = pytest.importorskip("icalendar")
    number = paid_visit_at_a_time(
        trade_server, market.seller.id, market.buyer.id, {**VISIT, "delivery": TWENTY_MINUTES}
    )
    page = f"/en/services/{number}/"

    def event(name: str) -> Any:
        answer = visitors[name].get(f"{page}calendar/")
        assert answer.headers["content-type"].startswith("text/calendar")
        return icalendar.Calendar.from_ical(answer.content).walk("VEVENT")[0]

    for name in ("buyer", "seller"):
        found, shown = event(name), visitors[name].get(page).text
        assert f'href="{page}calendar/"' in shown
        # Access lasts an hour longer, for a visit that takes longer than planned; neither the file nor the page has it.
        begins, ends = (found[each].dt for each in ("DTSTART", "DTEND"))
        assert (begins.astimezone(dt.UTC).hour, ends - begins) == (2, dt.timedelta(minutes=20))
        assert shown.count(f"{ends:%Y-%m-%dT%H:%M}") == 2, "for the zones of both economies"
        assert (str(found["UID"]), str(found["URL"]).endswith(page)) == (f"{number}@entrepot", True)
        assert (str(found["STATUS"]), found["SEQUENCE"]) == ("CONFIRMED", 0)
    assert visitors["other"].get(f"{page}calendar/").status_code == 404
    visitors["buyer"].post(page, {"action": "cancel"})
    cancelled = event("seller")
    assert (str(cancelled["STATUS"]), cancelled["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_time_of_several_prices_is_cancelled_as_one_and_its_page_says_so(
    visitors: dict[str, Visitor], trade_server: Server, market: Market, services: list[str]
) -> None:
    says = "This time has several prices: all of it is cancelled."
    day, evening = paid_time_of_two_prices(trade_server, market.seller.id, market.buyer.id)
    for number in (day, evening):
        assert says in visitors["buyer"].get(f"/en/services/{number}/").text
    assert says not in visitors["buyer"].get(f"/en/services/{services[1]}/").text
    visitors["buyer"].post(f"/en/services/{day}/", {"action": "cancel"})
    assert "Paid back" in visitors["buyer"].get(f"/en/services/{evening}/").text


def test_services_are_listed_and_a_cancelled_one_says_what_is_paid_back(
    visitors: dict[str, Visitor], services: list[str]
) -> None:
    for name, says in (("buyer", "you bought it"), ("seller", "you provide it")):
        page = visitors[name].get("/en/services/").text
        assert all(number in page for number in services)
        assert says in page
    assert services[0] not in visitors["other"].get("/en/services/").text
    page = visitors["buyer"].get(f"/en/services/{services[2]}/").text
    assert "Everything is paid back to the buyer." in page, "without a start no hours before it count"
    assert "Later nothing is paid back." not in page
    page = visitors["buyer"].post(f"/en/services/{services[2]}/", {"action": "cancel"}).text
    assert "Paid back" in page
    assert page.count("300.00") == 2, "the price, and what is paid back"
    assert visitors["buyer"].get(f"/en/services/{services[2]}/calendar/").status_code == 404, "it has no start"


@pytest.mark.parametrize("language", ["en", *(pytest.param(name, marks=pytest.mark.long) for name in ("km", "th"))])
def test_the_pages_of_services_pass_axe_and_fit(
    trade_server: Server, market: Market, services: list[str], language: str
) -> None:
    with browser() as chrome:
        for width in (360, 1440):
            context = chrome.new_context(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]  # Playwright's browser
            context.add_cookies([{"name": "sessionid", "value": market.sessions["buyer"], "url": trade_server.url}])
            page = context.new_page()
            for path in ("services/", f"services/{services[0]}/"):
                page.goto(f"{trade_server.url}/{language}/{path}")
                shot(page, f"{language}-{width}-{path.partition('dl_')[0]}{path.count('/')}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert_small(page, path)
                assert_no_barriers(page, path, again=language != "en" or width != 360)
            context.close()
