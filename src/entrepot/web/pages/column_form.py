"""columns: the form that says what the columns of a table give, and what is the same in all its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import QueryDict

from entrepot.language import translate
from entrepot.language.translate import N_, _
from entrepot.model.errors import TableError
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.web.pages.form_fields import places
from entrepot.web.pages.sale_form import destinations

if TYPE_CHECKING:
    from entrepot.store.models import Job

#: What a column may give, as people say it.
FIELDS = {
    "hs_code": N_("What is sold: a code of the Harmonized System, 6 to 10 digits."),
    "service": N_("Or a category of services, such as telemedicine."),
    "amount": N_("The price of the whole line."),
    "currency": N_("The currency of the prices."),
    "ship_from_country": N_("Where it ships from."),
    "ship_to_country": N_("Where it is imported."),
    "date": N_("The day of the sale."),
    "quantity": N_("How many pieces."),
    "country_of_origin": N_("Where it was made; else where it ships from."),
    "proof_of_origin": N_("The proof of origin that you hold, or none."),
    "net_mass_kg": N_("Net mass in kilograms."),
    "gross_mass_kg": N_("Gross mass in kilograms."),
    "litres": N_("Litres."),
    "items": N_("Pieces that a duty counts, where not the quantity."),
    "pairs": N_("Pairs."),
    "square_metres": N_("Square metres."),
    "cubic_metres": N_("Cubic metres."),
    "head": N_("Head of livestock."),
    "alcohol_percent": N_("Alcohol, % of the volume."),
    "shipping_cost": N_("International carriage."),
    "insurance_cost": N_("Insurance of the carriage."),
    "discount_amount": N_("A discount on the whole sale."),
    "incoterm": N_("What the price includes: EXW, FOB, CIF, DDP …"),
    "transport": N_("How it travels: air, sea, post, express, road, rail or digital."),
    "channel": N_("How it is sold: ecommerce, trade or personal."),
    "buyer_kind": N_("Who buys: consumer or business."),
    "buyer_tax_ids": N_("A tax number of the buyer."),
    "buyer_year_to_date": N_("What this buyer bought this year under an annual limit."),
    "seller_registrations": N_("A scheme that the seller is registered for, such as eu_ioss."),
    "ship_to_state": N_("The state or province of the buyer."),
    "ship_to_postal_code": N_("The postal code of the buyer."),
    "tax_class": N_("The class of the tax: standard, reduced, zero, exempt …"),
    "asserted": N_("A condition that you vouch for, by its id."),
    "consignment": N_("Which sale the row is part of."),
    "reference": N_("Your own name for the row."),
    "description": N_("What it is, in your words."),
}
#: What may be said once for all rows.
SAME = ("ship_from_country", "ship_to_country", "currency", "date", "buyer_kind", "channel", "transport", "incoterm")
NEEDED = ("ship_from_country", "ship_to_country", "currency", "amount")
_CHOICES = {
    "buyer_kind": ("consumer", "business"),
    "channel": ("ecommerce", "trade", "personal"),
    "transport": TRANSPORTS,
    "incoterm": ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"),
}
#: Names that are a field for themselves: a rate of a kind of charge, an exchange rate.
_OWN = re.compile(r"rates_[a-z_]+|exchange_rates_[A-Z]{3}|ship_from_(state|postal_code)")


class Column(NamedTuple):
    """A column in the form: its place, its name, its first cells, and what it may give: (field, text, chosen)."""

    place: int
    name: str
    cells: list[str]
    gives: list[tuple[str, str, bool]]


class Same(NamedTuple):
    """A field that may be the same in all rows: its name, what it is, its value, and what may be chosen."""

    name: str
    says: str
    value: str
    choices: list[tuple[str, str]]


def columns(job: Job, given: Mapping[str, Any] | None = None) -> list[Column]:
    """The columns of a table, with what is chosen, else what they were given last, else what they seem to give."""
    asked = job.options.get("mapping") or job.options["suggested"]
    names, head = job.options["columns"], job.options["head"]
    made = []
    for place, name in enumerate(names):
        chosen = str(given.get(f"column_{place}", "")) if given is not None else asked.get(name) or ""
        cells = [row[place] for row in head[:3] if row[place]]
        made.append(Column(place, name, cells, list(_gives(chosen, name))))
    return made


def _gives(chosen: str, name: str) -> Iterator[tuple[str, str, bool]]:
    if _OWN.fullmatch(name):
        yield name, name, chosen == name
    for field, says in FIELDS.items():
        yield field, f"{_(says).rstrip('.។')} · {field}", chosen == field


def same(job: Job, given: Mapping[str, Any] | None = None) -> list[Same]:
    """The fields that may be said for all rows."""
    asked = job.options.get("constants") or {}
    return [
        Same(name, _(FIELDS[name]).rstrip("."), str((given or asked).get(name, "")), list(_choices(name)))
        for name in SAME
    ]


def _choices(name: str) -> Iterator[tuple[str, str]]:
    if name.endswith("_country"):
        yield from places(destinations() if name == "ship_to_country" else None)
    for word in _CHOICES.get(name, ()):
        yield word, translate.label(word)


def chosen(job: Job, given: QueryDict) -> tuple[dict[str, str | None], dict[str, str]]:
    """What the form says: of each column its field or None, and what is the same in all rows. Raises TableError."""
    mapping: dict[str, str | None] = {}
    by_field: dict[str, str] = {}
    for place, name in enumerate(job.options["columns"]):
        field = given.get(f"column_{place}", "")
        if field and field not in FIELDS and not (_OWN.fullmatch(field) and field == name):
            raise TableError(_("{field} is no field of a sale.").format(field=repr(field[:40])))
        if field in by_field:
            text = _("Two columns give {field}: {one} and {other}. Choose one of them.")
            raise TableError(text.format(field=field, one=by_field[field], other=name))
        mapping[name] = field or None
        if field:
            by_field[field] = name
    constants = {}
    for name in SAME:
        value = given.get(name, "").strip()[:100]
        if value and name not in by_field:
            constants[name] = value.upper() if name == "currency" else value
    lacking = [name for name in NEEDED if name not in by_field and name not in constants]
    if not {"hs_code", "service"} & set(by_field):
        lacking.append("hs_code")
    if lacking:
        said = ", ".join(f"{_(FIELDS[name]).rstrip('.')} ({name})" for name in lacking)
        raise TableError(
            _("Nothing gives this: {fields}. Choose a column, or say it for all rows.").format(fields=said)
        )
    return mapping, constants
