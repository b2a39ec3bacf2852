"""A market of courses on a server of a test: a seller with a built-in course, a buyer who has paid for places in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from server_process import Server, environment

TESTS = Path(__file__).parents[1]
PROGRAM = """
import datetime as dt
import json
import sys
import django
django.setup()
from django.utils import timezone
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from entrepot.store.people import members, organizations, persons
from entrepot.trade.courses import content
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import course_tools, courses
from trade.market import Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return timezone.now()

given = json.loads(sys.argv[1])
market, now = Market(open_books(), Now()), dt.datetime.now(dt.UTC)
made = {"sessions": {}, "people": {}}
people = {"seller": ["seller"], "buyer": ["lan", "mai"], "other": ["other"]}
for name, names in people.items():
    kind = "seller" if name == "seller" else "buyer"
    found = organizations.create_organization(f"The {name}", "VN", kind)
    made[name] = found.id
    for each in names:
        person = persons.create_person(f"{each}@courses.example", each.title(), "tall trees 1985", "en")
        members.add_member(found.id, person.id, "owner")
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(person.user_id)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
        session.create()
        made["sessions"][each] = session.session_key
        made["people"][each] = person.id
fields = {"title": "Rang cà phê", "summary": "Roast green coffee evenly.", "language": "vi", "pass_percent": "60"}
tool = ""
if given.get("tool"):
    tool = course_tools.register(made["seller"], given["tool"], now).id
    made["tool"] = tool
source = {"source": "tool", "tool": tool} if tool else {"source": "pages"}
course = courses.create(made["seller"], {**fields, **source})
if not tool:
    courses.save_draft(course, content.read(
        [("Hạt", "Hạt xanh.\\n\\nRang đều."), ("Lửa", "Lửa vừa.")],
        [("1 + 1?", "* 2\\n3"), ("2 + 2?", "3\\n* 4"), ("Even?", "* 2\\n* 4\\n5")],
    ), now)
courses.publish(made["seller"], course.id, now)
made["course"] = course.id
offer = market.offer({"titles": {"en": "Coffee roasting"}, "service": "online_education", "ship_from": "VN",
    "price": "300.00", "currency": "CNY", "delivery": {"kind": "course", "resource": course.id, "days": 90}},
    seller=made["seller"])
made["deliveries"] = []
for quantity in given.get("quantities", [1]):
    (order,) = market.place({offer.id: quantity}, by=made["buyer"], contact={"name": "Lan"})
    (number,) = market.pay(order).deliveries
    made["deliveries"].append(number)
if given.get("other_node"):
    from trade.two_nodes import TwoNodes

    nodes = TwoNodes(clock=Now(), books=(market.books, None), seller=made["seller"])
    copy = nodes.mirror(offer)
    (order,) = nodes.cn.market.place({copy.id: 2}, key="other node", contact={"name": "张伟"})
    nodes.cn.market.pay(order)
    nodes.run()
    (made["visited"],) = nodes.vn.books.read(nodes.vn.books.read(order.common).order).deliveries
    made["peer"] = nodes.vn.peer
print(json.dumps(made))
"""


def open_courses(server: Server, **given: Any) -> dict[str, Any]:
    """Create the market. `tool`: the form of a tool for the course; `quantities`: of the orders."""
    env = environment(server.data, **server.settings) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(given)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
