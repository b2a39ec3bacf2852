"""A practice on a server of a test: a provider, a patient's organization and another one, with visits of each state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from server_process import Server, environment
from trade_market import Party

TESTS = Path(__file__).parents[1]
PROGRAM = """
import datetime as dt, json
import django
django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
import practice
from entrepot.store import keys
from entrepot.store.people import members, organizations, persons
from entrepot.trade.health import commands
from entrepot.trade.papers import keys as keys_of_documents
from entrepot.trade_app.books import open_books
from entrepot.trade_app.documents import this_node

made, books = {"sessions": {}, "people": {}}, open_books()
for name, country in (("seller", "CN"), ("buyer", "TH"), ("other", "VN")):
    found = organizations.create_organization(f"The {name}", country, "seller" if name != "buyer" else "buyer")
    key = keys.create_key(name, ["trade"], 1_000_000, organization=found.id)[1]
    made[name] = {"id": found.id, "key": key}
    person = persons.create_person(f"{name}@practice.example", name.title(), "tall trees 1985", "en")
    members.add_member(found.id, person.id, "owner")
    made["people"][name] = person.id
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.create()
    made["sessions"][name] = session.session_key
seller, buyer, other = (made[name]["id"] for name in ("seller", "buyer", "other"))
doctor = practice.register(books, seller, made["people"]["seller"])
start = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
node = this_node()
seed = node.key.seed
books.run(lambda tx: keys_of_documents.publish(tx, node.key.thumbprint, node.key.x))

def visit(day, *steps, buyer=buyer, starts=None):
    def command(tx):
        found = practice.visit(tx, seller, buyer, starts or start + dt.timedelta(days=day))
        if "prepared" in steps:
            practice.prepare(tx, found, doctor.id)
        if "agreed" in steps:
            practice.agree(tx, found)
        if "met" in steps:
            practice.meet(tx, found)
        if "signed" in steps:
            practice.sign(tx, found, doctor, seed)
        return found.id
    return books.run(command)

made["signed"] = visit(0, "prepared", "agreed", "met", "signed")
made["bare"] = visit(1)
made["ready"] = visit(2, "prepared", "agreed", starts=timezone.now() + dt.timedelta(minutes=10))
made["other_patient"] = visit(3, "prepared", "agreed", buyer=other)
made["met"] = visit(4, "prepared", "agreed", "met")
made["erased"] = visit(5, "prepared")
made["patient"] = "pt-" + books.run(lambda tx: commands.record_of(tx, made["signed"])).patient[:40]
for day in range(10, 35):
    visit(day)
made["doctor"] = doctor.id
print(json.dumps(made))
"""


@dataclass
class Practice:
    """The parties, sessions of their browsers, ids of people, and visits by what happened in them.

    `patient`: the id of the patient in FHIR; `doctor`: the practitioner, who is the person of the seller.
    """

    seller: Party
    buyer: Party
    other: Party
    sessions: dict[str, str]
    people: dict[str, str]
    visits: dict[str, str]
    patient: str
    doctor: str


def open_practice(server: Server) -> Practice:
    """Create the organizations and the visits."""
    folders = [*sys.path, str(TESTS), str(TESTS / "web")]
    env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    parties = {
        name: Party(server, made[name]["id"], {"Authorization": f"Bearer {made[name]['key']}"})
        for name in ("seller", "buyer", "other")
    }
    names = ("signed", "bare", "ready", "other_patient", "met", "erased")
    return Practice(
        **parties,
        sessions=made["sessions"],
        people=made["people"],
        visits={name: made[name] for name in names},
        patient=made["patient"],
        doctor=made["doctor"],
    )
