"""The fields of the form of each kind of document. Others are given over the API or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from entrepot.language.translate import N_, _
from entrepot.trade.papers import kinds

#: The kinds as pages name them.
TITLES: Mapping[str, str] = {
    kinds.INVOICE: N_("Commercial invoice"),
    kinds.PACKING_LIST: N_("Packing list"),
    kinds.LABEL: N_("Label in Chinese"),
    kinds.DECLARATION: N_("Declaration of origin"),
    kinds.FORM_RCEP: N_("Draft of Form RCEP"),
    kinds.FORM_E: N_("Draft of Form E"),
    kinds.PHYTOSANITARY: N_("Request for a phytosanitary certificate"),
    kinds.RETURN_SLIP: N_("Return slip"),
}
LABELS: Mapping[str, str] = {
    "exporter_name": N_("Exporter: name"),
    "exporter_address": N_("Exporter: address"),
    "signatory": N_("Who signs"),
    "place": N_("Place of the signature"),
    "contract": N_("Contract number"),
    "incoterm": N_("Incoterm"),
    "incoterm_place": N_("Place of the Incoterm"),
    "payment_terms": N_("Terms of payment"),
    "transport_mode": N_("Means of transport"),
    "vessel": N_("Vessel, flight or vehicle"),
    "port_of_loading": N_("Port of loading"),
    "port_of_discharge": N_("Port of discharge"),
    "departure_date": N_("Departure date"),
    "marks": N_("Shipping marks"),
    "package_kind": N_("Kind of packages"),
    "gross_kg": N_("Gross mass in kg"),
    "container": N_("Container number"),
    "seal": N_("Seal number"),
    "agent_name": N_("Agent in China: name"),
    "agent_address": N_("Agent in China: address"),
    "agent_telephone": N_("Agent in China: telephone"),
    "exporter_code": N_("Authorisation code of the exporter"),
    "producer_name": N_("Producer: name"),
    "producer_address": N_("Producer: address"),
    "retroactive": N_("Issued after the departure (yes or no)"),
    "third_party_invoicing": N_("Invoice of a third party (yes or no)"),
    "entry_point": N_("Point of entry"),
    "additional_declaration": N_("Additional declaration"),
    "criterion": N_("Criterion of origin (WO, PE, CTC, RVC 40% …)"),
    "fob_value": N_("FOB value, where the criterion is RVC"),
    "batch": N_("Batch"),
    "produced": N_("Production date"),
    "best_before": N_("Best before"),
    "ingredients": N_("Ingredients"),
    "shelf_life": N_("Shelf life"),
    "storage": N_("Storage conditions"),
    "producer_registration": N_("Registration number of the producer"),
    "botanical_name": N_("Botanical name"),
    "orchard": N_("Orchard"),
    "packing_house": N_("Packing house"),
}
#: Why a document is withdrawn.
REASONS: Mapping[str, str] = {
    "wrong_data": N_("wrong data"),
    "replaced": N_("replaced by another one"),
    "order_cancelled": N_("the order was cancelled"),
    "other": N_("another reason"),
}
_EXPORTER = ("exporter_name", "exporter_address")
_SIGNED = ("signatory", "place")
_ROUTE = ("departure_date", "vessel", "port_of_discharge")


class FieldsOf(NamedTuple):
    """The fields of a form: of the document, and of each line."""

    document: tuple[str, ...]
    line: tuple[str, ...] = ()


FIELDS: Mapping[str, FieldsOf] = {
    kinds.INVOICE: FieldsOf(
        (*_EXPORTER, "contract", "incoterm", "incoterm_place", "payment_terms", "transport_mode", "vessel",
         "port_of_loading", "port_of_discharge", "marks", "package_kind", "gross_kg", *_SIGNED),
    ),
    kinds.PACKING_LIST: FieldsOf(
        (*_EXPORTER, "contract", "marks", "package_kind", "container", "seal", "gross_kg", *_SIGNED),
        ("batch", "produced", "best_before", "producer_registration"),
    ),
    kinds.LABEL: FieldsOf(
        ("agent_name", "agent_address", "agent_telephone", "producer_name", "producer_address"),
        ("ingredients", "produced", "shelf_life", "storage", "producer_registration"),
    ),
    kinds.DECLARATION: FieldsOf(
        (*_EXPORTER, "exporter_code", "producer_name", "producer_address", *_SIGNED), ("criterion", "fob_value")
    ),
    kinds.FORM_RCEP: FieldsOf(
        (*_EXPORTER, "producer_name", "producer_address", *_ROUTE, "marks", "package_kind", "retroactive",
         "third_party_invoicing", *_SIGNED),
        ("criterion", "fob_value"),
    ),
    kinds.FORM_E: FieldsOf(
        (*_EXPORTER, *_ROUTE, "marks", "package_kind", "retroactive", "third_party_invoicing", *_SIGNED),
        ("criterion", "fob_value"),
    ),
    kinds.PHYTOSANITARY: FieldsOf(
        (*_EXPORTER, "marks", "package_kind", "transport_mode", "vessel", "entry_point", "departure_date",
         "additional_declaration", *_SIGNED),
        ("botanical_name", "orchard", "packing_house"),
    ),
    kinds.RETURN_SLIP: FieldsOf(()),
}  # fmt: skip


def title(kind: str) -> str:
    """A kind in the reader's language."""
    return _(TITLES[kind]) if kind in TITLES else kind
