"""A shipment of the carrier: its states, the moves between them, and which move comes next by itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from entrepot.sandbox.switches import Switches

#: (state, move) -> the next state.
MOVES = {
    ("booked", "pick_up"): "picked_up",
    ("booked", "cancel"): "cancelled",
    ("picked_up", "depart"): "in_transit",
    ("in_transit", "arrive_at_customs"): "at_customs",
    ("at_customs", "clear"): "in_transit",
    # Customs may release before the parcel is at the supervised place: then it does not wait there.
    **{(state, "clear"): state for state in ("booked", "picked_up", "in_transit")},
    ("in_transit", "load_for_delivery"): "out_for_delivery",
    ("out_for_delivery", "deliver"): "delivered",
    ("out_for_delivery", "fail"): "failed_attempt",
    ("failed_attempt", "load_for_delivery"): "out_for_delivery",
    ("failed_attempt", "send_back"): "returning",
    ("picked_up", "send_back"): "returning",
    ("in_transit", "send_back"): "returning",
    ("at_customs", "send_back"): "returning",
    ("returning", "return"): "returned",
    **{(state, "lose"): "lost" for state in ("picked_up", "in_transit", "at_customs", "out_for_delivery", "returning")},
}
#: What each state says in the tracking.
SAYS = {
    "booked": "The shipment is booked; the carrier does not have the parcel.",
    "picked_up": "The carrier has the parcel.",
    "in_transit": "The parcel is on its way.",
    "at_customs": "The parcel waits at the supervised place of customs.",
    "out_for_delivery": "The parcel is out for delivery.",
    "failed_attempt": "The consignee was not met.",
    "delivered": "The consignee has signed for the parcel.",
    "returning": "The parcel goes back to the sender.",
    "returned": "The sender has the parcel.",
    "lost": "The carrier has lost the parcel.",
    "cancelled": "The booking is cancelled.",
}
#: States after which nothing happens; the consignee's data is erased then.
ENDS = frozenset({"delivered", "returned", "lost", "cancelled"})
#: After so many failed attempts the parcel goes back.
MOST_ATTEMPTS = 3
#: The price of a parcel in fen: its first kilogram, and each further one begun.
FIRST_KILOGRAM, FURTHER_KILOGRAM = 1200, 500

Grams = Annotated[int, Meta(ge=1, le=1_000_000)]
Fen = Annotated[int, Meta(ge=0, le=100_000_000)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class CarrierSwitches(Switches, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches of every sandbox, and those of a carrier.

    `manual`: nothing happens by itself; `failed_attempts`: how often a delivery fails before it succeeds;
    `send_back`: parcels go back to the sender in place of the delivery; `lose`: they are lost.
    """

    manual: bool = False
    failed_attempts: Annotated[int, Meta(ge=0, le=10)] = 0
    send_back: bool = False
    lose: bool = False


class Consignee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a parcel is delivered."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    telephone: Annotated[str, Meta(min_length=1, max_length=50)]
    address: Text


class Booking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. `freight`: an agreed price in fen; None: by the price list. `weight_grams`: gross.

    The carrier comes for the parcel by itself; with `hold_for_customs` only once customs' release is reported. One that
    is picked up before that, because it was asked for, waits at the supervised place.
    """

    order_number: Annotated[str, Meta(min_length=1, max_length=60)]
    consignee: Consignee
    weight_grams: Grams
    goods: Text
    freight: Fen | None = None
    insured_fee: Fen = 0
    hold_for_customs: bool = False
    return_of: Annotated[str, Meta(max_length=60)] = ""


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment as stored. `cleared`: customs' release was reported; `attempts`: failed ones.

    `vehicle`, `voyage`, `transport_document`: of the border crossing that is planned for a parcel that customs must
    release.
    """

    waybill: str
    order_number: str
    status: str
    weight_grams: int
    goods: str
    freight: int
    insured_fee: int
    hold_for_customs: bool
    return_of: str = ""
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""
    cleared: bool = False
    attempts: int = 0


class MoveNotAllowed(Exception):
    """The shipment cannot make that move from where it is."""


def price(grams: int) -> int:
    """The freight by the price list, in fen.

    >>> price(1), price(1000), price(1001)
    (1200, 1200, 1700)
    """
    return FIRST_KILOGRAM + FURTHER_KILOGRAM * (max(grams - 1, 0) // 1000)


def after(shipment: Shipment, move: str) -> Shipment:
    """The shipment after a move. Raises MoveNotAllowed.

    >>> one = Shipment(waybill="SB1", order_number="1", status="booked", weight_grams=1, goods="coffee", freight=1,
    ...     insured_fee=0, hold_for_customs=False)
    >>> after(one, "pick_up").status
    'picked_up'
    >>> after(one, "deliver")
    Traceback (most recent call last):
    entrepot.sandbox.carrier.shipments.MoveNotAllowed: SB1 is booked; it can: cancel, clear, pick_up.
    """
    found = MOVES.get((shipment.status, move))
    if found is None:
        able = ", ".join(sorted(verb for state, verb in MOVES if state == shipment.status)) or "nothing more"
        raise MoveNotAllowed(f"{shipment.waybill} is {shipment.status}; it can: {able}.")
    return msgspec.structs.replace(
        shipment,
        status=found,
        cleared=shipment.cleared or move == "clear",
        attempts=shipment.attempts + (move == "fail"),
    )


def next_move(shipment: Shipment, switches: CarrierSwitches) -> str | None:
    """The move that comes by itself; None: somebody has to ask for one."""
    if switches.manual:
        return None
    if shipment.status == "booked":
        return None if shipment.hold_for_customs and not shipment.cleared else "pick_up"
    if switches.lose and shipment.status == "in_transit":
        return "lose"
    if shipment.status == "in_transit":
        if shipment.hold_for_customs and not shipment.cleared:
            return "arrive_at_customs"
        return "send_back" if switches.send_back else "load_for_delivery"
    if shipment.status == "out_for_delivery":
        return "fail" if shipment.attempts < switches.failed_attempts else "deliver"
    if shipment.status == "failed_attempt":
        return "send_back" if shipment.attempts >= MOST_ATTEMPTS else "load_for_delivery"
    return {"picked_up": "depart", "returning": "return"}.get(shipment.status)
