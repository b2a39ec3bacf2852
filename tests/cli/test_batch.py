"""`entrepot batch`: quote each row of a table, and explain one row."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from base_sale import best_of

pytest.importorskip("pyarrow")

Run = Callable[..., Any]
HEAD = "shop,ship_from_country,ship_to_country,currency,hs_code,amount,date"
#: 13 % × 70 % of VAT on 100.00 is 9.10; the second code has five digits.
GOOD, BAD = "s1,VN,CN,CNY,0901.21,100,2026-03-01", "s2,VN,CN,CNY,09012,100,2026-03-01"
#: After charges and landed their lowest and highest, which are the same; no fault, field of it or message.
ENDS = ",retail,,open,estimated,0.00,9.10,0.00,9.10,109.10,9.10,9.10,109.10,109.10,false,CNY,,,"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of which one row has a fault."""
    path = tmp_path / "in.csv"
    path.write_text(f"{HEAD}\n{GOOD}\n{BAD}\n{GOOD}\n")
    return path


def test_a_table_is_processed_and_summarised(entrepot: Run, table: Path) -> None:
    target, faults = table.with_name("out.csv"), table.with_name("faults.jsonl")
    ended = entrepot("batch", str(table), "--to", str(target), "--faults", str(faults))
    assert (ended.code, ended.err) == (0, "")
    assert "3 rows written to" in ended.out
    assert "1 of them has an error: invalid_hs_code 1." in ended.out
    assert "were copied unchanged: shop." in ended.out
    assert target.read_text().splitlines()[1] == GOOD + ENDS
    (fault,) = map(json.loads, faults.read_text().splitlines())
    assert (fault["row"], fault["code"], fault["param"]) == (2, "invalid_hs_code", "hs_code")


def test_a_table_is_read_from_and_written_to_a_pipe(table: Path) -> None:
    words = [sys.executable, "-m", "entrepot", "batch", "-", "--to", "-", "--quiet"]
    done = subprocess.run(words, input=table.read_bytes(), capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[1] == GOOD + ENDS
    assert done.stderr == b""
    assert [path.name for path in table.parent.iterdir()] == ["in.csv"]


def test_the_output_of_a_table_has_the_same_option_in_batch_and_in_classify(entrepot: Run, table: Path) -> None:
    """`--out` everywhere; `--to` stays in `batch`, and is the country in `classify`."""
    for option in ("--out", "--to"):
        target = table.with_name(f"by{option}.csv")
        assert entrepot("batch", str(table), option, str(target)).code == 0
        assert target.read_text().splitlines()[1] == GOOD + ENDS
    described = table.with_name("words.csv")
    described.write_text("description\nroasted coffee\n")
    assert entrepot("classify", str(described), "--out", str(table.with_name("classified.csv"))).code == 0
    ended = entrepot("batch", str(table))
    assert (ended.code, "--out is required" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("column", "cells", "named"),
    [
        ("buyer", ("business", "Consumer", ""), {"buyer": "buyer_kind"}),
        ("Customer", ("business",), {"Customer": "buyer_kind"}),
        ("buyer", ("Li Na", "business"), {}),
        ("buyer", ("", ""), {}),
        ("Buyer type", ("shop",), {"Buyer type": "buyer_kind"}),
        ("weight", ("2", "3"), {"weight": "net_mass_kg"}),
        ("sku", ("A1",), {}),
    ],
)
def test_a_column_that_seems_to_give_a_field_and_was_not_read_is_named(
    entrepot: Run, tmp_path: Path, column: str, cells: tuple[str, ...], named: dict[str, str]
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEAD},{column}\n" + "".join(f"{GOOD},{cell}\n" for cell in cells))
    words = ["batch", str(path), "--out", str(tmp_path / "out.csv"), "--overwrite"]
    assert json.loads(entrepot(*words, "--json").out)["unread_fields"] == named
    said = entrepot(*words).out
    for name, field in named.items():
        option = f"{name}={field}"
        assert f"--map {shlex.quote(option)}" in said
        assert json.loads(entrepot(*words, "--map", option, "--json").out)["unread_fields"] == {}
    assert ("seem to be fields" in said) is bool(named)


@pytest.mark.parametrize("buyer", [{"kind": "business"}, ["business"], 5, None])
def test_a_column_of_buyers_that_are_no_text_is_copied(entrepot: Run, tmp_path: Path, buyer: object) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.Table.from_pylist([dict(zip(HEAD.split(","), GOOD.split(","), strict=True), buyer=buyer)]), path)
    ended = entrepot("batch", str(path), "--out", str(target), "--json")
    assert (ended.code, json.loads(ended.out)["unread_fields"]) == (0, {})
    assert pq.read_table(target)["buyer"].to_pylist() == [buyer]


def test_the_columns_of_another_program_are_mapped_by_one_line(entrepot: Run, tmp_path: Path) -> None:
    """The error of the first column that is not known names the options for all of them, which then work."""
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("HS Code;From;To;Price;Currency;Date;shop\n0901.21;VN;CN;100;CNY;2026-03-01;s1\n", "utf-8-sig")
    ended = entrepot("batch", str(path), "--out", str(target))
    assert ended.code == 3
    options = shlex.split(ended.err.partition("add: ")[2])
    wanted = {"HS Code": "hs_code", "From": "ship_from_country", "To": "ship_to_country", "Price": "amount"}
    wanted |= {"Currency": "currency", "Date": "date"}
    assert options == [word for name, field in wanted.items() for word in ("--map", f"{name}={field}")]
    assert entrepot("batch", str(path), "--out", str(target), *options).code == 0
    assert target.read_text().splitlines()[1] == "0901.21,VN,CN,100,CNY,2026-03-01,s1" + ENDS
    in_chinese = entrepot("batch", str(path), "--out", str(target), "--lang", "zh", "--overwrite")
    assert shlex.split(in_chinese.err.partition("请加：")[2]) == options


def test_a_table_without_columns_of_sales_suggests_nothing(entrepot: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("shop,colour\ns1,red\n")
    ended = entrepot("batch", str(path), "--out", str(tmp_path / "out.csv"))
    assert (ended.code, "--map" in ended.err, "add: " in ended.err) == (3, True, False)


def test_a_cell_of_a_spreadsheet_says_what_it_means(entrepot: Run, tmp_path: Path) -> None:
    """Numbers with a comma, days in another order, codes without their first zero."""
    path, faults = tmp_path / "in.csv", tmp_path / "faults.jsonl"
    rows = ['0901.21,"1.234,56",2026-03-01', "0901.21,100,27/11/2026", "90121,100,2026-03-01", "0901.21,100,03/02/2026"]
    head = "ship_from_country,ship_to_country,currency,hs_code,amount,date\n"
    path.write_text(head + "".join(f"VN,CN,CNY,{row}\n" for row in rows))
    entrepot("batch", str(path), "--out", str(tmp_path / "out.csv"), "--faults", str(faults))
    said = [json.loads(line)["message"].rpartition(". ")[2] for line in faults.read_text().splitlines()]
    meant = ('Did you mean "1234.56"?', 'Did you mean "2026-11-27"?', 'Did you mean "0901.21"?')
    assert said == [*meant, "Write it as YYYY-MM-DD, for example 2026-03-01."]


def test_the_kind_of_buyer_may_be_given_otherwise(entrepot: Run, table: Path) -> None:
    table.write_text(f"{HEAD},buyer\n{GOOD},business\n")
    words = ["batch", str(table), "--out", str(table.with_name("out.csv")), "--set", "buyer_kind=consumer", "--json"]
    assert json.loads(entrepot(*words).out)["unread_fields"] == {}


def test_with_json_only_json_is_printed(entrepot: Run, table: Path) -> None:
    ended = entrepot("batch", str(table), "--to", str(table.with_name("out.parquet")), "--json")
    assert json.loads(ended.out) == {
        "object": "batch",
        "rows": 3,
        "faults": {"invalid_hs_code": 1},
        "unread": ["shop"],
        "unread_fields": {},
        "summary": [
            {
                "code": "invalid_hs_code",
                "field": "hs_code",
                "column": "hs_code",
                "rows": 1,
                "first": [
                    {
                        "number": 2,
                        "value": "09012",
                        "message": '"09012" is not a code of the Harmonized System. '
                        "Use 6 to 10 digits, for example 0901.21.",
                    }
                ],
            }
        ],
    }


def test_a_table_without_a_valid_row_has_an_exit_code(entrepot: Run, table: Path) -> None:
    table.write_text(f"{HEAD}\n{BAD}\n{BAD}\n")
    assert entrepot("batch", str(table), "--to", str(table.with_name("out.csv")), "--quiet").code == 4
    table.write_text(HEAD + "\n")
    assert entrepot("batch", str(table), "--to", str(table.with_name("out.csv")), "--quiet", "--overwrite").code == 0


def test_an_output_is_replaced_only_if_asked(entrepot: Run, table: Path) -> None:
    target = table.with_name("out.csv")
    target.write_text("mine")
    ended = entrepot("batch", str(table), "--to", str(target), "--lang", "zh")
    assert (ended.code, target.read_text()) == (2, "mine")
    assert "--overwrite" in ended.err
    assert entrepot("batch", str(table), "--to", str(target), "--overwrite").code == 0
    assert target.read_text().splitlines()[1] == GOOD + ENDS


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_template_is_written_and_has_no_fault(entrepot: Run, tmp_path: Path, kind: str) -> None:
    if kind == "xlsx":
        pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    template, target = tmp_path / f"t.{kind}", tmp_path / "out.csv"
    assert f"entrepot batch {template} --out" in entrepot("batch", "template", str(template)).out
    assert entrepot("batch", "template", str(template)).code == 2
    ended = entrepot("batch", str(template), "--to", str(target), "--json")
    assert (json.loads(ended.out)["rows"], json.loads(ended.out)["faults"]) == (2, {})
    assert "must end so" in entrepot("batch", "template", str(tmp_path / "t.doc")).err


def test_faults_are_summarised_and_written_in_the_language(entrepot: Run, table: Path) -> None:
    target, faults = table.with_name("out.csv"), table.with_name("faults.csv")
    ended = entrepot("batch", str(table), "--to", str(target), "--faults", str(faults), "--lang", "vi")
    (row,) = csv.DictReader(faults.read_text().splitlines())
    said = row["message"]
    assert said.startswith('"09012" ')
    assert "is not a code" not in said
    assert f"hs_code, 1 dòng, đầu tiên ở dòng 2: {said}" in ended.out
    assert list(csv.DictReader(target.read_text().splitlines()))[1]["fault_message"] == said
    # The quote of a row in another language has the same figures.
    assert entrepot("batch", "explain", str(target), "--row", "2").code == 4
    assert "same values" in entrepot("batch", "explain", str(target), "--row", "2").out


def test_columns_are_mapped_and_constants_set(entrepot: Run, table: Path) -> None:
    table.write_text("code,amount,amount_paid\n0901.21,100,7\n")
    words = ["--map", "code=hs_code", "--map", "amount_paid=", "--set", "ship_from_country=VN", "--on", "2026-03-01"]
    words += ["--set", "ship_to_country=CN", "--set", "currency=CNY"]
    target = table.with_name("out.csv")
    assert entrepot("batch", str(table), "--to", str(target), *words).code == 0
    assert target.read_text().splitlines()[1] == "0901.21,100,7" + ENDS


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["batch"], 2, "IN | explain OUT | template NEW"),
        (["batch", "in.csv"], 2, "--out is required"),
        (["batch", "in.csv", "more.csv", "--to", "out.csv"], 2, "Give one table"),
        (["batch", "in.csv", "--to", "out.csv", "--row", "1"], 2, "--row is only valid with explain"),
        (["batch", "in.csv", "--to", "out.csv", "--map", "hs_code"], 2, "--map must have the form code=hs_code"),
        (["batch", "in.csv", "--to", "out.csv", "--on", "soon"], 2, '--on: "soon" is not a date'),
        (["batch", "none.csv", "--to", "out.csv"], 2, "does not exist"),
        (["batch", "in.csv", "--to", "out.csv", "--format-in", "excel"], 3, "is not a format"),
        (["batch", "in.csv", "--to", "-", "--format-out", "parquet"], 3, "standard stream"),
        (["batch", "-", "--to", "out.csv", "--resume"], 3, "--resume"),
        (["batch", "in.csv", "--to", "out.csv", "--packs", "none"], 5, "does not exist"),
        (["batch", "in.csv", "--to", "out.csv", "--overlay", "none"], 5, "does not exist"),
        (["batch", "explain", "in.csv"], 2, "Give the output file and the row"),
        (["batch", "explain", "in.csv", "--row", "one"], 2, "Give the output file and the row"),
        (["batch", "explain", "in.csv", "--row", "1"], 3, "not an output table"),
        (["batch", "explain", "none.csv", "--row", "1"], 2, "does not exist"),
    ],
)
def test_errors_are_one_sentence(
    entrepot: Run, table: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, says: str
) -> None:
    monkeypatch.chdir(table.parent)
    ended = entrepot(*words)
    assert ended.code == code, ended.err
    assert says in ended.err
    assert [path.name for path in table.parent.iterdir()] == ["in.csv"]


def test_a_folder_that_is_not_writable_is_an_error(entrepot: Run, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    ended = entrepot("batch", str(table), "--to", str(table.with_name("out.csv")))
    assert ended.code == 3
    assert "is not writable" in ended.err


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl", "out.arrow"])
def test_a_row_is_explained_and_its_figures_are_compared(entrepot: Run, table: Path, name: str) -> None:
    target = table.with_name(name)
    entrepot("batch", str(table), "--to", str(target), "--explain")
    ended = entrepot("batch", "explain", str(target), "--row", "3")
    assert ended.code == 0
    assert "The law behind each figure" in ended.out
    assert "100.00 × 13 % × 70 %" in ended.out
    assert f"Row 3 of {name} has the same values." in ended.out
    told = json.loads(entrepot("batch", "explain", str(target), "--row", "3", "--json").out)
    assert (told["agrees"], best_of(told["quote"])["amount_landed"]) == (True, "109.10")


def test_a_row_with_a_fault_is_explained(entrepot: Run, table: Path) -> None:
    target = table.with_name("out.csv")
    entrepot("batch", str(table), "--to", str(target))
    ended = entrepot("batch", "explain", str(target), "--row", "2")
    assert ended.code == 4
    assert 'Error invalid_hs_code: "09012" is not a code' in " ".join(ended.out.split())
    assert "has the same values" in ended.out


def test_a_changed_figure_is_reported(entrepot: Run, table: Path) -> None:
    target = table.with_name("out.csv")
    entrepot("batch", str(table), "--to", str(target), "--explain")
    law = change_first_row(target, landed="110.00", landed_low="110.00", landed_high="110.00", law="00000000")["law"]
    ended = entrepot("batch", "explain", str(target), "--row", "1")
    assert ended.code == 4
    assert f"The law has changed: 00000000 then, {law} now." in ended.out
    assert "landed: 110 in the table, 109.1 now" in ended.out
    assert "landed_low" not in ended.out
    told = json.loads(entrepot("batch", "explain", str(target), "--row", "1", "--json").out)
    assert told["differences"] == [{"column": "landed", "table": "110", "now": "109.1"}]


@pytest.mark.parametrize(
    "cells",
    [
        {"landed": "", "landed_low": "109.10", "landed_high": "120"},  # a range then, one figure now
        {"landed_high": "120"},
        {"landed": "110.00", "landed_high": "120"},
        {"landed": "110.00", "landed_low": "110.00", "landed_high": ""},
    ],
)
def test_a_changed_end_of_a_range_is_reported(entrepot: Run, table: Path, cells: dict[str, str]) -> None:
    """An end that is not the figure itself is reported beside it."""
    target = table.with_name("out.csv")
    entrepot("batch", str(table), "--to", str(target))
    change_first_row(target, **cells)
    told = json.loads(entrepot("batch", "explain", str(target), "--row", "1", "--json").out)
    found = {each["column"]: each["table"] for each in told["differences"]}
    repeats = "landed_low" if cells.get("landed_low") == cells.get("landed") else ""
    wanted = {name: value for name, value in cells.items() if value != "109.10" and name != repeats}
    assert found == {name: value.removesuffix(".00") for name, value in wanted.items()}
    assert {each["now"] for each in told["differences"]} == {"109.1"}


def change_first_row(path: Path, **cells: str) -> dict[str, str]:
    """Writes cells over those of the first row of a CSV file; the row as it was."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    was = dict(rows[0])
    rows[0].update(cells)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(was))
        writer.writeheader()
        writer.writerows(rows)
    return was


def test_a_row_of_a_consignment_is_explained_as_its_sale(entrepot: Run, table: Path) -> None:
    """Two rows of one sale that are not adjacent; the file itself stores the mapping and the constants."""
    rows = ["parcel,code,amount", "p1,0901.21,300", "p2,0901.21,50", "p1,0901.21,100"]
    table.write_text("\n".join(rows) + "\n")
    words = ["--map", "parcel=consignment", "--map", "code=hs_code", "--set", "ship_from_country=VN", "--explain"]
    words += ["--set", "ship_to_country=CN", "--set", "currency=CNY", "--on", "2026-03-01"]
    target = table.with_name("out.parquet")
    assert entrepot("batch", str(table), "--to", str(target), *words).code == 0
    told = json.loads(entrepot("batch", "explain", str(target), "--row", "3", "--json").out)
    assert told["agrees"]
    assert best_of(told["quote"])["amount_subtotals"]["goods"] == "400.00"
    assert told["quote"]["law"]["date"] == "2026-03-01"


def test_a_full_disk_has_an_exit_code(table: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    command = f"{sys.executable} -m entrepot batch {table} --to - --quiet > /dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 74
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_not_an_error(tmp_path: Path, table: Path) -> None:
    table.write_text("\n".join([HEAD, *[GOOD] * 3000]) + "\n")
    command = f"{sys.executable} -m entrepot batch {table} --to - --quiet | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith(HEAD)
    assert done.stderr == ""
