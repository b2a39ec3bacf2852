"""Amounts that are encoded here are read as those that PyArrow encodes, with the same statistics."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.batch.formats import writers, zstd_numbers
from entrepot.batch.formats.parquet_amounts import encode_amounts
from entrepot.batch.formats.zstd_numbers import BLOCK_NUMBERS, MARGIN, MAX_LITERALS, MAX_WIDTH, MIN_WIDTH, SPACE
from entrepot.batch.rows.answers import MONEY

CHANCE = np.random.default_rng(26)
#: Columns that differ in how long numbers are, how many are null, and how many follow an equal one.
KINDS: dict[str, Callable[[int], Any]] = {
    "prices": lambda many: CHANCE.integers(1, 10**6, many) * 10,
    "of all sizes": lambda many: CHANCE.integers(0, 2**62, many) >> CHANCE.integers(0, 62, many),
    "large": lambda many: CHANCE.integers(2**61, 2**62, many),
    "one byte": lambda many: CHANCE.integers(0, 256, many),
    "half are equal": lambda many: np.repeat(CHANCE.integers(0, 10**9, many), 2)[:many],
    "mostly zero": lambda many: np.where(CHANCE.random(many) < 0.9, 0, 2_500),
    "one number": lambda many: np.full(many, 7_000),
}
SIZES = (1, 2, 3, 4, 9, 300, BLOCK_NUMBERS, BLOCK_NUMBERS + 1, BLOCK_NUMBERS + 2, 3 * BLOCK_NUMBERS)


def money(numbers: Any, known: Any, form: Any = MONEY) -> pa.Array:
    """Amounts by the units of their last place."""
    cells = np.zeros((len(numbers), 2), np.int64)
    cells[:, 0] = numbers
    bits = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(form, len(numbers), [bits, pa.py_buffer(cells)])


@pytest.mark.parametrize("width", range(MIN_WIDTH, MAX_WIDTH + 1))
@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_is_what_zstandard_decodes(kind: str, many: int, width: int) -> None:
    most = zstd_numbers.max_literals(width)
    numbers = KINDS[kind](max(many, zstd_numbers.MIN_NUMBERS)).astype(np.int64) >> 8 * (MAX_LITERALS - most)
    lengths, head = np.empty(len(numbers), np.uint8), b"the levels" * 50
    out = np.empty(len(head) + SPACE * len(numbers) + MARGIN, np.uint8)
    found = zstd_numbers.measure(numbers, lengths)
    size = zstd_numbers.write_frame(head, numbers, lengths, found.counts, out, width)
    expected = head + b"".join(each.to_bytes(width) for each in numbers.tolist())
    assert pa.Codec("zstd").decompress(out[:size], len(expected)).to_pybytes() == expected
    assert (found.lowest, found.highest) == (numbers.min(), numbers.max())
    assert found.counts.sum() == len(numbers)
    assert found.counts[most] == 0 or kind in ("large", "of all sizes") or width == MIN_WIDTH


def write(table: pa.Table) -> bytes:
    """The table as `ParquetWriter` writes it."""
    found = io.BytesIO()
    with writers.open_writer("parquet", found, table.schema, {}, tabs=False) as writer:
        for batch in table.to_batches():
            writer.write(batch)
    return found.getvalue()


def both(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
    """The table with its amounts encoded here, and by PyArrow."""
    monkeypatch.setattr(writers, "OWN_ROWS", 1)
    own = write(table)
    monkeypatch.setattr(writers, "OWN_ROWS", 1 << 62)
    return own, write(table)


@pytest.fixture(params=(0.0, 0.4))
def table(request: pytest.FixtureRequest) -> pa.Table:
    """Columns of all kinds among others, in several batches that do not begin at a byte of the bits of nulls."""
    rows = 5_000
    known = CHANCE.random(rows) >= request.param
    columns = {kind.replace(" ", "_"): money(numbers(rows), known) for kind, numbers in KINDS.items()}
    word = pa.array(["word"] * rows)
    whole = pa.table({"first": word, **columns, "landed_high": columns["prices"], "last": word})
    return pa.concat_tables([whole.slice(0, 1), whole.slice(3, 2_000), whole.slice(2_001)])


def check_columns(group: Any, other: Any) -> None:
    """Asserts that the metadata of the columns of two row groups say the same of the content."""
    for place in range(group.num_columns):
        column, like = group.column(place).to_dict(), other.column(place).to_dict()
        same = ("path_in_schema", "physical_type", "num_values", "statistics", "compression", "is_stats_set")
        assert {each: column[each] for each in same} == {each: like[each] for each in same}
        assert set(column["encodings"]) == set(like["encodings"])


def test_the_file_equals_that_of_pyarrow(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "GROUP_ROWS", 1_900)
    own, by_pyarrow = both(table, monkeypatch)
    assert pq.read_table(io.BytesIO(own)).equals(table)
    assert pq.read_schema(io.BytesIO(own)).equals(table.schema)
    assert own != by_pyarrow
    found, expected = (pq.ParquetFile(io.BytesIO(each)).metadata for each in (own, by_pyarrow))
    assert found.num_row_groups == expected.num_row_groups == 3
    for number in range(3):
        group, other = found.row_group(number), expected.row_group(number)
        assert group.num_rows == other.num_rows
        check_columns(group, other)
        sizes = [group.column(place) for place in range(found.num_columns)]
        assert group.total_byte_size == sum(each.total_uncompressed_size for each in sizes)


def test_other_readers_read_the_file(table: pa.Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Each with code of its own for pages and nulls."""
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    path = tmp_path / "answers.parquet"
    path.write_bytes(both(table, monkeypatch)[0])
    found = polars.read_parquet(path).to_arrow().cast(table.schema)
    assert found.equals(table.combine_chunks())
    sums = duckdb.sql(f"select sum(prices), min(large), max(landed_high), count(one_byte) from '{path}'").fetchall()[0]
    rows = table.to_pydict()
    assert sums == (
        sum(each for each in rows["prices"] if each is not None),
        min(each for each in rows["large"] if each is not None),
        max(each for each in rows["landed_high"] if each is not None),
        sum(each is not None for each in rows["one_byte"]),
    )
    high = max(each for each in rows["prices"] if each is not None)
    assert duckdb.sql(f"select count(*) from '{path}' where prices > {high}").fetchall() == [(0,)]


@pytest.mark.parametrize("odd", [Decimal(-1), Decimal(2**63), Decimal("-0.001"), Decimal(2**64).scaleb(-3)])
def test_amounts_that_do_not_fit_are_left_to_pyarrow(odd: Decimal, monkeypatch: pytest.MonkeyPatch) -> None:
    column = pa.chunked_array([pa.array([Decimal(1), odd, Decimal(3)], MONEY)])
    assert encode_amounts(column) is None
    assert encode_amounts(pa.chunked_array([pa.nulls(4, MONEY)])) is None
    assert encode_amounts(pa.chunked_array([], MONEY)) is None
    table = pa.table({"odd": column, "prices": pa.array([Decimal(5), None, Decimal(6)], MONEY)})
    assert pq.read_table(io.BytesIO(both(table, monkeypatch)[0])).equals(table)


@pytest.mark.parametrize("digits", range(1, 39))
def test_amounts_of_all_widths_and_truth_values_are_the_file_of_pyarrow(
    digits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also without a column that is left to PyArrow, which encodes the amounts of fewer and of more bytes."""
    rows, form = 3_000, pa.decimal128(digits, min(digits, 2))
    most = min(10**digits, 2**62)
    known = CHANCE.random(rows) >= 0.3
    small, all_sizes = CHANCE.integers(0, min(most, 5_000_000), rows), CHANCE.integers(0, most, rows)
    whole = pa.table(
        {
            "small": money(small, known, form),
            "sizes": money(all_sizes >> CHANCE.integers(0, 62, rows), known, form),
            "large": money(all_sizes, known, form),
            "equal": money(np.full(rows, 7), known, form),
            "yes": pa.array([True] * rows),
            "no": pa.array([None, False] * (rows // 2)),
            "either": pa.array(CHANCE.random(rows) < 0.5, mask=~known),
            "none": pa.nulls(rows, pa.bool_()) if digits % 2 else pa.array([False] * rows),
        }
    )
    table = pa.concat_tables([whole.slice(0, 1), whole.slice(3, 1_100), whole.slice(1_103)])
    monkeypatch.setattr(writers, "GROUP_ROWS", 1_500)
    own, by_pyarrow = both(table, monkeypatch)
    assert pq.read_table(io.BytesIO(own)).equals(table)
    found, expected = (pq.ParquetFile(io.BytesIO(each)).metadata for each in (own, by_pyarrow))
    for number in range(2):
        group, other = found.row_group(number), expected.row_group(number)
        assert group.num_rows == other.num_rows
        check_columns(group, other)
        sizes = [group.column(place).total_uncompressed_size for place in range(found.num_columns)]
        assert group.total_byte_size == sum(sizes)


def test_other_readers_read_a_file_without_columns_of_pyarrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    rows, form = 20_000, pa.decimal128(14, 2)
    known = CHANCE.random(rows) >= 0.1
    amounts, truths = (
        money(CHANCE.integers(0, 10**7, rows), known, form),
        pa.array(CHANCE.random(rows) < 0.3, mask=~known),
    )
    table = pa.table({"amount": amounts, "at_least": truths})
    path = tmp_path / "answers.parquet"
    path.write_bytes(both(table, monkeypatch)[0])
    assert polars.read_parquet(path).to_arrow().cast(table.schema).equals(table)
    found = duckdb.sql(f"select sum(amount), count(at_least), count(*) filter (at_least) from '{path}'").fetchall()[0]
    wanted = sum(each for each in amounts.to_pylist() if each is not None), int(known.sum()), truths.true_count
    assert found == wanted
