"""Commands of shipments: a parcel with its waybill, and what the carrier reports of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.trade import customs
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.offer_form import clean
from entrepot.trade.orders import Order
from entrepot.trade.packing import pieces_left
from entrepot.trade.ports import AlreadyRecorded, NotFound, Transaction
from entrepot.trade.screening.results import check_not_held
from entrepot.trade.shipments import CROSSING, MOVES, Shipment, waybill_reference
from entrepot.trade.status import TRANSPORT_STATES

#: Characters at most, as in the messages for customs (edition 202205).
MAX_CARRIER, MAX_WAYBILL = 18, 60
#: The `reporter` of a shipment that travels with a carrier of the seller.
SELLER_REPORTS = "seller"
#: The same of the border crossing: trafNo, voyageNo and billNo.
MAX_CROSSING = {"vehicle": 100, "voyage": 32, "transport_document": 37}
MAX_PACKAGES = 9_999
#: The mass of a parcel in kg is below this.
MAX_MASS = 1_000_000


def create_shipment(
    tx: Transaction,
    number: str,
    carrier: str,
    waybill: str,
    *,
    by: str,
    pieces: Mapping[int, int] | None = None,
    packages: int = 1,
    gross_mass_kg: str = "",
    crossing: Mapping[str, str] | None = None,
    reporter: str = "",
) -> Shipment:
    """Create the shipment of a paid order with its waybill. Raises TradeError, and NotFound for another seller's order.

    `pieces`: what is in it by line number, by default all that is not in another parcel. An order that is declared on
    a list has one parcel. `crossing`: of the border, where it is known: vehicle, voyage and transport_document.
    `reporter`: `seller` where the seller reports the states of the parcel. The same waybill for the same order is one
    shipment.
    """
    order: Order = tx.get(number)
    if order.seller != by:
        raise NotFound(number)
    carrier, waybill = clean("carrier", carrier, MAX_CARRIER), clean("waybill", waybill, MAX_WAYBILL)
    gross_mass_kg = read_mass(gross_mass_kg)
    check_packages(packages)
    if not carrier or not waybill:
        raise TradeError("waybill_missing", "A shipment has a carrier and the number of its waybill.", "waybill")
    if (known := tx.lookup(waybill_reference(carrier, waybill))) is not None:
        return _known(tx.get(known), number, waybill)
    if not order.paid or order.state != "placed":
        raise TradeError(
            "order_not_paid", "{order} is {status}: it is not shipped.", "order", order=number, status=order.status
        )
    check_not_held(tx, number)
    _check_parcels(tx, order)
    inside = _inside(tx, order, pieces)
    payload = {
        "order": number,
        "owners": [order.seller, order.buyer.party],
        "carrier": carrier,
        "waybill": waybill,
        "pieces": [{"line": line, "quantity": quantity} for line, quantity in sorted(inside.items())],
        "packages": packages,
        "gross_mass_kg": gross_mass_kg,
        "by": by,
        **read_crossing(crossing or {}),
    } | ({"reporter": reporter} if reporter else {})
    shipment: Shipment = tx.append(tx.new_id("sh_"), "shipment.created", payload)
    return shipment


def ask_declaration(tx: Transaction, number: str, *, by: str) -> Order:
    """Ask again for the declaration of an order: after its documents were corrected, or customs cancelled its list.

    Of an order that is declared, the messages that customs refused are sent again; nothing else changes. Raises
    TradeError, and NotFound for another seller's order.
    """
    order: Order = tx.get(number)
    if order.seller != by:
        raise NotFound(number)
    if not order.paid or order.state != "placed":
        raise TradeError(
            "order_not_paid", "{order} is {status}: it is not declared.", "order", order=number, status=order.status
        )
    if not order.buyer.identity:
        raise TradeError(
            "no_list", "{order} is not imported at retail: no list is declared for it.", "order", order=number
        )
    declared = [each for each, status in order.declarations.items() if status != "cancelled"]
    for each in declared:
        customs.send_again(tx, tx.get(each))
    if not declared:
        # The worker that connects to customs matches the documents again, and declares if no rule fails.
        key = f"{order.id}/declare/{timestamp(tx.time)}"
        tx.send("customs", "declare", {"order": order.id}, key=key)
    found: Order = tx.get(number)
    return found


def _check_parcels(tx: Transaction, order: Order) -> None:
    """Raise TradeError where an order has the only parcel that it can have.

    Whether another node declares the order of its buyer on a list is in the text that both nodes signed.
    """
    live = [each for each, status in order.shipments.items() if status != "cancelled"]
    common: Any = tx.find(order.common) if order.common else None
    declared = order.buyer.identity or (common is not None and common.terms is not None and common.terms.declared)
    if live and declared:
        raise TradeError(
            "one_parcel",
            "{order} has the parcel {shipment}: an order that is declared on a list has one parcel.",
            "order",
            order=order.id,
            shipment=live[0],
        )


def name_crossing(tx: Transaction, number: str, crossing: Mapping[str, str], *, by: str) -> Shipment:
    """Name the border crossing of a direct purchase, and match and declare its order again if it is not declared.

    `crossing`: vehicle, voyage and transport_document. Raises NotAllowed, and NotFound for another seller's shipment.
    """
    before: Shipment = tx.get(number)
    order: Order = tx.get(before.order)
    if order.seller != by:
        raise NotFound(number)
    named = read_crossing(crossing)
    missing = [name for name in CROSSING if not named.get(name)]
    if missing:
        raise TradeError("field_missing", "The field {field} is missing.", missing[0], field=missing[0])
    shipment: Shipment = tx.append(number, "shipment.crossing_named", {**named, "by": by})
    if order.buyer.identity and order.state == "placed":
        ask_declaration(tx, order.id, by=by)
    return shipment


def read_crossing(given: Mapping[str, str]) -> dict[str, str]:
    """What is known of a border crossing, as customs reads it. Raises TradeError."""
    found = {name: clean(name, value, MAX_CROSSING[name]) for name, value in given.items() if name in MAX_CROSSING}
    return {name: value for name, value in found.items() if value}


def check_packages(packages: int) -> None:
    """Raise TradeError for a number of packages that no parcel has."""
    if not 1 <= packages <= MAX_PACKAGES:
        raise TradeError(
            "packages_invalid",
            "A parcel has 1 to {most} packages, not {given}.",
            "packages",
            most=MAX_PACKAGES,
            given=packages,
        )


def read_mass(text: str) -> str:
    """A gross mass in kg, with at most 5 decimals as customs reads it; "" where it is not given. Raises TradeError."""
    mass = decimal_of(text.strip()) if len(text) <= MAX_WAYBILL else None
    if text.strip() and (mass is None or not 0 < mass < MAX_MASS or mass != round(mass, 5)):
        raise TradeError(
            "mass_invalid",
            "{value!r} is not a mass in kg. Write a number above 0 with at most 5 decimals, such as 0.62.",
            "gross_mass_kg",
            value=text[:MAX_WAYBILL],
        )
    return text.strip()


def _known(found: Shipment, order: str, waybill: str) -> Shipment:
    if found.order != order:
        raise TradeError(
            "waybill_taken", "The waybill {waybill} belongs to another order: one waybill is one parcel.", "waybill",
            waybill=waybill,
        )  # fmt: skip
    return found


def _inside(tx: Transaction, order: Order, pieces: Mapping[int, int] | None) -> Mapping[int, int]:
    left = pieces_left(order, {number: tx.get(number) for number in order.shipments})
    inside = left if pieces is None else pieces
    for line, quantity in inside.items():
        if not 0 < quantity <= left.get(line, 0):
            raise TradeError(
                "pieces_invalid",
                "Line {line} of {order} has {left} pieces to ship; {quantity} were named.",
                "pieces",
                line=line,
                order=order.id,
                left=left.get(line, 0),
                quantity=quantity,
            )
    if not inside:
        raise TradeError("nothing_to_ship", "{order} has nothing left to ship.", "order", order=order.id)
    return inside


def report_own(tx: Transaction, number: str, state: str, *, by: str, time: str = "", proof: str = "") -> Shipment:
    """Record what a seller reports of a parcel that travels with a carrier of its own. Raises NotFound and TradeError.

    What the carrier of the node carries is reported by that carrier only. `time`: when it happened, as RFC 3339, if not
    now; `proof`: the reference of a proof of delivery.
    """
    found: Shipment = tx.get(number)
    order: Order = tx.get(found.order)
    if order.seller != by:
        raise NotFound(number)
    if found.reporter != SELLER_REPORTS:
        raise TradeError(
            "reported_by_carrier",
            "The states of {shipment} are reported by its carrier {carrier}: the seller does not report them.",
            "status",
            shipment=number,
            carrier=found.carrier,
        )
    if state == "cancelled" and any(each != "cancelled" for each in order.declarations.values()):
        raise TradeError(
            "parcel_declared",
            "The parcel {waybill} is declared to customs: it cannot be exchanged. Cancel the order instead.",
            "status",
            waybill=found.waybill,
        )
    return report(tx, number, state, time=_read_time(time, tx.time), proof=clean("proof", proof, MAX_WAYBILL), by=by)


def _read_time(text: str, now: dt.datetime) -> str:
    """A time as the ledger writes it; "" for none. Raises TradeError."""
    if not text:
        return ""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found > now:
        raise TradeError(
            "time_invalid",
            "{value!r} is not the time of a report: it has a zone and is not in the future, such as "
            "2026-03-01T08:00:00Z.",
            "time",
            value=text[:40],
        )
    return timestamp(found)


def report(  # what a report of a carrier has
    tx: Transaction, number: str, state: str, *, time: str = "", proof: str = "", key: str = "", cause: str = "",
    by: str = "",
) -> Shipment:  # fmt: skip
    """Record what the carrier reports of a shipment: a state of `TRANSPORT_STATES`.

    A report that was recorded before (`key`), or that lies behind the state, changes nothing. Raises NotAllowed for one
    that cannot follow.
    """
    if state not in TRANSPORT_STATES[1:]:
        raise TradeError(
            "transport_state",
            "{state!r} is not a state of a shipment. Use one of: {known}.",
            "state",
            state=state,
            known=", ".join(TRANSPORT_STATES[1:]),
        )
    before: Shipment = tx.get(number)
    if before.status == state and (state, f"shipment.{state}") not in MOVES:
        return before
    payload = {name: value for name, value in (("time", time), ("proof", proof), ("by", by)) if value}
    try:
        after: Shipment = tx.append(number, f"shipment.{state}", payload, key=key, cause=cause)
    except AlreadyRecorded:
        return before
    return after
