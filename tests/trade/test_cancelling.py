"""Orders that end before the release: before the payment, before the declaration, by customs, and in time."""

from __future__ import annotations

from functools import partial

import pytest

from entrepot.trade.cancelling import cancel_order, expire_order
from entrepot.trade.declarations import Declaration
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Message, Refused, attempt
from entrepot.trade.paying import ask_provider_again, pay_order
from entrepot.trade.payments import deliver
from entrepot.trade.payments.commands import Means, cancel
from entrepot.trade.payments.receive import receive, refuse
from entrepot.trade.payments.state import Payment
from entrepot.trade.payments.troubles import troubled
from entrepot.trade.ports import NotFound
from trade.market import BUYER, CASHEW, CONTACT, OTHER_BUYER, Market
from trade.test_orders import refused


def cancelled(market: Market, order: Order) -> Order:
    """Cancel an order as its buyer."""
    return market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))


def payment_of(market: Market, order: Order) -> Payment:
    payment: Payment = market.books.read(max(market.read(order).payments))
    return payment


def nothing_is_held(market: Market, order: Order, stock: int = 100) -> None:
    """Stock and limit are as if the order had not been."""
    offer = order.lines[0].offer
    assert market.books.balance(f"stock/{offer}", offer) == stock
    assert order.limit is not None
    account = order.limit.account
    assert [market.books.balance(each, account.unit) for each in (account.available, account.reserved)] == [0, 0]


def test_before_the_payment_all_is_given_back(market: Market) -> None:
    order = market.order(2)
    found = cancelled(market, order)
    assert (found.status, found.why, found.stock) == ("cancelled", "changed_mind", "given_back")
    nothing_is_held(market, order)
    assert cancelled(market, order) == found


def test_what_was_taken_is_paid_back_also_where_the_order_ends_while_it_is_taken(market: Market) -> None:
    orders = [market.order(2), market.order(2)]
    market.pay(orders[0], captured=False)
    market.pay(orders[1])
    for order in orders:
        cancelled(market, order)
        market.send()
        payment = payment_of(market, order)
        assert (payment.status, payment.refunded) == ("refunded", order.quote.amounts.total)
        assert market.read(order).status == "cancelled"
    assert market.books.balance(f"seller/{orders[0].seller}", "CNY") == 0
    assert market.books.balance("customs/CN", "CNY") == 0


def test_a_payment_that_has_not_begun_at_the_provider_is_cancelled(market: Market) -> None:
    order = market.order(2)
    market.begin_payment(order)
    cancelled(market, order)
    market.send()
    assert payment_of(market, order).status == "cancelled"


def declared(market: Market, *codes: str) -> tuple[Order, Declaration]:
    order = market.pay(market.order(2))
    market.ship(order)
    declaration = market.declare(order)
    for document in ("order", "payment", "waybill"):
        declaration = market.answer(declaration, document, "120")
    for code in codes:
        declaration = market.answer(declaration, "list", code)
    return order, declaration


def test_customs_is_asked_after_the_list_was_declared_and_decides(market: Market) -> None:
    order, declaration = declared(market, "120")
    waiting = cancelled(market, order)
    assert (waiting.status, waiting.state) == ("cancel_asked", "cancelling")
    declaration = market.answer(declaration, "cancellation", "399")
    found = market.read(order)
    assert (declaration.status, found.status) == ("cancelled", "cancelled")
    nothing_is_held(market, order)
    market.send()
    assert payment_of(market, order).status == "refunded"


def test_a_cancellation_that_customs_refuses_leaves_the_order(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "cancellation", "100")
    found = market.read(order)
    assert (found.status, found.state, found.why) == ("declared", "placed", "customs_refused")
    market.answer(declaration, "list", "800")
    assert market.read(order).status == "released"


def test_a_release_that_comes_before_the_answer_wins(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "list", "800")
    found = market.read(order)
    assert (found.status, found.state, found.why) == ("released", "placed", "customs_released")


def test_a_list_that_customs_refuses_while_the_cancellation_waits_ends_the_order(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "list", "100")
    assert market.read(order).status == "cancelled"
    nothing_is_held(market, order)


def test_goods_that_are_sent_back_while_the_cancellation_waits_are_paid_back(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "list", "700")
    found = market.read(order)
    assert (found.status, found.state, found.why) == ("returned_abroad", "placed", "customs_returned_abroad")
    market.send()
    assert payment_of(market, order).status == "refunded"


@pytest.mark.parametrize(
    ("codes", "code"),
    [((), "reversal_wait"), (("120", "501"), "reversal_detained"), (("120", "399", "800"), "order_released")],
)
def test_where_it_cannot_be_cancelled_the_error_says_what_is_possible(
    market: Market, codes: tuple[str, ...], code: str
) -> None:
    order, _ = declared(market, *codes)
    before = market.read(order)
    refused(code, lambda: cancelled(market, order))
    assert market.read(order) == before


def test_a_list_that_customs_refused_is_cancelled_without_an_application(market: Market) -> None:
    order, declaration = declared(market, "-621018")
    assert (market.read(order).status, market.read(order).attention) == ("refused", ("customs_refused",))
    assert cancelled(market, order).status == "cancelled"
    nothing_is_held(market, order)
    # Customs can overrule its refusal: then the goods are in the country and count, whatever the order is.
    market.answer(declaration, "list", "800")
    limit = market.read(order).limit
    assert limit is not None
    assert (limit.state, market.books.balance(limit.account.used, limit.account.unit)) == ("used", 15000)


def test_goods_that_customs_sends_back_take_nothing_of_the_limit_and_are_paid_back(market: Market) -> None:
    order, _ = declared(market, "120", "500", "700")
    found = market.read(order)
    assert (found.status, found.attention, found.stock) == (
        "returned_abroad", ("customs_returned_abroad",), "given_back",
    )  # fmt: skip
    # No parcel was reported as shipped: the pieces are with the seller, and can be sold again.
    nothing_is_held(market, order)
    market.send()
    assert payment_of(market, order).status == "refunded"


def test_an_order_that_is_not_paid_in_time_ends(market: Market) -> None:
    order = market.order(2)
    assert market.books.run(lambda tx: expire_order(tx, order.id)) == order
    market.clock.pass_days(1)
    found = market.books.run(lambda tx: expire_order(tx, order.id))
    assert (found.status, found.why) == ("cancelled", "not_paid")
    nothing_is_held(market, order)


def test_a_payment_that_the_buyer_leaves_unfinished_ends_with_its_order(market: Market) -> None:
    order = market.order(2)
    market.begin_payment(order, method="requires_action")
    market.send()
    market.clock.pass_days(1)
    assert market.books.run(lambda tx: expire_order(tx, order.id)).status == "awaiting_payment"
    market.send()
    found = market.books.run(lambda tx: expire_order(tx, order.id))
    assert (found.status, found.why, payment_of(market, order).status) == ("cancelled", "not_paid", "cancelled")


def test_an_order_whose_payment_is_under_way_does_not_end(market: Market) -> None:
    order = market.order(2)
    market.pay(order, captured=False)
    market.clock.pass_days(1)
    assert market.books.run(lambda tx: expire_order(tx, order.id)).status == "authorized"


def test_an_order_of_somebody_else_is_not_found(market: Market) -> None:
    order = market.order()
    with pytest.raises(NotFound):
        market.books.run(lambda tx: cancel_order(tx, order.id, "other", by=OTHER_BUYER))


def test_what_is_taken_after_a_cancellation_that_the_provider_refused_goes_back(market: Market) -> None:
    order = market.order(2)
    means = Means(provider="memory", currency="CNY", method="", capture="automatic", payer=CONTACT)
    market.books.run(lambda tx: pay_order(tx, order.id, means, market.quotes, by=BUYER, key="pay"))
    market.send()
    payment = payment_of(market, order)
    cancelled(market, order)
    # The request to cancel is refused, and the buyer pays on the page of the provider afterwards.
    market.books.run(lambda tx: refuse(tx, payment.id, "cancel", "processing"))
    snapshot = market.provider.approve(payment.reference)
    market.books.run(lambda tx: receive(tx, payment.id, snapshot))
    market.send()
    after = payment_of(market, order)
    assert (after.captured, after.refunded) == (order.quote.amounts.total, order.quote.amounts.total)


def test_what_is_won_back_in_a_dispute_of_a_cancelled_order_goes_back(market: Market) -> None:
    order = market.pay(market.order(2))
    total = order.quote.amounts.total
    payment = payment_of(market, order)
    disputed = market.provider.dispute(payment.reference, 1000)
    market.books.run(lambda tx: receive(tx, payment.id, disputed))
    cancelled(market, order)
    market.send()
    assert payment_of(market, order).refunded == total - 1000
    won = market.provider.dispute(payment.reference, 1000, "won")
    market.books.run(lambda tx: receive(tx, payment.id, won))
    market.send()
    assert payment_of(market, order).refunded == total


def test_an_unpaid_order_whose_cancellation_failed_is_cancelled_later(market: Market) -> None:
    order = market.order(2)
    market.begin_payment(order, method="")
    market.send()
    market.clock.pass_days(1)
    market.books.run(lambda tx: expire_order(tx, order.id))
    payment = payment_of(market, order)
    market.books.run(lambda tx: refuse(tx, payment.id, "cancel", "processing"))
    market.books.run(lambda tx: expire_order(tx, order.id))
    market.send()
    market.books.run(lambda tx: expire_order(tx, order.id))
    assert market.read(order).status == "cancelled"


@pytest.mark.parametrize("end", ["returned", "lost"])
def test_without_a_list_goods_that_do_not_arrive_any_more_are_paid_back(market: Market, end: str) -> None:
    contact = {"name": "Co", "telephone": "1", "address": "x"}
    (order,) = market.place({market.offer(CASHEW).id: 1}, kind="business", contact=contact)
    market.pay(order)
    market.ship(order)
    market.report(order, "shipped")
    refused("order_shipped", lambda: cancelled(market, order))
    market.report(order, end)
    assert cancelled(market, order).status == "cancelled"
    market.send()
    assert payment_of(market, order).refunded == order.quote.amounts.total


def test_a_refund_that_failed_is_told_on_its_order_until_it_is_asked_for_again(market: Market) -> None:
    order = market.pay(market.order(2))
    cancelled(market, order)
    market.send()
    payment = payment_of(market, order)
    (refund,) = payment.refunds
    failed = market.provider.fail_refund(payment.reference, refund)
    market.books.run(lambda tx: receive(tx, payment.id, failed))
    assert (market.read(order).status, market.read(order).attention) == ("cancelled", ("refund_failed",))
    market.books.run(lambda tx: ask_provider_again(tx, payment.id))
    assert market.read(order).attention == ()
    market.send()
    assert payment_of(market, order).refunded == order.quote.amounts.total
    refused("nothing_refused", lambda: market.books.run(lambda tx: ask_provider_again(tx, payment.id)))


def test_a_capture_that_failed_is_told_on_its_order_and_asked_for_again_or_cancelled(market: Market) -> None:
    orders = [market.order(2), market.order(2)]
    for order in orders:
        market.pay(order, captured=False)
        payment = payment_of(market, order)
        if order is orders[1]:
            cancelled(market, order)
        market.books.run(partial(refuse, number=payment.id, topic="capture", code="try_again"))
    going_on, ended = orders
    assert market.read(going_on).attention == ("capture_failed",)
    payment = payment_of(market, going_on)
    market.books.run(lambda tx: ask_provider_again(tx, payment.id))
    market.send()
    assert (market.read(going_on).status, market.read(going_on).attention) == ("paid", ())
    # What was authorized for an order that is cancelled is not taken.
    assert (payment_of(market, ended).status, payment_of(market, ended).captured) == ("cancelled", 0)


def test_a_cancellation_that_the_provider_refused_is_told_until_it_is_asked_for_again(market: Market) -> None:
    order = market.order(2)
    market.begin_payment(order)
    payment = payment_of(market, order)
    market.books.run(partial(cancel, number=payment.id, key="c"))
    assert troubled(market.books) == []
    market.books.run(partial(refuse, number=payment.id, topic="cancel", code="try_again"))
    assert payment_of(market, order).trouble == "cancel_failed"
    assert "cancel_failed" in market.read(order).attention
    assert [(each.payment.id, each.payment.error) for each in troubled(market.books)] == [(payment.id, "try_again")]
    market.books.run(lambda tx: ask_provider_again(tx, payment.id))
    assert (payment_of(market, order).cancel_requested, troubled(market.books)) == (True, [])
    market.send()
    assert (payment_of(market, order).status, payment_of(market, order).trouble) == ("cancelled", "")


def test_an_order_whose_payment_never_reached_its_provider_ends(market: Market) -> None:
    order = market.order(2)
    market.begin_payment(order)
    refuses = deliver.channel(market.delivery)._replace(send=never)
    assert attempt(market.books.outbox, refuses, claimed(market), market.clock, 1.0) == "dead"
    assert (market.read(order).status, market.read(order).attention) == ("awaiting_payment", ("payment_failed",))
    assert payment_of(market, order).error == "not_answered"
    market.clock.pass_days(1)
    assert market.books.run(lambda tx: expire_order(tx, order.id)).status == "cancelled"


def claimed(market: Market) -> Message:
    """The message to the payment provider that is due."""
    (found,) = market.books.outbox.claim("payments", market.clock(), lease="w", seconds=60, limit=1, in_order=False)
    return found


def never(_message: Message) -> None:
    """A provider that refuses everything."""
    raise Refused("never")


def test_pieces_that_customs_sends_back_can_be_sold_again_when_their_parcel_has_come_back(market: Market) -> None:
    order, declaration = declared(market, "120", "500")
    offer = order.lines[0].offer
    # Picked up to the supervised place, as goods that customs inspects are.
    market.report(order, "shipped")
    market.answer(declaration, "list", "700")
    assert (market.read(order).stock, market.books.balance(f"stock/{offer}", offer)) == ("sold", 98)
    market.report(order, "returned")
    assert (market.read(order).stock, market.books.balance(f"stock/{offer}", offer)) == ("given_back", 100)
    assert market.books.balance(f"sold/{offer}", offer) == 0


def test_a_parcel_that_came_back_before_its_order_was_cancelled_can_be_sold_again(market: Market) -> None:
    offer = market.offer(CASHEW)
    (order,) = market.place({offer.id: 2}, kind="business", contact={"name": "Co", "telephone": "1", "address": "x"})
    market.pay(order)
    market.ship(order)
    market.report(order, "shipped")
    market.report(order, "lost")
    cancelled(market, order)
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 98
    market.report(order, "returned")  # it was found
    assert (market.read(order).stock, market.books.balance(f"stock/{offer.id}", offer.id)) == ("given_back", 100)


def test_a_cancellation_that_customs_approves_after_the_release_ends_the_order(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "list", "800")
    assert (market.read(order).state, market.read(order).limit.state) == ("placed", "used")  # type: ignore[union-attr]
    market.answer(declaration, "cancellation", "399")
    found = market.read(order)
    # CEB624 at 399: the list and its tax are void, the limit is given back.
    assert (found.status, found.why, found.attention) == ("cancelled", "changed_mind", ())
    nothing_is_held(market, order)
    assert order.limit is not None
    assert market.books.balance(order.limit.account.used, order.limit.account.unit) == 0
    market.send()
    assert payment_of(market, order).status == "refunded"


def test_a_list_that_is_cancelled_after_its_goods_have_left_waits_for_somebody(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "list", "800")
    market.report(order, "delivered")
    market.answer(declaration, "cancellation", "399")
    found = market.read(order)
    # The buyer has the goods: they are not paid back before they are back.
    assert (found.state, found.status, found.attention) == ("placed", "delivered", ("list_cancelled",))
    assert found.limit is not None
    assert (found.limit.state, market.books.balance(found.limit.account.available, "limit:CNY")) == ("given_back", 0)
    assert payment_of(market, order).status == "captured"


def test_a_cancellation_that_customs_refused_and_then_approves_ends_the_order(market: Market) -> None:
    order, declaration = declared(market, "120")
    cancelled(market, order)
    market.answer(declaration, "cancellation", "100")
    assert market.read(order).state == "placed"
    market.answer(declaration, "cancellation", "399")
    assert market.read(order).status == "cancelled"
    nothing_is_held(market, order)


def test_goods_of_a_cancelled_order_that_customs_releases_are_not_delivered(market: Market) -> None:
    order, declaration = declared(market, "100")
    cancelled(market, order)
    market.answer(declaration, "list", "800")
    found = market.read(order)
    assert (found.status, found.attention) == ("cancelled", ("released_after_cancellation",))
    assert {each.topic for each in market.books.outbox.listed(channel="carrier")} == {"book", "cancel"}
