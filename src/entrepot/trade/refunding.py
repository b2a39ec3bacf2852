"""What is paid back to a buyer: all of an order that ended, or the goods and the taxes of a return."""

from __future__ import annotations

from entrepot.model.errors import TradeError
from entrepot.model.money import split
from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.orders import Order
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import ENDED, OPEN, Payment
from entrepot.trade.ports import Transaction
from entrepot.trade.returns import Return


def last_payment(tx: Transaction, order: Order) -> Payment | None:
    """The payment that counts for an order: the last one."""
    found: Payment | None = tx.get(order.paying) if order.paying else None
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
    back = found.goods - sum(each for each, _ in given) if goods else 0
    levied = found.taxes - sum(each for _, each in given) if taxes else 0
    order: Order = tx.get(found.order)
    payment = last_payment(tx, order)
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


def _goods_shares(payment: Payment, order: Order, amount: int) -> list[Share]:
    """The seller pays the goods back, and gets back the platform's fee for them, rounded down."""
    if not amount:
        return []
    seller = accounts.seller(order.seller)
    whole = sum(each.amount for each in payment.shares if each.kind == "goods")
    fee = sum(each.amount for each in payment.shares if each.kind == "fee" and each.account == accounts.PLATFORM_FEES)
    part = fee * amount // whole if whole else 0
    fees = [Share("fee", seller, -part), Share("fee", accounts.PLATFORM_FEES, part)] if part else []
    return [Share("goods", seller, amount), *fees]


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
