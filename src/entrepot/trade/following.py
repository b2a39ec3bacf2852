"""What follows for an order when a declaration, a shipment or a return of it changes its state.

The registry of kinds calls these functions after each event of such an object, in the same transaction. So no command
can change an object and forget its order, and what customs decides takes effect on stock and limits once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from entrepot.trade import limits, returns, stock
from entrepot.trade.declarations import Declaration
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.orders import LimitUse, Order
from entrepot.trade.ports import Transaction
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment
from entrepot.trade.status import RETURN_ENDED, is_on_the_way


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


def _answer_return(tx: Transaction, number: str, word: str, event: Event) -> None:
    """Customs has answered a return. One that has ended meanwhile stays as it is; the answer is in the declaration."""
    found: Return | None = tx.find(number)
    if found is not None and (found.status, f"return.{word}") in returns.MOVES:
        tx.append(number, f"return.{word}", {"reason": str(event.payload.get("reason", "customs"))}, cause=event.id)


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
    _changed(tx, after.order, "transport", after.id, after.status, event, more, postings)


def follow_return(tx: Transaction, before: Return | None, after: Return, event: Event) -> None:
    """The order of a return: which pieces come back, and what its annual limit gets back."""
    if before is not None and before.status == after.status:
        return
    order = tx.find(after.order)
    if order is None:
        return
    more: dict[str, Any] = {}
    postings: tuple[Posting, ...] = ()
    if before is None:
        more["pieces"] = _pieces(after, 1)
    elif after.status in RETURN_ENDED:
        more["pieces"] = _pieces(after, -1)
    if order.limit and (change := _limit_change(before, after)):
        more["limit"] = msgspec.to_builtins(
            msgspec.structs.replace(order.limit, returned=order.limit.returned + change)
        )
        postings = _limit_returned(order.limit, change)
    _changed(tx, after.order, "return", after.id, after.status, event, more, postings)


def _pieces(found: Return, sign: int) -> list[dict[str, int]]:
    """The pieces of a return, which come back (1) or do not after all (-1)."""
    return [{"line": each.line, "quantity": sign * each.quantity} for each in found.lines]


def _limit_change(before: Return | None, after: Return) -> int:
    """What an annual limit gets back now: when customs approves; taken again if the goods do not come after all."""
    was = before is not None and before.approved
    return (int(after.approved) - int(was)) * sum(each.customs_value for each in after.lines)


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
    """Goods that are not imported take nothing of a limit."""
    return stock.given_back_limit(order)


_CUSTOMS_EFFECTS = {"released": _released, "closed": _released, "returned_abroad": _not_imported}


def end(tx: Transaction, order: Order, payload: Mapping[str, Any], *, cause: str = "", key: str = "") -> Order:
    """Cancel an order: its pieces and its part of a limit are given back."""
    more, postings = stock.given_back_limit(order)
    kept = order.stock
    if kept == "reserved":
        kept, postings = "given_back", (*postings, *stock.give_back(order.id, order.lines))
    payload = {**payload, **more, "stock": kept}
    found: Order = tx.append(order.id, "order.cancelled", payload, postings=postings, cause=cause, key=key)
    return found
