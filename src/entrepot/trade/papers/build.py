"""Build a paper from the order, its parcels, the parties and what was given; say what makes it impossible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.orders import Line, Order
from entrepot.trade.papers.details import AskedDocument
from entrepot.trade.papers.kinds import DECLARATION, INVOICE, OF_GOODS, OF_ORIGIN, RETURN_SLIP, kind_of
from entrepot.trade.papers.paper import Paper, PaperLine, Parcel, Party, Reference, mass
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment

#: The economies between which an agreement has preferences: those whose origin the importer prefers on a day (ISO).
Members = Callable[[str, str, str], Collection[str]]


class Sources(NamedTuple):
    """What a paper is made of.

    `contact`: the personal data of the buyer; `exporter`: what is known of the seller, before what was given; `places`:
    decimals of the currency of the order; `members`: by importer, agreement and day; `invoice`: the last invoice.
    """

    order: Order
    shipments: Sequence[Shipment]
    contact: Mapping[str, str]
    exporter: Party
    places: int
    members: Members
    invoice: Reference | None = None
    returned: Return | None = None


class Head(NamedTuple):
    """The id, number, day and salt of a paper."""

    id: str
    number: str
    date: str
    salt: str


def build(asked: AskedDocument, sources: Sources, head: Head) -> Paper:
    """The paper. Raises TradeError where it cannot be made."""
    order = sources.order
    parcels = [each for each in sources.shipments if not asked.shipment or each.id == asked.shipment]
    lines = _lines(asked, order, parcels, sources.returned)
    details = dict(asked.details)
    origin = _check_origin(asked, lines, sources, head.date) if asked.kind in OF_ORIGIN else ""
    paper = Paper(
        **head._asdict(),
        kind=asked.kind,
        order=order.id,
        ordered=order.created[:10],
        seller=order.seller,
        parties=_parties(details, sources, origin),
        lines=lines,
        currency=order.quote.amounts.currency,
        places=sources.places,
        parcels=tuple(map(_parcel, parcels)),
        ship_from=order.lines[0].goods.ship_from,
        ship_to=order.ship_to.country,
        incoterm=details.get("incoterm") or _one(each.goods.incoterm for each in order.lines),
        supply=order.supply,
        invoice=_invoice(details, sources),
        details=details,
        reason=sources.returned.reason if sources.returned else "",
        returned=asked.returned,
        goods=sum(each.amount for each in lines),
    )
    if not asked.shipment and asked.kind != RETURN_SLIP:
        # A paper of one parcel or of a return has the goods in it only.
        amounts = order.quote.amounts
        paper = msgspec.structs.replace(
            paper, freight=amounts.shipping, insurance=amounts.insurance, charges=amounts.charges
        )
    _check_value(paper)
    return paper


def _lines(
    asked: AskedDocument, order: Order, parcels: Sequence[Shipment], returned: Return | None
) -> tuple[PaperLine, ...]:
    pieces = {each.number: each.quantity for each in order.lines}
    if returned is not None:
        pieces = {each.line: each.quantity for each in returned.lines}
    elif asked.shipment:
        pieces = {}
        for parcel in parcels:
            for each in parcel.pieces:
                pieces[each.line] = pieces.get(each.line, 0) + each.quantity
    found = [
        _line(each, pieces[each.number], asked.lines.get(each.number, {}))
        for each in order.lines
        if each.number in pieces and not (each.goods.service and asked.kind in OF_GOODS)
    ]
    if not found:
        raise TradeError(
            "document_empty",
            "{order} has no goods for this document: it names services only, or the parcel is empty.",
            "kind",
            order=order.id,
        )
    return tuple(found)


def _line(line: Line, quantity: int, more: Mapping[str, str]) -> PaperLine:
    return PaperLine(
        number=line.number,
        goods=line.goods,
        quantity=quantity,
        price=line.price,
        amount=line.price * quantity,
        net_kg=more.get("net_kg") or mass(line, "net_mass_kg", quantity),
        gross_kg=more.get("gross_kg") or mass(line, "gross_mass_kg", quantity),
        more=more,
    )


def _parcel(shipment: Shipment) -> Parcel:
    return Parcel(
        shipment=shipment.id,
        carrier=shipment.carrier,
        waybill=shipment.waybill,
        packages=shipment.packages,
        gross_kg=shipment.gross_mass_kg,
        vehicle=shipment.vehicle,
        voyage=shipment.voyage,
        document=shipment.transport_document,
        sent=shipment.changed[:10] if shipment.status not in ("created", "cancelled") else "",
    )


def _parties(details: Mapping[str, str], sources: Sources, origin: str) -> dict[str, Party]:
    """Who is on the paper. What was given replaces what is known."""
    contact, country = sources.contact, sources.order.ship_to.country
    consignee = contact.get("consignee", "")
    known = {
        "exporter": sources.exporter,
        "buyer": _person(contact["name"], contact, country) if contact.get("name") else Party(country=country),
        "consignee": _person(consignee, contact, country) if consignee else Party(),
        "producer": Party(country=origin) if origin and details.get("producer_name") else Party(),
        "agent": Party(),
    }
    found = {}
    for role, party in known.items():
        given = {name: details[f"{role}_{name}"] for name in party.__struct_fields__ if f"{role}_{name}" in details}
        named = msgspec.structs.replace(party, **given)
        if named != Party():
            found[role] = named
    return found


def _person(name: str, contact: Mapping[str, str], country: str) -> Party:
    return Party(name=name, address=contact.get("address", ""), country=country, telephone=contact.get("telephone", ""))


def _invoice(details: Mapping[str, str], sources: Sources) -> Reference | None:
    if details.get("invoice_number"):
        return Reference(number=details["invoice_number"], date=details.get("invoice_date", ""))
    return sources.invoice


def _check_origin(asked: AskedDocument, lines: Sequence[PaperLine], sources: Sources, day: str) -> str:
    """The one country in which the goods originate. Raises TradeError where no proof of origin can be made for them."""
    agreement, importer = kind_of(asked.kind).agreement, sources.order.ship_to.country
    members = sources.members(importer, agreement, day)
    exporter = asked.details.get("exporter_country") or sources.exporter.country
    for each in lines:
        if not each.origin:
            raise TradeError(
                "origin_missing",
                "Line {line} has no country of origin. Give country_of_origin in the offer.",
                "lines",
                line=each.number,
            )
        if each.origin not in members:
            raise TradeError(
                "origin_agreement",
                "{agreement} does not apply to goods of {origin} imported into {importer} on {date}. Use another proof "
                "of origin.",
                "kind",
                agreement=agreement.upper(),
                origin=each.origin,
                importer=importer,
                date=day,
            )
        if exporter and each.origin != exporter and not _back_to_back(asked):
            raise TradeError(
                "origin_differs",
                "The goods of line {line} originate in {origin}, the exporter is in {exporter}. The exporter in the "
                "country of origin makes the proof; for goods that pass through, an authority issues a back-to-back "
                "certificate: give back_to_back, the number of the first proof, in the draft of its form.",
                "details.exporter_country",
                line=each.number,
                origin=each.origin,
                exporter=exporter,
            )
    return lines[0].origin if len({each.origin for each in lines}) == 1 else ""


def _back_to_back(asked: AskedDocument) -> bool:
    """Whether a draft names the first proof. A declaration of one's own does not replace it."""
    return asked.kind != DECLARATION and bool(asked.details.get("back_to_back"))


def _check_value(paper: Paper) -> None:
    """Raise TradeError for an invoice without a value."""
    if paper.kind != INVOICE:
        return
    for each in paper.lines:
        if each.amount <= 0:
            raise TradeError(
                "invoice_value",
                "Line {line} costs 0 {currency}. An invoice for customs states the value of the goods, also where "
                "nothing is paid: correct the price of the offer and order again.",
                "lines",
                line=each.number,
                currency=paper.currency,
            )


def _one(values: Any) -> str:
    """The value that all have; "" if they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""
