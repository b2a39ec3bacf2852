"""A consultation at a time of the calendar of a seller of another node: asked for, held, ordered, moved."""

from __future__ import annotations

import datetime as dt
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking import holding, using
from entrepot.trade.booking.holding import Time
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.delivery import commands
from entrepot.trade.nodes import meeting, service_cancelling, service_objecting, times
from entrepot.trade.nodes.bodies import ObjectToDelivery
from entrepot.trade.nodes.times import FreeTimeTold, TimeHeld
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.service_requests import ServiceCancellation
from trade.market import BUYER, SELLER
from trade.two_calendars import Calendars, order_time


@pytest.fixture
def calendars(monkeypatch: pytest.MonkeyPatch) -> Calendars:
    pytest.importorskip("django", reason="the server is not installed")
    return Calendars(monkeypatch)


def test_a_time_is_asked_held_ordered_and_booked_on_both_nodes(calendars: Calendars) -> None:
    nodes = calendars.nodes
    free = calendars.free()
    assert free
    held = calendars.hold(free[0])
    remote = calendars.remote(held)
    assert (remote.party, remote.since, remote.status) == (nodes.vn.peer, free[0], "held")
    assert (held.party, held.since, held.until, held.zone) == (BUYER, remote.since, remote.until, "Asia/Ho_Chi_Minh")
    # Twenty minutes, as the offer says; the same key holds it once; nobody else can hold it.
    assert dt.datetime.fromisoformat(held.until) - dt.datetime.fromisoformat(held.since) == dt.timedelta(minutes=20)
    assert calendars.hold(free[0]) == held
    assert free[0] not in calendars.free()
    with pytest.raises(TradeError) as taken:
        calendars.hold(free[0], "2")
    assert taken.value.code == "time_taken"
    order = order_time(calendars, held)
    nodes.run()
    common = nodes.vn.common()
    assert common.terms is not None
    assert (common.status, common.terms.lines[0].booking) == ("accepted", held.remote)
    nodes.cn.market.pay(order)
    nodes.run()
    assert (calendars.remote(held).status, nodes.cn.books.read(held.id).status) == ("booked", "booked")
    (number,) = nodes.vn.order().deliveries
    told = nodes.cn.common().deliveries[number]
    assert (told.kind, told.starts) == ("visit", held.since)
    assert number in nodes.cn.common().grants


def test_an_order_whose_time_was_not_held_any_more_is_rejected(calendars: Calendars) -> None:
    nodes = calendars.nodes
    held = calendars.hold(calendars.free()[0])
    nodes.vn.books.run(lambda tx: tx.append(held.remote, "booking.lapsed", {"reason": "not_ordered"}))
    order = order_time(calendars, held)
    nodes.run()
    found = nodes.cn.common()
    assert (found.status, found.reason) == ("rejected", "time_lost")
    assert (nodes.cn.market.read(order).state, nodes.cn.books.read(held.id).status) == ("cancelled", "lapsed")


def test_a_cancelled_order_gives_the_time_free(calendars: Calendars) -> None:
    nodes = calendars.nodes
    since = calendars.free()[0]
    order = order_time(calendars, calendars.hold(since))
    nodes.run()
    assert since not in calendars.free()
    nodes.cn.books.run(partial(cancel_order, number=order.id, reason="changed_mind", by=BUYER))
    nodes.run()
    assert since in calendars.free()


def test_a_seller_who_cancels_the_time_ends_the_order_and_the_buyer_is_paid_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[0]
    held = calendars.hold(since)
    order = order_time(calendars, held)
    nodes.run()
    nodes.cn.market.pay(order)
    nodes.run()
    assert nodes.cn.owed() == 30_000
    nodes.vn.books.run(partial(using.cancel, number=held.remote, reason="not_available", by=SELLER))
    nodes.run()
    assert nodes.vn.order().state == nodes.cn.market.read(order).state == "cancelled"
    assert nodes.cn.owed() == nodes.vn.owed() == 0
    assert nodes.vn.unsettled() == 0
    assert since in calendars.free()


def _paid(calendars: Calendars, since: str) -> Order:
    nodes = calendars.nodes
    order = order_time(calendars, calendars.hold(since))
    nodes.run()
    nodes.cn.market.pay(order)
    nodes.run()
    assert nodes.cn.common().deliveries, "the delivery was told before"
    return order


def test_a_buyer_cancels_a_paid_time_while_the_terms_give_all_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]  # more than the 24 hours of the terms before it begins
    assert dt.datetime.fromisoformat(since) - nodes.clock() > dt.timedelta(hours=25)
    order = _paid(calendars, since)
    nodes.cn.books.run(partial(cancel_order, number=order.id, reason="changed_mind", by=BUYER))
    nodes.run()
    assert nodes.vn.order().state == nodes.cn.market.read(order).state == "cancelled"
    assert nodes.cn.owed() == nodes.vn.owed() == 0
    assert since in calendars.free()
    assert [each.status for each in nodes.cn.common().deliveries.values()] == ["cancelled"]


def test_a_buyer_who_cancels_later_is_told_that_the_terms_keep_a_part(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[0]
    assert dt.datetime.fromisoformat(since) - nodes.clock() < dt.timedelta(hours=16), "it is open each day"
    order = _paid(calendars, since)
    nodes.cn.books.run(partial(cancel_order, number=order.id, reason="changed_mind", by=BUYER))
    nodes.run()
    assert nodes.vn.order().state == nodes.cn.market.read(order).state == "placed"
    refused = [event for _, event in nodes.cn.books.events(stream=order.id, kind="order.cancel_refused")]
    assert [event.payload["reason"] for event in refused] == ["exporter_terms"]
    assert nodes.cn.owed() == 30_000


def _cancel_one(calendars: Calendars, order: Order, percent: int | None = None) -> ServiceCancellation:
    """The buyer asks to cancel the only service of an order by itself. How far that is, here."""
    nodes = calendars.nodes
    (number,) = nodes.cn.common().deliveries
    ask = partial(service_cancelling.ask, number=order.id, delivery=number, by=BUYER, percent=percent)
    after: Order = nodes.cn.books.run(ask)
    return after.cancellations[number]


#: All of the price goes back until 100 hours before it begins, 40 % until an hour.
STEPS = [{"hours": 100, "percent": 100}, {"hours": 1, "percent": 40}]


def test_a_buyer_who_cancels_a_service_by_itself_has_back_what_the_terms_give(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the server is not installed")
    calendars = Calendars(monkeypatch, cancellation=STEPS)
    nodes = calendars.nodes
    since = next(
        each for each in calendars.free() if dt.datetime.fromisoformat(each) - nodes.clock() > dt.timedelta(hours=2)
    )
    order = _paid(calendars, since)
    assert _cancel_one(calendars, order).percent == 40
    nodes.run()
    # 40 % of 300.00 go back: the seller keeps 180.00, and the order goes on for it.
    assert (nodes.cn.owed(), nodes.vn.owed(), nodes.vn.unsettled()) == (18_000, -18_000, 18_000)
    assert nodes.vn.order().state == nodes.cn.market.read(order).state == "placed"
    (booking,) = (each.booking for each in nodes.cn.market.read(order).lines)
    assert nodes.cn.books.read(booking).status == "cancelled"
    assert since in calendars.free()


def test_a_cancellation_that_came_late_takes_no_money_from_the_buyer(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[-1]
    order = _paid(calendars, since)
    assert _cancel_one(calendars, order, 100).status == "asked"
    # The message waits until an hour before the start: the terms give nothing back by then.
    nodes.clock.time = dt.datetime.fromisoformat(since) - dt.timedelta(hours=1)
    nodes.run()
    (asked,) = nodes.cn.market.read(order).cancellations.values()
    assert (asked.status, asked.reason, asked.percent) == ("refused", "less", 0)
    assert [each.status for each in nodes.cn.common().deliveries.values()] == ["waiting"]
    assert nodes.cn.owed() == 30_000
    with pytest.raises(TradeError) as error:
        _cancel_one(calendars, order, 100)
    assert error.value.code == "refund_changed"
    # The buyer gives it up all the same, and is told that it has ended after services were closed.
    closed = partial(meeting.close, number=nodes.vn.peer, capabilities={"delivery": ["in", "out"]}, by="us_1")
    nodes.vn.books.run(closed)
    assert _cancel_one(calendars, order, 0).status == "asked"
    nodes.run()
    assert [each.status for each in nodes.cn.common().deliveries.values()] == ["cancelled"]
    assert (nodes.cn.owed(), nodes.vn.owed()) == (30_000, -30_000)


def test_a_buyer_whose_provider_did_not_come_says_so_and_is_paid_back(calendars: Calendars) -> None:
    nodes, since = calendars.nodes, calendars.free()[0]
    order = _paid(calendars, since)
    (number,) = nodes.cn.common().deliveries
    missing = partial(
        service_objecting.ask, number=order.id, delivery=number, reason=service_objecting.MISSING, by=BUYER
    )
    nodes.clock.time = dt.datetime.fromisoformat(since) + dt.timedelta(minutes=14)
    with pytest.raises(TradeError) as error:
        nodes.cn.books.run(missing)
    assert error.value.code == "objection_not_now"
    nodes.clock.time = dt.datetime.fromisoformat(since) + dt.timedelta(minutes=15)
    nodes.cn.books.run(missing)
    nodes.run()
    assert nodes.cn.market.read(order).objections[number].status == "told"
    assert nodes.cn.common().deliveries[number].status == "no_show"
    assert nodes.cn.owed() == nodes.vn.owed() == 0
    # Asked again in another message, such as after the answer to the first one was lost, it is told again.
    told = SimpleNamespace(about=order.common)
    body = ObjectToDelivery(delivery=number, line=1, reason=service_objecting.MISSING)
    answer = nodes.vn.books.run(
        lambda tx: service_objecting.record(tx, tx.get(nodes.vn.peer), told, body, nodes.vn.node)  # type: ignore[arg-type]
    )
    assert answer["status"] == "told"


def test_the_seller_moves_a_time_and_the_buyer_sees_the_new_one(calendars: Calendars) -> None:
    nodes, (first, *_, last) = calendars.nodes, calendars.free()
    held = calendars.hold(first)
    order = order_time(calendars, held)
    nodes.run()
    nodes.cn.market.pay(order)
    nodes.run()
    start = dt.datetime.fromisoformat(last)
    time = Time(start, start + dt.timedelta(minutes=20))
    zone_of = calendars.bookings.zone_of
    nodes.vn.books.run(partial(holding.change_time, number=held.remote, time=time, zones=zone_of, by=SELLER))
    nodes.run()
    assert nodes.cn.books.read(held.id).since == last
    # The buyer's node does not keep the calendar: neither moves nor cancels the booking alone.
    for act in (
        partial(calendars.bookings.change_time, BUYER, held.id, first, ""),
        partial(calendars.bookings.set_status, BUYER, held.id, "cancelled"),
        partial(calendars.bookings.set_status, BUYER, held.id, "checked_in"),
    ):
        with pytest.raises(TradeError) as error:
            act()
        assert error.value.code == "booking_elsewhere"
    assert calendars.bookings.asset_of(nodes.cn.books.read(held.id)).details.zone == "Asia/Ho_Chi_Minh"


def test_what_is_asked_wrongly_is_refused(calendars: Calendars) -> None:
    coffee = calendars.nodes.copy
    for offer in (coffee, msgspec.structs.replace(calendars.copy, status="paused")):
        with pytest.raises(TradeError) as error:
            calendars.app.ask_free(calendars.ask, offer)
        assert error.value.code == "offer_without_times"
    for since in ("", "tomorrow", "2026-01-01T00:00:00Z", "9999-12-31T00:00:00.000Z", "0001-01-01T00:00:00.000Z"):
        with pytest.raises(TradeError) as error:
            calendars.hold(since)
        assert error.value.code == "field_invalid"
    with pytest.raises(TradeError) as error:
        calendars.app.ask_free(calendars.ask, calendars.copy, "9999-12-31T00:00:00.000Z")
    assert error.value.code == "field_invalid", "no week follows it"
    night = calendars.free()[0][:11] + "18:00:00.000Z"  # 01:00 in Viet Nam
    with pytest.raises(TradeError) as error:
        calendars.hold(night)
    assert error.value.code in ("not_open", "too_soon")
    with pytest.raises(NotFound):
        calendars.nodes.vn.books.read("bk_1")


def test_a_node_holds_only_so_many_times_that_it_has_not_ordered(
    calendars: Calendars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times, "MAX_HOLDS", 2)
    free = calendars.free()
    for key in ("a", "b"):
        calendars.hold(free[int(key, 16) - 10], key)
    with pytest.raises(TradeError) as error:
        calendars.hold(free[5], "c")
    assert error.value.code == "too_many_holds"


WRONG: tuple[tuple[str, Any], ...] = (
    ("booking", "or_1"),
    ("since", "soon"),
    ("until", "2026-03-01T00:00:00.000Z"),
    ("expires", "2020-01-01T00:00:00.000Z"),
    ("expires", "8999-01-01T00:00:00.000Z"),
    ("unit", 0),
)


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_an_answer_that_is_not_the_time_that_was_asked_for_is_not_kept(
    calendars: Calendars, field: str, value: Any
) -> None:
    since = calendars.free()[0]

    def ask(peer: Any, kind: Any, body: Any) -> Any:
        answer = calendars.ask(peer, kind, body)
        return msgspec.structs.replace(answer, **{field: value}) if isinstance(answer, TimeHeld) else answer

    with pytest.raises(TradeError) as error:
        calendars.app.ask_hold(ask, BUYER, calendars.copy, since, "1")
    assert error.value.code == "node_answer"
    assert calendars.nodes.cn.books.list_objects("bk_") == []


@pytest.mark.parametrize("since", ["<b>", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:00.000Z"])
def test_times_of_another_form_are_not_shown(calendars: Calendars, since: str) -> None:
    def ask(peer: Any, kind: Any, body: Any) -> Any:
        answer = calendars.ask(peer, kind, body)
        return msgspec.structs.replace(answer, times=(FreeTimeTold(since=since, until="2026-03-01T00:00:00.000Z"),))

    with pytest.raises(TradeError) as error:
        calendars.app.ask_free(ask, calendars.copy)
    assert error.value.code == "node_answer"
    assert {"time.free", "time.hold"} <= set(TYPES)


def test_a_delivery_that_ended_at_the_sellers_node_ends_the_booking_of_the_buyer(calendars: Calendars) -> None:
    nodes = calendars.nodes
    held = calendars.hold(calendars.free()[0])
    nodes.cn.market.pay(order_time(calendars, held))
    nodes.run()
    (number,) = nodes.vn.order().deliveries
    nodes.vn.books.run(partial(commands.cancel, number=number, by=SELLER))
    nodes.run()
    assert (calendars.remote(held).status, nodes.cn.books.read(held.id).status) == ("cancelled", "cancelled")


def test_a_key_holds_one_time_of_one_offer(calendars: Calendars) -> None:
    first, second, *_ = calendars.free()
    held = calendars.hold(first)
    for since in (second, first):
        told = TimeHeld(
            booking=held.remote, unit=1, since=since, until=held.until, expires=held.expires, zone=held.zone
        )
        keep = partial(times.keep_hold, told=told, since=since, by=BUYER, key="1")
        number = calendars.copy.id if since == second else calendars.nodes.copy.id
        with pytest.raises(TradeError) as error:
            calendars.nodes.cn.books.run(partial(keep, number=number))
        assert error.value.code == "idempotency_key_reused"
