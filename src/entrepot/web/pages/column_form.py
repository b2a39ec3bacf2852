"""The form that maps the columns of a table to fields of a sale, and sets fields that are the same in all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import QueryDict

from entrepot.language import translate
from entrepot.language.translate import N_, _
from entrepot.model.errors import TableError, in_quotes
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.web.pages.form_fields import economy_choices
from entrepot.web.pages.sale_form import destinations

if TYPE_CHECKING:
    from entrepot.store.models import Job

#: The fields that a column may have, with their descriptions.
FIELDS = {
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
#: Fields that may be set once for all rows.
CONSTANTS = (
    "ship_from_country",
    "ship_to_country",
    "currency",
    "date",
    "buyer_kind",
    "channel",
    "transport",
    "incoterm",
)
REQUIRED = ("ship_from_country", "ship_to_country", "currency", "amount")
_CHOICES = {
    "buyer_kind": ("consumer", "business"),
    "channel": ("ecommerce", "trade", "personal"),
    "transport": TRANSPORTS,
    "incoterm": ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"),
}
#: Columns whose name is itself a field: a rate of a kind of charge, an exchange rate.
_FIELD_PATTERN = re.compile(r"rates_[a-z_]+|exchange_rates_[A-Z]{3}|ship_from_(state|postal_code)")


class Column(NamedTuple):
    """A column in the form: its position, its name, its first cells, and the choices: (field, text, chosen)."""

    place: int
    name: str
    cells: list[str]
    gives: list[tuple[str, str, bool]]


class Constant(NamedTuple):
    """A field that may be the same in all rows: its name, its description, its value and its choices."""

    name: str
    says: str
    value: str
    choices: list[tuple[str, str]]


def column_fields(job: Job, form: Mapping[str, Any] | None = None) -> list[Column]:
    """The columns of a table, each with the field chosen in the form, else the one of the last run, else a guess."""
    mapping = job.options.get("mapping") or job.options["suggested"]
    names, head = job.options["columns"], job.options["head"]
    columns = []
    for index, name in enumerate(names):
        chosen = str(form.get(f"column_{index}", "")) if form is not None else mapping.get(name) or ""
        cells = [row[index] for row in head[:3] if row[index]]
        columns.append(Column(index, name, cells, list(_field_choices(chosen, name))))
    return columns


def _field_choices(chosen: str, name: str) -> Iterator[tuple[str, str, bool]]:
    if _FIELD_PATTERN.fullmatch(name):
        yield name, name, chosen == name
    for field, says in FIELDS.items():
        yield field, f"{_(says).rstrip('.។')} · {field}", chosen == field


def constant_fields(job: Job, form: Mapping[str, Any] | None = None) -> list[Constant]:
    """The fields that may be set for all rows."""
    constants = job.options.get("constants") or {}
    return [
        Constant(name, _(FIELDS[name]).rstrip("."), str((form or constants).get(name, "")), list(_choices(name)))
        for name in CONSTANTS
    ]


def _choices(name: str) -> Iterator[tuple[str, str]]:
    if name.endswith("_country"):
        yield from economy_choices(destinations() if name == "ship_to_country" else None)
    for word in _CHOICES.get(name, ()):
        yield word, translate.label(word)


def read_mapping(job: Job, form: QueryDict) -> tuple[dict[str, str | None], dict[str, str]]:
    """The form as data: each column's field or None, and the fields set for all rows. Raises TableError."""
    mapping: dict[str, str | None] = {}
    column_of: dict[str, str] = {}
    for index, name in enumerate(job.options["columns"]):
        field = form.get(f"column_{index}", "")
        if field and field not in FIELDS and not (_FIELD_PATTERN.fullmatch(field) and field == name):
            raise TableError(_("{field} is not a field of a sale.").format(field=in_quotes(field[:40])))
        if field in column_of:
            text = _("Two columns are assigned to {field}: {one} and {other}. Choose one of them.")
            raise TableError(text.format(field=field, one=column_of[field], other=name))
        mapping[name] = field or None
        if field:
            column_of[field] = name
    constants = {}
    for name in CONSTANTS:
        value = form.get(name, "").strip()[:100]
        if value and name not in column_of:
            constants[name] = value.upper() if name == "currency" else value
    missing = [name for name in REQUIRED if name not in column_of and name not in constants]
    if not {"hs_code", "service"} & set(column_of):
        missing.append("hs_code")
    if missing:
        names = ", ".join(f"{_(FIELDS[name]).rstrip('.')} ({name})" for name in missing)
        raise TableError(
            _("Not assigned: {fields}. Choose a column, or enter a value for all rows.").format(fields=names)
        )
    return mapping, constants
