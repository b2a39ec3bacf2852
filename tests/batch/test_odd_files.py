"""Files that are broken inside, have odd headers or blank lines; standard output that is wanted twice."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.running import NAMES, lines, run, text_of
from entrepot import TableError
from entrepot.app import law_context
from entrepot.batch.formats.readers import open_source
from entrepot.batch.run.consignments import pair_with_answers
from entrepot.batch.run.files import Sizes
from entrepot.batch.run.lookup import check_row
from entrepot.cli import main

FIXED = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "amount": "100", "date": "2026-03-01"}


def broken(path: Path) -> Path:
    """A Parquet file of which the pages in the middle are damaged; its footer is whole."""
    rows = [dict(zip(NAMES, line.split(","), strict=True)) for line in lines(3000)[1:]]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=1000, compression="zstd")
    content = bytearray(path.read_bytes())
    begin = len(content) // 3
    content[begin : begin + 400] = bytes(400)
    path.write_bytes(content)
    return path


def test_damaged_pages_are_an_input_that_cannot_be_read(tmp_path: Path) -> None:
    source = broken(tmp_path / "in.parquet")
    for held in ({}, {"mapping": {"shop": "consignment"}}):
        with pytest.raises(TableError, match="cannot be read further"):
            run(source, tmp_path / "out.csv", Sizes(held_bytes=1000), **held)
        assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_a_damaged_gzip_is_an_input_that_cannot_be_read(tmp_path: Path) -> None:
    content = bytearray(gzip.compress("\n".join(lines(20_000)).encode()))
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    (tmp_path / "in.csv.gz").write_bytes(content)
    with pytest.raises(TableError, match="cannot be read"):
        run(tmp_path / "in.csv.gz", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv.gz"]


def test_an_empty_line_of_one_column_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("hs_code\n0901.21\n\n0901.21\n\n")
    done = run(tmp_path / "in.csv", tmp_path / "out.csv", constants=FIXED, faults=tmp_path / "faults.csv")
    assert done.rows == 4
    assert [row["fault"] or "" for row in text_of(tmp_path / "out.csv")] == ["", "missing", "", "missing"]
    assert [row["row"] for row in text_of(tmp_path / "faults.csv")] == ["2", "4"]
    for end in ("", "\n"):
        (tmp_path / "in.csv").write_text("hs_code" + end)
        assert run(tmp_path / "in.csv", tmp_path / "out.csv", constants=FIXED).rows == 0


def test_an_empty_line_of_several_columns_is_none(tmp_path: Path) -> None:
    head, first, *rest = lines(12)
    (tmp_path / "in.csv").write_text("\n".join([head, first, "", *rest]) + "\n")
    done = run(tmp_path / "in.csv", tmp_path / "out.csv", faults=tmp_path / "faults.csv")
    assert done.rows == 12
    assert [row["row"] for row in text_of(tmp_path / "faults.csv")] == ["1", "11"]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_separator_inside_of_quotes_is_none(tmp_path: Path, mark: str) -> None:
    head, *rows = lines(3)
    head = head.replace(",", mark).replace("shop", '"shop, its ""own"", and, so, on, and, on"')
    (tmp_path / "in.csv").write_text("\n".join([head, *(row.replace(",", mark) for row in rows)]) + "\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    assert text_of(tmp_path / "out.csv")[0]['shop, its "own", and, so, on, and, on'] == "s0"


def test_there_is_no_row_of_the_number_nil(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("\n".join(lines(3)) + "\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    for number in (0, 4):
        with pytest.raises(TableError, match=f"no row {number}: the table has 3 rows"):
            check_row(open_source(tmp_path / "out.csv", "csv"), number, law_context())


def test_a_row_beside_a_day_beyond_all_years_is_seen_again(tmp_path: Path) -> None:
    rows = [dict(zip(NAMES, line.split(","), strict=True)) for line in lines(6)[1:]]
    table = pa.Table.from_pylist(rows).append_column("made", pa.array([99_999_999] * 6, pa.int32()).cast(pa.date32()))
    table = table.append_column("consignment", pa.array(["a", "b", "c", "d", "c", "e"], pa.string_view()))
    pq.write_table(table, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = check_row(open_source(tmp_path / "out.parquet", "parquet"), 2, law_context())
    assert (found.fault, dict(found.differences)) == (None, {})
    assert check_row(open_source(tmp_path / "out.parquet", "parquet"), 3, law_context()).rows == 2


def test_a_table_that_is_changed_while_it_is_read_is_told(tmp_path: Path) -> None:
    rows = [pa.record_batch({"a": [1, 2, 3]})]
    assert [one.num_rows for one, _ in pair_with_answers(rows, iter([pa.record_batch({"b": [1]})] * 3))] == [3]
    for many in (2, 4):
        with pytest.raises(TableError, match="was changed"):
            list(pair_with_answers(rows, iter([pa.record_batch({"b": [1]})] * many)))


def test_standard_output_takes_answers_or_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("\n".join(lines(3)) + "\n")
    assert main(["batch", "in.csv", "--to", "-", "--faults", "-"]) == 3
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"cannot both go to standard output" in err
    assert main(["batch", "in.csv", "--to", "out.csv", "--faults", "-", "--json"]) == 0
    out, err = capfdbinary.readouterr()
    assert [line.partition(b",")[0] for line in out.splitlines()] == [b"row", b"1"]
    assert b"3 rows answered" in err
