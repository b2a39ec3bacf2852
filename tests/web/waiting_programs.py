"""Programs on a server of a test: a refund that is refused, or succeeds, and messages of an order that wait."""

from __future__ import annotations

#: The number of the payment is put in.
REFUSED = """
from entrepot.trade.payments import commands
from entrepot.trade.payments.receive import refuse
from entrepot.trade_app.books import open_books
books = open_books()
payment = books.run(lambda tx: commands.refund(tx, %r, 1234, key="page"))
number = max(payment.refunds)
books.run(lambda tx: refuse(tx, payment.id, "refund", "card_closed", refund=number))
"""
SUCCEEDED = """
from entrepot.trade.payments.provider import ProviderRefund, Snapshot
from entrepot.trade.payments.receive import receive
from entrepot.trade_app.books import open_books
books = open_books()
payment = books.read(%r)
refund = ProviderRefund(reference="paid-back", amount=1234, status="succeeded", refund=max(payment.refunds))
books.run(lambda tx: receive(tx, payment.id, Snapshot(reference=payment.reference, refunds=(refund,))))
"""
WAITING = """
import datetime as dt
from entrepot.trade.ports import Outgoing
from entrepot.trade_app.outbox import open_outbox
queue, now = open_outbox(), dt.datetime.now(dt.timezone.utc)
queue.put([Outgoing("customs", "waybill_status", {}, "%s/test"), Outgoing("carrier", "book", {}, "%s/test")], now)
for message in queue.listed(group="%s") + queue.listed(group="%s"):
    if message.key.endswith("/test"):
        queue.again(message, now + dt.timedelta(days=1), "port.example did not answer: not within 20 s.")
"""
