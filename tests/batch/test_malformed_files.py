"""Damaged files, unusual headers, blank lines, and two outputs to standard output."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.table_files import NAMES, csv_lines, read_csv, run
from entrepot import TableError
from entrepot.app import law_context
from entrepot.batch.formats.readers import open_source
from entrepot.batch.run.consignments import pair_with_answers
from entrepot.batch.run.files import Sizes
from entrepot.batch.run.lookup import check_row
from entrepot.cli import main

FIXED = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "amount": "100", "date": "2026-03-01"}


def damaged_parquet(path: Path) -> Path:
    """A Parquet file whose pages in the middle are damaged; its footer is intact."""
    rows = [dict(zip(NAMES, line.split(","), strict=True)) for line in csv_lines(3000)[1:]]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=1000, compression="zstd")
    content = bytearray(path.read_bytes())
    begin = len(content) // 3
    content[begin : begin + 400] = bytes(400)
    path.write_bytes(content)
    return path


def test_damaged_parquet_pages_are_refused(tmp_path: Path) -> None:
    source = damaged_parquet(tmp_path / "in.parquet")
    for held in ({}, {"mapping": {"shop": "consignment"}}):
        with pytest.raises(TableError, match="cannot be read further"):
            run(source, tmp_path / "out.csv", Sizes(held_bytes=1000), **held)
        assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress("\n".join(csv_lines(20_000)).encode()))
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    (tmp_path / "in.csv.gz").write_bytes(content)
    with pytest.raises(TableError, match="cannot be read"):
        run(tmp_path / "in.csv.gz", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv.gz"]


def test_with_one_column_an_empty_line_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("hs_code\n0901.21\n\n0901.21\n\n")
    done = run(tmp_path / "in.csv", tmp_path / "out.csv", constants=FIXED, faults=tmp_path / "faults.csv")
    assert done.rows == 4
    assert [row["fault"] or "" for row in read_csv(tmp_path / "out.csv")] == ["", "missing", "", "missing"]
    assert [row["row"] for row in read_csv(tmp_path / "faults.csv")] == ["2", "4"]
    for end in ("", "\n"):
        (tmp_path / "in.csv").write_text("hs_code" + end)
        assert run(tmp_path / "in.csv", tmp_path / "out.csv", constants=FIXED).rows == 0


def test_with_several_columns_an_empty_line_is_skipped(tmp_path: Path) -> None:
    head, first, *rest = csv_lines(12)
    (tmp_path / "in.csv").write_text("\n".join([head, first, "", *rest]) + "\n")
    done = run(tmp_path / "in.csv", tmp_path / "out.csv", faults=tmp_path / "faults.csv")
    assert done.rows == 12
    assert [row["row"] for row in read_csv(tmp_path / "faults.csv")] == ["1", "11"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters_inside_quotes_are_not_counted(tmp_path: Path, delimiter: str) -> None:
    head, *rows = csv_lines(3)
    head = head.replace(",", delimiter).replace("shop", '"shop, its ""own"", and, so, on, and, on"')
    (tmp_path / "in.csv").write_text("\n".join([head, *(row.replace(",", delimiter) for row in rows)]) + "\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv")[0]['shop, its "own", and, so, on, and, on'] == "s0"


def test_row_numbers_outside_the_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("\n".join(csv_lines(3)) + "\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    for number in (0, 4):
        with pytest.raises(TableError, match=f"Row {number} does not exist: the table has 3 rows"):
            check_row(open_source(tmp_path / "out.csv", "csv"), number, law_context())


def test_a_row_with_an_unread_date_beyond_the_calendar_is_checked(tmp_path: Path) -> None:
    rows = [dict(zip(NAMES, line.split(","), strict=True)) for line in csv_lines(6)[1:]]
    table = pa.Table.from_pylist(rows).append_column("made", pa.array([99_999_999] * 6, pa.int32()).cast(pa.date32()))
    table = table.append_column("consignment", pa.array(["a", "b", "c", "d", "c", "e"], pa.string_view()))
    pq.write_table(table, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = check_row(open_source(tmp_path / "out.parquet", "parquet"), 2, law_context())
    assert (found.fault, dict(found.differences)) == (None, {})
    assert check_row(open_source(tmp_path / "out.parquet", "parquet"), 3, law_context()).rows == 2


def test_a_table_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    rows = [pa.record_batch({"a": [1, 2, 3]})]
    assert [one.num_rows for one, _ in pair_with_answers(rows, iter([pa.record_batch({"b": [1]})] * 3))] == [3]
    for count in (2, 4):
        with pytest.raises(TableError, match="was changed"):
            list(pair_with_answers(rows, iter([pa.record_batch({"b": [1]})] * count)))


def test_standard_output_receives_answers_or_faults_but_not_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("\n".join(csv_lines(3)) + "\n")
    assert main(["batch", "in.csv", "--to", "-", "--faults", "-"]) == 3
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"cannot both go to standard output" in err
    assert main(["batch", "in.csv", "--to", "out.csv", "--faults", "-", "--json"]) == 0
    out, err = capfdbinary.readouterr()
    assert [line.partition(b",")[0] for line in out.splitlines()] == [b"row", b"1"]
    assert b"3 rows written" in err
