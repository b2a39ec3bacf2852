"""The bodies of the requests of trade. Unknown fields are errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, UnsetType

from entrepot.web.trade.booking_shapes import BOOKING_BODIES
from entrepot.web.trade.delivery_shapes import DELIVERY_BODIES, DeliveryTermsWritten
from entrepot.web.trade.programme_shapes import PROGRAMME_BODIES

Amount = Annotated[str, Meta(pattern=r"^\d{1,12}(\.\d{1,4})?$")]
Text = Annotated[str, Meta(max_length=250)]


class OfferWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An offer to create. Prices in major units of `currency`; measures of one piece.

    `stock`: pieces that can be ordered; without it they are not counted. `titles`: by language. `freight_on_return`:
    whether freight and insurance go back to the buyer if all pieces of an order come back. `delivery`: of a service,
    how this node delivers it.
    """

    titles: Mapping[str, Text]
    currency: str
    price: Amount
    ship_from: str
    hs_code: str = ""
    service: str = ""
    stock: int | UnsetType = msgspec.UNSET
    shipping: Amount = "0"
    shipping_further: Amount = "0"
    insurance: Amount = "0"
    country_of_origin: str = ""
    proof_of_origin: str = ""
    incoterm: str = ""
    measures: Mapping[str, str] = {}
    unit: str = "H87"
    legal_unit: str = ""
    second_legal_unit: str = ""
    reference: str = ""
    barcode: str = ""
    specification: str = ""
    registrations: Mapping[str, str] = {}
    tax_registrations: tuple[str, ...] = ()
    tax_class: str = ""
    supply: Literal["direct", "bonded"] = "direct"
    warehouse: str = ""
    record_number: str = ""
    freight_on_return: Literal["kept", "paid_back"] = "kept"
    delivery: DeliveryTermsWritten | None = None


class OfferChanged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fields of an offer to change; the others stay. `stock`: the new number of pieces that can be ordered.

    `pavilion`: where the market shows the offer, "" for nowhere; `descriptions`: by language. These two are
    changed by a request without other fields.
    """

    status: Literal["active", "paused", "ended"] | UnsetType = msgspec.UNSET
    pavilion: str | UnsetType = msgspec.UNSET
    descriptions: Mapping[str, str] | UnsetType = msgspec.UNSET
    titles: Mapping[str, Text] | UnsetType = msgspec.UNSET
    currency: str | UnsetType = msgspec.UNSET
    price: Amount | UnsetType = msgspec.UNSET
    stock: int | UnsetType = msgspec.UNSET
    shipping: Amount | UnsetType = msgspec.UNSET
    shipping_further: Amount | UnsetType = msgspec.UNSET
    insurance: Amount | UnsetType = msgspec.UNSET
    hs_code: str | UnsetType = msgspec.UNSET
    country_of_origin: str | UnsetType = msgspec.UNSET
    proof_of_origin: str | UnsetType = msgspec.UNSET
    ship_from: str | UnsetType = msgspec.UNSET
    incoterm: str | UnsetType = msgspec.UNSET
    measures: Mapping[str, str] | UnsetType = msgspec.UNSET
    unit: str | UnsetType = msgspec.UNSET
    legal_unit: str | UnsetType = msgspec.UNSET
    second_legal_unit: str | UnsetType = msgspec.UNSET
    reference: str | UnsetType = msgspec.UNSET
    barcode: str | UnsetType = msgspec.UNSET
    specification: str | UnsetType = msgspec.UNSET
    registrations: Mapping[str, str] | UnsetType = msgspec.UNSET
    tax_registrations: tuple[str, ...] | UnsetType = msgspec.UNSET
    tax_class: str | UnsetType = msgspec.UNSET
    supply: Literal["direct", "bonded"] | UnsetType = msgspec.UNSET
    warehouse: str | UnsetType = msgspec.UNSET
    record_number: str | UnsetType = msgspec.UNSET
    freight_on_return: Literal["kept", "paid_back"] | UnsetType = msgspec.UNSET
    delivery: DeliveryTermsWritten | UnsetType | None = msgspec.UNSET


class ItemOrdered(msgspec.Struct, forbid_unknown_fields=True):
    """So many pieces of an offer, or a booking that is held: it says itself what its time is sold as."""

    offer: str = ""
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType = msgspec.UNSET
    booking: str = ""


class PlaceOrdered(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where the goods go, as far as taxes depend on it."""

    country: str
    state: str = ""


class QuoteShown(msgspec.Struct, forbid_unknown_fields=True):
    """A quote that the buyer was shown."""

    id: str
    hash: str


class OrderWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Orders to place.

    `contact`: name, telephone, address, identity_type, identity_number, and consignee where it is another person: it is
    stored encrypted, apart from the order, and no answer repeats it. `quotes`: those that the buyer was shown, else new
    ones; `total`: what the buyer expects to pay for all orders, where it is to be checked; `option`: the import
    procedure, else the best; `assertions`: conditions of the law that the buyer vouches for; `year_to_date`: what the
    buyer has bought elsewhere this year under an annual limit.
    """

    items: Annotated[tuple[ItemOrdered, ...], Meta(min_length=1, max_length=500)]
    ship_to: PlaceOrdered
    contact: Mapping[str, Text]
    kind: Literal["consumer", "business"] = "consumer"
    year_to_date: Amount | Literal[""] = ""
    option: str = ""
    assertions: tuple[str, ...] = ()
    quotes: tuple[QuoteShown, ...] = ()
    total: Amount | Literal[""] = ""


class CheckoutAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a buyer might order, to be quoted: as the orders to place.

    `contact`: where it is given, it is checked as for an order, and not stored.
    """

    items: Annotated[tuple[ItemOrdered, ...], Meta(min_length=1, max_length=500)]
    ship_to: PlaceOrdered
    contact: Mapping[str, Text] = {}
    kind: Literal["consumer", "business"] = "consumer"
    year_to_date: Amount | Literal[""] = ""
    option: str = ""
    assertions: tuple[str, ...] = ()


class Cancelled(msgspec.Struct, forbid_unknown_fields=True):
    """Why an order is cancelled: a code, since the ledger keeps it for ever.

    `delivery`: of an order of another node, the only service that is cancelled, by the terms of its seller.
    `refund_percent`: of the price of this service, what is to be paid back at least; without it, what it is now.
    """

    reason: Literal["changed_mind", "ordered_by_mistake", "too_late", "not_available", "wrong_price", "other"] = "other"
    delivery: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    refund_percent: Annotated[int, Meta(ge=0, le=100)] | None = None


class ServiceObjected(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An objection to a service of another node. `delivery`: its id there, as the order shows it.

    `reason`: a code; `provider_missing`: its provider did not come, from a quarter of an hour after the start on.
    """

    delivery: Annotated[str, Meta(min_length=1, max_length=60)]
    reason: Literal["not_delivered", "interrupted", "not_as_described", "wrong_data", "other", "provider_missing"]


class ServiceAccepted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The acceptance of a service of another node. `delivery`: its id there, as the order shows it."""

    delivery: Annotated[str, Meta(min_length=1, max_length=60)]


class QuoteAccepted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The new quote that the buyer accepts, as it was shown."""

    quote: str
    hash: str
    assertions: tuple[str, ...] = ()


class Paid(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How the buyer pays.

    `provider`: one that this node has set up; `method`: its token of a card or an account; `payer`: name,
    identity_type, identity_number and telephone of who pays, where it is asked for; it is stored like `contact`.
    """

    provider: Annotated[str, Meta(min_length=1, max_length=40)]
    currency: str
    method: Annotated[str, Meta(max_length=200)] = ""
    capture: Literal["manual", "automatic"] = "manual"
    payer: Mapping[str, Text] = {}


class PieceShipped(msgspec.Struct, forbid_unknown_fields=True):
    """So many pieces of a line of the order."""

    line: int
    quantity: Annotated[int, Meta(ge=1)]


class ShipmentWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A parcel that travels with a carrier of the seller.

    `carrier`: its code or name; `pieces`: what is in it, else all that is in no other parcel; `gross_mass_kg`: a
    decimal.
    """

    order: str
    carrier: Annotated[str, Meta(min_length=1, max_length=18)]
    waybill: Annotated[str, Meta(min_length=1, max_length=60)]
    pieces: Annotated[tuple[PieceShipped, ...], Meta(max_length=500)] = ()
    packages: Annotated[int, Meta(ge=1, le=10_000)] = 1
    gross_mass_kg: Annotated[str, Meta(pattern=r"^(\d{1,9}(\.\d{1,5})?)?$")] = ""
    vehicle: Text = ""
    voyage: Text = ""
    transport_document: Text = ""


class ShipmentReported(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What happened to a parcel. `time`: when, RFC 3339 in UTC; else now."""

    status: Literal[
        "shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost", "cancelled"
    ]
    time: Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z)?$")] = ""
    proof: Annotated[str, Meta(max_length=60)] = ""


class PieceReturned(msgspec.Struct, forbid_unknown_fields=True):
    """So many pieces of a line of the order."""

    line: int
    quantity: Annotated[int, Meta(ge=1)]


class ReturnWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A return to apply for."""

    order: str
    lines: Annotated[tuple[PieceReturned, ...], Meta(min_length=1, max_length=500)]
    reason: Literal["changed_mind", "damaged", "wrong_goods", "not_as_described", "too_late", "other"]


class ReturnReceived(msgspec.Struct, forbid_unknown_fields=True):
    """The goods of a return are back. `restocked`: whether they can be sold again."""

    restocked: bool = True


class ReturnRefused(msgspec.Struct, forbid_unknown_fields=True):
    """Why a return is refused: a code, since the ledger keeps it for ever."""

    reason: Literal["damaged", "used", "incomplete", "wrong_goods", "too_late", "other"]


class OrderRefunded(msgspec.Struct, forbid_unknown_fields=True):
    """A part of the price of the goods that the seller pays back without a return, in the currency of the order.

    `reason`: a code, since the ledger keeps it for ever.
    """

    amount: Amount
    reason: Literal["goodwill", "damaged", "not_as_described", "too_late", "other"] = "goodwill"


class LineCorrected(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What customs reads of the goods of a line; the other fields stay. `title_zh`: their name in Chinese."""

    line: int
    hs_code: str | UnsetType = msgspec.UNSET
    title_zh: Text | UnsetType = msgspec.UNSET
    specification: str | UnsetType = msgspec.UNSET
    unit: str | UnsetType = msgspec.UNSET
    legal_unit: str | UnsetType = msgspec.UNSET
    second_legal_unit: str | UnsetType = msgspec.UNSET
    barcode: str | UnsetType = msgspec.UNSET
    record_number: str | UnsetType = msgspec.UNSET
    measures: Mapping[str, str] | UnsetType = msgspec.UNSET


class OrderCorrected(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Data of an order to correct before it is declared.

    `contact`: from the buyer, the fields that change, for the same identity; "" takes one out. It is stored as that of
    the order. `lines`: from the seller; the quote must stay the same to the cent.
    """

    contact: Mapping[str, Text] = {}
    lines: Annotated[tuple[LineCorrected, ...], Meta(max_length=500)] = ()


class CrossingNamed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The border crossing of a direct purchase, as customs asks for it."""

    vehicle: Text
    voyage: Text
    transport_document: Text


class AnswerClosed(msgspec.Struct, forbid_unknown_fields=True):
    """Why an unmatched answer of customs is closed."""

    reason: Literal["other_system", "trial", "repeated", "settled", "other"] = "other"


class EndpointWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An endpoint to create. `kinds`: filters of events: `order.placed`, `order.*` or `*`."""

    url: Annotated[str, Meta(min_length=1, max_length=500)]
    kinds: Annotated[tuple[str, ...], Meta(min_length=1, max_length=50)] = ("*",)
    description: Annotated[str, Meta(max_length=200)] = ""


class EndpointChanged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fields of an endpoint to change; the others stay."""

    url: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = msgspec.UNSET
    kinds: Annotated[tuple[str, ...], Meta(min_length=1, max_length=50)] | UnsetType = msgspec.UNSET
    description: Annotated[str, Meta(max_length=200)] | UnsetType = msgspec.UNSET
    status: Literal["enabled", "disabled"] | UnsetType = msgspec.UNSET


class Resent(msgspec.Struct, forbid_unknown_fields=True):
    """The event to send again."""

    event: str


class DocumentLineWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a document says of a line of the order, by its number. `details`: such as criterion, batch or net_kg."""

    line: int
    details: Mapping[str, Annotated[str, Meta(max_length=500)]] = {}


class DocumentWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A document to issue for an order.

    `shipment`: one parcel, else all; `return`: of a return slip; `details`: such as exporter_address, port_of_loading
    or signatory. The names of details are in the reference of documents.
    """

    order: str
    kind: str
    shipment: str = ""
    returned: str = msgspec.field(name="return", default="")
    details: Mapping[str, Annotated[str, Meta(max_length=500)]] = {}
    lines: Annotated[tuple[DocumentLineWritten, ...], Meta(max_length=500)] = ()


class DocumentWithdrawn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a document is withdrawn."""

    reason: Literal["wrong_data", "replaced", "order_cancelled", "other"] = "other"


#: All of them, for the document of the API.
BODIES = (
    OfferWritten, OfferChanged, CheckoutAsked, OrderWritten, OrderCorrected, Cancelled, ServiceObjected,
    ServiceAccepted, QuoteAccepted, Paid, ShipmentWritten, CrossingNamed, ShipmentReported, ReturnWritten,
    ReturnReceived, ReturnRefused, OrderRefunded, AnswerClosed, EndpointWritten, EndpointChanged, Resent,
    DocumentLineWritten, DocumentWritten, DocumentWithdrawn, *BOOKING_BODIES, *DELIVERY_BODIES, *PROGRAMME_BODIES,
)  # fmt: skip
