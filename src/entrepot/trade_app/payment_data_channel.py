"""The payment data that customs asks a platform for: GACC announcements 165 and 179 of 2018.

Customs asks for one order; the node acknowledges at once, and the worker sends the raw request to the payment company
and its raw answer, signed. What was sent is an event of the order, without its content.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from entrepot.connect.customs.cn.compose import CHINA
from entrepot.connect.customs.cn.http_post import Http
from entrepot.connect.customs.cn.payment_data import (
    DataRequest,
    Goods,
    Head,
    PaidOrder,
    Recipient,
    read_request,
    read_result,
    write_acknowledgement,
    write_response,
)
from entrepot.connect.customs.cn.settings import PaymentData, Settings
from entrepot.trade.declarations import guid_of
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Later, Refused
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Books, Transaction
from entrepot.trade_app.china import CHINESE

#: China's yuan in the lists of customs.
CNY = "142"
SENDER = "customs/cn/payment-data"


def may_ask(settings: Settings, token: str, *, loopback: bool) -> bool:
    """Whether a request may ask for payment data: its address ends with the token, or it is of a sandbox here."""
    given = settings.payment_data
    if given is None:
        return False
    if not given.token:
        return settings.sandbox and loopback and not token
    return hmac.compare_digest(token.encode(), given.token.encode())


def ask(books: Books, body: bytes, now: dt.datetime) -> bytes:
    """Take a request of customs and return the acknowledgement. Raises MessageError for what is no request."""
    request = read_request(body)
    problem = books.run(partial(_asked, request))
    return write_acknowledgement(int(now.timestamp() * 1000), problem)


def _asked(request: DataRequest, tx: Transaction) -> str:
    order = tx.find(request.order) if request.order.startswith("or_") else None
    if not isinstance(order, Order) or _payment(tx, order) is None:
        return "there is no paid order with this number"
    if tx.received(SENDER, f"{order.id}/{request.session}"):
        body = {"order": order.id, "session": request.session}
        tx.send("customs", "payment_data", body, key=f"{order.id}/payment-data/{request.session}")
    return ""


def send(books: Books, settings: Settings, signer: Any, body: Mapping[str, Any], now: dt.datetime) -> None:
    """Send the payment data of an order. Raises Later and Refused; MessageError for values that cannot be sent."""
    given = settings.payment_data
    if given is None or signer is None:
        raise Refused("The settings of China's customs have no [payment_data].")
    number, session = str(body["order"]), str(body["session"])
    head, orders = books.run(partial(_data, given, settings, number))
    request = DataRequest(number, session, 0)
    content = write_response(request, head, orders, service_time=int(now.timestamp() * 1000), signer=signer)
    form = "application/x-www-form-urlencoded"
    result = read_result(Http(given.address, content_type=form).send(guid_of(f"{number}/{session}"), content))
    if not result.accepted:
        # Customs says in words what differs; a later attempt sends the same.
        raise Refused(f"Customs answered {result.code}: {result.message[:200]}")
    payload = {"session": session, "code": result.code}
    books.run(lambda tx: tx.append(number, "order.payment_data_given", payload, key=f"{number}/data/{session}"))


def _payment(tx: Transaction, order: Order) -> Payment | None:
    """The payment by which an order was paid, also if it was paid back since."""
    found = [tx.get(number) for number in sorted(order.payments, reverse=True)]
    return next((each for each in found if each.captured and each.transaction), None)


def _data(given: PaymentData, settings: Settings, number: str, tx: Transaction) -> tuple[Head, tuple[PaidOrder, ...]]:
    order: Order = tx.get(number)
    payment = _payment(tx, order)
    if payment is None or not payment.exchange:
        raise Later(f"The raw request and answer of the payment of {number} are not stored yet.")
    raw = tx.get_personal(payment.exchange)
    paid_at = dt.datetime.fromisoformat(payment.paid_at).astimezone(CHINA)
    head = Head(
        guid=guid_of(f"{payment.id}/data"),
        initalRequest=raw["request"],
        initalResponse=raw["response"],
        ebpCode=settings.parties.platform.code,
        payCode=settings.parties.payment_company.code,
        payTransactionId=payment.transaction,
        totalAmount=Decimal(payment.captured).scaleb(-2),
        currency=CNY,
        verDept=given.verifier,
        tradingTime=paid_at.strftime("%Y%m%d%H%M%S"),
    )
    goods = tuple(
        Goods(gname=each.goods.titles.get(CHINESE, ""), itemLink=given.link.replace("{offer}", each.offer))
        for each in order.lines
    )
    recipient = Recipient(recpAccount=given.account, recpName=given.name)
    return head, (PaidOrder(order.id, goods, recipient),)
