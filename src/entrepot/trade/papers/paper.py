"""A paper: all that one document of an order says, as values, independent of how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.model.money import in_major
from entrepot.trade.offers import Goods
from entrepot.trade.orders import Line

#: By the role in which somebody appears on a paper, the prefix of the details that name it.
ROLES = ("exporter", "buyer", "consignee", "producer", "agent")


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody on a paper. `country`: two letters; `registration`: its number at an authority."""

    name: str = ""
    address: str = ""
    country: str = ""
    telephone: str = ""
    registration: str = ""


class PaperLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a paper: what was sold, with the data of this document.

    `quantity`: the pieces that this paper covers; `price`, `amount`: in minor units; `net_kg`, `gross_kg`: of all these
    pieces, as decimals; `more`: what was given for this document, such as `criterion`, `batch` or `botanical_name`.
    """

    number: int
    goods: Goods
    quantity: int
    price: int
    amount: int
    net_kg: str = ""
    gross_kg: str = ""
    more: Mapping[str, str] = {}

    @property
    def hs_code(self) -> str:
        """The code on this paper: the one that was given for it, else that of the offer."""
        return self.more.get("hs_code") or self.goods.hs_code

    @property
    def hs_six(self) -> str:
        """Its first six digits."""
        return self.hs_code.replace(".", "")[:6]

    @property
    def origin(self) -> str:
        """The country of origin on this paper."""
        return self.more.get("origin") or self.goods.country_of_origin

    @property
    def description(self) -> str:
        """The goods in words: as given for this paper, else the title in English, else in any language."""
        titles = self.goods.titles
        return self.more.get("description") or titles.get("en") or next(iter(titles.values()), "")


class Parcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel of the order as its transport document has it. `sent`: the day on which it left (ISO)."""

    shipment: str
    carrier: str
    waybill: str
    packages: int
    gross_kg: str = ""
    vehicle: str = ""
    voyage: str = ""
    document: str = ""
    sent: str = ""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Another document: its number and its day (ISO)."""

    number: str
    date: str


class Paper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document of an order.

    `salt`: makes the hash of the paper unguessable; `parties`: by role; `places`: decimals of the currency; `goods`:
    the amount of the lines; `freight`, `insurance`, `charges`: of the order, in minor units; `inside`: those of them
    that the price of the goods includes; `left_out`: freight and insurance of the order that a paper of a part of it
    does not have; `shipment`: the parcel that it is for, "" for the order; `invoice`: the invoice to which it belongs;
    `details`: what was given for this document, by name; `reason`: of a return; `returned`: the id of the return;
    `business`: the buyer is one, and no consumer.
    """

    id: str
    kind: str
    number: str
    date: str
    salt: str
    order: str
    ordered: str
    seller: str
    parties: Mapping[str, Party]
    lines: tuple[PaperLine, ...]
    currency: str
    places: int
    goods: int
    freight: int = 0
    insurance: int = 0
    charges: int = 0
    inside: tuple[str, ...] = ()
    left_out: int = 0
    shipment: str = ""
    ship_from: str = ""
    ship_to: str = ""
    incoterm: str = ""
    supply: str = "direct"
    parcels: tuple[Parcel, ...] = ()
    invoice: Reference | None = None
    details: Mapping[str, str] = {}
    reason: str = ""
    returned: str = ""
    business: bool = False

    @property
    def total(self) -> int:
        """What the buyer owes the seller: the goods, and the freight and insurance that their price leaves out."""
        return self.goods + sum(self.added.values())

    @property
    def added(self) -> dict[str, int]:
        """Freight and insurance that are charged beside the price of the goods, in minor units; those of 0 are not."""
        found = {"freight": self.freight, "insurance": self.insurance}
        return {name: amount for name, amount in found.items() if amount and name not in self.inside}

    @property
    def packages(self) -> int | None:
        """How many packages: as given for this paper, else those of the parcels."""
        given = self.details.get("packages", "")
        if given:
            return int(given)
        return sum(each.packages for each in self.parcels) or None

    @property
    def gross_kg(self) -> str:
        """The gross weight: as given, else of the parcels, else the sum of the lines; "" if it is not known."""
        return (
            self.details.get("gross_kg")
            or _sum(each.gross_kg for each in self.parcels)
            or _sum(each.gross_kg for each in self.lines)
        )

    @property
    def net_kg(self) -> str:
        """The net weight: as given, else the sum of the lines; "" if it is not known."""
        return self.details.get("net_kg") or _sum(each.net_kg for each in self.lines)

    @property
    def transport_documents(self) -> tuple[str, ...]:
        """The numbers of the transport documents: of the border crossing, else the waybills."""
        return tuple(each.document or each.waybill for each in self.parcels)

    @property
    def departure(self) -> str:
        """The day of the departure (ISO): as given, else the day on which the first parcel left; "" if not known."""
        return self.details.get("departure_date") or min((each.sent for each in self.parcels if each.sent), default="")

    @property
    def origins(self) -> tuple[str, ...]:
        """The countries of origin of its lines, each once."""
        return tuple(dict.fromkeys(each.origin for each in self.lines if each.origin))

    @property
    def receiver(self) -> Party:
        """To whom the goods go: the consignee, where it is another one than the buyer."""
        return self.party("consignee") if self.party("consignee").name else self.party("buyer")

    def party(self, role: str) -> Party:
        """Somebody on the paper; empty if nobody has this role."""
        return self.parties.get(role, Party())

    def money(self, minor: int) -> str:
        """An amount as decimal text."""
        return in_major(minor, self.places)


def mass(line: Line, name: str, quantity: int) -> str:
    """The mass of so many pieces of a line; "" where one piece's is not known.

    >>> from entrepot.trade.orders import Prices
    >>> goods = Goods(titles={}, measures={"net_mass_kg": "0.5"})
    >>> line = Line(number=1, offer="of_1", version=1, quantity=3, prices=Prices(currency="CNY", price=1), amount=3,
    ...     goods=goods)
    >>> mass(line, "net_mass_kg", 3), mass(line, "gross_mass_kg", 3)
    ('1.5', '')
    """
    one = line.goods.measures.get(name, "")
    return plain(Decimal(one) * quantity) if one else ""


def plain(value: Decimal) -> str:
    """A decimal without an exponent and without zeros at its end.

    >>> plain(Decimal("1.50")), plain(Decimal("100"))
    ('1.5', '100')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sum(values: Any) -> str:
    """The sum of decimals; "" if one is not known, or there is none."""
    found = list(values)
    return plain(sum(map(Decimal, found), Decimal(0))) if found and all(found) else ""
