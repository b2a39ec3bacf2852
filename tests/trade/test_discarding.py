"""A message that was given up: the order shows that it waits, later ones go on, and discarding it ends the wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.trade.cancelling import cancel_order
from entrepot.trade.carrier_memory import MemoryCarrier
from entrepot.trade.declarations import Declaration
from entrepot.trade.orders import Order
from entrepot.trade.outbox import DEAD, DISCARDED, Message, NotPossible, Refused, attempt
from entrepot.trade.paying import ask_provider_again
from entrepot.trade.payments.commands import refund
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import NotFound
from entrepot.trade.returning import apply_for_return
from entrepot.trade.shipping import ask_declaration
from entrepot.trade.waiting import held_up
from entrepot.trade_app import carrier_channel, customs_channel
from entrepot.trade_app.outbox import Operator, discard_from, retry_from
from trade.market import BUYER, SELLER, Market
from trade.test_declaring import office_of, shipped, work

#: Who acts on messages.
OPERATOR = Operator("og_operator", "us_1")


class Wall:
    """A transport that gives up what has one of these topics."""

    def __init__(self, market: Market, *topics: str) -> None:
        self.market, self.topics, self.sent = market, topics, list[str]()
        office = office_of(market, SELLER)._replace(transport=self)
        channel = customs_channel.channel(office)
        self.channel = channel._replace(send=lambda message: self.check(message, channel.send))

    def check(self, message: Message, send: Callable[[Message], None]) -> None:
        """Refuse it, or send it."""
        if message.topic in self.topics:
            raise Refused("customs.example answered 403.")
        send(message)

    def send(self, name: str, content: bytes) -> bytes:
        """Keep that a message was sent."""
        assert content
        self.sent.append(name)
        return b""

    def work(self) -> None:
        """Send what waits for customs."""
        queue, market = self.market.books.outbox, self.market
        while claimed := queue.claim("customs", market.clock(), lease="w", seconds=60, limit=9, in_order=True):
            for message in claimed:
                attempt(queue, self.channel, message, market.clock, 1.0)


def dead_of(market: Market, order: Order) -> Message:
    """The message of an order that was given up, as the order shows it."""
    (message,) = held_up(market.books.outbox, [market.read(order)])[order.id]
    assert message.state == DEAD
    return message


def declaration_of(market: Market, order: Order) -> Declaration:
    found: Declaration = market.books.read(max(market.read(order).declarations))
    return found


def discard(market: Market, message: Message) -> Message:
    return discard_from(market.books, message.id, market.clock(), OPERATOR)


def test_a_document_that_was_given_up_holds_no_other_up_and_is_sent_again_when_it_was_discarded(market: Market) -> None:
    order = shipped(market)
    wall = Wall(market, "payment")
    wall.work()
    # The order and the waybill went on; the order says what it waits for, and why.
    assert len(wall.sent) == 2
    dead = dead_of(market, order)
    assert (dead.topic, dead.reason) == ("payment", "customs.example answered 403.")
    assert declaration_of(market, order).messages["payment"].state == "to_send"
    assert discard(market, dead).state == DISCARDED
    after = declaration_of(market, order)
    assert (after.status, after.messages["payment"].code) == ("refused", "not_sent")
    assert market.read(order).attention == ("customs_refused",)
    wall.topics = ()
    market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    wall.work()
    assert (len(wall.sent), declaration_of(market, order).messages["payment"].tries) == (3, 2)
    for document in ("order", "payment", "waybill"):
        market.answer(after, document, "120")
    assert "list" in declaration_of(market, order).messages


def test_a_message_that_was_given_up_is_sent_as_it_was_when_the_operator_sends_it_again(market: Market) -> None:
    order = shipped(market)
    wall = Wall(market, "order")
    wall.work()
    wall.topics = ()
    dead = dead_of(market, order)
    retry_from(market.books, dead.id, market.clock(), OPERATOR)
    wall.work()
    assert len(wall.sent) == 3
    assert not held_up(market.books.outbox, [market.read(order)])
    # The ledger has who did it, and not what the message says.
    (done,) = market.books.list_objects("iv_", owner="og_operator")
    assert (done.status, done.topic, done.about, done.person, done.times) == (
        "retried", "order", dead.group, "us_1", 1,
    )  # fmt: skip


def test_what_an_operator_does_with_a_message_is_in_the_ledger_once_for_each_time(market: Market) -> None:
    order = shipped(market)
    Wall(market, "order").work()
    dead = dead_of(market, order)
    for _ in range(2):
        retry_from(market.books, dead.id, market.clock(), OPERATOR)
    discard_from(market.books, dead.id, market.clock(), Operator("og_operator"))
    (done,) = market.books.list_objects("iv_")
    assert [event.kind for _, event in market.books.events(stream=done.id)] == [
        "message.retried", "message.retried", "message.discarded",
    ]  # fmt: skip
    assert (done.status, done.times, done.person) == ("discarded", 3, "")
    with pytest.raises(NotPossible):
        retry_from(market.books, dead.id, market.clock(), OPERATOR)
    assert len(market.books.events(stream=done.id)) == 3


def test_a_message_that_was_answered_meanwhile_is_not_sent_again_and_discarding_it_changes_nothing(
    market: Market,
) -> None:
    order = shipped(market)
    wall = Wall(market, "order")
    wall.work()
    # It had arrived: only the acknowledgement was lost.
    market.answer(declaration_of(market, order), "order", "120")
    before, dead = market.read(order), dead_of(market, order)
    wall.topics = ()
    market.books.outbox.retry(dead.id, market.clock())
    wall.work()
    assert (len(wall.sent), market.read(order)) == (2, before)
    with pytest.raises(NotPossible):
        discard(market, dead)
    with pytest.raises(NotFound):
        discard_from(market.books, 10**6, market.clock(), OPERATOR)


def test_an_order_whose_match_was_given_up_is_matched_when_its_seller_asks(market: Market) -> None:
    order = shipped(market)
    wall = Wall(market, "declare")
    wall.work()
    for message in held_up(market.books.outbox, [market.read(order)])[order.id]:
        discard(market, message)
    found = market.read(order)
    assert (found.attention, found.why) == (("match_failed",), "not_sent")
    wall.topics = ()
    market.clock.pass_days(1)
    market.books.run(lambda tx: ask_declaration(tx, order.id, by=SELLER))
    wall.work()
    assert (market.read(order).attention, len(wall.sent)) == ((), 3)


def declared(market: Market, *codes: str) -> tuple[Order, Declaration]:
    order = shipped(market)
    work(market, office_of(market, SELLER))
    return order, market.release(declaration_of(market, order), *codes)


def test_a_cancellation_that_was_given_up_leaves_the_order_and_can_be_asked_again(market: Market) -> None:
    order, _ = declared(market, "120")
    market.books.run(lambda tx: cancel_order(tx, order.id, "other", by=BUYER))
    wall = Wall(market, "cancellation")
    wall.work()
    assert market.read(order).state == "cancelling"
    discard(market, dead_of(market, order))
    found = market.read(order)
    assert (found.state, found.status, found.why) == ("placed", "declared", "not_sent")
    wall.topics = ()
    market.clock.pass_days(1)
    market.books.run(lambda tx: cancel_order(tx, order.id, "other", by=BUYER))
    wall.work()
    # The application names the number of the list: it waits until customs has told it.
    (waiting,) = held_up(market.books.outbox, [market.read(order)])[order.id]
    assert "number of the list" in waiting.reason
    market.answer(declaration_of(market, order), "list", "300", list="291020261000000001")
    market.clock.pass_days(1)
    sent = len(wall.sent)
    wall.work()
    assert len(wall.sent) == sent + 1
    market.answer(declaration_of(market, order), "cancellation", "399")
    assert market.read(order).status == "cancelled"


def test_a_return_that_was_given_up_is_refused_and_can_be_asked_again(market: Market) -> None:
    order, _ = declared(market)
    market.report(order, "delivered")
    first = market.books.run(lambda tx: apply_for_return(tx, order.id, {1: 1}, "other", by=BUYER, key="k1"))
    wall = Wall(market, "return")
    wall.work()
    # The report of the delivery, which came before it, and what comes after it, are not held up.
    assert [each.topic for each in held_up(market.books.outbox, [market.read(order)])[order.id]] == ["return"]
    discard(market, dead_of(market, order))
    ended = market.books.read(first.id)
    assert (ended.status, ended.why, market.read(order).returned) == ("refused", "not_sent", {})
    again = market.books.run(lambda tx: apply_for_return(tx, order.id, {1: 1}, "other", by=BUYER, key="k2"))
    assert again.status == "asked"


@pytest.mark.parametrize("step", ["book", "clear", "cancel"])
def test_a_request_to_the_carrier_that_was_discarded_is_told_on_the_order_until_the_next_report(
    market: Market, step: str
) -> None:
    order = market.pay(market.order(1))
    if step != "book":
        shipment = market.ship(order)
        market.books.run(lambda tx: tx.send("carrier", step, {"shipment": shipment.id}, key=f"{order.id}/{step}/x"))
    queue = market.books.outbox
    (message,) = [each for each in queue.listed(channel="carrier") if each.topic == step]
    discard(market, message)
    code = {"book": "parcel_not_booked", "clear": "release_not_told", "cancel": "booking_not_cancelled"}[step]
    assert market.read(order).attention == (code,)
    if step == "book":
        market.ship(order)
    else:
        market.report(order, "shipped")
    assert market.read(order).attention == ()


def test_a_parcel_is_cleared_although_an_earlier_request_to_the_carrier_was_given_up(market: Market) -> None:
    order = market.pay(market.order(1))
    queue, carriage = market.books.outbox, carrier_channel.Carriage(market.books, MemoryCarrier())
    channel = carrier_channel.channel(carriage)
    (book,) = queue.claim("carrier", market.clock(), lease="w", seconds=60, limit=9, in_order=channel.in_order)
    queue.dead(book, market.clock(), "The carrier refuses: no such address (invalid)")
    # The seller hands the parcel to another carrier.
    market.ship(order)
    market.release(market.declare(order))
    (clear,) = queue.claim("carrier", market.clock(), lease="w", seconds=60, limit=9, in_order=channel.in_order)
    assert clear.topic == "clear"


def test_a_refund_that_was_discarded_is_shown_and_is_asked_for_again(market: Market) -> None:
    order = market.pay(market.order(1))
    market.books.run(lambda tx: cancel_order(tx, order.id, "other", by=BUYER))
    (message,) = [each for each in market.books.outbox.listed(channel="payments") if each.topic == "refund"]
    discard(market, message)
    found = market.read(order)
    assert (found.status, found.attention) == ("cancelled", ("refund_failed",))
    payment: Payment = market.books.read(found.paying)
    assert market.books.balance(f"buyer/{order.id}", "CNY") == payment.captured
    market.books.run(lambda tx: ask_provider_again(tx, payment.id))
    market.send()
    after: Payment = market.books.read(payment.id)
    assert (after.refunded, market.read(order).attention) == (payment.captured, ())


def test_a_refund_that_was_made_although_its_message_was_discarded_is_not_made_twice(market: Market) -> None:
    order = market.pay(market.order(2))
    payment: Payment = market.books.read(order.paying)
    market.books.run(lambda tx: refund(tx, payment.id, 1000, key="part"))
    queue = market.books.outbox
    (message,) = [each for each in queue.listed(channel="payments") if each.topic == "refund"]
    # The provider made it, and its answer was lost.
    market.provider.refund(payment.reference, message.body["refund"], 1000, payment.currency, key=message.key)
    discard(market, message)
    assert market.read(order).attention == ("refund_failed",)
    market.books.run(lambda tx: ask_provider_again(tx, payment.id))
    market.send()
    after: Payment = market.books.read(payment.id)
    snapshot = market.provider.read(payment.reference)
    assert [each.amount for each in snapshot.refunds] == [1000]
    assert (after.refunded, len(after.refunds), market.books.balance(f"buyer/{order.id}", "CNY")) == (1000, 1, 0)
