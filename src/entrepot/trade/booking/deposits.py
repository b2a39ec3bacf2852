"""The deposit of a booking: paid with its order, held for the buyer, and given back or kept in part after the use.

It is on an account of its own, so it is no income of the seller and no quote taxes it. What is kept of it goes to the
seller. Whether that is taxed (as a price for the use, or not at all as a compensation) is not in the packs: it is not
calculated.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.money import in_minor
from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.booking.bookings import Booking, Deposit
from entrepot.trade.booking.using import sold_booking
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import TAKEN, Payment
from entrepot.trade.ports import Transaction
from entrepot.trade.refunding import last_payment
from entrepot.trade.service_terms import Terms
from entrepot.trade.splitting import Item


def deposits_of(items: Iterable[Item], places: int) -> dict[str, int]:
    """What is paid as deposits for items, by booking, in minor units: the highest of the offers of each booking."""
    found: dict[str, int] = {}
    for each in items:
        terms = each.offer.goods.delivery
        if each.unused and terms is not None and terms.deposit:
            amount = in_minor(Decimal(terms.deposit), places) or 0
            found[each.booking] = max(found.get(each.booking, 0), amount)
    return {booking: amount for booking, amount in found.items() if amount}


def paid_with(order: Order, booking: str) -> dict[str, Any]:
    """The deposit of a booking that an order has paid, with the terms that it was placed with; empty for none."""
    amount = order.deposits.get(booking)
    if not amount:
        return {}
    offers = [each.goods.delivery for each in order.lines if each.booking == booking]
    terms: Terms = max((each for each in offers if each is not None), key=lambda each: Decimal(each.deposit or 0))
    deposit = {"amount": amount, "currency": order.quote.amounts.currency, "days": terms.deposit_days}
    return {"deposit": {**deposit, "reasons": list(terms.deposit_reasons)}}


def settle_deposit(tx: Transaction, number: str, kept: int, reason: str = "", *, by: str) -> Booking:
    """The seller keeps a part of a deposit, in minor units, for a reason of its offer; the rest is given back at once.

    Only after the use, once, and before its days are over. Raises TradeError and NotFound.
    """
    booking = sold_booking(tx, number, by)
    deposit = booking.deposit
    if deposit is None:
        raise TradeError("no_deposit", "{booking} has no deposit.", booking=number)
    if deposit.state == "settled" and (deposit.kept, deposit.reason) == (kept, reason if kept else ""):
        return booking
    if deposit.state != "held" or booking.status != "finished" or _disputed(tx, booking):
        raise TradeError(
            "deposit_state",
            "The deposit of {booking} cannot be settled now: that is done once, after the use.",
            booking=number,
        )
    if not 0 <= kept <= deposit.amount:
        raise TradeError("deposit_amount", "From 0 to all of the deposit can be kept.", "deposit_kept", booking=number)
    if kept and reason not in deposit.reasons:
        raise TradeError(
            "reason_unknown",
            "{reason!r} is not a reason. Use one of: {known}.",
            "deposit_reason",
            reason=reason,
            known=", ".join(deposit.reasons) or "-",
        )
    return _settle(tx, booking, kept, reason)


def end_deposit(tx: Transaction, number: str) -> Booking:
    """Give a deposit back whose days are over. Nothing changes before, nor while the payment is disputed."""
    booking: Booking = tx.get(number)
    if booking.deposit is None or not is_over(tx, booking.deposit):
        return booking
    return booking if _disputed(tx, booking) else _settle(tx, booking, 0)


def is_over(tx: Transaction, deposit: Deposit) -> bool:
    """Whether a deposit is held and its days are over."""
    return deposit.state == "held" and bool(deposit.until) and timestamp(tx.time) >= deposit.until


def give_back(tx: Transaction, booking: Booking) -> None:
    """Give the deposit of a booking back that was not used; of a payment in dispute, later (`end_deposit`)."""
    if booking.deposit is not None and booking.deposit.state == "held" and not _disputed(tx, booking):
        _settle(tx, booking, 0)


def _disputed(tx: Transaction, booking: Booking) -> bool:
    """Whether a dispute about the payment is open: until it ends, nobody knows what is left to give back."""
    payment = last_payment(tx, tx.get(booking.order))
    return payment is not None and any(each.status == "opened" for each in payment.disputes.values())


def _settle(tx: Transaction, booking: Booking, kept: int, reason: str = "") -> Booking:
    """Move what is kept to the seller, and pay the rest back.

    What cannot be paid back has the buyer's bank taken back already, in a dispute that the seller bore: it is the
    seller's. So all that is not kept was given back.
    """
    if is_of_other_node(booking.party):  # that node holds it: it is told what is kept, and pays the rest back
        whole = booking.deposit.amount if booking.deposit is not None else 0
        return _settled(tx, booking, whole - kept, kept, reason)
    order: Order = tx.get(booking.order)
    payment = last_payment(tx, order)
    kept = min(kept, _left(payment, booking.id))
    payment = _move(tx, payment, booking, kept, reason)
    payment = _pay_back(tx, payment, booking, order)
    _move(tx, payment, booking, _left(payment, booking.id), "dispute")
    whole = booking.deposit.amount if booking.deposit is not None else 0
    return _settled(tx, booking, whole - kept, kept, reason)


def _settled(tx: Transaction, booking: Booking, returned: int, kept: int, reason: str) -> Booking:
    outcome = {"returned": returned, "kept": kept} | ({"reason": reason} if kept else {})
    settled: Booking = tx.append(booking.id, "booking.deposit_settled", outcome)
    return settled


def _move(tx: Transaction, payment: Payment | None, booking: Booking, amount: int, reason: str) -> Payment | None:
    """Move a part of a deposit to the seller."""
    if payment is None or not amount:
        return payment
    shares = (
        Share("deposit", accounts.deposit(booking.id), -amount, booking.seller),
        Share("deposit", accounts.seller(booking.seller), amount, booking.seller),
    )
    payload = {"shares": msgspec.to_builtins(shares), "booking": booking.id, "reason": reason}
    return commands.record(
        tx, payment.id, "deposit_kept", payload, postings=accounts.postings(shares, payment.currency)
    )


def _left(payment: Payment | None, booking: str) -> int:
    """What is left of a deposit: the provider may have paid a part of the payment back by itself."""
    if payment is None or payment.state not in TAKEN:
        return 0
    account = accounts.deposit(booking)
    return sum(each.amount for each in payment.remaining if each.account == account)


def _pay_back(tx: Transaction, payment: Payment | None, booking: Booking, order: Order) -> Payment | None:
    """Pay what is left of a deposit back, as far as the payment has so much."""
    back = min(_left(payment, booking.id), payment.refundable) if payment is not None else 0
    if payment is None or not back:
        return payment
    shared = back - min(back, payment.unallocated)
    shares = [Share("deposit", accounts.deposit(booking.id), shared, order.seller)] if shared else []
    return commands.refund(tx, payment.id, back, shares, key=f"deposit/{booking.id}", reason=commands.DEPOSIT)
