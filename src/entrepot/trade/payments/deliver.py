"""Send the requests about payments that the outbox holds, and record the answers.

A request that was answered, but whose answer was not recorded (the process was killed), is sent again with the same
key: the provider answers as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.objects import NotAllowed
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.payments.commands import STRICT, Policy, record
from entrepot.trade.payments.payouts import Payout, fail_payout, order_of, receive_payout
from entrepot.trade.payments.provider import (
    Authorization,
    PaymentProvider,
    PayoutProvider,
    ProviderDown,
    ProviderRefused,
    Snapshot,
)
from entrepot.trade.payments.receive import receive, refuse
from entrepot.trade.payments.state import ENDED, Payment
from entrepot.trade.ports import Books, NotFound, Transaction


class Delivery(NamedTuple):
    """Where requests are sent: the books, the providers by name, and the settings.

    `page_of`: the page on which the buyer sees the order of a payment; empty where there is none.
    """

    books: Books
    providers: Mapping[str, PaymentProvider]
    policy: Policy = STRICT
    payouts: Mapping[str, PayoutProvider] = {}
    page_of: Callable[[Payment], str] = lambda _payment: ""


#: Tried for 21 hours at most: providers know a key for a day (Stripe: at least 24 hours), and then do the same again.
BACKOFF = Backoff(first=2, factor=2, most=1800, attempts=50)


def channel(delivery: Delivery) -> Channel:
    """How the messages of the channel `payments` are sent.

    Not in order: each request looks at the state of its payment, so one that was given up stops no other.
    """
    given_up = partial(give_up, delivery)
    return Channel(partial(send, delivery), BACKOFF, in_order=False, slots=4, given_up=given_up)


def give_up(delivery: Delivery, message: Message, _reason: str) -> None:
    """A request to authorise or capture that was given up has failed: its order does not wait for it any more.

    Money that was taken nevertheless is recorded when the provider tells of it. A refund is not said to have failed:
    another one could pay it back twice.
    """
    if message.topic in ("authorize", "capture"):
        number, cause = str(message.body["payment"]), _cause(message)
        with suppress(NotFound):
            delivery.books.run(lambda tx: refuse(tx, number, message.topic, "not_answered", cause=cause))


def send(delivery: Delivery, message: Message) -> None:
    """Send one request and record the answer. Raises Later if it must be repeated, Refused if it makes no sense.

    What the provider refuses for good is recorded in the payment; the message itself was delivered.
    """
    if message.topic == "payout":
        _send_payout(delivery, message)
        return
    books = delivery.books
    number, refund = str(message.body["payment"]), str(message.body.get("refund", ""))
    try:
        payment: Payment = books.read(number)
    except NotFound:
        raise Refused(f"There is no payment {number}.") from None
    provider = delivery.providers.get(payment.provider)
    if provider is None:
        raise Later(f"The provider {payment.provider} is not set up. Set ENTREPOT_PAYMENTS.")
    if _nothing_to_do(books, payment, message, refund):
        return
    try:
        snapshot = _ask(delivery, provider, payment, message, refund)
    except ProviderDown as error:
        raise Later(str(error)) from error
    except ProviderRefused as error:
        try:
            _refused(delivery, provider, payment, message, refund, error)
        except (NotAllowed, Insufficient) as wrong:
            raise Refused(f"{provider.name} answered what cannot be: {wrong}") from wrong
        return
    try:
        books.run(lambda tx: receive(tx, number, snapshot, cause=_cause(message), policy=delivery.policy))
    except (NotAllowed, Insufficient) as error:
        # The answer cannot be true of this payment: the operator sees it among the messages that were given up.
        raise Refused(f"{provider.name} answered what cannot be: {error}") from error


def _send_payout(delivery: Delivery, message: Message) -> None:
    books, number = delivery.books, str(message.body["payout"])
    payout: Payout = books.read(number)
    provider = delivery.payouts.get(payout.provider)
    if provider is None:
        raise Later(f"The provider {payout.provider} is not set up. Set ENTREPOT_PAYMENTS.")
    if payout.status != "requested":
        return
    try:
        answer = provider.pay_out(books.run(lambda tx: order_of(tx, number)), key=message.key)
        books.run(lambda tx: receive_payout(tx, number, answer, cause=_cause(message)))
    except ProviderDown as error:
        raise Later(str(error)) from error
    except ProviderRefused as error:
        code = error.code
        books.run(lambda tx: fail_payout(tx, number, code, cause=_cause(message)))
    except (NotAllowed, Insufficient) as error:
        raise Refused(f"{provider.name} answered what cannot be: {error}") from error


def _cause(message: Message) -> str:
    """What an answer is recorded as the effect of: the request, with the payment or the refund that it was about."""
    body = message.body
    return f"{message.topic}:{body.get('refund') or body.get('payout') or body['payment']}"


def _nothing_to_do(books: Books, payment: Payment, message: Message, refund: str) -> bool:
    """Whether a request is settled, so that it is not sent. A payment cancelled before it was sent ends here."""
    topic = message.topic
    if topic == "authorize":
        if payment.cancel_requested and not payment.reference:
            books.run(lambda tx: record(tx, payment.id, "cancelled", {"error": "not_sent"}, cause=_cause(message)))
            return True
        return bool(payment.reference) or payment.state in ENDED
    if topic == "capture":
        return not payment.capturing
    if topic == "cancel":
        return not payment.cancel_requested or payment.state in ENDED
    return payment.refunds[refund].status != "pending"


def _ask(delivery: Delivery, provider: PaymentProvider, payment: Payment, message: Message, refund: str) -> Snapshot:
    key = message.key
    if message.topic == "authorize":
        page = delivery.page_of(payment)
        return provider.authorize(delivery.books.run(lambda tx: authorization(tx, payment.id, page)), key=key)
    if not payment.reference:
        raise Later(f"{payment.provider} has not answered yet that it knows {payment.id}.")
    if message.topic == "capture":
        amount = payment.capturing
        return provider.capture(payment.reference, amount, payment.currency, final=True, key=key)
    if message.topic == "cancel":
        return provider.cancel(payment.reference, key=key)
    if message.topic == "refund":
        known = payment.refunds[refund]
        if known.attempt > 1:
            # An earlier attempt may have been made without an answer: it is looked for before another one is made.
            found = provider.read(payment.reference)
            if any(each.refund == refund and each.reference not in known.past for each in found.refunds):
                return found
        return provider.refund(payment.reference, refund, known.amount, payment.currency, key=key)
    raise Refused(f"{message.topic} is not a request about payments.")


def authorization(tx: Transaction, number: str, page: str = "") -> Authorization:
    """What the provider is asked to authorise, with who pays, and the page of the order."""
    payment: Payment = tx.get(number)
    return Authorization(
        payment=payment.id,
        order=payment.order,
        amount=payment.amount,
        currency=payment.currency,
        capture=payment.capture,
        method=payment.method,
        payer=tx.get_personal(payment.payer) if payment.payer else {},
        return_url=page,
    )


def _refused(
    delivery: Delivery,
    provider: PaymentProvider,
    payment: Payment,
    message: Message,
    refund: str,
    error: ProviderRefused,
) -> None:
    """Record a refusal, after what the provider says of the payment: it may have ended, or been taken, meanwhile."""
    snapshot: Snapshot | None = None
    if payment.reference:
        try:
            snapshot = provider.read(payment.reference)
        except ProviderDown as down:
            raise Later(str(down)) from down
        except ProviderRefused:
            snapshot = None

    def command(tx: Transaction) -> None:
        if snapshot is not None:
            receive(tx, payment.id, snapshot, cause=_cause(message), policy=delivery.policy)
        refuse(tx, payment.id, message.topic, error.code, refund=refund, cause=_cause(message))

    delivery.books.run(command)
