"""An order from its placement to its delivery, made in memory by the commands of this node. Nothing of it is stored.

    example = example_order.make(dt.date.today())     # the events of the order, and its invoice as a credential

The parties are fictitious, the price and the taxes are those of the law of this node.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot import app
from entrepot.connect.documents import credential, jose, ubl
from entrepot.connect.documents.verify import Verdict, verify
from entrepot.model.sale import read_sale
from entrepot.trade.checkout import prepare, read_asked
from entrepot.trade.customs import open_declaration, receive_receipt
from entrepot.trade.declarations import Declaration, Receipt, own_number
from entrepot.trade.kinds import KINDS
from entrepot.trade.ledger.events import Event
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.offer_form import read_offer
from entrepot.trade.orders import Order
from entrepot.trade.outbox import attempt
from entrepot.trade.papers import issuing, keys
from entrepot.trade.papers.details import AskedDocument, read_details
from entrepot.trade.papers.issuing import Desk, Sealed
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade.papers.paper import Paper, Party
from entrepot.trade.paying import pay_order
from entrepot.trade.payments import commands, deliver
from entrepot.trade.payments.commands import STRICT, Means
from entrepot.trade.payments.memory import MemoryProvider
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import Transaction
from entrepot.trade.quotes import StoredQuote
from entrepot.trade.selling import create_offer
from entrepot.trade.shipping import create_shipment, report
from entrepot.trade_app.documents import members
from entrepot.trade_app.quotes import NodeQuotes

SELLER, BUYER = "og_exporter", "us_buyer"
EXPORTER = Party(name="Example Exporter", country="VN")
OFFER = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡", "vi": "Cà phê rang", "th": "กาแฟคั่ว", "km": "កាហ្វេលីង"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "shipping": "12.00",
    "net_mass_kg": "0.5",
    "gross_mass_kg": "0.55",
    "stock": 10,
}
#: The identity number is the example of GB 11643-1999, and nobody has it.
CONTACT = {
    "name": "张伟",
    "telephone": "13800000000",
    "address": "北京市朝阳区建国路1号",
    "identity_type": "1",
    "identity_number": "11010519491231002X",
}
#: Receipts of customs for the list, until the release.
LIST_CODES = ("120", "399", "800")
BEGIN, STEP = dt.time(8, tzinfo=dt.UTC), dt.timedelta(hours=7)


class Example(NamedTuple):
    """What happened to the order, the oldest first, what it cost, and its invoice as it was verified.

    `verdicts`: of the invoice as it was signed, and of the same with one character changed.
    """

    order: Order
    events: Sequence[Event]
    invoice: str
    verdicts: tuple[Verdict, Verdict]


def make(day: dt.date) -> Example:
    """Make the order so that it is delivered on a day. Raises SaleError where the law has no price for it."""
    maker = _Maker(dt.datetime.combine(day, BEGIN) - dt.timedelta(days=2))
    order = maker.deliver(maker.place())
    key = jose.SigningKey(os.urandom(32))
    text, number = maker.issue_invoice(order, credential.Node("", key))
    verdicts = _verify(text, key, maker.time), _verify(_changed(text), key, maker.time)
    events = [event for _position, event in maker.books.events(stream=order.id)]
    return Example(maker.books.read(order.id), events, number, verdicts)


class _Quotes(NodeQuotes):
    """Quotes of the law of this node that are kept in memory."""

    def __init__(self, now: dt.datetime) -> None:
        self._now, self._made = now, dict[str, StoredQuote]()

    def create(self, sale: Mapping[str, Any], owner: str) -> StoredQuote:
        request = app.normal_sale({**sale, "date": self._now.date().isoformat()})
        document = app.quote(request).document()
        number = f"qt_{len(self._made) + 1}"
        self._made[number] = StoredQuote(
            id=number,
            hash=hashlib.sha256(msgspec.json.encode(document)).hexdigest(),
            owner=owner,
            expires=self._now + dt.timedelta(days=30),
            sale=read_sale(request),
            document=document,
        )
        return self._made[number]

    def find(self, number: str) -> StoredQuote | None:
        return self._made.get(number)


class _Maker:
    """The parties of the order, one after the other. `time`: moves on with each step."""

    def __init__(self, begin: dt.datetime) -> None:
        self.time = begin
        self.books = MemoryBooks(KINDS, now=lambda: self.time, random=os.urandom, hash_key=os.urandom(32))
        self._quotes = _Quotes(begin)

    def place(self) -> Order:
        """The seller offers, the buyer orders and pays."""
        form = read_offer(OFFER, self._quotes.decimals)
        offer = self.books.run(lambda tx: create_offer(tx, form, seller=SELLER))
        asked = {"items": [{"offer": offer.id, "quantity": 1}], "ship_to": {"country": "CN"}, "contact": CONTACT}
        checkout = prepare(read_asked(asked), BUYER, self.books.read, self._quotes, self.time)
        (order,) = self.books.run(lambda tx: place_orders(tx, checkout, self._quotes, key="order"))
        self._pass()
        means = Means(provider="memory", currency=order.quote.amounts.currency, method="approved", payer=CONTACT)
        self.books.run(lambda tx: pay_order(tx, order.id, means, self._quotes, by=BUYER, key="pay"))
        self._send_to_provider()
        return order

    def deliver(self, order: Order) -> Order:
        """The seller ships, customs releases, the carrier delivers."""
        self._pass()
        self.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", "EXAMPLE-1", by=SELLER))
        numbers = {"order": order.id, "payment": "EXAMPLE-P", "waybill": "EXAMPLE-1"}
        declaration = self.books.run(
            lambda tx: open_declaration(tx, order=order.id, owners=(SELLER, BUYER), mode="9610", numbers=numbers)
        )
        for document in ("order", "payment", "waybill"):
            self._answer(declaration, document, "120")
        for code in LIST_CODES:
            self._pass()
            self._answer(declaration, "list", code)
        self._send_to_provider()  # what customs released is captured
        found: Order = self.books.read(order.id)
        for state in ("shipped", "delivered"):
            self._pass()
            self._report(max(found.shipments), state)
        return found

    def issue_invoice(self, order: Order, node: credential.Node) -> tuple[str, str]:
        """The credential of the invoice, and its number."""
        details = read_details({"exporter_address": "1 Example Street"})
        asked = AskedDocument(order=order.id, kind="commercial_invoice", details=details, lines={})
        document = self.books.run(lambda tx: issuing.issue(tx, asked, self._desk(tx, node), by=SELLER))
        return self.books.run(lambda tx: issuing.credential(tx, document)), document.number

    def _desk(self, tx: Transaction, node: credential.Node) -> Desk:
        def seal(paper: Paper, time: str) -> Sealed | None:
            keys.publish(tx, node.key.thumbprint, node.key.x)
            return credential.seal(paper, node, time, ubl.xml_of(paper))

        return Desk(party=lambda _organization: EXPORTER, decimals=self._quotes.decimals, members=members, seal=seal)

    def _report(self, shipment: str, state: str) -> None:
        self.books.run(lambda tx: report(tx, shipment, state))

    def _answer(self, declaration: Declaration, document: str, code: str) -> None:
        china = self.time.astimezone(dt.timezone(dt.timedelta(hours=8)))
        named = {**declaration.numbers, "own": own_number(declaration.id)}
        receipt = Receipt(document=document, code=code, time=f"{china:%Y%m%d%H%M%S}000", numbers=named)
        self.books.run(lambda tx: receive_receipt(tx, receipt))

    def _send_to_provider(self) -> None:
        """Send what waits for the payment provider, which answers in memory."""
        provider = MemoryProvider(now=lambda: self.time)
        channel = deliver.channel(deliver.Delivery(self.books, {"memory": provider}, STRICT))
        queue = self.books.outbox
        while claimed := queue.claim(
            commands.CHANNEL, self.time, lease="example", seconds=60, limit=1, in_order=channel.in_order
        ):
            for message in claimed:
                attempt(queue, channel, message, lambda: self.time, 1.0)

    def _pass(self) -> None:
        self.time += STEP


def _changed(text: str) -> str:
    """A credential with one character of its claims changed."""
    header, claims, signature = text.split(".")
    middle = len(claims) // 2
    other = "A" if claims[middle] != "A" else "B"
    return ".".join((header, claims[:middle] + other + claims[middle + 1 :], signature))


def _verify(text: str, key: jose.SigningKey, now: dt.datetime) -> Verdict:
    known = DocumentKey(id=key.thumbprint, status="active", thumbprint=key.thumbprint, x=key.x, created="", changed="")
    return verify(text, lambda _issuer, _named: known, now)
