"""All formats give the same answers. A file that is not a table is refused in one sentence and leaves no output."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import entrepot
from batch.table_files import NAMES, csv_lines, read_csv, read_table, run
from entrepot import TableError
from entrepot.batch.formats import writers
from entrepot.batch.rows.columns import ANSWER_COLUMNS
from entrepot.batch.run.files import Sizes

COUNT = 60


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A CSV file of some rows."""
    path = tmp_path / "in.csv"
    path.write_text("\n".join(csv_lines(COUNT)) + "\n")
    return path


def as_format(source: Path, name: str) -> Path:
    """The CSV file in another format, written without the package under test."""
    rows = [dict(zip(NAMES, line.split(","), strict=True)) for line in source.read_text().splitlines()[1:]]
    path = source.with_name(name)
    table = pa.Table.from_pylist(rows)
    if ".jsonl" in name or ".ndjson" in name:
        numbered = [{**row, "amount": float(row["amount"])} for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in numbered))
    elif name.endswith(".parquet"):
        pq.write_table(table.set_column(4, "amount", table["amount"].cast(pa.decimal128(9, 2))), path, row_group_size=7)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(source.read_bytes()))
    elif name.endswith(".tsv"):
        path.write_text(source.read_text().replace(",", "\t"))
    elif name.endswith(".arrows.ipc"):
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table, 9)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, 9)
    return path


KINDS = ["a.csv.gz", "a.tsv", "a.jsonl", "a.ndjson", "a.parquet", "a.arrow", "a.feather", "a.ipc", "a.arrows.ipc"]


def answers(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("shop", "regime", "status", "landed", "out_currency", "fault")
    return [tuple(row[name] or None for name in names) for row in rows]


@pytest.mark.parametrize("name", KINDS)
def test_all_input_formats_give_the_same_answers(source: Path, name: str) -> None:
    run(source, source.with_name("plain.csv"))
    run(as_format(source, name), source.with_name("other.csv"))
    assert answers(read_csv(source.with_name("other.csv"))) == answers(read_csv(source.with_name("plain.csv")))


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("name", ["b.parquet", "b.arrow"])
def test_parquet_and_arrow_output_equals_quote_table(source: Path, name: str, explain: bool) -> None:
    table = pa.Table.from_pylist(read_csv(source))
    run(source, source.with_name(name), explain=explain)
    found, wanted = read_table(source.with_name(name)), entrepot.quote_table(table, explain=explain)
    assert found.to_pylist() == wanted.to_pylist()
    assert found.schema.field("landed").type == pa.decimal128(24, 3)
    assert found.schema.names == wanted.schema.names


@pytest.mark.parametrize("name", ["b.csv", "b.csv.gz", "b.tsv", "b.jsonl", "b.jsonl.gz"])
def test_text_formats_use_the_decimals_of_each_currency(source: Path, name: str) -> None:
    run(source, source.with_name(name))
    content = source.with_name(name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    if "jsonl" in name:
        rows = [json.loads(line) for line in text.splitlines()]
    else:
        head, *body = csv.reader(io.StringIO(text), delimiter="\t" if "tsv" in name else ",")
        rows = [dict(zip(head, line, strict=True)) for line in body]
    assert len(rows) == COUNT
    decimals = {"CNY": 2, "JPY": 0, "AUD": 2}
    wanted = entrepot.quote_table(pa.Table.from_pylist(read_csv(source))).to_pylist()
    for row, expected in zip(rows, wanted, strict=True):
        assert (row["fault"] or None) == expected["fault"]
        if expected["landed"] is not None:
            assert row["landed"] == f"{expected['landed']:.{decimals[expected['out_currency']]}f}"
            assert Decimal(row["landed"]) == expected["landed"]


def test_input_columns_of_csv_are_copied_unchanged(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    head = "shop,ship_from_country,ship_to_country,currency,hs_code,amount,date"
    odd = ['"a, ""b""\nc"', "00123", "1e5", "", "  x ", "NULL", "ü"]
    rows = [f"{shop},VN,CN,CNY,0901.21,100,2026-03-01" for shop in odd]
    source.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    run(source, target)
    ends = ",retail,,open,estimated,0.00,9.10,0.00,9.10,109.10,9.10,9.10,109.10,109.10,false,CNY,,,"
    text = target.read_text("utf-8")
    header = ",".join((head, *ANSWER_COLUMNS))
    assert text == "\n".join([header, *(row + ends for row in rows)]) + "\n"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_byte_order_marks_and_crlf_are_read(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(csv_lines(5)).replace(",", delimiter).encode())
    done = run(path, tmp_path / "out.parquet")
    assert (done.rows, sum(done.faults.values())) == (5, 1)


def test_numbers_of_json_lines_stay_exact(tmp_path: Path) -> None:
    """No number is rounded to a float, a code stays text, and a column that appears late is read."""
    good = '"ship_from_country":"VN","ship_to_country":"CN","currency":"CNY","hs_code":"0901.21","date":"2026-03-01"'
    rows = [
        f'{{{good},"amount":0.10,"big":12345678901234567890,"exact":0.1000000000000000000001,"n":1}}',
        "",
        f'{{{good},"amount":"12.5","n":null,"tags":["x","y"],"late":{{"a":1}}}}',
        f'{{{good},"amount":3,"n":-4,"yes":true}}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(rows))
    run(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    # 0.10 × 9.1 % = 0.0091, 12.50 × 9.1 % = 1.1375, 3 × 9.1 % = 0.273
    assert [row["taxes"] for row in found] == ["0.01", "1.14", "0.27"]
    assert (found[0]["big"], found[0]["exact"]) == ("12345678901234567890", "0.1000000000000000000001")
    assert [row["n"] for row in found] == [1, None, -4]
    assert (found[1]["tags"], found[1]["late"], found[2]["yes"]) == (["x", "y"], '{"a":1}', True)


def test_dictionaries_that_differ_between_batches_are_written(tmp_path: Path) -> None:
    tables = [
        pa.table({
            "ship_from_country": ["VN"], "ship_to_country": [place], "currency": ["USD"], "hs_code": ["0901.21"],
            "amount": ["9"], "date": ["2026-03-01"], "shop": pa.array([place], pa.dictionary(pa.int8(), pa.string())),
        })
        for place in ("CN", "JP", "AU", "XX", "CN")
    ]  # fmt: skip
    with pa.OSFile(str(tmp_path / "in.ipc"), "wb") as file, pa.ipc.new_stream(file, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)
    for name in ("out.arrow", "out.parquet"):
        run(tmp_path / "in.ipc", tmp_path / name)
        found = read_table(tmp_path / name)
        assert found["shop"].to_pylist() == ["CN", "JP", "AU", "XX", "CN"]
        assert found["fault"].to_pylist() == [None, None, None, "unknown_economy", None]


def test_parquet_row_groups_are_full(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "GROUP_ROWS", 25)
    run(as_format(source, "a.arrow"), source.with_name("b.parquet"))
    about = pq.ParquetFile(source.with_name("b.parquet")).metadata
    assert [about.row_group(number).num_rows for number in range(about.num_row_groups)] == [25, 25, 10]


def test_the_fault_report_lists_each_faulty_row(source: Path, tmp_path: Path) -> None:
    done = run(source, tmp_path / "b.parquet", faults=tmp_path / "faults.csv")
    report = read_csv(tmp_path / "faults.csv")
    assert done.faults == {"invalid_hs_code": len(report)}
    assert [row["row"] for row in report] == ["1", "11", "21", "31", "41", "51"]  # every tenth, counted from 1
    assert {(row["code"], row["param"]) for row in report} == {("invalid_hs_code", "hs_code")}
    assert '"09012" is not a code' in report[0]["message"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n", "has no header"),
        ("a.csv", b"a,,b\n1,2,3\n", "has a column without a name: column 2 of its first line"),
        ("a.csv", b"VN,CN,CNY,0901.21,100\n", "first row has values where the names of the columns are expected"),
        (
            "a.csv",
            ("\n".join(csv_lines(3)) + "\n1,2\n").encode(),
            "has 2 cells, and the first line names 7 columns",
        ),
        ("a.csv", ("\n".join(csv_lines(3)) + "\n").encode() + b"VN,CN,USD,\xff\xfe,1,2026-03-01,x\n", "is not UTF-8"),
        ("a.csv", ("\n".join(csv_lines(40_000)) + "\n").encode() + b"VN,CN,USD,\xff,1,2026-03-01,x\n", "is not UTF-8"),
        ("a.csv", random.Random(1).randbytes(5000), ""),
        ("a.csv", b"PK\x03\x04\0\0\0\0" * 20, "zero bytes"),
        ("a.csv.gz", b"amount,hs_code\n1,2\n", "Not a gzipped file"),
        ("a.jsonl", b"\n\n", "This line is not a row"),
        ("a.jsonl", b'{"amount": 1}\n{"amount": \n', "Line 2 cannot be read as JSON"),
        ("a.jsonl", b"[1, 2]\n", "Line 1 is not an object"),
        ("a.jsonl", random.Random(2).randbytes(5000), ""),
        ("a.parquet", b"PAR1junk", "cannot be read as parquet"),
        ("a.parquet", random.Random(3).randbytes(5000), "cannot be read as parquet"),
        ("a.arrow", b"ARROW1junk", "cannot be read as arrow"),
        ("a.arrow", random.Random(4).randbytes(5000), "cannot be read as arrow"),
    ],
)
def test_an_invalid_file_is_refused_and_leaves_no_output(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError) as error:
        run(tmp_path / name, tmp_path / "out.csv")
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_truncated_file_leaves_no_output(source: Path) -> None:
    for name in ("a.parquet", "a.arrow", "a.csv.gz"):
        path = as_format(source, name)
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(TableError):
            run(path, source.with_name("out.csv"))
        assert not source.with_name("out.csv").exists()


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    for end in ("", "\n", "\r\n"):
        (tmp_path / "in.csv").write_text(csv_lines(0)[0] + end)
        for name in ("out.csv", "out.parquet", "out.arrow", "out.jsonl"):
            assert run(tmp_path / "in.csv", tmp_path / name).rows == 0
    assert (tmp_path / "out.csv").read_text().count("\n") == 1
    assert read_table(tmp_path / "out.parquet").num_rows == read_table(tmp_path / "out.arrow").num_rows == 0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("in.csv", "is the input itself"),
        ("none/out.csv", "The folder .* does not exist"),
        ("out.xls", "does not show a format"),
        ("out.parquet.gz", "already compressed inside"),
        (".", "is a folder. Name a file in it"),
        ("folder.csv", "is a folder"),
    ],
)
def test_an_invalid_output_path_is_refused_before_any_work(source: Path, target: str, message: str) -> None:
    source.with_name("folder.csv").mkdir()
    before = source.read_bytes()
    with pytest.raises(TableError, match=message):
        run(source, source.parent / target)
    assert source.read_bytes() == before


def test_a_link_to_the_input_is_refused_as_output(source: Path) -> None:
    link = source.with_name("link.csv")
    link.symlink_to(source)
    with pytest.raises(TableError, match="is the input itself"):
        run(source, link)


def test_faults_and_answers_need_two_files(source: Path) -> None:
    with pytest.raises(TableError, match="name two files"):
        run(source, source.with_name("out.csv"), faults=source.parent / "." / "out.csv")


def test_a_nested_column_is_refused_for_csv_and_leaves_no_output(source: Path) -> None:
    path = as_format(source, "a.parquet")
    table = pq.read_table(path)
    pq.write_table(table.append_column("deep", pa.array([{"a": 1}] * table.num_rows)), path)
    with pytest.raises(TableError, match="which CSV cannot hold"):
        run(path, source.with_name("out.csv"))
    assert not source.with_name("out.csv").exists()
    assert run(path, source.with_name("out.parquet"), Sizes(part_rows=7)).rows == COUNT
