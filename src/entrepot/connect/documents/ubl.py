"""Papers as UBL 2.1: Invoice, DespatchAdvice for the packing list, CertificateOfOrigin for drafts of the forms.

The order of elements is that of the schemas of OASIS. A value that is not known is left out; an element that the schema
requires and nobody has filled in says so in words. The same paper gives the same bytes: credentials contain their hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from entrepot.connect.documents import en16931
from entrepot.trade.papers import kinds
from entrepot.trade.papers.paper import Paper, PaperLine, Party
from entrepot.trade.papers.sheet import line_text
from entrepot.trade.papers.trade_sheets import amounts_in_words

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
MAIN = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
#: 380: commercial invoice (UNTDID 1001).
COMMERCIAL_INVOICE = "380"
#: What stands in an element that the schema requires of an authority.
NO_NUMBER = "-"
NOT_ISSUED = "Not issued: draft of an application"


class _Node:
    """An element to which children are added in order; empty values add nothing."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    def text(self, name: str, value: str, **attributes: str) -> None:
        """Add a basic component."""
        if value:
            child = etree.SubElement(self.element, f"{{{CBC}}}{name}", attributes)
            child.text = value

    def node(self, name: str, fill: Callable[..., None], *of: Any) -> None:
        """Add an aggregate component, unless it stays empty. `of`: what it is filled with."""
        child = _Node(etree.SubElement(self.element, f"{{{CAC}}}{name}"))
        fill(child, *of)
        if not len(child.element):
            self.element.remove(child.element)


def xml_of(paper: Paper) -> bytes | None:
    """The paper as UBL; None where UBL has no type for its kind."""
    found = _TYPES.get(paper.kind)
    if found is None:
        return None
    name, fill = found
    main = MAIN.format(name)
    spaces: Any = {None: main, "cac": CAC, "cbc": CBC}  # the stubs do not know that None is the default namespace
    root = _Node(etree.Element(f"{{{main}}}{name}", nsmap=spaces))
    root.text("UBLVersionID", "2.1")
    fill(root, paper)
    return etree.tostring(root.element, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _invoice(root: _Node, paper: Paper) -> None:
    currency = paper.currency
    european = en16931.applies(paper)
    if european:
        root.text("CustomizationID", en16931.CUSTOMIZATION)
    root.text("ID", paper.number)
    root.text("IssueDate", paper.date)
    root.text("InvoiceTypeCode", COMMERCIAL_INVOICE)
    for each in amounts_in_words(paper):
        root.text("Note", each)
    root.text("DocumentCurrencyCode", currency)
    if not european:
        root.text("LineCountNumeric", str(len(paper.lines)))
    root.node("OrderReference", _order, paper)
    root.node("AccountingSupplierParty", _of, paper.party("exporter"), paper.seller if european else "")
    root.node("AccountingCustomerParty", _of, paper.party("buyer"), NO_NUMBER if european else "")
    root.node("Delivery", _delivery, paper)
    root.node("DeliveryTerms", _terms, paper)
    root.node("PaymentTerms", lambda node: node.text("Note", paper.details.get("payment_terms", "Paid with the order")))
    for name, amount in paper.added.items():
        root.node("AllowanceCharge", _charge, paper, name.capitalize(), amount)
    if european:
        root.node("TaxTotal", _no_vat, paper)
    root.node("LegalMonetaryTotal", _total, paper)
    for line in paper.lines:
        root.node("InvoiceLine", _invoice_line, paper, line)


def _invoice_line(node: _Node, paper: Paper, line: PaperLine) -> None:
    node.text("ID", str(line.number))
    node.text("InvoicedQuantity", str(line.quantity), unitCode=line.goods.unit)
    node.text("LineExtensionAmount", paper.money(line.amount), currencyID=paper.currency)
    node.node("Item", _item, line, False, en16931.applies(paper))
    node.node("Price", lambda price: price.text("PriceAmount", paper.money(line.price), currencyID=paper.currency))


def _charge(node: _Node, paper: Paper, reason: str, amount: int) -> None:
    node.text("ChargeIndicator", "true")
    node.text("AllowanceChargeReason", reason)
    node.text("Amount", paper.money(amount), currencyID=paper.currency)
    if en16931.applies(paper):
        node.node("TaxCategory", _category)


def _category(node: _Node) -> None:
    node.text("ID", en16931.CATEGORY)
    node.node("TaxScheme", lambda scheme: scheme.text("ID", "VAT"))


def _no_vat(node: _Node, paper: Paper) -> None:
    """The breakdown of VAT where there is none."""
    node.text("TaxAmount", paper.money(0), currencyID=paper.currency)
    node.node("TaxSubtotal", _no_vat_of_all, paper)


def _no_vat_of_all(node: _Node, paper: Paper) -> None:
    node.text("TaxableAmount", paper.money(paper.total), currencyID=paper.currency)
    node.text("TaxAmount", paper.money(0), currencyID=paper.currency)
    node.node("TaxCategory", _exempted)


def _exempted(node: _Node) -> None:
    node.text("ID", en16931.CATEGORY)
    node.text("TaxExemptionReasonCode", en16931.REASON_CODE)
    node.text("TaxExemptionReason", en16931.REASON)
    node.node("TaxScheme", lambda scheme: scheme.text("ID", "VAT"))


def _total(node: _Node, paper: Paper) -> None:
    amounts = {
        "LineExtensionAmount": paper.goods,
        "TaxExclusiveAmount": paper.total,
        **({"TaxInclusiveAmount": paper.total} if en16931.applies(paper) else {}),
        "ChargeTotalAmount": sum(paper.added.values()),
        "PayableAmount": paper.total,
    }
    for name, amount in amounts.items():
        node.text(name, paper.money(amount), currencyID=paper.currency)


def _delivery(node: _Node, paper: Paper) -> None:
    node.text("TrackingID", next(iter(paper.transport_documents), ""))
    node.node("DeliveryAddress", _address, paper.receiver)
    if paper.party("consignee").name:
        node.node("DeliveryParty", _party, paper.party("consignee"))


def _terms(node: _Node, paper: Paper) -> None:
    node.text("ID", paper.incoterm)
    place = paper.details.get("incoterm_place", "")
    node.node("DeliveryLocation", lambda where: where.text("Description", place))


def _despatch(root: _Node, paper: Paper) -> None:
    root.text("ID", paper.number)
    root.text("IssueDate", paper.date)
    root.text("LineCountNumeric", str(len(paper.lines)))
    root.node("OrderReference", _order, paper)
    root.node("DespatchSupplierParty", _of, paper.party("exporter"))
    root.node("DeliveryCustomerParty", _of, paper.receiver)
    root.node("Shipment", _shipment, paper)
    for line in paper.lines:
        root.node("DespatchLine", _despatch_line, line)


def _despatch_line(node: _Node, line: PaperLine) -> None:
    node.text("ID", str(line.number))
    node.text("DeliveredQuantity", str(line.quantity), unitCode=line.goods.unit)
    node.node("OrderLineReference", lambda reference: reference.text("LineID", str(line.number)))
    node.node("Item", _item, line)
    node.node("Shipment", _weights, str(line.number), line.gross_kg, line.net_kg)


def _shipment(node: _Node, paper: Paper) -> None:
    shipments = [each.shipment for each in paper.parcels]
    _weights(node, shipments[0] if shipments else paper.number, paper.gross_kg, paper.net_kg)
    node.text("TotalTransportHandlingUnitQuantity", str(paper.packages or ""))
    node.node("ShipmentStage", _stage, paper)
    node.node("Delivery", lambda delivery: delivery.text("TrackingID", next(iter(paper.transport_documents), "")))
    node.node("TransportHandlingUnit", _unit, paper)


def _weights(node: _Node, number: str, gross: str, net: str) -> None:
    node.text("ID", number)
    node.text("GrossWeightMeasure", gross, unitCode="KGM")
    node.text("NetWeightMeasure", net, unitCode="KGM")


def _stage(node: _Node, paper: Paper) -> None:
    carrier = next((each.carrier for each in paper.parcels), "")
    voyage = paper.details.get("voyage") or next((each.voyage for each in paper.parcels), "")
    if carrier:
        node.node("CarrierParty", _party, Party(name=carrier))
    node.node("TransportMeans", lambda means: means.text("JourneyID", voyage))
    for name, place in (("LoadingPortLocation", "port_of_loading"), ("UnloadingPortLocation", "port_of_discharge")):
        where = paper.details.get(place, "")
        node.node(name, _named, where)


def _named(node: _Node, name: str) -> None:
    node.text("Name", name)


def _unit(node: _Node, paper: Paper) -> None:
    node.text("TotalPackageQuantity", str(paper.packages or ""))
    node.text("ShippingMarks", paper.details.get("marks", ""))
    container, seal = paper.details.get("container", ""), paper.details.get("seal", "")
    if container:
        node.node("TransportEquipment", _container, container, seal)


def _container(node: _Node, container: str, seal: str) -> None:
    node.text("ID", container)
    node.node("TransportEquipmentSeal", lambda part: part.text("ID", seal))


def _certificate(root: _Node, paper: Paper) -> None:
    """The application for a certificate. What the schema requires of the authority says that nothing was issued."""
    root.text("ID", paper.number)
    root.text("IssueDate", paper.date)
    root.text("Description", kinds.KINDS[paper.kind].title)
    root.text("Note", kinds.KINDS[paper.kind].draft)
    root.node("ExporterParty", _party, paper.party("exporter"))
    root.node("ImporterParty", _party, paper.receiver)
    root.node("CertificateOfOriginApplication", _application, paper)
    root.node("IssuerEndorsement", _endorsement, paper)


def _application(node: _Node, paper: Paper) -> None:
    node.text("ReferenceID", paper.number)
    node.text("CertificateType", kinds.KINDS[paper.kind].agreement.upper())
    node.text("ApplicationStatusCode", "DRAFT")
    node.text("OriginalJobID", paper.id)
    node.text("Remarks", paper.details.get("remarks", ""))
    node.node("Shipment", _origin_shipment, paper)
    node.node("EndorserParty", _nobody)
    node.node("PreparationParty", _party, paper.party("exporter"))
    node.node("IssuerParty", _party, Party(name=NOT_ISSUED))
    country = paper.party("exporter").country
    node.node("IssuingCountry", lambda place: place.text("IdentificationCode", country or "ZZ"))
    if paper.invoice is not None:
        number, date = paper.invoice.number, paper.invoice.date
        node.node("SupportingDocumentReference", _document, number, date)


def _origin_shipment(node: _Node, paper: Paper) -> None:
    _weights(node, paper.number, paper.gross_kg, paper.net_kg)
    for line in paper.lines:
        node.node("GoodsItem", _goods_item, line)


def _goods_item(node: _Node, line: PaperLine) -> None:
    node.text("ID", str(line.number))
    node.text("GrossWeightMeasure", line.gross_kg, unitCode="KGM")
    node.text("NetWeightMeasure", line.net_kg, unitCode="KGM")
    node.text("Quantity", str(line.quantity), unitCode=line.goods.unit)
    node.text("PreferenceCriterionCode", line.more.get("criterion", ""))
    node.node("Item", _item, line, True)


def _endorsement(node: _Node, paper: Paper) -> None:
    node.text("DocumentID", paper.number)
    node.text("ApprovalStatus", NOT_ISSUED)
    node.node("EndorserParty", _nobody)


def _nobody(node: _Node) -> None:
    node.text("RoleCode", "ISSUER")
    node.text("SequenceNumeric", "1")
    node.node("Party", _party, Party(name=NOT_ISSUED))
    node.node("SignatoryContact", lambda contact: contact.text("Name", NOT_ISSUED))


def _document(node: _Node, number: str, date: str) -> None:
    node.text("ID", number)
    node.text("IssueDate", date)
    node.text("DocumentTypeCode", COMMERCIAL_INVOICE)


def _order(node: _Node, paper: Paper) -> None:
    node.text("ID", paper.order)
    node.text("IssueDate", paper.ordered)


def _of(node: _Node, party: Party, number: str = "") -> None:
    """A supplier or a customer. An aggregate that the schema requires is not left out.

    `number`: by which the party is known here, where its name must stand as that of a legal entity; or NO_NUMBER.
    """
    node.node("Party", _party, party if party.name else Party(name="To be filled in"), number)


def _party(node: _Node, party: Party, number: str = "") -> None:
    own = party.registration or number.removeprefix(NO_NUMBER)
    node.node("PartyIdentification", lambda part: part.text("ID", own))
    node.node("PartyName", lambda part: part.text("Name", party.name))
    node.node("PostalAddress", _address, party)
    if number:
        node.node("PartyLegalEntity", lambda part: part.text("RegistrationName", party.name))
    node.node("Contact", lambda part: part.text("Telephone", party.telephone))


def _address(node: _Node, party: Party) -> None:
    node.node("AddressLine", lambda line: line.text("Line", party.address))
    node.node("Country", lambda country: country.text("IdentificationCode", party.country))


def _item(node: _Node, line: PaperLine, six: bool = False, european: bool = False) -> None:
    goods = line.goods
    if european:
        node.text("Description", " / ".join(goods.titles.values()))
    for language, title in () if european else goods.titles.items():
        node.text("Description", title, languageID=language)
    node.text("Name", line.description)
    node.text("AdditionalInformation", goods.specification)
    node.node("SellersItemIdentification", lambda part: part.text("ID", goods.reference))
    node.node("StandardItemIdentification", lambda part: part.text("ID", goods.barcode, schemeID="GTIN"))
    node.node("OriginCountry", lambda part: part.text("IdentificationCode", line.origin))
    code = line.hs_six if six else line.hs_code
    node.node("CommodityClassification", lambda part: part.text("ItemClassificationCode", code, listID="HS"))
    if european:
        node.node("ClassifiedTaxCategory", _category)
    for name in ("botanical_name", "orchard", "packing_house"):
        value = line.more.get(name, "")
        if value:
            node.node("AdditionalItemProperty", _property, name, value)
    node.node("ItemInstance", _instance, line)


def _property(node: _Node, name: str, value: str) -> None:
    node.text("Name", name)
    node.text("Value", value)


def _instance(node: _Node, line: PaperLine) -> None:
    node.text("ManufactureDate", line.more.get("produced", ""))
    node.text("BestBeforeDate", line.more.get("best_before", ""))
    node.text("RegistrationID", line_text(line, "producer_registration", "cn_food"))
    node.node("LotIdentification", lambda lot: lot.text("LotNumberID", line.more.get("batch", "")))


#: By kind, the type of UBL and how it is filled.
_TYPES: Mapping[str, tuple[str, Callable[[_Node, Paper], None]]] = {
    kinds.INVOICE: ("Invoice", _invoice),
    kinds.PACKING_LIST: ("DespatchAdvice", _despatch),
    kinds.FORM_RCEP: ("CertificateOfOrigin", _certificate),
    kinds.FORM_E: ("CertificateOfOrigin", _certificate),
}
