"""Reminders by e-mail of what begins soon: to both sides, a day and an hour before, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

import pytest

from entrepot.trade.booking.holding import Time, change_time
from entrepot.trade.booking.using import cancel
from entrepot.trade.mails import CHANNEL
from entrepot.trade.outbox import Message
from entrepot.trade_app.services import reminders
from trade.booking import HOUR, MONDAY, bay, booked
from trade.market import BUYER, SELLER, Market

MINUTE = dt.timedelta(minutes=1)
#: Tuesday: more than a day after the bookings are made.
BEGINS = MONDAY + dt.timedelta(days=1, hours=2)


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seller has two people who are told, and the buyer itself is one."""

    def reachable(owners: Collection[str], group: str) -> Mapping[str, list[str]]:
        assert (set(owners), group) == ({SELLER, BUYER}, "orders")
        return {SELLER: ["us_owner", "us_clerk"], BUYER: [BUYER]}

    monkeypatch.setattr(reminders, "reachable", reachable)


def told(market: Market, now: dt.datetime) -> list[tuple[str, int]]:
    """Who is reminded now, and of how many hours: what the outbox has for the channel of e-mails."""
    market.clock.time = now
    reminders.remind(market.books, now)
    queue = market.books.outbox
    messages: list[Message] = []
    while found := queue.claim(CHANNEL, now, lease="test", seconds=60, limit=50, in_order=False):
        messages += found
        for each in found:
            queue.done(each, now)
    mine = [each for each in messages if each.topic == reminders.TOPIC]
    assert all(each.body["path"].startswith("services/dl_") for each in mine)
    return sorted((each.body["person"], each.body["hours"]) for each in mine)


def everybody(hours: int) -> list[tuple[str, int]]:
    return sorted((each, hours) for each in (BUYER, "us_owner", "us_clerk"))


def test_both_sides_are_reminded_a_day_and_an_hour_before_and_once(market: Market) -> None:
    booked(market, bay(market), BEGINS)
    assert told(market, BEGINS - 24 * HOUR - MINUTE) == []
    assert told(market, BEGINS - 24 * HOUR + MINUTE) == everybody(24)
    assert told(market, BEGINS - 20 * HOUR) == []
    assert told(market, BEGINS - HOUR + MINUTE) == everybody(1)
    assert told(market, BEGINS - MINUTE) == []
    assert told(market, BEGINS + MINUTE) == []


def test_who_books_in_the_last_hour_is_reminded_once(market: Market) -> None:
    market.clock.time = BEGINS - 30 * MINUTE
    booked(market, bay(market), BEGINS)
    assert told(market, BEGINS - 29 * MINUTE) == everybody(1)
    assert told(market, BEGINS - MINUTE) == []


def test_a_time_that_moved_is_reminded_of_as_it_is_now(market: Market) -> None:
    number = booked(market, bay(market), BEGINS)
    assert told(market, BEGINS - 23 * HOUR) == everybody(24)
    later = BEGINS + dt.timedelta(days=2)
    market.books.run(lambda tx: change_time(tx, number, Time(later, later + HOUR), ZoneInfo, by=SELLER))
    assert told(market, BEGINS - HOUR + MINUTE) == []
    assert told(market, later - 23 * HOUR) == everybody(24)
    assert told(market, later - HOUR + MINUTE) == everybody(1)


def test_what_was_cancelled_is_not_reminded_of(market: Market) -> None:
    number = booked(market, bay(market), BEGINS)
    market.books.run(lambda tx: cancel(tx, number, "changed_mind", by=SELLER))
    assert told(market, BEGINS - 23 * HOUR) == []
