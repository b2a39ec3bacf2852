"""A workspace that the buyer of another node opens by one link: seats, documents, guests, and what closes it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from people_browser import Visitor, signed_in
from server_process import Server, environment, run_server

from free_ports import free_port

pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
pytest.importorskip("websockets", reason="the WebSocket client of the tests is not installed")
from office_client import Client, close_code, token_at
from office_market import PREPARE, TESTS

#: Two seats that a buyer of another node, which is in memory, has bought here; and a workspace that waits for consent.
PROGRAM = (
    PREPARE
    + """
from trade.market import VISIT
from trade.two_nodes import TwoNodes

OFFER = {
    "titles": {"en": "Office seat"}, "service": "collaborative_office", "ship_from": "VN", "price": "10.00",
    "currency": "CNY", "delivery": {"kind": "workspace", "days": 30, "licence": VISIT["delivery"]["licence"]},
}
seller = sys.argv[1]
nodes = TwoNodes(clock=Now(), books=(open_books(), None), seller=seller)
found = []
for service in ("collaborative_office", VISIT["service"]):
    copy = nodes.mirror(nodes.vn.market.offer({**OFFER, "service": service}, seller=seller))
    (order,) = nodes.cn.market.place({copy.id: 2}, contact={"name": "A"}, key=service)
    nodes.cn.market.pay(order)
    nodes.run()
    found += open_books().read(open_books().read(order.common).order).deliveries
print(json.dumps([*found, nodes.vn.peer, *(open_books().read(each).status for each in found)]))
"""
)
CLOSE = """
from functools import partial
from entrepot.trade.nodes import meeting
from entrepot.trade_app.books import open_books
open_books().run(partial(meeting.close, number={peer!r}, capabilities={{"delivery": ["out"]}}, by="us_1"))
"""


@dataclass
class Sold:
    """A server with a workspace, sold to the buyer of another node: the delivery, one that waits, and the node."""

    server: Server
    delivery: str
    waiting: str
    peer: str
    seller: Visitor

    @property
    def link(self) -> str:
        """The path of the link that the buyer has."""
        return f"/en/visitors/{self.delivery}/secret/"

    @property
    def home(self) -> str:
        """The path of the workspace."""
        return f"/en/services/{self.delivery}/workspace/"

    def browser(self) -> Visitor:
        """A browser without an account that has opened the link."""
        made = Visitor(self.server.url)
        answer = made.get(self.link)
        assert (answer.status_code, answer.url.path) == (200, self.home), answer.text
        return made


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sold]:
    data = tmp_path_factory.mktemp("visited")
    with run_server(data, ENTREPOT_SOCKETS=f":{free_port()}") as server:
        people = signed_in(server, {"sok": ("A provider", "seller", "owner")})
        command = [sys.executable, "-c", PROGRAM, people["sok"].organization]
        env = environment(data, PYTHONPATH=os.pathsep.join([str(TESTS), *sys.path]), **server.settings)
        made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        number, waiting, peer, *states = json.loads(made.stdout.splitlines()[-1])
        assert states == ["ready", "waiting"]
        yield Sold(server, number, waiting, peer, people["sok"])


def test_browsers_that_come_by_the_link_take_the_seats_and_edit_one_document(sold: Sold) -> None:
    nobody = Visitor(sold.server.url)
    assert nobody.get(f"/en/visitors/{sold.delivery}/other/").status_code == 404
    assert nobody.get(f"/en/visitors/{sold.delivery}/workspace/").status_code == 404
    assert nobody.get(sold.home).url.path.startswith("/en/sign-in")
    assert sold.seller.get(sold.home).status_code == 404, "it is the buyer's alone"
    first, second = sold.browser(), sold.browser()
    page = second.get(sold.home).text
    assert "Seats: 2 / 2" in page
    assert "Visitor 1" in page
    assert f'/services/{sold.delivery}/"' not in page, "the page of the delivery needs an account"
    made = first.post(sold.home, {"action": "tx", "title": "Plan"})
    path = made.url.path
    room = path.split("/")[-2]
    one, two = token_at(first, path), token_at(second, path)
    with Client(one["address"], one["token"], room) as here, Client(two["address"], two["token"], room) as there:
        here.until_stored()
        there.until_stored()
        here.text += "by both"
        there.until(lambda: str(there.text) == "by both")
    third = sold.browser()
    assert "All 2 seats of this workspace are taken." in third.get(sold.home).text
    assert 'data-writes="no"' in third.get(path).text
    # A seat that is given up is free for the third.
    seat = re.search(r'name="person" value="(visitor:[^"]+)"', third.get(sold.home).text)
    assert seat
    third.post(sold.home, {"action": "free_seat", "person": seat[1]})
    assert 'data-writes="yes"' in third.get(path).text
    started = sold.server.ask(
        "from entrepot.trade_app.books import open_books\n"
        f"found = open_books().read({sold.delivery!r})\nprint(found.status, found.used)"
    )
    assert started.split()[0] == "started"


def test_a_workspace_with_conditions_opens_once_they_are_met(sold: Sold) -> None:
    browser, here = Visitor(sold.server.url), f"/en/visitors/{sold.waiting}/workspace/"
    page = browser.get(f"/en/visitors/{sold.waiting}/secret/")
    assert (page.status_code, page.url.path) == (200, here)
    assert "The workspace opens when the conditions of the delivery are met." in page.text
    assert browser.get(f"/en/services/{sold.waiting}/workspace/").status_code == 404, "it is not open"
    assert "I have read this and consent" not in browser.post(here, {"agreed": "yes"}).text
    sold.server.ask(
        "from entrepot.trade.delivery import commands\nfrom entrepot.trade_app.books import open_books\n"
        f"open_books().run(lambda tx: commands.confirm_licence(tx, {sold.waiting!r}, person='us_9'))"
    )
    opened = browser.get(here)
    assert opened.url.path == f"/en/services/{sold.waiting}/workspace/"
    assert "Seats: 1 / 2" in opened.text
    assert browser.get(f"/en/visitors/{sold.delivery}/workspace/").status_code == 404, "this browser has another link"


def test_the_link_of_a_guest_and_all_pages_close_with_the_exchange_between_the_nodes(sold: Sold) -> None:
    browser = Visitor(sold.server.url)
    browser.get(sold.link)
    found = re.search(r'name="person" value="(visitor:[^"]+)"', browser.get(sold.home).text)
    assert found
    browser.post(sold.home, {"action": "free_seat", "person": found[1]})
    path = browser.post(sold.home, {"action": "tx", "title": "Shared"}).url.path
    invited = browser.post(path, {"action": "invite", "role": "editor", "days": "1"})
    link = re.search(r'value="http[^"]+?(/en/guests/[^"]+)"', invited.text)
    assert link, invited.text
    guest = Visitor(sold.server.url)
    assert 'data-writes="yes"' in guest.get(link[1]).text
    given, of_guest = token_at(browser, path), token_at(guest, link[1])
    room = path.split("/")[-2]
    guests = Client(of_guest["address"], of_guest["token"], room)
    with Client(given["address"], given["token"], room) as one, guests as other:
        sold.server.ask(CLOSE.format(peer=sold.peer))
        assert [close_code(each) for each in (one, other)] == [4410, 4410]
    for who, at in ((browser, sold.home), (browser, path), (browser, f"{path}file/md/"), (guest, link[1])):
        closed = who.get(at)
        assert closed.status_code == 403, at
        assert "This link is closed" in closed.text
    assert browser.get(sold.link).status_code == 403
