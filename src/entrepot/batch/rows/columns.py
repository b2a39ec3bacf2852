"""Which columns of a table give which fields of a sale; checked before any work.

A column is named by the field's path joined by underscores (`ship_from_country`, `buyer_kind`), fields of a line
without prefix (`hs_code`, `amount`). `consignment` names the rows that are one sale. Other columns pass through
unchanged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa

from entrepot.engine import normal_form
from entrepot.model.errors import TableError, WordedTableError, in_quotes
from entrepot.model.sale import MEASURES, Line

Kind = Literal["text", "code", "number", "day", "list"]

CONSIGNMENT = "consignment"
#: First character of internal columns; columns of a table may not begin with it.
INTERNAL_PREFIX = "\x1f"
#: Columns of the answer, which a table may not have already.
FIGURE_COLUMNS = ("duties", "taxes", "fees", "charges", "landed")
#: The lowest and the highest charges and landed price; equal to the figure where it is one.
RANGE_COLUMNS = ("charges_low", "charges_high", "landed_low", "landed_high")
AMOUNT_COLUMNS = (*FIGURE_COLUMNS, *RANGE_COLUMNS)
FAULT_COLUMNS = ("fault", "fault_field", "fault_message")
ANSWER_COLUMNS = (
    "regime",
    "treatment",
    "status",
    "outcome",
    *AMOUNT_COLUMNS,
    "at_least",
    "out_currency",
    *FAULT_COLUMNS,
)
#: The columns that tables answered by version 0.1 do not have.
ADDED_COLUMNS = (*RANGE_COLUMNS, "fault_field", "fault_message")
EXPLAIN_COLUMNS = ("law", "reasons", "rows")
REQUIRED_FIELDS = ("ship_from_country", "ship_to_country", "currency", "amount")
RATE_PREFIX, EXCHANGE_PREFIX = "rates_", "exchange_rates_"
#: A name at least this similar to a known one counts as a typing error.
MIN_SIMILARITY = 0.78
#: Other common names of fields; otherwise such a column would silently not be read. Empty: the name of none, though it
#: is similar to one.
ALIASES = {
    "shipping": "shipping_cost",
    "shipping_country": "ship_to_country",
    "shipping_state": "ship_to_state",
    "shipping_city": "",
    "freight": "shipping_cost",
    "insurance": "insurance_cost",
    "discount": "discount_amount",
    "origin": "country_of_origin",
    "hs": "hs_code",
}


class Field(NamedTuple):
    """A field of a sale: its path, the kind of its cells, and whether it belongs to the line.

    `words`: its name among the fields of `engine.normal_form`, if a cell may write it in other forms.
    """

    path: tuple[str, ...]
    kind: Kind
    of_line: bool
    words: str = ""


def _fields() -> dict[str, Field]:
    found: dict[str, Field] = {}
    for end in ("ship_from", "ship_to"):
        for name in ("country", "state", "postal_code"):
            found[f"{end}_{name}"] = Field((end, name), "text", of_line=False)
    found |= {
        "date": Field(("date",), "day", of_line=False),
        "buyer_kind": Field(("buyer", "kind"), "text", of_line=False),
        "buyer_tax_ids": Field(("buyer", "tax_ids"), "list", of_line=False),
        "buyer_year_to_date": Field(("buyer", "year_to_date"), "number", of_line=False),
        "seller_registrations": Field(("seller", "registrations"), "list", of_line=False),
        "asserted": Field(("asserted",), "list", of_line=False),
    }
    for name in ("incoterm", "transport", "channel", "currency"):
        found[name] = Field((name,), "text", of_line=False)
    for name in ("shipping_cost", "insurance_cost", "discount_amount"):
        found[name] = Field((name,), "number", of_line=False)
    for each in msgspec.structs.fields(Line):
        if each.name not in ("rates", "classification"):
            kind: Kind = "number" if each.name in ("amount", *MEASURES) else "text"
            found[each.name] = Field((each.name,), "code" if each.name == "hs_code" else kind, of_line=True)
    for words in normal_form.FIELDS:
        name = words.replace(".", "_")
        found[name] = found[name]._replace(words=words)
    return found


#: Every field with a column of its own name; `rates_…` and `exchange_rates_…` are further ones.
FIELDS = _fields()


def field_of(name: str) -> Field | None:
    """The field that a column of this name gives, or None.

    >>> field_of("hs_code").path, field_of("rates_duty").path, field_of("exchange_rates_USD").path, field_of("shop")
    (('hs_code',), ('rates', 'duty'), ('exchange_rates', 'USD'), None)
    """
    if name in FIELDS:
        return FIELDS[name]
    if name.startswith(EXCHANGE_PREFIX) and re.fullmatch(r"[A-Z]{3}", name.removeprefix(EXCHANGE_PREFIX)):
        return Field(("exchange_rates", name.removeprefix(EXCHANGE_PREFIX)), "number", of_line=False)
    if name.startswith(RATE_PREFIX) and name != RATE_PREFIX:
        return Field(("rates", name.removeprefix(RATE_PREFIX)), "text", of_line=True)
    return None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by field: `column_names[field name]` is the table's own name.

    `constants`: fields that no column gives. `on`: the day of the law in place of any date. `explain`: the answer also
    has the law, the reasons and the rows of law that decided. `language`: that of the messages of faults.
    """

    column_names: Mapping[str, str]
    constants: Mapping[str, str]
    on: dt.date | None = None
    explain: bool = False
    language: str = "en"

    def column(self, batch: Any, field_name: str) -> Any | None:
        """The Arrow array of a field in a batch; None where no column gives it."""
        name = self.column_names.get(field_name)
        return None if name is None else batch.column(name)

    def fields(self) -> dict[str, Field]:
        """The fields that a column or a constant gives; without `consignment`."""
        found = {field_name: field_of(field_name) for field_name in (*self.column_names, *self.constants)}
        return {field_name: field for field_name, field in found.items() if field is not None}


def resolve_columns(
    schema: pa.Schema,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    *,
    on: dt.date | None = None,
    explain: bool = False,
    language: str = "en",
) -> Columns:
    """The columns of a table with this schema.

    `mapping`: the table's name to the field; None or "" ignores a column. Raises TableError that names the column and
    what to do.

    >>> names = ["shop", "from", "ship_to_country", "currency", "amount", "hs_code"]
    >>> schema = pa.schema([(name, pa.string()) for name in names])
    >>> resolve_columns(schema, {"from": "ship_from_country"}).column_names["ship_from_country"]
    'from'
    """
    mapping, constants = mapping or {}, dict(constants or {})
    names = list(schema.names)
    _check_names(names, explain)
    for name in mapping:
        if name not in names:
            raise TableError(
                f"The table has no column {in_quotes(name)} to map.{_hint(name, names)} Columns: {', '.join(names)}."
            )
    column_names: dict[str, str] = {}
    for name in names:
        field_name = mapping[name] if name in mapping else _field_of_column(name, mapping)
        if field_name and field_name in column_names:
            raise WordedTableError(
                "Two columns are assigned to {field!r}: {one!r} and {other!r}. Map one of them to nothing.",
                field=field_name,
                one=column_names[field_name],
                other=name,
            )
        if field_name:
            column_names[field_name] = name
    _check(column_names, constants, names, explicit={field_name for field_name in mapping.values() if field_name})
    for field_name, name in column_names.items():
        _check_type(field_name, name, schema.field(name).type)
    return Columns(column_names, constants, on, explain, language)


def _check_names(names: list[str], explain: bool) -> None:
    """Checks that each column has a name of its own, which is none of the result."""
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise WordedTableError("Several columns have the name {name!r}. Give each its own name.", name=repeated[0])
    if odd := [name for name in names if name.startswith(INTERNAL_PREFIX)]:
        raise TableError(f"The column {in_quotes(odd[0])} begins with a control character that is reserved. Rename it.")
    if taken := [name for name in (*ANSWER_COLUMNS, *(EXPLAIN_COLUMNS if explain else ())) if name in names]:
        raise WordedTableError(
            "The table has a column {name!r} already, which is a name of the result. Rename or drop it first.",
            name=taken[0],
        )


def earlier_answer(names: Sequence[str]) -> list[str]:
    """The columns of an earlier answer, if the table is one.

    >>> earlier_answer(["amount", "status"])
    []
    """
    if not names or not {"regime", "treatment", "status", "outcome", "landed", "out_currency", "fault"} <= set(names):
        return []
    explained = EXPLAIN_COLUMNS if set(EXPLAIN_COLUMNS) <= set(names) else ()
    return [name for name in (*ANSWER_COLUMNS, *explained) if name in names]


def kind_of(name: str, mapping: Mapping[str, str | None] | None = None) -> str:
    """The kind of the cells of a column; empty where it does not give a field.

    >>> kind_of("hs_code"), kind_of("code", {"code": "hs_code"}), kind_of("shop")
    ('code', 'code', '')
    """
    field_name = (mapping or {}).get(name, name)
    field = field_of(field_name) if field_name else None
    return field.kind if field is not None else ""


def _field_of_column(name: str, mapping: Mapping[str, str | None]) -> str | None:
    """The field of a column that is not mapped: a known field or none. Raises TableError for a likely typing error."""
    if name in mapping.values():
        return None  # another column is mapped to this field
    if name == CONSIGNMENT or field_of(name) is not None:
        return name
    if near := _similar_field(name):
        raise WordedTableError(
            "The column {name!r} is not known. Did you mean {field!r}? Rename it or map it to that; map it to nothing "
            "if it is to pass through unread.",
            name=name,
            field=near,
        )
    return None


def _similar_field(name: str) -> str:
    """The known name that this one seems to mean, or an empty text."""
    plain = re.sub(r"[\s.\-/]+", "_", name.strip()).strip("_")
    for each in (plain, plain.lower()):
        if each == CONSIGNMENT or field_of(each) is not None:
            return each
    if plain.lower().startswith(EXCHANGE_PREFIX) and field_of(EXCHANGE_PREFIX + plain[len(EXCHANGE_PREFIX) :].upper()):
        return EXCHANGE_PREFIX + plain[len(EXCHANGE_PREFIX) :].upper()
    if plain.lower() in ALIASES:
        return ALIASES[plain.lower()]
    known = [*FIELDS, CONSIGNMENT, "rates_duty", "rates_vat", "exchange_rates_USD", "exchange_rates_EUR"]
    return next(iter(get_close_matches(plain.lower(), known, n=1, cutoff=MIN_SIMILARITY)), "")


def suggested_field(name: str) -> str:
    """The field, or `consignment`, that a column of this name seems to mean; otherwise an empty text.

    >>> suggested_field("Ship-To Country"), suggested_field("exchange_rates_usd"), suggested_field("shop")
    ('ship_to_country', 'exchange_rates_USD', '')
    """
    return name if name == CONSIGNMENT or field_of(name) is not None else _similar_field(name)


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=MIN_SIMILARITY)
    return f" Did you mean {in_quotes(near[0])}?" if near else ""


def _check(column_names: Mapping[str, str], constants: Mapping[str, str], names: list[str], explicit: set[str]) -> None:
    """Checks that mapped and constant fields exist, and that the fields of a sale are there."""
    for field_name in (*explicit, *constants):
        if field_of(field_name) is None and not (field_name == CONSIGNMENT and field_name in explicit):
            raise TableError(
                f"{in_quotes(field_name)} is not a field of a sale.{_hint(field_name, FIELDS)} "
                f"Fields: {', '.join(FIELDS)}."
            )
    for field_name in constants:
        if field_name in column_names:
            raise TableError(
                f"{in_quotes(field_name)} is set for all rows, and the column "
                f"{in_quotes(column_names[field_name])} gives it too: drop one."
            )
    given = {*column_names, *constants}
    lacking = [name for name in REQUIRED_FIELDS if name not in given]
    if not lacking and not given & {"hs_code", "service", "description"}:
        lacking = ["hs_code (or service, or description)"]
    if lacking:
        raise WordedTableError(
            "Missing: {fields}. Rename a column, map one (--map COLUMN=FIELD; API: map.COLUMN=FIELD; Python: mapping), "
            "or set a value for all rows (--set FIELD=VALUE; API: set.FIELD=VALUE; Python: constants). "
            "Columns: {columns}.",
            fields=", ".join(lacking),
            columns=", ".join(names) or "none",
        )


def _check_type(field_name: str, name: str, form: Any) -> None:
    """Checks that cells of this type can be read as the field."""
    t = pa.types
    if t.is_run_end_encoded(form):
        form = form.value_type
    if t.is_dictionary(form):
        form = form.value_type
    text = t.is_string(form) or t.is_large_string(form) or t.is_string_view(form) or t.is_null(form)
    numeric = is_number(form)
    field = field_of(field_name)
    kind = field.kind if field is not None else "text"
    lists = t.is_list(form) or t.is_large_list(form) or t.is_list_view(form) or t.is_large_list_view(form)
    listed = lists and not t.is_nested(form.value_type)
    fits = {
        "text": text or t.is_integer(form),
        "code": text or numeric,
        "number": text or numeric,
        "day": text or t.is_date(form) or t.is_timestamp(form),
        "list": text or listed,
    }[kind]
    if not fits:
        wanted = {"number": "numbers or text", "day": "days, times or text", "list": "lists of text, or text"}
        raise TableError(
            f"The column {in_quotes(name)} is of type {form}, which cannot be read as {field_name}: "
            f"give {wanted.get(kind, 'text')}, or map it to nothing."
        )


def is_number(form: Any) -> bool:
    """Whether the cells of a type are numbers."""
    return bool(pa.types.is_integer(form) or pa.types.is_floating(form) or pa.types.is_decimal(form))


def is_list_of_values(form: Any) -> bool:
    """Whether the cells of a type are lists of single values."""
    return (pa.types.is_list(form) or pa.types.is_large_list(form)) and not pa.types.is_nested(form.value_type)
