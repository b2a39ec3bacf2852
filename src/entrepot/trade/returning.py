"""Commands of returns: the buyer applies, customs approves, the goods come back, what was paid is paid back."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.model.money import half_up, split
from entrepot.trade import customs, return_rules, stock
from entrepot.trade.declarations import Declaration
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.limits import legal_day
from entrepot.trade.offer_form import one_of
from entrepot.trade.orders import Order, owned_by
from entrepot.trade.ports import NotFound, Transaction, key_reused
from entrepot.trade.reasons import SENTENCES, Reason
from entrepot.trade.returns import REFUSAL_REASONS, RETURN_REASONS, Return
from entrepot.trade.status import CLEARED, RETURN_ENDED


def apply_for_return(
    tx: Transaction, number: str, pieces: Mapping[int, int], reason: str, *, by: str, key: str
) -> Return:
    """Apply for the return of pieces of an order, by line number. The same `key` applies once. Raises TradeError.

    For goods that customs released at retail, customs is asked: within 30 days after the release.
    """
    one_of("reason", reason, RETURN_REASONS)
    reference = f"return:{number}:{hashlib.sha256(key.encode()).hexdigest()}"
    if (known := tx.lookup(reference)) is not None:
        return _applied_before(tx.get(known), pieces)
    order = owned_by(tx.get(number), by)
    declaration = _declaration(tx, order)
    arrive_by = _check_period(tx, order, declaration)
    lines = [_line(tx, order, at, quantity) for at, quantity in sorted(_checked(order, pieces).items())]
    payload: dict[str, Any] = {
        "order": order.id,
        "owners": [order.seller, order.buyer.party],
        "reason": reason,
        "currency": order.quote.amounts.currency,
        "lines": lines,
        "request": reference,
        "by": by,
    }
    if declaration is not None and arrive_by is not None:
        payload |= {"declaration": declaration.id, "arrive_until": arrive_by.isoformat()}
    found: Return = tx.append(tx.new_id("re_"), "return.asked", payload, key=reference)
    if declaration is not None:
        customs.ask_return(tx, declaration, found.id, cause=found.id)
    return found


def _applied_before(found: Return, pieces: Mapping[int, int]) -> Return:
    if {each.line: each.quantity for each in found.lines} != dict(pieces):
        raise key_reused()
    return found


def _declaration(tx: Transaction, order: Order) -> Declaration | None:
    """The declaration by which the goods were released; None if the order has none."""
    for number, status in order.declarations.items():
        if status in CLEARED:
            found: Declaration = tx.get(number)
            return found
    if any(status != "cancelled" for status in order.declarations.values()):
        raise TradeError(
            "not_released",
            "Customs has not released the goods of {order}: it is {status}. Cancel the order instead.",
            order=order.id,
            status=order.status,
        )
    return None


def _check_period(tx: Transaction, order: Order, declaration: Declaration | None) -> dt.date | None:
    """The last day for the arrival of the goods, where customs has one. Raises TradeError where none can be asked."""
    if not order.paid:
        raise TradeError(
            "order_not_paid", "{order} is {status}: there is nothing to return.", order=order.id, status=order.status
        )
    if declaration is None:
        if not any(status == "delivered" for status in order.shipments.values()):
            raise TradeError(
                "not_delivered", "{order} is {status}: nothing was delivered.", order=order.id, status=order.status
            )
        return None
    released = released_on(declaration)
    decision = return_rules.decide_reversal(
        "released", on=legal_day(order.ship_to.country, tx.time), released_on=released, applicant="domestic_agent"
    )
    if not decision.allowed:
        raise refused_return(decision.reasons[0])
    return decision.arrive_by


def released_on(declaration: Declaration) -> dt.date:
    """The day on which customs released the goods, as customs wrote it (`YYYYMMDDhhmmssSSS`)."""
    return dt.datetime.strptime(declaration.released[:8], "%Y%m%d").date()  # noqa: DTZ007  # a day of legal time


def refused_return(reason: Reason) -> TradeError:
    """The error of a rule of returns that refuses."""
    return TradeError(reason.code.replace(".", "_"), SENTENCES[reason.code], "lines", **reason.values)


def _checked(order: Order, pieces: Mapping[int, int]) -> Mapping[int, int]:
    """The pieces of a return. Raises TradeError for a line that the order does not have, or for too many pieces."""
    lines = {each.number: each for each in order.lines}
    if not pieces:
        raise TradeError("return_no_lines", SENTENCES["return.no_lines"], "lines")
    for number, quantity in pieces.items():
        if number not in lines:
            known = ", ".join(map(str, lines))
            raise TradeError(
                "return_unknown_line", SENTENCES["return.unknown_line"], "lines", number=number, known=known
            )
        left = lines[number].quantity - order.returned.get(str(number), 0)
        if not 0 < quantity <= left:
            raise TradeError(
                "return_quantity", SENTENCES["return.quantity"], "lines", number=number, given=quantity, left=left
            )
    return pieces


def _line(tx: Transaction, order: Order, number: int, quantity: int) -> dict[str, Any]:
    """A line of a return: what these pieces cost.

    The parts of all returns of a line sum to what the line cost: a part is the share of all pieces that come back,
    rounded half up, less what the returns before have. Another rounding would pay back a cent too much.
    """
    at = next(index for index, each in enumerate(order.lines) if each.number == number)
    line = order.lines[at]
    before = [each for live in _live(tx, order) for each in live.lines if each.line == number]
    pieces = quantity + sum(each.quantity for each in before)

    def part(amount: int, given: int) -> int:
        return half_up(amount * pieces, line.quantity) - given

    paid = split(order.quote.amounts.goods, [each.amount for each in order.lines])
    charges = {
        each.id: part(each.lines[at], sum(given.charges.get(each.id, 0) for given in before))
        for each in order.quote.charges
        if each.in_order
    }
    return {
        "line": number,
        "quantity": quantity,
        "goods": part(paid[at], sum(each.goods for each in before)),
        "charges": {name: amount for name, amount in charges.items() if amount},
        "customs_value": part(order.quote.values[at], sum(each.customs_value for each in before)),
    }


def _live(tx: Transaction, order: Order) -> list[Return]:
    """The returns of an order that stand: under way or completed."""
    found = [number for number, status in order.returns.items() if status not in RETURN_ENDED]
    return [tx.get(number) for number in found]


def receive_return(tx: Transaction, number: str, *, restocked: bool = True, time: str = "", key: str = "") -> Return:
    """Record that the goods of a return are back. After the last day it lapses: customs levies the tax.

    `restocked`: whether the pieces can be sold again; `time`: when they came, as RFC 3339, if not now.
    """
    found: Return = tx.get(number)
    if found.received:
        return found
    order: Order = tx.get(found.order)
    arrived = dt.datetime.fromisoformat(time) if time else tx.time
    day = legal_day(order.ship_to.country, arrived)
    late = bool(found.arrive_until) and day.isoformat() > found.arrive_until
    payload = {"time": timestamp(arrived), "restocked": restocked}
    postings: tuple[Posting, ...] = ()
    if restocked and order.stock == "sold":
        lines = {each.number: each for each in order.lines}
        postings = stock.restock((lines[each.line], each.quantity) for each in found.lines)
    kind = "return.received"
    if late and not found.untaxed:
        kind, payload = "return.lapsed", {**payload, "reason": "arrived_late"}
    received: Return = tx.append(number, kind, payload, postings=postings, key=key)
    return received


def lapse_return(tx: Transaction, number: str) -> Return:
    """End a return whose goods did not come by the last day. Nothing changes before that day has passed."""
    found: Return = tx.get(number)
    order: Order = tx.get(found.order)
    today = legal_day(order.ship_to.country, tx.time).isoformat()
    if found.status not in ("asked", "approved") or not found.arrive_until or today <= found.arrive_until:
        return found
    lapsed: Return = tx.append(number, "return.lapsed", {"reason": "not_arrived"})
    return lapsed


def withdraw_return(tx: Transaction, number: str, *, by: str) -> Return:
    """Withdraw an application that customs was not asked about. Raises TradeError and NotFound."""
    found: Return = tx.get(number)
    owned_by(tx.get(found.order), by)
    if found.declaration:
        raise TradeError("return_at_customs", "Customs was asked about {number}: only customs ends it.", number=number)
    withdrawn: Return = tx.append(number, "return.withdrawn", {"reason": "buyer", "by": by})
    return withdrawn


def refuse_return(tx: Transaction, number: str, reason: str, *, by: str) -> Return:
    """Refuse a return, as the seller. Raises TradeError, NotAllowed, and NotFound for another seller's order.

    `reason`: a code of `REFUSAL_REASONS`. While customs is asked about goods that are not back, only customs ends the
    return, or it lapses; goods that came back otherwise than they were sent are refused before customs approves.
    """
    one_of("reason", reason, REFUSAL_REASONS)
    found: Return = tx.get(number)
    order: Order = tx.get(found.order)
    if order.seller != by:
        raise NotFound(number)
    if found.declaration and found.status == "asked":
        raise TradeError("return_at_customs", "Customs was asked about {number}: only customs ends it.", number=number)
    refused: Return = tx.append(number, "return.refused", {"reason": reason, "by": by})
    return refused
