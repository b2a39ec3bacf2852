"""What follows for an order when a declaration, a shipment or a return of it changes its state.

The registry of kinds calls these functions after each event of such an object, in the same transaction. So no command
can change an object and forget its order, and what customs decides takes effect on stock and limits once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from entrepot.trade import limits, returns, stock
from entrepot.trade.booking import following as booking
from entrepot.trade.declarations import Declaration
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.node_steps import next_step
from entrepot.trade.orders import LimitUse, Order, is_of_other_node
from entrepot.trade.ports import Transaction
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment
from entrepot.trade.status import RETURN_ENDED, is_on_the_way

#: Percent.
WHOLE = 100


def follow_declaration(tx: Transaction, before: Declaration | None, after: Declaration, event: Event) -> None:
    """The order of a declaration: customs releases the goods, or they end otherwise; and the returns it answered."""
    for number, word in after.returns.items():
        if word in ("approved", "refused") and (before is None or before.returns.get(number) != word):
            _answer_return(tx, number, word, event)
    if before is not None and before.status == after.status:
        return
    order = tx.find(after.order)
    if order is None:
        return
    effect = _CUSTOMS_EFFECTS.get(after.status)
    more, postings = effect(order, after) if effect else ({}, ())
    _changed(tx, after.order, "customs", after.id, after.status, event, more, postings)
    if order.state == "cancelling":
        _settle_cancellation(tx, order.id, before, after, event)
    elif order.state == "placed" and after.status == "cancelled" and not parcels_under_way(order):
        # Customs approves what it had refused, or after it had released the goods: its last word decides.
        end(tx, tx.get(order.id), {"reason": after.reason}, cause=event.id)


def parcels_under_way(order: Order) -> list[str]:
    """The states of parcels that reach the buyer, or have: those that came back or were lost do not any more."""
    return [each for each in order.shipments.values() if is_on_the_way(each) and each not in ("returned", "lost")]


def _answer_return(tx: Transaction, number: str, word: str, event: Event) -> None:
    """Customs has answered a return. Its approval counts also for one that has ended here meanwhile."""
    found: Return | None = tx.find(number)
    if found is None or (found.status, f"return.{word}") not in returns.MOVES:
        return
    payload = {"reason": str(event.payload.get("reason", "customs"))}
    if found.status in RETURN_ENDED:
        if found.untaxed:
            return
        payload = {"reason": found.why, "status": _after_late_approval(tx.find(found.order), found)}
    tx.append(number, f"return.{word}", payload, cause=event.id)


def _after_late_approval(order: Order | None, found: Return) -> str:
    """What becomes of a return that had ended when customs approved it.

    One that only customs had refused, or whose goods came too late, goes on, unless its pieces are in another return.
    What a seller has refused, and goods that are not back, stay with the buyer; no tax is levied on them.
    """
    quantities = {each.number: each.quantity for each in order.lines} if order else {}
    back = {each.line: each.quantity for each in found.lines}
    fits = order is not None and all(
        order.returned.get(str(line), 0) + quantity <= quantities.get(line, 0) for line, quantity in back.items()
    )
    if not fits or (found.status == "refused" and found.why not in returns.REFUSED_BY_CUSTOMS):
        return found.status
    if found.received:
        return "completed"
    return "approved" if found.status == "refused" else found.status


def _settle_cancellation(
    tx: Transaction, number: str, before: Declaration | None, after: Declaration, event: Event
) -> None:
    """Customs has answered the cancellation that an order waits for."""
    if after.status in ("cancelled", "refused"):  # a list that customs refused is no list any more
        end(tx, tx.get(number), {"reason": after.reason}, cause=event.id)
    elif before is not None and before.cancellation == "asked" and after.cancellation == "refused":
        reason = str(event.payload.get("reason", "customs_refused"))
        tx.append(number, "order.cancel_refused", {"reason": reason}, cause=event.id)
    elif after.status in ("released", "closed", "returned_abroad"):
        tx.append(number, "order.cancel_refused", {"reason": f"customs_{after.status}"}, cause=event.id)


def follow_shipment(tx: Transaction, before: Shipment | None, after: Shipment, event: Event) -> None:
    """The order of a shipment: when its first parcel is on its way, its pieces are sold."""
    if before is not None and before.status == after.status:
        return
    order = tx.find(after.order)
    if order is None:
        return
    more: dict[str, Any] = {}
    postings: tuple[Posting, ...] = ()
    if order.stock == "reserved" and is_on_the_way(after.status):
        more, postings = {"stock": "sold"}, stock.sell(order.id, order.lines)
    came_back = {**order.shipments, after.id: after.status}
    if order.stock == "sold" and _is_void(order) and _all_came_back(came_back.values()):
        more, postings = {"stock": "given_back"}, stock.restock((each, each.quantity) for each in order.lines)
    _changed(tx, after.order, "transport", after.id, after.status, event, more, postings)


def follow_delivery(tx: Transaction, before: Delivery | None, after: Delivery, event: Event) -> None:
    """The order of a delivery: what of its service was delivered."""
    if (before is None or before.status != after.status) and tx.find(after.order) is not None:
        _changed(tx, after.order, "delivery", after.id, after.status, event)
    elif before is not None and before.starts != after.starts and is_of_other_node(after.buyer):
        order: Order = tx.get(after.order)
        next_step(tx, order.common, "delivery", event.id, delivery=after.id, event=event.id)
    booking.follow_delivery(tx, after, event)
    if event.kind == "delivery.cancelled" and is_of_other_node(after.buyer):
        _end_for_other_node(tx, after)


def _end_for_other_node(tx: Transaction, after: Delivery) -> None:
    """Nothing of an order is delivered to the buyer of another node: it ends, and that node pays its buyer back.

    It goes on where the terms of a service that was cancelled keep a part: what they give was told.
    """
    order: Order = tx.get(after.order)
    nothing = all(each == "cancelled" for each in order.deliveries.values())
    # A provider that cancels gives all back, also where an earlier release did not note it.
    ended: list[Delivery] = [tx.get(number) for number in order.deliveries]
    whole = all(each.refund_percent == WHOLE or each.why == "provider" for each in ended)
    if order.state == "placed" and nothing and whole and all(each.goods.service for each in order.lines):
        ended_by = {"reason": "services_cancelled", "by": ""} if after.why == "buyer" else None
        end(tx, order, ended_by or {"reason": "not_available", "by": after.seller})


def follow_return(tx: Transaction, before: Return | None, after: Return, event: Event) -> None:
    """The order of a return: which pieces come back, and what its annual limit gets back."""
    if before is not None and (before.status, before.approved) == (after.status, after.approved):
        return
    order = tx.find(after.order)
    if order is None:
        return
    more: dict[str, Any] = {}
    postings: tuple[Posting, ...] = ()
    had_ended = before is not None and before.status in RETURN_ENDED
    if before is None or (had_ended and after.status not in RETURN_ENDED):
        more["pieces"] = _pieces(after, 1)
    elif after.status in RETURN_ENDED and not had_ended:
        more["pieces"] = _pieces(after, -1)
    if order.limit and (change := _limit_change(order.limit, before, after)):
        more["limit"] = msgspec.to_builtins(
            msgspec.structs.replace(order.limit, returned=order.limit.returned + change)
        )
        postings = _limit_returned(order.limit, change)
    _changed(tx, after.order, "return", after.id, after.status, event, more, postings)


def _pieces(found: Return, sign: int) -> list[dict[str, int]]:
    """The pieces of a return, which come back (1) or do not after all (-1)."""
    return [{"line": each.line, "quantity": sign * each.quantity} for each in found.lines]


def _limit_change(limit: LimitUse, before: Return | None, after: Return) -> int:
    """What an annual limit gets back now: when customs approves; taken again if the goods do not come after all.

    All returns of an order give back no more than it has taken. Where its list is void, all is given back already.
    """
    if limit.state != "used":
        return 0
    was = before is not None and before.approved
    change = (int(after.approved) - int(was)) * sum(each.customs_value for each in after.lines)
    return max(min(change, limit.amount - limit.returned), -limit.returned)


def _limit_returned(limit: LimitUse, change: int) -> tuple[Posting, ...]:
    if change > 0:
        return limits.give_back_used(limit.account, change)
    return limits.count_used(limit.account, -change)


def _changed(
    tx: Transaction,
    number: str,
    line: str,
    found: str,
    status: str,
    event: Event,
    more: Mapping[str, Any] | None = None,
    postings: Iterable[Posting] = (),
) -> None:
    payload = {"object": found, "status": status, **(more or {})}
    tx.append(number, f"order.{line}_changed", payload, postings=tuple(postings), cause=event.id)


def _released(order: Order, declaration: Declaration) -> tuple[dict[str, Any], tuple[Posting, ...]]:
    """What was reserved of an annual limit is used, in the year in which customs released the goods."""
    more: dict[str, Any] = {"released": declaration.released}
    limit = order.limit
    if limit is None or limit.state == "used":
        return more, ()
    year = int(declaration.released[:4])
    if limit.state == "given_back":  # customs released what it had refused: it counts
        account = msgspec.structs.replace(limit.account, year=year)
        postings = limits.count_used(account, limit.amount)
    else:
        postings = limits.use(limit.account, limit.amount, year=year)
    used = msgspec.structs.replace(limit, state="used", year=year)
    return {**more, "limit": msgspec.to_builtins(used)}, postings


def _not_imported(order: Order, _declaration: Declaration) -> tuple[dict[str, Any], tuple[Posting, ...]]:
    """Goods that are not imported take nothing of a limit, and can be sold again once they are with the seller.

    Pieces that were not reported as shipped are there; of others the carrier reports that the parcel came back.
    """
    more, postings = stock.given_back_limit(order)
    kept, moved = _stock_of_ended(order)
    return ({**more, "stock": kept}, (*postings, *moved)) if moved else (more, postings)


def _list_void(order: Order, _declaration: Declaration) -> tuple[dict[str, Any], tuple[Posting, ...]]:
    """Customs cancelled a list that it had released: what was used of the limit is given back."""
    limit = order.limit
    more: dict[str, Any] = {"released": ""} if order.released else {}
    if limit is None or limit.state != "used":
        return more, ()
    more["limit"] = msgspec.to_builtins(msgspec.structs.replace(limit, state="given_back"))
    return more, limits.give_back_used(limit.account, limit.amount - limit.returned)


_CUSTOMS_EFFECTS = {
    "released": _released,
    "closed": _released,
    "returned_abroad": _not_imported,
    "cancelled": _list_void,
}


def _is_void(order: Order) -> bool:
    """Whether the sale of an order is undone: its pieces come back to the seller."""
    return order.state == "cancelled" or "returned_abroad" in order.declarations.values()


def _all_came_back(shipments: Iterable[str]) -> bool:
    live = [each for each in shipments if each != "cancelled"]
    return bool(live) and all(each == "returned" for each in live)


def _stock_of_ended(order: Order) -> tuple[str, tuple[Posting, ...]]:
    """Where the pieces of an order are that ends, and the postings: those with the seller can be sold again."""
    if order.stock == "reserved":
        return "given_back", stock.give_back(order.id, order.lines)
    if order.stock == "sold" and _all_came_back(order.shipments.values()):
        return "given_back", stock.restock((each, each.quantity) for each in order.lines)
    return order.stock, ()


def end(tx: Transaction, order: Order, payload: Mapping[str, Any], *, cause: str = "", key: str = "") -> Order:
    """Cancel an order: its pieces and its part of a limit are given back."""
    more, postings = stock.given_back_limit(order)
    kept, moved = _stock_of_ended(order)
    payload = {**payload, **more, "stock": kept}
    found: Order = tx.append(order.id, "order.cancelled", payload, postings=(*postings, *moved), cause=cause, key=key)
    return found
