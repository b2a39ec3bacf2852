"""Stripe, by its own library, as `entrepot.trade.payments.provider` has it: one PaymentIntent for each payment.

A payment is an intent with manual capture, or automatic capture. The buyer pays in the browser with the intent's client
secret; no card number comes near the node. Stripe's amounts are in units of its own for a few currencies.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import stripe

from entrepot.connect.payments.exchange import TIMEOUT, Exchange
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.payments.provider import (
    Authorization,
    Notification,
    NotificationRefused,
    ProviderDispute,
    ProviderDown,
    ProviderRefund,
    ProviderRefused,
    Snapshot,
)

ADDRESS = "https://api.stripe.com"
#: Stripe's states of an intent, in the words of the node.
_STATUSES = {
    "requires_payment_method": "created",
    "requires_confirmation": "created",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "succeeded": "captured",
    "canceled": "cancelled",
}
#: Why Stripe itself cancelled an intent that nobody captured in time.
_EXPIRED = ("automatic", "expired")
_REFUNDS = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
#: States of a dispute that is not decided. `warning_…`: an inquiry, by which no money is taken.
_DISPUTES = {"won": "won", "lost": "lost", "needs_response": "opened", "under_review": "opened"}
#: Decimals of Stripe's amounts where they are not two (https://docs.stripe.com/currencies). ISK and UGX have
#: none, but Stripe writes them with two.
_ZERO = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_CODE = re.compile(r"[a-z0-9_]{1,60}\Z")


#: The charge of an intent is answered with what Stripe keeps of it.
_EXPANDED: Mapping[str, Any] = {"expand": ["latest_charge.balance_transaction"]}
#: Where an answer has the time of it.
ANSWERED = "answered"


class _Client(stripe.HTTPClient):
    """The HTTP client of the library: to one address, bounded, without redirects."""

    name = "entrepot"

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_more: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request. Raises APIConnectionError, which says why."""
        if not url.startswith(f"{self._exchange.address}/"):
            raise _no_answer(f"{url[:100]} is not an address of the provider.")
        # The library describes this machine in a header that Stripe does not need.
        sent = {
            name: value for name, value in (headers or {}).items() if not name.lower().startswith("x-stripe-client")
        }
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = self._exchange.request(method.upper(), url[len(self._exchange.address) :], sent, body)
            return answer.body.decode(), answer.status, answer.headers
        except (ProviderDown, UnicodeDecodeError) as error:
            raise _no_answer(str(error)) from error

    def close(self) -> None:
        """Nothing stays open."""


def _no_answer(why: str) -> Exception:
    error: Any = stripe.APIConnectionError  # its constructor has no types
    found: Exception = error(why)
    return found


class Stripe:
    """Stripe: implements `PaymentProvider`. `key`: the secret key; `secret`: of the webhook endpoint (`whsec_…`).

    `decimals`: those of each currency in the node. `address`: of the API, for a server that takes its place in tests.
    """

    name = "stripe"

    def __init__(
        self, key: str, secret: str, decimals: Mapping[str, int], *, address: str = ADDRESS, timeout: float = TIMEOUT
    ) -> None:
        exchange = Exchange(address, timeout=timeout)
        # Its parameters are typed dictionaries of literals; here they are built step by step.
        self._client: Any = stripe.StripeClient(
            key, http_client=_Client(exchange), base_addresses={"api": exchange.address}, max_network_retries=0
        )
        self._secret, self._decimals = secret, decimals

    def authorize(self, request: Authorization, *, key: str) -> Snapshot:
        """Create an intent; with a `method`, confirm it at once."""
        params: dict[str, Any] = {
            **_EXPANDED,
            "amount": self._out(request.amount, request.currency),
            "currency": request.currency.lower(),
            "capture_method": request.capture,
            "metadata": {"payment": request.payment, "order": request.order},
        }
        if request.method:
            params |= {"payment_method": request.method, "confirm": True}
        try:
            intent = self._call(lambda: self._client.v1.payment_intents.create(params, self._options(key)))
        except _Declined as error:
            # The buyer's bank has declined: the intent exists, and the buyer may try another card.
            if error.reference:
                return self.read(error.reference)
            raise ProviderRefused(error.code, str(error)) from error
        found = self._snapshot(intent)
        exchange = {
            "request": msgspec.json.encode(params).decode(),
            "response": msgspec.json.encode(intent, enc_hook=str).decode(),
        }
        return _replace(found, exchange=exchange)

    def capture(self, reference: str, amount: int, currency: str, *, final: bool, key: str) -> Snapshot:
        """Capture. Stripe releases the rest of an intent after its first capture."""
        del final
        asked = {"amount_to_capture": self._out(amount, currency), **_EXPANDED}
        intent = self._call(lambda: self._client.v1.payment_intents.capture(reference, asked, self._options(key)))
        return self._snapshot(intent)

    def cancel(self, reference: str, *, key: str) -> Snapshot:
        """Cancel an intent; one that ended already stays as it is."""
        intent = self._call(lambda: self._client.v1.payment_intents.cancel(reference, {}, self._options(key)))
        return self._snapshot(intent)

    def refund(self, reference: str, refund: str, amount: int, currency: str, *, key: str) -> Snapshot:
        """Refund, unless Stripe has this refund already: its keys are remembered for a day only."""
        attempt = key
        known = [each for each in self._refunds(reference) if _metadata(each).get("attempt") == attempt]
        if not known:
            asked = {
                "payment_intent": reference,
                "amount": self._out(amount, currency),
                "metadata": {"refund": refund, "attempt": attempt},
            }
            known = [self._call(lambda: self._client.v1.refunds.create(asked, self._options(key)))]
        return Snapshot(reference=reference, refunds=tuple(self._refund(each) for each in known))

    def read(self, reference: str) -> Snapshot:
        """An intent with its refunds."""
        intent = self._call(lambda: self._client.v1.payment_intents.retrieve(reference, dict(_EXPANDED)))
        refunds = tuple(self._refund(each) for each in self._refunds(reference)) if _charge(intent) else ()
        return _replace(self._snapshot(intent), refunds=refunds)

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verify the signature by the library, and read the event."""
        try:
            text, signature = body.decode(), headers.get("stripe-signature", "")
            stripe.WebhookSignature.verify_header(text, signature, self._secret, stripe.Webhook.DEFAULT_TOLERANCE)
        except (UnicodeDecodeError, stripe.SignatureVerificationError) as error:
            raise NotificationRefused("wrong_signature", f"The signature does not match: {error}") from None
        try:
            event = stripe.Webhook.construct_event(text, signature, self._secret)
            found: dict[str, Any] = event.to_dict()
            return Notification(id=str(found["id"]), kind=str(found["type"]), snapshot=self._of_event(found))
        except (ValueError, KeyError, TypeError, AttributeError, ProviderRefused, ProviderDown) as error:
            raise NotificationRefused("unreadable", f"The notification cannot be read: {error!r}.") from None

    def _of_event(self, event: Mapping[str, Any]) -> Snapshot | None:
        """What an event says; None for an event that is not about a payment."""
        data, kind = event["data"]["object"], str(event["type"])
        time = timestamp(dt.datetime.fromtimestamp(int(event["created"]), dt.UTC))
        if kind.startswith("payment_intent."):
            return _replace(self._snapshot(data), time=time)
        if not data.get("payment_intent"):
            return None
        reference = _id(data["payment_intent"])
        if data.get("object") == "refund":
            return Snapshot(reference=reference, time=time, refunds=(self._refund(data),))
        if data.get("object") == "dispute" and (status := _DISPUTES.get(str(data["status"]))):
            dispute = ProviderDispute(
                reference=str(data["id"]),
                amount=self._in(int(data["amount"]), str(data["currency"]).upper()),
                status=status,
                reason=str(data.get("reason") or ""),
            )
            return Snapshot(reference=reference, time=time, disputes=(dispute,))
        return None

    def _snapshot(self, intent: Mapping[str, Any]) -> Snapshot:
        currency = str(intent["currency"]).upper()
        status = _STATUSES.get(str(intent["status"]))
        if status is None:
            raise ProviderDown(f"Stripe answered with a state that is not known: {str(intent['status'])[:40]}.")
        if status == "cancelled" and intent.get("cancellation_reason") in _EXPIRED:
            status = "expired"
        paid = status in ("authorized", "captured")
        amount = self._in(int(intent["amount"]), currency)
        error, charge = intent.get("last_payment_error") or {}, _charge(intent)
        received = intent.get("amount_received")
        captured = self._in(int(received), currency) if received is not None else amount if status == "captured" else 0
        secret = intent.get("client_secret")
        return Snapshot(
            reference=str(intent["id"]),
            payment=_metadata(intent).get("payment", ""),
            time=_time(intent),
            status=status,
            currency=currency,
            authorized=amount if paid else None,
            captured=captured,
            paid_at=_time(intent) if paid else "",
            transaction=_id(charge) if charge else str(intent["id"]),
            error=_code(error.get("decline_code") or error.get("code") or "declined") if error else "",
            attempt=str(error.get("charge") or "") if error else "",
            fee=self._fee(charge, currency),
            action={"client_secret": str(secret)} if secret and not paid else {},
        )

    def _fee(self, charge: Any, currency: str) -> int:
        """What Stripe charged, where it is told in the currency of the payment; 0 where it is not told."""
        moved = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
        if not isinstance(moved, Mapping) or str(moved.get("currency", "")).upper() != currency:
            return 0
        return self._in(int(moved.get("fee") or 0), currency)

    def _refund(self, refund: Mapping[str, Any]) -> ProviderRefund:
        currency = str(refund["currency"]).upper()
        return ProviderRefund(
            reference=str(refund["id"]),
            refund=_metadata(refund).get("refund", ""),
            amount=self._in(int(refund["amount"]), currency),
            status=_REFUNDS.get(str(refund["status"]), "pending"),
            error=_code(refund.get("failure_reason") or "") if refund.get("failure_reason") else "",
        )

    def _refunds(self, reference: str) -> list[Any]:
        found = self._call(lambda: self._client.v1.refunds.list({"payment_intent": reference, "limit": 100}))
        return list(found["data"])

    def _call(self, ask: Callable[[], Any]) -> dict[str, Any]:
        """What the library answers, as plain values, with `answered`: when. Its errors become those of the port."""
        try:
            answer = ask()
            headers = answer.last_response.headers if answer.last_response else {}
            found: dict[str, Any] = answer.to_dict()
            return {**found, ANSWERED: headers.get("date", "")}
        except stripe.CardError as error:
            raise _Declined(error) from error
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.AuthenticationError) as error:
            # Also where the key is wrong: the operator corrects it, and nothing is lost.
            raise ProviderDown(f"Stripe: {error.user_message or error}") from error
        except stripe.InvalidRequestError as error:
            raise ProviderRefused(_code(error.code or "invalid_request"), f"Stripe: {error.user_message}") from error
        except stripe.StripeError as error:
            # A key that was used for other parameters is never right; everything else may pass.
            if isinstance(error, stripe.IdempotencyError):
                raise ProviderRefused("idempotency_key_reused", f"Stripe: {error.user_message}") from error
            raise ProviderDown(f"Stripe: {error.user_message or type(error).__name__}") from error

    def _options(self, key: str) -> stripe.RequestOptions:
        return {"idempotency_key": key}

    def _out(self, amount: int, currency: str) -> int:
        """An amount in Stripe's units. Raises ProviderRefused for one that Stripe cannot write."""
        found, rest = _shifted(amount, stripe_decimals(currency) - self._decimals.get(currency, 2))
        if rest or (currency in _THREE and found % 10):
            raise ProviderRefused("amount_unit", f"Stripe cannot take {amount} minor units of {currency}: too fine.")
        return found

    def _in(self, amount: int, currency: str) -> int:
        found, rest = _shifted(amount, self._decimals.get(currency, 2) - stripe_decimals(currency))
        if rest:
            raise ProviderRefused("amount_unit", f"{amount} of Stripe's units are no minor units of {currency}.")
        return found


class _Declined(ProviderRefused):
    """The buyer's bank declined. `reference`: the intent."""

    def __init__(self, error: stripe.CardError) -> None:
        super().__init__(_code(error.code or "declined"), f"Stripe: {error.user_message}")
        found = (error.json_body or {}).get("error", {}) if isinstance(error.json_body, dict) else {}
        self.reference = str((found.get("payment_intent") or {}).get("id") or "")


def stripe_decimals(currency: str) -> int:
    """The decimals of Stripe's amounts in a currency.

    >>> [stripe_decimals(each) for each in ("CNY", "VND", "KWD", "ISK", "LAK")]
    [2, 0, 3, 2, 2]
    """
    return 0 if currency in _ZERO else 3 if currency in _THREE else 2


def _shifted(amount: int, places: int) -> tuple[int, int]:
    """An amount times ten to a power, and what remains of it.

    >>> _shifted(5, 2), _shifted(505, -2)
    ((500, 0), (5, 5))
    """
    power = int(10 ** abs(places))
    return (amount * power, 0) if places >= 0 else divmod(amount, power)


def _metadata(found: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in dict(found.get("metadata") or {}).items()}


def _charge(intent: Mapping[str, Any]) -> Any:
    return intent.get("latest_charge")


def _id(found: Any) -> str:
    """The id of an object, which Stripe writes as its id or as the object."""
    return str(found if isinstance(found, str) else found["id"])


def _time(intent: Mapping[str, Any]) -> str:
    """When Stripe answered, by its clock; else when the intent was created."""
    date = intent.get(ANSWERED)
    at = parsedate_to_datetime(date) if date else dt.datetime.fromtimestamp(int(intent["created"]), dt.UTC)
    return timestamp(at)


def _code(text: str) -> str:
    code = str(text).lower().replace("-", "_")
    return code if _CODE.match(code) else "refused"


def _replace(snapshot: Snapshot, **changes: Any) -> Snapshot:
    return msgspec.structs.replace(snapshot, **changes)
