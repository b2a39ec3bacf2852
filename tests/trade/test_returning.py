"""Returns of an order: by line and quantity, with the taxes and the part of the limit, exact to the cent."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.declarations import Declaration, own_number
from entrepot.trade.orders import Order
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import NotFound
from entrepot.trade.returning import (
    apply_for_return,
    lapse_return,
    receive_return,
    refuse_return,
    withdraw_return,
)
from entrepot.trade.returns import Return
from trade.market import BUYER, CASHEW, OTHER_BUYER, OTHER_SELLER, SELLER, Market
from trade.test_orders import refused


def delivered(market: Market, quantity: int = 3) -> tuple[Order, Declaration]:
    """An order that was released and delivered."""
    order = market.pay(market.order(quantity))
    market.ship(order)
    declaration = market.release(market.declare(order))
    for state in ("shipped", "delivered"):
        market.report(order, state)
    return market.read(order), declaration


def asked(market: Market, order: Order, quantity: int = 1, *, key: str = "k", by: str = BUYER) -> Return:
    return market.books.run(lambda tx: apply_for_return(tx, order.id, {1: quantity}, "damaged", by=by, key=key))


def answered(market: Market, declaration: Declaration, found: Return, code: str) -> Return:
    """Customs answers the application of a return."""
    market.answer(declaration, "return", code, own=own_number(found.id))
    after: Return = market.books.read(found.id)
    return after


def received(market: Market, found: Return, *, restocked: bool = True) -> Return:
    return market.books.run(lambda tx: receive_return(tx, found.id, restocked=restocked))


def test_a_partial_return_gives_back_its_taxes_its_limit_and_its_pieces(market: Market) -> None:
    # By hand, 3 pieces: goods 204.00, carriage 16.00, VAT 13 % x 70 % of 220.00 = 20.02. One piece: 68.00; tax
    # 20.02 / 3 = 6.673 -> 6.67; taxable value 220.00 / 3 = 73.33.
    order, declaration = delivered(market)
    assert order.quote.amounts.taxes == 2002
    found = asked(market, order)
    assert (found.goods, found.taxes, found.lines[0].customs_value) == (6800, 667, 7333)
    assert market.read(order).status == "return_asked"
    found = answered(market, declaration, found, "399")
    assert found.status == "approved"
    assert order.limit is not None
    account = order.limit.account
    assert market.books.balance(account.available, account.unit) == -(22000 - 7333)
    found = received(market, found)
    assert (found.status, [(each.goods, each.taxes) for each in found.refunds]) == ("completed", [(6800, 667)])
    market.send()
    payment: Payment = market.books.read(max(order.payments))
    assert (payment.status, payment.refunded) == ("partially_refunded", 7467)
    assert market.books.balance("customs/CN", "CNY") == 2002 - 667
    offer = order.lines[0].offer
    assert market.books.balance(f"stock/{offer}", offer) == 98
    after = market.read(order)
    assert (after.status, after.returned) == ("delivered", {"1": 1})


def test_a_return_of_everything_makes_the_order_returned(market: Market) -> None:
    order, declaration = delivered(market)
    found = received(market, asked(market, order, 3))
    assert found.status == "received"
    found = answered(market, declaration, found, "399")
    assert market.read(order).status == "returned"
    assert [(each.goods, each.taxes) for each in found.refunds] == [(20400, 2002)]
    assert market.books.balance("customs/CN", "CNY") == 0


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_returns_of_a_line_never_give_back_more_than_it_cost_and_all_of_it_in_the_end(
    drawn: list[tuple[int, bool]],
) -> None:
    market = Market()
    order, declaration = delivered(market, 7)
    live: list[Return] = []
    for at, (quantity, approved) in enumerate([*drawn, (0, True)]):
        left = 7 - sum(each.lines[0].quantity for each in live)
        pieces = min(quantity or left, left)
        if not pieces:
            break
        found = answered(market, declaration, asked(market, order, pieces, key=str(at)), "399" if approved else "100")
        if approved:
            live.append(received(market, found))
    assert sum(each.taxes for each in live) <= order.quote.amounts.taxes
    if sum(each.lines[0].quantity for each in live) == 7:
        assert sum(each.taxes for each in live) == order.quote.amounts.taxes
        assert sum(each.goods for each in live) == order.quote.amounts.goods
        assert sum(each.lines[0].customs_value for each in live) == order.quote.limited
        assert order.limit is not None
        assert market.books.balance(order.limit.account.available, "limit:CNY") == 0


def test_the_same_key_applies_once(market: Market) -> None:
    order, _ = delivered(market)
    first = asked(market, order)
    assert asked(market, order) == first
    refused("idempotency_key_reused", lambda: asked(market, order, 2))


def test_a_return_that_is_applied_for_more_than_30_days_after_the_release_is_refused(market: Market) -> None:
    order, _ = delivered(market)
    market.clock.pass_days(30)
    asked(market, order)
    market.clock.pass_days(1)
    refused("return_applied_late", lambda: asked(market, order, key="k2"), "2026-03-01", "2026-03-31")


def test_goods_that_arrive_after_45_days_end_the_return_and_customs_levies_the_tax(market: Market) -> None:
    order, declaration = delivered(market)
    found = answered(market, declaration, asked(market, order), "399")
    assert found.arrive_until == "2026-04-15"
    market.clock.pass_days(46)
    found = received(market, found)
    assert (found.status, found.why, found.refunds) == ("lapsed", "arrived_late", ())
    after = market.read(order)
    assert (after.status, after.attention, after.returned) == ("delivered", ("return_lapsed",), {})
    assert order.limit is not None
    account = order.limit.account
    assert market.books.balance(account.used, account.unit) == 22000


def test_goods_that_do_not_arrive_end_the_return(market: Market) -> None:
    order, _ = delivered(market)
    found = asked(market, order)
    market.clock.pass_days(45)
    assert market.books.run(lambda tx: lapse_return(tx, found.id)) == found
    market.clock.pass_days(1)
    assert market.books.run(lambda tx: lapse_return(tx, found.id)).why == "not_arrived"


def test_goods_that_arrive_after_the_return_has_lapsed_can_be_sold_again(market: Market) -> None:
    order, _ = delivered(market)
    offer = order.lines[0].offer
    found = asked(market, order)
    market.clock.pass_days(46)
    market.books.run(lambda tx: lapse_return(tx, found.id))
    before = market.books.balance(f"stock/{offer}", offer)
    late = received(market, found)
    assert (late.status, late.why, late.restocked) == ("lapsed", "arrived_late", True)
    assert market.books.balance(f"stock/{offer}", offer) == before + 1
    assert received(market, found) == late


def used(market: Market, order: Order) -> int:
    """What customs' account of the buyer has, as far as this node knows."""
    assert order.limit is not None
    return market.books.balance(order.limit.account.used, order.limit.account.unit)


def test_a_return_that_customs_approves_after_it_has_lapsed_gives_limit_and_taxes_back(market: Market) -> None:
    order, declaration = delivered(market)
    found = asked(market, order)
    market.clock.pass_days(46)
    market.books.run(lambda tx: lapse_return(tx, found.id))
    before = used(market, order)
    late = answered(market, declaration, found, "399")
    # Customs levies no tax and takes the value off the buyer's account; the goods are still with the buyer.
    assert (late.status, late.untaxed, late.due) == ("lapsed", True, 0)
    assert used(market, order) == before - late.lines[0].customs_value
    assert [(each.goods, each.taxes) for each in late.refunds] == [(0, 667)]
    # Approved again, nothing changes; when the goods come after all, they are paid back.
    assert answered(market, declaration, late, "399") == late
    done = received(market, late)
    assert (done.status, [(each.goods, each.taxes) for each in done.refunds]) == ("completed", [(0, 667), (6800, 0)])
    assert (used(market, order), market.read(order).returned) == (before - late.lines[0].customs_value, {"1": 1})


def test_a_return_that_lapses_after_its_list_was_cancelled_takes_nothing_of_the_limit(market: Market) -> None:
    order = market.pay(market.order(3))
    market.ship(order)
    declaration = market.declare(order)
    for document in ("order", "payment", "waybill", "list"):
        market.answer(declaration, document, "120")
    market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    market.answer(declaration, "list", "800")  # before customs has answered the cancellation
    market.report(order, "delivered")
    found = asked(market, market.read(order))
    assert answered(market, declaration, found, "399").status == "approved"
    assert used(market, order) == 22000 - 7333
    market.answer(declaration, "cancellation", "399")
    assert used(market, order) == 0
    market.clock.pass_days(46)
    assert market.books.run(lambda tx: lapse_return(tx, found.id)).status == "lapsed"
    assert used(market, order) == 0
    assert order.limit is not None
    assert market.books.balance(order.limit.account.available, order.limit.account.unit) == 0


def test_goods_that_came_too_late_for_us_and_not_for_customs_are_paid_back(market: Market) -> None:
    order, declaration = delivered(market)
    found = asked(market, order)
    market.clock.pass_days(46)
    assert received(market, found).status == "lapsed"
    done = answered(market, declaration, found, "399")
    assert (done.status, [(each.goods, each.taxes) for each in done.refunds]) == ("completed", [(6800, 667)])
    assert market.read(order).returned == {"1": 1}


def test_a_return_that_customs_refused_and_then_approves_goes_on(market: Market) -> None:
    order, declaration = delivered(market)
    found = asked(market, order)
    assert answered(market, declaration, found, "100").status == "refused"
    assert market.read(order).returned == {}
    assert answered(market, declaration, found, "399").status == "approved"
    assert (market.read(order).status, market.read(order).returned) == ("return_asked", {"1": 1})
    assert received(market, found).status == "completed"


def test_a_return_that_the_seller_refused_is_not_paid_back_but_its_taxes_are_where_customs_approves(
    market: Market,
) -> None:
    order, declaration = delivered(market)
    found = asked(market, order)
    received(market, found)
    market.books.run(lambda tx: refuse_return(tx, found.id, "used", by=SELLER))
    before = used(market, order)
    after = answered(market, declaration, found, "399")
    assert (after.status, after.why, [(each.goods, each.taxes) for each in after.refunds]) == (
        "refused", "used", [(0, 667)],
    )  # fmt: skip
    assert used(market, order) == before - after.lines[0].customs_value


def test_two_returns_of_the_same_pieces_give_no_more_of_the_limit_back_than_was_used(market: Market) -> None:
    order, declaration = delivered(market)
    first = asked(market, order, 3)
    answered(market, declaration, first, "100")
    second = received(market, answered(market, declaration, asked(market, order, 3, key="k2"), "399"))
    assert (second.status, used(market, order)) == ("completed", 0)
    # Customs approves the first one, too. Its pieces are in the second one.
    again = answered(market, declaration, first, "399")
    assert (again.status, again.untaxed, used(market, order)) == ("refused", True, 0)
    payment: Payment = market.books.read(max(order.payments))
    assert payment.refunding <= payment.captured


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ({}, "return_no_lines"),
        ({2: 1}, "return_unknown_line"),
        ({1: 4}, "return_quantity"),
        ({1: 0}, "return_quantity"),
    ],
)
def test_a_return_of_what_was_not_ordered_is_refused(market: Market, pieces: dict[int, int], code: str) -> None:
    order, _ = delivered(market)
    refused(
        code, lambda: market.books.run(lambda tx: apply_for_return(tx, order.id, pieces, "other", by=BUYER, key="k"))
    )


def test_pieces_are_returned_once(market: Market) -> None:
    order, _ = delivered(market)
    asked(market, order, 2)
    refused("return_quantity", lambda: asked(market, order, 2, key="k2"), "at most 1")


def test_what_is_not_released_or_not_paid_is_not_returned(market: Market) -> None:
    order = market.order(2)
    refused("order_not_paid", lambda: asked(market, order))
    market.pay(order)
    market.ship(order)
    market.declare(order)
    refused("not_released", lambda: asked(market, order), "Cancel the order instead")


def test_a_return_of_somebody_elses_order_is_not_found(market: Market) -> None:
    order, _ = delivered(market)
    with pytest.raises(NotFound):
        asked(market, order, by=OTHER_BUYER)


def test_what_customs_refuses_leaves_the_tax_where_it_is(market: Market) -> None:
    order, declaration = delivered(market)
    found = answered(market, declaration, asked(market, order), "-625022")
    assert (found.status, market.read(order).status, market.read(order).returned) == ("refused", "delivered", {})
    assert market.books.balance("customs/CN", "CNY") == 2002


def test_without_customs_a_return_is_completed_when_the_goods_are_back() -> None:
    market = Market()
    # A business imports by the ordinary procedure: it pays duty and tax to customs itself.
    offer = market.offer(CASHEW)
    (order,) = market.place({offer.id: 2}, kind="business", contact={"name": "Co", "telephone": "1", "address": "x"})
    assert (order.quote.option, order.quote.amounts.charges) == ("ordinary", 0)
    market.pay(order)
    refused("not_delivered", lambda: asked(market, order))
    market.ship(order)
    for state in ("shipped", "delivered"):
        market.report(order, state)
    found = asked(market, order, 2)
    assert found.declaration == ""
    found = received(market, found, restocked=False)
    assert (found.status, market.read(order).status) == ("completed", "returned")
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 98


def test_a_return_is_withdrawn_or_refused_where_customs_was_not_asked() -> None:
    market = Market()
    offer = market.offer(CASHEW)
    (order,) = market.place({offer.id: 2}, kind="business", contact={"name": "Co", "telephone": "1", "address": "x"})
    market.pay(order)
    market.ship(order)
    market.report(order, "delivered")
    first = asked(market, order)
    assert market.books.run(lambda tx: withdraw_return(tx, first.id, by=BUYER)).status == "withdrawn"
    second = asked(market, order, 2, key="k2")
    assert market.books.run(lambda tx: refuse_return(tx, second.id, "used", by=SELLER)).status == "refused"
    assert market.read(order).returned == {}
    official, _ = delivered(market)
    at_customs = asked(market, official, key="k3")
    refused("return_at_customs", lambda: market.books.run(lambda tx: withdraw_return(tx, at_customs.id, by=BUYER)))


def test_a_seller_refuses_goods_that_came_back_otherwise_than_they_were_sent(market: Market) -> None:
    order, declaration = delivered(market)
    found = asked(market, order)
    refused("return_at_customs", lambda: market.books.run(lambda tx: refuse_return(tx, found.id, "used", by=SELLER)))
    received(market, found, restocked=False)
    refused("field_invalid", lambda: market.books.run(lambda tx: refuse_return(tx, found.id, "so", by=SELLER)))
    for other in (BUYER, OTHER_SELLER):
        with pytest.raises(NotFound):
            market.books.run(lambda tx, other=other: refuse_return(tx, found.id, "used", by=other))  # type: ignore[misc]  # a lambda with a default
    after = market.books.run(lambda tx: refuse_return(tx, found.id, "used", by=SELLER))
    assert (after.status, after.why, after.due) == ("refused", "used", 0)
    assert market.read(order).returned == {}
    # Customs answers late: the refused return stays as it is. Only the tax, which customs does not levy, is paid back.
    late = answered(market, declaration, found, "399")
    assert (late.status, [(each.goods, each.taxes) for each in late.refunds]) == ("refused", [(0, 667)])


def test_a_return_stays_due_where_the_money_cannot_be_paid_back(market: Market) -> None:
    from entrepot.trade.payments import receive
    from entrepot.trade.payments.provider import ProviderDispute, Snapshot

    order, declaration = delivered(market)
    payment: Payment = market.books.read(max(order.payments))
    dispute = ProviderDispute(reference="dp_1", amount=payment.captured, status="opened")
    snapshot = Snapshot(reference=payment.reference, disputes=(dispute,))
    market.books.run(lambda tx: receive.receive(tx, payment.id, snapshot))
    assert market.read(order).attention == ("payment_disputed",)
    found = received(market, answered(market, declaration, asked(market, order), "399"))
    assert (found.status, found.refunds, found.due) == ("completed", (), 7467)


def test_the_days_of_a_return_are_those_of_china(market: Market) -> None:
    # 23:30 UTC on 1 March is 2 March in China.
    market.clock.time = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    order, _ = delivered(market)
    assert asked(market, order).arrive_until == "2026-04-16"


def sold_with_freight_paid_back(market: Market) -> tuple[Order, Declaration]:
    """An order of 3 pieces that was delivered; its offer pays freight back."""
    (order,) = market.place({market.offer(freight_on_return="paid_back", insurance="1.00").id: 3})
    market.pay(order)
    market.ship(order)
    declaration = market.release(market.declare(order))
    market.report(order, "delivered")
    return market.read(order), declaration


def test_freight_is_paid_back_with_the_last_pieces_where_the_offer_says_so(market: Market) -> None:
    order, declaration = sold_with_freight_paid_back(market)
    # 12.00 for the first piece, 2.00 for each further one, and 1.00 of insurance for each.
    assert (order.quote.amounts.shipping, order.quote.amounts.insurance) == (1600, 300)
    first = received(market, answered(market, declaration, asked(market, order, 1), "399"))
    assert [each.freight for each in first.refunds] == [0]
    # Goods that customs has not decided on are not back: the other return does not count yet.
    second = received(market, asked(market, order, 2, key="k2"))
    assert second.refunds == ()
    second = answered(market, declaration, second, "399")
    assert [each.freight for each in second.refunds] == [1900]
    market.send()
    payment: Payment = market.books.read(order.paying)
    assert (payment.refunded, payment.status) == (order.quote.amounts.total, "refunded")
    assert market.books.balance(f"seller/{order.seller}", "CNY") == 0
    assert second.due == 0


def test_freight_stays_where_the_offer_does_not_say_otherwise_or_pieces_stay(market: Market) -> None:
    kept, declaration = delivered(market)
    found = received(market, answered(market, declaration, asked(market, kept, 3), "399"))
    assert [each.freight for each in found.refunds] == [0]
    order, declaration = sold_with_freight_paid_back(market)
    part = received(market, answered(market, declaration, asked(market, order, 2, key="k2"), "399"))
    assert [each.freight for each in part.refunds] == [0]
    with pytest.raises(TradeError, match="freight_on_return"):
        market.offer(freight_on_return="sometimes")
