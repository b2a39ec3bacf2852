"""The market in which the twelve tasks are walked: people of each role, and what each of them has before its task."""

from __future__ import annotations

import base64
import datetime as dt
import http.server
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server_process import Server, environment, run_server

from connect.signed_nodes import described_key
from entrepot.connect.nodes.descriptions import seal
from entrepot.connect.signing_keys import ED25519, new_key
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import thumbprints
from entrepot.trade.nodes.description import VALID, Description
from entrepot.trade.nodes.types import known_versions
from free_ports import free_port
from sandbox_process import Sandbox

TESTS = Path(__file__).parents[1]
PROGRAM = """
import datetime as dt, json
import django
django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from entrepot.store import pavilions
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.people import members, organizations, persons
from entrepot.trade.courses import content
from entrepot.trade.delivery import commands as deliveries
from entrepot.trade_app import documents, market as market_app
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import courses
from entrepot.web.http import actors
from trade.booking import bay
from trade.market import COFFEE, Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()

NAMES = {"seller": ("Cao Nguyen Coffee", "VN", "seller"), "buyer": ("Beijing Tea House", "CN", "buyer")}
COURSE = [("Beans", "Green beans are sorted by size.\\n\\nRoast each size by itself. Begin at 180 °C.")]
QUESTIONS = [("Where does the roast begin?", "* 180 °C\\n300 °C")]
LANGUAGES = ("en", "zh", "vi", "th", "km")

def titles(*texts):
    return dict(zip(LANGUAGES, texts))

market, made, now = Market(open_books(), Now()), {"sessions": {}}, dt.datetime.now(dt.UTC)
for name in ("seller", "buyer", "operator", "officer"):
    if name in NAMES:
        made[name] = organizations.create_organization(*NAMES[name]).id
    else:
        made[name] = organizations.operator().id
    person = persons.create_person(f"{name}@walk.example", name.title(), "tall trees 1985", "en")
    members.add_member(made[name], person.id, "owner")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session[actors.SECOND_FACTOR] = person.user_id
    session.create()
    made["sessions"][name] = session.session_key
seller, buyer = made["seller"], made["buyer"]
pavilions.create_pavilion("viet-nam", "VN", titles("Viet Nam", "越南", "Việt Nam", "เวียดนาม", "វៀតណាម"), seller, now)
row = pavilions.find_pavilion("viet-nam")
pavilions.change_pavilion("viet-nam", titles=row.titles, texts={}, published=True)
coffee = market.offer({**COFFEE, "titles": titles("Roasted coffee", "烘焙咖啡", "Cà phê rang", "กาแฟคั่ว", "កាហ្វេលីង"),
                       "stock": 100000}, seller=seller)
doctor = bay(market, seller=seller, priced=False, titles=titles("Ms Lan", "兰女士", "Bà Lan", "คุณลาน", "អ្នកស្រី ឡាន"),
             kind="person", zone="Asia/Shanghai", weekly=[{"since": "00:00", "until": "24:00"}],
             limits={"shortest": 60, "longest": 60, "step": 60})
service = {"ship_from": "VN", "currency": "CNY"}
advice = market.offer({**service, "titles": titles("Advice on roasting", "烘焙咨询", "Tư vấn rang cà phê",
    "ปรึกษาเรื่องการคั่ว", "ការប្រឹក្សាអំពីការលីង"), "service": "consulting", "price": "300.00",
    "delivery": {"kind": "visit", "resource": doctor.id, "minutes": 60}}, seller=seller)
for each in (coffee, advice):
    market_app.present(seller, each.id, pavilion="viet-nam", descriptions={})
fields = {"title": "Coffee roasting", "summary": "Roast green coffee evenly.", "language": "en", "pass_percent": "60"}
course = courses.create(seller, {**fields, "source": "pages"})
courses.save_draft(course, content.read(COURSE, QUESTIONS), now)
courses.publish(seller, course.id, now)
lesson = market.offer({**service, "titles": titles("Coffee roasting", "咖啡烘焙", "Rang cà phê",
    "การคั่วกาแฟ", "ការលីងកាហ្វេ"), "service": "online_education", "price": "90.00",
    "delivery": {"kind": "course", "resource": course.id, "days": 90}}, seller=seller)
office = market.offer({**service, "titles": titles("Shared office", "共享办公", "Văn phòng chung",
    "สำนักงานร่วม", "ការិយាល័យរួម"), "service": "collaborative_office", "price": "10.00",
    "delivery": {"kind": "workspace", "days": 30}}, seller=seller)
for each in (lesson, office):
    (order,) = market.place({each.id: 3}, by=buyer, kind="business", contact={"name": "Wang"})
    market.pay(order)
for _each in range(2):  # one is sent back in each of two languages
    (order,) = market.place({coffee.id: 6}, by=buyer)
    order = market.pay(order)
    market.ship(order)
    market.release(market.declare(order))
    market.report(order, "shipped")
    market.report(order, "delivered")
details = {"exporter_address": "12 Le Duan, Buon Ma Thuot"}
for key, kind in enumerate(("commercial_invoice", "packing_list")):
    documents.issue(seller, {"order": order.id, "kind": kind, "details": details}, f"d{key}")
queue = DatabaseOutbox()
(message,) = queue.claim("carrier", timezone.now(), lease="walk", seconds=60, limit=1, in_order=False)
queue.dead(message, timezone.now(), "The carrier does not know this postcode.")
print(json.dumps(made))
"""


@dataclass
class WalkMarket:
    """A server with its people, and the sandbox of its payment company. `sessions`: by the role of a person."""

    server: Server
    sessions: dict[str, str]
    payments: Sandbox


@contextmanager
def open_walk_market(data: Path) -> Iterator[WalkMarket]:
    """Run the server with its socket process, make what the tasks need, then run a payment company and a worker."""
    sockets, port = free_port(), free_port()
    company, payments = _payment_company(data / "payments")
    settings = {
        **payments,
        "ENTREPOT_SOCKETS": f":{sockets}",
        "ENTREPOT_NODE": "CN",
        "ENTREPOT_NODE_NAME": "Node of China",
        "ENTREPOT_PLATFORM_ECONOMY": "CN",
        "ENTREPOT_URL": f"http://127.0.0.1:{port}",
        "ENTREPOT_WEBHOOKS_LOOPBACK": "true",
    }
    folder = data / "node"
    with run_server(folder, workers=1, background=0, port=port, **settings) as server:
        env = environment(folder, **settings)
        with_tests = env | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=with_tests, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        # Only now: what the program has paid for is not asked of the company.
        address = f"{server.url}/v1/payments/notifications/sandbox"
        paying = Sandbox(
            "payments", data / "payments", *company, "--delay", "0", "--retry", "0.05", "--send-to", address
        )
        worker = subprocess.Popen([sys.executable, "-m", "entrepot.web.background"], env=env)
        try:
            yield WalkMarket(server, made["sessions"], paying)
        finally:
            worker.terminate()
            worker.wait()
            paying.kill()


def _payment_company(folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The options of the sandbox of a payment company, whose secrets are made here, and the settings of its node."""
    folder.mkdir(parents=True)
    token, key, port = secrets.token_urlsafe(32), secrets.token_bytes(32), free_port()
    (folder / "control.token").write_text(token)
    (folder / "webhook.secret").write_text(base64.urlsafe_b64encode(key).decode().rstrip("="))
    settings = {
        "ENTREPOT_PAYMENTS": f"sandbox:http://127.0.0.1:{port}",
        "ENTREPOT_PAYMENTS_KEY": token,
        "ENTREPOT_PAYMENTS_SECRET": f"whsec_{base64.b64encode(key).decode()}",
    }
    return ("--port", str(port)), settings


@contextmanager
def other_node() -> Iterator[tuple[str, str]]:
    """A node of Viet Nam that only describes itself: its address, and the groups of its key as they are read out."""
    key, now = new_key(ED25519), dt.datetime.now(dt.UTC)
    described: list[bytes] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The description, whatever is asked."""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(described[0])))
            self.end_headers()
            self.wfile.write(described[0])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the standard library names it
            """Nothing is logged."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        port = listening.server_address[1]
        address = f"http://127.0.0.1:{port}"
        described.append(_description(address, f"did:web:127.0.0.1%3A{port}", key, now))
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield address, "\n".join(thumbprints.lines(described_key(key).thumbprint))
        listening.shutdown()


def _description(address: str, did: str, key: Any, now: dt.datetime) -> bytes:
    return seal(
        Description(
            object="node_description",
            version=1,
            economy="VN",
            name="Node of Viet Nam",
            operator="Chamber of Commerce",
            did=did,
            address=address,
            keys=(described_key(key),),
            capabilities=(),
            messages=known_versions(),
            ledger_key="",
            issued=timestamp(now),
            expires=timestamp(now + VALID),
        ),
        [key],
    )
