"""The columns of the answer.

Assessors return a record batch of `answer_schema()`: amounts are decimals with three places, in the currency
`out_currency`; null where there is no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.rows.cells import NUMBER_MARK
from entrepot.batch.rows.columns import AMOUNT_COLUMNS, ANSWER_COLUMNS, EXPLAIN_COLUMNS, Columns
from entrepot.batch.rows.context import LawContext

MONEY = pa.decimal128(24, 3)
WORD = pa.dictionary(pa.int16(), pa.string())
#: Sentences with values, of which a table may have more than 32,767 different ones.
SENTENCE = pa.dictionary(pa.int32(), pa.string())
#: Metadata of a column of texts some of which were numbers; `cells.NUMBER_MARK` distinguishes them.
MIXED_METADATA = {b"entrepot": b"numbers among texts"}
#: The first amount that is too large for MONEY.
TOO_LARGE = 10**21
COLUMN_TYPES: dict[str, Any] = {
    **dict.fromkeys(("regime", "treatment", "status", "outcome", "out_currency", "fault", "fault_field", "law"), WORD),
    **dict.fromkeys(AMOUNT_COLUMNS, MONEY),
    "at_least": pa.bool_(),
    "reasons": pa.list_(pa.string()),
    "rows": pa.list_(pa.string()),
    "fault_message": SENTENCE,
}

#: Assesses a batch of whole consignments. Returns a mask of the rows that it assessed (bool, one for each row), and
#: their answers in their order, a record batch of `answer_schema(columns.explain)`. The last assessor assesses all its
#: rows; the others get only rows that are a sale by themselves.
Assessor = Callable[[Any, Columns, LawContext], "tuple[np.ndarray[Any, np.dtype[np.bool_]], pa.RecordBatch]"]


class Row(NamedTuple):
    """The answer of one row, in the order of the columns."""

    regime: str | None = None
    treatment: str | None = None
    status: str | None = None
    outcome: str | None = None
    duties: Decimal | None = None
    taxes: Decimal | None = None
    fees: Decimal | None = None
    charges: Decimal | None = None
    landed: Decimal | None = None
    charges_low: Decimal | None = None
    charges_high: Decimal | None = None
    landed_low: Decimal | None = None
    landed_high: Decimal | None = None
    at_least: bool | None = None
    out_currency: str | None = None
    fault: str | None = None
    fault_field: str | None = None
    fault_message: str | None = None
    law: str | None = None
    reasons: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def answer_names(explain: bool) -> tuple[str, ...]:
    """The columns of an answer in the output."""
    return (*ANSWER_COLUMNS, *(EXPLAIN_COLUMNS if explain else ()))


def answer_schema(explain: bool) -> pa.Schema:
    """The schema of answers, as assessors return them and as the output has them.

    >>> answer_schema(explain=False).field("landed").type, answer_schema(explain=True).field("rows").type
    (Decimal128Type(decimal128(24, 3)), ListType(list<item: string>))
    """
    return pa.schema([(name, COLUMN_TYPES[name]) for name in answer_names(explain)])


def answer_batch(rows: Sequence[Row], explain: bool) -> pa.RecordBatch:
    """Answers of some rows as a record batch."""
    wanted, fields = answer_schema(explain), Row._fields
    columns: Sequence[Any] = tuple(zip(*rows, strict=True)) or [()] * len(fields)
    made = []
    for field in wanted:
        values = columns[fields.index(field.name)]
        if pa.types.is_dictionary(field.type):
            made.append(pa.array(values, pa.string()).dictionary_encode().cast(field.type))
        else:
            made.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(made, schema=wanted)


def merge_answers(parts: Sequence[tuple[Any, pa.RecordBatch]], explain: bool) -> pa.RecordBatch:
    """Merges answers: each part comes with the indices of its rows; together they are all rows once."""
    table = pa.Table.from_batches([batch for _, batch in parts], answer_schema(explain)).unify_dictionaries()
    places = np.concatenate([where for where, _ in parts])
    back = np.empty_like(places)
    back[places] = np.arange(len(places))
    return single_batch(table.take(pa.array(back)))


def single_batch(table: pa.Table) -> pa.RecordBatch:
    """A table, of columns that are read or of answers, as one record batch."""
    batches = table.unify_dictionaries().combine_chunks().to_batches()
    if len(batches) > 1:  # more than 2 GB of text do not fit in an array of `string`
        batches = table.cast(pa.schema([(each.name, _large_type(each.type)) for each in table.schema])).combine_chunks()
        batches = batches.to_batches()
    if batches:
        (batch,) = batches
        return batch
    empty = table.schema.empty_table()
    return pa.RecordBatch.from_arrays([column.chunk(0) for column in empty.columns], schema=table.schema)


def _large_type(form: Any) -> Any:
    return pa.large_string() if pa.types.is_string(form) else form


def unify_answer_dictionaries(table: pa.Table, answered: Sequence[str]) -> pa.Table:
    """A table with one dictionary in each of these answer columns; the user's own columns stay as they are."""
    for place, name in enumerate(table.schema.names):
        if name in answered and pa.types.is_dictionary(table.schema.types[place]):
            table = table.set_column(place, table.schema.field(place), table.column(place).unify_dictionaries())
    return table


def append_answers(batch: pa.RecordBatch, answers: pa.RecordBatch, explain: bool) -> pa.RecordBatch:
    """The columns of the table and of the answer."""
    arrays = [*map(original_column, batch.columns, batch.schema), *map(answers.column, answer_names(explain))]
    return pa.RecordBatch.from_arrays(arrays, schema=schema_with_answers(batch.schema, explain))


def schema_with_answers(table: pa.Schema, explain: bool) -> pa.Schema:
    """The schema of a table with its answers."""
    fields = [*map(original_field, table), *answer_schema(explain)]
    return pa.schema(fields, metadata=table.metadata)


def original_field(field: pa.Field) -> pa.Field:
    """A column's field as it was in the input, without metadata added while reading."""
    return field.remove_metadata() if field.metadata and b"entrepot" in field.metadata else field


def original_column(column: Any, field: pa.Field) -> Any:
    """A column as it was in the input, without the mark of numbers."""
    if field.metadata != MIXED_METADATA:
        return column
    return pc.replace_substring_regex(column, f"^{NUMBER_MARK}", "")


def amounts_as_text(amounts: Any, currencies: Any, decimals: dict[str, int]) -> Any:
    """Amounts as texts with the decimals of their currencies; null stays null.

    >>> yen = amounts_as_text(pa.array([Decimal("92400"), None], MONEY), pa.array(["JPY", "JPY"]), {"JPY": 0})
    >>> yen.to_pylist()
    ['92400', None]
    """
    full = pc.cast(amounts, pa.string())
    text = full
    codes = pc.cast(currencies, pa.string())
    for places in range(3):
        here = [code for code, digits in decimals.items() if digits == places]
        cut = pc.utf8_slice_codeunits(full, 0, -(3 - places) if places else -4)
        text = pc.if_else(pc.fill_null(pc.is_in(codes, value_set=pa.array(here, pa.string())), False), cut, text)
    return text


def lists_as_text(lists: Any) -> Any:
    """Lists of values as texts, joined by semicolons; null stays null.

    >>> lists_as_text(pa.array([["a", None, "b"], None], pa.list_(pa.string()))).to_pylist()
    ['a; ; b', None]
    """
    words = lists.cast(pa.list_(pa.string()))
    filled = pa.ListArray.from_arrays(words.offsets, pc.fill_null(words.values, ""))
    return pc.if_else(words.is_valid(), pc.binary_join(filled, "; "), None)
