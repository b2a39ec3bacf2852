"""What was not told while `delivery` was closed is told once two persons have opened it again.

    exporter's node                               importer's node
    delivery is opened
    delivery.status, delivery.grant ────────────> services as they are now

Meanwhile such an order is marked `delivery_closed`. Money that goes back is told without waiting (`asking`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from entrepot.trade.ledger.events import Event
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.common_orders import EXPORTER, CommonOrder
from entrepot.trade.nodes.peers import OUT, Peer
from entrepot.trade.orders import Order
from entrepot.trade.ports import Books, Transaction

#: The topic of the step, the capability, and how an order is marked of which something was not told.
STEP: Final = "catch_up"
CAPABILITY: Final = "delivery"
CONFLICT: Final = f"{CAPABILITY}_closed"
#: In which a service has a link.
_LINKED: Final = ("waiting", "ready", "started")
#: Orders that are looked at in one read.
PAGE: Final = 200


def follow(tx: Transaction, before: Peer | None, after: Peer, event: Event) -> None:
    """After an event of a peer: once services can be told to it again, the orders that wait for that are looked for."""
    if before is not None and after.allows(CAPABILITY, OUT) and not before.allows(CAPABILITY, OUT):
        next_step(tx, after.id, STEP, event.id, event=event.id)


def take(books: Books, peer: str, event: str) -> int:
    """Take the step: of each order with a peer that is marked, tell its services. Returns of how many.

    `event`: the id of the event that opened the capability. A step that was ended in the middle goes on when it is
    taken again.
    """
    before, count = "", 0
    while page := books.list_objects("xo_", owner=peer, before=before, limit=PAGE):
        for each in page:
            if CONFLICT in each.conflicts:
                books.run(partial(_tell, number=each.id, event=event))
                count += 1
        before = page[-1].id
    return count


def _tell(tx: Transaction, number: str, event: str) -> None:
    """Put in the steps that tell the services of an order as they are then, and take the mark away."""
    found: CommonOrder = tx.get(number)
    if found.role != EXPORTER or not found.order or CONFLICT not in found.conflicts:
        return
    order: Order = tx.get(found.order)
    for delivery, status in order.deliveries.items():
        why = f"{event}/{delivery}"
        next_step(tx, number, "delivery", why, delivery=delivery, event=event)
        if status in _LINKED and delivery not in found.grants:
            next_step(tx, number, "grant", why, delivery=delivery)
    tx.append(number, "common.caught_up", {"reason": CONFLICT})
