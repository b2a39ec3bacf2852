"""Commands that end an order before its goods are released, and the end of one that is not paid in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.trade import customs, return_rules
from entrepot.trade.declarations import LIST, Declaration
from entrepot.trade.following import end, parcels_under_way
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.limits import legal_day
from entrepot.trade.node_steps import next_step
from entrepot.trade.offer_form import one_of
from entrepot.trade.orders import CANCEL_REASONS, Order, is_of_other_node, owners, payable
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import OPEN
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.reasons import SENTENCES
from entrepot.trade.refunding import last_payment


def cancel_order(tx: Transaction, number: str, reason: str, *, by: str) -> Order:
    """Cancel an order. Raises TradeError where it cannot be cancelled any more, and says what is possible.

    Before its list is declared it is cancelled at once: pieces and limit are given back, and what was paid. After that
    customs is asked, and the order ends when customs has approved. An order that is cancelled stays as it is.
    """
    one_of("reason", reason, CANCEL_REASONS)
    order: Order = tx.get(number)
    if by not in owners(order):
        raise NotFound(number)
    if order.state in ("cancelled", "cancelling"):
        return order
    declaration = live_declaration(tx, order)
    listed = declaration.messages.get(LIST) if declaration else None
    state = listed.state if listed else ""
    if state in return_rules.RELEASED:
        raise TradeError(
            "order_released",
            "Customs has released the goods of {order}: it cannot be cancelled. Apply for a return.",
            order=number,
        )
    if declaration is None and parcels_under_way(order):
        raise TradeError(
            "order_shipped",
            "The goods of {order} are on their way: it cannot be cancelled. Apply for a return after the delivery.",
            order=number,
        )
    if by == order.buyer.party and not is_of_other_node(order.seller):
        _check_deliveries(order)
    decision = return_rules.decide_reversal(state, on=legal_day(order.ship_to.country, tx.time), applicant="seller")
    if not decision.allowed:
        told = decision.reasons[0]
        raise TradeError(told.code.replace(".", "_"), SENTENCES[told.code], **told.values)
    payload: dict[str, Any] = {"reason": reason, "by": by}
    if declaration is not None and decision.application:
        waiting: Order = tx.append(number, "order.cancel_asked", payload)
        customs.ask_cancellation(tx, declaration, reason, cause=waiting.id)
        return _now(tx, number)
    if is_of_other_node(order.seller) and order.paid:
        return _ask_other_node(tx, order, payload)
    # What is being captured meanwhile goes back as soon as the provider has answered.
    end(tx, order, payload)
    return _now(tx, number)


def _check_deliveries(order: Order) -> None:
    """Raise TradeError where services are to be cancelled by themselves. Another node decides by its seller's terms."""
    if found := [each for each in order.deliveries.values() if each != "cancelled"]:
        raise TradeError(
            "order_delivers",
            "The services of {order} are paid: cancel each of its {count} deliveries, by its own terms.",
            order=order.id,
            count=len(found),
        )


def _ask_other_node(tx: Transaction, order: Order, payload: Mapping[str, Any]) -> Order:
    """Whether the goods of an order are on their way, the node of its seller knows: it is asked first."""
    asked: Order = tx.append(order.id, "order.cancel_asked", payload)
    time = timestamp(tx.time)
    next_step(tx, order.common, "cancel", time, reason=payload["reason"], event=time)
    return asked


def live_declaration(tx: Transaction, order: Order) -> Declaration | None:
    """The declaration of an order that is not void."""
    live = [number for number, status in order.declarations.items() if status != "cancelled"]
    found: Declaration | None = tx.get(max(live)) if live else None
    return found


def expire_order(tx: Transaction, number: str) -> Order:
    """Cancel an order that was not paid in time. Nothing changes before its time.

    A payment that the buyer has not finished is cancelled first; the order ends when the provider has answered.
    """
    order: Order = tx.get(number)
    if order.state not in ("placed", "requote") or timestamp(tx.time) < order.expires:
        return order
    if payable(order):
        return end(tx, order, {"reason": "not_paid", "by": ""})
    payment = last_payment(tx, order)
    if payment is not None and payment.state in OPEN:
        commands.expire(tx, payment.id)
    return _now(tx, number)


def _now(tx: Transaction, number: str) -> Order:
    order: Order = tx.get(number)
    return order
