"""What a provider says about a payment becomes events: its answers, and its notifications.

What it says may come twice, late, or out of order. Amounts that were taken only grow, and a refund or a dispute only
goes on; so each part of a snapshot is recorded once, whatever came before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.objects import NotAllowed
from entrepot.trade.payments.commands import (
    IDENTITY,
    STRICT,
    Policy,
    cancel,
    identity_hash,
    put_payer,
    record,
    refund,
    request_refund,
)
from entrepot.trade.payments.provider import ProviderDispute, ProviderRefund, Snapshot
from entrepot.trade.payments.state import ENDED, OPEN, TAKEN, Payment
from entrepot.trade.ports import Transaction

#: What the payment may come to from the provider's word on how far the buyer is.
_WAITING = {"requires_action": "action_required", "processing": "processing"}


def receive(tx: Transaction, number: str, snapshot: Snapshot, *, cause: str = "", policy: Policy = STRICT) -> Payment:
    """Record what a snapshot adds to what is known. Raises NotAllowed if it cannot be true of this payment.

    Where money is held that the order did not ask for, it is given back: the payment is cancelled or refunded.
    """
    payment: Payment = tx.get(number)
    _check(payment, snapshot)
    for step in (_submitted, _waiting, _authorized, _captured, _charged, _ended):
        payment = step(tx, payment, snapshot, cause, policy)
    for each in snapshot.refunds:
        payment = _refund(tx, payment, each, cause)
    for dispute in snapshot.disputes:
        payment = _dispute(tx, payment, dispute, cause)
    return _give_back(tx, payment)


def refuse(tx: Transaction, number: str, topic: str, code: str, *, refund: str = "", cause: str = "") -> Payment:
    """Record that the provider refused a request for good: to authorise, capture, cancel or refund."""
    payment: Payment = tx.get(number)
    if topic == "authorize" and payment.state in OPEN:
        return _append(tx, payment, "failed", {"error": code}, cause)
    if topic == "capture" and payment.capturing and payment.state in ("authorized", "partially_captured"):
        return _append(tx, payment, "capture_failed", {"error": code}, cause)
    if topic == "cancel" and payment.cancel_requested and payment.state in (*OPEN, "authorized"):
        return _append(tx, payment, "cancel_failed", {"error": code}, cause)
    if topic == "refund" and (found := payment.refunds.get(refund)) and found.status == "pending":
        return _append(tx, payment, "refund_failed", {"refund": refund, "error": code}, cause)
    return payment


def _append(
    tx: Transaction,
    payment: Payment,
    name: str,
    payload: Mapping[str, Any],
    cause: str,
    postings: tuple[Posting, ...] = (),
) -> Payment:
    return record(tx, payment.id, name, payload, postings=postings, cause=cause)


def _check(payment: Payment, snapshot: Snapshot) -> None:
    if payment.reference and snapshot.reference != payment.reference:
        raise NotAllowed(
            "reference_differs",
            "{payment} has the number {reference} at the provider, not {other}.",
            payment=payment.id,
            reference=payment.reference,
            other=snapshot.reference,
        )
    if snapshot.payment and snapshot.payment != payment.id:
        raise NotAllowed(
            "reference_differs",
            "{reference} is the payment {other}, not {payment}.",
            reference=snapshot.reference,
            other=snapshot.payment,
            payment=payment.id,
        )


def _stored(tx: Transaction, payment: Payment, purpose: str, values: Mapping[str, str], policy: Policy) -> str:
    """Store what may not be in the ledger: secrets, addresses of payment pages, raw messages. Returns the reference."""
    until = (tx.time + policy.retention).date()
    return tx.put_personal(payment.id, f"payment_{purpose}", values, retain_until=until)


def _submitted(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, policy: Policy) -> Payment:
    if payment.reference or payment.state in ENDED:
        return payment
    payload = {"reference": snapshot.reference}
    for purpose in ("action", "exchange"):
        if values := getattr(snapshot, purpose):
            payload[purpose] = _stored(tx, payment, purpose, values, policy)
    return _append(tx, payment, "submitted", payload, cause)


def _waiting(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, policy: Policy) -> Payment:
    """How far the buyer is: these states go to and fro, so what is older than the last word is not recorded."""
    status = snapshot.status
    if payment.state not in OPEN or status not in OPEN or snapshot.time < payment.seen:
        return payment
    if status == "created":
        attempt = snapshot.attempt or snapshot.error
        if snapshot.error and attempt != payment.declined_attempt:
            payload = {"error": snapshot.error, "seen": snapshot.time, "declined_attempt": attempt}
            return _append(tx, payment, "declined", payload, cause)
        return payment
    if status == payment.state:
        return payment
    payload = {"seen": snapshot.time}
    if snapshot.action and not payment.action:
        payload["action"] = _stored(tx, payment, "action", snapshot.action, policy)
    return _append(tx, payment, _WAITING[status], payload, cause)


def _paid(tx: Transaction, payment: Payment, snapshot: Snapshot, amount: int, policy: Policy) -> dict[str, Any]:
    """What is recorded of an authorisation or a capture: who paid, when, and why it is held, if it is."""
    payload: dict[str, Any] = {
        "transaction": payment.transaction or snapshot.transaction or snapshot.reference,
        "paid_at": payment.paid_at or snapshot.paid_at,
    }
    payer_hash = payment.payer_hash
    if not payment.authorized and all(snapshot.payer.get(each, "").strip() for each in IDENTITY):
        payer_hash = identity_hash(tx, snapshot.payer)
        if payer_hash != payment.payer_hash:
            payload |= {"payer": put_payer(tx, payment.id, snapshot.payer, policy), "payer_hash": payer_hash}
    if snapshot.presented is not None:
        payload["presented"] = msgspec.to_builtins(snapshot.presented)
    if hold := payment.hold or _hold(payment, snapshot, amount, payer_hash, policy):
        payload["hold"] = hold
    return payload


def _hold(payment: Payment, snapshot: Snapshot, amount: int, payer_hash: str, policy: Policy) -> str:
    """Why the money is not what the order asked for; empty if it is."""
    if snapshot.currency and snapshot.currency != payment.currency:
        return "currency_differs"
    if amount != payment.amount:
        return "amount_differs"
    if payment.buyer_hash and not payer_hash:
        return "payer_identity_missing"
    if payment.buyer_hash and payer_hash != payment.buyer_hash and not policy.buyers_authenticated:
        return "payer_not_buyer"
    return ""


def _authorized(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, policy: Policy) -> Payment:
    if snapshot.status not in ("authorized", "captured") or payment.state not in OPEN:
        return payment
    amount = snapshot.authorized if snapshot.authorized is not None else (snapshot.captured or 0)
    if snapshot.status == "captured" and payment.capture == "automatic":
        return payment  # one move
    payload = {"amount": amount, "expires": snapshot.expires, "seen": snapshot.time}
    return _append(tx, payment, "authorized", payload | _paid(tx, payment, snapshot, amount, policy), cause)


def _captured(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, policy: Policy) -> Payment:
    """Money that was taken is recorded in every state of the payment, even after it was cancelled."""
    if snapshot.captured is None or snapshot.captured <= payment.captured:
        return payment
    amount = snapshot.captured - payment.captured
    final = snapshot.final
    payload: dict[str, Any] = {"amount": amount, "final": final, "seen": snapshot.time}
    payload |= _paid(tx, payment, snapshot, payment.authorized or snapshot.captured, policy)
    shares: tuple[Share, ...] = ()
    if not payload.get("hold"):
        if payment.state in ENDED:
            payload["hold"] = f"taken_after_{payment.state}"
        elif payment.cancel_requested:
            payload["hold"] = "taken_while_cancelling"
        elif amount == payment.capturing:
            shares = payment.capturing_shares
        elif snapshot.captured == payment.amount:
            shares = accounts.less(payment.shares, payment.allocated)
        else:
            payload["hold"] = "amount_differs"
    payload["shares"] = [msgspec.to_builtins(each) for each in shares]
    unit, buyer, held = payment.currency, accounts.buyer(payment.order), accounts.provider(payment.provider)
    postings = [Posting(held, unit, -amount), Posting(buyer, unit, amount)]
    if shares:
        postings += [Posting(buyer, unit, -amount, floor=0), *accounts.postings(shares, unit)]
    return _append(tx, payment, "captured", payload, cause, tuple(postings))


def _charged(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, _policy: Policy) -> Payment:
    """What the provider charges for what was captured, which it may tell later than the capture."""
    fee = snapshot.fee - payment.fees
    if fee <= 0 or payment.state not in TAKEN:
        return payment
    held, unit = accounts.provider(payment.provider), payment.currency
    moved = (Posting(held, unit, fee), Posting(accounts.PROVIDER_FEES, unit, -fee))
    return _append(tx, payment, "fee_charged", {"amount": fee}, cause, moved)


def _ended(tx: Transaction, payment: Payment, snapshot: Snapshot, cause: str, _policy: Policy) -> Payment:
    status = snapshot.status
    if status not in ENDED:
        return payment
    if payment.state in OPEN or (payment.state == "authorized" and status != "failed"):
        return _append(tx, payment, status, {"error": snapshot.error}, cause)
    if payment.state == "partially_captured" and not payment.rest_released:
        return _append(tx, payment, "released", {}, cause)
    return payment


def _refund(tx: Transaction, payment: Payment, seen: ProviderRefund, cause: str) -> Payment:
    number = seen.refund if seen.refund in payment.refunds else _by_reference(payment, seen.reference)
    if number is None:
        payment, number = _foreign_refund(tx, payment, seen, cause)
    known = payment.refunds[number]
    if seen.reference in known.past:
        return payment
    if seen.amount != known.amount:
        raise NotAllowed(
            "amount_differs",
            "The refund {refund} is {amount}; the provider paid back {other}.",
            refund=number,
            amount=known.amount,
            other=seen.amount,
        )
    payload = {"refund": number, "reference": seen.reference, "error": seen.error}
    unit, buyer = payment.currency, accounts.buyer(payment.order)
    held = accounts.provider(payment.provider)
    if known.status == "pending" and not known.reference and seen.status == "pending":
        return _append(tx, payment, "refund_sent", payload, cause)
    if seen.status == "succeeded" and known.status == "pending":
        paid = (Posting(buyer, unit, -known.amount, floor=0), Posting(held, unit, known.amount))
        return _append(tx, payment, "refund_succeeded", payload, cause, paid)
    if seen.status == "failed" and known.status in ("pending", "succeeded"):
        # One that had succeeded may still fail: the bank sends the money back to the provider.
        back = (Posting(held, unit, -known.amount), Posting(buyer, unit, known.amount))
        return _append(tx, payment, "refund_failed", payload, cause, back if known.status == "succeeded" else ())
    return payment


def _by_reference(payment: Payment, reference: str) -> str | None:
    known = payment.refunds.items()
    return next((number for number, each in known if reference in (each.reference, *each.past)), None)


def _foreign_refund(tx: Transaction, payment: Payment, seen: ProviderRefund, cause: str) -> tuple[Payment, str]:
    """Record a refund that was made at the provider and not asked for here. Raises NotAllowed if it exceeds the rest.

    A refund that was asked for here and has no reference yet is never taken for it: the provider gives back our id.
    """
    if seen.amount > payment.refundable:
        raise NotAllowed(
            "refund_amount",
            "The provider paid back {amount} of {payment}, which has {left} left.",
            amount=seen.amount,
            payment=payment.id,
            left=payment.refundable,
        )
    number = tx.new_id("rf_")
    shared = seen.amount - min(seen.amount, payment.unallocated)
    shares = accounts.part_of(payment.remaining, shared) if shared else ()
    payment = request_refund(
        tx, payment, number, seen.amount, shares, key="", reason="at_provider", cause=cause, send=False
    )
    return payment, number


def _dispute(tx: Transaction, payment: Payment, seen: ProviderDispute, cause: str) -> Payment:
    unit, held = payment.currency, accounts.provider(payment.provider)
    taken = accounts.disputed(payment.id)
    if seen.reference not in payment.disputes:
        payload = {"dispute": seen.reference, "amount": seen.amount, "reason": seen.reason}
        moved = (Posting(held, unit, seen.amount), Posting(taken, unit, -seen.amount))
        payment = _append(tx, payment, "dispute_opened", payload, cause, moved)
    known = payment.disputes[seen.reference]
    if known.status != "opened" or seen.status == "opened":
        return payment
    if seen.status == "won":
        back = (Posting(held, unit, -known.amount), Posting(taken, unit, known.amount))
        return _append(tx, payment, "dispute_won", {"dispute": seen.reference}, cause, back)
    return _dispute_lost(tx, payment, seen.reference, cause)


def _dispute_lost(tx: Transaction, payment: Payment, reference: str, cause: str) -> Payment:
    """The sellers bear a dispute that is lost, in proportion to their goods; of what was never shared out, nobody."""
    amount, unit = payment.disputes[reference].amount, payment.currency
    own = min(amount, payment.unallocated)
    goods = [each for each in payment.allocated if each.kind == "goods"] or [Share("goods", accounts.PLATFORM_FEES, 1)]
    shares = accounts.part_of(goods, amount - own) if amount > own else ()
    postings = [Posting(accounts.disputed(payment.id), unit, amount), *accounts.postings(shares, unit, -1)]
    if own:
        postings.append(Posting(accounts.buyer(payment.order), unit, -own, floor=0))
    payload = {"dispute": reference, "shares": [msgspec.to_builtins(each) for each in shares]}
    return _append(tx, payment, "dispute_lost", payload, cause, tuple(postings))


def _give_back(tx: Transaction, payment: Payment) -> Payment:
    """Cancel or refund a payment that is held."""
    if not payment.hold:
        return payment
    if payment.state == "authorized" and not payment.capturing:
        return cancel(tx, payment.id, key="held")
    if payment.state in TAKEN and payment.refundable > 0 and payment.unallocated > 0:
        # The key names how much was taken: more that is taken later is given back too.
        amount = min(payment.unallocated, payment.refundable)
        return refund(tx, payment.id, amount, key=f"held:{payment.captured}", reason=payment.hold)
    return payment
