"""A node with one payment provider in memory, for the tests of payments."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

from entrepot.trade.accounts import sale_shares
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.outbox import attempt
from entrepot.trade.payments import commands, deliver, notices
from entrepot.trade.payments.commands import Due, Means, Policy
from entrepot.trade.payments.memory import MemoryProvider
from entrepot.trade.payments.state import Payment
from trade.tally import Clock

LEE = {"name": "李雷", "identity_type": "1", "identity_number": "110105194912310021", "telephone": "13800138000"}
HAN = {**LEE, "name": "韩梅", "identity_number": "110105194912310022"}
#: Goods 100.00, of which the platform keeps 5.00; freight 5.00 to a carrier; duties and taxes 9.10.
SHARES = sale_shares("og_a", 10000, fee=500, shipping=500, carried_by="post", duties_and_taxes=910, economy="CN")
TOTAL = 11410
#: What the accounts have once the order of the tests is paid. Worked out by hand: the buyer paid 114.10, which the
#: provider holds; the seller is owed 100.00 less a fee of 5.00, the carrier 5.00, customs 9.10.
PAID = {"provider/memory": -11410, "seller/og_a": 9500, "platform/fees": 500, "carrier/post": 500, "customs/CN": 910}


class Node:
    """Books in memory and a provider. `send` sends what the outbox holds."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.clock = Clock()
        self.books = MemoryBooks(KINDS, now=self.clock, random=os.urandom)
        self.provider = MemoryProvider(now=self.clock)
        self.policy = policy or Policy()
        self.delivery = deliver.Delivery(self.books, {"memory": self.provider}, self.policy)

    def due(self, order: str = "or_1", *, buyer: Mapping[str, str] | None = None) -> Due:
        """What an order of CNY 114.10 asks for; with a buyer, customs asks who pays."""
        reference = ""
        if buyer is not None:
            until = dt.date(2030, 1, 1)
            reference = self.books.run(lambda tx: tx.put_personal("us_1", "order", buyer, retain_until=until))
        return Due(
            order=order,
            amount=TOTAL,
            currency="CNY",
            shares=SHARES,
            owners=("og_a", "us_1"),
            identity=buyer is not None,
            buyer=reference,
        )

    def start(self, due: Due | None = None, *, key: str = "k", **means: Any) -> Payment:
        """Begin to pay an order."""
        given = Means(**{"provider": "memory", "currency": "CNY", **means})
        wanted = due or self.due()
        return self.books.run(lambda tx: commands.start_payment(tx, wanted, given, key=key, policy=self.policy))

    def send(self) -> None:
        """Send all messages of the outbox until none is due. What could not be sent now is tried again later."""
        queue, channel = self.books.outbox, deliver.channel(self.delivery)
        while claimed := queue.claim(
            commands.CHANNEL, self.clock(), lease="test", seconds=60, limit=100, in_order=channel.in_order
        ):
            for message in claimed:
                attempt(queue, channel, message, self.clock, 1.0)

    def paid(self, **means: Any) -> Payment:
        """A payment that is captured."""
        payment = self.start(method="approved", **means)
        self.send()
        self.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
        self.send()
        return self.read(payment.id)

    def take(self, body: bytes, headers: Mapping[str, str]) -> notices.Received:
        """Take a notification."""
        return notices.receive_notification(self.books, self.provider, body, headers, policy=self.policy)

    def notified(self, payment: Payment, **named: Any) -> notices.Received:
        """The provider notifies of a payment as it is now."""
        return self.take(*self.provider.notify(payment.reference, **named))

    def read(self, number: str) -> Payment:
        """A payment."""
        found: Payment = self.books.read(number)
        return found

    def balances(self) -> dict[str, int]:
        """The accounts that are not at 0."""
        return {account: amount for (account, _), amount in self.books.balances("").items() if amount}
