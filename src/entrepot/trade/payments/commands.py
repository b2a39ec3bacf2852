"""The commands of payments. Each is idempotent: repeated with its key, it changes nothing and returns the payment.

Requests to the provider leave through the outbox (channel `payments`, topics authorize, capture, cancel, refund). They
name the payment only: what the provider needs is read when they are sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.objects import NotAllowed
from entrepot.trade.payments.state import ENDED, OPEN, TAKEN, Payment
from entrepot.trade.ports import AlreadyRecorded, Transaction

CHANNEL = "payments"
#: How long records of a payment are kept: three years after it, as China asks of platforms (GACC Announcement 165 of
#: 2018, as published by others); other laws may ask for more, and the operator can set it.
RETENTION = dt.timedelta(days=3 * 366)
#: What identifies a payer or a buyer, as in the messages of China's customs.
IDENTITY = ("identity_type", "identity_number", "name")


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What an order asks to be paid. `currency`: the order's; `shares`: how `amount` is shared out, by account.

    `owners`: the ids of the seller's organization and the buyer; `identity`: customs asks who pays; `buyer`: the
    reference of the buyer's personal data with `name`, `identity_type` and `identity_number`, for that.
    """

    order: str
    amount: int
    currency: str
    shares: tuple[Share, ...]
    owners: tuple[str, ...]
    identity: bool = False
    buyer: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Settings. `buyers_authenticated`: the platform has authenticated the buyers, so another person may pay.

    The source of this: Circular 18 of 2016 of the Ministry of Finance, GACC and the State Taxation Administration,
    article 5. `retention`: how long personal data of a payment is kept. `fee_millionths`: the platform's fee on the
    price of the goods; `carrier`: to whom freight is owed, empty where sellers pay it.
    """

    buyers_authenticated: bool = False
    fee_millionths: int = 0
    carrier: str = ""
    retention: dt.timedelta = RETENTION


#: Why a refund of a deposit is one: the whole amount is deposit, from whatever account it is taken.
DEPOSIT = "deposit"
#: Characters of a caller's key that are stored as they are.
MAX_OWN_KEY = 200
STRICT = Policy()


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """How a buyer pays. `currency`: that in which the payment is asked for; `payer`: who pays (`IDENTITY`, telephone).

    `method`: the provider's token of a card or an account; `capture`: manual (after the order is accepted) or
    automatic.
    """

    provider: str
    currency: str
    method: str = ""
    capture: str = "manual"
    payer: Mapping[str, str] = {}


def start_payment(tx: Transaction, due: Due, means: Means, *, key: str, policy: Policy = STRICT) -> Payment:
    """Begin to pay an order: record the payment and ask the provider to authorise it. Raises NotAllowed."""
    check_due(due, means)
    payer_hash, buyer_hash = _identities(tx, due, means.payer, policy)
    stream = tx.new_id("py_")
    payload = {
        "order": due.order,
        "owners": list(due.owners),
        "provider": means.provider,
        "currency": due.currency,
        "amount": due.amount,
        "shares": [msgspec.to_builtins(each) for each in due.shares],
        "capture": means.capture,
        "method": means.method,
        "buyer": due.buyer,
        "buyer_hash": buyer_hash,
        "payer_hash": payer_hash,
        "payer": put_payer(tx, stream, means.payer, policy) if means.payer else "",
    }
    try:
        payment: Payment = record(tx, stream, "created", payload, key=ledger_key(f"{due.order}:pay", key))
    except AlreadyRecorded as error:
        return _same(tx, error, payload)
    _send(tx, payment, "authorize")
    return payment


def record(
    tx: Transaction,
    number: str,
    name: str,
    payload: Mapping[str, object],
    *,
    postings: Sequence[Posting] = (),
    key: str = "",
    cause: str = "",
) -> Payment:
    """Append an event to a payment and, if its status or its trouble changes by it, to its order."""
    before: Payment | None = tx.find(number)
    after: Payment = tx.append(number, f"payment.{name}", payload, postings=postings, key=key, cause=cause)
    known = (before.status, before.trouble) if before is not None else None
    if known != (after.status, after.trouble) and tx.find(after.order) is not None:
        changed = {"object": number, "status": after.status} | ({"trouble": after.trouble} if after.trouble else {})
        tx.append(after.order, "order.payment_changed", changed, cause=cause or number)
    return after


def check_due(due: Due, means: Means) -> None:
    """Raise NotAllowed for a payment that the order does not ask for."""
    if means.currency != due.currency:
        raise NotAllowed(
            "currency_differs",
            "The order is in {currency} and is paid in {currency}, not in {other}.",
            "currency",
            currency=due.currency,
            other=means.currency,
        )
    if due.amount <= 0:
        raise NotAllowed(
            "amount_invalid", "A payment of {amount} is not possible. It must be more than 0.", amount=due.amount
        )
    if means.capture not in ("manual", "automatic"):
        raise NotAllowed(
            "capture_invalid", "{value!r} is not allowed. Allowed: manual, automatic.", "capture", value=means.capture
        )
    accounts.check_shares(due.shares, due.amount)


def _identities(tx: Transaction, due: Due, payer: Mapping[str, str], policy: Policy) -> tuple[str, str]:
    """The keyed hashes of the payer's and the buyer's identity. Raises NotAllowed."""
    if not due.identity:
        return (identity_hash(tx, payer) if payer else ""), ""
    if not due.buyer:
        raise NotAllowed("buyer_identity_missing", "Customs asks for the name and the identity number of the buyer.")
    buyer_hash = identity_hash(tx, tx.get_personal(due.buyer))
    if not payer:
        return "", buyer_hash  # the provider says who pays
    payer_hash = identity_hash(tx, payer)
    if payer_hash != buyer_hash and not policy.buyers_authenticated:
        raise NotAllowed(
            "payer_not_buyer",
            "The payer is not the buyer. Customs requires this unless the platform has authenticated its buyers.",
        )
    return payer_hash, buyer_hash


def identity_hash(tx: Transaction, person: Mapping[str, str]) -> str:
    """The keyed hash of who somebody is: type and number of the document, and the name. Raises NotAllowed."""
    for name in IDENTITY:
        if not person.get(name, "").strip():
            raise NotAllowed(
                "payer_identity_missing", "The {name} of the payer is missing.", f"payer.{name}", name=name
            )
    number = "".join(person["identity_number"].split()).upper()
    name = " ".join(person["name"].split())
    return tx.keyed_hash(f"person:{person['identity_type'].strip()}:{number}:{name}")


def put_payer(tx: Transaction, payment: str, payer: Mapping[str, str], policy: Policy) -> str:
    """Store who pays, apart from the ledger. Returns the reference."""
    return tx.put_personal(payment, "payer", payer, retain_until=(tx.time + policy.retention).date())


def _same(tx: Transaction, error: AlreadyRecorded, payload: Mapping[str, object]) -> Payment:
    """The payment that was started with a key. Raises NotAllowed if the key was used for another one."""
    for name in ("order", "provider", "currency", "amount", "capture", "method", "payer_hash", "shares"):
        if error.event.payload.get(name) != payload[name]:
            raise NotAllowed(
                "idempotency_key_reused",
                "The idempotency key was used for another payment: {name} differs. Use a new key.",
                name=name,
            ) from None
    found: Payment = tx.get(error.event.stream)
    return found


def _send(tx: Transaction, payment: Payment, topic: str, *, refund: str = "", attempt: int = 1) -> None:
    body = {"payment": payment.id, **({"refund": refund} if refund else {})}
    parts = [payment.id, topic, *([refund] if refund else []), *([str(attempt)] if attempt > 1 else [])]
    tx.send(CHANNEL, topic, body, key=":".join(parts))


def capture(
    tx: Transaction, number: str, amount: int | None = None, shares: Sequence[Share] = (), *, key: str
) -> Payment:
    """Ask the provider to take an authorised amount; by default all of it. Raises NotAllowed.

    `shares`: how a part is shared out; by default in proportion. What is not captured is released.
    """
    payment: Payment = tx.get(number)
    able = payment.capturable
    wanted = able if amount is None else amount
    given = tuple(shares) or (
        accounts.part_of(accounts.less(payment.shares, payment.allocated), wanted) if able else ()
    )
    payload = {"amount": wanted, "shares": [msgspec.to_builtins(each) for each in given]}
    if (known := _recorded(payment, key, "capture_requested", amount)) is not None:
        return known
    if payment.hold:
        raise NotAllowed(
            "payment_held", "{payment} is held ({reason}): nothing is captured.", payment=number, reason=payment.hold
        )
    if payment.cancel_requested:
        raise NotAllowed("payment_state", "{payment} is being cancelled: nothing is captured.", payment=number)
    if not 0 < wanted <= able:
        raise NotAllowed(
            "capture_amount",
            "{wanted} cannot be captured: {able} of the authorized {authorized} is left.",
            "amount",
            wanted=wanted,
            able=able,
            authorized=payment.authorized,
        )
    accounts.check_shares(given, wanted)
    # A capture that failed may be asked for again: the number of the attempt makes another request of it.
    found: Payment = record(tx, number, "capture_requested", payload, key=ledger_key(payment.id, key))
    _send(tx, found, "capture", attempt=found.attempts["capture"])
    return found


def cancel(tx: Transaction, number: str, *, key: str) -> Payment:
    """Cancel a payment of which nothing was taken. One that the provider does not know yet ends at once."""
    payment: Payment = tx.get(number)
    if (
        (known := _recorded(payment, key, "cancel_requested")) is not None
        or payment.state in ENDED
        or payment.cancel_requested
    ):
        return known or payment
    if payment.state in TAKEN or payment.capturing:
        raise NotAllowed("payment_taken", "{payment} is captured: it cannot be cancelled. Refund it.", payment=number)
    found: Payment = record(tx, number, "cancel_requested", {}, key=ledger_key(payment.id, key))
    _send(tx, found, "cancel", attempt=found.attempts["cancel"])
    return found


def refund(
    tx: Transaction,
    number: str,
    amount: int | None = None,
    shares: Sequence[Share] = (),
    *,
    key: str,
    reason: str = "requested",
) -> Payment:
    """Pay back a part of what was taken; by default all that can be refunded. Raises NotAllowed.

    `shares`: from which accounts it is taken, such as the duties and taxes of returned goods; by default in proportion.
    What was taken and never shared out is paid back first.
    """
    payment: Payment = tx.get(number)
    if (known := _recorded(payment, key, "refund_requested", amount)) is not None:
        return known
    wanted = payment.refundable if amount is None else amount
    if not 0 < wanted <= payment.refundable:
        raise NotAllowed(
            "refund_amount",
            "{wanted} cannot be refunded: {able} of the captured {captured} is left.",
            "amount",
            wanted=wanted,
            able=payment.refundable,
            captured=payment.captured,
        )
    shared = wanted - min(wanted, payment.unallocated)
    given = tuple(shares) or (accounts.part_of(payment.remaining, shared) if shared else ())
    check_refund_shares(payment, given, shared)
    return request_refund(tx, payment, tx.new_id("rf_"), wanted, given, key=ledger_key(payment.id, key), reason=reason)


def check_refund_shares(payment: Payment, given: Sequence[Share], shared: int) -> None:
    """Raise NotAllowed if shares of a refund do not sum to it, or take more from an account than it has of it."""
    accounts.check_shares(given, shared)
    has = {(each.kind, each.account): each.amount for each in accounts.merged(payment.remaining)}
    for each in given:
        left = has.get((each.kind, each.account), 0)
        if abs(each.amount) > abs(left):
            raise NotAllowed(
                "shares_differ",
                "{amount} cannot be taken back from {account}: it has {left} of this payment.",
                amount=each.amount,
                account=each.account,
                left=left,
            )


def request_refund(
    tx: Transaction,
    payment: Payment,
    refund: str,
    amount: int,
    shares: Sequence[Share],
    *,
    key: str,
    reason: str,
    cause: str = "",
    send: bool = True,
) -> Payment:
    """Record a refund: what accounts give back is owed to the buyer from now on."""
    payload = {
        "refund": refund,
        "amount": amount,
        "shares": [msgspec.to_builtins(each) for each in shares],
        "reason": reason,
    }
    # Other words for the buyer than a price that is paid back: `state.status_of`.
    deposit = amount if reason == DEPOSIT else sum(each.amount for each in shares if each.kind == "deposit")
    payload |= {"deposit": deposit} if deposit else {}
    shared = sum(each.amount for each in shares)
    owed = [Posting(accounts.buyer(payment.order), payment.currency, shared, floor=0)] if shared else []
    postings = [*accounts.postings(shares, payment.currency, -1), *owed]
    found: Payment = record(tx, payment.id, "refund_requested", payload, postings=postings, key=key, cause=cause)
    if send:
        _send(tx, found, "refund", refund=refund)
    return found


def was_asked(payment: Payment, key: str) -> bool:
    """Whether a command was recorded for a payment with this key."""
    return ledger_key(payment.id, key) in payment.keys


def retry_refund(tx: Transaction, number: str, refund: str, *, key: str) -> Payment:
    """Ask the provider again for a refund that failed. The amount is still owed to the buyer. Raises NotAllowed."""
    payment: Payment = tx.get(number)
    if (known := _recorded(payment, key, "refund_retried")) is not None:
        return known
    found: Payment = record(tx, number, "refund_retried", {"refund": refund}, key=ledger_key(payment.id, key))
    _send(tx, found, "refund", refund=refund, attempt=found.refunds[refund].attempt)
    return found


def expire(tx: Transaction, number: str) -> Payment:
    """End a payment whose authorisation has ended, or that was not paid in time. Nothing changes if it was taken."""
    payment: Payment = tx.get(number)
    if payment.state not in (*OPEN, "authorized") or payment.capturing or payment.cancel_requested:
        return payment
    # The key counts the attempts: one that the provider refused is asked for again.
    return cancel(tx, number, key=f"expired/{payment.attempts.get('cancel', 0)}")


def ledger_key(of: str, key: str) -> str:
    """The key of a command in the ledger, where keys are unique, and have at most 255 characters."""
    return f"{of}:{key if len(key) <= MAX_OWN_KEY else hashlib.sha256(key.encode()).hexdigest()}"


def _recorded(payment: Payment, key: str, name: str, amount: int | None = None) -> Payment | None:
    """The payment, if this command was recorded for it with this key. Raises NotAllowed if another one was."""
    known = payment.keys.get(ledger_key(payment.id, key))
    if known is None:
        return None
    was, _, of = known.partition(":")
    if was != name or (amount is not None and of != str(amount)):
        raise NotAllowed(
            "idempotency_key_reused",
            "The idempotency key was used for {command} {amount} of {payment}. Use a new key.",
            command=was,
            amount=of,
            payment=payment.id,
        )
    return payment
