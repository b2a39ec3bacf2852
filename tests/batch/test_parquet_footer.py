"""Row groups that are encoded separately give the file that PyArrow writes when it encodes them one after the other."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.batch.formats import writers
from entrepot.batch.formats.parquet_footer import JoinedFile

OPTIONS = {"compression": "zstd", "use_dictionary": ["word"], "write_statistics": True}


SCHEMA = pa.schema(
    [
        ("word", pa.string()),
        ("amount", pa.decimal128(24, 3)),
        ("share", pa.float64()),
        ("yes", pa.bool_()),
        ("day", pa.date32()),
        ("list", pa.list_(pa.string())),
        ("inner", pa.struct([("x", pa.int8()), ("y", pa.int64())])),
    ],
    metadata={"made": "by the test"},
)


def group(number: int, rows: int) -> pa.Table:
    """Rows of many types, with nulls; words differ between groups."""
    columns = [
        [None if at % 5 == 4 else f"w{at % 3 + number}" for at in range(rows)],
        [Decimal(at * 7 + number).scaleb(-3) for at in range(rows)],
        [at / 8 for at in range(rows)],
        [at % 2 == 0 for at in range(rows)],
        [dt.date(2026, 1, 1 + at % 28) for at in range(rows)],
        [["a"] * (at % 3) for at in range(rows)],
        [{"x": at % 100, "y": None} for at in range(rows)],
    ]
    return pa.table([pa.array(each, field.type) for each, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def written_at_once(groups: list[pa.Table]) -> bytes:
    """The file as PyArrow writes it."""
    found = io.BytesIO()
    with pq.ParquetWriter(found, SCHEMA, **OPTIONS) as writer:
        for each in groups:
            writer.write_table(each, row_group_size=1_000)
    return found.getvalue()


def joined(groups: list[pa.Table]) -> bytes:
    """The file of groups that are encoded separately."""
    found = io.BytesIO()
    file = JoinedFile(found, written_at_once([]))
    for each in groups:
        file.add(written_at_once([each]))
    file.close()
    return found.getvalue()


@pytest.mark.parametrize("sizes", [[], [0], [1], [50, 3], [2] * 40, [2_500, 10]])
def test_joined_groups_are_the_file_that_pyarrow_writes(sizes: list[int]) -> None:
    groups = [group(number, rows) for number, rows in enumerate(sizes)]
    assert joined(groups) == written_at_once(groups)


def test_places_of_page_indexes_are_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    more: dict[str, Any] = {"write_page_index": True}
    monkeypatch.setattr(f"{__name__}.OPTIONS", OPTIONS | more)
    groups = [group(number, 40) for number in range(3)]
    file = pq.ParquetFile(io.BytesIO(joined(groups)))
    assert file.metadata.row_group(2).column(1).has_column_index
    assert file.read().equals(pa.concat_tables(groups))


@pytest.mark.parametrize("failing", range(3))
def test_a_group_that_cannot_be_encoded_ends_the_writing_without_a_footer(
    monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Whichever thread encodes it: what was written is no file, so that no rows are missing unseen."""
    encode = writers.ParquetWriter._encode_group

    def fail(self: writers.ParquetWriter, rows: pa.Table) -> writers.EncodedGroup:
        if rows["amount"][0].as_py() == failing:
            raise MemoryError
        return encode(self, rows)

    monkeypatch.setattr(writers.ParquetWriter, "_encode_group", fail)
    monkeypatch.setattr(writers, "GROUP_ROWS", 10)
    batch = pa.table({"amount": [number for number in range(3) for _ in range(10)]}).to_batches()[0]
    found = io.BytesIO()
    with (
        pytest.raises(MemoryError),
        writers.open_writer("parquet", found, batch.schema, {}, tabs=False) as writer,
    ):
        writer.write(batch)
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(found.getvalue()))
