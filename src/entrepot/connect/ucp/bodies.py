"""The bodies of requests. Fields that are not known are ignored, as the protocol asks of a tolerant reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from entrepot.connect.ucp.faults import UcpFault
from entrepot.model import json

T = TypeVar("T")
Text = Annotated[str, Meta(max_length=250)]
Id = Annotated[str, Meta(min_length=1, max_length=100)]
#: Lines of a checkout, and destinations of a method.
MAX_LINES, MAX_DESTINATIONS = 100, 20
#: The largest whole number that every reader of JSON has exactly (RFC 8259, section 6).
_MOST = 2**53 - 1
#: The fields of an address.
ADDRESS = (
    "street_address", "extended_address", "address_locality", "address_region", "address_country", "postal_code",
    "first_name", "last_name", "phone_number",
)  # fmt: skip


class ItemGiven(msgspec.Struct, frozen=True):
    """What is bought: the id of an offer. `quantity_unit`: what the platform believes a step of it to be."""

    id: Id
    quantity_unit: Mapping[str, Any] | None = None


class LineGiven(msgspec.Struct, frozen=True):
    """A line. Quantities are checked later, to answer with the line that is wrong."""

    item: ItemGiven
    quantity: Annotated[int, Meta(ge=-_MOST, le=_MOST)]
    id: Annotated[str, Meta(max_length=100)] = ""


class DestinationGiven(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where goods are sent."""

    id: Annotated[str, Meta(max_length=100)] = ""
    street_address: Text | None = None
    extended_address: Text | None = None
    address_locality: Text | None = None
    address_region: Text | None = None
    address_country: Text | None = None
    postal_code: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    phone_number: Text | None = None


class GroupGiven(msgspec.Struct, frozen=True):
    """The option that is chosen for a parcel."""

    id: Annotated[str, Meta(max_length=100)] = ""
    selected_option_id: Text | None = None


class MethodGiven(msgspec.Struct, frozen=True):
    """How goods reach the buyer."""

    type: Annotated[str, Meta(max_length=50)] = "shipping"
    id: Annotated[str, Meta(max_length=100)] = ""
    destinations: Annotated[tuple[DestinationGiven, ...], Meta(max_length=MAX_DESTINATIONS)] | None = None
    selected_destination_id: Text | None = None
    groups: Annotated[tuple[GroupGiven, ...], Meta(max_length=MAX_LINES)] | None = None


class FulfillmentGiven(msgspec.Struct, frozen=True):
    """Fulfilment: one method is read."""

    methods: Annotated[tuple[MethodGiven, ...], Meta(max_length=5)] | None = None


class ContextGiven(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the platform believes of the buyer."""

    address_country: Text | None = None
    address_region: Text | None = None
    postal_code: Text | None = None
    language: Text | None = None
    currency: Text | None = None


class BuyerGiven(msgspec.Struct, frozen=True, omit_defaults=True):
    """The buyer."""

    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None


class CheckoutGiven(msgspec.Struct, frozen=True):
    """A checkout to create, or what replaces it."""

    line_items: Annotated[tuple[LineGiven, ...], Meta(min_length=1, max_length=MAX_LINES)]
    buyer: BuyerGiven | None = None
    context: ContextGiven | None = None
    fulfillment: FulfillmentGiven | None = None
    attribution: Annotated[Mapping[str, Text], Meta(max_length=50)] | None = None


class CredentialGiven(msgspec.Struct, frozen=True):
    """What proves that an instrument may be charged."""

    type: Text = ""
    token: Text = ""


class InstrumentGiven(msgspec.Struct, frozen=True):
    """How the buyer pays."""

    handler_id: Text
    type: Text = ""
    id: Text = ""
    credential: CredentialGiven | None = None
    selected: bool | None = None


class PaymentGiven(msgspec.Struct, frozen=True):
    """The instruments of a payment."""

    instruments: Annotated[tuple[InstrumentGiven, ...], Meta(max_length=10)] | None = None


class CompleteGiven(msgspec.Struct, frozen=True):
    """A checkout to complete."""

    payment: PaymentGiven | None = None


def read_as(content: bytes, kind: type[T]) -> T:
    """The body of a request. Raises UcpFault with the place that is wrong."""
    try:
        json.check_depth(content)
        return msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `")
        where = place.rstrip("`") or "$"
        raise UcpFault(400, "invalid_request", f"The request is not valid at {where}: {reason}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UcpFault(400, "invalid_json", f"The request is not JSON: {error}.") from None
