"""The pages of bookings: a seller adds an asset, a buyer holds and orders a time; feeds; permissions; a telephone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from chromium import assert_no_barriers, assert_small, browser, shot
from server_process import Server, run_server
from test_trade_pages import FORM, Visitor
from trade_market import Market, open_market

import sizes

PAGES = ("assets/", "assets/{as_}/", "assets/{as_}/book/", "bookings/", "bookings/{bk_}/")
ASSET = {
    "title": "Meeting room", "kind": "room", "zone": "Asia/Bangkok", "units": "2", "since": "00:00", "until": "24:00",
    "day": ["1", "2", "3", "4", "5", "6", "7"], "shortest": "60", "longest": "480", "step": "60", "buffer": "0",
    "place": "Soi 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("bookings"), workers=1, background=0) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


@pytest.fixture
def visitors(own: Server, market: Market) -> Iterator[dict[str, Visitor]]:
    found = {name: Visitor(own, session) for name, session in market.sessions.items()}
    yield found
    for each in found.values():
        each.client.close()


def hourly(market: Market) -> str:
    """The offer of the asset of the market: it is sold by the hour."""
    return str(market.seller.get(f"/v1/assets/{market.ids['as_']}").json()["bands"][0]["offer"])


def test_a_seller_adds_an_asset_and_a_buyer_orders_a_time_of_it(visitors: dict[str, Visitor], market: Market) -> None:
    seller, buyer = visitors["seller"], visitors["buyer"]
    zones = re.findall(r"<optgroup label=\"([^\"]+)\"><option[^>]*>([^<]+)", seller.get("/en/assets/").text)
    assert zones[0] == ("Viet Nam", "Asia/Ho_Chi_Minh"), "the zones of the seller's economy come first"
    assert zones[1][0] == "All time zones"
    wrong = seller.post("/en/assets/", {**ASSET, "zone": "Mars/Base"})
    assert (wrong.status_code, "is not a time zone" in wrong.text) == (422, True)
    page = seller.post("/en/assets/", {**ASSET, "offer": hourly(market)})
    (number,) = re.findall(r'/en/assets/(as_\w+)/">Meeting room', page.text)
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()
    address = f"/en/assets/{number}/book/?on={day}&minutes=120"
    free = buyer.get(address)
    assert free.status_code == 200
    (since, *_others) = re.findall(r'name="since" value="([^"]+)"', free.text)
    held = buyer.post(address, {"since": since, "minutes": "120"})
    assert "/en/bookings/bk_" in str(held.url)
    booking = str(held.url).rstrip("/").rpartition("/")[2]
    # The deposit is shown before the time is held, before it is ordered, and apart from the price.
    assert "200.00" in free.text
    assert "A part of it can be kept for: damage, cleaning." in held.text
    place = f"/en/orders/new/?booking={booking}"
    assert booking in buyer.get(place).text
    priced = buyer.post(place, {**FORM, "booking": booking, "action": "price"})
    assert priced.status_code == 200, priced.text
    assert re.search(r"returned after the use: <strong>[^<]*200\.00", priced.text)
    (quote,) = re.findall(r'name="quote" value="([^"]+)"', priced.text)
    (digest,) = re.findall(r'name="hash" value="([^"]+)"', priced.text)
    form = {**FORM, "booking": booking, "action": "place", "quote": quote, "hash": digest}
    assert "/en/orders/or_" in str(buyer.post("/en/orders/new/", form, at=place).url)
    assert market.buyer.get(f"/v1/bookings/{booking}").json()["order"].startswith("or_")
    assert "Meeting room" in buyer.get("/en/bookings/").text
    closed = seller.post(f"/en/assets/{number}/", {"action": "close", "first": day, "last": ""})
    assert "Open again" in closed.text
    assert "No time of this length is free" in buyer.get(address).text
    assert "Open again" not in seller.post(f"/en/assets/{number}/", {"action": "open", "first": day}).text
    paused = seller.post(f"/en/assets/{number}/", {"action": "status", "status": "paused"})
    assert "Resume bookings" in paused.text


def test_a_deposit_is_settled_by_the_seller_after_the_use_only(visitors: dict[str, Visitor], market: Market) -> None:
    where = f"/v1/bookings/{market.ids['bk_']}"
    found = market.buyer.get(where).json()
    assert (found["deposit"]["amount"], found["deposit"]["state"]) == ("200.00", "held")
    assert found["deposit"]["reasons"] == ["damage", "cleaning"]
    early = market.seller.post(where, {"deposit_kept": "50.00", "deposit_reason": "damage"})
    assert (early.status_code, early.json()["error"]["code"]) == (422, "deposit_state")
    assert market.buyer.post(where, {"deposit_kept": "0"}).status_code == 404
    both = market.seller.post(where, {"deposit_kept": "0", "status": "finished"})
    assert both.status_code == 422
    order = market.buyer.get(f"/v1/orders/{found['order']}").json()
    assert (order["deposit"], order["amounts"]["goods"]) == ("200.00", "60.00")
    assert "returned after the use" in visitors["buyer"].get(f"/en/orders/{found['order']}/").text


def test_a_booking_is_moved_and_cancelled_on_its_page(visitors: dict[str, Visitor], market: Market) -> None:
    since = (dt.datetime.now(dt.UTC) + dt.timedelta(days=9)).strftime("%Y-%m-%dT10:00")
    made = market.buyer.post("/v1/bookings", {"asset": market.ids["as_"], "since": since, "minutes": 60}).json()
    page, buyer = f"/en/bookings/{made['id']}/", visitors["buyer"]
    moved = buyer.post(page, {"action": "move", "since": since.replace("T10", "T12")})
    assert " 12:00 – 13:00 (Asia/Bangkok, UTC+07:00)" in moved.text
    refused = buyer.post(page, {"action": "move", "since": "2026-01-01T10:00"})
    assert refused.status_code == 422
    assert "cancelled" in buyer.post(page, {"action": "cancelled", "reason": "changed_mind"}).text
    assert buyer.post(page, {"action": "explode"}, at="/en/orders/new/").status_code == 404


def test_a_time_of_a_calendar_is_sold_as_the_visit_that_is_as_long(market: Market) -> None:
    limits = {"shortest": 30, "longest": 60, "step": 30}
    asset = {
        "titles": {"en": "Doctor"},
        "kind": "person",
        "zone": "UTC",
        "weekly": [{"since": "00:00", "until": "24:00"}],
    }
    made = market.seller.post("/v1/assets", {**asset, "limits": limits})
    assert made.status_code in (200, 201), made.text
    calendar = made.json()["id"]
    visit = {"kind": "visit", "resource": calendar, "minutes": 30}
    given = {"titles": {"en": "Consultation"}, "service": "consulting", "ship_from": "VN", "price": "30.00"}
    offer = market.seller.post("/v1/offers", {**given, "currency": "CNY", "delivery": visit})
    assert offer.status_code in (200, 201), offer.text
    since = (dt.datetime.now(dt.UTC) + dt.timedelta(days=5)).strftime("%Y-%m-%dT10:00")
    for minutes, lines in ((30, 1), (60, 0)):
        held = market.buyer.post("/v1/bookings", {"asset": calendar, "since": since, "minutes": minutes}).json()
        assert [each["offer"] for each in held["lines"]] == [offer.json()["id"]] * lines
        since = since.replace("T10", "T12")


def test_somebody_elses_asset_and_booking_are_not_found(visitors: dict[str, Visitor], market: Market) -> None:
    for path in ("assets/{as_}/", "bookings/{bk_}/"):
        assert visitors["other"].get("/en/" + path.format(**market.ids)).status_code == 404
    assert visitors["other"].get(f"/en/assets/{market.ids['as_']}/book/").status_code == 200  # anybody may book
    assert visitors["buyer"].post("/en/assets/", ASSET, at="/en/orders/new/").status_code == 404


def test_the_calendar_feed_has_a_secret_address_that_can_be_changed(
    visitors: dict[str, Visitor], own: Server, market: Market
) -> None:
    page = f"/en/assets/{market.ids['as_']}/"
    found = []
    for _ in range(2):
        opened = visitors["seller"].post(page, {"action": "feed"})
        found += re.findall(r"/calendars/[\w-]{32}\.ics", opened.text)
    first, second = found
    assert own.get(first).status_code == 404
    feed = own.get(second)
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    text = feed.text.replace("\r\n ", "")
    for each in ("BEGIN:VAVAILABILITY", "BEGIN:VFREEBUSY", "BEGIN:VEVENT", "RRULE:FREQ=WEEKLY", "BEGIN:VTIMEZONE"):
        assert each in text
    assert market.buyer.id not in text
    assert "The buyer" not in text
    visitors["seller"].post(page, {"action": "end_feed"})
    assert own.get(second).status_code == 404
    assert own.get("/calendars/x.ics").status_code == 404


def test_vehicles_with_a_place_are_in_a_feed_of_their_seller(own: Server, market: Market) -> None:
    assert own.get(f"/gbfs/{market.seller.id}/gbfs.json").status_code == 404
    body = {
        "titles": {"en": "Van"}, "kind": "vehicle", "zone": "Asia/Bangkok", "units": 2,
        "weekly": [{"since": "00:00", "until": "24:00"}], "place": {"latitude": "13.75", "longitude": "100.5"},
    }  # fmt: skip
    assert market.seller.post("/v1/assets", body).status_code == 200
    feeds = own.get(f"/gbfs/{market.seller.id}/gbfs.json").json()
    assert feeds["version"] == "3.0"
    read = {each["name"]: own.get(each["url"].removeprefix(own.url)).json()["data"] for each in feeds["data"]["feeds"]}
    assert read["station_status"]["stations"][0]["num_vehicles_available"] == 2
    assert [each["lat"] for each in read["vehicle_status"]["vehicles"]] == [13.75, 13.75]
    assert read["system_information"]["timezone"] == "Asia/Bangkok"
    assert own.get(f"/gbfs/{market.other.id}/gbfs.json").status_code == 404


@pytest.mark.parametrize("language", ["th"] if not sizes.ALL else ["en", "zh", "vi", "th", "km"])
def test_the_pages_pass_axe_and_fit_a_telephone(own: Server, market: Market, language: str) -> None:
    with browser() as chrome:
        context = chrome.new_context(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's browser
        context.add_cookies([{"name": "sessionid", "value": market.sessions["seller"], "url": own.url}])
        page = context.new_page()
        for each in PAGES:
            path = each.format(**market.ids)
            response = page.goto(f"{own.url}/{language}/{path}")
            assert response is not None
            assert response.status == 200, path
            shot(page, f"booking-{each}-{language}")
            assert_small(page, path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
            assert_no_barriers(page, path, again=language != "en")
