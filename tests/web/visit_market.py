"""Visits that were sold on a server of a test, and a desk: a process that reads and changes its books on request."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from server_process import Server, environment, run_server

from free_ports import free_port

TESTS = Path(__file__).parents[1]
DESK = """
import json, sys
import django
django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from entrepot.model.errors import TradeError
from entrepot.store.people import members, organizations, persons
from entrepot.trade.delivery import commands, grants
from entrepot.trade.health.encounters import encounter_of
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import visits
from trade.market import Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()

VISIT = {"titles": {"en": "Consultation"}, "service": "telemedicine", "ship_from": "VN", "price": "300.00",
         "currency": "CNY", "delivery": {"kind": "visit", "minutes": 20, "licence":
         {"number": "0001/HN-CCHN", "authority": "Department of Health", "economy": "VN"}}}
books = open_books()
market, made = Market(books, Now()), {}
for name, kind in (("seller", "seller"), ("buyer", "buyer"), ("other", "seller")):
    organization = organizations.create_organization(f"The {name}", "VN", kind).id
    person = persons.create_person(f"{name}@visit.example", name.title(), "tall trees 1985", "en")
    members.add_member(organization, person.id, "owner")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.create()
    made[name] = {"id": organization, "session": session.session_key}
offer = market.offer(VISIT, seller=made["seller"]["id"])

def sell():
    (order,) = market.place({offer.id: 1}, by=made["buyer"]["id"], contact={"name": "Name"})
    (number,) = market.pay(order).deliveries
    return number

def encounter(number):
    found = encounter_of(books.read(number))
    return [found.status, found.start, found.end, found.seconds]

def advice():
    # A visit that is not about health.
    advice = market.offer({**VISIT, "service": "consulting", "delivery": {"kind": "visit", "minutes": 20}},
                          seller=made["seller"]["id"])
    (order,) = market.place({advice.id: 1}, by=made["buyer"]["id"], contact={"name": "Name"})
    (number,) = market.pay(order).deliveries
    return number

def ready():
    number = sell()
    books.run(lambda tx: commands.confirm_licence(tx, number, person="us_9"))
    consent(number)
    return number

def consent(number):
    buyer = made["buyer"]["id"]
    books.run(lambda tx: commands.consent(tx, number, by=buyer, person=buyer))

def withdraw(number):
    buyer = made["buyer"]["id"]
    books.run(lambda tx: commands.withdraw_consent(tx, number, by=buyer, person=buyer))

def enter(number, who):
    return visits.enter(books, made[who]["id"], number)

def stranger(number, role):
    # A grant of somebody else for the same visit.
    grant = books.run(lambda tx: commands.grant_to(tx, number, "us_stranger", role))
    return books.run(lambda tx: grants.make_token(tx, grant.id, "visit"))

def token_for(number, audience):
    grant = books.run(lambda tx: commands.own_grant(tx, number, by=made["buyer"]["id"]))
    return books.run(lambda tx: grants.make_token(tx, grant.id, audience))

def expired(number):
    # As if it had been made six minutes ago.
    before, grants.TOKEN_SECONDS = grants.TOKEN_SECONDS, -60
    try:
        return enter(number, "buyer")
    finally:
        grants.TOKEN_SECONDS = before

def revoke(number, who):
    grant = books.run(lambda tx: commands.own_grant(tx, number, by=made[who]["id"]))
    books.run(lambda tx: commands.revoke_grant(tx, grant.id, by=made["seller"]["id"]))

def sessions(number):
    found = books.events(stream=number)
    return [[event.kind.removeprefix("delivery.session_"), event.time, dict(event.payload)] for _at, event in found
            if event.kind.startswith("delivery.session_")]

def everything():
    return [[event.kind, dict(event.payload)] for _at, event in books.events(limit=10_000)]

print(json.dumps(made), flush=True)
for line in sys.stdin:
    name, *given = json.loads(line)
    try:
        answer = {"answer": globals()[name](*given)}
    except TradeError as error:
        answer = {"refused": error.code}
    print(json.dumps(answer), flush=True)
"""


class Desk:
    """The process. `parties`: the organizations with their ids and the sessions of a member."""

    def __init__(self, server: Server) -> None:
        env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
        self._process = subprocess.Popen(
            [sys.executable, "-c", DESK], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.parties: dict[str, dict[str, str]] = self._read()

    def ask(self, name: str, *given: Any) -> Any:
        """Call a function of the desk. A refusal is its code."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, *given]) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        return answer["answer"] if "answer" in answer else answer["refused"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(120)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the desk has ended"
        return json.loads(line)


class Clinic:
    """A server with visits: its pages, its socket process, and the desk."""

    def __init__(self, server: Server, port: int) -> None:
        self.server, self.port = server, port
        self.socket = f"ws://127.0.0.1:{port}/sockets/visit"
        self.desk = Desk(server)

    def path(self, number: str, language: str = "en") -> str:
        """The page of a visit's call."""
        return f"/{language}/services/{number}/visit/call/"

    def cookies(self, who: str) -> dict[str, str]:
        """The session of a member of a party."""
        return {"sessionid": self.desk.parties[who]["session"]}

    def kill_sockets(self) -> None:
        """Kill the socket process; the server starts it again."""
        os.kill(self.socket_process(), signal.SIGKILL)

    def wait_for_sockets(self) -> None:
        """Wait until the socket process answers."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=5)
                return
            time.sleep(0.05)
        raise AssertionError("The socket process does not answer.")

    def socket_process(self) -> int:
        """The id of the socket process."""
        listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(maxsplit=2) for line in listed.splitlines()[1:]]
        return next(
            int(row[0])
            for row in rows
            if row[1] == str(self.server.process.pid) and "entrepot.web.site.sockets" in row[2]
        )


@contextmanager
def run_clinic(data: Path, **more: Any) -> Iterator[Clinic]:
    """Run a server with its socket process, and the desk."""
    port = free_port()
    with run_server(data, ENTREPOT_SOCKETS=f":{port}", **more) as server:
        clinic = Clinic(server, port)
        clinic.wait_for_sockets()
        try:
            yield clinic
        finally:
            clinic.desk.close()
