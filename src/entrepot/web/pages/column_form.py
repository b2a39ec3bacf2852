"""The form that maps the columns of a table to fields of a sale, and sets fields that are the same in all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import QueryDict

from entrepot.batch.facade import FIELD_TEXTS, FIELD_VALUES, field_label
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.errors import TableError, in_quotes
from entrepot.web.pages.form_fields import economy_choices
from entrepot.web.pages.sale_form import destinations

if TYPE_CHECKING:
    from entrepot.store.models import Job

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
    "seller_registrations",
    "asserted",
)
REQUIRED = ("ship_from_country", "ship_to_country", "currency", "amount")
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
    mapping = last_choices(job)[0]
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
    for field in FIELD_TEXTS:
        yield field, f"{field_label(field)} · {field}", chosen == field


def constant_fields(job: Job, form: Mapping[str, Any] | None = None) -> list[Constant]:
    """The fields that may be set for all rows."""
    constants = last_choices(job)[1]
    return [
        Constant(name, field_label(name), str((form or constants).get(name, "")), list(_choices(name)))
        for name in CONSTANTS
    ]


def _choices(name: str) -> Iterator[tuple[str, str]]:
    if name.endswith("_country"):
        yield from economy_choices(destinations() if name == "ship_to_country" else None)
    for word in FIELD_VALUES.get(name, ()):
        yield word, translate.label(word)


def last_choices(job: Job) -> tuple[dict[str, str | None], dict[str, str]]:
    """The field of each column and the fields of all rows: as checked last, else of the last run, else the guess."""
    chosen = job.options.get("draft") or job.options
    return chosen.get("mapping") or job.options["suggested"], chosen.get("constants") or {}


def missing_fields(mapping: Mapping[str, str | None], constants: Mapping[str, str]) -> list[str]:
    """The required fields that neither a column nor a value for all rows gives."""
    given = set(mapping.values())
    missing = [name for name in REQUIRED if name not in given and name not in constants]
    return missing if {"hs_code", "service", "description"} & given else [*missing, "hs_code"]


def read_mapping(job: Job, form: QueryDict) -> tuple[dict[str, str | None], dict[str, str]]:
    """The form as data: each column's field or None, and the fields set for all rows. Raises TableError."""
    mapping: dict[str, str | None] = {}
    column_of: dict[str, str] = {}
    for index, name in enumerate(job.options["columns"]):
        field = form.get(f"column_{index}", "")
        if field and field not in FIELD_TEXTS and not (_FIELD_PATTERN.fullmatch(field) and field == name):
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
    if missing := missing_text(mapping, constants):
        raise TableError(missing)
    return mapping, constants


def missing_text(mapping: Mapping[str, str | None], constants: Mapping[str, str]) -> str:
    """The text that names the required fields that nothing gives; empty if all are given."""
    names = [f"{field_label(name)} ({name})" for name in missing_fields(mapping, constants)]
    text = _("Not assigned: {fields}. Choose a column, or enter a value for all rows.")
    return text.format(fields=", ".join(names)) if names else ""
