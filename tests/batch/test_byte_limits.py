"""Small files that decode to gigabytes: a child process reads, downloads or refuses each in bounded memory."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.test_xlsx import BEGIN, END, create_xlsx, text
from entrepot.batch.formats.byte_limits import split_by_bytes
from entrepot.batch.formats.parquet_pages import longest_word
from entrepot.model.errors import TableTooLarge
from sizes import size

#: Megabytes that a child may take beyond what its imports take.
ALLOWED = 700
ROWS = 20_000
CHILD = """
import resource, sys
from pathlib import Path
import entrepot
from entrepot.model.errors import TableError
from entrepot.batch.formats import xlsx_sheet
from entrepot.batch.run import downloads, preview
from entrepot.batch.formats.readers import open_source
way, path, kind = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
before, size = peak(), 0
try:
    if way == "read":
        for batch in open_source(path, kind).batches():
            size += batch.num_rows
    elif way == "head":
        size = len(preview.read_preview(path, kind, 20_000_000).rows)
    elif way == "lines":
        lines = path.with_suffix(".jsonl")
        xlsx_sheet.write_json_lines(path, lines)
        size = lines.stat().st_size
    else:
        made = downloads.iter_csv(path, {}) if way == "csv" else downloads.iter_xlsx(path, {}, {})
        for piece in made:
            size += len(piece)
            if size > 400_000_000:
                break
    said = ""
except TableError as error:
    said = str(error)
print(peak() - before, size, said.replace(chr(10), " "))
"""
HEAD = b"hs_code,amount,note\n"
ROW = b"0901.21,100.00,x\n"


def child(way: str, path: Path, kind: str = "parquet") -> tuple[int, int, str]:
    """What a child process used to read a file: megabytes beyond its imports, rows or bytes, and why it refused."""
    process = subprocess.run(
        [sys.executable, "-c", CHILD, way, str(path), kind], capture_output=True, text=True, check=True, timeout=900
    )
    peak, size, *refusal = process.stdout.strip().split(" ", 2)
    return int(peak), int(size), refusal[0] if refusal else ""


def processor_seconds() -> float:
    """The time of the processors that child processes have used: the time of a busy machine says nothing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def one_word(path: Path, size: int, columns: int = 1, rows: int = ROWS, **how: object) -> Path:
    """A Parquet file of columns that hold one long word in every row."""
    word = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * size]))
    pq.write_table(pa.table({f"note{each}": word for each in range(columns)}), path, compression="zstd", **how)
    return path


@pytest.mark.parametrize("stored", [True, pytest.param(False, marks=pytest.mark.long)])
@pytest.mark.parametrize("way", ["read", "csv", pytest.param("xlsx", marks=pytest.mark.long), "head"])
def test_a_long_word_in_every_row_is_read_few_rows_at_a_time(tmp_path: Path, way: str, stored: bool) -> None:
    path = one_word(tmp_path / "a.parquet", 220_000, store_schema=stored)
    assert path.stat().st_size < 2_000
    peak, size, refusal = child(way, path)
    assert refusal == ""
    assert size > 4
    assert peak < ALLOWED


@pytest.mark.long
def test_many_columns_of_long_words_are_limited_together(tmp_path: Path) -> None:
    path = one_word(tmp_path / "a.parquet", 100_000, columns=40, store_schema=False)
    peak, _, refusal = child("csv", path)
    assert refusal == ""
    assert peak < ALLOWED


def test_a_cell_above_the_limit_is_refused_with_its_column(tmp_path: Path) -> None:
    path = one_word(tmp_path / "a.parquet", 3 << 20, store_schema=False)
    for way in ("read", "head", "csv"):
        peak, _, refusal = child(way, path)
        assert 'The column "note0" has a cell of 3 MB. A cell may have at most 1 MB' in refusal
        assert peak < 100


def lists(path: Path) -> Path:
    """One row with a list of very many words: runs of one length and of one word."""
    count = 100_000_000
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array(["x" * 100]))
    rows = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), words)
    pq.write_table(pa.table({"many": rows}), path, compression="zstd", store_schema=False, data_page_size=1 << 30)
    return path


def prefixes(path: Path) -> Path:
    """Words that each repeat the one before, as DELTA_BYTE_ARRAY stores them."""
    words = pa.array(["x" * 200_000 + str(number) for number in range(2_000)])
    table = pa.table({"note": words})
    pq.write_table(table, path, compression="zstd", use_dictionary=False, column_encoding={"note": "DELTA_BYTE_ARRAY"})
    return path


def page(path: Path) -> Path:
    """One page that unpacks to a thousand times its size."""
    words = pa.array(["y" * 1_000_000] * 400)
    pq.write_table(
        pa.table({"note": words}), path, compression="zstd", use_dictionary=False, data_page_size=1 << 30,
        max_rows_per_page=1 << 20,
    )  # fmt: skip
    return path


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "message"),
    [pytest.param(lists, "in one row group", marks=pytest.mark.long), (prefixes, ""), (page, "in one row group")],
)
def test_pages_that_unpack_to_too_much_are_refused_before_unpacking(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    peak, _, refusal = child("read", make(tmp_path / "a.parquet"))
    assert message in refusal
    assert bool(message) is bool(refusal)
    assert peak < ALLOWED


def test_null_columns_are_read_in_bounded_memory(tmp_path: Path) -> None:
    rows = 100_000
    table = pa.table({f"c{each}": pa.nulls(rows, pa.string()) for each in range(300)})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    peak, size, refusal = child("read", tmp_path / "a.parquet")
    assert (size, refusal) == (rows, "")
    assert peak < ALLOWED


def test_an_arrow_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    batch = pa.record_batch({"a": pa.array(np.zeros(80_000_000, np.int64))})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for name, make in (("a.arrow", pa.ipc.new_file), ("b.arrow", pa.ipc.new_stream)):
        with make(str(tmp_path / name), batch.schema, options=options) as writer:
            writer.write_batch(batch)
        peak, _, refusal = child("read", tmp_path / name, "arrow")
        assert "more than 256 MB" in refusal
        assert peak < ALLOWED


@pytest.mark.long
def test_json_lines_of_many_fields_or_long_cells_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for number in range(40_000):
            file.write(b'{"a%d": 1}\n' % number)
    assert "more than 2000 fields" in child("read", path, "jsonl")[2]
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(100):
            file.write(b'{"a": "' + b"x" * 1_000_000 + b'"}\n')
    peak, size, refusal = child("read", path, "jsonl")
    assert (size, refusal) == (100, "")
    assert peak < ALLOWED


def test_split_batches_hold_the_same_rows() -> None:
    words = pa.array([number % 7 for number in range(1_000)], pa.int16())
    word = pa.DictionaryArray.from_arrays(words, [str(number) * 500_000 for number in range(7)])
    batch = pa.record_batch({"word": word, "row": pa.array(range(1_000)), "list": pa.array([["a"], None] * 500)})
    parts = list(split_by_bytes([batch]))
    assert len(parts) > 3
    assert [part.schema for part in parts] == [batch.schema] * len(parts)
    assert [row for part in parts for row in part["row"].to_pylist()] == list(range(1_000))
    for part in parts:
        assert part["word"][0].as_py()[0] == str(part["row"][0].as_py() % 7)


def test_the_sum_of_a_table_counts_each_cell_once() -> None:
    """One word of 1,000 bytes among short ones is counted in its own row, not in every row."""
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 9_999 + [1], pa.int32()), ["ab", "x" * 1_000])
    batches = [pa.record_batch({"word": word})] * 10
    counted = 10 * (9_999 * (2 + 4) + 1_000 + 4)  # each text has its bytes and an offset of four
    assert sum(each.num_rows for each in split_by_bytes(batches, counted)) == 100_000
    with pytest.raises(TableTooLarge, match="unpacks to more than"):
        list(split_by_bytes(batches, counted - 1))


@pytest.mark.parametrize(
    "words",
    [
        [b"tea", b"coffee"], [b""], [b"", b"", b"a"], [b"a" * 255, b"b"], [b"a" * 256, b"b"], [b"a" * 70_000],
        [b"\0\0\0\0\0", b"ab"], [b"ab\0", b"\0" * 9], [b"\5\0\0\0abcde", b"x"],
    ],
)  # fmt: skip
def test_the_longest_word_of_a_dictionary_page_is_found_for_any_bytes(words: list[bytes]) -> None:
    page = b"".join(len(word).to_bytes(4, "little") + word for word in words)
    assert longest_word(page) == max(map(len, words))


@pytest.mark.parametrize(
    ("name", "piece", "times", "message"),
    [
        ("a.csv", b"0901.21,100.00," + b"y" * 30_000_000 + b"\n", 1, "After row 3, a row has more than 4 MB"),
        pytest.param(
            "a.csv",
            b"0901.21,100.00," + b"y" * 1_200_000 + b"\n",
            1,
            'Row 4, column "note": the cell has 1.1 MB',
            marks=pytest.mark.long,
        ),
        pytest.param(
            "a.csv.gz", b"a," * 1_000_000, 150, "After row 3, a row has more than 4 MB", marks=pytest.mark.long
        ),
        ("a.csv.gz", b'0901.21,100.00,"' + b"y\n" * 1_000_000, 1, "or a quoted cell does not end"),
        pytest.param("a.csv.gz", b'"' * 1_000_000, 301, "or a quoted cell does not end", marks=pytest.mark.long),
    ],
    ids=["cell", "cell of 1.1 MB", "line", "quote", "quotes"],
)
def test_csv_with_long_cells_or_open_quotes_is_refused_in_little_time_and_memory(
    tmp_path: Path, name: str, piece: bytes, times: int, message: str
) -> None:
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=1) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(HEAD + ROW * 3)
        for _ in range(times):
            file.write(piece)
        if b'"' in piece and times == 1:
            for _ in range(100):
                file.write(piece.replace(b'"', b""))
        file.write(ROW * 3)
    for way in ("read", "head"):
        before = processor_seconds()
        peak, size, refusal = child(way, path, "csv")
        assert message in refusal or (way == "head" and size == 3)
        assert peak < 400
        assert processor_seconds() - before < 30  # of which the start of the process is the most


def test_a_csv_file_has_at_most_5000_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b",".join(b"c%d" % number for number in range(5_001)) + b"\n" + b"," * 5_000 + b"\n")
    assert child("read", path, "csv")[1:] == (
        0, "The table has 5001 columns. At most 5000 are allowed: leave out columns that no answer needs."
    )  # fmt: skip


NAMED = '<row r="1">' + text("A1", "hs_code") + text("B1", "note") + "</row>"


def pieces(piece: bytes, times: int, before: str = NAMED, after: str = END) -> Iterator[bytes]:
    """The XML of a sheet that repeats a piece."""
    yield (BEGIN + before).encode()
    for _ in range(times):
        yield piece
    yield after.encode()


def shared(count: int) -> Iterator[bytes]:
    """The XML of a sheet in which each row has the same shared text."""
    yield (BEGIN + NAMED).encode()
    for number in range(2, count + 2):
        yield b'<row r="%d"><c r="B%d" t="s"><v>0</v></c></row>' % (number, number)
    yield END.encode()


@pytest.mark.long
def test_a_workbook_with_endless_or_repeated_parts_is_limited(tmp_path: Path) -> None:
    """A tag without end; a text shared by a million cells; a million empty cells in a row, and as many rows."""
    text_of = b"<sst><si><t>" + b"z" * 100 + b"</t></si></sst>"
    cases = {
        "tag": (create_xlsx(tmp_path / "tag.xlsx", pieces(b"a" * 1_000_000, 50, NAMED + "<row ")), "cannot be read"),
        "shared": (create_xlsx(tmp_path / "shared.xlsx", shared(size(100_000, 1_000_000)), [text_of]), ""),
        "cells": (
            create_xlsx(tmp_path / "cells.xlsx", pieces(b"<c/>" * 1_000_000, 1, NAMED + '<row r="2">', "</row>" + END)),
            "",
        ),
        "many": (
            create_xlsx(tmp_path / "many.xlsx", pieces(b"<c/>" * 1_000_000, 4, NAMED + '<row r="2">', "</row>" + END)),
            "Row 2 of the sheet has more than 4 MB",
        ),
        "rows": (create_xlsx(tmp_path / "rows.xlsx", pieces(b"<row/>" * size(100_000, 1_000_000), 1)), ""),
    }  # fmt: skip
    for name, (path, message) in cases.items():
        before = processor_seconds()
        peak, _, refusal = child("lines", path, "xlsx")
        assert message in refusal, name
        assert bool(message) is bool(refusal), (name, refusal)
        assert peak < 300, name
        assert processor_seconds() - before < 60, name
        assert not list(tmp_path.glob("*.writing"))
