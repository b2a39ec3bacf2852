"""A market on a server of a test: a seller, a buyer and another organization, and objects of each kind.

It is made once in a run for each kind of server, and its database is copied for the others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from empty_database import KEPT, NAME, copy_tables
from server_process import Server, environment

TESTS = Path(__file__).parents[1]
PROGRAM = """
import datetime
import json
import django
django.setup()
from django.utils import timezone
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from entrepot.store import keys
from entrepot.store.people import members, organizations, persons
from entrepot.web.http import actors
from entrepot.trade.customs import receive_receipt
from entrepot.trade.declarations import Receipt
from entrepot.trade.payments.commands import Means, start_payment
from entrepot.trade.payments.due import due_of
from entrepot.trade.payments.payouts import start_payout
from entrepot.trade.payments.provider import Snapshot
from entrepot.trade.payments.receive import receive
from entrepot.trade.returning import apply_for_return
from entrepot.trade.selling import check_licence
from entrepot.trade_app import documents, programmes
from entrepot.trade_app.books import open_books
from trade.booking import STORAGE, bay, booked, free_until
from trade.market import CASHEW, CONTACT, Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()

market = Market(open_books(), Now())
made = {}
for name, kind in (("seller", "seller"), ("buyer", "buyer"), ("other", "seller")):
    found = organizations.create_organization(f"The {name}", "VN", kind)
    key = keys.create_key(name, ["trade", "quotes"], 1_000_000, organization=found.id)[1]
    made[name] = {"id": found.id, "key": key}
seller, buyer = made["seller"]["id"], made["buyer"]["id"]
offer = market.offer(seller=seller)
(order,) = market.place({offer.id: 6}, by=buyer)
order = market.pay(order)
shipment = market.ship(order)
declaration = market.release(market.declare(order))
market.report(order, "shipped")
market.report(order, "delivered")
given = market.books.run(lambda tx: apply_for_return(tx, order.id, {1: 1}, "other", by=buyer, key="r"))
order = market.read(order)
details = {"exporter_address": "12 Le Duan, Buon Ma Thuot"}
paper = documents.issue(seller, {"order": order.id, "kind": "commercial_invoice", "details": details}, "d")
account = {"account": "6222 0000"}
payout = market.books.run(
    lambda tx: start_payout(tx, seller, "CNY", 100, provider="sandbox", account=account, key="p"))
made["ids"] = {"of_": offer.id, "or_": order.id, "py_": max(order.payments), "sh_": shipment.id,
               "de_": declaration.id, "re_": given.id, "do_": paper.id,
               "po_": payout.id,
               "ev_": market.books.events(stream=order.id)[0][1].id}
for name in ("seller", "buyer", "other", "operator"):
    person = persons.create_person(f"{name}@market.example", name.title(), "tall trees 1985", "en")
    organization = organizations.operator().id if name == "operator" else made[name]["id"]
    members.add_member(organization, person.id, "owner")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session[actors.SECOND_FACTOR] = person.user_id
    session.create()
    made.setdefault("sessions", {})[name] = session.session_key
(open_order,) = market.place({offer.id: 1}, by=buyer)
means = Means(provider="sandbox", currency="CNY")
waiting = market.books.run(lambda tx: start_payment(tx, due_of(open_order), means, key="w"))
asks = Snapshot(reference="SP1", status="requires_action", action={"url": "https://pay.example/SP1"})
market.books.run(lambda tx: receive(tx, waiting.id, asks))
made["waiting"] = waiting.id
nuts = market.offer(CASHEW, seller=seller)
contact = {name: CONTACT[name] for name in ("name", "telephone", "address")}
(several,) = market.place({nuts.id: 5}, by=buyer, kind="business", contact=contact)
made["several"] = market.pay(several).id
(paid,) = market.place({offer.id: 1}, by=buyer)
made["paid"] = market.pay(paid).id
hour = {**STORAGE, "delivery": free_until(24, deposit="200.00", deposit_reasons=["damage", "cleaning"])}
bands = [{"offer": market.offer(hour, seller=seller).id}]
room = bay(market, seller=seller, weekly=[{"since": "00:00", "until": "24:00"}], bands=bands)
start = (timezone.now() + datetime.timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
made["ids"] |= {"as_": room.id, "bk_": booked(market, room, start, 2, by=buyer)}
stray = Receipt(document="list", code="120", time="20260301080000000", numbers={"own": "of nobody"})
made["ids"]["ur_"] = market.books.run(lambda tx: receive_receipt(tx, stray)).id
terms = {"kind": "visit", "minutes": 20, "cancellation": [{"hours": 48, "percent": 50}],
         "licence": {"number": "0001/HN-CCHN", "authority": "Department of Health", "economy": "VN"}}
visit = {"titles": {"en": "Consultation"}, "service": "telemedicine", "ship_from": "VN", "price": "300.00",
         "currency": "CNY", "delivery": terms}
course = {**visit, "titles": {"en": "Course"}, "service": "online_education",
          "delivery": {"kind": "course", "resource": "cs_1", "days": 90}}
sold = [market.offer(each, seller=seller).id for each in (visit, course, course, course)]
market.books.run(lambda tx: check_licence(tx, sold[0], person="us_9"))
(services,) = market.place(dict.fromkeys(sold, 1), by=buyer, contact={"name": CONTACT["name"]})
made["deliveries"] = sorted(market.pay(services).deliveries, key=lambda number: market.books.read(number).line)
made["ids"]["dl_"] = made["deliveries"][0]
programme = {"field": "industry_promotion", "title": "Pavilion", "economies": ["CN", "VN"], "starts": "2026-03-01",
             "ends": "2036-12-31", "items": [{"says": "Opening", "due": "2026-03-10"}]}
made["ids"]["pg_"] = programmes.create(market.books, programme, organization=organizations.operator().id).id
key = keys.create_key("operator", ["trade"], 1_000_000, organization=organizations.operator().id)[1]
made["operator"] = {"id": organizations.operator().id, "key": key}
print(json.dumps(made))
"""
#: A provider that nobody listens for: these servers send nothing.
PAYMENTS = {
    "ENTREPOT_PAYMENTS": "sandbox:http://127.0.0.1:9",
    "ENTREPOT_PAYMENTS_KEY": "none",
    "ENTREPOT_PAYMENTS_SECRET": "whsec_bm9uZQ==",
}


@dataclass
class Party:
    """An organization on a server, and the header with its key."""

    server: Server
    id: str
    key: dict[str, str]

    def get(self, path: str, **more: Any) -> Any:
        """GET a path."""
        return self.server.get(path, headers=self.key, **more)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON to a path."""
        more = {} if body is None else {"json": body}
        return self.server.post(path, headers={**self.key, **headers}, **more)


@dataclass
class Market:
    """The parties, the ids of objects of the seller and the buyer by their prefixes, and sessions of browsers.

    `waiting`: a payment whose buyer has to pay on the provider's page. `several`: a paid order of five pieces for a
    business, which may have several parcels; `paid`: an order of one piece, without a parcel. `deliveries`: of services
    of one order: a visit about health whose licence was checked, then three courses.
    """

    seller: Party
    buyer: Party
    other: Party
    operator: Party
    ids: dict[str, str]
    sessions: dict[str, str]
    waiting: str
    several: str
    paid: str
    deliveries: list[str]

    @property
    def month(self) -> str:
        """The month in which the delivered order was paid, from the id of its payment: another may have begun since."""
        return f"{dt.datetime.fromtimestamp(int(self.ids['py_'][3:15], 16) / 1000, dt.UTC):%Y-%m}"


def open_market(server: Server) -> Market:
    """Create the organizations and the objects: an order that was delivered, with a return."""
    made = _put_kept(server) or _make(server.data, server.settings)
    parties = {
        name: Party(server, made[name]["id"], {"Authorization": f"Bearer {made[name]['key']}"})
        for name in ("seller", "buyer", "other", "operator")
    }
    return Market(
        **parties,
        ids=made["ids"],
        sessions=made["sessions"],
        waiting=made["waiting"],
        several=made["several"],
        paid=made["paid"],
        deliveries=made["deliveries"],
    )


#: Seconds for which a market is copied at most: its times are those of its making.
FRESH = 600


def _make(data: Path, settings: dict[str, str]) -> dict[str, Any]:
    env = environment(data, **settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def _is_new(server: Server) -> bool:
    """Whether a server has a file of SQLite into which nobody has written, and no keys."""
    if "ENTREPOT_DATABASE" in server.settings or (server.data / "keys").exists():
        return False
    with closing(sqlite3.connect(server.data / NAME, timeout=30)) as database:
        counts = "SELECT (SELECT count(*) FROM store_ledgerevent) + (SELECT count(*) FROM store_organization)"
        return bool(database.execute(counts).fetchone()[0] == 0)


def _put_kept(server: Server) -> dict[str, Any] | None:
    """Copy the rows and the keys of a recent market of this run, with the same settings, into a new server.

    None if the server is not new.
    """
    if not _is_new(server):
        return None
    run = [os.environ.get("PYTEST_XDIST_TESTRUNUID") or os.getpid(), time.time() // FRESH]
    what = json.dumps([*run, sorted(server.settings.items())])
    kept = KEPT / f"market-{hashlib.blake2b(what.encode(), digest_size=8).hexdigest()}"
    made = kept / "made"
    if not made.exists():
        _keep(kept, server.settings)
        if not _is_new(server):  # its worker has created keys meanwhile
            return None
    with (
        closing(sqlite3.connect(kept / NAME)) as rows,
        closing(sqlite3.connect(server.data / NAME, timeout=30)) as database,
    ):
        rows.backup(database)
    shutil.copytree(kept / "keys", server.data / "keys")
    return dict(json.loads(made.read_text()))


def _keep(kept: Path, settings: dict[str, str]) -> None:
    """Make a market where no server runs. Those of earlier runs are removed."""
    for old in KEPT.glob("market-*"):
        if time.time() - old.stat().st_mtime > 20 * FRESH:
            shutil.rmtree(old, ignore_errors=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as name:
        data = Path(name) / "data"
        data.mkdir()
        copy_tables(data)
        (data / "made").write_text(json.dumps(_make(data, settings)))
        try:
            data.rename(kept)
        except OSError:
            if not (kept / "made").exists():  # another process has put its own there
                raise


def check(document: Any, name: str, value: Any) -> None:
    """Check a value against a schema of the document of the API: all its fields, and no other."""
    jsonschema = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs, which schemathesis uses, is not installed")
    schema = {**document["components"]["schemas"][name], "components": document["components"]}
    jsonschema.validate(schema, value)
    assert set(value) == set(document["components"]["schemas"][name]["properties"])


def delete(party: Any, path: str) -> Any:
    """The answer to a DELETE request of a party."""
    return httpx.delete(party.server.url + path, headers=party.key, timeout=60)
