"""No sequence of commands, answers and notifications leaves the books unbalanced or a payment outside its table."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from entrepot.trade.objects import NotAllowed
from entrepot.trade.payments import commands
from entrepot.trade.payments.provider import ProviderRefused, Snapshot
from entrepot.trade.payments.state import STATES, Payment
from entrepot.trade.status import PAYMENT_STATES
from trade.payment_steps import HAN, LEE, TOTAL, Node

#: Accounts that shares are owed to.
OWED = ("seller", "platform", "customs", "carrier")
AMOUNTS = st.integers(1, TOTAL)
#: A step that is refused changes nothing: that is one of the outcomes.
REFUSED = (NotAllowed, ProviderRefused)


class Payments(RuleBasedStateMachine):
    """Two orders, each of which may have several payments, and a provider of which every message can be late."""

    payments = Bundle("payments")
    notifications = Bundle("notifications")

    @initialize()
    def begin(self) -> None:
        """Empty books."""
        self.node = Node()
        self.count = 0
        self.numbers: list[str] = []

    @rule(
        target=payments,
        order=st.sampled_from(("or_1", "or_2")),
        method=st.sampled_from(("", "approved", "declined")),
        capture=st.sampled_from(("manual", "automatic")),
    )
    def start(self, order: str, method: str, capture: str) -> str:
        """A buyer begins to pay."""
        payment = self.node.start(
            self.node.due(order, buyer=LEE), key=self.key(), method=method, capture=capture, payer=LEE
        )
        self.numbers.append(payment.id)
        return payment.id

    @rule()
    def send(self) -> None:
        """The outbox is sent."""
        self.node.send()

    @rule()
    def answers_are_lost(self) -> None:
        """The provider acts, and the process is killed before it records the answer: the request is sent again."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("entrepot.trade.payments.deliver.receive", _killed)
            with contextlib.suppress(_Killed):
                self.node.send()
        self.node.clock.time += dt.timedelta(minutes=2)

    @rule(number=payments, amount=st.none() | AMOUNTS)
    def capture(self, number: str, amount: int | None) -> None:
        """All or a part is captured."""
        self.command(lambda tx: commands.capture(tx, number, amount, key=self.key()))

    @rule(number=payments)
    def cancel(self, number: str) -> None:
        """A payment is cancelled."""
        self.command(lambda tx: commands.cancel(tx, number, key=self.key()))

    @rule(number=payments, amount=st.none() | AMOUNTS)
    def refund(self, number: str, amount: int | None) -> None:
        """All or a part is refunded."""
        self.command(lambda tx: commands.refund(tx, number, amount, key=self.key()))

    @rule(number=payments)
    def retry_refunds(self, number: str) -> None:
        """Refunds that failed are tried again."""
        for each in self.node.read(number).refunds:
            self.command(partial(commands.retry_refund, number=number, refund=each, key=self.key()))

    @rule(number=payments, amount=st.sampled_from((None, TOTAL - 1)), payer=st.sampled_from((None, HAN)))
    def approve(self, number: str, amount: int | None, payer: dict[str, str] | None) -> None:
        """The buyer, or another person, approves the amount or another one."""
        if (found := self.at_provider(number)) and found.status in ("created", "requires_action"):
            self.node.provider.approve(found.reference, amount=amount, payer=payer)

    @rule(number=payments)
    def decline(self, number: str) -> None:
        """The bank declines."""
        if (found := self.at_provider(number)) and found.status == "requires_action":
            self.node.provider.decline(found.reference)

    @rule(number=payments)
    def expire(self, number: str) -> None:
        """The authorisation ends."""
        if (found := self.at_provider(number)) and found.status == "authorized":
            self.node.provider.expire(found.reference)

    @rule(number=payments, amount=AMOUNTS)
    def capture_at_provider(self, number: str, amount: int) -> None:
        """The money is captured by hand at the provider."""
        if found := self.at_provider(number):
            with contextlib.suppress(ProviderRefused):
                self.node.provider.capture(found.reference, amount, "CNY", final=True, key=self.key())

    @rule(number=payments, amount=AMOUNTS, status=st.sampled_from(("opened", "won", "lost")))
    def dispute(self, number: str, amount: int, status: str) -> None:
        """The buyer opens a dispute, or it ends."""
        found = self.at_provider(number)
        if found is None or not found.captured or any(each.status != "failed" for each in found.refunds):
            return
        known = found.disputes[0] if found.disputes else None
        if known is None:
            self.node.provider.dispute(found.reference, min(amount, found.captured))
        elif known.status == "opened":
            self.node.provider.dispute(found.reference, known.amount, status)

    @rule(number=payments, at=st.integers(0, 3))
    def fail_refund(self, number: str, at: int) -> None:
        """A refund fails at the bank, perhaps after it had succeeded."""
        if (found := self.at_provider(number)) and at < len(found.refunds):
            self.node.provider.fail_refund(found.reference, found.refunds[at].refund)

    @rule(target=notifications, number=payments)
    def notify(self, number: str) -> Any:
        """The provider signs a notification, which arrives later, or never."""
        found = self.at_provider(number)
        return self.node.provider.notify(found.reference) if found else multiple()

    @rule(said=notifications)
    def take(self, said: tuple[bytes, dict[str, str]]) -> None:
        """A notification arrives, perhaps again."""
        self.node.take(*said)

    @invariant()
    def books_balance(self) -> None:
        """The entries sum to zero and agree with the states of the payments."""
        balances = self.node.balances()
        assert sum(balances.values()) == 0
        assert all(amount >= 0 for account, amount in balances.items() if account.startswith("buyer/"))
        found = [self.node.read(number) for number in self.numbers]
        assert balances.get("provider/memory", 0) == -sum(_held(each) for each in found)
        for each in found:
            assert each.state in STATES
            assert each.status in PAYMENT_STATES
            assert each.unallocated >= 0
        assert {name: amount for name, amount in balances.items() if name.split("/")[0] in OWED} == _owed(found)

    def teardown(self) -> None:
        """Once all is sent and told, the books have what the provider has."""
        for _ in range(4):
            self.node.send()
            for number in self.numbers:
                if found := self.at_provider(number):
                    self.node.take(*self.node.provider.notify(found.reference))
        if self.node.books.list_objects("no_"):
            return
        for number in self.numbers:
            payment, found = self.node.read(number), self.at_provider(number)
            if found is not None:
                assert payment.captured == (found.captured or 0)
                back = sum(each.amount for each in found.refunds if each.status == "succeeded")
                assert payment.refunded == back
                assert not payment.hold or payment.status in ("failed", "cancelled", "expired")
        self.books_balance()

    def key(self) -> str:
        """A new idempotency key."""
        self.count += 1
        return f"k{self.count}"

    def command(self, run: Callable[[Any], Payment]) -> None:
        """Run a command, which may be refused."""
        with contextlib.suppress(*REFUSED):
            self.node.books.run(run)

    def at_provider(self, number: str) -> Snapshot | None:
        """The payment as the provider has it, whether the node knows it or not."""
        return next((each for each in self.node.provider.payments.values() if each.payment == number), None)


class _Killed(Exception):
    """The process ended."""


def _killed(*_given: object, **_named: object) -> None:
    raise _Killed


def _held(payment: Payment) -> int:
    return payment.captured - payment.refunded - payment.in_dispute


def _owed(payments: list[Payment]) -> dict[str, int]:
    """What accounts are owed by the shares of payments, less refunds and disputes that were lost."""
    found: dict[str, int] = {}
    for payment in payments:
        shares = [(each, 1) for each in payment.allocated]
        shares += [(share, -1) for each in payment.refunds.values() for share in each.shares]
        shares += [(share, -1) for each in payment.disputes.values() for share in each.shares]
        for share, sign in shares:
            found[share.account] = found.get(share.account, 0) + sign * share.amount
    return {account: amount for account, amount in found.items() if amount}


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
