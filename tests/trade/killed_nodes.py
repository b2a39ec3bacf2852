"""Two nodes with sandboxes, a proxy before each, and a client of one: processes that a test kills and starts again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from asked_programs import Asked
from server_process import environment

from entrepot.trade_app.demo import CONTACT, OFFERS, asserted, customs_settings
from free_ports import free_port
from sandbox_process import Sandbox, until
from sandbox_trader import identity
from trade.fault_proxy import FaultProxy
from trade.kill_client import read_journal
from trade.killed_node import BOOKS, CLIENT, Part, _children

#: What is at the beginning of every program that a node runs.
BEGIN = """
import json, sys
import django
django.setup()
from entrepot.trade_app.books import open_books
books = open_books()
given = json.load(sys.stdin)
"""
MIGRATE = "from django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"
#: The exporter's node: a seller and its offers. Prints what it would tell another node of them.
SELL = (
    BEGIN.replace("from entrepot.trade_app.books", MIGRATE + "from entrepot.trade_app.books")
    + """
import msgspec
from entrepot.store.people import organizations
from entrepot.trade.nodes import copies
from entrepot.trade.offer_form import read_offer
from entrepot.trade.selling import create_offer
from entrepot.trade_app.nodes import identity
from entrepot.trade_app.quotes import NodeQuotes
quotes = NodeQuotes()
seller = organizations.create_organization("Seller", "VN", "seller").id
found = {}
for name, form in given.items():
    offer = books.run(lambda tx: create_offer(tx, read_offer(form, quotes.decimals), seller=seller))
    listed = copies.listed(offer, quotes.decimals(offer.prices.currency) or 0, "Seller")
    found[name] = msgspec.to_builtins(msgspec.structs.replace(listed, pavilion="test"))
print(json.dumps({"offers": found, "keys": [each.thumbprint for each in identity.active_keys()]}))
"""
)
#: The importer's node: a buyer with a key.
BUY = (
    BEGIN.replace("from entrepot.trade_app.books", MIGRATE + "from entrepot.trade_app.books")
    + """
from entrepot.store import keys
from entrepot.store.people import organizations
from entrepot.trade_app.nodes import identity
buyer = organizations.create_organization("Buyer", "CN", "buyer").id
key = keys.create_key("of a test", ["trade"], 1_000_000, organization=buyer)[1]
print(json.dumps({"buyer": buyer, "key": key, "keys": [each.thumbprint for each in identity.active_keys()]}))
"""
)
#: Two officers meet the other node and compare the thumbprints of its keys.
MEET = (
    BEGIN
    + """
from entrepot.trade.nodes.thumbprints import groups
from entrepot.trade_app.nodes import officers
peer = officers.meet(given["address"], ["test"], by="us_1", test=False)
for person in ("us_1", "us_2"):
    peer = officers.compare(peer.id, [" ".join(groups(each)) for each in given["keys"]], by=person)
print(json.dumps(peer.id))
"""
)
OPEN = (
    BEGIN
    + """
from entrepot.trade_app.nodes import officers
peer = officers.challenge(given["peer"])
for person in ("us_1", "us_2"):
    officers.open_capabilities(peer.id, {name: ["in", "out"] for name in ("order", "documents", "delivery")}, by=person)
print(json.dumps(books.read(peer.id).status))
"""
)
#: The importer's node keeps copies of the offers.
KEEP = (
    BEGIN
    + """
import msgspec
from entrepot.trade.nodes import copies
from entrepot.trade.nodes.offer_bodies import ListedOffer
from entrepot.trade_app.quotes import NodeQuotes
found = {}
for name, told in given["offers"].items():
    copy = copies.read_listed(msgspec.convert(told, ListedOffer), "VN", NodeQuotes().decimals)
    found[name] = books.run(lambda tx: copies.keep(tx, given["peer"], copy, "")).id
print(json.dumps(found))
"""
)
#: What the books hold. `hurry`: what waits after a fault is tried at once.
LOOK = (
    BEGIN
    + """
import datetime as dt
from contextlib import suppress
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade.outbox import NotPossible
from entrepot.trade_app import ledger
def every(prefix):
    found, before = [], ""
    while some := books.list_objects(prefix, before=before, limit=100):
        found += some
        before = some[-1].id
    return found
queue = DatabaseOutbox()
waiting = [each for each in queue.listed(limit=2000) if each.state != "sent"]
if given.get("hurry"):
    for each in waiting:
        if each.channel in ("node", "node_order", "carrier", "customs") and each.state in ("waiting", "dead"):
            with suppress(NotPossible):
                queue.retry(each.id, dt.datetime.now(dt.UTC))
verified = ledger.verify()
sums = {}
for (account, unit), amount in books.balances("").items():
    sums[unit] = sums.get(unit, 0) + amount
print(json.dumps({
    "problems": verified.count, "events": verified.position, "sums": sums,
    "orders": {each.id: [each.status, each.common, each.pieces, len(each.shipments), sorted(each.deliveries.values())]
               for each in every("or_")},
    "common": {each.id: [each.status, each.order, [[e.number, e.amount, e.at] for e in each.entries], each.digest,
                         list(each.conflicts), list(each.shipments)] for each in every("xo_")},
    "settlements": [[each.status, each.owed, each.digest, each.period] for each in every("ns_")],
    "accounts": {account: amount for (account, unit), amount in books.balances("node/").items()},
    "stock": {account: amount for (account, unit), amount in books.balances("stock/").items()},
    "waiting": [[each.channel, each.topic, each.state, each.reason[:200]] for each in waiting],
}))
"""
)
SETTLE = (
    BEGIN
    + """
from entrepot.trade_app.nodes import orders
(peer,) = books.list_objects("pn_")
found = orders.settle(peer.id, given["period"], "CNY")
print(json.dumps(found.status))
"""
)


#: The exporter's node: the first service of each order is held, and its seller gives 10.00 back, whoever was killed.
DELIVER = (
    BEGIN
    + """
from contextlib import suppress
from functools import partial
from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.nodes import goodwill
for each in books.list_objects("dl_", limit=1000):
    number, buyer = each.id, each.owners[1]
    if each.line == 1:
        for act in (
            partial(commands.consent, number=number, by=buyer, person="visitor"),
            partial(commands.begin_session, number=number, session="s"),
            partial(commands.end_session, number=number, session="s", seconds=60),
            partial(commands.finish, number=number),
            partial(goodwill.give, number=each.order, amount=1000, reason="other", by=each.seller, key="once"),
        ):
            with suppress(TradeError):  # it asks for no consent, or was begun or accepted before
                books.run(act)
print("[]")
"""
)
#: The importer's node: the buyer accepts what was delivered, before its term ends.
ACCEPT = (
    BEGIN
    + """
from functools import partial
from entrepot.trade.nodes import service_accepting
for each in books.list_objects("xo_", limit=1000):
    order = books.read(each.order)
    for number, told in each.deliveries.items():
        if service_accepting.may_accept(order, number, told):
            ask = partial(service_accepting.ask, number=order.id, delivery=number, by=order.buyer.party)
            books.run(ask)
print("[]")
"""
)
#: Two services of one order: the first is held, its buyer cancels the second.
_VISIT = {"service": "consulting", "ship_from": "VN", "currency": "CNY", "delivery": {"kind": "visit", "minutes": 30}}
VISITS = {
    "advice": {**_VISIT, "titles": {"en": "Advice"}, "price": "120.00"},
    "review": {**_VISIT, "titles": {"en": "Review"}, "price": "80.00"},
}
#: One order in so many is one of services.
EVERY = 3


class TradeNode:
    """One node: its server behind a proxy, and its sandboxes."""

    def __init__(self, economy: str, folder: Path, sandboxes: dict[str, str]) -> None:
        self.economy, self.folder = economy, folder / economy.lower()
        self.folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.proxy = FaultProxy(self.port, economy)
        self.parts: dict[str, Part] = {}
        settings = self._start_sandboxes(sandboxes)
        (self.folder / "node").mkdir()
        own = {
            "ENTREPOT_NODE": economy,
            "ENTREPOT_URL": self.proxy.url,
            "ENTREPOT_WEBHOOKS_LOOPBACK": "true",
        }
        self.env = environment(self.folder / "node", **own, **settings)
        self._asked = Asked(self.env, *BOOKS, "entrepot.trade_app.nodes.officers")

    def _start_sandboxes(self, sandboxes: dict[str, str]) -> dict[str, str]:
        settings: dict[str, str] = {}
        for name, path in sandboxes.items():
            options = ["--port", str(free_port()), "--delay", "0", "--retry", "0.05", "--send-to", self.url + path]
            first = Sandbox(name, self.folder / name, *options)
            start = first.start
            first.kill()
            words = [sys.executable, "-m", "entrepot.sandbox", name, "--folder", str(self.folder / name), "--json"]
            env = os.environ | {"ENTREPOT_DATA": str(self.folder / name)}
            self.parts[name] = Part([*words, *options], env, self.folder / f"{name}.log")
            self.parts[name].start()
            if name == "customs":
                file = self.folder / "customs-cn.toml"
                file.write_text(customs_settings(start["url"]), encoding="utf-8")
                settings["ENTREPOT_CUSTOMS_CN"] = str(file)
                continue
            settings[f"ENTREPOT_{name.upper()}"] = f"sandbox:{first.url}"
            settings[f"ENTREPOT_{name.upper()}_KEY"] = start["control_token"]
            settings[f"ENTREPOT_{name.upper()}_SECRET"] = start["webhook_secret"]
        return settings

    def start(self) -> None:
        """Start the server, and do not wait."""
        command = [sys.executable, "-m", "entrepot.web", "--port", str(self.port), "--workers", "1"]
        self.parts["server"] = Part([*command, "--background", "1"], self.env, self.folder / "server.log")
        self.parts["server"].start()

    def until_it_answers(self) -> None:
        """Wait for the server."""
        until(self._answers, 120)

    def _answers(self) -> bool:
        assert self.parts["server"].ended() is None, (self.folder / "server.log").read_text()
        try:
            return httpx.get(f"{self.url}/v1/health", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def run(self, program: str, given: Any = None) -> Any:
        """What a program with the settings of the node prints, as JSON."""
        return json.loads(self._asked.run(program, json.dumps(given or {})))

    def kill(self, name: str) -> bool:
        """Kill a part, or a child of the server: `worker`, `background`. False if it does not run."""
        if name in self.parts:
            running = self.parts[name].ended() is None
            self.parts[name].kill()
            return running
        server = self.parts["server"].process
        for number, words in _children(server.pid) if server is not None else ():
            if (b"entrepot.web.background" in words) == (name == "background"):
                with suppress(ProcessLookupError):  # it has ended by itself since
                    os.kill(number, signal.SIGKILL)
                    return True
        return False

    def revive(self) -> None:
        """Start what has ended. A client that has done all, or was refused, stays."""
        for name, part in self.parts.items():
            code = part.ended()
            if code is not None and not (name == "client" and code >= 0):
                part.start()

    def stop(self) -> None:
        """End all processes."""
        self.proxy.close()
        self._asked.stop()
        for part in self.parts.values():
            if part.process is not None and part.process.poll() is None:
                part.process.send_signal(signal.SIGTERM)
        for part in self.parts.values():
            if part.process is not None:
                try:
                    part.process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(part.process.pid, signal.SIGKILL)
                    part.process.wait()


class KilledNodes:
    """The exporter's node (`vn`), the importer's (`cn`), and the client of the importer's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vn = TradeNode("VN", folder, {"carrier": "/v1/carrier/notifications"})
        self.cn = TradeNode(
            "CN",
            folder,
            {"payments": "/v1/payments/notifications/sandbox", "customs": "/v1/customs/cn/messages"},
        )
        self.journal = folder / "journal"

    @property
    def nodes(self) -> tuple[TradeNode, TradeNode]:
        """Both."""
        return self.vn, self.cn

    def start(self, orders: int, pause: float, stock: int = 100_000) -> None:
        """Start both, let them meet, and prepare the client, which the test starts."""
        offers = {"coffee": {**OFFERS["coffee"], "stock": stock}, **VISITS}
        sold, bought = self.vn.run(SELL, offers), self.cn.run(BUY)
        for each in self.nodes:
            each.start()
        for each in self.nodes:
            each.until_it_answers()
        met = (
            self.vn.run(MEET, {"address": self.cn.proxy.url, "keys": bought["keys"]}),
            self.cn.run(MEET, {"address": self.vn.proxy.url, "keys": sold["keys"]}),
        )
        for node, peer in zip(self.nodes, met, strict=True):
            assert node.run(OPEN, {"peer": peer}) == "active"
        copies = self.cn.run(KEEP, {"offers": sold["offers"], "peer": met[1]})
        self._plan(copies, bought["key"], orders, pause)

    def _plan(self, copies: Mapping[str, str], key: str, orders: int, pause: float) -> None:
        plan, vouched = [], asserted("coffee")
        for at in range(orders):
            person: dict[str, str] = {**CONTACT, "identity_number": identity(1000 + at)}
            services = at % EVERY == EVERY - 1
            pieces = dict.fromkeys(VISITS, 1) if services else {"coffee": 1 + at % 2}
            order = {
                "items": [{"offer": copies[name], "quantity": quantity} for name, quantity in pieces.items()],
                "ship_to": {"country": "CN"},
                "contact": {"name": person["name"]} if services else person,
                "assertions": [] if services else vouched,
            }
            payer = {each: person[each] for each in ("name", "telephone", "identity_type", "identity_number")}
            pay = {"provider": "sandbox", "currency": "CNY", "method": "approved", "payer": payer}
            plan.append({"key": f"plan-{at}", "order": order, "pay": pay, "cancel": len(VISITS) if services else 0})
        (self.folder / "plan").write_text(json.dumps(plan))
        words = [sys.executable, str(CLIENT), self.cn.url, key, str(self.folder / "plan"), str(self.journal)]
        self.cn.parts["client"] = Part([*words, str(pause)], dict(os.environ), self.folder / "client.log")

    def acknowledged(self) -> dict[str, dict[str, str]]:
        """What the client was told, by the key of its plan: the ids of what was placed and paid."""
        found: dict[str, dict[str, str]] = {}
        for each in read_journal(self.journal):
            found.setdefault(each["key"], {})[each["what"]] = each["id"]
        return found

    def faulty(self, on: bool) -> None:
        """Let the network between the nodes make faults, or not."""
        for each in self.nodes:
            each.proxy.faulty = on

    def revive(self) -> None:
        """Start what has ended."""
        for each in self.nodes:
            each.revive()

    def stop(self) -> None:
        """End all processes."""
        for each in self.nodes:
            each.stop()


@contextmanager
def running(folder: Path, orders: int, pause: float) -> Iterator[KilledNodes]:
    """Two nodes whose processes run; they are ended."""
    nodes = KilledNodes(folder)
    try:
        nodes.start(orders, pause)
        yield nodes
    finally:
        nodes.stop()
