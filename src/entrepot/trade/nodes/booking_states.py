"""What happens with a booking at the node that keeps its calendar, told to the node of its buyer.

Each message has the whole state, so one that comes twice or late changes nothing. The metered use follows as it is
sold, and what the seller keeps of the deposit, which the buyer's node holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.deposits import settle_deposit
from entrepot.trade.booking.ordering import used_lines
from entrepot.trade.booking.using import MAX_USED
from entrepot.trade.ledger.events import Event, is_timestamp, timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.asset_times import copied
from entrepot.trade.nodes.bodies import BookingTold, SoldTold
from entrepot.trade.nodes.common_orders import IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.ports import Transaction

#: Events of a booking that its buyer's node is told. That it was moved, cancelled or missed, its delivery tells.
_TOLD = frozenset({"booking.checked_in", "booking.used", "booking.finished", "booking.deposit_settled"})
#: How far a booking is; what was told later but lies before is not taken.
_PLACE = {word: at for at, word in enumerate(("booked", "checked_in", "finished"))}
#: Units of metered use that a booking can have.
MAX_METERS = 20


def tell(tx: Transaction, after: Booking, event: Event) -> None:
    """After an event of a booking here: the node of its buyer is told."""
    if event.kind not in _TOLD or not is_of_other_node(after.party) or not after.order:
        return
    order: Order = tx.get(after.order)
    next_step(tx, order.common, "booking", event.id, booking=after.id, event=event.id)


def told_of(tx: Transaction, found: Booking) -> BookingTold:
    """A booking of this node as it is now."""
    sold = used_lines(found, tx.get(found.asset)) if found.used else ()
    deposit = found.deposit
    settled = deposit is not None and deposit.state == "settled"
    return BookingTold(
        booking=found.id,
        status=found.status,
        at=timestamp(tx.time),
        used=found.used,
        sold=tuple(SoldTold(offer=each.offer, quantity=each.quantity) for each in sold),
        settled=settled,
        kept=deposit.kept if deposit is not None and settled else 0,
        reason=deposit.reason if deposit is not None and settled else "",
    )


def state(tx: Transaction, peer: Peer, message: NodeMessage, body: BookingTold, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `booking.state`: the booking of the buyer follows, and its deposit."""
    found = common_of(tx, peer, message, IMPORTER)
    order: Order = tx.get(found.order)
    bookings = (tx.get(each) for each in dict.fromkeys(line.booking for line in order.lines if line.booking))
    own: Booking | None = next((each for each in bookings if each.remote == body.booking), None)
    if own is None or not _is_state(body):
        raise refused("part_unknown", order=found.id, part=f"booking {body.booking[:40]!r} in this state")
    known = found.bookings.get(body.booking)
    if known is not None and (known.at > body.at or known == body):
        return {"booking": own.status}
    tx.append(found.id, "common.booking", msgspec.to_builtins(body))
    _follow(tx, own, body)
    _meter(tx, found, tx.get(own.id), body)
    if body.settled:
        _settle(tx, found, tx.get(own.id), body)
    after: Booking = tx.get(own.id)
    return {"booking": after.status}


def _is_state(body: BookingTold) -> bool:
    amounts = [decimal_of(each) for each in body.used.values()]
    return (
        len(body.used) <= MAX_METERS
        and all(each is not None and each.is_finite() and 0 <= each < MAX_USED for each in amounts)
        and body.kept >= 0
        and is_timestamp(body.at)
    )


def _follow(tx: Transaction, own: Booking, body: BookingTold) -> None:
    """The buyer has come, or the use has ended."""
    if own.status not in _PLACE or _PLACE.get(body.status, -1) <= _PLACE[own.status]:
        return
    tx.append(own.id, f"booking.{body.status}", {"by": own.seller})


def _meter(tx: Transaction, found: CommonOrder, own: Booking, body: BookingTold) -> None:
    """What was metered, and as what it is sold. An order of it that was placed keeps its lines."""
    if own.status not in ("checked_in", "finished") or own.used == body.used:
        return
    sold = copied(tx.lookup, found.peer, body.sold)
    if sold is None:
        note_conflict(tx, found.id, "meter_unknown")
        return
    lines = msgspec.to_builtins(sold)
    for unit, total in body.used.items():
        more = Decimal(total) - Decimal(own.used.get(unit, "0"))
        if more:
            payload = {"quantity": f"{more:f}", "unit": unit[:3], "by": own.seller, "sold": lines}
            tx.append(own.id, "booking.used", payload)


def _settle(tx: Transaction, found: CommonOrder, own: Booking, body: BookingTold) -> None:
    """Keep of the deposit what the seller keeps, and give the rest back: once.

    What was cancelled or missed, which its delivery tells, gives it back by itself.
    """
    deposit = own.deposit
    if deposit is None or own.status != "finished" or (deposit.state, deposit.kept) == ("settled", body.kept):
        return
    with suppress(TradeError):
        settle_deposit(tx, own.id, body.kept, body.reason, by=own.seller)
        return
    note_conflict(tx, found.id, "deposit_not_settled")
