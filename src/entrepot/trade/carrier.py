"""What trade needs of a carrier, as a protocol: book a parcel, have it picked up, know where it is.

`entrepot.trade.carrier_memory` is a carrier in memory, `entrepot.connect.carrier.sandbox` one over HTTP; both pass the
same tests. The words of the states are those of a shipment: created, shipped, in_transit, delivery_failed, delivered,
undeliverable, returned, lost, cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

#: The states of a parcel at the carrier.
STATES = (
    "created", "shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost",
    "cancelled",
)  # fmt: skip


class Consignee(msgspec.Struct, frozen=True):
    """To whom a parcel is delivered: personal data, which only the carrier gets."""

    name: str
    telephone: str
    address: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel to book. `grams`: gross; `goods`: in a few words.

    `freight`, `insured_fee`: agreed with the carrier, in minor units of CNY; without `freight` the carrier's price list
    holds. The carrier comes for the parcel by itself; with `hold_for_customs` only once `clear` was called. A parcel
    that `pick_up` has sent to the supervised place before waits there. `return_of`: the waybill of the parcel that it
    brings back.
    """

    order_number: str
    consignee: Consignee
    grams: int
    goods: str
    freight: int | None = None
    insured_fee: int = 0
    hold_for_customs: bool = False
    return_of: str = ""


class Tracked(msgspec.Struct, frozen=True):
    """Something that happened to a parcel. `number` counts within the waybill; `time`: RFC 3339; `says`: in words."""

    number: int
    state: str
    time: str
    says: str = ""


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A booked parcel, with what customs' messages need: number, carrier, weight, freight, insurance.

    `vehicle`, `voyage`, `transport_document`: of the border crossing, where it is planned already.
    """

    waybill: str
    carrier_code: str
    carrier_name: str
    order_number: str
    state: str
    grams: int
    freight: int
    insured_fee: int
    currency: str
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""
    events: tuple[Tracked, ...] = ()


class Notified(msgspec.Struct, frozen=True):
    """A notification of the carrier, once per `id`: what happened to which parcel."""

    id: str
    waybill: str
    order_number: str
    event: Tracked


class CarrierUnavailable(Exception):
    """The carrier did not answer, or not as agreed: try again later."""


class CarrierRefused(Exception):
    """The carrier refuses. `code`: for programs, such as not_found, not_allowed, key_reused or invalid."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotificationRefused(Exception):
    """A notification without a valid signature, too old, or not readable: nothing of it is used."""


class Carrier(Protocol):
    """A carrier. Each call raises CarrierUnavailable or CarrierRefused."""

    def book(self, parcel: Parcel, *, key: str) -> Booked:
        """Book a parcel. The same `key` books it once, and gives the same answer again."""

    def pick_up(self, waybill: str) -> Booked:
        """Ask for the pick-up of a parcel before its release: it goes to the supervised place."""

    def clear(self, waybill: str) -> Booked:
        """Report that customs has released the parcel, before or after it came to the supervised place."""

    def cancel(self, waybill: str) -> Booked:
        """Cancel a booking whose parcel was not picked up."""

    def send_back(self, waybill: str) -> Booked:
        """Ask for a parcel that was not delivered to go back to the sender."""

    def track(self, waybill: str) -> Booked:
        """A parcel with all that happened to it."""

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notified:
        """A notification, after its signature was checked. Raises NotificationRefused."""
