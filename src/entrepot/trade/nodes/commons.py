"""What every command about a common order begins with: find it, and see that it is the other node's too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.trade.ids import is_id
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.messages import MessageRefused, NodeMessage
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Transaction

#: Why a message about an order is refused: the status of HTTP, the sentence, and whether it may be sent again.
REFUSALS: Mapping[str, tuple[int, str, bool]] = {
    "order_unknown": (404, "There is no order {order} between the two nodes here.", False),
    "order_not_yet": (409, "The order {order} is not agreed here yet: send the message again later.", True),
    "order_id": (422, "{order!r} is not the id of a common order (xo_…).", False),
    "order_differs": (409, "The order {order} was agreed with another text: {digest}.", False),
    "signature_invalid": (422, "The signature of the order {order} is not one of {name} over its text.", False),
    "role_wrong": (409, "This node is the {role} of the order {order}: {type} is not for it.", False),
    "entries_exceed": (422, "The entries of {order} sum to {sum}; from 0 to {owed} is possible.", False),
    "currency_differs": (422, "The order {order} is in {expected}, not {given}.", False),
    "part_unknown": (422, "The order {order} has no {part}.", False),
}


def refused(code: str, **values: object) -> MessageRefused:
    """The refusal with a code.

    >>> refused("order_not_yet", order="xo_1").later
    True
    """
    status, text, later = REFUSALS[code]
    return MessageRefused(code, text, status, later=later, **values)


def named(message: NodeMessage) -> str:
    """The id of the common order that a message is about. Raises MessageRefused."""
    if not is_id(message.about, "xo_"):
        raise refused("order_id", order=message.about[:60])
    return message.about


def common_of(tx: Transaction, peer: Peer, message: NodeMessage, role: str) -> CommonOrder:
    """The common order of a message. Raises MessageRefused: also where it is with another node, or not agreed yet.

    `role`: the one that this node has to have.
    """
    number = named(message)
    found: CommonOrder | None = tx.find(number)
    if found is None:
        raise refused("order_not_yet", order=number)
    if found.peer != peer.id:
        raise refused("order_unknown", order=number)
    if found.role != role:
        raise refused("role_wrong", order=number, role=found.role, type=message.type)
    return found


def note_conflict(tx: Transaction, number: str, reason: str) -> None:
    """Record what the other node told and what could not follow here, for an operator. Once for each reason."""
    found: CommonOrder = tx.get(number)
    if reason not in found.conflicts:
        tx.append(number, "common.conflict", {"reason": reason})


def service(node: Any, name: str) -> Any:
    """A service of this node. One that is absent is a fault of its composition."""
    found = node.services.get(name)
    if found is None:
        raise LookupError(f"The node has no service {name!r}: it takes no part in orders of two nodes.")
    return found
