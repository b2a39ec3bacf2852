"""The sandbox of a payment company, over HTTP: `entrepot sandbox payments` starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from entrepot.connect.payments.exchange import TIMEOUT, Answer, Exchange
from entrepot.trade.payments.provider import (
    Authorization,
    Notification,
    NotificationRefused,
    PayoutAnswer,
    PayoutOrder,
    ProviderDispute,
    ProviderDown,
    ProviderRefund,
    ProviderRefused,
    Snapshot,
)
from entrepot.trade.payments.state import Presented

#: The sandbox's states, in the words of the node.
_STATUSES = {
    "requires_action": "requires_action",
    "declined": "created",
    "authorized": "authorized",
    "partly_captured": "authorized",
    "captured": "captured",
    "cancelled": "cancelled",
    "expired": "expired",
}
_PAYOUTS = {"in_transit": "in_transit", "paid": "paid", "failed": "failed"}
#: Characters of the id of a notification.
MAX_ID = 180


class _Refund(msgspec.Struct, frozen=True):
    id: str
    refund: str
    amount: int
    status: str
    error: str = ""


class _Dispute(msgspec.Struct, frozen=True):
    id: str
    amount: int
    status: str
    reason: str = ""


class _Payment(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payment: str
    currency: str
    status: str
    updated: str
    authorized: int
    captured: int
    fee: int
    transaction: str
    paid_at: str
    expires: str
    error: str
    attempt: int
    payer: dict[str, str]
    presented: Presented | None
    refunds: tuple[_Refund, ...]
    disputes: tuple[_Dispute, ...]
    action: dict[str, str] = {}


class _Payout(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payout: str
    amount: int
    currency: str
    status: str
    error: str = ""


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


class _Notified(msgspec.Struct, frozen=True):
    type: str
    data: msgspec.Raw


class SandboxPayments:
    """The payment company at an address: implements `PaymentProvider` and `PayoutProvider`.

    `token`, `secret`: what the sandbox printed when it started.
    """

    name = "sandbox"

    def __init__(self, address: str, token: str, secret: str, *, timeout: float = TIMEOUT) -> None:
        self._exchange, self._token = Exchange(address, timeout=timeout), token
        self._webhook = Webhook(secret)

    def authorize(self, request: Authorization, *, key: str) -> Snapshot:
        """Begin a payment."""
        asked = {
            "payment": request.payment,
            "order": request.order,
            "amount": request.amount,
            "currency": request.currency,
            "capture": request.capture,
            "method": request.method,
            "payer": dict(request.payer),
            "return_url": request.return_url,
        }
        sent, answer = self._post("/payments", asked, key)
        found = _snapshot(answer.body)
        exchange = {"request": sent.decode(), "response": answer.body.decode()}
        return msgspec.structs.replace(found, exchange=exchange)

    def capture(self, reference: str, amount: int, currency: str, *, final: bool, key: str) -> Snapshot:
        """Capture."""
        return self._act(reference, "capture", {"amount": amount, "currency": currency, "final": final}, key)

    def cancel(self, reference: str, *, key: str) -> Snapshot:
        """Cancel."""
        return self._act(reference, "cancel", {}, key)

    def refund(self, reference: str, refund: str, amount: int, currency: str, *, key: str) -> Snapshot:
        """Refund."""
        return self._act(reference, "refunds", {"amount": amount, "currency": currency, "refund": refund}, key)

    def read(self, reference: str) -> Snapshot:
        """All that the company knows of a payment."""
        return _snapshot(self._get(f"/payments/{quote(reference, safe='')}").body)

    def voucher(self, reference: str) -> dict[str, Any]:
        """What the company declares to customs of a payment, by the names of the message CEB411."""
        found: dict[str, Any] = msgspec.json.decode(self._get(f"/payments/{quote(reference, safe='')}/voucher").body)
        return found

    def pay_out(self, order: PayoutOrder, *, key: str) -> PayoutAnswer:
        """Send money to a seller's account."""
        _, answer = self._post("/payouts", msgspec.to_builtins(order), key)
        return _payout(answer.body)

    def read_payout(self, reference: str) -> PayoutAnswer:
        """How a payout stands."""
        return _payout(self._get(f"/payouts/{quote(reference, safe='')}").body)

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verify and read a notification (Standard Webhooks)."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            raise NotificationRefused("wrong_signature", f"The signature does not match: {error}.") from None
        number = headers["webhook-id"]
        try:
            if not 1 <= len(number) <= MAX_ID:
                raise NotificationRefused("unreadable", "The id of the notification is too long.")
            found = msgspec.json.decode(body, type=_Notified)
            about = _snapshot(bytes(found.data)) if found.type.startswith("payment.") else None
            payout = _payout(bytes(found.data)) if found.type.startswith("payout.") else None
        except (msgspec.MsgspecError, UnicodeDecodeError, ProviderDown) as error:
            raise NotificationRefused("unreadable", f"The notification cannot be read: {error}.") from None
        return Notification(id=number, kind=found.type, snapshot=about, payout=payout)

    def _act(self, reference: str, what: str, asked: Mapping[str, Any], key: str) -> Snapshot:
        return _snapshot(self._post(f"/payments/{quote(reference, safe='')}/{what}", asked, key)[1].body)

    def _post(self, path: str, asked: Mapping[str, Any], key: str) -> tuple[bytes, Answer]:
        sent = msgspec.json.encode(asked)
        return sent, self._checked(
            self._exchange.request("POST", path, {**self._headers(), "Idempotency-Key": key}, sent)
        )

    def _get(self, path: str) -> Answer:
        return self._checked(self._exchange.request("GET", path, self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}

    def _checked(self, answer: Answer) -> Answer:
        return answer if answer.status in (200, 201) else _refuse(answer)


def _snapshot(body: bytes) -> Snapshot:
    """What the company says of a payment. Raises ProviderDown if it cannot be read."""
    try:
        found = msgspec.json.decode(body, type=_Payment)
        return Snapshot(
            reference=found.id,
            payment=found.payment,
            time=found.updated,
            status=_STATUSES[found.status],
            currency=found.currency,
            authorized=found.authorized,
            captured=found.captured,
            final=found.status != "partly_captured",
            expires=found.expires,
            paid_at=found.paid_at,
            transaction=found.transaction,
            error=found.error,
            attempt=f"{found.id}:{found.attempt}" if found.attempt else "",
            fee=found.fee,
            payer=found.payer if found.paid_at else {},
            presented=found.presented,
            action=found.action,
            refunds=tuple(
                ProviderRefund(
                    reference=each.id, refund=each.refund, amount=each.amount, status=each.status, error=each.error
                )
                for each in found.refunds
            ),
            disputes=tuple(
                ProviderDispute(reference=each.id, amount=each.amount, status=each.status, reason=each.reason)
                for each in found.disputes
            ),
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise ProviderDown(f"The answer of the payment company cannot be read: {error}.") from None


def _payout(body: bytes) -> PayoutAnswer:
    try:
        found = msgspec.json.decode(body, type=_Payout)
        return PayoutAnswer(
            reference=found.id,
            payout=found.payout,
            amount=found.amount,
            currency=found.currency,
            status=_PAYOUTS[found.status],
            error=found.error,
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise ProviderDown(f"The answer of the payment company cannot be read: {error}.") from None


def _refuse(answer: Answer) -> NoReturn:
    try:
        error = msgspec.json.decode(answer.body, type=_Refusal).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderDown(f"The payment company answered with status {answer.status}.") from None
    if answer.status >= 500 or answer.status in (401, 403, 408, 425, 429):
        # Also where the token is wrong: the operator corrects it, and nothing is lost.
        raise ProviderDown(f"The payment company answered with status {answer.status}: {error.message}")
    raise ProviderRefused(error.code[:60], error.message)
