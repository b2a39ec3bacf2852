"""A shipment: one parcel of an order with its waybill, from the label to the delivery.

Carriers report late, twice and out of order. A report that lies behind the state is kept in the ledger and changes
nothing; one that cannot follow is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first


def _forward(*states: str) -> dict[tuple[str, str], str]:
    """From each state to every later one: carriers leave reports out."""
    return {(state, f"shipment.{later}"): later for at, state in enumerate(states) for later in states[at + 1 :]}


MOVES: Moves = {
    **_forward("created", "shipped", "in_transit", "delivery_failed", "delivered"),
    **{
        (state, f"shipment.{end}"): end
        for state in ("created", "shipped", "in_transit", "delivery_failed")
        for end in ("undeliverable", "returned", "lost")
    },
    ("created", "shipment.cancelled"): "cancelled",
    **{(state, "shipment.crossing_named"): state for state in ("created", "shipped", "in_transit")},
    ("delivery_failed", "shipment.delivery_failed"): "delivery_failed",
    ("undeliverable", "shipment.returned"): "returned",
    ("lost", "shipment.in_transit"): "in_transit",
    ("lost", "shipment.delivered"): "delivered",
    ("lost", "shipment.returned"): "returned",
}  # fmt: skip
#: What customs asks of the border crossing of a direct purchase.
CROSSING = ("vehicle", "voyage", "transport_document")
#: Reports that may come after a later one.
_LATE = frozenset({"shipment.shipped", "shipment.in_transit", "shipment.delivery_failed"})


class Piece(msgspec.Struct, frozen=True):
    """So many pieces of a line of the order, by the number of the line."""

    line: int
    quantity: int


class Shipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shipment.

    `carrier`: its code; `pieces`: what is in it; `gross_mass_kg`: a decimal; `changed`: when it got its state, as the
    carrier reported it; `proof`: a reference of the proof of delivery; `vehicle`, `voyage`, `transport_document`: of
    the border crossing, which customs asks for a direct purchase; `reporter`: `seller` where the parcel travels with a
    carrier of the seller, who reports its states.
    """

    id: str
    status: str
    order: str
    owners: tuple[str, ...]
    carrier: str
    waybill: str
    pieces: tuple[Piece, ...]
    created: str
    packages: int = 1
    gross_mass_kg: str = ""
    changed: str = ""
    proof: str = ""
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""
    reporter: str = ""


def apply(state: Shipment | None, event: Event) -> Shipment:
    """The shipment after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "shipment.created")
        given = {**event.payload, "id": event.stream, "status": "created", "created": event.time}
        return msgspec.convert(given, Shipment)
    if (state.status, event.kind) not in MOVES and event.kind in _LATE and state.status not in ("created", "cancelled"):
        return state
    if event.kind == "shipment.crossing_named":
        after(MOVES, state.id, state.status, event.kind)
        return msgspec.structs.replace(state, **{name: event.payload[name] for name in CROSSING})
    status = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=status, **_reported(event.payload, event))


def _reported(given: Mapping[str, Any], event: Event) -> dict[str, str]:
    found = {"changed": given.get("time") or event.time}
    return found | {"proof": given["proof"]} if given.get("proof") else found


def waybill_reference(carrier: str, waybill: str) -> str:
    """By which a shipment is found: the waybill number is unique for its carrier."""
    return f"waybill:{carrier}:{waybill}"


SHIPMENT = Kind(
    "sh_",
    "shipment",
    Shipment,
    apply,
    lambda state: state.owners,
    lambda state: (waybill_reference(state.carrier, state.waybill),) if state.waybill else (),
)
