"""A time that a buyer has held at another node and does not order is given back there before its hold lapses.

    buyer's node                                  seller's node
    the buyer cancels the hold, or its order ended
    time.give_back ─────────────────────────────> the time is free at once

A hold of a node that does not know the message lapses after a quarter of an hour, as before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.trade.booking.bookings import Booking
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.messages import MessageType, NodeMessage, Version
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import REVOKED, Peer
from entrepot.trade.nodes.sending import send
from entrepot.trade.ports import Transaction

#: The topic of the step.
STEP: Final = "give_back"
#: How a hold ends here that was not used.
_ENDS: Final = ("booking.cancelled", "booking.lapsed")


class TimeGivenBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`time.give_back`: a time that was held is not ordered. `booking`: as the answer to the hold has named it."""

    booking: str


def follow(tx: Transaction, before: Booking | None, after: Booking, event: Event) -> None:
    """After an event of a booking: a hold at another node that has ended here before its time is given back."""
    ended = before is not None and before.status == "held" and event.kind in _ENDS
    if ended and is_to_be_told(after, tx.time):
        next_step(tx, after.id, STEP, event.id)


def is_to_be_told(found: Booking, now: dt.datetime) -> bool:
    """Whether the other node may still hold a time that is not held here any more."""
    return found.kept_until > timestamp(now)


def is_known_to(peer: Peer) -> bool:
    """Whether a node takes times back before their holds lapse: an older program does not."""
    return peer.status != REVOKED and TIME_GIVE_BACK.newest(peer.messages.get(TIME_GIVE_BACK.name, ())) is not None


def take(tx: Transaction, number: str, node: Node) -> None:
    """Take the step: tell the node that holds the time of a booking. Raises TradeError where it cannot be told now."""
    found: Booking = tx.get(number)
    peer: Peer = tx.get(found.seller)
    if not is_to_be_told(found, tx.time) or not is_known_to(peer):
        return
    left = dt.datetime.fromisoformat(found.kept_until) - tx.time
    body = TimeGivenBack(booking=found.remote)
    send(tx, node, peer.id, TIME_GIVE_BACK, body, key=f"{number}/{TIME_GIVE_BACK.name}", ttl=left)


def give_back(tx: Transaction, peer: Peer, message: NodeMessage, body: TimeGivenBack, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `time.give_back`: a time that the node holds, and that is in no order, is free at once."""
    found = tx.find(body.booking) if is_id(body.booking, "bk_") else None
    if not isinstance(found, Booking) or found.party != peer.id:
        return {"status": "unknown"}
    if found.status == "held" and not found.order:
        found = tx.append(found.id, "booking.cancelled", {"reason": "other", "by": peer.id})
    return {"status": found.status}


TIME_GIVE_BACK: Final = MessageType("time.give_back", "order", {1: Version(TimeGivenBack)}, give_back, goes_on=True)
