"""The payment of an order: its state, and the table of its moves.

Amounts are whole minor units of the payment's currency. Refunds and disputes have states of their own. What a provider
says is recorded even where it comes late: money that was taken after a payment was cancelled is in the books, owed to
the buyer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.trade.accounts import Share, less, merged
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed

#: The buyer has not paid yet.
OPEN = ("created", "requires_action", "processing")
#: Nothing was taken, and nothing will be.
ENDED = ("cancelled", "expired", "failed")
TAKEN = ("captured", "partially_captured")
STATES = (*OPEN, "authorized", *TAKEN, *ENDED)
#: For each event, the states in which it may happen, and the state after it. None: the state stays, or is computed.
MOVES: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "submitted": ((*OPEN, "authorized"), None),
    "action_required": (OPEN, "requires_action"),
    "processing": (OPEN, "processing"),
    "declined": (OPEN, "created"),
    "authorized": (OPEN, "authorized"),
    "capture_requested": (("authorized", "partially_captured"), None),
    "capture_failed": (("authorized", "partially_captured"), None),
    "captured": (STATES, None),
    "fee_charged": (TAKEN, None),
    "deposit_kept": (TAKEN, None),
    "released": (("partially_captured",), None),
    "cancel_requested": ((*OPEN, "authorized"), None),
    "cancel_failed": ((*OPEN, "authorized"), None),
    "cancelled": ((*OPEN, "authorized"), "cancelled"),
    "expired": ((*OPEN, "authorized"), "expired"),
    "failed": (OPEN, "failed"),
    "refund_requested": (TAKEN, None),
    "refund_retried": (TAKEN, None),
    "refund_sent": (TAKEN, None),
    "refund_succeeded": (TAKEN, None),
    "refund_failed": (TAKEN, None),
    "dispute_opened": (TAKEN, None),
    "dispute_won": (TAKEN, None),
    "dispute_lost": (TAKEN, None),
}
#: For a refund or a dispute: from which states an event may come. "": it does not exist yet.
PART_MOVES = {
    "refund_requested": ("",),
    "refund_retried": ("failed",),
    "refund_sent": ("pending",),
    "refund_succeeded": ("pending",),
    "refund_failed": ("pending", "succeeded"),
    "dispute_opened": ("",),
    "dispute_won": ("opened",),
    "dispute_lost": ("opened",),
}


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refund. `reference`: the provider's id; `past`: those of attempts that failed; `error`: why it failed.

    `deposit`: how much of it is the deposit of a booking; of refunds from before this was recorded, 0.
    """

    amount: int
    shares: tuple[Share, ...]
    deposit: int = 0
    status: str = "pending"
    reference: str = ""
    past: tuple[str, ...] = ()
    attempt: int = 1
    reason: str = ""
    error: str = ""


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dispute (chargeback) that the buyer opened with the provider. `status`: opened, won or lost by the seller."""

    amount: int
    status: str = "opened"
    reason: str = ""
    shares: tuple[Share, ...] = ()


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer paid in another currency, converted by the provider. `rate`: as the provider gave it, text."""

    currency: str
    amount: int
    rate: str


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payment of an order. `state`: how far it is with the provider; `status`: how it stands with its order.

    `shares`: how the whole amount is shared out; `allocated`: what was shared out, `taken_back`: by refunds.
    `payer`: the reference of the payer's personal data, `payer_hash`: of their identity; `buyer_hash`: of the buyer's,
    where customs asks for it. `reference`: the provider's id; `transaction`: the number of the transaction that the
    payment company declares to customs; `hold`: why the money is not shared out. `action`: the reference of what the
    buyer needs to pay (an address or a secret), `exchange`: of the raw request and answer; `seen`: the time of the
    provider's last word on how far the buyer is. `keys`: the commands that were recorded, by key; `attempts`: how
    often the provider was asked for each; `fees`: what it charged for all captures.
    """

    id: str
    order: str
    owners: tuple[str, ...]
    provider: str
    currency: str
    amount: int
    shares: tuple[Share, ...]
    created: str
    status: str = "created"
    state: str = "created"
    capture: str = "manual"
    method: str = ""
    buyer: str = ""
    payer: str = ""
    payer_hash: str = ""
    buyer_hash: str = ""
    reference: str = ""
    transaction: str = ""
    action: str = ""
    exchange: str = ""
    seen: str = ""
    declined: int = 0
    declined_attempt: str = ""
    authorized: int = 0
    expires: str = ""
    paid_at: str = ""
    capturing: int = 0
    capturing_shares: tuple[Share, ...] = ()
    captured: int = 0
    fees: int = 0
    rest_released: bool = False
    cancel_requested: bool = False
    allocated: tuple[Share, ...] = ()
    taken_back: tuple[Share, ...] = ()
    presented: Presented | None = None
    hold: str = ""
    error: str = ""
    refunds: Mapping[str, Refund] = {}
    disputes: Mapping[str, Dispute] = {}
    keys: Mapping[str, str] = {}
    attempts: Mapping[str, int] = {}

    @property
    def refunded(self) -> int:
        """What was paid back to the buyer."""
        return sum(each.amount for each in self.refunds.values() if each.status == "succeeded")

    @property
    def refunding(self) -> int:
        """What was paid back, is on its way, or is still owed because the refund failed."""
        return sum(each.amount for each in self.refunds.values())

    @property
    def in_dispute(self) -> int:
        """What the provider took back for disputes that are open or lost."""
        return sum(each.amount for each in self.disputes.values() if each.status != "won")

    @property
    def refundable(self) -> int:
        """What can still be refunded."""
        # A dispute may take back what was refunded already: then nothing is left, and less than nothing.
        return max(self.captured - self.refunding - self.in_dispute, 0)

    @property
    def trouble(self) -> str:
        """What the provider refused and nobody has asked for again: a refund, a cancellation, a capture; else ""."""
        if any(each.status == "failed" for each in self.refunds.values()):
            return "refund_failed"
        # A cancellation that failed keeps the buyer's money reserved.
        cancelling = self.attempts.get("cancel") and not self.cancel_requested and not self.attempts.get("capture")
        if self.state in (*OPEN, "authorized") and cancelling and self.error:
            return "cancel_failed"
        asked = self.state == "authorized" and self.attempts.get("capture") and not self.cancel_requested
        return "capture_failed" if asked and self.error and not self.capturing else ""

    @property
    def capturable(self) -> int:
        """What can still be captured."""
        able = self.state in ("authorized", "partially_captured") and not self.rest_released and not self.hold
        return self.authorized - self.captured - self.capturing if able else 0

    @property
    def unallocated(self) -> int:
        """What was taken and belongs to no account yet: it is owed to the buyer."""
        back = sum(each.amount - _sum(each.shares) for each in self.refunds.values())
        lost = sum(each.amount - _sum(each.shares) for each in self.disputes.values() if each.status == "lost")
        return self.captured - _sum(self.allocated) - back - lost

    @property
    def remaining(self) -> tuple[Share, ...]:
        """What the accounts have of this payment, less refunds."""
        return less(self.allocated, self.taken_back)


def apply(payment: Payment | None, event: Event) -> Payment:
    """The payment after an event. Raises NotAllowed."""
    name = event.kind.removeprefix("payment.")
    if payment is None:
        if name != "created":
            raise NotAllowed(
                "payment_state",
                "{payment} does not exist: it cannot have {event}.",
                payment=event.stream,
                event=event.kind,
            )
        return msgspec.convert({**event.payload, "id": event.stream, "created": event.time}, Payment)
    if name not in MOVES or payment.state not in MOVES[name][0]:
        able = sorted(each for each, (states, _next) in MOVES.items() if payment.state in states)
        raise NotAllowed(
            "payment_state",
            "{payment} is {state}: {event} cannot follow. What can: {able}.",
            payment=payment.id,
            state=payment.state,
            event=event.kind,
            able=", ".join(able),
        )
    _check_part(payment, name, event.payload)
    changed = _CHANGES[name](_asked(payment, name, event), event)
    changed = msgspec.structs.replace(changed, state=MOVES[name][1] or changed.state)
    return msgspec.structs.replace(changed, status=status_of(changed))


def status_of(payment: Payment) -> str:
    """The status of a payment, as an order shows it: one of `status.PAYMENT_STATES`.

    A payment that is held does not pay its order, whatever was taken: what was taken goes back to the buyer.
    """
    if payment.state == "processing":
        return "requires_action"
    if payment.state not in TAKEN and not (payment.hold and payment.state == "authorized"):
        return payment.state
    if payment.hold:
        return "failed"
    if any(each.status == "opened" for each in payment.disputes.values()):
        return "disputed"
    back = payment.refunding + payment.in_dispute
    if not back:
        return "captured"
    if back >= payment.captured:
        return "refunded"
    # A deposit is no part of the price: who gets it back was not paid back anything of the purchase.
    deposits = sum(each.deposit for each in payment.refunds.values())
    return "deposit_returned" if back == deposits else "partially_refunded"


def _check_part(payment: Payment, name: str, payload: Mapping[str, Any]) -> None:
    if name not in PART_MOVES:
        return
    part = name.partition("_")[0]
    parts: Mapping[str, Refund | Dispute] = payment.refunds if part == "refund" else payment.disputes
    found = parts.get(payload[part])
    status = found.status if found else ""
    if status not in PART_MOVES[name]:
        raise NotAllowed(
            "payment_state",
            "{number} of {payment} is {status}: {event} cannot follow.",
            number=payload[part],
            payment=payment.id,
            status=status or "not_known",
            event=f"payment.{name}",
        )


def _asked(payment: Payment, name: str, event: Event) -> Payment:
    """The payment with a command that was recorded, if the event is one."""
    topic, _, done = name.rpartition("_")
    if done not in ("requested", "retried"):
        return payment
    attempts = {**payment.attempts, topic: payment.attempts.get(topic, 0) + 1}
    keys = {**payment.keys, event.key: f"{name}:{event.payload.get('amount', '')}"} if event.key else payment.keys
    return msgspec.structs.replace(payment, keys=keys, attempts=attempts)


def _merge(*names: str) -> Callable[[Payment, Event], Payment]:
    """A change that takes these values of the payload, where they are given, under the same names."""

    def change(payment: Payment, event: Event) -> Payment:
        found = {name: event.payload[name] for name in names if name in event.payload}
        if found.get("presented") is not None:
            found["presented"] = msgspec.convert(found["presented"], Presented)
        return msgspec.structs.replace(payment, **found)

    return change


def _declined(payment: Payment, event: Event) -> Payment:
    found = _merge("error", "seen", "declined_attempt")(payment, event)
    return msgspec.structs.replace(found, declined=payment.declined + 1)


def _capture_requested(payment: Payment, event: Event) -> Payment:
    return msgspec.structs.replace(
        payment, capturing=event.payload["amount"], capturing_shares=_shares(event), error=""
    )


def _capture_failed(payment: Payment, event: Event) -> Payment:
    return msgspec.structs.replace(payment, capturing=0, capturing_shares=(), error=event.payload["error"])


def _captured(payment: Payment, event: Event) -> Payment:
    names = ("paid_at", "transaction", "presented", "hold", "payer", "payer_hash", "exchange", "seen")
    found = _merge(*names)(payment, event)
    captured = payment.captured + event.payload["amount"]
    return msgspec.structs.replace(
        found,
        captured=captured,
        authorized=max(payment.authorized, captured),
        capturing=0,
        capturing_shares=(),
        error="",
        rest_released=event.payload["final"],
        allocated=merged([*payment.allocated, *_shares(event)]),
        state="captured" if captured >= payment.amount else "partially_captured",
    )


def _refund(payment: Payment, event: Event) -> Payment:
    number, name = event.payload["refund"], event.kind.removeprefix("payment.refund_")
    old = payment.refunds.get(number)
    if name == "requested" or old is None:
        new = Refund(
            amount=event.payload["amount"],
            shares=_shares(event),
            deposit=event.payload.get("deposit", 0),
            reason=event.payload.get("reason", ""),
        )
        taken = merged([*payment.taken_back, *new.shares])
        return msgspec.structs.replace(payment, refunds={**payment.refunds, number: new}, taken_back=taken)
    if name == "retried":
        past = (*old.past, old.reference) if old.reference else old.past
        new = msgspec.structs.replace(old, status="pending", error="", reference="", past=past, attempt=old.attempt + 1)
    else:
        reference = event.payload.get("reference") or old.reference
        status = "pending" if name == "sent" else name
        new = msgspec.structs.replace(old, status=status, reference=reference, error=event.payload.get("error", ""))
    return msgspec.structs.replace(payment, refunds={**payment.refunds, number: new})


def _dispute(payment: Payment, event: Event) -> Payment:
    number, status = event.payload["dispute"], event.kind.removeprefix("payment.dispute_")
    old = payment.disputes.get(number) or Dispute(
        amount=event.payload["amount"], reason=event.payload.get("reason", "")
    )
    new = msgspec.structs.replace(old, status=status, shares=_shares(event))
    return msgspec.structs.replace(payment, disputes={**payment.disputes, number: new})


def _ended(payment: Payment, event: Event) -> Payment:
    """Nothing more is taken: a capture that was asked for came too late."""
    return msgspec.structs.replace(payment, error=event.payload["error"], capturing=0, capturing_shares=())


def _sum(shares: tuple[Share, ...]) -> int:
    return sum(each.amount for each in shares)


def _shares(event: Event) -> tuple[Share, ...]:
    return msgspec.convert(event.payload.get("shares", ()), tuple[Share, ...])


_CHANGES: Mapping[str, Callable[[Payment, Event], Payment]] = {
    "submitted": _merge("reference", "action", "exchange", "seen"),
    "action_required": _merge("action", "seen"),
    "processing": _merge("seen"),
    "declined": _declined,
    "authorized": lambda payment, event: msgspec.structs.replace(
        _merge("expires", "paid_at", "transaction", "presented", "hold", "payer", "payer_hash", "exchange", "seen")(
            payment, event
        ),
        authorized=event.payload["amount"],
        error="",
    ),
    "capture_requested": _capture_requested,
    "capture_failed": _capture_failed,
    "captured": _captured,
    "fee_charged": lambda payment, event: msgspec.structs.replace(payment, fees=payment.fees + event.payload["amount"]),
    "deposit_kept": lambda payment, event: msgspec.structs.replace(
        payment, allocated=merged([*payment.allocated, *_shares(event)])
    ),
    "released": lambda payment, _event: msgspec.structs.replace(payment, rest_released=True),
    "cancel_requested": lambda payment, _event: msgspec.structs.replace(payment, cancel_requested=True),
    "cancel_failed": lambda payment, event: msgspec.structs.replace(
        payment, cancel_requested=False, error=event.payload["error"]
    ),
    **dict.fromkeys(ENDED, _ended),
    **dict.fromkeys((name for name in PART_MOVES if name.startswith("refund")), _refund),
    **dict.fromkeys((name for name in PART_MOVES if name.startswith("dispute")), _dispute),
}


def _references(payment: Payment) -> tuple[str, ...]:
    return (f"payment:{payment.provider}:{payment.reference}",) if payment.reference else ()


KIND = Kind("py_", "payment", Payment, apply, lambda payment: payment.owners, _references)
