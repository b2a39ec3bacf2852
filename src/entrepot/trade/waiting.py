"""For which counterpart an order waits, and why: what the outbox could not send yet, or has given up.

It is read from the outbox when an order is shown, so it is always what holds now; the ledger has only what was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from entrepot.trade.orders import Order
from entrepot.trade.outbox import Message, OutboxQueue
from entrepot.trade.payments.commands import CHANNEL

#: The channels whose answers an order waits for. E-mails and webhooks only tell of it.
CHANNELS = (CHANNEL, "carrier", "customs", "node", "node_order")


def groups_of(order: Order) -> tuple[str, ...]:
    """The objects whose messages an order waits for."""
    common = (order.common,) if order.common else ()
    return tuple(dict.fromkeys((order.id, *order.payments, *order.declarations, *common)))


def held_up(queue: OutboxQueue, orders: Iterable[Order]) -> Mapping[str, Sequence[Message]]:
    """By the id of an order, the messages that it waits for; no entry for one that waits for none."""
    order_of = {group: order.id for order in orders for group in groups_of(order)}
    found: dict[str, list[Message]] = {}
    for message in queue.held_up(tuple(order_of), CHANNELS) if order_of else ():
        found.setdefault(order_of[message.group], []).append(message)
    return found
