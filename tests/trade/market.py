"""A small market for tests: a seller with three offers, a buyer, real quotes, and the books in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from entrepot import app
from entrepot.model.sale import read_sale
from entrepot.trade.checkout import Checkout, prepare, read_asked
from entrepot.trade.customs import open_declaration, receive_receipt
from entrepot.trade.declarations import Declaration, Receipt, cancellation_number, own_number
from entrepot.trade.kinds import KINDS
from entrepot.trade.limits import retail_limits
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.offer_form import read_offer
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order
from entrepot.trade.outbox import attempt
from entrepot.trade.paying import Paying, pay_order
from entrepot.trade.payments import commands, deliver
from entrepot.trade.payments.commands import STRICT, Means, Policy
from entrepot.trade.payments.memory import MemoryProvider
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import Books
from entrepot.trade.quotes import LawNow, StoredQuote
from entrepot.trade.selling import create_offer
from entrepot.trade.service_rules import ServiceRule, rules_of
from entrepot.trade.shipments import Shipment
from entrepot.trade.shipping import create_shipment, report
from trade.tally import Clock

SELLER, OTHER_SELLER, BUYER, OTHER_BUYER = "og_1", "og_2", "us_1", "us_2"
CONTACT = {
    "name": "张伟",
    "telephone": "13800138000",
    "address": "北京市朝阳区建国路1号",
    "identity_type": "1",
    "identity_number": "11010519491231002X",
}
COFFEE = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡", "vi": "Cà phê rang"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "shipping": "12.00",
    "shipping_further": "2.00",
    "net_mass_kg": "0.5",
    "stock": 100,
}
CASHEW = {**COFFEE, "titles": {"en": "Cashew nuts"}, "hs_code": "0801.32", "country_of_origin": "KH", "ship_from": "KH"}
#: A consultation: a visit about health.
VISIT: dict[str, Any] = {
    "titles": {"en": "Consultation", "zh": "咨询", "vi": "Tư vấn", "th": "คำปรึกษา", "km": "ការពិគ្រោះ"},
    "service": "telemedicine",
    "ship_from": "VN",
    "price": "300.00",
    "currency": "CNY",
    "delivery": {
        "kind": "visit",
        "minutes": 20,
        "licence": {"number": "0001", "authority": "Department of Health", "economy": "VN"},
    },
}
ROOT_KEY = b"the key of the market's tests".ljust(32, b".")
DECIMALS = {"CNY": 2, "USD": 2, "VND": 0, "JPY": 0, "EUR": 2}


class Quotes:
    """Quotes of the installed packs, stored in memory: implements `quotes.QuotePort`.

    `changed`: what is added to the hash of the law, as if another law were in force.
    """

    lifetime = dt.timedelta(days=30)

    def __init__(self, clock: Clock) -> None:
        self._clock, self._stored, self.changed = clock, dict[str, StoredQuote](), ""

    def create(self, sale: Mapping[str, Any], owner: str) -> StoredQuote:
        """Calculate and store a quote."""
        request = app.normal_sale({**sale, "date": self._clock().date().isoformat()})
        document = app.quote(request).document()
        law = msgspec.structs.replace(document.law, hash=document.law.hash + self.changed)
        document = msgspec.structs.replace(document, law=law)
        number = f"qt_{len(self._stored) + 1}"
        digest = hashlib.sha256(msgspec.json.encode([number, document])).hexdigest()
        found = StoredQuote(
            id=number,
            hash=digest,
            owner=owner,
            expires=self._clock() + self.lifetime,
            sale=read_sale(request),
            document=document,
        )
        self._stored[number] = found
        return found

    def find(self, number: str) -> StoredQuote | None:
        """A stored quote."""
        return self._stored.get(number)

    def law(self, economy: str, day: dt.date) -> LawNow:
        """The law of an economy on a day."""
        law = app.library().law(economy, day)
        return LawNow(law.hash + self.changed, retail_limits(law))

    def rules(self, service: str, economies: tuple[str, str], buyer: str, day: dt.date) -> tuple[ServiceRule, ...]:
        """What the law of both economies says of the delivery of a service."""
        return rules_of(app.library().law, service, economies, buyer, day)

    def decimals(self, currency: str) -> int | None:
        """The number of decimals of a currency."""
        return DECIMALS.get(currency)


class Market:
    """A seller's offers and the commands of a buyer, with what the counterparts answer."""

    def __init__(self, books: Books | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.books: Books = books or MemoryBooks(KINDS, now=self.clock, random=os.urandom, hash_key=ROOT_KEY)
        self.quotes = Quotes(self.clock)
        self.provider = MemoryProvider(now=self.clock)
        self.delivery = deliver.Delivery(self.books, {"memory": self.provider}, STRICT)
        self._answers = 0

    def offer(self, given: Mapping[str, Any] = COFFEE, *, seller: str = SELLER, **changes: Any) -> Offer:
        """Create an offer."""
        form = read_offer({**given, **changes}, DECIMALS.get)
        return self.books.run(lambda tx: create_offer(tx, form, seller=seller))

    def checkout(
        self, items: Mapping[str, int], *, by: str = BUYER, bookings: Sequence[str] = (), **changes: Any
    ) -> Checkout:
        """Prepare a checkout of so many pieces of offers, and of bookings."""
        pieces = [{"offer": offer, "quantity": quantity} for offer, quantity in items.items()]
        request = {
            "items": [*pieces, *({"booking": each} for each in bookings)],
            "ship_to": {"country": "CN"},
            "contact": CONTACT,
            **changes,
        }
        return prepare(read_asked(request), by, self.books.read, self.quotes, self.clock())

    def place(self, items: Mapping[str, int], *, by: str = BUYER, key: str = "", **changes: Any) -> list[Order]:
        """Place the orders of a checkout."""
        checkout = self.checkout(items, by=by, **changes)
        self._answers += 1
        found = key or f"key-{self._answers}"
        return self.books.run(lambda tx: place_orders(tx, checkout, self.quotes, key=found))

    def order(self, quantity: int = 1, **changes: Any) -> Order:
        """Place one order of coffee."""
        (order,) = self.place({self.offer().id: quantity}, **changes)
        return order

    def begin_payment(
        self,
        order: Order,
        *,
        key: str = "pay",
        payer: Mapping[str, str] = CONTACT,
        method: str = "approved",
        policy: Policy = STRICT,
    ) -> Paying:
        """Begin to pay an order."""
        means = Means(provider="memory", currency=order.quote.amounts.currency, method=method, payer=payer)
        pay = partial(pay_order, number=order.id, means=means, quotes=self.quotes, by=order.buyer.party, key=key)
        return self.books.run(partial(pay, policy=policy))

    def pay(self, order: Order, *, captured: bool = True, policy: Policy = STRICT) -> Order:
        """Pay an order: the provider authorises, and captures as the order asks for it then."""
        assert self.begin_payment(order, policy=policy).payment is not None
        self.send(1 if not captured else 100)
        return self.read(order)

    def send(self, most: int = 100) -> None:
        """Send messages to the payment provider, at most so many."""
        queue, channel = self.books.outbox, deliver.channel(self.delivery)
        for _ in range(most):
            claimed = queue.claim(
                commands.CHANNEL, self.clock(), lease="test", seconds=60, limit=1, in_order=channel.in_order
            )
            for message in claimed:
                attempt(queue, channel, message, self.clock, 1.0)

    def ship(self, order: Order, waybill: str = "") -> Shipment:
        """Create the shipment of an order."""
        number = waybill or f"WB{order.id[-12:]}"
        return self.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", number, by=order.seller))

    def declare(self, order: Order, *, attempt: int = 1) -> Declaration:
        """Open the declaration of an order."""
        numbers = {"order": order.id, "payment": f"pay-{order.id}", "waybill": f"wb-{order.id}"}
        return self.books.run(
            lambda tx: open_declaration(
                tx,
                order=order.id,
                owners=(order.seller, order.buyer.party),
                mode="9610",
                numbers=numbers,
                attempt=attempt,
            )
        )

    def answer(self, declaration: Declaration, document: str, code: str, **numbers: str) -> Declaration:
        """Let customs answer a message."""
        self._answers += 1
        china = self.clock().astimezone(dt.timezone(dt.timedelta(hours=8)))
        time = f"{china:%Y%m%d%H%M%S}{self._answers % 1000:03}"
        own = cancellation_number(declaration.id) if document == "cancellation" else own_number(declaration.id)
        named = {**declaration.numbers, "own": own, **numbers}
        receipt = Receipt(document=document, code=code, time=time, numbers=named)
        received = self.books.run(lambda tx: receive_receipt(tx, receipt))
        # After a cancellation the numbers of the documents may belong to another list.
        assert isinstance(received, Declaration) or declaration.cancellation == "approved", received
        found: Declaration = self.books.read(declaration.id)
        return found

    def release(self, declaration: Declaration, *codes: str) -> Declaration:
        """Let customs store the documents and answer the list, until the release or with these codes."""
        for document in ("order", "payment", "waybill"):
            self.answer(declaration, document, "120")
        found = declaration
        for code in codes or ("120", "399", "800"):
            found = self.answer(declaration, "list", code)
        return found

    def report(self, order: Order, state: str, *, key: str = "") -> Shipment:
        """The carrier reports a state of the last parcel of an order."""
        number = max(self.read(order).shipments)
        return self.books.run(lambda tx: report(tx, number, state, key=key))

    def read(self, order: Order) -> Order:
        """An order as it is now."""
        found: Order = self.books.read(order.id)
        return found
