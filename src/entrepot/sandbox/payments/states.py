"""A payment at the payment company: its states, the moves between them, and the switches of the sandbox."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from entrepot.sandbox.switches import Switches

#: What the buyer does at once if the request says so; with any other method, the buyer is waited for.
APPROVED, DECLINED = "approved", "declined"
WAITING = ("requires_action", "declined")
#: (state, move) -> the next state; "" where it follows from amounts.
MOVES = {
    **{(state, "approve"): "authorized" for state in WAITING},
    **{(state, "decline"): "declined" for state in WAITING},
    **{(state, "cancel"): "cancelled" for state in (*WAITING, "authorized")},
    **{(state, "expire"): "expired" for state in (*WAITING, "authorized")},
    ("authorized", "capture"): "",
    ("partly_captured", "capture"): "",
}
REFUND_STATES = ("pending", "succeeded", "failed")
DISPUTE_STATES = ("opened", "won", "lost")

Minor = Annotated[int, Meta(ge=1, le=10**15)]
Text = Annotated[str, Meta(max_length=200)]
Number = Annotated[str, Meta(min_length=1, max_length=60)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class PaymentSwitches(Switches, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches of every sandbox, and those of a payment company.

    `decline`: what buyers approve is declined; `fail_captures`: captures are refused; `fail_refunds`: refunds fail;
    `off_by`: minor units by which what is authorised differs from what was asked for; `other_payer`: another person
    pays; `convert`: a currency in which buyers pay, converted by the company; `fee`: what it keeps of a captured
    amount, in thousandths; `valid_days`: how long an authorisation lasts; `fail_payouts`: payouts fail.
    """

    decline: bool = False
    fail_captures: bool = False
    fail_refunds: bool = False
    off_by: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    other_payer: bool = False
    convert: Annotated[str, Meta(pattern="^([A-Z]{3})?$")] = ""
    fee: Annotated[int, Meta(ge=0, le=500)] = 0
    valid_days: Annotated[int, Meta(ge=1, le=365)] = 7
    fail_payouts: bool = False


class Payer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who pays: the owner of the account at the payment company."""

    name: Text = ""
    identity_type: Annotated[str, Meta(max_length=2)] = ""
    identity_number: Annotated[str, Meta(max_length=60)] = ""
    telephone: Annotated[str, Meta(max_length=60)] = ""


#: Somebody else, for the switch `other_payer`. The number belongs to nobody: its check digit is wrong.
STRANGER = Payer(
    name="王五 (sandbox)", identity_type="1", identity_number="110105194912310000", telephone="13900000000"
)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. `payment`, `order`: the numbers of who asks; `method`: approved, declined, or empty."""

    payment: Number
    order: Number
    amount: Minor
    currency: Currency
    capture: Annotated[str, Meta(pattern="^(manual|automatic)$")] = "manual"
    method: Annotated[str, Meta(max_length=60)] = ""
    payer: Payer = Payer()
    return_url: Annotated[str, Meta(max_length=500)] = ""


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund. `refund`: the number of who asked for it; empty if it was made here by hand."""

    id: str
    refund: str
    amount: int
    status: str
    error: str = ""


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute that the buyer opened with their bank."""

    id: str
    amount: int
    status: str
    reason: str = "not_received"


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer paid in another currency. `rate`: units of the payment's currency for one of it."""

    currency: str
    amount: int
    rate: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as stored. `secret`: part of the address of the buyer's page; `attempt`: how often it was declined."""

    id: str
    secret: str
    payment: str
    order: str
    amount: int
    currency: str
    capture: str
    status: str
    created: str
    updated: str
    payer: Payer = Payer()
    return_url: str = ""
    authorized: int = 0
    captured: int = 0
    fee: int = 0
    transaction: str = ""
    paid_at: str = ""
    expires: str = ""
    error: str = ""
    attempt: int = 0
    presented: Presented | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def left(self) -> int:
        """What can be refunded."""
        return self.captured - sum(each.amount for each in self.refunds if each.status != "failed")


class MoveNotAllowed(Exception):
    """The payment cannot make that move from where it is. `code`: a word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def after(payment: Payment, move: str) -> str:
    """The state after a move; "" where it follows from amounts. Raises MoveNotAllowed."""
    found = MOVES.get((payment.status, move))
    if found is None:
        able = ", ".join(sorted(each for state, each in MOVES if state == payment.status)) or "nothing more"
        code = "authorization_expired" if payment.status == "expired" else f"{move}_not_possible"
        raise MoveNotAllowed(code, f"{payment.id} is {payment.status}; it can: {able}.")
    return found


def captured(payment: Payment, amount: int, *, final: bool) -> Payment:
    """The payment after a capture. Raises MoveNotAllowed."""
    after(payment, "capture")
    if payment.captured + amount > payment.authorized:
        left = payment.authorized - payment.captured
        raise MoveNotAllowed("amount_too_large", f"{payment.id} has {left} left to capture; {amount} was asked for.")
    total = payment.captured + amount
    whole = final or total == payment.authorized
    return msgspec.structs.replace(payment, captured=total, status="captured" if whole else "partly_captured")


def refunded(payment: Payment, refund: Refund) -> Payment:
    """The payment with a new refund. Raises MoveNotAllowed."""
    if payment.captured == 0:
        raise MoveNotAllowed("nothing_captured", f"{payment.id} is {payment.status}: nothing was captured.")
    if refund.amount > payment.left:
        raise MoveNotAllowed(
            "amount_too_large", f"{payment.id} has {payment.left} left to refund; {refund.amount} was asked for."
        )
    return msgspec.structs.replace(payment, refunds=(*payment.refunds, refund))


def settled(payment: Payment, number: str, status: str, error: str = "") -> Payment:
    """The payment with a refund that succeeded or failed: also one that had succeeded may fail. Raises LookupError."""
    if all(number not in (each.id, each.refund) for each in payment.refunds):
        raise LookupError(f"{payment.id} has no refund {number[:60]}.")
    changed = tuple(
        msgspec.structs.replace(each, status=status, error=error)
        if number in (each.id, each.refund) and each.status != "failed"
        else each
        for each in payment.refunds
    )
    return msgspec.structs.replace(payment, refunds=changed)


def disputed(payment: Payment, amount: int, number: str) -> Payment:
    """The payment with a dispute. Raises MoveNotAllowed."""
    if not 0 < amount <= payment.captured:
        raise MoveNotAllowed("amount_too_large", f"{payment.id} has {payment.captured} captured; disputed: {amount}.")
    return msgspec.structs.replace(
        payment, disputes=(*payment.disputes, Dispute(id=number, amount=amount, status="opened"))
    )


def decided(payment: Payment, number: str, status: str) -> Payment:
    """The payment with a dispute that was won or lost. Raises LookupError, MoveNotAllowed."""
    found = next((each for each in payment.disputes if not number or each.id == number), None)
    if found is None:
        raise LookupError(f"{payment.id} has no dispute {number[:60]}.")
    if found.status != "opened":
        raise MoveNotAllowed("dispute_decided", f"The dispute {found.id} is {found.status}.")
    changed = tuple(
        msgspec.structs.replace(each, status=status) if each.id == found.id else each for each in payment.disputes
    )
    return msgspec.structs.replace(payment, disputes=changed)


class PayoutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payout that is asked for. `payout`: the number of who asks; `account`: the recipient's bank account."""

    payout: Number
    recipient: Number
    amount: Minor
    currency: Currency
    account: Annotated[str, Meta(min_length=1, max_length=100)]


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """A payout as stored. `status`: in_transit, paid or failed."""

    id: str
    payout: str
    recipient: str
    amount: int
    currency: str
    status: str
    created: str
    updated: str
    error: str = ""
