"""Bookings: hold, order, pay, change, cancel, check in, use; and free times."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking.asset_form import read_asset, written
from entrepot.trade.booking.assets import act, update_asset
from entrepot.trade.booking.free import FreeTime, free_times, searched
from entrepot.trade.booking.holding import HOLD, Time, change_time, lapse
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.using import GRACE, cancel, check_in, finish, finish_ended, no_show, record_use
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.delivery import commands
from entrepot.trade.ports import NotFound
from entrepot.trade_app.due import end_due
from trade.booking import BAY, HOUR, MONDAY, STORAGE, bay, booked, free_until, held, ordered
from trade.market import BUYER, OTHER_BUYER, OTHER_SELLER, SELLER, Market


def code(call: object, *given: object, **named: object) -> str:
    """The code with which a call is refused."""
    with pytest.raises(TradeError) as refused:
        call(*given, **named)  # type: ignore[operator]  # a function
    return refused.value.code


def test_a_time_is_held_once_and_back_to_back_is_allowed(market: Market) -> None:
    asset = bay(market)
    first = held(market, asset, hours=2, key="k")
    assert (first.status, first.unit, first.lines) == ("held", 1, (Priced(asset.details.bands[0].offer, 2),))
    assert held(market, asset, hours=2, key="k") == first
    assert code(held, market, asset, hours=3, key="k") == "idempotency_key_reused"
    for since, hours in ((MONDAY, 1), (MONDAY + HOUR, 2), (MONDAY, 10)):
        assert code(held, market, asset, since, hours, by=OTHER_BUYER) == "time_taken"
    assert held(market, asset, MONDAY + 2 * HOUR, 1, by=OTHER_BUYER).status == "held"


def test_units_are_taken_one_after_the_other(market: Market) -> None:
    asset = bay(market, units=3)
    assert [held(market, asset).unit for _ in range(3)] == [1, 2, 3]
    assert code(held, market, asset) == "time_taken"


def test_a_buffer_is_kept_free_after_each_booking(market: Market) -> None:
    asset = bay(market, limits={"shortest": 60, "longest": 600, "step": 60, "buffer": 60})
    held(market, asset, MONDAY + 3 * HOUR)
    assert code(held, market, asset, MONDAY + 4 * HOUR) == "time_taken"
    assert code(held, market, asset, MONDAY + 2 * HOUR) == "time_taken"  # its own buffer would not be free
    held(market, asset, MONDAY + 5 * HOUR)
    held(market, asset, MONDAY + 1 * HOUR)


def test_what_rules_do_not_allow_is_refused(market: Market) -> None:
    asset = bay(market, limits={"shortest": 60, "longest": 600, "step": 60, "notice": 60, "horizon": 30})
    refused = {
        "length_invalid": (MONDAY, 0.5),
        "step_invalid": (MONDAY + 0.5 * HOUR, 1),
        "not_open": (MONDAY + 9 * HOUR, 2),
        "too_far": (MONDAY + dt.timedelta(days=40), 1),
        "too_soon": (market.clock() + 0.5 * HOUR, 1),
    }
    market.clock.time = MONDAY - 2.5 * HOUR
    refused["too_soon"] = (MONDAY - 2 * HOUR, 1)
    for expected, (since, hours) in refused.items():
        assert code(held, market, asset, since, hours) == expected
    with pytest.raises(NotFound):
        market.books.run(lambda tx: change_time(tx, "bk_1", Time(MONDAY, MONDAY + HOUR), ZoneInfo, by=BUYER))


def test_a_hold_lapses_and_its_time_is_free_at_once(market: Market) -> None:
    asset = bay(market)
    first = held(market, asset)
    market.clock.time += HOLD - dt.timedelta(seconds=1)
    assert market.books.run(lambda tx: lapse(tx, first.id)).status == "held"
    assert code(held, market, asset, by=OTHER_BUYER) == "time_taken"
    market.clock.time += dt.timedelta(seconds=1)
    second = held(market, asset, by=OTHER_BUYER)  # before the background worker came by
    assert (second.status, market.books.read(first.id).status) == ("held", "lapsed")
    market.clock.time += HOLD
    assert market.books.run(lambda tx: lapse(tx, second.id)).status == "lapsed"


def test_a_booking_is_paid_with_its_order(market: Market) -> None:
    asset = bay(market)
    booking = held(market, asset, hours=2)
    order = ordered(market, booking.id)
    assert [(line.offer, line.quantity, line.amount, line.booking) for line in order.lines] == [
        (asset.details.bands[0].offer, 2, 6000, booking.id)
    ]
    found = market.books.read(booking.id)
    assert (found.status, found.order, found.expires) == ("held", order.id, order.expires)
    assert dt.datetime.fromisoformat(order.expires) == market.clock() + HOLD
    assert code(ordered, market, booking.id) == "booking_not_held"
    market.pay(order)
    found = market.books.read(booking.id)
    assert (found.status, found.expires) == ("booked", "")
    market.clock.time += 2 * HOLD
    assert code(held, market, asset, by=OTHER_BUYER) == "time_taken"


def test_an_order_that_is_not_paid_gives_its_time_back(market: Market) -> None:
    asset = bay(market)
    booking = held(market, asset)
    order = ordered(market, booking.id)
    market.clock.time += HOLD
    # The order decides: it may be paid at this moment.
    assert code(held, market, asset, by=OTHER_BUYER) == "time_taken"
    assert end_due(market.books) == 1
    assert (market.read(order).status, market.books.read(booking.id).status) == ("cancelled", "lapsed")
    assert held(market, asset, by=OTHER_BUYER).status == "held"


def test_what_is_due_ends_by_itself(market: Market) -> None:
    asset = bay(market)
    first, second = held(market, asset), held(market, asset, MONDAY + HOUR)
    order = ordered(market, second.id)
    market.pay(order)
    market.clock.time += HOLD
    assert end_due(market.books) == 1
    assert market.books.read(first.id).status == "lapsed"
    market.clock.time = MONDAY + 2 * HOUR + GRACE - dt.timedelta(minutes=1)
    assert end_due(market.books) == 0
    market.clock.time += dt.timedelta(minutes=1)
    assert end_due(market.books) == 1
    assert market.books.read(second.id).status == "finished"


def test_a_booking_of_somebody_else_cannot_be_ordered(market: Market) -> None:
    booking = held(market, bay(market))
    for number in (booking.id, "bk_unknown", market.offer().id):
        assert code(ordered, market, number, by=OTHER_BUYER) == "booking_not_found"
    differing = {"booking": booking.id, "offer": booking.lines[0].offer, "quantity": 2}
    assert code(ordered, market, differing) == "booking_differs"


def test_a_visit_is_ordered_with_a_time_of_its_calendar(market: Market) -> None:
    calendar = bay(market, priced=False)

    def visit(resource: str, minutes: int = 60, seller: str = SELLER) -> str:
        terms = {"kind": "visit", "resource": resource, "minutes": minutes}
        return market.offer({**STORAGE, "unit": "C62"}, delivery=terms, seller=seller).id

    booking = held(market, calendar)
    assert booking.lines == ()
    wrong = (visit(calendar.id, 30), visit("as_other"), visit(calendar.id, seller=OTHER_SELLER), "of_unknown")
    for offer in wrong:
        item = {"booking": booking.id, "offer": offer, "quantity": 1}
        assert code(ordered, market, item) == "booking_differs"
    right = {"booking": booking.id, "offer": visit(calendar.id), "quantity": 1}
    assert code(ordered, market, {**right, "quantity": 2}) == "booking_differs"
    order = ordered(market, right)
    (delivery,) = market.pay(order).deliveries
    found = market.books.read(delivery)
    assert (found.kind, found.starts, found.booking) == ("visit", "2026-03-02T01:00:00.000Z", booking.id)
    assert market.books.read(booking.id).status == "booked"


def test_a_booking_moves_to_another_time_of_the_same_price(market: Market) -> None:
    asset = bay(market)
    number = booked(market, asset, MONDAY + dt.timedelta(days=1), 2)
    other = held(market, asset, MONDAY + dt.timedelta(days=2), 2, by=OTHER_BUYER)

    def move(since: dt.datetime, hours: float, by: str = BUYER) -> object:
        time = Time(since, since + hours * HOUR)
        return market.books.run(lambda tx: change_time(tx, number, time, ZoneInfo, by=by))

    assert code(move, MONDAY + dt.timedelta(days=2), 2) == "time_taken"
    assert code(move, MONDAY + dt.timedelta(days=3), 3) == "price_differs"
    moved = move(MONDAY + dt.timedelta(days=1, hours=1), 2)  # a part of its own time
    assert (moved.since, moved.changes, moved.status) == ("2026-03-03T02:00:00.000Z", 1, "booked")  # type: ignore[attr-defined]
    assert held(market, asset, MONDAY + dt.timedelta(days=1), 1, by=OTHER_BUYER).status == "held"
    market.clock.time = MONDAY + dt.timedelta(hours=12)
    assert code(move, MONDAY + dt.timedelta(days=5), 2) == "too_late_to_change"
    assert move(MONDAY + dt.timedelta(days=5), 2, SELLER).changes == 2  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        move(MONDAY + dt.timedelta(days=6), 2, OTHER_BUYER)
    assert market.books.read(other.id).changes == 0


def test_check_in_use_and_end(market: Market) -> None:
    energy = market.offer({**STORAGE, "titles": {"en": "Energy"}, "unit": "KWH", "price": "1.00"}).id
    asset = bay(market, meters={"KWH": energy})
    number = booked(market, asset, hours=3)
    run = market.books.run
    assert code(run, lambda tx: check_in(tx, number, by=BUYER)) == "check_in_time"
    assert code(run, lambda tx: finish(tx, number, by=BUYER)) == "not_checked_in"
    market.clock.time = MONDAY - dt.timedelta(minutes=30)
    assert run(lambda tx: check_in(tx, number, by=BUYER)).status == "checked_in"
    assert run(lambda tx: check_in(tx, number, by=SELLER)).status == "checked_in"

    def use(quantity: str, key: str, unit: str = "KWH", by: str = SELLER) -> object:
        return run(lambda tx: record_use(tx, number, quantity, unit, by=by, key=key)).used

    assert use("12.5", "m1") == {"KWH": "12.5"}
    assert use("12.5", "m1") == {"KWH": "12.5"}
    assert code(use, "13", "m1") == "idempotency_key_reused"
    assert use("0.25", "m2") == {"KWH": "12.75"}
    assert use("-0.75", "m3") == {"KWH": "12.00"}
    assert code(use, "-13", "m4") == "use_negative"
    for quantity in ("", "0", "NaN", "1e30", "0.0000001", "x"):
        assert code(use, quantity, "m5") == "quantity_invalid"
    assert code(use, "1", "m5", "KMT") == "unit_not_metered"
    with pytest.raises(NotFound):
        use("1", "m5", by=BUYER)
    market.clock.time = MONDAY + HOUR
    assert run(lambda tx: finish(tx, number, by=BUYER)).status == "finished"
    assert held(market, asset, MONDAY + HOUR, 2, by=OTHER_BUYER).status == "held"  # what was left is free
    assert use("1", "m6") == {"KWH": "13.00"}
    assert len(market.books.events(kind="booking.used")) == 4


def refunds(market: Market, number: str) -> int:
    """What was asked to be paid back of the order of a booking, in minor units."""
    order = market.books.read(market.books.read(number).order)
    return sum(each.amount for each in market.books.read(order.paying).refunds.values())


def test_a_cancelled_booking_frees_its_time_and_is_paid_back_by_its_terms(market: Market) -> None:
    terms = free_until(24)
    terms["cancellation"].append({"hours": 2, "percent": 50})
    offer = market.offer(STORAGE, delivery=terms).id
    asset = bay(market, bands=[{"offer": offer}])
    numbers = [booked(market, asset, MONDAY + each * HOUR) for each in range(5)]
    run = market.books.run

    def cancelled(number: str, by: str) -> int:
        assert run(lambda tx: cancel(tx, number, "changed_mind", by=by)).status == "cancelled"
        return refunds(market, number)

    market.clock.time = MONDAY - 25 * HOUR
    assert cancelled(numbers[0], BUYER) == 3000
    market.clock.time = MONDAY - 2 * HOUR
    assert cancelled(numbers[1], BUYER) == 1500
    assert cancelled(numbers[2], SELLER) == 3000
    assert cancelled(numbers[2], BUYER) == 3000  # once
    assert held(market, asset, MONDAY, by=OTHER_BUYER).status == "held"
    assert code(run, lambda tx: cancel(tx, numbers[3], "bored", by=SELLER)) == "reason_unknown"
    order = market.books.read(numbers[3]).order
    (delivery,) = market.books.read(order).deliveries
    run(lambda tx: commands.cancel(tx, delivery, by=BUYER))  # from the other side
    assert (market.books.read(numbers[3]).status, refunds(market, numbers[3])) == ("cancelled", 1500)
    assert code(run, lambda tx: no_show(tx, numbers[4], by=SELLER)) == "not_ended"
    market.clock.time = MONDAY + 5 * HOUR
    with pytest.raises(NotFound):
        run(lambda tx: no_show(tx, numbers[4], by=BUYER))
    assert run(lambda tx: no_show(tx, numbers[4], by=SELLER)).status == "no_show"
    assert refunds(market, numbers[4]) == 0
    assert code(run, lambda tx: check_in(tx, numbers[4], by=BUYER)) == "booking_state"
    assert run(lambda tx: finish_ended(tx, numbers[4])).status == "no_show"


def test_a_booking_of_two_prices_ends_as_a_whole(market: Market) -> None:
    day, night = (market.offer(STORAGE, price=price).id for price in ("30.00", "20.00"))
    bands = [{"offer": day, "until": "12:00"}, {"offer": night}]
    asset = bay(market, bands=bands)
    number = booked(market, asset, MONDAY + dt.timedelta(days=5, hours=3), 2)
    order = market.books.read(market.books.read(number).order)
    assert [(line.offer, line.amount) for line in order.lines] == [(day, 3000), (night, 2000)]
    first, second = order.deliveries
    assert {market.books.read(each).kind for each in order.deliveries} == {"booking"}
    with pytest.raises(TradeError) as refused:
        market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    assert refused.value.code == "order_delivers"
    market.books.run(lambda tx: commands.cancel(tx, second, by=BUYER))
    assert market.books.read(number).status == "cancelled"
    assert [market.books.read(each).status for each in (first, second)] == ["cancelled", "cancelled"]
    assert refunds(market, number) == 5000


def test_deliveries_follow_a_booking_to_its_end(market: Market) -> None:
    number = booked(market, bay(market), hours=3)
    order = market.books.read(number).order
    (delivery,) = market.books.read(order).deliveries
    run = market.books.run
    found = market.books.read(delivery)
    assert (found.status, found.starts, found.booking) == ("ready", "2026-03-02T01:00:00.000Z", number)
    time = Time(MONDAY + HOUR, MONDAY + 4 * HOUR)
    run(lambda tx: change_time(tx, number, time, ZoneInfo, by=SELLER))
    assert market.books.read(delivery).starts == "2026-03-02T02:00:00.000Z"
    market.clock.time = MONDAY + HOUR
    run(lambda tx: check_in(tx, number, by=BUYER))
    market.clock.time += HOUR
    run(lambda tx: finish(tx, number, by=BUYER))
    found = market.books.read(delivery)
    assert (found.status, found.sessions, found.seconds) == ("delivered", 1, 3600)


def test_metered_use_is_paid_with_an_order_of_its_own(market: Market) -> None:
    given = {**STORAGE, "titles": {"en": "Energy"}, "unit": "KWH", "price": "1.00"}
    energy = market.offer(given, delivery={"kind": "workspace", "days": 30}).id
    asset = bay(market, meters={"KWH": energy})
    number = booked(market, asset)
    market.clock.time = MONDAY
    market.books.run(lambda tx: check_in(tx, number, by=BUYER))
    market.books.run(lambda tx: record_use(tx, number, "12.75", "KWH", by=SELLER, key="m"))
    assert code(ordered, market, number) == "booking_not_held"
    market.books.run(lambda tx: finish(tx, number, by=SELLER))
    order = ordered(market, number)
    assert [(line.offer, line.quantity, line.booking) for line in order.lines] == [(energy, 12, number)]
    assert market.books.read(number).usage_order == order.id
    late = lambda tx: record_use(tx, number, "1", "KWH", by=SELLER, key="n")  # noqa: E731  # it is short
    assert code(market.books.run, late) == "usage_ordered"
    market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    assert market.books.read(number).usage_order == ""
    market.books.run(late)
    paid = market.pay(ordered(market, number))
    assert market.books.read(number).status == "finished"
    assert not paid.deliveries, "it was used before it is paid: nothing is to be delivered"


def test_free_times_are_what_can_be_held(market: Market) -> None:
    asset = bay(market, units=2, limits={"shortest": 60, "longest": 120, "step": 60, "notice": 60})
    held(market, asset, MONDAY)
    held(market, asset, MONDAY)
    held(market, asset, MONDAY + 2 * HOUR)
    market.clock.time = MONDAY - HOUR
    held(market, asset, MONDAY + 4 * HOUR)
    until = MONDAY + 7 * HOUR
    occupied = market.books.occupied(searched(asset, MONDAY, until))
    zone = ZoneInfo("Asia/Bangkok")
    found = free_times(asset, zone, occupied, MONDAY, until, 120, market.clock())
    offer = asset.details.bands[0].offer
    # The first three holds were made a day before and are over.
    assert found == [
        FreeTime(MONDAY + each * HOUR, MONDAY + (each + 2) * HOUR, units, (Priced(offer, 2),))
        for each, units in ((0, 2), (1, 2), (2, 2), (3, 1), (4, 1), (5, 2))
    ]
    assert len(free_times(asset, zone, occupied, MONDAY, until, 120, market.clock(), most=2)) == 2
    held(market, asset, MONDAY + 4 * HOUR)
    occupied = market.books.occupied(searched(asset, MONDAY, until))
    starts = [each.since for each in free_times(asset, zone, occupied, MONDAY, until, 120, market.clock())]
    assert starts == [MONDAY + each * HOUR for each in (0, 1, 2, 5)]
    for each in starts:
        assert held(market, bay(market), each, 2).status == "held"
    assert code(free_times, asset, zone, {}, MONDAY, MONDAY + dt.timedelta(days=40), 60, MONDAY) == "span_invalid"
    assert code(free_times, asset, zone, {}, MONDAY, until, 45, MONDAY) == "length_invalid"


def test_an_asset_changes_without_an_effect_on_what_is_booked(market: Market) -> None:
    asset = bay(market)
    booking = held(market, asset)
    run, given = market.books.run, written(asset.details)
    closed = read_asset({**given, "exceptions": [{"first": "2026-03-02"}], "units": 2})
    changed = run(lambda tx: update_asset(tx, asset.id, closed, ZoneInfo, seller=SELLER))
    assert changed.version == 2
    assert code(held, market, asset, MONDAY + HOUR) == "not_open"
    assert market.books.read(booking.id).status == "held"
    assert code(run, lambda tx: update_asset(tx, asset.id, read_asset(given), ZoneInfo, seller=SELLER)) == "units_fewer"
    other = read_asset({**given, "units": 2, "zone": "Asia/Tokyo"})
    assert code(run, lambda tx: update_asset(tx, asset.id, other, ZoneInfo, seller=SELLER)) == "zone_fixed"
    with pytest.raises(NotFound):
        run(lambda tx: update_asset(tx, asset.id, closed, ZoneInfo, seller=OTHER_SELLER))
    run(lambda tx: act(tx, asset.id, "pause", seller=SELLER))
    assert code(held, market, asset, MONDAY + dt.timedelta(days=1)) == "asset_not_active"


def test_offers_of_an_asset_are_services_of_its_seller_by_the_right_unit(market: Market) -> None:
    good = market.offer(STORAGE).id
    for offer in ("of_1", market.offer().id, market.offer(STORAGE, seller=OTHER_SELLER).id,
                  market.offer({**STORAGE, "unit": "MIN"}).id):  # fmt: skip
        assert code(bay, market, bands=[{"offer": offer}]) in ("offer_not_found", "offer_unit")
    assert bay(market, bands=[{"offer": good}]).status == "active"
    other = market.offer({**STORAGE, "currency": "USD"}).id
    assert code(bay, market, bands=[{"offer": good}, {"offer": other}]) == "offers_differ"


def test_a_booking_across_a_clock_change_lasts_the_hours_that_pass(market: Market) -> None:
    offer = market.offer(STORAGE).id
    always: dict[str, Any] = {
        "zone": "Europe/Berlin",
        "weekly": [{"since": "00:00", "until": "24:00"}],
        "bands": [{"offer": offer}],
    }
    asset = bay(market, **always)
    evening = dt.datetime(2026, 3, 28, 22, tzinfo=dt.UTC)  # 23:00, and 07:00 after seven hours
    booking = held(market, asset, evening, 7)
    assert booking.lines == (Priced(offer, 7),)
    assert booking.until == "2026-03-29T05:00:00.000Z"
    assert {**BAY, **always}["zone"] == "Europe/Berlin"
