"""What each field of a table is, in words, and the values that some of them may have."""

from __future__ import annotations

from entrepot.language.translate import N_, _
from entrepot.model.rule_kinds import TRANSPORTS

#: The fields that a column may have, with their descriptions.
FIELD_TEXTS = {
    "hs_code": N_("The code of the goods in the Harmonized System, 6 to 10 digits."),
    "service": N_("For a service: its category, for example telemedicine."),
    "amount": N_("The line total."),
    "currency": N_("The currency of the prices."),
    "ship_from_country": N_("The country the goods ship from."),
    "ship_to_country": N_("The country of import."),
    "date": N_("The date of the sale."),
    "quantity": N_("The number of pieces."),
    "country_of_origin": N_("The country of origin; by default the country the goods ship from."),
    "proof_of_origin": N_("The proof of origin available, or none."),
    "net_mass_kg": N_("Net mass in kilograms."),
    "gross_mass_kg": N_("Gross mass in kilograms."),
    "litres": N_("Litres."),
    "items": N_("The number of items a duty counts, if it is not the quantity."),
    "pairs": N_("Pairs."),
    "square_metres": N_("Square metres."),
    "cubic_metres": N_("Cubic metres."),
    "head": N_("Head of livestock."),
    "alcohol_percent": N_("Alcohol by volume, %."),
    "shipping_cost": N_("The cost of international freight."),
    "insurance_cost": N_("The cost of cargo insurance."),
    "discount_amount": N_("A discount on the whole sale."),
    "incoterm": N_("The Incoterm of the price: EXW, FOB, CIF, DDP …"),
    "transport": N_("The mode of transport: air, sea, post, express, road, rail or digital."),
    "channel": N_("The sales channel: ecommerce, trade or personal."),
    "buyer_kind": N_("The buyer: consumer or business."),
    "buyer_tax_ids": N_("A tax number of the buyer."),
    "buyer_year_to_date": N_("What this buyer has already bought this year under an annual limit."),
    "seller_registrations": N_("A scheme that the seller is registered for, for example eu_ioss."),
    "ship_to_state": N_("The state or province of the buyer."),
    "ship_to_postal_code": N_("The postal code of the buyer."),
    "tax_class": N_("The tax class: standard, reduced, zero, exempt …"),
    "asserted": N_("A condition that you confirm, by its id."),
    "consignment": N_("The sale (consignment) that the row belongs to."),
    "reference": N_("Your reference for the row."),
    "description": N_("Your description of the goods."),
}
#: The words that a field may be.
FIELD_VALUES = {
    "buyer_kind": ("consumer", "business"),
    "channel": ("ecommerce", "trade", "personal"),
    "transport": TRANSPORTS,
    "incoterm": ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"),
}


def field_label(field: str) -> str:
    """What a field is, in the reader's language, as a label: without a full stop.

    >>> field_label("ship_to_country")
    'The country of import'
    """
    return _(FIELD_TEXTS[field]).rstrip(".。។")
