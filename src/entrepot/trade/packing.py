"""What a seller needs to pack an order: the pieces that are in no parcel, and to whom the parcel goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from entrepot.model.errors import TradeError
from entrepot.trade.orders import Order
from entrepot.trade.ports import AlreadyRecorded, NotFound, Transaction
from entrepot.trade.shipments import Shipment

#: Of the buyer's personal data, what a label has. The identity number is for customs only.
LABEL = ("name", "telephone", "address", "district")
#: The states of a parcel that has reached its end: the address is not needed any more.
_OVER = frozenset({"delivered", "returned"})


def show_contact(tx: Transaction, number: str, *, by: str, person: str) -> Mapping[str, str]:
    """To whom the parcel of an order goes, for its seller. That it was shown is in the ledger, once a person and day.

    Raises TradeError where there is nothing to send, and NotFound for another seller's order or erased data.
    """
    order: Order = tx.get(number)
    if order.seller != by:
        raise NotFound(number)
    over = bool(order.shipments) and all(status in _OVER for status in order.shipments.values())
    if not order.paid or order.state not in ("placed", "cancelling") or over:
        raise TradeError(
            "contact_not_needed",
            "{order} is {status}: its address is shown while there are goods to send.",
            order=number,
            status=order.status,
        )
    with suppress(AlreadyRecorded):
        payload = {"by": by, "person": person}
        tx.append(number, "order.contact_shown", payload, key=f"{number}/shown/{person}/{tx.time:%Y-%m-%d}")
    given = tx.get_personal(order.buyer.personal)
    whole = {
        **given,
        "name": given.get("consignee") or given["name"],
        "telephone": given.get("consignee_telephone") or given.get("telephone", ""),
    }
    return {name: whole[name] for name in LABEL if whole.get(name)}


def pieces_left(order: Order, shipments: Mapping[str, Shipment]) -> dict[int, int]:
    """By the number of a line, its pieces that are in no parcel. `shipments`: those of the order, by id."""
    left = {each.number: each.quantity for each in order.lines if not each.goods.service}
    for number, status in order.shipments.items():
        for piece in shipments[number].pieces if status != "cancelled" else ():
            left[piece.line] -= piece.quantity
    return {line: quantity for line, quantity in left.items() if quantity}
