"""Words that are encoded here are read as those that PyArrow encodes, with the same statistics."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.batch.formats import writers
from entrepot.batch.formats.parquet_words import MAX_BYTES, MAX_WORD, MAX_WORDS, encode_words
from entrepot.batch.rows.columns import ANSWER_COLUMNS

CHANCE = np.random.default_rng(27)
ROWS = 5_000
#: How many words a column has: one, numbers around powers of two, and more than a byte holds.
MANY = (1, 2, 3, 4, 5, 8, 9, 255, 256, 257, 1_000)


def coded(words: list[str], rows: int, nulls: float, form: Any = None) -> pa.DictionaryArray:
    """A column of words, of which some are not used."""
    used = max(1, len(words) - 2)
    places = pa.array(CHANCE.integers(0, used, rows), form or pa.int32(), mask=CHANCE.random(rows) < nulls)
    return pa.DictionaryArray.from_arrays(places, pa.array(words))


def table(nulls: float) -> pa.Table:
    """Columns of the user with words, then some of the answer; in several batches with dictionaries of their own."""
    batches = []
    for number, rows in enumerate((1, 2_500, ROWS)):
        columns: dict[str, Any] = {
            f"of_{many}": coded([f"wörd{(at * 7 + number) % many}" for at in range(many)], rows, nulls) for many in MANY
        }
        columns["number"] = pa.array(range(rows))
        columns["regime"] = coded([f"{at + number}" for at in range(6)], rows, nulls, pa.int16())
        columns["status"] = coded(["open", "closed", "open", "unused"], rows, nulls, pa.int16())
        batches.append(pa.table(columns))
    assert {"regime", "status"} < set(ANSWER_COLUMNS)
    return pa.concat_tables(batches)


def write(rows: pa.Table, monkeypatch: pytest.MonkeyPatch, own_rows: int) -> bytes:
    """The table as `ParquetWriter` writes it, its columns as dictionaries. Its own encoding begins at `own_rows`."""
    monkeypatch.setattr(writers, "OWN_ROWS", own_rows)
    monkeypatch.setattr(writers, "GROUP_ROWS", 3_100)
    words = [name for name in rows.schema.names if name.startswith("of_")]
    found = io.BytesIO()
    with writers.open_writer("parquet", found, rows.schema, {}, tabs=False, words=words) as writer:
        for batch in rows.to_batches():
            writer.write(batch)
    return found.getvalue()


def as_text(rows: pa.Table) -> pa.Table:
    """The table without dictionaries."""
    text = [pa.string() if pa.types.is_dictionary(each.type) else each.type for each in rows.schema]
    return rows.cast(pa.schema(list(zip(rows.schema.names, text, strict=True)))).combine_chunks()


@pytest.mark.parametrize("nulls", [0.0, 0.3, 1.0])
def test_the_file_equals_that_of_pyarrow(nulls: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table(nulls)
    own, by_pyarrow = write(rows, monkeypatch, 1), write(rows, monkeypatch, 1 << 62)
    assert as_text(pq.read_table(io.BytesIO(own))).equals(as_text(rows))
    assert pq.read_schema(io.BytesIO(own)) == pq.read_schema(io.BytesIO(by_pyarrow))
    assert (own != by_pyarrow) == (nulls < 1)
    found, expected = (pq.ParquetFile(io.BytesIO(each)).metadata for each in (own, by_pyarrow))
    assert found.num_row_groups == expected.num_row_groups == 3
    for number in range(3):
        for place in range(found.num_columns):
            column, like = (each.row_group(number).column(place).to_dict() for each in (found, expected))
            same = ("path_in_schema", "physical_type", "num_values", "statistics", "is_stats_set", "encodings")
            assert {each: column[each] for each in same} == {each: like[each] for each in same}


def test_other_readers_read_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Each with code of its own for dictionaries and nulls."""
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    rows = table(0.3)
    path = tmp_path / "answers.parquet"
    path.write_bytes(write(rows, monkeypatch, 1))
    text = as_text(rows)
    assert polars.read_parquet(path).to_arrow().cast(text.schema).equals(text)
    for name in ("of_1", "of_5", "of_257", "regime", "status"):
        counted = duckdb.sql(f"select {name}, count(*) from '{path}' group by all").fetchall()
        values = text[name].to_pylist()
        assert dict(counted) == {each: values.count(each) for each in set(values)}
        assert duckdb.sql(f"select {name} from '{path}' order by number limit 9").fetchall()


@pytest.mark.parametrize(
    "words",
    [["a" * (MAX_WORD + 1)], [str(at) for at in range(MAX_WORDS + 1)], ["a" * 900] * (MAX_BYTES // 900 + 1), []],
)
def test_words_that_are_many_or_long_are_left_to_pyarrow(words: list[str]) -> None:
    places = pa.array([0, None, 0] if words else [None], pa.int32())
    assert (
        encode_words(
            pa.chunked_array([pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()))]), in_order=True
        )
        is None
    )


def test_dictionaries_with_null_and_of_other_types_are_left_to_pyarrow() -> None:
    with_null = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))
    numbers = pa.array([1, 2]).dictionary_encode()
    other = pa.array(["b"]).dictionary_encode()
    for chunks in ([with_null], [numbers], [pa.array(["a"]).dictionary_encode(), other]):
        assert encode_words(pa.chunked_array(chunks), in_order=False) is None
    assert encode_words(pa.chunked_array([], other.type), in_order=False) is None
