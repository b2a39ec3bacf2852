"""E-mails about orders: the ledger is followed, and each person who wants it is told once, in their language."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from server_process import environment

from entrepot.connect.mail.topics import STATUSES, TOPICS
from entrepot.trade import mails

PROGRAM = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
import datetime as dt, os
from django.utils import timezone
from entrepot.connect.mail.message import MemoryMail, NotSent
from entrepot.store import order_mails
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.people import members, organizations, persons
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.objects import Kind
from entrepot.trade.outbox import Later
from entrepot.trade_app import email_channel
import msgspec

class Order(msgspec.Struct, frozen=True):
    id: str
    status: str
    owners: tuple[str, ...]

def apply(state, event):
    return state or Order(event.stream, "placed", tuple(event.payload["owners"]))

shop = organizations.create_organization("Cà phê", "VN", "seller")
def person(name, language, role=None, off=()):
    made = persons.create_person(f"{name}@mails.example", name, "tall trees 1985", language)
    persons.change_person(made.id, name, language, off)
    if role:
        members.add_member(shop.id, made.id, role)
    return made
owner, clerk = person("owner", "vi", "owner"), person("clerk", "en", "clerk")
viewer, quiet = person("viewer", "en", "viewer"), person("quiet", "en", "clerk", ["orders"])
buyer = person("buyer", "th")
books = StoreBooks({"or_": Kind("or_", "order", Order, apply, lambda state: state.owners)}, Keys(bytes(32), bytes(32)),
                   now=timezone.now, random=os.urandom)
def place(tx):
    number = tx.new_id("or_")
    tx.append(number, "order.placed", {"owners": [shop.id, buyer.id]})
    tx.append(number, "order.customs_changed", {"object": "de_1", "status": "declared"})
    tx.append(number, "order.customs_changed", {"object": "de_1", "status": "held"})
    return number
order = books.run(place)
print(order_mails.follow(timezone.now()), order_mails.follow(timezone.now()))
mail, queue = MemoryMail(), DatabaseOutbox()
post = email_channel.Post(mail, "https://shop.example")
messages = sorted(queue.listed(channel="email"), key=lambda each: each.id)
persons_left = persons.find_person(buyer.id)
for each in messages:
    email_channel.send(post, each)
for each in mail.sent:
    assert order in each.text and f"https://shop.example/{each.language}/orders/{order}/" in each.text
    assert each.unsubscribe.startswith(f"https://shop.example/{each.language}/mail/off/?token=")
    print(each.to, each.language, each.subject.replace(order, "ORDER"))
class Down:
    def send(self, message):
        raise NotSent("ConnectionRefusedError")
try:
    email_channel.send(email_channel.Post(Down(), "https://shop.example"), messages[0])
except Later as error:
    print(error)
print(sorted(email_channel.channel().send.args[0].url.split(":")))
"""


@pytest.mark.long
def test_people_of_the_seller_and_the_buyer_are_told_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(
        [
            "3 0",
            "owner@mails.example vi Đơn hàng mới ORDER",
            "clerk@mails.example en New order ORDER",
            "buyer@mails.example th คำสั่งซื้อใหม่ ORDER",
            "owner@mails.example vi Đơn hàng ORDER: hải quan giữ lại",
            "clerk@mails.example en Order ORDER: held by customs",
            "buyer@mails.example th คำสั่งซื้อ ORDER: ศุลกากรกักไว้",
            "The server for e-mails did not accept it: ConnectionRefusedError.",
            "['//127.0.0.1', 'http']",
        ]
    )


def test_every_status_that_is_told_has_words_and_every_topic_an_e_mail() -> None:
    by_state = {status for states in mails._BY_STATE.values() for status in states.values()}
    assert {"created", *mails._BY_KIND.values(), *by_state} == set(STATUSES)
    assert {mails.PLACED, mails.CHANGED} <= set(TOPICS)
