"""What the seller of an order does next: one word, from the state of the order alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrepot.trade.orders import Order
from entrepot.trade.status import CLEARED

#: The words, in the order in which an order passes them, and the statuses that an order with each has.
TASKS: Mapping[str, tuple[str, ...]] = {
    "pack": ("paid",),
    "correct": ("paid",),
    "declare": ("refused",),
    "hand_over": ("paid", "released"),
    "follow": ("shipped",),
    "decide_return": ("return_asked",),
}


def seller_task(order: Order) -> str:
    """What the seller does next; "" where others do something, or nothing is left to do.

    `pack`: the paid goods have no parcel; `correct`: order, payment, waybill and list do not match; `declare`: customs
    refused a document; `hand_over`: the parcel may go to the carrier; `follow`: it is on its way; `decide_return`: the
    buyer sends goods back.
    """
    if order.state != "placed":
        return ""
    return next((task for task, applies in _RULES if order.status in TASKS[task] and applies(order)), "")


def _parcels(order: Order) -> list[str]:
    return [status for status in order.shipments.values() if status != "cancelled"]


def _unpacked(order: Order) -> bool:
    return not _parcels(order) and any(not each.goods.service for each in order.lines)


def _may_go(order: Order) -> bool:
    """Whether a parcel waits that nothing holds: there is no list, or customs has released."""
    declared = [status for status in order.declarations.values() if status != "cancelled"]
    free = all(status in CLEARED for status in declared) if declared else not order.buyer.identity
    return free and "created" in _parcels(order)


_RULES: tuple[tuple[str, Callable[[Order], bool]], ...] = (
    ("decide_return", lambda _order: True),
    ("declare", lambda _order: True),
    ("correct", lambda order: "match_failed" in order.attention),
    ("pack", _unpacked),
    ("hand_over", _may_go),
    ("follow", lambda _order: True),
)
