"""A node with its three sandboxes and a client, as processes that a test kills and starts again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from asked_programs import Asked
from server_process import environment

from entrepot.trade_app.demo import CONTACT, OFFERS, asserted, customs_settings
from free_ports import free_port
from sandbox_process import Sandbox, until
from sandbox_trader import identity
from trade.kill_client import read_journal

CLIENT = Path(__file__).parent / "kill_client.py"
#: What the programs of a node import, which takes longer than what they do.
BOOKS = ("entrepot.trade_app.books", "entrepot.trade_app.ledger", "entrepot.trade_app.quotes", "entrepot.store.outbox")
#: Creates a seller, a buyer with a key, and the offers. Prints their ids.
PREPARE = """
import json, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from entrepot.store import keys
from entrepot.store.people import organizations
from entrepot.trade.offer_form import read_offer
from entrepot.trade.selling import create_offer
from entrepot.trade_app.books import open_books
from entrepot.trade_app.quotes import NodeQuotes
books, quotes = open_books(), NodeQuotes()
seller = organizations.create_organization("Seller", "VN", "seller").id
buyer = organizations.create_organization("Buyer", "CN", "buyer").id
key = keys.create_key("of a test", ["trade"], 1_000_000, organization=buyer)[1]
offers = {name: books.run(lambda tx: create_offer(tx, read_offer(given, quotes.decimals), seller=seller)).id
          for name, given in json.load(sys.stdin).items()}
print(json.dumps({"seller": seller, "key": key, "offers": offers}))
"""
#: What the books hold in the end.
LOOK = """
import json
import django
django.setup()
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade_app import ledger
from entrepot.trade_app.books import open_books
books = open_books()
def every(prefix):
    found, before = [], ""
    while some := books.list_objects(prefix, before=before, limit=100):
        found += some
        before = some[-1].id
    return found
sums = {}
for (account, unit), amount in books.balances("").items():
    sums[unit] = sums.get(unit, 0) + amount
verified = ledger.verify()
print(json.dumps({
    "events": verified.position, "problems": verified.count, "sums": sums,
    "orders": {each.id: [each.status, list(each.attention), len(each.payments), len(each.shipments),
                         len(each.declarations)] for each in every("or_")},
    "payments": {each.id: [each.order, each.status] for each in every("py_")},
    "declarations": {each.id: each.order for each in every("de_")},
    "waiting": [[each.topic, each.state, each.reason] for each in DatabaseOutbox().listed(limit=1000)
                if each.state != "sent"],
}))
"""


class Part:
    """A process that is started again after it was killed."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.command, self.env, self.log = command, env, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return None if self.process is None else self.process.poll()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Node:
    """The processes. `parts`: those that the test starts: the server, the sandboxes and the client."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{free_port()}"
        self.journal = folder / "journal"
        self.tokens: dict[str, dict[str, Any]] = {}
        self.parts: dict[str, Part] = {}
        self.env: dict[str, str] = {}
        self._asked: Asked | None = None
        self.plan: dict[str, Any] = {}

    def start(self, database: dict[str, str], orders: int, pause: float) -> None:
        """Start the sandboxes and the server, and prepare the client, which the test starts.

        `orders`: how many the client places; `pause`: seconds after each.
        """
        self.env = environment(self.folder / "node", **self._start_sandboxes(), **database)
        self._prepare(orders, pause)
        self._stop_asking()  # later programs have this setting too
        self.env["ENTREPOT_CUSTOMS_CN"] = str(self.folder / "customs-cn.toml")
        port = self.url.rpartition(":")[2]
        command = [sys.executable, "-m", "entrepot.web", "--port", port, "--workers", "1", "--background", "1"]
        self.parts["server"] = Part(command, self.env, self.folder / "server.log")
        self.parts["server"].start()
        self.until_it_answers()

    def _start_sandboxes(self) -> dict[str, str]:
        """Start the sandboxes on ports that they keep. Returns the settings of the node."""
        settings = {}
        for name, path in (
            ("payments", "/v1/payments/notifications/sandbox"),
            ("carrier", "/v1/carrier/notifications"),
            ("customs", "/v1/customs/cn/messages"),
        ):
            options = ["--port", str(free_port()), "--delay", "0", "--retry", "0.05", "--send-to", self.url + path]
            first = Sandbox(name, self.folder / name, *options)
            self.tokens[name] = first.start
            first.kill()
            words = [sys.executable, "-m", "entrepot.sandbox", name, "--folder", str(self.folder / name), "--json"]
            env = os.environ | {"ENTREPOT_DATA": str(self.folder / name)}
            self.parts[name] = Part([*words, *options], env, self.folder / f"{name}.log")
            self.parts[name].start()
            if name != "customs":
                settings[f"ENTREPOT_{name.upper()}"] = f"sandbox:{first.url}"
                settings[f"ENTREPOT_{name.upper()}_KEY"] = first.start["control_token"]
                settings[f"ENTREPOT_{name.upper()}_SECRET"] = first.start["webhook_secret"]
        return settings

    def _prepare(self, orders: int, pause: float) -> None:
        offers = {name: {**given, "stock": 100_000} for name, given in OFFERS.items()}
        (self.folder / "node").mkdir()
        made = self.run(PREPARE, json.dumps(offers))
        settings = customs_settings(self.tokens["customs"]["url"], made["seller"])
        (self.folder / "customs-cn.toml").write_text(settings, encoding="utf-8")
        plan, names = [], list(made["offers"])
        vouched = {name: asserted(name) for name in names}
        for at in range(orders):
            name = names[at % len(names)]
            person: dict[str, str] = {**CONTACT, "identity_number": identity(1000 + at)}
            order = {
                "items": [{"offer": made["offers"][name], "quantity": 1 + at % 2}],
                "ship_to": {"country": "CN"},
                "contact": person,
                "assertions": vouched[name],
            }
            payer = {each: person[each] for each in ("name", "telephone", "identity_type", "identity_number")}
            pay = {"provider": "sandbox", "currency": "CNY", "method": "approved", "payer": payer}
            plan.append({"key": f"plan-{at}", "order": order, "pay": pay})
        self.plan = {str(each["key"]): each for each in plan}
        (self.folder / "plan").write_text(json.dumps(plan))
        words = [sys.executable, str(CLIENT), self.url, made["key"], str(self.folder / "plan"), str(self.journal)]
        self.parts["client"] = Part([*words, str(pause)], dict(os.environ), self.folder / "client.log")

    def run(self, program: str, given: str = "") -> Any:
        """What a program with the settings of the node prints, as JSON."""
        if self._asked is None:
            self._asked = Asked(self.env, *BOOKS)
        return json.loads(self._asked.run(program, given))

    def until_it_answers(self) -> None:
        """Wait for the server."""
        until(self._answers, 120)

    def _answers(self) -> bool:
        assert self.parts["server"].ended() is None, (self.folder / "server.log").read_text()
        try:
            return httpx.get(f"{self.url}/v1/health", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def find(self, name: str) -> int | None:
        """The process id of a part, or of a child of the server: `worker`, `background`. None if it does not run."""
        if name in self.parts:
            part = self.parts[name]
            return part.process.pid if part.process is not None and part.ended() is None else None
        server = self.find("server")
        for number, words in _children(server) if server else ():
            if (b"entrepot.web.background" in words) == (name == "background"):
                return number
        return None

    def kill(self, name: str) -> bool:
        """Kill a process; False if it does not run."""
        number = self.find(name)
        if number is None:
            return False
        if name in self.parts:
            self.parts[name].kill()
            return True
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

    def acknowledged(self) -> dict[str, dict[str, str]]:
        """What the client was told, by the key of its plan: the ids of what was placed and paid."""
        found: dict[str, dict[str, str]] = {}
        for each in read_journal(self.journal):
            found.setdefault(each["key"], {})[each["what"]] = each["id"]
        return found

    def rows(self, sandbox: str, query: str) -> list[tuple[Any, ...]]:
        """What a sandbox has in its store."""
        (file,) = (self.folder / sandbox).glob("*.sqlite3")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query).fetchall()

    def switch(self, sandbox: str, **switches: Any) -> None:
        """Set switches of a sandbox."""
        start = self.tokens[sandbox]
        headers = {"Authorization": f"Bearer {start['control_token']}"}
        url = f"{start['url']}/control/switches"
        httpx.patch(url, json=switches, headers=headers, timeout=120).raise_for_status()

    def look(self) -> Any:
        """What the books hold."""
        return self.run(LOOK)

    def _stop_asking(self) -> None:
        if self._asked is not None:
            self._asked.stop()
        self._asked = None

    def stop(self) -> None:
        """End all processes."""
        self._stop_asking()
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


@contextmanager
def running(folder: Path, database: dict[str, str], orders: int, pause: float) -> Iterator[Node]:
    """A node whose processes run; they are ended."""
    node = Node(folder)
    try:
        node.start(database, orders, pause)
        yield node
    finally:
        node.stop()


def _children(parent: int) -> Iterator[tuple[int, bytes]]:
    """The running children of a process, with their command lines."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            words = (stat.parent / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            yield int(stat.parent.name), words
