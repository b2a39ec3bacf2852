"""No sequence of calls, receipts and reports reaches a state outside the tables, unbalanced books or a broken bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import cancel_order, expire_order
from entrepot.trade.correcting import check_goods, correct_order
from entrepot.trade.declarations import Declaration, own_number
from entrepot.trade.kinds import KINDS
from entrepot.trade.objects import kind_of
from entrepot.trade.orders import CANCEL_REASONS, MOVES, Order
from entrepot.trade.paying import ask_provider_again
from entrepot.trade.payments import receive
from entrepot.trade.payments.provider import ProviderDispute, Snapshot
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import AlreadyRecorded
from entrepot.trade.requoting import accept_quote, check_quote, new_quote
from entrepot.trade.returning import apply_for_return, lapse_return, receive_return, refuse_return
from entrepot.trade.returns import REFUSAL_REASONS, RETURN_REASONS, Return
from entrepot.trade.shipping import ask_declaration
from entrepot.trade.status import (
    CUSTOMS_STATES,
    ORDER_STATES,
    PAYMENT_STATES,
    RETURN_STATES,
    TRANSPORT_STATES,
    WORDS,
)
from entrepot.trade_app.outbox import Operator, discard_from
from sizes import size
from trade.market import BUYER, SELLER, Market

CODES = ("2", "3", "4", "100", "120", "300", "399", "500", "599", "600", "700", "800", "899", "-621018")
STATES = {
    "payments": PAYMENT_STATES,
    "declarations": CUSTOMS_STATES,
    "shipments": TRANSPORT_STATES,
    "returns": RETURN_STATES,
}
STOCK = 12


@contextmanager
def may_be_refused(*codes: str) -> Iterator[None]:
    """What is inside may be refused, with one of these codes or with any, and with a sentence."""
    try:
        yield
    except TradeError as error:
        if not error.code or (codes and error.code not in codes) or not error.message.endswith((".", "?")):
            raise


class Orders(RuleBasedStateMachine):
    """One buyer, one dear offer with few pieces: stock and limit are both short."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.market = Market()
        # 6 orders of one piece are within the annual limit of CNY 26,000; the seventh is not.
        self.offer = self.market.offer(price="3990.00", shipping="10.00", shipping_further="10.00", stock=STOCK)
        self.bound = 2_600_000
        self.keys = 0

    def tried(self, command: Callable[[Any], Any]) -> Any:
        """Run a command; one that is refused has a code, a sentence, and changes nothing."""
        before = len(self.market.books.events(limit=100_000))
        done, result = False, None
        with suppress(AlreadyRecorded), may_be_refused():
            result = self.market.books.run(command)
            done = True
        assert done or len(self.market.books.events(limit=100_000)) == before
        return result

    def key(self) -> str:
        """A key that was not used before."""
        self.keys += 1
        return f"k{self.keys}"

    def read(self, number: str) -> Order:
        """An order as it is now."""
        found: Order = self.market.books.read(number)
        return found

    def declaration(self, number: str) -> Declaration | None:
        """The last declaration of an order."""
        declarations = self.read(number).declarations
        found: Declaration | None = self.market.books.read(max(declarations)) if declarations else None
        return found

    @rule(target=orders, quantity=st.integers(1, 3))
    def place(self, quantity: int) -> Any:
        """Place orders."""
        placed: list[Order] = []
        with may_be_refused("no_stock", "limit_annual"):
            placed = self.market.place({self.offer.id: quantity}, key=self.key())
        return multiple(*(each.id for each in placed))

    @rule(target=orders, quantity=st.integers(1, 3), depth=st.integers(1, 11))
    def place_and_go_on(self, quantity: int, depth: int) -> Any:
        """Place orders that pass the first steps without an obstacle, up to a return."""
        placed: list[Order] = []
        with may_be_refused("no_stock", "limit_annual"):
            placed = self.market.place({self.offer.id: quantity}, key=self.key())
        for order in placed:
            for step in self._steps(order)[:depth]:
                step()
        return multiple(*(each.id for each in placed))

    def _steps(self, order: Order) -> list[Callable[[], object]]:
        def list_is(code: str) -> Callable[[], object]:
            return lambda: self.customs_answers_the_list_of(order.id, code)

        return [
            lambda: self.market.pay(order),
            lambda: self.market.ship(order),
            lambda: self.market.declare(order),
            lambda: self.customs_stores(order.id),
            list_is("120"),
            list_is("399"),
            list_is("800"),
            lambda: self.market.report(order, "delivered"),
            lambda: self.ask_return_of(order.id, 1, "damaged"),
            lambda: self.customs_answers_a_return_of(order.id, "399"),
            lambda: self.goods_of(order.id, restocked=True),
        ]

    @rule(number=orders, declined=st.booleans())
    def pay(self, number: str, declined: bool) -> None:
        """Begin to pay, as the person whom the order named first: its name may have been corrected since."""
        with may_be_refused("order_not_payable", "payer_not_buyer"):
            self.market.begin_payment(self.read(number), key=self.key(), method="declined" if declined else "approved")

    @rule(most=st.integers(1, 3))
    def provider_answers(self, most: int) -> None:
        """The payment provider gets messages and answers."""
        self.market.send(most)

    @rule(number=orders)
    def chargeback(self, number: str) -> None:
        """The buyer disputes the payment."""
        order = self.read(number)
        payment: Payment | None = self.market.books.read(order.paying) if order.paying else None
        if payment is not None and payment.captured:
            dispute = ProviderDispute(reference="dp", amount=payment.captured, status="opened")
            snapshot = Snapshot(reference=payment.reference, disputes=(dispute,))
            self.tried(lambda tx: receive.receive(tx, payment.id, snapshot))

    @rule(number=orders, reason=st.sampled_from(CANCEL_REASONS))
    def cancel(self, number: str, reason: str) -> None:
        """Cancel."""
        self.tried(lambda tx: cancel_order(tx, number, reason, by=BUYER))

    @rule(number=orders, name=st.sampled_from(["张伟", "张炜"]), address=st.sampled_from(["", "上海市浦东新区1号"]))
    def correct_the_contact(self, number: str, name: str, address: str) -> None:
        """The buyer corrects the contact."""
        contact = {"name": name} | ({"address": address} if address else {})
        self.tried(lambda tx: correct_order(tx, number, by=BUYER, contact=contact))

    @rule(number=orders, code=st.sampled_from(["0901210000", "0901220000", "2204210000"]))
    def correct_the_code(self, number: str, code: str) -> None:
        """The seller corrects the code, where the price stays."""
        with may_be_refused():
            checked = check_goods(self.read(number), {1: {"hs_code": code}}, self.market.quotes)
            self.tried(lambda tx: correct_order(tx, number, by=SELLER, checked=checked))

    @rule(number=orders, reason=st.sampled_from(REFUSAL_REASONS))
    def refuse_a_return(self, number: str, reason: str) -> None:
        """The seller refuses the returns of an order."""
        for each in self.read(number).returns:
            before: Return = self.market.books.read(each)
            self.tried(partial(refuse_return, number=each, reason=reason, by=SELLER))
            after: Return = self.market.books.read(each)
            if before.approved and not after.approved:
                self.bound += 2_600_000

    @rule(number=orders)
    def expire(self, number: str) -> None:
        """The node looks for orders that were not paid in time."""
        self.tried(lambda tx: expire_order(tx, number))

    @rule()
    def law_changes(self) -> None:
        """Another law is in force from now on."""
        self.market.quotes.changed += "x"

    @rule(number=orders)
    def requote(self, number: str) -> None:
        """The buyer looks whether the quote holds, and accepts a new one."""
        order = self.tried(lambda tx: check_quote(tx, number, self.market.quotes))
        new = new_quote(order, self.market.quotes, self.market.clock())
        self.tried(lambda tx: accept_quote(tx, number, new.id, new.hash, self.market.quotes, by=BUYER))

    @rule(number=orders)
    def ship(self, number: str) -> None:
        """Create the parcel."""
        with may_be_refused("order_not_paid", "one_parcel"):
            self.market.ship(self.read(number), f"WB{number[-16:]}")

    @rule(number=orders)
    def declare(self, number: str) -> None:
        """Open the declaration, as the channel to customs does: of a paid order with a parcel."""
        order = self.read(number)
        live = [status for status in order.declarations.values() if status != "cancelled"]
        if order.payment == "captured" and order.shipments and not live and order.state == "placed":
            self.market.declare(order, attempt=len(order.declarations) + 1)

    @rule(number=orders, document=st.sampled_from(["order", "payment", "waybill"]), code=st.sampled_from(CODES))
    def customs_answers_a_document(self, number: str, document: str, code: str) -> None:
        """A receipt."""
        if found := self.declaration(number):
            self.market.answer(found, document, code)

    @rule(number=orders)
    def customs_stores_the_documents(self, number: str) -> None:
        """The way that most orders take."""
        self.customs_stores(number)

    def customs_stores(self, number: str) -> None:
        """Customs stores the three documents."""
        if found := self.declaration(number):
            for document in ("order", "payment", "waybill"):
                self.market.answer(found, document, "120")

    @rule(number=orders, code=st.sampled_from(CODES))
    def customs_answers_the_list(self, number: str, code: str) -> None:
        """A receipt."""
        self.customs_answers_the_list_of(number, code)

    def customs_answers_the_list_of(self, number: str, code: str) -> None:
        """Customs answers the list of an order, if one was sent."""
        found = self.declaration(number)
        if found and "list" in found.messages:
            after = self.market.answer(found, "list", code)
            # A list that customs refused and then released counts, also above the limit: its answer decides.
            if found.status in ("refused", "cancelled") and after.status == "released":
                self.bound += 2_600_000

    @rule(number=orders, code=st.sampled_from(["399", "100", "-623005"]))
    def customs_answers_the_cancellation(self, number: str, code: str) -> None:
        """A receipt."""
        found = self.declaration(number)
        if found and found.cancellation:
            self.market.answer(found, "cancellation", code)

    @rule(number=orders, state=st.sampled_from(TRANSPORT_STATES[1:]))
    def carrier_reports(self, number: str, state: str) -> None:
        """A report."""
        if self.read(number).shipments:
            with may_be_refused("shipment_state"):
                self.market.report(self.read(number), state)

    @rule(number=orders, quantity=st.integers(1, 2), reason=st.sampled_from(RETURN_REASONS))
    def ask_return(self, number: str, quantity: int, reason: str) -> None:
        """Apply for a return."""
        self.ask_return_of(number, quantity, reason)

    def ask_return_of(self, number: str, quantity: int, reason: str) -> None:
        """Apply for a return of an order."""
        self.tried(lambda tx: apply_for_return(tx, number, {1: quantity}, reason, by=BUYER, key=self.key()))

    @rule(number=orders, code=st.sampled_from(["399", "100"]))
    def customs_answers_a_return(self, number: str, code: str) -> None:
        """A receipt."""
        self.customs_answers_a_return_of(number, code)

    def customs_answers_a_return_of(self, number: str, code: str) -> None:
        """Customs answers the last return of an order."""
        found = self.declaration(number)
        if found and found.returns:
            answered = sorted(found.returns)[-1 - (self.keys % len(found.returns))]
            self.market.answer(found, "return", code, own=own_number(answered))

    @rule(number=orders)
    def the_seller_refuses_a_return(self, number: str) -> None:
        """The goods are not as they were."""
        for each in self.read(number).returns:
            before: Return = self.market.books.read(each)
            self.tried(partial(refuse_return, number=each, reason="used", by=SELLER))
            after: Return = self.market.books.read(each)
            if before.approved and not after.approved:
                self.bound += 2_600_000

    @rule(data=st.data())
    def the_operator_discards_a_message(self, data: st.DataObject) -> None:
        """A message that waits is given up for good."""
        waiting = self.market.books.outbox.listed(state="waiting")
        if waiting:
            message = data.draw(st.sampled_from(waiting))
            discard_from(self.market.books, message.id, self.market.clock(), Operator("og_operator"))

    @rule(number=orders)
    def the_operator_asks_the_provider_again(self, number: str) -> None:
        """What the provider refused, or did not get, is asked for again."""
        if paying := self.read(number).paying:
            self.tried(partial(ask_provider_again, number=paying))

    @rule(number=orders)
    def the_seller_declares_again(self, number: str) -> None:
        """What customs refused, or did not get, is sent again."""
        self.tried(lambda tx: ask_declaration(tx, number, by=SELLER))

    @rule(number=orders, restocked=st.booleans())
    def goods_come_back(self, number: str, restocked: bool) -> None:
        """The goods of a return arrive, or do not in time."""
        self.goods_of(number, restocked=restocked)

    def goods_of(self, number: str, *, restocked: bool) -> None:
        """The goods of the returns of an order arrive."""
        for each in self.read(number).returns:
            before: Return = self.market.books.read(each)
            self.tried(partial(lapse_return, number=each))
            self.tried(partial(receive_return, number=each, restocked=restocked))
            after: Return = self.market.books.read(each)
            if before.approved and not after.approved:
                self.bound += 2_600_000  # the goods stay in the country: customs counts them

    @rule(days=st.integers(1, 46))
    def time_passes(self, days: int) -> None:
        """Days pass."""
        self.market.clock.pass_days(days)

    @invariant()
    def every_state_is_in_its_table(self) -> None:
        """Words and states."""
        for order in self.market.books.list_objects("or_"):
            assert order.status in {each.word for each in WORDS}
            assert order.state in ORDER_STATES
            for name, states in STATES.items():
                assert set(getattr(order, name).values()) <= set(states)
                for number, status in getattr(order, name).items():
                    assert self.market.books.read(number).status == status

    @invariant()
    def the_books_balance_and_every_bound_holds(self) -> None:
        """Sums of each unit, stock and limit."""
        balances = self.market.books.balances("")
        sums: dict[str, int] = {}
        for (account, unit), amount in balances.items():
            sums[unit] = sums.get(unit, 0) + amount
            if account.startswith(("stock/", "reserved/", "sold/", "buyer/")) or account.endswith(
                ("/reserved", "/used")
            ):
                assert amount >= 0, account
            if account.startswith("limit/") and account.count("/") == 3:
                assert amount >= -self.bound
        assert not any(sums.values())
        of_offer = [amount for (_, unit), amount in balances.items() if unit == self.offer.id and amount > 0]
        assert sum(of_offer) == STOCK

    @invariant()
    def the_limit_is_what_the_orders_have_taken(self) -> None:
        """Reserved and used are the sums over the orders."""
        taken = {"reserved": 0, "used": 0}
        for order in self.market.books.list_objects("or_", limit=1000):
            if order.limit is not None and order.limit.state in taken:
                taken[order.limit.state] += order.limit.amount - order.limit.returned
        balances = self.market.books.balances("limit/")
        for name, amount in taken.items():
            assert sum(each for (account, _), each in balances.items() if account.endswith(f"/{name}")) == amount

    @invariant()
    def nothing_waits_for_an_answer_that_cannot_come(self) -> None:
        """Who waits for customs has asked it; what is owed to a buyer is on its way, or is shown."""
        for order in self.market.books.list_objects("or_", limit=1000):
            declarations = [self.market.books.read(each) for each in order.declarations]
            if order.state == "cancelling":
                assert any(each.cancellation == "asked" for each in declarations), order.id
            for number, status in order.returns.items():
                asked = [each.returns[number] for each in declarations if number in each.returns]
                if status in ("asked", "received") and asked:
                    assert asked == ["asked"], (number, status, asked)
            payment = self.market.books.read(order.paying) if order.paying else None
            if payment is not None and (order.state == "cancelled" or order.status == "returned_abroad"):
                assert not payment.refundable, order.id
                failed = any(each.status == "failed" for each in payment.refunds.values())
                assert ("refund_failed" in order.attention) == failed

    @invariant()
    def no_piece_and_no_amount_comes_back_twice(self) -> None:
        """Pieces that come back, and what is paid back for them."""
        for order in self.market.books.list_objects("or_", limit=1000):
            assert all(0 <= order.returned.get(str(each.number), 0) <= each.quantity for each in order.lines)
            assert order.limit is None or 0 <= order.limit.returned <= order.limit.amount
            for number in order.payments:
                payment = self.market.books.read(number)
                assert payment.refunding <= payment.captured

    def teardown(self) -> None:
        """Every object follows from the events of its stream."""
        states: dict[str, Any] = {}
        for _, event in self.market.books.events(limit=100_000):
            states[event.stream] = kind_of(event.stream, KINDS).apply(states.get(event.stream), event)
        for number, state in states.items():
            assert state == self.market.books.read(number)


def test_the_table_of_an_order_names_only_its_states() -> None:
    assert {state for state, _ in MOVES} | set(MOVES.values()) == set(ORDER_STATES)


QUICK = settings(max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestOrders = Orders.TestCase
TestOrders.settings = QUICK


@pytest.mark.long
def test_many_more_and_longer_sequences() -> None:
    run_state_machine_as_test(
        Orders, settings=settings(QUICK, max_examples=size(20, 300), stateful_step_count=size(30, 60))
    )
