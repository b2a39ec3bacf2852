"""Build a paper from the order, its parcels, the parties and what was given; say what makes it impossible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN
from entrepot.trade.orders import Line, Order
from entrepot.trade.papers.details import AskedDocument
from entrepot.trade.papers.kinds import DECLARATION, INVOICE, LABEL, OF_GOODS, OF_ORIGIN, RETURN_SLIP, kind_of
from entrepot.trade.papers.paper import Paper, PaperLine, Parcel, Party, Reference, mass
from entrepot.trade.returns import Return
from entrepot.trade.shipments import Shipment

#: The economies between which an agreement has preferences: those whose origin the importer prefers on a day (ISO).
Members = Callable[[str, str, str], Collection[str]]


#: The criteria of origin that only one agreement knows (unchecked in the texts).
_CRITERIA: Mapping[str, tuple[str, ...]] = {"rcep": ("CTC", "CR"), "acfta": ("CTH", "PSR")}
#: Whose importers need a label in Chinese.
LABELLED_IN = "CN"
#: The Incoterms at which the price of the goods includes freight, insurance, or duties and taxes.
_INSIDE: Mapping[str, Collection[str]] = {"freight": FREIGHT_IN, "insurance": INSURANCE_IN, "charges": ("DDP",)}


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
    if asked.kind == LABEL and order.ship_to.country != LABELLED_IN:
        raise TradeError(
            "label_importer",
            "A label in Chinese is for goods that are imported into {economy}; {order} goes to {importer}.",
            "kind",
            economy=LABELLED_IN,
            order=order.id,
            importer=order.ship_to.country,
        )
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
        incoterm=_incoterm(details, order),
        shipment=asked.shipment,
        supply=order.supply,
        invoice=_invoice(details, sources),
        details=details,
        reason=sources.returned.reason if sources.returned else "",
        returned=asked.returned,
        goods=sum(each.amount for each in lines),
        business=order.buyer.kind == "business",
    )
    if asked.kind != RETURN_SLIP:
        paper = _with_carriage(paper, order)
    _check_value(paper)
    _check_masses(paper)
    return paper


def _with_carriage(paper: Paper, order: Order) -> Paper:
    """The paper with the freight, insurance and charges of its order. That of a part of the order has none of them."""
    amounts, term = order.quote.amounts, order.lines[0].goods.incoterm
    inside = tuple(name for name, terms in _INSIDE.items() if term in terms)
    part = {each.number: each.quantity for each in paper.lines}
    if paper.shipment and any(part.get(each.number) != each.quantity for each in order.lines):
        added = {"freight": amounts.shipping, "insurance": amounts.insurance}
        left_out = sum(amount for name, amount in added.items() if name not in inside)
        return msgspec.structs.replace(paper, left_out=left_out)
    return msgspec.structs.replace(
        paper, freight=amounts.shipping, insurance=amounts.insurance, charges=amounts.charges, inside=inside
    )


def _incoterm(details: Mapping[str, str], order: Order) -> str:
    """The term at which the goods were sold; where the offers have none, the one that was given. Raises TradeError."""
    sold, given = _one(each.goods.incoterm for each in order.lines), details.get("incoterm", "")
    if sold and given and given != sold:
        raise TradeError(
            "incoterm_differs",
            "{order} was sold {sold}: its documents cannot say {given}. Leave the detail out.",
            "details.incoterm",
            order=order.id,
            sold=sold,
            given=given,
        )
    return sold or given


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
        _check_criterion(each, agreement)
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


def _check_criterion(line: PaperLine, agreement: str) -> None:
    word = line.more.get("criterion", "").partition(" ")[0]
    if any(word in words for other, words in _CRITERIA.items() if other != agreement):
        raise TradeError(
            "criterion_agreement",
            "{criterion} is not a criterion of {agreement}. Use WO, PE, RVC, {known}.",
            f"lines[{line.number}].criterion",
            criterion=word,
            agreement=agreement.upper(),
            known=", ".join(_CRITERIA[agreement]),
        )


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


def _check_masses(paper: Paper) -> None:
    """Raise TradeError where goods weigh more than they do with their packages."""
    masses = [("details", paper.net_kg, paper.gross_kg)]
    masses += [(f"lines[{each.number}]", each.net_kg, each.gross_kg) for each in paper.lines]
    for place, net, gross in masses:
        if net and gross and Decimal(net) > Decimal(gross):
            raise TradeError(
                "net_above_gross",
                "The net weight {net} kg is above the gross weight {gross} kg. Correct one of them.",
                f"{place}.net_kg",
                net=net,
                gross=gross,
            )


def _one(values: Any) -> str:
    """The value that all have; "" if they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""
