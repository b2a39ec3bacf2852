"""A payment provider in memory: it passes the tests of every provider. For tests and examples; nothing is paid."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping

import msgspec

from entrepot.trade.ledger.events import timestamp
from entrepot.trade.payments.provider import (
    Authorization,
    Notification,
    NotificationRefused,
    PayoutAnswer,
    PayoutOrder,
    ProviderDispute,
    ProviderRefund,
    ProviderRefused,
    Snapshot,
)

#: What a `method` of the buyer does at once; with another one, or none, the buyer is waited for.
APPROVED, DECLINED = "approved", "declined"
SIGNATURE = "memory-signature"
#: How long an authorisation lasts.
LASTS = dt.timedelta(days=7)


class MemoryProvider:
    """A payment provider in memory: implements `PaymentProvider` and `PayoutProvider`.

    `now`: its clock; `secret`: signs notifications; `fee`: what it keeps of each captured amount, in thousandths.
    """

    name = "memory"

    def __init__(self, *, now: Callable[[], dt.datetime], secret: bytes = b"secret", fee: int = 0) -> None:
        self._now, self._secret, self._fee = now, secret, fee
        self.payments: dict[str, Snapshot] = {}
        self._asked: dict[str, Authorization] = {}
        self._answers: dict[str, Snapshot] = {}
        self.payouts: dict[str, PayoutAnswer] = {}
        self._sent = 0

    def authorize(self, request: Authorization, *, key: str) -> Snapshot:
        """Begin a payment."""
        if key in self._answers:
            return self._answers[key]
        # Named after the payment: two providers in memory over one database do not give one number twice.
        reference = f"mem_{request.payment}"
        self._asked[reference] = request
        self.payments[reference] = self._at(
            Snapshot(reference=reference, payment=request.payment, currency=request.currency),
            status="requires_action",
            action={"url": f"memory:{reference}"},
            payer=dict(request.payer),
            exchange={"request": f"authorize {request.amount} {request.currency}", "response": reference},
        )
        if request.method == APPROVED:
            self.approve(reference)
        elif request.method == DECLINED:
            self.decline(reference)
        return self._answered(key, reference)

    def approve(self, reference: str, *, amount: int | None = None, payer: Mapping[str, str] | None = None) -> Snapshot:
        """The buyer approves. `amount`: another one than was asked for, `payer`: another person."""
        request = self._asked[reference]
        given = request.amount if amount is None else amount
        now = self._now()
        changes = {"authorized": given, "paid_at": timestamp(now), "expires": timestamp(now + LASTS), "error": ""}
        changes |= {"transaction": f"T{reference}", **({"payer": payer} if payer is not None else {})}
        self._change(reference, status="authorized", **changes)
        if request.capture == "automatic":
            self._change(reference, status="captured", captured=given, fee=given * self._fee // 1000)
        return self.payments[reference]

    def decline(self, reference: str) -> Snapshot:
        """The buyer's bank declines."""
        return self._change(reference, status="created", error="declined", attempt=f"{self._sent}")

    def expire(self, reference: str) -> Snapshot:
        """The authorisation ends."""
        return self._change(reference, status="expired", error="authorization_expired")

    def dispute(self, reference: str, amount: int, status: str = "opened", number: str = "dp_1") -> Snapshot:
        """The buyer disputes an amount, or the dispute is won or lost."""
        others = tuple(each for each in self.payments[reference].disputes if each.reference != number)
        new = ProviderDispute(reference=number, amount=amount, status=status)
        return self._change(reference, disputes=(*others, new))

    def fail_refund(self, reference: str, refund: str) -> Snapshot:
        """A refund fails at the buyer's bank, also one that had succeeded."""
        changed = tuple(
            msgspec.structs.replace(each, status="failed", error="account_closed") if each.refund == refund else each
            for each in self.payments[reference].refunds
        )
        return self._change(reference, refunds=changed)

    def capture(self, reference: str, amount: int, currency: str, *, final: bool, key: str) -> Snapshot:
        """Take an amount that was authorised."""
        if key in self._answers:
            return self._answers[key]
        found = self.read(reference)
        taken = found.captured or 0
        if found.status == "expired":
            raise ProviderRefused("authorization_expired", f"The authorisation of {reference} has ended.")
        if found.status != "authorized" or currency != found.currency or taken + amount > (found.authorized or 0):
            raise ProviderRefused("not_capturable", f"{amount} {currency} cannot be taken of {reference}.")
        status = "captured" if final or taken + amount == found.authorized else "authorized"
        self._change(
            reference, status=status, captured=taken + amount, final=final, fee=found.fee + amount * self._fee // 1000
        )
        return self._answered(key, reference)

    def cancel(self, reference: str, *, key: str) -> Snapshot:
        """Cancel a payment of which nothing was taken."""
        if key in self._answers:
            return self._answers[key]
        found = self.read(reference)
        if found.captured:
            raise ProviderRefused("not_cancelable", f"{reference} was taken.")
        if found.status not in ("cancelled", "expired"):
            self._change(reference, status="cancelled")
        return self._answered(key, reference)

    def refund(self, reference: str, refund: str, amount: int, currency: str, *, key: str) -> Snapshot:
        """Pay back an amount."""
        if key in self._answers:
            return self._answers[key]
        found = self.read(reference)
        back = sum(each.amount for each in found.refunds if each.status != "failed")
        if currency != found.currency or back + amount > (found.captured or 0):
            raise ProviderRefused("refund_too_large", f"{reference} has {(found.captured or 0) - back} left.")
        number = f"{reference}_r{len(found.refunds) + 1}"
        new = ProviderRefund(reference=number, refund=refund, amount=amount, status="succeeded")
        self._change(reference, refunds=(*found.refunds, new))
        return self._answered(key, reference)

    def pay_out(self, order: PayoutOrder, *, key: str) -> PayoutAnswer:
        """Send money to a seller's account: it arrives when the test says so."""
        if (found := self.payouts.get(key)) is None:
            found = self.payouts[key] = PayoutAnswer(
                reference=f"mpo_{len(self.payouts) + 1:06}",
                payout=order.payout,
                amount=order.amount,
                currency=order.currency,
                status="in_transit",
            )
        return found

    def read_payout(self, reference: str) -> PayoutAnswer:
        """How a payout stands."""
        found = next((each for each in self.payouts.values() if each.reference == reference), None)
        if found is None:
            raise ProviderRefused("not_found", f"There is no payout {reference}.")
        return found

    def end_payout(self, reference: str, status: str, error: str = "") -> PayoutAnswer:
        """A payout arrives, or fails."""
        key = next(key for key, each in self.payouts.items() if each.reference == reference)
        self.payouts[key] = msgspec.structs.replace(self.payouts[key], status=status, error=error)
        return self.payouts[key]

    def read(self, reference: str) -> Snapshot:
        """All that is known of a payment."""
        if reference not in self.payments:
            raise ProviderRefused("not_found", f"There is no payment {reference}.")
        return self.payments[reference]

    def notify(
        self, reference: str, *, number: str = "", kind: str = "payment.updated"
    ) -> tuple[bytes, dict[str, str]]:
        """A signed notification about a payment as it is now: its body and its headers."""
        self._sent += 1
        notification = Notification(id=number or f"nt_{self._sent}", kind=kind, snapshot=self.payments[reference])
        body = msgspec.json.encode(notification)
        return body, {SIGNATURE: self._sign(body)}

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verify and read a notification."""
        if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), self._sign(body).encode()):
            raise NotificationRefused("wrong_signature", "The signature does not match the body.")
        try:
            return msgspec.json.decode(body, type=Notification)
        except msgspec.DecodeError as error:
            raise NotificationRefused("unreadable", str(error)) from error

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def _at(self, snapshot: Snapshot, **changes: object) -> Snapshot:
        return msgspec.structs.replace(snapshot, time=timestamp(self._now()), **changes)

    def _change(self, reference: str, **changes: object) -> Snapshot:
        self.payments[reference] = self._at(self.read(reference), **changes)
        return self.payments[reference]

    def _answered(self, key: str, reference: str) -> Snapshot:
        self._answers[key] = self.payments[reference]
        return self.payments[reference]
