"""The classes of `measure.tables` on a cluster: each worker adds up its lines as one process does, the driver the rest.

frame = spark.read.parquet("hdfs://…/lines")      # files that `measure export --format parquet` wrote
found = classes_on_spark(frame, "VN", "CNY", rate)
table = table_of(found, "2026")
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from entrepot.batch.statistics import BATCH, SUMS, add_sums, classes_of_sums, sums_of
from entrepot.batch.statistics_files import SCHEMA
from entrepot.measure.lines import FOB
from entrepot.measure.tables import Classes, Rate
from entrepot.model.errors import TableError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_TYPES = {pa.string(): "string", pa.bool_(): "boolean", pa.int64(): "bigint", pa.int32(): "int", pa.int8(): "tinyint"}
_DDL = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in SUMS)


def classes_on_spark(frame: DataFrame, reporter: str, currency: str, rate: Rate, *, valuation: str = FOB) -> Classes:
    """The classes of a reporter from a frame of lines, to the last unit those of one process. Raises TableError."""
    if missing := [name for name in SCHEMA.names if name not in frame.columns]:
        raise TableError(f"The frame has no column {missing[0]!r}: it is not one of lines for statistics.")

    def add_up(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = [sums_of(each, reporter, currency, valuation) for each in _larger(batches)]
        if found:
            yield from add_sums(found).combine_chunks().to_batches()

    summed = frame.select(*SCHEMA.names).mapInArrow(add_up, _DDL).toArrow()
    return classes_of_sums([summed.cast(SUMS)] if summed.num_rows else [], reporter, currency, rate)


def _larger(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Spark's batches are small: several are joined, so that each sum has many lines."""
    waiting: list[pa.RecordBatch] = []
    for each in batches:
        waiting.append(each)
        if sum(batch.num_rows for batch in waiting) >= BATCH:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting = []
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
