"""What issuing documents needs, for tests: an exporter, the law of the packs, and a key that is the same each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from entrepot import app
from entrepot.connect.documents import credential, jose, ubl
from entrepot.model.errors import LawError
from entrepot.trade.orders import Order
from entrepot.trade.papers import issuing, keys
from entrepot.trade.papers.details import AskedDocument, read_details, read_lines
from entrepot.trade.papers.documents import Document
from entrepot.trade.papers.issuing import Desk, Issued, Sealed
from entrepot.trade.papers.paper import Paper, Party
from entrepot.trade.ports import Transaction
from trade.market import DECIMALS, SELLER, Market

#: A key that everybody knows: of tests only.
NODE = credential.Node("https://node.example", jose.SigningKey(bytes(range(32))))
EXPORTER = Party(name="Công ty Cà phê Đắk Lắk", country="VN")
#: A title in each script of the economies.
TITLES = {
    "en": "Roasted coffee",
    "zh": "烘焙咖啡豆",
    "vi": "Cà phê rang nguyên hạt, ữ ệ ọ",
    "th": "ทุเรียนสด น้ำผึ้ง ที่นี่",
    "km": "គ្រាប់ស្វាយចន្ទី ស្ត្រី",
    "lo": "ກາເຟລາວ ນ້ຳເຜິ້ງ",
    "my": "ကော်ဖီ ကျွန်ုပ် ရွှေ",
}


def members(importer: str, agreement: str, day: str) -> Collection[str]:
    """The members of an agreement, by the packs."""
    try:
        law = app.library().law(importer, dt.date.fromisoformat(day))
    except LawError:
        return ()
    return next((tuple(each.members) for each in law.treatments if each.id == agreement), ())


def desk(tx: Transaction, node: credential.Node = NODE, exporter: Party = EXPORTER) -> Desk:
    """The desk of a node."""

    def seal(paper: Paper, time: str) -> Sealed | None:
        found = credential.seal(paper, node, time, ubl.xml_of(paper))
        if found is not None:
            keys.publish(tx, node.key.thumbprint, node.key.x)
        return found

    return Desk(party=lambda _organization: exporter, decimals=DECIMALS.get, members=members, seal=seal)


def issue(
    market: Market,
    order: Order,
    kind: str,
    lines: Mapping[int, Mapping[str, Any]] | None = None,
    *,
    by: str = SELLER,
    key: str = "",
    shipment: str = "",
    returned: str = "",
    exporter: Party = EXPORTER,
    **details: Any,
) -> Document:
    """Issue a document."""
    asked = AskedDocument(
        order=order.id,
        kind=kind,
        shipment=shipment,
        returned=returned,
        details=read_details(details),
        lines=read_lines(lines or {}, order),
    )
    return market.books.run(lambda tx: issuing.issue(tx, asked, desk(tx, exporter=exporter), by=by, key=key))


def read(market: Market, document: Document) -> Issued:
    """What a document says."""
    return market.books.run(lambda tx: issuing.read(tx, document))


def shipped(market: Market, *, quantity: int = 2, **offer: Any) -> Order:
    """A paid order with its parcel."""
    made = market.offer(**{"gross_mass_kg": "0.55", **offer})
    (order,) = market.place({made.id: quantity})
    order = market.pay(order)
    market.ship(order)
    return market.read(order)
