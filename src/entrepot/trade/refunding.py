"""What is paid back to a buyer: all of an order that ended, or the goods and the taxes of a return."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.model.errors import TradeError
from entrepot.model.money import split
from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.orders import Order
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import ENDED, OPEN, TAKEN, Payment
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.returns import Return

#: Why a seller pays a part back without a return: codes, because a text of their own can hold personal data.
GOODWILL_REASONS = ("goodwill", "damaged", "not_as_described", "too_late", "other")


def last_payment(tx: Transaction, order: Order) -> Payment | None:
    """The payment that counts for an order: the last one. One whose buyer paid another node has none here."""
    found: Payment | None = tx.get(order.paying) if order.paying and order.paying != order.common else None
    return found


def give_money_back(tx: Transaction, number: str, *, reason: str) -> Payment | None:
    """Pay everything of an order back that was not paid back yet; what is authorized only is not taken."""
    payment = last_payment(tx, tx.get(number))
    if payment is None or payment.state in ENDED:
        return payment
    # The keys count: what is taken after a cancellation that failed, or won back in a dispute, goes back too.
    if payment.state in (*OPEN, "authorized"):
        return commands.cancel(tx, payment.id, key=f"{reason}/cancel/{payment.attempts.get('cancel', 0)}")
    if not payment.refundable:
        return payment
    return commands.refund(tx, payment.id, key=f"{reason}/refund/{len(payment.refunds)}", reason=reason)


def refund_return(tx: Transaction, number: str, *, goods: bool = True, taxes: bool = True) -> Return:
    """Pay a return back: its goods, its taxes or both, each once. Raises TradeError.

    The taxes are paid back when customs has approved, and the goods are back in time: before that customs levies them;
    also where customs approved a return that had ended here. The goods may be paid back first.
    """
    found: Return = tx.get(number)
    if taxes and found.status != "completed" and not found.untaxed:
        raise TradeError(
            "return_not_completed",
            "The return {number} is {status}: taxes are paid back when customs has approved and the goods are back.",
            number=number,
            status=found.status,
        )
    given = [(each.goods, each.taxes) for each in found.refunds]
    levied = found.taxes - sum(each for _, each in given) if taxes else 0
    order: Order = tx.get(found.order)
    payment = last_payment(tx, order)
    # What the seller gave back of the goods as a goodwill is not paid back a second time.
    left = goods_left(payment, order) if payment else 0
    back = min(found.goods - sum(each for each, _ in given), left) if goods else 0
    carriage = _freight_shares(payment, order) if payment and goods and _all_is_back(tx, order) else []
    freight = sum(each.amount for each in carriage)
    if payment is None or not back + levied + freight:
        return found
    shares = (*_goods_shares(payment, order, back), *_tax_shares(payment, levied), *carriage)
    key = f"return/{number}/{len(found.refunds) + 1}"
    after = commands.refund(tx, payment.id, back + levied + freight, shares, key=key, reason="return")
    refund = max(after.refunds)
    payload = {"refund": refund, "goods": back, "taxes": levied} | ({"freight": freight} if freight else {})
    changed: Return = tx.append(number, "return.refunded", payload, key=key)
    return changed


def refund_shares(
    tx: Transaction, payment: Payment, order: Order, goods: int, taxes: int, *, key: str, reason: str
) -> Payment:
    """Pay a part of the goods and of the taxes of an order back, each from whom it is. Raises NotAllowed."""
    shares = (*_goods_shares(payment, order, goods), *_tax_shares(payment, taxes))
    return commands.refund(tx, payment.id, goods + taxes, shares, key=key, reason=reason)


def goods_left(payment: Payment, order: Order) -> int:
    """What the seller still has of the price of the goods of an order, in minor units."""
    seller = accounts.seller(order.seller)
    return sum(each.amount for each in payment.remaining if each.kind == "goods" and each.account == seller)


def refund_goodwill(tx: Transaction, number: str, amount: int, reason: str, *, by: str, key: str) -> Payment:
    """Pay a part of the price of the goods back, as the seller, without a return. Raises TradeError and NotFound.

    Duties and taxes stay: customs has assessed what was declared, and the goods stay with the buyer. Requests with the
    same `key` pay back once.
    """
    order: Order = tx.get(number)
    if by not in (order.seller, order.buyer.party):
        raise NotFound(number)
    if by != order.seller:
        raise TradeError("not_the_seller", "Only the seller of {order} can do this.", order=number)
    if reason not in GOODWILL_REASONS:
        raise TradeError(
            "reason_unknown",
            "{reason!r} is not a reason. Use one of: {known}.",
            "reason",
            reason=reason,
            known=", ".join(GOODWILL_REASONS),
        )
    payment = last_payment(tx, order)
    if payment is None or payment.state not in TAKEN:
        raise TradeError("not_paid", "{order} is not paid: nothing can be paid back.", "amount", order=number)
    key = f"goodwill/{key}"
    left = min(goods_left(payment, order), payment.refundable)
    if not commands.was_asked(payment, key) and not 0 < amount <= left:
        raise TradeError(
            "refund_amount",
            "{wanted} cannot be paid back: {able} of the price of the goods is left.",
            "amount",
            wanted=amount,
            able=left,
        )
    shared = amount - min(amount, payment.unallocated)
    return commands.refund(tx, payment.id, amount, _goods_shares(payment, order, shared), key=key, reason=reason)


def _goods_shares(payment: Payment, order: Order, amount: int) -> list[Share]:
    """The seller pays the goods back, and gets back the platform's fee for them.

    Of all that is back it is rounded down, not of each part: several refunds cost the seller no more than one.
    """
    if not amount:
        return []
    seller = accounts.seller(order.seller)
    goods, fee = _goods_and_fee(payment.allocated)
    kept, fee_kept = _goods_and_fee(payment.remaining)
    back = fee * (goods - kept + amount) // goods if goods else 0
    part = min(max(back - (fee - fee_kept), 0), fee_kept)
    fees = [Share("fee", seller, -part), Share("fee", accounts.PLATFORM_FEES, part)] if part else []
    return [Share("goods", seller, amount), *fees]


def _goods_and_fee(shares: Iterable[Share]) -> tuple[int, int]:
    """The price of the goods in some shares, and the platform's fee."""
    found = list(shares)
    return (
        sum(each.amount for each in found if each.kind == "goods"),
        sum(each.amount for each in found if each.kind == "fee" and each.account == accounts.PLATFORM_FEES),
    )


def _all_is_back(tx: Transaction, order: Order) -> bool:
    """Whether every piece of an order is in a return that is completed."""
    back: list[Return] = [tx.get(number) for number, status in order.returns.items() if status == "completed"]
    return sum(line.quantity for each in back for line in each.lines) >= order.pieces


def _freight_shares(payment: Payment, order: Order) -> list[Share]:
    """The freight and insurance that the seller still has of an order, if all of its offers pay them back.

    What is owed to a carrier apart stays with it: it has carried the parcel.
    """
    if any(each.goods.freight_on_return != "paid_back" for each in order.lines):
        return []
    seller = accounts.seller(order.seller)
    return [each for each in payment.remaining if each.kind == "shipping" and each.account == seller]


def _tax_shares(payment: Payment, amount: int) -> list[Share]:
    """From whom the taxes come back: those who were owed them, in proportion."""
    owed = [each for each in payment.remaining if each.kind == "tax"]
    if not amount or not owed:
        return []
    parts = split(amount, [each.amount for each in owed])
    return [Share("tax", each.account, part, each.seller) for each, part in zip(owed, parts, strict=True) if part]
