"""The sheets between seller and buyer: commercial invoice, packing list, return slip.

The invoice has the boxes of the aligned layout of UNECE Recommendation 6.
"""

from __future__ import annotations

from entrepot.trade.papers.paper import Paper, PaperLine
from entrepot.trade.papers.sheet import (
    CARRIER,
    EXPORTER,
    IMPORTER,
    Box,
    Cell,
    Column,
    Names,
    Sheet,
    country,
    described,
    filled,
    invoice_text,
    line_text,
    numbers_of,
    origins_text,
    packages_text,
    party_box,
    quantity_text,
    written_day,
)

#: Why pieces come back, as the slip says it.
REASONS = {
    "changed_mind": "the buyer changed their mind",
    "damaged": "damaged",
    "wrong_goods": "other goods than ordered",
    "not_as_described": "not as described",
    "too_late": "too late",
    "other": "another reason",
}


#: The boxes of an invoice that services do not have.
_OF_GOODS = frozenset(
    {
        "origin", "transport", "waybill", "departure_date", "port_of_loading", "port_of_discharge", "place_of_delivery",
        "incoterm", "marks", "packages", "gross_kg", "net_kg", "volume_m3",
    }
)  # fmt: skip


def invoice_sheet(paper: Paper, names: Names) -> Sheet:
    """The commercial invoice. That of services alone has no boxes of transport, origin and weight."""
    details = paper.details
    has_goods = any(not each.goods.service for each in paper.lines)
    where = details.get("incoterm_place", "")
    terms = f"{paper.incoterm} {where}, Incoterms 2020".replace(" ,", ",") if paper.incoterm else ""
    boxes = (
        *party_box("exporter", "Seller (exporter)", paper.party("exporter"), names),
        *party_box("buyer", "Buyer", paper.party("buyer"), names),
        *(
            party_box("consignee", "Consignee", paper.party("consignee"), names)
            if paper.party("consignee").name
            else ()
        ),
        Box(key="order", label="Order", value=f"{paper.order} · {written_day(paper.ordered)}"),
        Box(key="contract", label="Contract", value=details.get("contract", "")),
        Box(key="origin", label="Country of origin", value=origins_text(paper, names), by=EXPORTER),
        Box(key="destination", label="Country of destination", value=country(paper.ship_to, names), by=EXPORTER),
        *_transport(paper),
        Box(key="incoterm", label="Terms of delivery", value=terms, by=EXPORTER),
        Box(key="payment_terms", label="Terms of payment", value=details.get("payment_terms", "Paid with the order")),
        Box(key="marks", label="Shipping marks, container number", value=_marks(paper)),
        Box(key="packages", label="Number and kind of packages", value=packages_text(paper), by=EXPORTER),
        Box(key="gross_kg", label="Gross weight (kg)", value=paper.gross_kg, by=EXPORTER),
        Box(key="net_kg", label="Net weight (kg)", value=paper.net_kg, by=EXPORTER),
        Box(key="volume_m3", label="Volume (m³)", value=details.get("volume_m3", "")),
        Box(key="currency", label="Currency", value=paper.currency),
    )
    cells = (
        Cell(Column(key="number", label="Line"), lambda line: str(line.number)),
        Cell(Column(key="goods", label="Description of goods", by=EXPORTER), described),
        Cell(Column(key="hs_code", label="Commodity code"), lambda line: line.hs_code or line.goods.service),
        Cell(Column(key="origin", label="Origin"), lambda line: line.origin),
        Cell(Column(key="quantity", label="Quantity", number=True), quantity_text),
        Cell(Column(key="price", label="Unit price", number=True), lambda line: paper.money(line.price)),
        Cell(Column(key="amount", label="Amount", number=True), lambda line: paper.money(line.amount)),
    )
    return Sheet(
        title="Commercial invoice",
        number=paper.number,
        date=written_day(paper.date),
        boxes=boxes if has_goods else tuple(each for each in boxes if each.key not in _OF_GOODS),
        columns=tuple(each.column for each in cells),
        rows=filled(cells, paper.lines),
        lines=numbers_of(paper.lines),
        totals=_totals(paper),
        statements=amounts_in_words(paper),
        signatures=_signed(paper),
    )


def packing_sheet(paper: Paper, names: Names) -> Sheet:
    """The packing list."""
    boxes = (
        *party_box("exporter", "Exporter", paper.party("exporter"), names),
        *party_box("consignee", "Consignee", paper.receiver, names),
        Box(key="invoice", label="Invoice", value=invoice_text(paper), by=EXPORTER),
        Box(key="order", label="Order", value=f"{paper.order} · {written_day(paper.ordered)}"),
        Box(key="contract", label="Contract", value=paper.details.get("contract", "")),
        *_transport(paper),
        Box(key="marks", label="Marks and numbers", value=_marks(paper)),
        Box(key="seal", label="Seal number", value=paper.details.get("seal", "")),
    )
    cells = (
        Cell(Column(key="number", label="Line"), lambda line: str(line.number)),
        Cell(Column(key="goods", label="Name and specification of goods", by=EXPORTER), described),
        Cell(Column(key="packages", label="Packages"), lambda line: _of_line(line, "packages", "package_kind")),
        Cell(Column(key="quantity", label="Quantity", number=True), quantity_text),
        Cell(Column(key="net_kg", label="Net kg", by=EXPORTER, number=True), lambda line: line.net_kg),
        Cell(Column(key="gross_kg", label="Gross kg", number=True), lambda line: line.gross_kg),
        Cell(Column(key="batch", label="Lot, production date, best before"), _lot),
        Cell(Column(key="registration", label="Registration of producer, orchard, packing house"), _registered),
    )
    totals = (
        Box(key="packages", label="Packages", value=packages_text(paper), by=EXPORTER),
        Box(key="quantity", label="Quantity", value=str(sum(each.quantity for each in paper.lines))),
        Box(key="net_kg", label="Net weight (kg)", value=paper.net_kg, by=EXPORTER),
        Box(key="gross_kg", label="Gross weight (kg)", value=paper.gross_kg, by=EXPORTER),
        Box(key="volume_m3", label="Volume (m³)", value=paper.details.get("volume_m3", "")),
    )
    return Sheet(
        title="Packing list",
        number=paper.number,
        date=written_day(paper.date),
        boxes=boxes,
        columns=tuple(each.column for each in cells),
        rows=filled(cells, paper.lines),
        lines=numbers_of(paper.lines),
        totals=totals,
        signatures=_signed(paper),
    )


def return_sheet(paper: Paper, names: Names) -> Sheet:
    """The slip that the buyer puts into a parcel that goes back."""
    boxes = (
        *party_box("buyer", "From", paper.party("buyer"), names, IMPORTER),
        *party_box("exporter", "To", paper.party("exporter"), names),
        Box(key="return", label="Return", value=paper.returned),
        Box(key="order", label="Order", value=f"{paper.order} · {written_day(paper.ordered)}"),
        Box(key="waybill", label="Waybill of the first delivery", value=", ".join(paper.transport_documents)),
        Box(key="reason", label="Reason", value=REASONS.get(paper.reason, paper.reason)),
        Box(key="return_waybill", label="Waybill of the return", by=IMPORTER),
    )
    cells = (
        Cell(Column(key="number", label="Line"), lambda line: str(line.number)),
        Cell(Column(key="goods", label="Goods"), described),
        Cell(Column(key="reference", label="Article"), lambda line: line.goods.reference),
        Cell(Column(key="quantity", label="Quantity", number=True), quantity_text),
    )
    return Sheet(
        title="Return slip",
        number=paper.number,
        date=written_day(paper.date),
        boxes=boxes,
        columns=tuple(each.column for each in cells),
        rows=filled(cells, paper.lines),
        lines=numbers_of(paper.lines),
        statements=("Goods that are returned; no commercial value is added. Put this slip into the parcel.",),
    )


def _totals(paper: Paper) -> tuple[Box, ...]:
    """Freight and insurance are shown apart, also where the price of the goods includes them."""
    found = [Box(key="goods", label="Goods", value=paper.money(paper.goods))]
    for key, label, amount in (("freight", "Freight", paper.freight), ("insurance", "Insurance", paper.insurance)):
        if amount:
            says = f"{label} (in the price of the goods)" if key in paper.inside else label
            found.append(Box(key=key, label=says, value=paper.money(amount)))
    return (*found, Box(key="total", label=f"Total {paper.currency}", value=paper.money(paper.total)))


def amounts_in_words(paper: Paper) -> tuple[str, ...]:
    """What an invoice says of amounts that its total does not show."""
    found = []
    if paper.charges:
        amount = f"{paper.money(paper.charges)} {paper.currency}"
        if "charges" in paper.inside:
            found.append(f"The price of the goods includes duties, taxes and fees: {amount}.")
        else:
            found.append(f"Collected with the order for duties, taxes and fees, and not part of the price: {amount}.")
    if paper.left_out:
        amount = f"{paper.money(paper.left_out)} {paper.currency}"
        found.append(
            f"This invoice is of one parcel. Freight and insurance of the whole order are not in it: {amount}."
        )
    return tuple(found)


def _signed(paper: Paper) -> tuple[Box, ...]:
    details = paper.details
    return (
        Box(
            key="place",
            label="Place and date",
            value=", ".join((details.get("place") or "", written_day(paper.date))).strip(", "),
        ),
        Box(key="signatory", label="Name of the signatory", value=details.get("signatory", ""), by=EXPORTER),
        Box(key="signature", label="Signature"),
    )


def _transport(paper: Paper) -> tuple[Box, ...]:
    details = paper.details
    carriers = ", ".join(dict.fromkeys(each.carrier for each in paper.parcels))
    vessel = details.get("vessel") or " ".join(
        dict.fromkeys(f"{each.vehicle} {each.voyage}".strip() for each in paper.parcels if each.vehicle)
    )
    mode = " · ".join(each for each in (details.get("transport_mode", ""), carriers, vessel) if each)
    return (
        Box(key="transport", label="Means of transport", value=mode, by=EXPORTER),
        Box(key="waybill", label="Transport document", value=", ".join(paper.transport_documents), by=CARRIER),
        Box(key="departure_date", label="Departure date", value=written_day(paper.departure)),
        Box(key="port_of_loading", label="Port or airport of loading", value=details.get("port_of_loading", "")),
        Box(key="port_of_discharge", label="Port or airport of discharge", value=details.get("port_of_discharge", "")),
        Box(key="place_of_delivery", label="Place of delivery", value=details.get("place_of_delivery", "")),
    )


def _marks(paper: Paper) -> str:
    return " · ".join(each for each in (paper.details.get("marks"), paper.details.get("container")) if each)


def _of_line(line: PaperLine, *names: str) -> str:
    return " ".join(line.more[name] for name in names if name in line.more)


def _lot(line: PaperLine) -> str:
    days = (written_day(line.more[name]) for name in ("produced", "best_before") if name in line.more)
    return " · ".join((*([line.more["batch"]] if "batch" in line.more else []), *days))


def _registered(line: PaperLine) -> str:
    names = (("producer_registration", "cn_food"), ("orchard", "cn_orchard"), ("packing_house", "cn_packing_house"))
    return " · ".join(found for each in names if (found := line_text(line, *each)))
