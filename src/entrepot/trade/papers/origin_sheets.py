"""The sheets of origin and plant health: the exporter's declaration, drafts of Form RCEP and Form E, and a request.

The boxes have the numbers of the forms. Boxes of an authority stay blank: a node issues no certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entrepot.trade.papers.kinds import KINDS
from entrepot.trade.papers.paper import Paper, PaperLine
from entrepot.trade.papers.sheet import (
    AUTHORITY,
    CUSTOMS,
    EXPORTER,
    Box,
    Cell,
    Column,
    Names,
    Sheet,
    country,
    described,
    filled,
    invoice_text,
    numbers_of,
    origins_text,
    packages_text,
    party_box,
    party_text,
    quantity_text,
    written_day,
)


def declaration_sheet(paper: Paper, names: Names) -> Sheet:
    """The exporter's own declaration of origin, with the minimum data of the agreement."""
    details = paper.details
    boxes = (
        *party_box("exporter", "Exporter", paper.party("exporter"), names),
        Box(
            key="producer",
            label="Producer, if known",
            value=party_text(paper.party("producer"), names),
        ),
        *party_box("importer", "Importer or consignee", paper.receiver, names),
        Box(
            key="exporter_code",
            label="Authorisation code of the approved exporter, or identification code",
            value=details.get("exporter_code", ""),
            by=EXPORTER,
        ),
        Box(key="origin", label="RCEP country of origin", value=origins_text(paper, names), by=EXPORTER),
        Box(key="destination", label="Importing country", value=country(paper.ship_to, names)),
        Box(key="invoice", label="Invoice", value=invoice_text(paper), by=EXPORTER),
        Box(key="waybill", label="Transport document", value=", ".join(paper.transport_documents)),
    )
    cells = (_number, _goods, _hs("HS code, six digits"), _criterion, _origin, _measure(), *_value(paper))
    says = (
        "The undersigned declares that the goods described above originate in the country shown, and meet the rules of "
        "origin in chapter 3 of the Regional Comprehensive Economic Partnership Agreement."
    )
    without = (
        "This is the exporter's own statement; no authority has examined it. A declaration without the code of an "
        "approved exporter counts only where the importing party accepts declarations of any exporter."
    )
    return _sheet(paper, boxes, cells, (says, without), _signed(paper))


def rcep_sheet(paper: Paper, names: Names) -> Sheet:
    """A draft of Form RCEP."""
    boxes = (
        Box(key="certificate_number", label="Certificate no.", by=AUTHORITY),
        Box(key="issued_in", label="Issued in", value=country(paper.party("exporter").country, names), by=EXPORTER),
        *party_box("exporter", "1. Exporter: name, address, country", paper.party("exporter"), names),
        *party_box("importer", "2. Importer or consignee: name, address, country", paper.receiver, names),
        Box(
            key="producer",
            label="3. Producer: name, address, country (if known)",
            value=party_text(paper.party("producer"), names),
        ),
        Box(key="transport", label="4. Means of transport and route (if known)", value=_route(paper)),
        Box(key="official", label="5. For official use", by=CUSTOMS),
    )
    cells = (
        Cell(Column(key="number", label="6. Item"), lambda line: str(line.number)),
        _marks(paper, "7. Marks and numbers"),
        _packed(paper, "8. Number and kind of packages; description of goods"),
        _hs("9. HS code (6 digits)"),
        Cell(Column(key="criterion", label="10. Origin conferring criterion", by=EXPORTER), _criterion.value),
        Cell(Column(key="origin", label="11. RCEP country of origin", by=EXPORTER), _origin.value),
        _measure("12. Quantity (gross weight or other measure)"),
        *_value(paper, "12. FOB value where RVC is applied"),
        _invoice(paper, "13. Invoice number and date"),
    )
    remarks = _joined(paper.details.get("remarks"), _first_proof(paper))
    closing = (
        Box(key="remarks", label="14. Remarks", value=remarks),
        *_signed(paper, "15. Declaration by the exporter or producer", country(paper.ship_to, names)),
        Box(key="certification", label="16. Certification: place, date, signature, seal", by=AUTHORITY),
        Box(key="ticks", label="17. Ticks", value=_ticks(paper)),
    )
    return _sheet(paper, boxes, cells, (), closing)


def form_e_sheet(paper: Paper, names: Names) -> Sheet:
    """A draft of Form E. Its HS code is that of the importing party; it has no box for the producer."""
    boxes = (
        Box(key="certificate_number", label="Reference no.", by=AUTHORITY),
        Box(key="issued_in", label="Issued in", value=country(paper.party("exporter").country, names), by=EXPORTER),
        *party_box("exporter", "1. Products consigned from", paper.party("exporter"), names),
        *party_box("importer", "2. Products consigned to", paper.receiver, names),
        Box(key="transport", label="3. Means of transport and route (as far as known)", value=_route(paper)),
        Box(key="official", label="4. For official use", by=CUSTOMS),
    )
    cells = (
        Cell(Column(key="number", label="5. Item"), lambda line: str(line.number)),
        _marks(paper, "6. Marks and numbers on packages"),
        _packed(paper, "7. Number and type of packages, description of products"),
        _hs("7. HS number of the importing party"),
        Cell(Column(key="criterion", label="8. Origin criteria", by=EXPORTER), _criterion.value),
        _measure("9. Gross weight or other quantity"),
        *_value(paper, "9. FOB value where RVC is the criterion"),
        _invoice(paper, "10. Number and date of invoices"),
    )
    origin = origins_text(paper, names)
    closing = (
        Box(key="origin", label="11. Produced in", value=origin, by=EXPORTER),
        *_signed(paper, "11. Declaration by the exporter", country(paper.ship_to, names)),
        Box(key="certification", label="12. Certification: place, date, signature, stamp", by=AUTHORITY),
        Box(key="ticks", label="13. Ticks", value=_ticks(paper)),
        Box(key="remarks", label="Remarks", value=_joined(paper.details.get("remarks"), _first_proof(paper))),
    )
    return _sheet(paper, boxes, cells, (), closing)


def phytosanitary_sheet(paper: Paper, names: Names) -> Sheet:
    """The request for a phytosanitary certificate, with the boxes of the model in ISPM 12."""
    details = paper.details
    means = _joined(details.get("transport_mode"), details.get("vessel"), details.get("voyage"))
    boxes = (
        Box(key="certificate_number", label="Certificate no.", by=AUTHORITY),
        Box(key="from", label="Plant protection organization of", value=country(paper.ship_from, names), by=EXPORTER),
        Box(key="to", label="To: plant protection organization of", value=country(paper.ship_to, names), by=EXPORTER),
        *party_box("exporter", "Name and address of exporter", paper.party("exporter"), names),
        *party_box("importer", "Declared name and address of consignee", paper.receiver, names),
        Box(key="packages", label="Number and description of packages", value=packages_text(paper), by=EXPORTER),
        Box(key="marks", label="Distinguishing marks", value=details.get("marks", ""), by=EXPORTER),
        Box(key="origin", label="Place of origin", value=origins_text(paper, names), by=EXPORTER),
        Box(key="transport", label="Declared means of conveyance", value=means, by=EXPORTER),
        Box(key="entry_point", label="Declared point of entry", value=details.get("entry_point", ""), by=EXPORTER),
        Box(key="departure_date", label="Planned departure", value=written_day(paper.departure), by=EXPORTER),
        Box(
            key="additional_declaration",
            label="Additional declaration",
            value=details.get("additional_declaration", ""),
        ),
        Box(key="treatment", label="Disinfestation or disinfection treatment", value=_treatment(details)),
    )
    cells = (
        _number,
        Cell(Column(key="goods", label="Name of produce", by=EXPORTER), described),
        Cell(
            Column(key="botanical_name", label="Botanical name", by=EXPORTER),
            lambda line: line.more.get("botanical_name", ""),
        ),
        _hs("HS code"),
        Cell(
            Column(key="quantity", label="Quantity declared (net kg)", by=EXPORTER, number=True),
            lambda line: line.net_kg,
        ),
        Cell(Column(key="orchard", label="Orchard"), lambda line: line.more.get("orchard", "")),
        Cell(Column(key="packing_house", label="Packing house"), lambda line: line.more.get("packing_house", "")),
    )
    says = (
        "The exporter asks the plant protection organization to inspect the consignment and to issue the certificate. "
        "The importing country sets the wording of an additional declaration."
    )
    closing = (
        *_signed(paper),
        Box(key="certification", label="Stamp, place of issue, name and signature of the officer, date", by=AUTHORITY),
    )
    return _sheet(paper, boxes, cells, (says,), closing)


def _treatment(details: Mapping[str, str]) -> str:
    """The disinfestation or disinfection of the consignment."""
    parts = (details.get(f"treatment_{name}", "") for name in ("kind", "chemical", "duration", "concentration"))
    return _joined(written_day(details.get("treatment_date", "")), *parts)


def _sheet(
    paper: Paper, boxes: Sequence[Box], cells: Sequence[Cell], statements: tuple[str, ...], closing: Sequence[Box]
) -> Sheet:
    kind = KINDS[paper.kind]
    return Sheet(
        title=kind.title,
        number=paper.number,
        date=written_day(paper.date),
        boxes=tuple(boxes),
        columns=tuple(each.column for each in cells),
        rows=filled(cells, paper.lines),
        lines=numbers_of(paper.lines),
        totals=(
            Box(key="gross_kg", label="Gross weight (kg)", value=paper.gross_kg, by=EXPORTER),
            Box(key="net_kg", label="Net weight (kg)", value=paper.net_kg),
        ),
        statements=statements,
        signatures=tuple(closing),
        mark=kind.draft,
    )


def _route(paper: Paper) -> str:
    details = paper.details
    vessel = details.get("vessel") or next((each.vehicle for each in paper.parcels if each.vehicle), "")
    voyage = details.get("voyage") or next((each.voyage for each in paper.parcels if each.voyage), "")
    parts = (
        ("Departure date", written_day(paper.departure)),
        ("Vessel, flight or vehicle", _joined(vessel, voyage)),
        ("Port of discharge", details.get("port_of_discharge", "")),
    )
    return "\n".join(f"{label}: {value}" for label, value in parts if value)


def _signed(paper: Paper, label: str = "Signature of the exporter", importer: str = "") -> tuple[Box, ...]:
    details = paper.details
    where = ", ".join(each for each in (details.get("place", ""), written_day(paper.date)) if each)
    return (
        Box(key="importing", label="Importing country", value=importer),
        Box(key="place", label="Place and date", value=where),
        Box(key="signatory", label=f"{label}: authorised signatory", value=details.get("signatory", ""), by=EXPORTER),
        Box(key="signature", label="Signature"),
    )[0 if importer else 1 :]


def _ticks(paper: Paper) -> str:
    details = paper.details
    ticks = (
        ("Back-to-back", "back_to_back"),
        ("Third-party invoicing", "third_party_invoicing"),
        ("Issued retroactively", "retroactive"),
    )
    return "  ".join(f"[{'x' if details.get(name) else ' '}] {label}" for label, name in ticks)


def _first_proof(paper: Paper) -> str:
    first = paper.details.get("back_to_back", "")
    return f"First proof of origin: {first}" if first else ""


def _joined(*parts: str | None) -> str:
    return " · ".join(each for each in parts if each)


_number = Cell(Column(key="number", label="Item"), lambda line: str(line.number))
_goods = Cell(Column(key="goods", label="Description of goods", by=EXPORTER), described)
_criterion = Cell(
    Column(key="criterion", label="Origin conferring criterion", by=EXPORTER),
    lambda line: line.more.get("criterion", ""),
)
_origin = Cell(Column(key="origin", label="Origin", by=EXPORTER), lambda line: line.origin)


def _hs(label: str) -> Cell:
    return Cell(Column(key="hs_code", label=label, by=EXPORTER), lambda line: line.hs_six)


def _marks(paper: Paper, label: str) -> Cell:
    return Cell(Column(key="marks", label=label), lambda _line: paper.details.get("marks", ""))


def _packed(paper: Paper, label: str) -> Cell:
    """The packages stand with the first line where they are not known for each."""

    def value(line: PaperLine) -> str:
        own = " ".join(line.more[name] for name in ("packages", "package_kind") if name in line.more)
        first = packages_text(paper) if line is paper.lines[0] else ""
        return "\n".join(each for each in (own or first, described(line)) if each)

    return Cell(Column(key="goods", label=label, by=EXPORTER), value)


def _measure(label: str = "Quantity") -> Cell:
    def value(line: PaperLine) -> str:
        weight = f"{line.gross_kg} kg" if line.gross_kg else f"{line.net_kg} kg net" if line.net_kg else ""
        return _joined(weight, quantity_text(line))

    return Cell(Column(key="quantity", label=label, number=True), value)


def _value(paper: Paper, label: str = "FOB value where RVC is used") -> tuple[Cell, ...]:
    """The FOB value, where the regional value content is the criterion."""
    if not any(_by_value(line) for line in paper.lines):
        return ()
    return (
        Cell(
            Column(key="fob_value", label=label, by=EXPORTER, number=True),
            lambda line: fob_value(paper, line) if _by_value(line) else "—",
        ),
    )


def fob_value(paper: Paper, line: PaperLine) -> str:
    """The FOB value of a line with its currency, where its criterion needs one; "" where it is not known.

    Only under FOB is it the price.
    """
    if not _by_value(line):
        return ""
    given = line.more.get("fob_value") or (paper.details.get("fob_value") if len(paper.lines) == 1 else "")
    if given:
        return f"{given} {paper.currency}"
    return f"{paper.money(line.amount)} {paper.currency}" if paper.incoterm == "FOB" else ""


def _by_value(line: PaperLine) -> bool:
    return line.more.get("criterion", "").startswith("RVC")


def _invoice(paper: Paper, label: str) -> Cell:
    return Cell(Column(key="invoice", label=label, by=EXPORTER), lambda _line: invoice_text(paper))
