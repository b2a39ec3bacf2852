"""The pages of orders of two nodes: the buyer's at the importer's node, the seller's and the visitor's at the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, environment
from test_trade_pages import Visitor
from trade_market import Market

TESTS = Path(__file__).parents[1]
#: Two orders of each role of this node, the other node being in memory: of coffee, and of a consultation.
PROGRAM = """
import datetime as dt, json, sys
import django
django.setup()
from django.utils import timezone
from entrepot.trade.delivery import commands
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.times import TimeHeld, keep_hold
from entrepot.trade_app.books import open_books
from trade.market import VISIT
from trade.tally import Clock
from trade.two_nodes import TwoNodes

class Now(Clock):
    def __call__(self):
        return timezone.now()

seller, buyer = json.loads(sys.stdin.read())
found = {}
for role, books in (("exporter", (open_books(), None)), ("importer", (None, open_books()))):
    nodes = TwoNodes(clock=Now(), books=books, seller=seller)
    copy = nodes.mirror(nodes.vn.market.offer(VISIT, seller=seller))
    for name, offer in (("coffee", nodes.copy.id), ("visit", copy.id)):
        (order,) = nodes.cn.market.place({offer: 1}, by=buyer, key=f"{role}{name}")
        nodes.cn.market.pay(order)
        nodes.run()
        own = nodes.vn if role == "exporter" else nodes.cn
        other = own.books.read(order.common).order
        found[f"{role} {name}"] = other
        found["delivery"] = max(nodes.vn.books.read(nodes.vn.books.read(order.common).order).deliveries, default="")
    if role == "exporter":
        found["visit"] = found["delivery"]
    else:
        asset, other, since = nodes.vn.books.run(lambda tx: (tx.new_id("as_"), tx.new_id("bk_"), tx.time))
        timed = nodes.mirror(nodes.vn.market.offer({**VISIT, "delivery": {**VISIT["delivery"], "resource": asset}},
                                                   seller=seller))
        since = since.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
        until = timestamp(since + dt.timedelta(minutes=20))
        told = TimeHeld(booking=other, unit=1, since=timestamp(since), until=until,
                        expires=timestamp(timezone.now() + dt.timedelta(hours=12)), zone="Asia/Ho_Chi_Minh")
        held, left = (open_books().run(lambda tx: keep_hold(tx, timed.id, told, told.since, by=buyer, key=key))
                      for key in ("k", "left"))
        found |= {"timed": timed.id, "held": held.id, "left": left.id}
        for name in ("delivered", "accepted"):
            (order,) = nodes.cn.market.place({copy.id: 1}, by=buyer, key=name)
            nodes.cn.market.pay(order)
            nodes.run()
            there = nodes.vn.books.read(nodes.vn.books.read(order.common).order)
            (number,), run = there.deliveries, nodes.vn.books.run
            run(lambda tx: commands.consent(tx, number, by=nodes.vn.peer, person="visitor"))
            run(lambda tx: commands.confirm_licence(tx, number, person="us_9"))
            run(lambda tx: commands.begin_session(tx, number, "s"))
            run(lambda tx: commands.end_session(tx, number, "s", seconds=60))
            run(lambda tx: commands.finish(tx, number))
            nodes.run()
            found |= {f"importer {name}": order.id, name: number}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def orders(trade_server: Server, market: Market) -> dict[str, str]:
    env = environment(trade_server.data, **trade_server.settings)
    env |= {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    asked = json.dumps([market.seller.id, market.buyer.id])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, input=asked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture
def visitors(trade_server: Server, market: Market) -> Any:
    found = {name: Visitor(trade_server, session) for name, session in {**market.sessions, "nobody": ""}.items()}
    yield found
    for each in found.values():
        each.client.close()


def test_a_seller_packs_an_order_of_another_node_on_its_usual_page(
    visitors: dict[str, Visitor], orders: dict[str, str]
) -> None:
    number = orders["exporter coffee"]
    page = visitors["seller"].get(f"/en/orders/{number}/").text
    assert "Both nodes have signed the order." in page
    assert "Node of CN" in page
    assert f"/en/orders/{number}/pack/" in page
    packing = visitors["seller"].get(f"/en/orders/{number}/pack/")
    assert packing.status_code == 200
    assert visitors["buyer"].get(f"/en/orders/{number}/").status_code == 404, "of another organization"


def test_a_buyer_sees_the_agreement_and_goes_to_the_service(
    visitors: dict[str, Visitor], orders: dict[str, str]
) -> None:
    page = visitors["buyer"].get(f"/en/orders/{orders['importer coffee']}/").text
    assert "Both nodes have signed the order." in page
    assert "Node of VN" in page
    visit = visitors["buyer"].get(f"/en/orders/{orders['importer visit']}/").text
    assert "https://vn.example/en/visitors/" in visit
    assert visitors["seller"].get(f"/en/orders/{orders['importer visit']}/").status_code == 404


def test_the_visitor_consents_by_the_link_and_no_other_secret_opens_it(
    visitors: dict[str, Visitor], orders: dict[str, str]
) -> None:
    path = f"/en/visitors/{orders['visit']}/secret/"
    page = visitors["nobody"].get(path)
    assert page.status_code == 200
    assert "I have read this and consent" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    done = visitors["nobody"].post(path, {"action": "consent", "agreed": "yes"})
    assert done.status_code == 200
    assert "I have read this and consent" not in done.text
    assert visitors["nobody"].get(f"/en/visitors/{orders['visit']}/other/").status_code == 404


def test_a_time_that_another_node_keeps_is_shown_with_its_zone_and_ordered(
    visitors: dict[str, Visitor], orders: dict[str, str]
) -> None:
    buyer, held = visitors["buyer"], orders["held"]
    page = buyer.get(f"/en/bookings/{held}/")
    assert page.status_code == 200
    assert "Asia/Ho_Chi_Minh" in page.text
    assert "Order it" in page.text
    assert "A seller" in page.text, "its name at the other node"
    assert "Move the booking" not in page.text, "its node keeps the calendar"
    assert held in buyer.get("/en/bookings/").text
    assert "Consultation" in buyer.get(f"/en/orders/new/?booking={held}").text
    refused = buyer.post(f"/en/bookings/{held}/", {"action": "move", "since": "2030-01-01T09:00"})
    assert refused.status_code == 422
    assert "is kept by the other node" in refused.text
    times = f"/en/market/offers/{orders['timed']}/times/"
    for day in ("", "?from=9999-12-31", "?from=0001-01-01", "?from=soon"):
        assert buyer.get(times + day).status_code == 422, "the other node cannot be reached here, and the page says so"
    assert visitors["nobody"].get(times).url.path.startswith("/en/sign-in")
    for other in ("of_1", "or_1", orders["held"]):
        assert buyer.get(f"/en/market/offers/{other}/times/").status_code == 404


@pytest.mark.parametrize("language", ["en", *(pytest.param(name, marks=pytest.mark.long) for name in ("km", "th"))])
def test_the_pages_of_two_nodes_pass_axe_and_fit(
    trade_server: Server, market: Market, orders: dict[str, str], language: str
) -> None:
    pages = (
        ("seller", f"orders/{orders['exporter coffee']}/"),
        ("buyer", f"orders/{orders['importer visit']}/"),
        ("buyer", f"orders/{orders['importer delivered']}/"),
        ("buyer", f"bookings/{orders['held']}/"),
        ("buyer", f"market/offers/{orders['timed']}/times/"),
        ("nobody", f"visitors/{orders['visit']}/secret/"),
    )
    with browser() as chrome:
        for who, path in pages:
            for width in (360, 1440):
                context = chrome.new_context(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]  # Playwright's browser
                if who in market.sessions:
                    cookie = {"name": "sessionid", "value": market.sessions[who], "url": trade_server.url}
                    context.add_cookies([cookie])
                page = context.new_page()
                page.goto(f"{trade_server.url}/{language}/{path}")
                page.evaluate("document.querySelectorAll('#t-other ~ ul details').forEach(each => each.open = true)")
                shot(page, f"{language}-{width}-other-node-{who}-{path.replace('/', '-')[:40]}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert len(page.content()) < 150_000
                assert_no_barriers(page, path, again=language != "en" or width != 360)
                context.close()


def test_a_buyer_cancels_a_service_by_its_page_or_the_api_and_sees_what_it_waits_for(
    visitors: dict[str, Visitor], orders: dict[str, str], market: Market
) -> None:
    path = f"/en/orders/{orders['importer visit']}/"
    page = visitors["buyer"].get(path).text
    assert "What is paid back of its price now: <strong>100 %</strong> (CNY\xa0300.00)" in page
    delivery = orders["delivery"]
    asked = {"action": "cancel_service", "delivery": delivery, "percent": "100"}
    api = f"/v1/orders/{orders['importer visit']}/cancel"
    for wrong, status, code in (
        ({"delivery": "dl_none"}, 404, "not_found"),
        ({"delivery": delivery, "refund_percent": 101}, 422, "invalid"),
        ({"delivery": delivery, "percent": 100}, 422, "unknown_field"),
        # Neither is read as the whole order.
        ({"delivery": ""}, 422, "invalid"),
        ({"refund_percent": 100}, 422, "invalid"),
    ):
        refused = market.buyer.post(api, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code), refused.text
    elsewhere = f"/en/orders/{orders['exporter coffee']}/"
    assert visitors["seller"].post(path, asked, at=elsewhere).status_code == 404, "of another organization"
    done = visitors["buyer"].post(path, asked)
    assert done.status_code == 200
    assert "The other node is asked to cancel the service. 100 % of the price is to be paid back." in done.text
    assert "cancel_service" not in done.text, "it is asked once"
    again = market.buyer.post(api, {"delivery": delivery, "refund_percent": 100})
    assert again.status_code == 200
    assert again.json()["cancellations"] == [
        {"delivery": delivery, "line": 1, "status": "asked", "refund_percent": 100, "reason": ""}
    ]
    # What was not delivered yet is not objected to.
    objected = {"delivery": delivery, "reason": "other"}
    refused = market.buyer.post(f"/v1/orders/{orders['importer visit']}/object", objected)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "objection_not_now")
    told = visitors["buyer"].post(path, {"action": "object_to_service", **objected})
    assert told.status_code == 422
    assert "You can object to" in told.text


def test_a_buyer_objects_to_a_service_that_was_delivered(visitors: dict[str, Visitor], orders: dict[str, str]) -> None:
    path = f"/en/orders/{orders['importer delivered']}/"
    page = visitors["buyer"].get(path).text
    assert "Object to the service" in page
    assert "cancel_service" not in page, "it was delivered"
    asked = {"action": "object_to_service", "delivery": orders["delivered"], "reason": "interrupted"}
    done = visitors["buyer"].post(path, asked)
    assert done.status_code == 200
    assert "The other node is told of your objection." in done.text
    assert "object_to_service" not in done.text


def test_a_buyer_accepts_a_service_that_was_delivered_by_its_page_or_the_api(
    visitors: dict[str, Visitor], orders: dict[str, str], market: Market
) -> None:
    path = f"/en/orders/{orders['importer accepted']}/"
    asked = {"action": "accept_service", "delivery": orders["accepted"]}
    assert "Accept the service" in visitors["buyer"].get(path).text
    api = f"/v1/orders/{orders['importer accepted']}/accept_service"
    for wrong, status, code in (
        ({}, 422, "invalid"),
        ({"delivery": "dl_none"}, 404, "not_found"),
        ({"delivery": orders["accepted"], "reason": "other"}, 422, "unknown_field"),
    ):
        refused = market.buyer.post(api, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code), refused.text
    early = market.buyer.post(f"/v1/orders/{orders['importer visit']}/accept_service", {"delivery": orders["delivery"]})
    assert (early.status_code, early.json()["error"]["code"]) == (422, "acceptance_not_now")
    elsewhere = f"/en/orders/{orders['exporter coffee']}/"
    assert visitors["seller"].post(path, asked, at=elsewhere).status_code == 404, "of another organization"
    done = visitors["buyer"].post(path, asked)
    assert done.status_code == 200
    assert "The other node is told that you accept the service." in done.text
    assert "accept_service" not in done.text, "it is asked once"
    assert "object_to_service" not in done.text
    again = market.buyer.post(api, {"delivery": orders["accepted"]})
    assert again.json()["acceptances"] == [{"delivery": orders["accepted"], "line": 1, "status": "asked", "why": ""}]


def test_a_seller_gives_a_part_back_to_a_buyer_of_another_node_by_its_page_or_the_api(
    visitors: dict[str, Visitor], orders: dict[str, str], market: Market
) -> None:
    number = orders["exporter coffee"]
    path, api = f"/en/orders/{number}/", f"/v1/orders/{number}/refund"
    page = visitors["seller"].get(path).text
    assert "Pay a part back" in page
    assert "The buyer keeps the goods." in page
    service = visitors["seller"].get(f"/en/orders/{orders['exporter visit']}/").text
    assert "The buyer keeps the service. Its taxes are not paid back." in service
    asked = {"action": "refund", "amount": "5.00", "reason": "damaged", "key": "a page"}
    for wrong in ("0", "-1", "five", "5.001", "1000.00"):
        assert visitors["seller"].post(path, {**asked, "amount": wrong}).status_code == 422
    done = visitors["seller"].post(path, asked)
    assert done.status_code == 200
    assert "The other node is asked to pay 5.00 CNY back to its buyer" in done.text
    refused = market.seller.post(api, {"amount": "1000.00"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "refund_amount")
    given = market.seller.post(api, {"amount": "1.00", "reason": "too_late"})
    assert (given.status_code, given.json()["object"]) == (200, "order")
    amounts = sorted((each["amount"], each["status"]) for each in given.json()["goodwills"])
    assert amounts == [("1.00", "asked"), ("5.00", "asked")]
    assert market.buyer.post(api, {"amount": "1.00"}).status_code == 404, "of another organization"


def test_a_buyer_gives_back_a_time_of_another_node_that_it_does_not_order(
    visitors: dict[str, Visitor], orders: dict[str, str]
) -> None:
    path = f"/en/bookings/{orders['left']}/"
    assert "Nothing was paid: the time is free again for others." in visitors["buyer"].get(path).text
    done = visitors["buyer"].post(path, {"action": "cancelled", "reason": "changed_mind"})
    assert done.status_code == 200
    assert "The other node is told that the time is not held any more." in done.text
    assert "Order it" not in done.text
