"""Checkout sessions of UCP in a database of this process: quotes that expire, sessions that end, many at once."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import connections

from entrepot.connect.ucp.bodies import BuyerGiven, CheckoutGiven, CompleteGiven, read_as
from entrepot.connect.ucp.names import CHECKOUT, FULFILLMENT, VERSION
from entrepot.connect.ucp.sessions import NotPossible
from entrepot.store import expiry
from entrepot.store import ucp as rows
from entrepot.store.models import Quote, UcpCheckout, UcpRequest
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.kinds import KINDS
from entrepot.trade.offer_form import read_offer
from entrepot.trade.offers import stock_account
from entrepot.trade.selling import create_offer
from entrepot.trade_app import books as opened
from entrepot.trade_app import email_channel
from entrepot.trade_app import quotes as node_quotes
from entrepot.trade_app.ucp import assess, checkouts, node, sessions, settling
from entrepot.trade_app.ucp.checkouts import Caller
from entrepot.ucp_settings import UcpSettings
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import COFFEE

CALLER = Caller("profile:https://a.example", "https://a.example", {CHECKOUT: VERSION, FULFILLMENT: VERSION}, "")
HOUR = dt.timedelta(hours=1)


class Now:
    """A clock that the test sets on."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        """The time."""
        return dt.datetime.now(dt.UTC) + self.ahead


@pytest.fixture
def clock() -> Now:
    return Now()


@pytest.fixture
def store(sqlite_tables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Now) -> Iterator[StoreBooks]:
    """The node of this process: its books, its settings and its clock."""
    UcpCheckout.objects.all().delete()
    UcpRequest.objects.all().delete()
    found = StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)
    settings = UcpSettings("signed", "https://node.example")
    for module in (assess, checkouts, settling):
        monkeypatch.setattr(module, "open_books", lambda: found)
    monkeypatch.setattr("entrepot.trade_app.ucp.views.open_books", lambda: found)
    monkeypatch.setattr(node, "settings", lambda: settings)
    monkeypatch.setattr(node, "provider", lambda: "")
    monkeypatch.setattr(node, "open_trade_keys", lambda: Keys(DATA_KEY, HASH_KEY))
    monkeypatch.setattr(opened, "key_folder", lambda: tmp_path)
    node._cipher.cache_clear()
    for module in (assess, checkouts, settling):
        monkeypatch.setattr(module, "dt", _dates(clock))
    yield found
    node._cipher.cache_clear()


def _dates(clock: Now) -> Any:
    """The module of dates, with the clock of the test."""

    class Time(dt.datetime):
        @classmethod
        def now(cls, _zone: dt.tzinfo | None = None) -> Any:
            return clock()

    class Dates:
        datetime, timedelta, date, UTC = Time, dt.timedelta, dt.date, dt.UTC

    return Dates


def given(offer: str, quantity: int = 2) -> CheckoutGiven:
    destination = {"street_address": "1 Main St", "address_country": "SG"}
    body = {
        "line_items": [{"item": {"id": offer}, "quantity": quantity}],
        "buyer": {"email": "a@b.example", "first_name": "Ann", "last_name": "Lee", "phone_number": "+6581234567"},
        "fulfillment": {"methods": [{"type": "shipping", "destinations": [destination]}]},
    }
    return read_as(msgspec.json.encode(body), CheckoutGiven)


def new_checkout(store: StoreBooks, stock: int = 100) -> tuple[str, Any]:
    form = read_offer({**COFFEE, "currency": "SGD", "stock": stock}, {"SGD": 2}.get)
    offer = store.run(lambda tx: create_offer(tx, form, seller="og_1")).id
    made = checkouts.create(CALLER, given(offer))
    assert (made.status, made.body["status"]) == (201, "ready_for_complete"), made.body["messages"]
    return offer, made.body


def complete(number: str) -> Any:
    return checkouts.complete(CALLER, number, CompleteGiven()).body


def stock(store: StoreBooks, offer: str) -> int:
    return store.balance(stock_account(offer), offer)


def test_an_expired_quote_is_made_again_at_the_same_price(store: StoreBooks, clock: Now) -> None:
    offer, made = new_checkout(store)
    Quote.objects.update(expires=dt.datetime.now(dt.UTC) - HOUR)
    node_quotes._recent._found.clear()
    done = complete(made["id"])
    assert (done["status"], done["totals"]) == ("completed", made["totals"])
    checkouts.read(CALLER, made["id"])
    (message,) = DatabaseOutbox().listed(channel="email")
    mail = email_channel.confirmation(message)
    assert mail is not None
    # 2 × 68.00 + 12.00 + 2.00 = 150.00, and 9 % of it: 13.50.
    assert (mail.to, "163.50" in mail.text) == ("a@b.example", True)
    assert stock(store, offer) == 98


def test_an_expired_quote_at_another_price_is_shown_first(store: StoreBooks, clock: Now) -> None:
    offer, made = new_checkout(store)
    Quote.objects.update(expires=dt.datetime.now(dt.UTC) - HOUR)
    node_quotes._recent._found.clear()
    # As if it had cost less when it was shown.
    session = sessions.find(made["id"])
    assert session is not None
    sessions.save(session, msgspec.structs.replace(session.session, told="another"))
    shown = complete(made["id"])
    assert (shown["status"], [each["code"] for each in shown["messages"]]) == ("incomplete", ["price_changed"])
    assert stock(store, offer) == 100
    assert complete(made["id"])["status"] == "completed"


def test_a_session_that_expired_is_canceled(store: StoreBooks, clock: Now) -> None:
    offer, made = new_checkout(store)
    clock.ahead = checkouts.LIFETIME
    assert checkouts.read(CALLER, made["id"]).body["status"] == "canceled"
    with pytest.raises(NotPossible):
        complete(made["id"])
    assert stock(store, offer) == 100


def test_many_completions_at_once_place_one_order(store: StoreBooks, clock: Now) -> None:
    offer, made = new_checkout(store)

    def work(_number: int) -> str:
        try:
            return str(complete(made["id"])["status"])
        except (NotPossible, sessions.Changed) as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(work, range(6)))
    assert "completed" in found
    assert set(found) <= {"completed", "complete_in_progress", "NotPossible", "Changed"}
    assert stock(store, offer) == 98
    assert len(store.list_objects("or_")) == 1


@pytest.mark.parametrize("email", ["a", "a@b.example\r\nBcc: c@d.example", "Ann <a@b.example>"])
def test_what_is_no_address_of_an_e_mail_is_said_before_anything_is_sent(
    store: StoreBooks, clock: Now, email: str
) -> None:
    offer, made = new_checkout(store)
    buyer = BuyerGiven(first_name="Ann", last_name="Lee", phone_number="+6581234567", email=email)
    wrong = checkouts.update(CALLER, made["id"], msgspec.structs.replace(given(offer), buyer=buyer)).body
    assert [(each["code"], each["path"]) for each in wrong["messages"]] == [("field_invalid", "$.buyer.email")]
    assert complete(made["id"])["status"] == "incomplete"
    assert DatabaseOutbox().listed(channel="email") == []


def test_the_last_piece_is_sold_once(store: StoreBooks, clock: Now) -> None:
    offer, made = new_checkout(store, stock=2)
    other = checkouts.create(CALLER, given(offer)).body
    assert complete(made["id"])["status"] == "completed"
    late = complete(other["id"])
    assert (late["status"], [each["code"] for each in late["messages"]]) == ("incomplete", ["out_of_stock"])


def test_a_completion_whose_process_ended_is_taken_up_or_given_up(
    store: StoreBooks, clock: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def end(*_given: object, **_named: object) -> None:
        raise Killed

    offer, made = new_checkout(store)
    with monkeypatch.context() as patched:
        patched.setattr(settling, "begin_payments", end)
        with pytest.raises(Killed):
            complete(made["id"])
    # The orders were placed: the checkout finds them.
    done = checkouts.read(CALLER, made["id"]).body
    assert (done["status"], [each["code"] for each in done["messages"]]) == ("completed", ["payment_due"])
    store.run(lambda tx: cancel_order(tx, number=done["order"]["id"], reason="other", by=made["id"]))
    assert checkouts.read(CALLER, made["id"]).body["messages"] == []
    offer, made = new_checkout(store)
    with monkeypatch.context() as patched:
        patched.setattr("entrepot.trade.placing.place_orders", end)
        with pytest.raises(Killed):
            complete(made["id"])
    assert checkouts.read(CALLER, made["id"]).body["status"] == "complete_in_progress"
    # It may be placing the orders in this moment: they would be those of a checkout that is canceled.
    kept = checkouts.cancel(CALLER, made["id"]).body
    assert (kept["status"], kept["messages"][0]["code"]) == ("complete_in_progress", "checkout_in_progress")
    clock.ahead = settling.ABANDONED
    assert checkouts.read(CALLER, made["id"]).body["status"] == "ready_for_complete"
    assert complete(made["id"])["status"] == "completed"
    assert stock(store, offer) == 98


def test_what_is_stored_has_no_address_in_the_clear_and_is_deleted(store: StoreBooks, clock: Now) -> None:
    _offer, made = new_checkout(store)
    row = UcpCheckout.objects.get(id=made["id"])
    assert b"Main St" not in bytes(row.content)
    assert node.unseal("uc_another", bytes(row.content)) is None
    now = dt.datetime.now(dt.UTC)
    assert expiry.delete_ucp(now, rows.LIFETIME) == 0
    assert expiry.delete_ucp(now + dt.timedelta(days=8), rows.LIFETIME) == 1
    assert sessions.find(made["id"]) is None


def test_a_key_is_used_once_and_free_again_where_nothing_came_of_it(store: StoreBooks) -> None:
    now = dt.datetime.now(dt.UTC)
    assert rows.begin("k", "a", now) is None
    assert rows.begin("k", "a", now) == rows.Answered("a", None, b"")
    assert rows.begin("k", "a", now + rows.ABANDONED + HOUR) is None  # whoever had it is gone
    rows.forget("k")
    assert rows.begin("k", "b", now) is None
    rows.finish("k", 201, b"answer")
    assert rows.begin("k", "c", now) == rows.Answered("b", 201, b"answer")
    assert rows.begin("k", "c", now + rows.LIFETIME + HOUR) is None
