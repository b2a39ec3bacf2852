"""Notifications of providers: each is recorded once, and one that cannot be acted on is kept for the operator.

An operator sees what was kept, with its body, and tries it again or closes it. Nothing that a provider signed is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.ledger.events import MAX_NAME, Event
from entrepot.trade.objects import Kind, NotAllowed
from entrepot.trade.payments.commands import STRICT, Policy
from entrepot.trade.payments.payouts import receive_payout
from entrepot.trade.payments.provider import Notification, NotificationRefused, PaymentProvider
from entrepot.trade.payments.receive import receive
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Books, Transaction

Outcome = Literal["recorded", "repeated", "ignored", "kept"]


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notification that was kept.

    `notification`: the provider's id; `digest`: SHA-256 of the body; `body`: its reference; `reason`: a code; `says`:
    why it could not be acted on. `status`: open, or done.
    """

    id: str
    provider: str
    notification: str
    kind: str
    reason: str
    says: str
    digest: str
    body: str
    created: str
    payment: str = ""
    status: str = "open"


def apply(notice: Notice | None, event: Event) -> Notice:
    """The notice after an event. Raises NotAllowed."""
    if notice is None and event.kind == "notice.kept":
        return msgspec.convert({**event.payload, "id": event.stream, "created": event.time}, Notice)
    if notice is not None and event.kind == "notice.done" and notice.status == "open":
        return msgspec.structs.replace(notice, status="done")
    raise NotAllowed("notice_state", "{notice} cannot have {event} now.", notice=event.stream, event=event.kind)


#: Only the operator sees notices: they belong to no organization.
KIND = Kind("no_", "notice", Notice, apply, lambda _notice: ())


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a notification. `payment`: it, or the payout; `notice`: what was kept; empty if there is none."""

    outcome: Outcome
    payment: str = ""
    notice: str = ""


def take(
    books: Books, provider: PaymentProvider, notification: Notification, body: bytes, *, policy: Policy = STRICT
) -> Received:
    """Record a verified notification: once, whatever its order. What cannot be true of its payment is kept.

    A second notification with the id of another one is kept and has no effect.
    """
    digest = hashlib.sha256(body).hexdigest()
    cause = notification.id if len(notification.id) <= MAX_NAME else f"sha256:{digest}"[:MAX_NAME]

    def command(tx: Transaction) -> Received:
        sender = f"payments:{provider.name}"
        if not tx.received(sender, f"{notification.id}#{digest}"):
            return Received(outcome="repeated")
        if not tx.received(sender, notification.id):
            return _keep(tx, provider.name, notification, body, digest, "id_reused", _REUSED, policy)
        if notification.payout is not None:
            return _take_payout(tx, provider.name, notification, body, digest, cause, policy)
        if notification.snapshot is None:
            return Received(outcome="ignored")
        number = _payment_of(tx, provider.name, notification)
        if number is None:
            return _keep(tx, provider.name, notification, body, digest, "payment_unknown", _UNKNOWN, policy)
        receive(tx, number, notification.snapshot, cause=cause, policy=policy)
        return Received(outcome="recorded", payment=number)

    try:
        return books.run(command)
    except NotAllowed as error:
        code, says = error.code, str(error)
    except Insufficient as error:  # an account would be below its floor: what was told cannot be true
        code, says = "insufficient", str(error)

    def keep(tx: Transaction) -> Received:
        sender = f"payments:{provider.name}"
        if not tx.received(sender, f"{notification.id}#{digest}"):
            return Received(outcome="repeated")
        tx.received(sender, notification.id)
        return _keep(tx, provider.name, notification, body, digest, code, says, policy)

    return books.run(keep)


def receive_notification(
    books: Books, provider: PaymentProvider, body: bytes, headers: Mapping[str, str], *, policy: Policy = STRICT
) -> Received:
    """Verify, read and record a notification. What is signed and cannot be read is kept, once.

    Raises NotificationRefused for a signature that does not match: nothing of that is stored.
    """
    try:
        notification = provider.parse(body, headers)
    except NotificationRefused as error:
        if error.code != "unreadable":
            raise
        says = str(error)[:MAX_SAYS]
    else:
        return take(books, provider, notification, body, policy=policy)
    digest = hashlib.sha256(body).hexdigest()
    unread = Notification(id="", kind="unreadable")

    def keep(tx: Transaction) -> Received:
        if not tx.received(f"payments:{provider.name}", f"#{digest}"):
            return Received(outcome="repeated")
        return _keep(tx, provider.name, unread, body, digest, "unreadable", says, policy)

    return books.run(keep)


#: Characters of why a notification could not be read.
MAX_SAYS = 500
_REUSED = "Another notification with this id was received before. This one has no effect."
_UNKNOWN_PAYOUT = "No payout of this node has this number."
_UNKNOWN = "No payment of this node has this number."


def _take_payout(
    tx: Transaction, provider: str, notification: Notification, body: bytes, digest: str, cause: str, policy: Policy
) -> Received:
    answer = notification.payout
    assert answer is not None  # noqa: S101  # the caller has checked it
    known = tx.find(answer.payout) if answer.payout.startswith("po_") else None
    if known is None or known.provider != provider:
        return _keep(tx, provider, notification, body, digest, "payout_unknown", _UNKNOWN_PAYOUT, policy)
    receive_payout(tx, known.id, answer, cause=cause)
    return Received(outcome="recorded", payment=known.id)


def _payment_of(tx: Transaction, provider: str, notification: Notification) -> str | None:
    """The payment that a notification is about: by our id, else by the provider's."""
    snapshot = notification.snapshot
    if snapshot is None:
        return None
    if snapshot.payment.startswith("py_"):
        found = tx.find(snapshot.payment)
        if isinstance(found, Payment) and found.provider == provider:
            return found.id
    return tx.lookup(f"payment:{provider}:{snapshot.reference}")


def _keep(
    tx: Transaction,
    provider: str,
    notification: Notification,
    body: bytes,
    digest: str,
    reason: str,
    says: str,
    policy: Policy,
) -> Received:
    number = tx.new_id("no_")
    payment = _payment_of(tx, provider, notification) or ""
    until = (tx.time + policy.retention).date()
    text = body.decode("utf-8", "replace")
    given = {
        "provider": provider,
        "notification": notification.id,
        "kind": notification.kind,
        "reason": reason,
        "says": says,
        "digest": digest,
        "payment": payment,
        # It may name people: it is stored apart from the ledger.
        "body": tx.put_personal(payment or number, "payment_notification", {"body": text}, retain_until=until),
    }
    tx.append(number, "notice.kept", given)
    return Received(outcome="kept", payment=payment, notice=number)


def retry(books: Books, provider: PaymentProvider, number: str, *, policy: Policy = STRICT) -> Payment:
    """Act on a kept notification again, by what the provider says of its payment now. Raises NotAllowed.

    The notification itself is not believed a second time: what it told may have changed since.
    """
    notice: Notice = books.read(number)
    payment: Payment | None = books.read(notice.payment) if notice.payment else None
    if payment is None or not payment.reference:
        raise NotAllowed(
            "payment_unknown", "{notice} names no payment of this node. Close it when it is settled.", notice=number
        )
    snapshot = provider.read(payment.reference)

    def command(tx: Transaction) -> Payment:
        found = receive(tx, payment.id, snapshot, cause=number, policy=policy)
        tx.append(number, "notice.done", {"by": "retry"})
        return found

    try:
        return books.run(command)
    except Insufficient as error:
        raise NotAllowed("insufficient", "{why}", why=str(error)) from None


def close(tx: Transaction, number: str, *, actor: str) -> Notice:
    """Close a kept notification: an operator has settled it."""
    found: Notice = tx.append(number, "notice.done", {"by": actor})
    return found
