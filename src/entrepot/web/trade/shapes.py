"""Objects of trade as the API shows them: `id`, `object`, `created`; amounts as decimal text in major units.

Personal data is not in them: of a buyer only the organization, of a payer only that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from entrepot.web.trade.delivery_shapes import DeliveryTermsShown
from entrepot.web.trade.request_shapes import (
    GoodwillShown,
    ServiceAcceptanceShown,
    ServiceCancellationShown,
    ServiceObjectionShown,
)


class PictureShown(msgspec.Struct, kw_only=True):
    """A picture of an offer: the paths of its sizes on this node, and the pixels of the larger one."""

    large: str
    small: str
    width: int
    height: int


class OfferShown(msgspec.Struct, kw_only=True):
    """What a seller sells.

    `pavilion`: where the market shows it, "" for nowhere; `pictures`: the first stands for the offer; `measures`: of
    one piece; `stock`: pieces that can still be ordered, null where they are not counted; `version`: grows with each
    change of what is sold or of its price; `delivery`: the terms of a service that this node delivers.
    """

    object: Literal["offer"] = "offer"
    id: str
    created: str
    status: Literal["active", "paused", "ended"]
    seller: str
    currency: str
    price: str
    shipping: str
    shipping_further: str
    insurance: str
    stock: int | None
    version: int
    titles: Mapping[str, str]
    pavilion: str
    descriptions: Mapping[str, str]
    pictures: tuple[PictureShown, ...]
    hs_code: str
    service: str
    country_of_origin: str
    proof_of_origin: str
    ship_from: str
    incoterm: str
    measures: Mapping[str, str]
    unit: str
    reference: str
    barcode: str
    specification: str
    registrations: Mapping[str, str]
    tax_registrations: tuple[str, ...]
    tax_class: str
    supply: str
    warehouse: str
    record_number: str
    freight_on_return: str
    delivery: DeliveryTermsShown | None


class AmountsShown(msgspec.Struct, kw_only=True):
    """What the buyer pays with the order. What customs or a carrier collects itself is not in it."""

    goods: str
    shipping: str
    insurance: str
    duties: str
    taxes: str
    fees: str
    total: str


class ChargeShown(msgspec.Struct, kw_only=True):
    """A duty, tax or fee. `with_order`: whether it is paid with the order."""

    id: str
    kind: str
    amount: str
    collected_by: str
    with_order: bool


class AssertionShown(msgspec.Struct, kw_only=True):
    """A condition of the law that somebody vouched for."""

    id: str
    by: str
    time: str


class QuoteOfOrder(msgspec.Struct, kw_only=True):
    """The quote that the order is locked to, with the law behind it. `option`: the import procedure."""

    id: str
    hash: str
    law_date: str
    law_hash: str
    option: str
    currency: str
    expires_at: str
    charges: tuple[ChargeShown, ...]
    assertions: tuple[AssertionShown, ...]


class LineShown(msgspec.Struct, kw_only=True):
    """A line as it was sold. `number`: from 1, as returns name it; `booking`: of a service at a time, else null."""

    number: int
    offer: str
    titles: Mapping[str, str]
    hs_code: str
    service: str
    country_of_origin: str
    quantity: int
    price: str
    amount: str
    returned: int
    booking: str | None


class PartShown(msgspec.Struct, kw_only=True):
    """An object of an order, and its status."""

    id: str
    status: str


class LimitShown(msgspec.Struct, kw_only=True):
    """What the order takes of the buyer's annual limit. `status`: reserved, used or given_back."""

    economy: str
    year: int
    currency: str
    amount: str
    returned: str
    status: str


class ReasonShown(msgspec.Struct, kw_only=True):
    """Why something is so: a code, a sentence in English, and its sources."""

    code: str
    message: str
    sources: tuple[str, ...]
    trust: str


class DestinationShown(msgspec.Struct, kw_only=True):
    """Where the goods go, as far as taxes depend on it."""

    country: str
    state: str


class WaitShown(msgspec.Struct, kw_only=True):
    """A message of an order that its counterpart has not accepted. `channel`: payments, carrier or customs.

    `topic`: what is asked, such as capture, book or list; `status`: waiting (it is sent again at `next_attempt_at`), or
    given_up (the operator of the platform sends it again or discards it); `reason`: why the last attempt failed, for
    the seller.
    """

    channel: str
    topic: str
    status: Literal["waiting", "given_up"]
    attempts: int
    since: str
    next_attempt_at: str | None
    reason: str


class OrderShown(msgspec.Struct, kw_only=True):
    """An order. `status` is derived from its payment, its declarations, its shipments or deliveries, and its returns.

    `attention`: codes of what needs somebody; `waits_for`: messages that a counterpart has not accepted; `reasons`: why
    it is an order of its own; `orders`: all orders of the checkout; `why`: of its last own event, such as a
    cancellation. `deposit`: what is paid besides the amounts, and given back after the use. `cancellations`,
    `objections`, `acceptances`: of single services that another node delivers; `goodwills`: what the seller gives back
    across nodes without a return.
    """

    object: Literal["order"] = "order"
    id: str
    created: str
    status: str
    seller: str
    buyer: str
    buyer_kind: str
    ship_to: DestinationShown
    currency: str
    amounts: AmountsShown
    deposit: str
    lines: tuple[LineShown, ...]
    quote: QuoteOfOrder
    supply: str
    warehouse: str
    payments: tuple[PartShown, ...]
    declarations: tuple[PartShown, ...]
    shipments: tuple[PartShown, ...]
    deliveries: tuple[PartShown, ...]
    cancellations: tuple[ServiceCancellationShown, ...]
    objections: tuple[ServiceObjectionShown, ...]
    acceptances: tuple[ServiceAcceptanceShown, ...]
    goodwills: tuple[GoodwillShown, ...]
    returns: tuple[PartShown, ...]
    limit: LimitShown | None
    attention: tuple[str, ...]
    waits_for: tuple[WaitShown, ...]
    reasons: tuple[ReasonShown, ...]
    checkout: str
    orders: tuple[str, ...]
    expires_at: str
    released_at: str | None
    why: str


class ItemShown(msgspec.Struct, kw_only=True):
    """So many pieces of an offer."""

    offer: str
    quantity: int


class CheckoutShown(msgspec.Struct, kw_only=True):
    """The orders of one request: several where one order, one list and one parcel require it."""

    object: Literal["checkout"] = "checkout"
    id: str
    created: str
    orders: tuple[OrderShown, ...]


class OrderQuoted(msgspec.Struct, kw_only=True):
    """An order that would be placed. `amounts`: what the buyer pays with it; `reasons`: why it is an order of its own.

    `items`: as in the request, by offer; `identity`: whether customs asks for the buyer's identity; `deposit`: what is
    paid besides, and given back after the use.
    """

    seller: str
    currency: str
    amounts: AmountsShown
    deposit: str
    items: tuple[ItemShown, ...]
    quote: QuoteOfOrder
    title: str
    identity: bool
    supply: str
    reasons: tuple[ReasonShown, ...]


class CheckoutQuoted(msgspec.Struct, kw_only=True):
    """What would be ordered, divided into orders, each with its quote. Place it with these quotes and the total.

    `total`: of all orders, with their deposits; null where they have several currencies.
    """

    object: Literal["checkout_quote"] = "checkout_quote"
    currency: str | None
    total: str | None
    orders: tuple[OrderQuoted, ...]


class RefundShown(msgspec.Struct, kw_only=True):
    """A refund of a payment. `status`: pending, succeeded or failed; `amount_deposit`: what of it is a deposit.

    A deposit of a booking is no part of the price. Refunds from before this was recorded have 0 there.
    """

    id: str
    amount: str
    amount_deposit: str
    status: str
    reason: str
    error: str


class DisputeShown(msgspec.Struct, kw_only=True):
    """A dispute (chargeback). `status`: opened, won or lost by the seller."""

    id: str
    amount: str
    status: str
    reason: str


class PaymentShown(msgspec.Struct, kw_only=True):
    """The payment of an order. `transaction`: its number in the declaration; `error`: why it failed.

    `status`: one of created, requires_action, authorized, captured, deposit_returned (only the deposit of a booking
    went back, nothing of the price), partially_refunded, refunded, disputed, failed, expired, cancelled. `action`: for
    the buyer, where the provider asks for it: the `url` or the `client_secret` with which to pay.
    """

    object: Literal["payment"] = "payment"
    id: str
    created: str
    status: str
    order: str
    provider: str
    currency: str
    amount: str
    amount_captured: str
    amount_refunded: str
    capture: str
    transaction: str
    expires_at: str | None
    paid_at: str | None
    refunds: tuple[RefundShown, ...]
    disputes: tuple[DisputeShown, ...]
    action: dict[str, str]
    error: str


class PieceShown(msgspec.Struct, kw_only=True):
    """So many pieces of a line of the order."""

    line: int
    quantity: int


class ShipmentShown(msgspec.Struct, kw_only=True):
    """A parcel with its waybill. `changed_at`: when it got its status, as it was reported.

    `reporter`: who reports its states: the `carrier` of the node, or the `seller`. `proof`: the
    reference of a proof of delivery; `vehicle`, `voyage`, `transport_document`: of the border crossing.
    """

    object: Literal["shipment"] = "shipment"
    id: str
    created: str
    status: str
    order: str
    carrier: str
    waybill: str
    pieces: tuple[PieceShown, ...]
    packages: int
    gross_mass_kg: str
    reporter: str
    changed_at: str | None
    proof: str
    vehicle: str
    voyage: str
    transport_document: str


class MessageShown(msgspec.Struct, kw_only=True):
    """A message to customs: its state, and what the last receipt that counted said."""

    document: str
    state: str
    code: str
    info: str
    received: str
    tries: int


class TaxBillShown(msgspec.Struct, kw_only=True):
    """An electronic tax bill, in CNY. Amounts are null where customs has told only the status of the bill."""

    number: str
    status: str
    duty: str | None
    vat: str | None
    excise: str | None
    total: str | None


class DeclarationShown(msgspec.Struct, kw_only=True):
    """The declaration of an order. `numbers`: by which others know it; `released_at`: as customs wrote it."""

    object: Literal["declaration"] = "declaration"
    id: str
    created: str
    status: str
    order: str
    mode: str
    numbers: Mapping[str, str]
    messages: tuple[MessageShown, ...]
    cancellation: str
    tax_bills: tuple[TaxBillShown, ...]
    released_at: str | None
    reason: str


class ReturnLineShown(msgspec.Struct, kw_only=True):
    """Pieces of a line that go back, and what was paid for them."""

    line: int
    quantity: int
    goods: str
    taxes: str


class ReturnShown(msgspec.Struct, kw_only=True):
    """A return. `arrive_until`: the last day for the arrival of the goods, where customs has one."""

    object: Literal["return"] = "return"
    id: str
    created: str
    status: str
    order: str
    reason: str
    currency: str
    lines: tuple[ReturnLineShown, ...]
    amount_goods: str
    amount_taxes: str
    amount_refunded: str
    declaration: str | None
    arrive_until: str | None
    received_at: str | None
    why: str


class UnmatchedShown(msgspec.Struct, kw_only=True):
    """An answer of customs that names no declaration of this node.

    `kind`: a receipt of a `document`, a tax bill, or the refusal of a message that could not be read; `code`: what
    customs says, `received`: when it said so; `numbers`: by which the answer names what it answers; `declaration`: the
    one that was found for it later; `reason`: why it was closed.
    """

    object: Literal["unmatched_answer"] = "unmatched_answer"
    id: str
    created: str
    status: str
    kind: Literal["receipt", "bill", "refusal"]
    document: str
    code: str
    info: str
    received: str
    numbers: Mapping[str, str]
    declaration: str | None
    reason: str


class DocumentShown(msgspec.Struct, kw_only=True):
    """A document of an order. What it says is in its PDF, XML or credential, not here.

    `number`: of its issuer and kind, without gaps; `hash`: of its content, in the ledger; `draft`: an authority issues
    the real one; `missing`: what is to be filled in, and by whom; `checks`: of consistency with the other documents.
    """

    object: Literal["document"] = "document"
    id: str
    created: str
    status: Literal["issued", "withdrawn"]
    order: str
    issuer: str
    kind: str
    number: str
    date: str
    shipment: str | None
    returned: str | None = msgspec.field(name="return")
    hash: str
    draft: bool
    credential: bool
    key: str | None
    expires_at: str | None
    missing: Mapping[str, str]
    checks: Mapping[str, str]
    withdrawn_at: str | None
    why: str
