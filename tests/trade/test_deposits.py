"""The deposit of a booking: paid with the order, held apart, given back or kept in part."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking.deposits import settle_deposit
from entrepot.trade.booking.using import GRACE, cancel, check_in, finish, no_show, record_use
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.payments.receive import receive
from entrepot.trade.ports import NotFound
from entrepot.trade.refunding import refund_goodwill
from entrepot.trade_app.due import end_due
from trade.booking import HOUR, MONDAY, STORAGE, bay, free_until, held, ordered
from trade.market import BUYER, SELLER, Market
from trade.test_bookings import code

#: A bay for 30.00 an hour with a deposit of 200.00, which is given back within 7 days.
DEPOSIT = {**STORAGE, "delivery": free_until(24, deposit="200.00", deposit_reasons=["damage", "cleaning"])}


def booked(market: Market, hours: float = 2) -> tuple[str, str]:
    """A paid booking with a deposit, and its order."""
    offer = market.offer(DEPOSIT)
    booking = held(market, bay(market, bands=[{"offer": offer.id}]), hours=hours)
    order = ordered(market, booking.id)
    market.pay(order)
    return booking.id, order.id


def money(market: Market, booking: str, order: str) -> dict[str, int]:
    """What stands on the accounts that a deposit moves between, in minor units."""
    names = {"deposit": f"deposit/{booking}", "seller": f"seller/{SELLER}", "buyer": f"buyer/{order}"}
    return {name: market.books.balance(account, "CNY") for name, account in names.items()}


def used(market: Market, booking: str) -> None:
    """The buyer comes and goes."""
    market.clock.time = MONDAY
    market.books.run(lambda tx: check_in(tx, booking, by=BUYER))
    market.books.run(lambda tx: finish(tx, booking, by=BUYER))


def settle(market: Market, booking: str, kept: int, reason: str = "damage", by: str = SELLER) -> Any:
    """The seller settles the deposit."""
    return market.books.run(lambda tx: settle_deposit(tx, booking, kept, reason, by=by))


def test_a_deposit_is_paid_with_the_order_and_is_nobodys_income(market: Market) -> None:
    booking, order = booked(market)
    found = market.books.read(order)
    price = found.quote.amounts.total
    (payment,) = (market.books.read(each) for each in found.payments)
    # The price of two hours is 60.00 and its taxes; the deposit is paid besides, and no part of the quote.
    assert (found.quote.amounts.goods, found.deposit, payment.captured) == (6000, 20000, price + 20000)
    assert money(market, booking, order) == {"deposit": 20000, "seller": 6000, "buyer": 0}
    deposit = market.books.read(booking).deposit
    assert (deposit.state, deposit.amount, deposit.until) == ("held", 20000, "")


def test_it_is_given_back_by_itself_after_its_days(market: Market) -> None:
    booking, order = booked(market)
    used(market, booking)
    market.clock.time = MONDAY + dt.timedelta(days=7) - HOUR
    end_due(market.books)
    assert market.books.read(booking).deposit.state == "held"
    market.clock.time += HOUR
    end_due(market.books)
    assert market.books.read(booking).deposit.returned == 20000
    assert money(market, booking, order) == {"deposit": 0, "seller": 6000, "buyer": 20000}  # the refund is on its way
    market.send()
    assert money(market, booking, order)["buyer"] == 0
    end_due(market.books)
    assert money(market, booking, order) == {"deposit": 0, "seller": 6000, "buyer": 0}


def test_a_part_is_kept_once_for_a_reason_of_the_offer(market: Market) -> None:
    booking, order = booked(market)
    assert code(settle, market, booking, 5000) == "deposit_state"  # not used yet
    used(market, booking)
    assert code(settle, market, booking, 20001) == "deposit_amount"
    assert code(settle, market, booking, 5000, "late_return") == "reason_unknown"
    with pytest.raises(NotFound):
        settle(market, booking, 5000, by=BUYER)
    kept = settle(market, booking, 5000).deposit
    assert (kept.state, kept.kept, kept.returned, kept.reason) == ("settled", 5000, 15000, "damage")
    assert settle(market, booking, 5000).deposit == kept
    assert code(settle, market, booking, 6000) == "deposit_state"
    market.send()
    assert money(market, booking, order) == {"deposit": 0, "seller": 6000 + 5000, "buyer": 0}
    market.clock.time += dt.timedelta(days=30)
    end_due(market.books)
    assert money(market, booking, order) == {"deposit": 0, "seller": 6000 + 5000, "buyer": 0}


def paid_state(market: Market, order: str) -> tuple[str, str]:
    """The state of the payment of an order, as the payment and as the order tell it."""
    found = market.books.read(order)
    return market.books.read(found.paying).status, found.payment


def test_a_deposit_that_went_back_is_no_refund_of_the_price(market: Market) -> None:
    booking, order = booked(market)
    used(market, booking)
    settle(market, booking, 5000)
    assert paid_state(market, order) == ("deposit_returned", "deposit_returned")
    market.send()
    assert paid_state(market, order) == ("deposit_returned", "deposit_returned")
    assert market.books.read(order).paid
    # 10.00 of the price besides: that is a refund.
    market.books.run(lambda tx: refund_goodwill(tx, order, 1000, "goodwill", by=SELLER, key="g"))
    assert paid_state(market, order) == ("partially_refunded", "partially_refunded")
    (deposit, price) = market.books.read(market.books.read(order).paying).refunds.values()
    assert (deposit.amount, deposit.deposit, price.amount, price.deposit) == (15000, 15000, 1000, 0)


def test_all_of_it_is_kept_and_nothing_paid_back(market: Market) -> None:
    booking, order = booked(market)
    used(market, booking)
    settle(market, booking, 20000, "cleaning")
    market.send()
    assert money(market, booking, order) == {"deposit": 0, "seller": 6000 + 20000, "buyer": 0}


@pytest.mark.parametrize("end", ["cancelled", "order", "no_show"])
def test_what_is_not_used_gives_it_back_at_once(market: Market, end: str) -> None:
    booking, order = booked(market)
    if end == "cancelled":
        market.books.run(lambda tx: cancel(tx, booking, "changed_mind", by=BUYER))
    elif end == "order":
        market.books.run(lambda tx: cancel_order(tx, order, "not_available", by=SELLER))
    else:
        market.clock.time = MONDAY + GRACE - HOUR
        market.books.run(lambda tx: no_show(tx, booking, by=SELLER))
    market.send()
    found = market.books.read(booking).deposit
    assert (found.state, found.returned, found.kept) == ("settled", 20000, 0)
    assert paid_state(market, order)[0] == ("deposit_returned" if end == "no_show" else "refunded")
    # Who does not come loses the price by these terms, and nothing of the deposit.
    left = 6000 if end == "no_show" else 0
    assert money(market, booking, order) == {"deposit": 0, "seller": left, "buyer": 0}


def dispute(market: Market, order: str, status: str) -> None:
    """The buyer's bank takes the whole payment back, or the dispute ends."""
    payment = market.books.read(market.books.read(order).paying)
    snapshot = market.provider.dispute(payment.reference, payment.captured, status)
    market.books.run(lambda tx: receive(tx, payment.id, snapshot))


@pytest.mark.parametrize("ended", ["won", "lost"])
@pytest.mark.parametrize("is_used", [True, False])
def test_a_dispute_ends_before_it_is_given_back(market: Market, ended: str, is_used: bool) -> None:
    booking, order = booked(market)
    dispute(market, order, "opened")
    if is_used:
        used(market, booking)
    else:
        market.clock.time = MONDAY + GRACE - HOUR
        market.books.run(lambda tx: no_show(tx, booking, by=SELLER))
    assert code(settle, market, booking, 5000) == "deposit_state"
    market.clock.time = MONDAY + dt.timedelta(days=8)
    end_due(market.books)
    assert market.books.read(booking).deposit.state == "held"
    dispute(market, order, ended)
    end_due(market.books)
    market.send()
    found = market.books.read(booking).deposit
    assert (found.state, found.returned, found.kept) == ("settled", 20000, 0)
    # The bank took the price, its taxes and the deposit back: the seller bears all but the deposit.
    captured = market.books.read(market.books.read(order).paying).captured
    seller = 6000 if ended == "won" else 6000 - (captured - 20000)
    assert money(market, booking, order) == {"deposit": 0, "seller": seller, "buyer": 0}


def test_metered_use_has_no_deposit_of_its_own(market: Market) -> None:
    offer, meter = market.offer(DEPOSIT), market.offer({**DEPOSIT, "unit": "KWH", "price": "1.20"})
    asset = bay(market, bands=[{"offer": offer.id}], meters={"KWH": meter.id})
    booking = held(market, asset).id
    market.pay(ordered(market, booking))
    used(market, booking)
    market.books.run(lambda tx: record_use(tx, booking, "5", "KWH", by=SELLER, key="k"))
    assert ordered(market, booking).deposits == {}


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"deposit": "-1"}, "deposit_invalid"),
        ({"deposit": "many"}, "deposit_invalid"),
        ({"deposit": "1.005"}, "amount_invalid"),
        ({"deposit": "10", "deposit_days": 31}, "number_invalid"),
        ({"deposit": "10", "deposit_reasons": ["dust"]}, "field_invalid"),
        ({"deposit": "10", "kind": "visit"}, "deposit_invalid"),
    ],
)
def test_terms_that_cannot_be(market: Market, terms: dict[str, Any], wrong: str) -> None:
    with pytest.raises(TradeError) as refused:
        market.offer({**STORAGE, "delivery": {**free_until(24), **terms}})
    assert refused.value.code == wrong
