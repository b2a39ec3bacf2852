"""The port of payment providers: what is asked of them, and what they say about a payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from entrepot.trade.payments.state import Presented

#: The states of a payment as the node reads them from any provider.
PROVIDER_STATUSES = (
    "created",
    "requires_action",
    "processing",
    "authorized",
    "captured",
    "cancelled",
    "expired",
    "failed",
)


class ProviderDown(Exception):
    """A provider did not answer, answered too late, or what it answered cannot be read. The request is repeated."""


class ProviderRefused(Exception):
    """A provider refused a request for good. `code`: its reason, a word; the text is for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotificationRefused(Exception):
    """A notification was not accepted: a signature that does not match, or a body that cannot be read.

    `code`: wrong_signature or unreadable.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked to authorise. `capture`: manual, or automatic: taken as soon as it is authorised.

    `method`: the provider's token of the buyer's card or account; empty where the buyer chooses on the provider's page.
    `payer`: name, identity_type, identity_number, telephone, where customs asks for them. `return_url`: the page of
    the order, to which the provider's page leads back.
    """

    payment: str
    order: str
    amount: int
    currency: str
    capture: str = "manual"
    method: str = ""
    payer: Mapping[str, str] = {}
    return_url: str = ""


class ProviderRefund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refund as the provider has it. `refund`: our id of it, if the provider knows it."""

    reference: str
    amount: int
    status: str
    refund: str = ""
    error: str = ""


class ProviderDispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dispute as the provider has it. `status`: opened, won or lost."""

    reference: str
    amount: int
    status: str
    reason: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a provider said about a payment at a time: all of it, or a part. None and empty: not said.

    `reference`: the provider's id; `payment`: ours; `authorized`, `captured`: amounts in the payment's currency;
    `final`: nothing more can be captured; `transaction`: the number that the payment company declares to customs;
    `action`: what the buyer needs to pay (`url` or `client_secret`); `exchange`: the raw request and answer, which
    customs may ask for; `fee`: what the provider charged for all that was captured; `attempt`: the provider's id of the
    attempt of which `error` tells.
    """

    reference: str
    payment: str = ""
    time: str = ""
    status: str | None = None
    currency: str = ""
    authorized: int | None = None
    captured: int | None = None
    final: bool = True
    expires: str = ""
    paid_at: str = ""
    transaction: str = ""
    error: str = ""
    attempt: str = ""
    fee: int = 0
    payer: Mapping[str, str] = {}
    presented: Presented | None = None
    action: Mapping[str, str] = {}
    exchange: Mapping[str, str] = {}
    refunds: tuple[ProviderRefund, ...] = ()
    disputes: tuple[ProviderDispute, ...] = ()


class PayoutOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked to pay out. `payout`: our id; `account`: the recipient's bank account."""

    payout: str
    recipient: str
    amount: int
    currency: str
    account: str


class PayoutAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout as the provider has it. `status`: in_transit, paid or failed; `payout`: our id."""

    reference: str
    payout: str
    amount: int
    currency: str
    status: str
    error: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A verified notification. `id`: the provider's, unique. It is about a payment, a payout, or neither."""

    id: str
    kind: str
    snapshot: Snapshot | None = None
    payout: PayoutAnswer | None = None


class PaymentProvider(Protocol):
    """A payment provider. Requests raise ProviderDown or ProviderRefused.

    `key`: the same request with the same key has one effect, and the same answer.
    """

    @property
    def name(self) -> str:
        """The name of the provider: in accounts, in addresses and in settings."""

    def authorize(self, request: Authorization, *, key: str) -> Snapshot:
        """Begin a payment."""

    def capture(self, reference: str, amount: int, currency: str, *, final: bool, key: str) -> Snapshot:
        """Take an amount that was authorised. `final`: the rest is released."""

    def cancel(self, reference: str, *, key: str) -> Snapshot:
        """Cancel a payment of which nothing was taken."""

    def refund(self, reference: str, refund: str, amount: int, currency: str, *, key: str) -> Snapshot:
        """Pay back an amount. `refund`: our id, which the provider gives back with its own."""

    def read(self, reference: str) -> Snapshot:
        """All that the provider knows of a payment."""

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verify and read a notification; names of headers are in small letters. Raises NotificationRefused."""


class PayoutProvider(Protocol):
    """Who pays sellers. Requests raise ProviderDown or ProviderRefused; `key` as in PaymentProvider."""

    @property
    def name(self) -> str:
        """The name of the provider: in accounts and in settings."""

    def pay_out(self, order: PayoutOrder, *, key: str) -> PayoutAnswer:
        """Send money to a seller's account."""

    def read_payout(self, reference: str) -> PayoutAnswer:
        """How a payout stands."""
