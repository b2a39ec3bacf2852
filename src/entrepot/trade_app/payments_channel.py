"""The channel `payments` of the outbox, the notifications of the provider, and what is asked again from time to time.

authorize, capture, cancel, refund    requests about a payment: `trade.payments.deliver`
payout                                money to a seller
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from entrepot.app import library
from entrepot.mail_settings import read_mail
from entrepot.payment_settings import PaymentSettings, read_payments
from entrepot.setting_names import CUSTOMS_CN
from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.outbox import Channel
from entrepot.trade.payments import deliver
from entrepot.trade.payments.commands import Policy
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.notices import Received, receive_notification
from entrepot.trade.payments.payouts import Payout, receive_payout
from entrepot.trade.payments.provider import PaymentProvider, ProviderDown, ProviderRefused
from entrepot.trade.payments.receive import receive
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Books, NotFound
from entrepot.trade_app.books import open_books

#: Payments that are older, and not ended, are asked for once an hour: a notification may have been lost.
ASKED_AFTER = dt.timedelta(hours=1)
#: The states of payments of which something is expected.
_WAITING = ("created", "requires_action", "authorized")
#: The most objects that are asked for each time, and how many states are read at once.
MOST, PAGE = 1000, 100
SENDER = "reconcile"


@lru_cache(maxsize=1)
def settings() -> PaymentSettings:
    """The settings of payments of this process. Raises ConfigurationError."""
    return read_payments(os.environ)


@lru_cache(maxsize=1)
def open_delivery() -> Delivery:
    """The books of this node with its provider. Raises StoreError, ConfigurationError."""
    return delivery(open_books(), settings(), buyers_authenticated=buyers_authenticated(os.environ))


def buyers_authenticated(environment: Mapping[str, str]) -> bool:
    """Whether the platform authenticates its buyers: the settings of the connection to China's customs say so."""
    if CUSTOMS_CN not in environment:
        return False
    from entrepot.trade_app.customs_connection import read_connection  # noqa: PLC0415  # loads libraries of signatures

    found = read_connection(environment)
    return found is not None and found.authenticated


def delivery(books: Books, given: PaymentSettings, *, buyers_authenticated: bool = False) -> Delivery:
    """Where payments are sent, by the settings."""
    policy = Policy(buyers_authenticated=buyers_authenticated, fee_millionths=given.fee_millionths)
    if not given.provider:
        return Delivery(books, {}, policy)
    made = _PROVIDERS[given.provider](given)
    payouts = {made.name: made} if given.provider == "sandbox" else {}
    return Delivery(books, {made.name: made}, policy, payouts, page_of_order)


def page_of_order(payment: Payment) -> str:
    """The page of the order of a payment, in the language of the buyer's organization; "" where it has none."""
    from entrepot.store.people import organizations  # noqa: PLC0415  # after the settings

    node = read_mail(os.environ).url
    buyer = next((found for each in payment.owners[1:] if (found := organizations.find_organization(each))), None)
    return f"{node}/{buyer.language}/orders/{payment.order}/" if node and buyer is not None else ""


def _sandbox(given: PaymentSettings) -> Any:
    from entrepot.connect.payments.sandbox import SandboxPayments  # noqa: PLC0415  # only the one that is set

    return SandboxPayments(given.address, given.key, given.secret)


def _stripe(given: PaymentSettings) -> Any:
    from entrepot.connect.payments import stripe  # noqa: PLC0415  # its library takes half a second

    decimals = library().world.decimals
    return stripe.Stripe(given.key, given.secret, decimals, address=given.address or stripe.ADDRESS)


_PROVIDERS: Mapping[str, Callable[[PaymentSettings], Any]] = {"sandbox": _sandbox, "stripe": _stripe}


def channel() -> Channel:
    """How the messages of the channel `payments` are sent."""
    return deliver.channel(open_delivery())


def provider(name: str) -> PaymentProvider:
    """The provider of a name. Raises NotFound if it is not set."""
    found = open_delivery().providers.get(name)
    if found is None:
        raise NotFound(name)
    return found


def notified(name: str, body: bytes, headers: Mapping[str, str]) -> Received:
    """Record a notification of a provider. Raises NotFound, NotificationRefused, StoreError."""
    made = open_delivery()
    return receive_notification(made.books, provider(name), body, headers, policy=made.policy)


def ask_again(made: Delivery, now: dt.datetime) -> int:
    """Ask the provider for payments and payouts of which nothing was heard for long. Returns how many were asked for.

    A provider that is down is asked the next time.
    """
    before = timestamp(now - ASKED_AFTER)
    asked = 0
    with suppress(ProviderDown):
        for status in _WAITING:
            for payment in _objects(made.books, "py_", status, before):
                asked += _ask_payment(made, payment)
        for payout in _objects(made.books, "po_", "in_transit", before):
            asked += _ask_payout(made, payout)
    return asked


def _objects(books: Books, prefix: str, status: str, before: str) -> list[Any]:
    found: list[Any] = []
    last = ""
    while len(found) < MOST and (page := books.list_objects(prefix, status=status, before=last, limit=PAGE)):
        found += [each for each in page if each.created < before and each.reference]
        last = page[-1].id
    return found


def _ask_payment(made: Delivery, payment: Payment) -> int:
    asked = made.providers.get(payment.provider)
    if asked is None:
        return 0
    with suppress(ProviderRefused, NotAllowed, Insufficient):
        snapshot = asked.read(payment.reference)
        made.books.run(lambda tx: receive(tx, payment.id, snapshot, cause=SENDER, policy=made.policy))
    return 1


def _ask_payout(made: Delivery, payout: Payout) -> int:
    asked = made.payouts.get(payout.provider)
    if asked is None:
        return 0
    with suppress(ProviderRefused, NotAllowed, Insufficient):
        answer = asked.read_payout(payout.reference)
        made.books.run(lambda tx: receive_payout(tx, payout.id, answer, cause=SENDER))
    return 1
