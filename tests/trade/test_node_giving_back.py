"""A time that a buyer held at another node and does not order is free there before its hold lapses."""

from __future__ import annotations

import datetime as dt
import random
from functools import partial
from typing import Any

import pytest

from entrepot.trade.booking import holding, using
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.nodes import giving_back
from entrepot.trade.nodes.memory import ANSWER_LOST, ARRIVES, LOST, TWICE
from trade.market import BUYER, SELLER
from trade.two_calendars import Calendars, order_time


@pytest.fixture
def calendars(monkeypatch: pytest.MonkeyPatch) -> Calendars:
    pytest.importorskip("django", reason="the server is not installed")
    return Calendars(monkeypatch)


def _give_up(calendars: Calendars, held: Booking) -> None:
    calendars.nodes.cn.books.run(partial(using.cancel, number=held.id, reason="changed_mind", by=BUYER))


def test_a_hold_that_its_buyer_cancels_is_given_back_at_once(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    held = calendars.hold(since)
    assert since not in calendars.free()
    _give_up(calendars, held)
    _give_up(calendars, held)  # a second click
    nodes.run()
    assert (nodes.cn.books.read(held.id).status, calendars.remote(held).status) == ("cancelled", "cancelled")
    assert since in calendars.free()
    again = calendars.hold(since, "2")
    # What was sent is repeated: the new hold of the same time stays.
    for content in list(nodes.cn.side.transport.earlier):
        nodes.cn.side.transport.arrive(content)
    assert calendars.remote(again).status == "held"


def test_a_time_of_an_order_that_ended_before_it_was_paid_is_given_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    held = calendars.hold(since)
    order = order_time(calendars, held)
    # It is cancelled before the other node has heard of it.
    nodes.cn.books.run(partial(cancel_order, number=order.id, reason="changed_mind", by=BUYER))
    nodes.run()
    assert nodes.vn.books.list_objects("or_") == []
    assert calendars.remote(held).status == "cancelled"
    assert since in calendars.free()


def test_the_time_of_an_order_that_the_other_node_rejects_is_given_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    held = calendars.hold(since)
    order_time(calendars, held)
    nodes.vn.books.run(lambda tx: tx.append(calendars.offer.id, "offer.paused", {}))
    nodes.run()
    assert nodes.cn.common().reason == "offer_not_active"
    assert calendars.remote(held).status == "cancelled"


def test_a_time_that_is_in_an_order_there_or_of_somebody_else_is_not_given_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    held = calendars.hold(since)
    order_time(calendars, held)
    nodes.run()
    own, later = calendars.asset.id, calendars.free()[-1]
    with calendars.at(nodes.vn.books):
        other = calendars.bookings.hold(SELLER, own, later, "", 20, "own")
    peer = nodes.vn.books.read(nodes.vn.peer)
    message: Any = None  # the handler does not look at it
    for number, says in ((held.remote, "held"), (other.id, "unknown"), ("bk_none", "unknown"), (own, "unknown")):
        body = giving_back.TimeGivenBack(booking=number)
        give = lambda tx, body=body: giving_back.give_back(tx, peer, message, body, nodes.vn.node)  # noqa: E731
        assert nodes.vn.books.run(give) == {"status": says}
    assert (calendars.remote(held).status, nodes.vn.books.read(other.id).status) == ("held", "held")


def test_a_node_with_an_older_program_keeps_a_time_until_its_hold_lapses(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    peer = nodes.cn.books.read(nodes.cn.peer)
    known = {name: list(each) for name, each in peer.messages.items() if name != "time.give_back"}
    nodes.cn.books.run(lambda tx: tx.append(peer.id, "peer.described", {"messages": known}))
    held = calendars.hold(since)
    _give_up(calendars, held)
    nodes.run()
    found = nodes.cn.books.read(held.id)
    assert giving_back.is_to_be_told(found, nodes.clock())
    assert not giving_back.is_known_to(nodes.cn.books.read(nodes.cn.peer))
    assert calendars.remote(held).status == "held"
    assert not giving_back.is_to_be_told(found, dt.datetime.fromisoformat(held.expires))


def test_a_hold_that_lapsed_by_itself_is_not_told(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    held = calendars.hold(since)
    nodes.clock.time = dt.datetime.fromisoformat(held.expires)
    nodes.cn.books.run(lambda tx: holding.lapse(tx, held.id))
    before = len(nodes.cn.side.transport.earlier)
    nodes.run()
    assert nodes.cn.books.read(held.id).status == "lapsed"
    assert len(nodes.cn.side.transport.earlier) == before


@pytest.mark.parametrize("seed", range(4))
def test_holds_are_given_back_while_messages_are_lost_repeated_and_overtaken(calendars: Calendars, seed: int) -> None:
    draw, nodes, times_ = random.Random(seed), calendars.nodes, calendars.free()
    holds = [calendars.hold(since, str(at)) for at, since in enumerate(times_[-4:])]
    order_time(calendars, holds[3])
    nodes.cn.side.transport.fate = lambda _content: draw.choice((ARRIVES, LOST, ANSWER_LOST, TWICE))
    for held in draw.sample(holds[:3], 3):
        _give_up(calendars, held)
        nodes.run(rounds=draw.randint(1, 3), end=False)
    nodes.cn.side.transport.fate = lambda _content: ARRIVES
    nodes.clock.time += dt.timedelta(minutes=5)  # what is tried again is due; the holds have not lapsed
    nodes.run()
    assert [calendars.remote(each).status for each in holds] == ["cancelled"] * 3 + ["held"]
