"""What becomes of a checkout that was accepted: its orders are paid, or cancelled again where they cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from operator import methodcaller
from typing import Any

import msgspec

from entrepot.connect.ucp.sessions import COMPLETED, IN_PROGRESS, OPEN, Session
from entrepot.model.errors import TradeError
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade import cancelling, paying
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.orders import Order, request_reference
from entrepot.trade.payments.commands import Means
from entrepot.trade.payments.state import ENDED, Payment
from entrepot.trade.ports import Outgoing
from entrepot.trade_app.books import open_books
from entrepot.trade_app.payments_channel import open_delivery
from entrepot.trade_app.ucp import node, sessions
from entrepot.trade_app.ucp.assess import QUOTES
from entrepot.trade_app.ucp.sessions import Changed, Stored

#: Seconds after which a completion whose process ended before it had placed or paid the orders is given up.
ABANDONED = dt.timedelta(seconds=60)
_PAYER = ("name", "identity_type", "identity_number", "telephone")
#: States of a payment with which an order counts as placed: the money is there, or is reserved.
_SETTLED = frozenset({"authorized", "captured", "deposit_returned", "partially_refunded", "refunded", "disputed"})


def key_of(session: Session) -> str:
    """The key by which the orders of an attempt are placed once."""
    return f"{session.id}:{session.attempt}"


def orders_of(session: Session) -> list[Order]:
    """The orders of a session, in the order in which they were placed."""
    books = open_books()
    if session.orders:
        return [books.read(number) for number in session.orders]
    first = books.lookup(request_reference(session.id, key_of(session))) if session.attempt else None
    return [books.read(number) for number in books.read(first).siblings] if first is not None else []


def begin_payments(session: Session, orders: Sequence[Order], token: str) -> None:
    """Begin to pay each order with a token of the provider. Nothing is paid where the node has no provider."""
    provider = node.provider()
    if not provider:
        return
    policy, books = open_delivery().policy, open_books()
    for order in orders:
        personal: Mapping[str, str] = books.run(methodcaller("get_personal", order.buyer.personal))
        means = Means(
            provider=provider,
            currency=order.quote.amounts.currency,
            method=token,
            payer={name: personal[name] for name in _PAYER if name in personal} if order.buyer.identity else {},
        )

        def command(tx: Any, number: str = order.id, means: Means = means) -> Any:
            return paying.pay_order(tx, number, means, QUOTES, by=session.id, key=key_of(session), policy=policy)

        books.run(command)


def settle(stored: Stored) -> Stored:
    """The session after what happened since: it expired, its orders were paid, or they could not be."""
    settled = _settled(stored.session)
    if settled.status == COMPLETED != stored.session.status:
        _confirm(settled)
    try:
        return sessions.save(stored, settled)
    except Changed:  # another request has settled it
        return sessions.find(stored.session.id) or stored


def _confirm(session: Session) -> None:
    """Put the confirmation to the buyer into the outbox, once: before the change is saved, so that it is not lost."""
    message = Outgoing("email", "checkout.completed", {"checkout": session.id}, f"{session.id}:completed")
    DatabaseOutbox().put([message], dt.datetime.now(dt.UTC))


def _settled(session: Session) -> Session:
    now = dt.datetime.now(dt.UTC)
    if session.status in OPEN:
        return session.moved("end") if session.expires <= timestamp(now) else session
    if session.status != IN_PROGRESS:
        return session
    orders = orders_of(session)
    abandoned = session.accepted <= timestamp(now - ABANDONED)
    if not orders:
        return session.moved("failed") if abandoned else session
    session = msgspec.structs.replace(session, orders=tuple(each.id for each in orders))
    payments = [_payment(each) for each in orders]
    if not node.provider() or all(each is not None and each.status in _SETTLED for each in payments):
        return msgspec.structs.replace(session.moved("placed"), contact={})  # the orders have what customs asks for
    lost = any(each is not None and _failed(each) for each in payments)
    ended = any(each.state == "cancelled" for each in orders)
    if lost or ended or (abandoned and None in payments):
        cancel_orders(session)
        return msgspec.structs.replace(session.moved("failed"), orders=(), problem="payment_failed")
    return session


def buyer_acts(session: Session) -> bool:
    """Whether the payment waits for the buyer, on a page of the provider."""
    return any(each is not None and each.state == "requires_action" for each in map(_payment, orders_of(session)))


def pay_addresses(session: Session) -> list[str]:
    """The pages of the provider on which the buyer pays, where it waits for that."""
    found = []
    for order in orders_of(session):
        payment = _payment(order)
        if payment is not None and payment.state == "requires_action" and payment.action:
            action: Mapping[str, str] = open_books().run(methodcaller("get_personal", payment.action))
            found.append(action.get("url", ""))
    return [each for each in found if each.startswith(("https://", "http://"))]


def cancel_orders(session: Session) -> bool:
    """Cancel the orders of a session that is not completed. False if one of them cannot be cancelled."""
    done = True
    for order in orders_of(session):
        if order.state == "cancelled":
            continue
        try:
            open_books().run(partial(cancelling.cancel_order, number=order.id, reason="other", by=session.id))
        except TradeError:
            done = False
    return done


def _payment(order: Order) -> Payment | None:
    return open_books().read(order.paying) if order.paying else None


def _failed(payment: Payment) -> bool:
    return payment.state in ENDED or (payment.state == "created" and payment.declined > 0)
