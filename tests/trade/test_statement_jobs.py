"""The statements of a month sum to the ledger, and the month is queued by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.trade_app.statement_jobs import statements_of
from trade.market import SELLER, Market


def test_the_statements_of_a_month_are_those_of_each_currency_of_the_seller() -> None:
    market = Market()
    market.pay(market.order(2))
    month = f"{market.clock():%Y-%m}"
    (made,) = statements_of(market.books, SELLER, month)
    # Two bags at CNY 68: nothing else is the seller's but the freight of 12 and 2, where no carrier is named.
    assert (made.currency, made.totals["sale"], made.closing) == ("CNY", 13600, 13600 + 1400)
    assert statements_of(market.books, "og_9", month) == []
    (before,) = statements_of(market.books, SELLER, "2026-01")
    assert (before.lines, before.closing) == ((), 0)


PROGRAM = """
import django
django.setup()
import datetime as dt
from django.core.management import call_command
call_command("migrate", verbosity=0)
from entrepot.connect.mail.message import MemoryMail
from entrepot.store import background
from entrepot.store.people import members, organizations, persons
from entrepot.trade_app import background as work
from entrepot.trade_app import email_channel
from entrepot.trade_app.books import open_books
from trade.market import Market
from trade.tally import Clock

class Now(Clock):
    def __call__(self):
        return dt.datetime.now(dt.timezone.utc)

shop, idle = (organizations.create_organization(name, "VN", "seller") for name in ("Cafe", "Idle"))
for name, role in (("owner", "owner"), ("manager", "manager"), ("clerk", "clerk")):
    person = persons.create_person(f"{name}@shop.example", name, "tall trees 1985", "en")
    members.add_member(shop.id, person.id, role)
    members.add_member(idle.id, person.id, role)
market = Market(open_books(), Now())
market.pay(market.place({market.offer(seller=shop.id).id: 2})[0])
given = work.background_work()
(timer,) = [each for each in given.timers if each.name == "statements"]
next_month = (market.clock().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
timer.run(next_month)
background.run_jobs("place-0:")
timer.run(next_month)
background.run_jobs("place-0:")
mail = MemoryMail()
channel = given.channels["email"]
for message in given.outbox.listed(channel="email"):
    if message.topic == "statement.ready":
        email_channel.send(email_channel.Post(mail, "https://shop.example"), message)
month = f"{market.clock():%Y-%m}"
for each in mail.sent:
    linked = f"https://shop.example/en/statements/?month={month}" in each.text
    print(each.to, each.subject.replace(month, "MONTH"), linked)
"""


@pytest.mark.long
def test_owners_and_managers_of_a_seller_are_told_once_that_the_statement_is_ready(tmp_path: Path) -> None:
    from server_process import environment

    env = environment(tmp_path) | {"PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parents[1])])}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "manager@shop.example Statement of Cafe for MONTH True",
        "owner@shop.example Statement of Cafe for MONTH True",
    ]
