"""Quote a Spark DataFrame on the workers of a cluster with the law of the driver.

The driver reads once which law the rows need, compiles it and broadcasts it. Each worker process decodes it once and
reads no packs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from entrepot.batch.assess.batches import assess_batches, consignment_numbers
from entrepot.batch.assess.compile_lock import compile_lock
from entrepot.batch.rows.answers import COLUMN_TYPES, MONEY, answer_names
from entrepot.batch.rows.cells import read_cells, read_constant
from entrepot.batch.rows.columns import CONSIGNMENT, FIELDS, RATE_PREFIX, Columns, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.shipped_law import LawKey, content_key, load_context, ship_law
from entrepot.model.errors import SaleError, TableError, in_quotes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

#: The fields that decide which law a row needs, in the order of `LawKey`.
LAW_FIELDS = ("ship_to_country", "date", "currency")
_LAW_KEY_SCHEMA = "economy string, day date, currency string"
#: Codes of economies and currencies; a row with any other text needs no law.
_CODE = re.compile("[A-Z0-9]{2,3}")
#: What Python's strip() removes; Java's trim removes only spaces.
_BLANK = r"(?U)^[\s\x1c-\x1f]+|[\s\x1c-\x1f]+\z"


def quote_frame(
    frame: DataFrame,
    *,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    explain: bool = False,
    context: LawContext,
    corrections: Mapping[str, str],
) -> DataFrame:
    """The columns of a frame followed by those of the answer (see `entrepot.quote_frame`). Raises TableError.

    `corrections`: the codes that the user chose for descriptions, by their `correction_key`.
    Reads the economies, days and currencies of the frame now, in a job of its own; quotes are calculated when the
    result is used.
    """
    _check_frame(frame, explain)
    columns = resolve_columns(frame.limit(0).toArrow().schema, mapping, constants, on=on, explain=explain)
    described = "description" in {*columns.column_names, *columns.constants}
    own_rates = any(field.startswith(RATE_PREFIX) for field in columns.fields())  # these may name any currency
    named = context.world.decimals if own_rates else ()
    content = ship_law(context, _law_keys(frame, columns), corrections if described else {}, named)
    key, broadcast = content_key(content), frame.sparkSession.sparkContext.broadcast(content)

    def answer_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        worker_context = load_context(key, lambda: broadcast.value)
        for piece in whole_consignments(batches, columns):
            with compile_lock():
                answers = [_without_dictionaries(each) for each in assess_batches(piece, worker_context, columns)]
            yield from answers

    together = _group_consignments(frame, columns) if CONSIGNMENT in columns.column_names else frame
    return together.mapInArrow(answer_partition, _answer_schema(frame, explain))


def _check_frame(frame: DataFrame, explain: bool) -> None:
    """Check that Spark can quote this frame. Raises TableError."""
    if not hasattr(frame, "mapInArrow"):
        raise TableError(f"A {type(frame).__name__} is not a Spark DataFrame. Use quote_table() for other tables.")
    if type(frame).__module__.startswith("pyspark.sql.connect"):
        raise TableError("Spark Connect broadcasts nothing: run this in a session of the cluster itself.")
    if frame.isStreaming:
        raise TableError(
            "The frame is a stream, whose law cannot be known beforehand: quote each batch in foreachBatch."
        )
    if unusable := [name for name in frame.columns if "." in name or "`" in name]:
        raise TableError(
            f"Spark hands no column {in_quotes(unusable[0])} to Python, for its name has a dot or a `: rename it first."
        )
    if frame.sparkSession.conf.get("spark.sql.caseSensitive") == "true":
        return
    clash = [
        name for name in frame.columns if name not in answer_names(explain) and name.lower() in answer_names(explain)
    ]
    if clash:
        raise TableError(
            f"The column {in_quotes(clash[0])} is to Spark the same as {in_quotes(clash[0].lower())}, which is a name "
            "of the answer: rename or drop it first."
        )


def _law_keys(frame: DataFrame, columns: Columns) -> Iterable[LawKey]:
    """The different economies, days and currencies of the rows of a frame."""
    read = [
        columns.column_names[field]
        for field in LAW_FIELDS
        if field in columns.column_names and not (field == "date" and columns.on)
    ]
    if not read:
        return _law_keys_of_batch([], 1, columns)

    def read_keys(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = {each for batch in batches for each in _law_keys_of_batch(batch, batch.num_rows, columns)}
        forms = (pa.string(), pa.date32(), pa.string())
        columns_of_values: Sequence[Any] = tuple(zip(*found, strict=True)) or ((), (), ())
        arrays = [pa.array(values, form) for values, form in zip(columns_of_values, forms, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=["economy", "day", "currency"])

    rows = frame.select(*map(_quote_name, read)).mapInArrow(read_keys, _LAW_KEY_SCHEMA).distinct().collect()
    return {LawKey(row["economy"], row["day"], row["currency"]) for row in rows}


def _law_keys_of_batch(batch: Any, rows: int, columns: Columns) -> set[LawKey]:
    """The different law keys of a batch; a row with an invalid day needs no law."""
    columns_of_values: list[list[Any]] = []
    for field in LAW_FIELDS:
        if field == "date" and columns.on is not None:
            columns_of_values.append([columns.on] * rows)
        elif field in columns.column_names:
            columns_of_values.append(list(read_cells(columns.column(batch, field), FIELDS[field], field)))
        elif field in columns.constants:
            columns_of_values.append([read_constant(columns.constants[field], FIELDS[field], field)] * rows)
        else:
            columns_of_values.append([None] * rows)
    return {
        LawKey(_valid_code(economy), day, _valid_code(currency))
        for economy, day, currency in set(zip(*columns_of_values, strict=True))
        if not isinstance(day, SaleError)
    }


def _valid_code(text: Any) -> str | None:
    return text if isinstance(text, str) and _CODE.fullmatch(text) else None


def _group_consignments(frame: DataFrame, columns: Columns) -> DataFrame:
    """Move the rows of a consignment to one partition, sorted; spread all other rows over the partitions."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415  # F is Spark's own convention; imported only where a frame exists

    name = columns.column_names[CONSIGNMENT]
    key = F.col(_quote_name(name))
    if dict(frame.dtypes)[name].startswith(("string", "char", "varchar")):
        trimmed = F.regexp_replace(key, _BLANK, "")
        # As bytes: a collation may treat two different names as equal.
        key = F.when(trimmed != "", trimmed).cast("binary")
    # By content, so that a retried task gets the same rows.
    spread = F.when(key.isNull(), F.xxhash64(*(F.col(_quote_name(each)) for each in columns.column_names.values())))
    return frame.repartition(key, spread).sortWithinPartitions(key)


def whole_consignments(batches: Iterable[pa.RecordBatch], columns: Columns) -> Iterator[list[pa.RecordBatch]]:
    """Regroup batches so that each piece holds whole consignments. The rows of one must be contiguous.

    The last consignment of a batch waits for the next batch, which may have more of its rows.

    >>> rows = [pa.record_batch({"consignment": names}) for names in (["a", "b"], ["b"], ["b", "c"])]
    >>> pieces = whole_consignments(rows, Columns({"consignment": "consignment"}, {}))
    >>> [[batch.column(0).to_pylist() for batch in piece] for piece in pieces]
    [[['a']], [['b'], ['b'], ['b']], [['c']]]
    """
    pending: list[pa.RecordBatch] = []
    waiting: Any = None
    for batch in batches:
        if CONSIGNMENT not in columns.column_names or not batch.num_rows:
            yield [batch]
            continue
        codes, known = consignment_numbers(batch, columns)
        if pending and (codes[0] < 0 or known[codes[0]] != waiting):
            yield pending
            pending = []
        others = np.flatnonzero(codes != codes[-1])
        cut = batch.num_rows if codes[-1] < 0 else int(others[-1]) + 1 if len(others) else 0
        if cut:
            yield [*pending, batch.slice(0, cut)]
            pending = []
        if cut < batch.num_rows:
            pending.append(batch.slice(cut))
            waiting = known[codes[-1]]
    if pending:
        yield pending


def _without_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Dictionary columns as plain text: Spark has no dictionary type."""
    plain = [column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in batch]
    return pa.RecordBatch.from_arrays(plain, names=batch.schema.names)


def _answer_schema(frame: DataFrame, explain: bool) -> Any:
    """The Spark schema of the frame's columns followed by those of the answer."""
    from pyspark.sql.types import StructField, StructType  # noqa: PLC0415  # imported only where a frame, and so Spark, exists

    return StructType(
        [*frame.schema.fields, *(StructField(name, _spark_type(COLUMN_TYPES[name])) for name in answer_names(explain))]
    )


def _spark_type(form: Any) -> DataType:
    from pyspark.sql.types import (  # noqa: PLC0415  # imported only where a frame, and so Spark, exists
        ArrayType,
        BooleanType,
        DecimalType,
        StringType,
    )

    if form == MONEY:
        return DecimalType(form.precision, form.scale)
    if pa.types.is_boolean(form):
        return BooleanType()
    return ArrayType(StringType()) if pa.types.is_list(form) else StringType()


def _quote_name(name: str) -> str:
    """A column name as Spark reads it in an expression."""
    return "`" + name.replace("`", "``") + "`"
