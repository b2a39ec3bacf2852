"""A workspace on a server of a test: three seats that an organization has bought, and the sessions of its members."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from people_browser import Visitor, signed_in
from server_process import Server, environment, run_server

from free_ports import free_port

TESTS = Path(__file__).parents[1]
#: With which a program begins that fills the database of a node with the markets of the tests, at the time of now.
PREPARE = """
import json, sys
import django
django.setup()
from django.utils import timezone
from entrepot.trade_app.books import open_books
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()
"""
PROGRAM = (
    PREPARE
    + """
from trade.market import Market

OFFER = {
    "titles": {"en": "Office seat"}, "service": "collaborative_office", "ship_from": "VN", "price": "10.00",
    "currency": "CNY", "delivery": {"kind": "workspace", "days": 30},
}
seller, buyer = sys.argv[1:3]
market = Market(open_books(), Now())
offer = market.offer(OFFER, seller=seller)
(order,) = market.place({offer.id: 3}, by=buyer, kind="business", contact={"name": "A"})
(number,) = market.pay(order).deliveries
print(json.dumps([number, market.books.read(number).status]))
"""
)


@dataclass
class Office:
    """A server with a workspace, and browsers: `anna` owns the buyer, others but `eve` work there."""

    server: Server
    sockets: int
    delivery: str
    people: dict[str, Visitor]

    @property
    def address(self) -> str:
        """The path of the workspace."""
        return f"/en/services/{self.delivery}/workspace/"

    def new(self, kind: str, title: str, folder: str = "") -> str:
        """The id of a new document."""
        query = f"?folder={folder}" if folder else ""
        page = self.people["anna"].post(self.address + query, {"action": kind, "title": title})
        assert page.status_code == 200, page.text
        # A new text or sheet is opened; a new folder is listed.
        found = re.search(rf"({kind}_[0-9a-f]+)/?\">{re.escape(title)}</a>", page.text)
        return found[1] if found else page.url.path.split("/")[-2]


@contextmanager
def open_office(data: Path) -> Iterator[Office]:
    """Run the server with its socket process, and buy seats."""
    port = free_port()
    with run_server(data, ENTREPOT_SOCKETS=f":{port}") as server:
        given = {
            "anna": ("A buyer", "buyer", "owner"),
            "binh": ("A buyer", "buyer", "clerk"),
            "chi": ("A buyer", "buyer", "clerk"),
            "dara": ("A buyer", "buyer", "clerk"),
            "sok": ("A provider", "seller", "owner"),
            "eve": ("Another", "buyer", "owner"),
        }
        people = signed_in(server, given)
        command = [sys.executable, "-c", PROGRAM, people["sok"].organization, people["anna"].organization]
        path = os.pathsep.join([str(TESTS), *sys.path])
        env = environment(data, PYTHONPATH=path, **server.settings)
        made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        number, status = json.loads(made.stdout.splitlines()[-1])
        assert status == "ready", status
        yield Office(server, port, number, people)
