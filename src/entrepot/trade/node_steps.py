"""What an order of two nodes needs next, as steps in the outbox of this node.

A step is put in by the command that makes it necessary, in its transaction: it needs neither a key nor personal data.
The worker takes it, and then a message to the other node is signed and written (`trade.nodes.asking`). So a change of
an order is not refused because the other node is suspended, and personal data is read when it is sent.

    order.placed ─> confirm      payment ─> account, contact      shipment ─> shipment      declaration ─> release
"""

from __future__ import annotations

from entrepot.trade.ports import Transaction

#: The channel of the outbox. Steps of one order are taken one after the other.
CHANNEL = "node_order"


def next_step(tx: Transaction, common: str, topic: str, why: str, **body: str) -> None:
    """Put a step in. `common`: the id of the common order, or of the booking that is given back.

    `why`: the id of the event that makes it necessary.

    The same step for the same event is put in once.
    """
    tx.send(CHANNEL, topic, {"common": common, **body}, key=f"{common}/{topic}/{why}")
