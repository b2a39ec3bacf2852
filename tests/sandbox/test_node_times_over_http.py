"""A consultation at a time of the calendar of another node, between two servers: their pages, their API, signed HTTP.

It is asked for, held, ordered while the other node is stopped, agreed after it has returned, opened by its link, over,
and settled; and refused where the time is taken, the capability is closed, or the node is revoked.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("lxml", reason="the sandbox of customs needs it")
pytest.importorskip("websockets", reason="the socket process of visits needs it")

from test_trade_pages import Visitor

from entrepot.trade_app import demo_processes as processes
from entrepot.trade_app.demo import CONTACT, PAYER
from entrepot.trade_app.nodes.demo import Stage, introduce, settle, wait
from entrepot.trade_app.nodes.demo_nodes import DemoNode, nodes

#: What is at the beginning of every program that a node runs.
BEGIN = """
import json, sys
from entrepot.trade_app.books import open_books
books = open_books()
from entrepot.store import keys
from entrepot.trade_app import market
from entrepot.trade_app.nodes import officers
given = json.load(sys.stdin)
"""
KEY = 'print(json.dumps(keys.create_key("t", ["trade"], 1_000_000, organization=given["organization"])[1]))'
#: Gives a person a password and prints its organization.
PERSON = """
from entrepot.store.people import members, persons
user = persons.find_by_address(given["address"])
user.set_password(given["password"])
user.save()
print(json.dumps(members.memberships_of_user(user.id)[0].organization))
"""
PRESENT = 'print(json.dumps(market.present(given["seller"], given["offer"], pavilion="viet-nam").id))'
CLOSE = 'print(json.dumps(officers.close(given["peer"], {"order": given["directions"]}, by="us_1").status))'
REVOKE = 'print(json.dumps(officers.revoke(given["peer"], "A test.", by="us_1").status))'
BOOKINGS = 'print(json.dumps([each.status for each in books.list_objects("bk_", limit=100)]))'
#: Open day and night, and every five minutes: the first free time can be entered as soon as it is booked.
CALENDAR = {
    "titles": {"en": "Dr. Lan"},
    "kind": "person",
    "zone": "Asia/Ho_Chi_Minh",
    "weekly": [{"since": "00:00", "until": "24:00"}],
    "limits": {"shortest": 20, "longest": 20, "step": 5},
}
OFFER = {
    "titles": {"en": "Consultation in a calendar"},
    "service": "telemedicine",
    "ship_from": "VN",
    "currency": "CNY",
    "price": "250.00",
}
#: A bay by the hour, with a deposit. It can be checked in two hours before its beginning, so at once.
BAY = {
    "titles": {"en": "Cold-store bay"},
    "kind": "bay",
    "zone": "Asia/Ho_Chi_Minh",
    "weekly": [{"since": "00:00", "until": "24:00"}],
    "limits": {"shortest": 60, "longest": 180, "step": 60},
    "check_in": 120,
}
BAY_OFFER = {
    "titles": {"en": "Cold-store bay by the hour"},
    "service": "cloud_storage",
    "ship_from": "VN",
    "currency": "CNY",
    "price": "30.00",
    "unit": "HUR",
}
LICENCE = {"number": "SANDBOX-1", "authority": "Sandbox authority", "economy": "VN"}


class Side:
    """One of the two nodes: its API with a key of an organization, and its pages."""

    def __init__(self, node: DemoNode, role: str) -> None:
        self.node = node
        address, password = f"{role}@{node.economy.lower()}.sandbox.example", secrets.token_urlsafe(12)
        self.organization: str = self.run(PERSON, address=address, password=password)
        headers = {"Authorization": f"Bearer {self.run(KEY, organization=self.organization)}"}
        self.api = httpx.Client(base_url=node.url, headers=headers, timeout=120)
        Visitor.opened.append(self.api)
        self.pages = Visitor(node, "")  # type: ignore[arg-type]  # only its url is used
        signed = self.pages.post("/en/sign-in/", {"username": address, "password": password})
        assert "sign-in" not in signed.url.path, signed.text

    def run(self, program: str, **given: Any) -> Any:
        """What a program with the settings of the node prints, as JSON."""
        done = subprocess.run(
            [sys.executable, "-c", BEGIN + program],
            env=processes.environment(self.node.settings),
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def post(self, path: str, body: Any = None, key: str = "") -> Any:
        """What the API answers to a POST."""
        answer = self.api.post(path, json=body, headers={"Idempotency-Key": key} if key else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        """What the API answers to a GET."""
        answer = self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Both:
    """The two nodes, which have met, with a calendar of a practitioner in Viet Nam. `copy`: of its offer, in China."""

    def __init__(self, viet_nam: DemoNode, china: DemoNode) -> None:
        self.stage = Stage(viet_nam, china, lambda *_said, **_values: None)
        self.vn, self.cn = Side(viet_nam, "seller"), Side(china, "buyer")
        introduce(self.stage)
        viet_nam.desk("present")  # the pavilion
        asset = self.vn.post("/v1/assets", CALENDAR)["id"]
        visit = {"kind": "visit", "minutes": 20, "resource": asset, "licence": LICENCE}
        self.offer = self.vn.post("/v1/offers", {**OFFER, "delivery": visit})["id"]
        bay = self.vn.post("/v1/offers", BAY_OFFER)["id"]
        place = self.vn.post("/v1/assets", {**BAY, "bands": [{"offer": bay}]})["id"]
        terms = {"kind": "booking", "resource": place, "deposit": "200.00", "deposit_reasons": ["damage"]}
        self.vn.post(f"/v1/offers/{bay}", {"delivery": terms})
        for offer in (self.offer, bay):
            self.vn.run(PRESENT, seller=self.vn.organization, offer=offer)
        china.desk("read_offers", peer=self.stage.at_cn)
        found = {each["there"]: each["offer"] for each in china.desk("market_of", pavilion="vn-viet-nam")}
        self.link, self.bay = "", found[bay]
        self.times = f"/en/market/offers/{found[self.offer]}/times/"
        until = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=180)).isoformat()
        china.desk("let_data_leave", destination="VN", until=until)

    def free(self, path: str = "") -> list[str]:
        """The free times that a page in China shows, by default that of the consultation."""
        page = self.cn.pages.get(path or self.times)
        assert page.status_code == 200, page.text
        return re.findall(r'name="since" value="([^"]+)"', page.text)

    def hold(self, since: str, key: str) -> httpx.Response:
        """Hold a time on the page in China."""
        return self.cn.pages.post(self.times, {"since": since, "key": key})


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("nodes")
    with nodes(folder, ("VN", "CN"), {"CN": {"ENTREPOT_SOCKETS": "off"}}) as (viet_nam, china):
        try:
            yield Both(viet_nam, china)
        finally:
            for each in Visitor.opened:
                each.close()


def test_a_time_is_held_ordered_while_its_node_is_stopped_opened_by_its_link_and_settled(both: Both) -> None:
    first = both.free()[1]  # it begins in five minutes at least: the first one may begin before it is held
    held = both.hold(first, "k")
    (booking,) = re.findall(r"booking=(bk_\w+)", str(held.url))
    again = both.hold(first, "k")
    assert booking in str(again.url), "the same form twice holds it once"
    taken = both.hold(first, "other")
    assert taken.status_code == 422
    assert "refuses" in taken.text
    assert first not in both.free()
    assert both.vn.run(BOOKINGS) == ["held"]
    shown = both.cn.get(f"/v1/bookings/{booking}")
    assert (shown["status"], shown["since"], shown["buyer"]) == ("held", first, both.cn.organization)
    order = _ordered_while_stopped(both, booking)
    delivery = _opened(both, order)
    assert both.vn.post(f"/v1/deliveries/{delivery}/finish")["status"] == "delivered"
    wait(lambda: both.cn.node.desk("state", order=order)["deliveries"].get(delivery) == "delivered", "it is told")
    settled = settle(both.stage)
    assert (settled["owed"], settled["lines"]) == (25_000, 1)


def test_a_bay_is_booked_with_a_deposit_used_and_the_deposit_kept_in_part(both: Both) -> None:
    path = f"/en/market/offers/{both.bay}/times/"
    page = both.cn.pages.get(f"{path}?minutes=120")
    assert "200.00" in page.text, "the deposit is shown before a time is held"
    assert "60.00" in page.text, "two hours at 30.00"
    there = both.cn.get(f"/v1/free_times?offer={both.bay}&minutes=120")["data"]
    assert there[0]["lines"] == [{"offer": both.bay, "quantity": 2}]
    asked = {"offer": both.bay, "since": there[-1]["since"], "minutes": 120}
    over_api = both.cn.post("/v1/bookings", asked, "over the API")
    assert both.cn.post("/v1/bookings", asked, "over the API") == over_api, "the same key holds it once"
    refused = both.cn.api.post("/v1/bookings", json=asked, headers={"Idempotency-Key": "another"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "time_taken")
    for wrong in ({}, {"offer": both.bay, "asset": "as_1"}, {"offer": "of_1"}, {"offer": over_api["id"]}):
        answer = both.cn.api.post("/v1/bookings", json={"since": there[0]["since"], **wrong})
        assert answer.status_code == 422, answer.text
        assert both.cn.api.get("/v1/free_times", params=wrong).status_code == 422
    local = both.cn.api.post("/v1/bookings", json={**asked, "since": "2026-12-01T09:00"})
    assert local.json()["error"]["param"] == "since", "whose local time it is, is not known"
    since = both.free(f"{path}?minutes=120")[1]  # the first one may begin before it is held
    held = both.cn.pages.post(path, {"since": since, "minutes": "120", "key": "bay"})
    (booking,) = re.findall(r"booking=(bk_\w+)", str(held.url))
    order = _order(both, booking, "bay")
    wait(lambda: both.cn.get(f"/v1/bookings/{booking}")["status"] == "booked", "the bay is booked")
    (there,) = wait(lambda: _with_deposit(both), "it is booked in Viet Nam")
    for change in ({"status": "checked_in"}, {"status": "finished"}):
        both.vn.post(f"/v1/bookings/{there}", change)
    both.vn.post(f"/v1/bookings/{there}", {"deposit_kept": "50.00", "deposit_reason": "damage"})
    settled = wait(lambda: _settled(both, booking), "the deposit is settled in China")
    assert (settled["kept"], settled["returned"], settled["reason"]) == ("50.00", "150.00", "damage")
    assert both.cn.get(f"/v1/bookings/{booking}")["status"] == "finished"
    # Two hours at 30.00, and 50.00 of the deposit; besides what was settled before.
    wait(lambda: both.cn.node.desk("state", order=order)["owed"] == 11_000, "what is kept is owed")
    assert settle(both.stage)["lines"] >= 2, "the price, and what is kept"


def _with_deposit(both: Both) -> list[str]:
    """The booked times in Viet Nam that have a deposit."""
    return [each["id"] for each in both.vn.get("/v1/bookings?status=booked")["data"] if each["deposit"]]


def _settled(both: Both, booking: str) -> Any:
    found = both.cn.get(f"/v1/bookings/{booking}")["deposit"]
    return found if found["state"] == "settled" else None


def _order(both: Both, booking: str, key: str) -> str:
    """Order and pay a held time in China. Returns the order."""
    asked = {"items": [{"booking": booking}], "ship_to": {"country": "CN"}, "contact": dict(CONTACT)}
    (order,) = [each["id"] for each in both.cn.post("/v1/orders", asked, f"order {key}")["orders"]]
    paid = {"provider": "sandbox", "currency": "CNY", "method": "approved", "payer": dict(PAYER)}
    both.cn.post(f"/v1/orders/{order}/pay", paid, f"pay {key}")
    return str(order)


def _ordered_while_stopped(both: Both, booking: str) -> str:
    """Order and pay the held time while the other node is stopped; it returns, and the time is booked on both."""
    both.vn.node.server.stop()
    page = both.cn.pages.get(both.times)
    assert page.status_code == 422, "the page says that the other node does not answer"
    order = _order(both, booking, "visit")
    assert both.cn.node.desk("state", order=order)["agreed"] in ("opened", "asked")
    both.vn.node.server.start()
    both.vn.node.server.wait()
    wait(lambda: both.cn.get(f"/v1/bookings/{booking}")["status"] == "booked", "the time is booked in China")
    assert both.cn.node.desk("state", order=order)["agreed"] == "accepted"
    wait(lambda: both.vn.run(BOOKINGS) == ["booked"], "it is booked in Viet Nam")
    return order


def _opened(both: Both, order: str) -> str:
    """The buyer opens the visit by the link on the page of the order. Returns the delivery in Viet Nam."""
    common = both.cn.node.desk("state", order=order)["common"]
    there = both.vn.node.desk("order_of", common=common)
    delivery: str = wait(lambda: both.vn.node.desk("prepare_visit", order=there), "the visit is there")
    pattern = re.escape(both.vn.node.url) + r"/en/visitors/dl_\w+/[\w-]+/"

    def look() -> list[str]:
        return re.findall(pattern, both.cn.pages.get(f"/en/orders/{order}/").text)

    (link,) = wait(look, "the link is on the page of the order")
    path = both.link = link.removeprefix(both.vn.node.url)
    visitor = Visitor(both.vn.node, "")  # type: ignore[arg-type]  # only its url is used
    assert "I have read this and consent" in visitor.get(path).text
    assert visitor.post(f"{path}enter/", at=path).status_code == 409, "it is not open before the consent"
    assert visitor.post(path, {"agreed": "yes"}).status_code == 200
    room = visitor.get(path)
    (token,) = re.findall(r'data-csrf="(\w+)"', room.text)
    enter = {"X-CSRFToken": token, "Referer": str(room.url)}
    entered = visitor.client.post(f"{path}enter/", headers=enter)
    assert entered.status_code == 200, entered.text
    assert set(entered.json()) == {"token", "socket"}
    assert visitor.get(path.replace(delivery, "dl_1")).status_code == 404
    return delivery


def test_a_closed_capability_and_a_revoked_node_hold_nothing_and_the_page_says_why(both: Both) -> None:
    page = both.cn.pages.get(both.times)
    since = re.findall(r'name="since" value="([^"]+)"', page.text)[-1]
    (token, *_others) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    form = {"csrfmiddlewaretoken": token, "since": since, "key": "closed"}
    kept, peer = both.vn.run(BOOKINGS), both.stage.at_vn
    both.vn.run(CLOSE, peer=peer, directions=["in"])
    asked = both.cn.pages.get(both.times)
    held = both.cn.pages.client.post(both.times, data=form, headers={"Referer": str(page.url)})
    for answer in (asked, held):
        assert answer.status_code == 422
        assert "is not open to this node" in answer.text
    both.vn.run(REVOKE, peer=peer)
    asked = both.cn.pages.get(both.times)
    assert asked.status_code == 422
    assert "was ended here" in asked.text
    assert both.vn.run(BOOKINGS) == kept
    closed = Visitor(both.vn.node, "").get(both.link)  # type: ignore[arg-type]  # only its url is used
    assert (closed.status_code, "has closed the exchange" in closed.text) == (403, True)
