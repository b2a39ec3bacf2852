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
from entrepot.trade.booking import deposits
from entrepot.trade.booking.bookings import STATES, Booking
from entrepot.trade.booking.ordering import used_lines
from entrepot.trade.booking.using import MAX_DECIMALS, MAX_USED
from entrepot.trade.ledger.events import MAX_INTEGER, Event, is_timestamp, timestamp
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
#: Units of metered use that a booking can have, and characters of a unit, of a quantity and of a reason, at most.
MAX_METERS, MAX_UNIT, MAX_DIGITS, MAX_REASON = 20, 3, 20, 60


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
    return (
        body.status in STATES
        and max(len(body.used), len(body.sold)) <= MAX_METERS
        and all(1 <= len(unit) <= MAX_UNIT and _is_quantity(total) for unit, total in body.used.items())
        and all(0 < each.quantity < MAX_USED for each in body.sold)
        and 0 <= body.kept <= MAX_INTEGER
        and len(body.reason) <= MAX_REASON
        and is_timestamp(body.at)
    )


def _is_quantity(text: str) -> bool:
    amount = decimal_of(text) if len(text) <= MAX_DIGITS else None
    return amount is not None and 0 <= amount < MAX_USED and amount == round(amount, MAX_DECIMALS)


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
            payload = {"quantity": f"{more:f}", "unit": unit, "by": own.seller, "sold": lines}
            tx.append(own.id, "booking.used", payload)


def _settle(tx: Transaction, found: CommonOrder, own: Booking, body: BookingTold) -> None:
    """Keep of the deposit what the seller keeps, and give the rest back: once.

    What was cancelled or missed, which its delivery tells, gives it back by itself.
    """
    deposit = own.deposit
    if deposit is None or own.status != "finished" or (deposit.state, deposit.kept) == ("settled", body.kept):
        return
    with suppress(TradeError):
        deposits.settle_deposit(tx, own.id, body.kept, body.reason, by=own.seller)
        return
    note_conflict(tx, found.id, "deposit_not_settled")


def end_deposit(tx: Transaction, number: str) -> Booking:
    """End a deposit whose days are over: as its seller settled it, where that could not be done in time, else all back.

    What the other node told while the payment was disputed is done once the dispute has ended.
    """
    own: Booking = tx.get(number)
    told = _told_before(tx, own)
    if told is not None and told.settled and own.deposit is not None and deposits.is_over(tx, own.deposit):
        with suppress(TradeError):
            return deposits.settle_deposit(tx, number, told.kept, told.reason, by=own.seller)
    return deposits.end_deposit(tx, number)


def _told_before(tx: Transaction, own: Booking) -> BookingTold | None:
    """What the other node told last of a booking that it keeps."""
    order: Order | None = tx.find(own.order) if own.remote and own.order else None
    found: CommonOrder | None = tx.find(order.common) if order is not None and order.common else None
    return found.bookings.get(own.remote) if found is not None else None
