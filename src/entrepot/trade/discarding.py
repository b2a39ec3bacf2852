"""What follows where an operator gives a message up for good: what it was about does not wait for an answer any more.

A message that the worker has given up (`dead`) changes nothing yet: the order shows that it waits, and an operator
sends it again or discards it. Discarded, each kind of message ends as if its receiver had refused it: it can be asked
for again, and no state waits for an answer that cannot come. The answer may come nevertheless, where the message had
arrived and only its acknowledgement was lost: then it takes effect as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from entrepot.model.errors import TradeError
from entrepot.trade.declarations import Declaration, message_key
from entrepot.trade.match.compare import FAILED
from entrepot.trade.nodes import records as node_messages
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import BOOKING_STEPS, Order
from entrepot.trade.outbox import Message
from entrepot.trade.payments.payouts import Payout, fail_payout
from entrepot.trade.payments.receive import refuse
from entrepot.trade.ports import AlreadyRecorded, Transaction

#: In place of the code of an answer: the message was given up and has none.
NOT_SENT = "not_sent"


def discard(tx: Transaction, message: Message) -> None:
    """Record that a message is not sent any more. Messages without an effect, and objects that are gone, are left."""
    if message.channel == "node":
        _node_message(tx, str(message.body["message"]["id"]))
        return
    effect = _EFFECTS.get((message.channel, message.topic))
    if effect is None and message.channel == "customs" and "declaration" in message.body:
        effect = _document
    if effect is not None and tx.find(_object(message)) is not None:
        # What was answered meanwhile, or discarded before, stays as it is.
        with suppress(NotAllowed, AlreadyRecorded):
            effect(tx, message)


def _node_message(tx: Transaction, number: str) -> None:
    """A message that another node does not get: an order that was to be confirmed ends."""
    record = node_messages.discarded(tx, number, NOT_SENT)
    if record is not None and record.type in TYPES:
        with suppress(TradeError):  # what it was about has ended otherwise
            TYPES[record.type].failed(tx, tx.get(record.peer), record, NOT_SENT, record.why)


def _object(message: Message) -> str:
    """The object that a message is about: the first id of its body."""
    body = message.body
    names = ("declaration", "shipment", "order", "payment", "payout")
    return str(next((body[name] for name in names if name in body), ""))


def _key(message: Message) -> str:
    return f"discarded/{message.key}"


def _document(tx: Transaction, message: Message) -> None:
    """A document, or the list, that customs does not get: it has failed, and can be sent again."""
    declaration: Declaration = tx.get(str(message.body["declaration"]))
    known = declaration.messages.get(message.topic)
    current = known and message_key(declaration.id, message.topic, str(known.tries)) == message.key
    if known is not None and current and known.state == "to_send":
        payload = {"document": message.topic, "reason": NOT_SENT}
        tx.append(declaration.id, "declaration.message_given_up", payload, key=_key(message))


def _cancellation(tx: Transaction, message: Message) -> None:
    declaration: Declaration = tx.get(str(message.body["declaration"]))
    if declaration.cancellation == "asked":
        tx.append(declaration.id, "declaration.cancellation_given_up", {"reason": NOT_SENT}, key=_key(message))


def _return(tx: Transaction, message: Message) -> None:
    declaration, number = tx.get(str(message.body["declaration"])), str(message.body["return"])
    if declaration.returns.get(number) == "asked":
        payload = {"return": number, "reason": NOT_SENT}
        tx.append(declaration.id, "declaration.return_given_up", payload, key=_key(message))


def _declare(tx: Transaction, message: Message) -> None:
    """An order that is not matched: its seller asks again."""
    order: Order = tx.get(str(message.body["order"]))
    if order.state == "placed" and all(each == "cancelled" for each in order.declarations.values()):
        failed = [{"rule": NOT_SENT, "says": message.reason}]
        tx.append(order.id, "order.matched", {"outcome": FAILED, "failed": failed}, key=_key(message))


def _carrier(tx: Transaction, message: Message) -> None:
    """A request that the carrier does not get: the order needs somebody who does it in another way."""
    body = message.body
    number = str(body["order"]) if "order" in body else tx.get(str(body["shipment"])).order
    tx.append(number, "order.step_given_up", {"step": message.topic, "reason": NOT_SENT}, key=_key(message))


def _payment(tx: Transaction, message: Message) -> None:
    number, refund = str(message.body["payment"]), str(message.body.get("refund", ""))
    refuse(tx, number, message.topic, NOT_SENT, refund=refund, cause=message.topic)


def _payout(tx: Transaction, message: Message) -> None:
    payout: Payout = tx.get(str(message.body["payout"]))
    if payout.status == "requested":
        fail_payout(tx, payout.id, NOT_SENT)


_EFFECTS: Mapping[tuple[str, str], Callable[[Transaction, Message], None]] = {
    ("customs", "declare"): _declare,
    ("customs", "cancellation"): _cancellation,
    ("customs", "return"): _return,
    **{("carrier", step): _carrier for step in BOOKING_STEPS},
    **{("payments", topic): _payment for topic in ("authorize", "capture", "cancel", "refund")},
    ("payments", "payout"): _payout,
}
