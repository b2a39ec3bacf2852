"""The commands under `measure`, on files and on an empty node."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrepot.cli import exit_codes, measure
from entrepot.cli.exit_codes import Stop
from entrepot.model.errors import TradeError
from entrepot.trade_app.statistics import synthetic, vintages
from entrepot.trade_app.statistics.making import as_json, make

NOTHING: dict[str, Any] = dict.fromkeys(
    ("reporter", "currency", "valuation", "lines", "partner", "sector", "to", "format", "year", "flow", "first", "area",
     "set", "vintage", "publisher", "title", "definition", "id", "period", "product", "peer")
) | {"json": True, "whole": False, "by_product": False, "agreed": []}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    return tmp_path


def lines_file(folder: Path, count: int = 2_000, name: str = "lines.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in synthetic.draw(count, year=2025)))
    return path


def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_demo_prints_the_template(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure.demo({"json": True}) == 0
    found = shown(capsys)
    assert found["period"] == "2025"
    assert [each["id"] for each in found["rows"]] == [
        "1",
        "2",
        "2.1",
        "2.1.a",
        "2.2",
        "2.2.a",
        "3",
        "3.a",
        "4",
        "A1",
        "A2",
    ]
    assert all({"id", "exports", "imports", "at_least"} <= set(each) for each in found["rows"])


def asked(data: Path, lines: int) -> dict[str, Any]:
    """What the command is given to export the table of so many lines."""
    return {
        **NOTHING,
        "period": "2025",
        "reporter": "VN",
        "lines": str(lines_file(data, lines)),
        "to": str(data / "1.csv"),
    }


def test_a_table_is_exported_and_its_revisions_are_counted(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data)), "agreed": ["node-VN"]}
    assert measure.export({**first, "to": str(data / "1.csv")}) == 0
    assert shown(capsys)["revised"] == 0
    text = (data / "1.csv").read_text()
    assert text.startswith("FREQ,REF_AREA,COUNTERPART_AREA")
    later = {**first, "lines": str(lines_file(data, 2_100, "later.jsonl"))}
    assert measure.export({**later, "to": str(data / "2.csv")}) == 0
    assert shown(capsys)["revised"] > 0
    assert len(list((data / "data/statistics/vintages").rglob("*.json"))) == 2


def values(path: Path) -> dict[tuple[str, ...], str]:
    """The values of a file of figures, by their dimensions."""
    with path.open(newline="") as file:
        return {tuple(list(row.values())[:9]): row["OBS_VALUE"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("products_first", [True, False])
def test_a_table_with_products_and_one_without_publish_the_same_figures(
    data: Path, capsys: pytest.CaptureFixture[str], *, products_first: bool
) -> None:
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data, 300)), "agreed": ["node-VN"]}
    for by_product in (products_first, not products_first):
        name = "fine" if by_product else "coarse"
        assert measure.export({**given, "by_product": by_product, "to": str(data / f"{name}.csv")}) == 0
        assert shown(capsys)["revised"] == 0  # two series: neither revises the other
    coarse, fine = (values(data / f"{name}.csv") for name in ("coarse", "fine"))
    assert len(fine) > len(coarse)
    assert {key: value for key, value in fine.items() if key in coarse} == coarse
    # Alone, the table with products would hold other figures back.
    alone = make(list(synthetic.draw(300, year=2025)), "VN", "2025", "CNY", lambda _c, _d: None, 2,
                 agreed=["node-VN"], by_product=True)  # fmt: skip
    other = {key for each in alone.observations() if not each.obs_value and (key := tuple(each[:9])) in coarse}
    assert ({key for key, value in coarse.items() if not value} == other) == products_first
    # Exported again they revise nothing, in any order.
    assert measure.export({**given, "by_product": not products_first, "to": str(data / "3.csv")}) == 0
    assert shown(capsys)["revised"] == 0
    assert len(list((data / "data/statistics/vintages").rglob("*.json"))) == 2


def test_a_file_is_not_overwritten(data: Path) -> None:
    (data / "1.csv").write_text("mine")
    given = asked(data, 50)
    with pytest.raises(Stop, match="cannot be written"):
        measure.export(given)
    assert not (data / "data/statistics/vintages").exists()


#: A process that is killed once a table is kept and whole, before its file has its name.
KILLED = """
import json, os, signal, sys
os.link = lambda *_names: os.kill(os.getpid(), signal.SIGKILL)
from entrepot.cli import measure
measure.export(json.loads(sys.argv[1]))
"""


def test_an_export_that_is_killed_is_completed_by_the_next(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = asked(data, 200)
    run = subprocess.run([sys.executable, "-c", KILLED, json.dumps(given)], check=False, timeout=900)
    assert run.returncode == -9
    kept = list((data / "data/statistics/vintages").rglob("*.json"))
    # The node knows the table, and nobody has the file.
    assert (len(kept), (data / "1.csv").exists()) == (1, False)
    assert measure.export(given) == 0
    assert shown(capsys)["revised"] == 0
    assert list((data / "data/statistics/vintages").rglob("*.json")) == kept
    vintage = msgspec.json.decode(kept[0].read_bytes(), type=vintages.Vintage)
    with (data / "1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {".".join(list(row.values())[:8]): row["OBS_VALUE"] for row in rows} == vintage.values
    assert any(row["OBS_STATUS"] == "Q" for row in rows)


def test_a_table_that_cannot_be_kept_is_not_written(data: Path) -> None:
    (data / "data").mkdir()
    (data / "data/statistics").mkdir()
    (data / "data/statistics/vintages").write_text("a file where a folder should be")
    given = asked(data, 50)
    with pytest.raises(Stop, match="cannot be written"):
        measure.export(given)
    assert not (data / "1.csv").exists()
    assert not list(data.glob(".new-*"))


def test_a_reader_that_goes_away_is_no_table_that_cannot_be_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_text: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(exit_codes, "put_text", closed)
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data, 50))}
    with pytest.raises(BrokenPipeError):
        measure.export(given)
    # A part of it may have been read: the node knows the table.
    assert len(list((data / "data/statistics/vintages").rglob("*.json"))) == 1


def test_a_file_has_the_mode_of_new_files(data: Path) -> None:
    before = os.umask(0o027)
    try:
        exit_codes.write_new_file(str(data / "new.txt"), "text")
        mode = (data / "new.txt").stat().st_mode & 0o777
    finally:
        os.umask(before)
    assert (oct(mode), (data / "new.txt").read_text()) == ("0o640", "text")


def test_a_file_is_written_where_there_are_no_links(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    exit_codes.write_new_file(str(data / "new.txt"), "text")
    assert [(each.name, each.read_text()) for each in data.iterdir()] == [("new.txt", "text")]
    with pytest.raises(Stop, match="File exists"):
        exit_codes.write_new_file(str(data / "new.txt"), "other")


def test_two_files_of_lines_are_compared(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = str(lines_file(data, 500))
    given = {**NOTHING, "exporter_lines": name, "importer_lines": name, "exporter": "VN", "importer": "CN"}
    assert measure.mirror({**given, "period": "2025"}) == 0
    found = shown(capsys)
    # Both have the same lines, so the only reason is the carriage.
    assert [each["reason"] for each in found["reasons"]] == ["cif_fob"]
    assert found["gap"] == found["explained"] == found["reasons"][0]["amount"]


def test_statistics_are_added_and_ranked(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data / "file.csv"
    path.write_text("area,indicator,unit,year,value\nCHN,exports,USD,2023,20\nVNM,exports,USD,2023,30\n")
    given = {**NOTHING, "file": str(path), "vintage": "2024", "publisher": "WTO"}
    with pytest.raises(TradeError, match="Give --definition"):
        measure.add(given)
    assert measure.add({**given, "definition": "delivered"}) == 0
    assert shown(capsys)["definition"] == "delivered"
    assert measure.rank(dict(NOTHING)) == 0
    found = shown(capsys)
    assert [each["area"] for each in found["places"]] == ["VNM", "CHN"]
    assert (found["source"]["vintage"], found["source"]["definition"]) == ("2024", "delivered")


def test_a_value_with_a_comma_is_not_cut_off(data: Path) -> None:
    path = data / "file.csv"
    path.write_text("area,indicator,unit,year,value\nCHN,exports,USD,2023,1,5\n")
    given = {**NOTHING, "file": str(path), "vintage": "2024", "publisher": "WTO", "definition": "delivered"}
    with pytest.raises(TradeError, match=r"file\.csv, row 2: there are more values than columns"):
        measure.add(given)


def test_a_partner_that_nobody_knows_is_refused_with_those_that_are(data: Path) -> None:
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data, 200)), "partner": "ZZ"}
    with pytest.raises(TradeError, match=r'has no partner "ZZ"\. It has: W1, CN'):
        measure.table(given)


def test_a_damaged_file_of_lines_names_the_row(data: Path) -> None:
    path = data / "lines.jsonl"
    path.write_text('{"id": "or_1:1"}\n{"id": 7}\n')
    with pytest.raises(TradeError, match=r"lines\.jsonl, row 2"):
        measure.table({**NOTHING, "period": "2025", "reporter": "VN", "lines": str(path)})
    for day in ("2025-13-45", "tomorrow", "20250101", "2025-1-1"):
        path.write_text(f'{{"id": "or_1:1", "currency": "USD", "ordered": "{day}"}}\n')
        with pytest.raises(TradeError, match=r"lines\.jsonl, row 1"):
            measure.table({**NOTHING, "period": "2025", "reporter": "VN", "lines": str(path)})


def test_a_year_before_the_year_1000_is_no_period() -> None:
    with pytest.raises(TradeError, match='"0000" is not a period'):
        measure.table({**NOTHING, "period": "0000", "reporter": "VN"})


def test_a_period_without_orders_says_so() -> None:
    made = make(list(synthetic.draw(50, year=2025)), "VN", "2031", "CNY", lambda _c, _d: None, 2)
    found = as_json(made)
    assert found["empty"]
    assert all(each["exports"] is None for each in found["rows"])
    assert any("Nothing was recorded" in line for line in measure.table_lines(found))


def test_the_statistician_alone_sees_what_is_held_back() -> None:
    made = make(list(synthetic.draw(30, year=2025)), "VN", "2025", "CNY", lambda _c, _d: None, 2)
    public, whole = as_json(made), as_json(made, whole=True)
    held = [each for each in public["rows"] if each["exports_held_back"]]
    assert held
    assert all(each["exports"] is None and each["exports_held_back"] == "held_back" for each in held)
    assert any(each["exports"] for each in whole["rows"] if each["exports_held_back"])


def test_a_vintage_that_is_the_same_is_kept_once(tmp_path: Path) -> None:
    made = make(list(synthetic.draw(500, year=2025)), "VN", "2025", "CNY", lambda _c, _d: None, 2)
    rows = made.observations()
    for at in ("2026-01-01", "2026-02-01"):
        assert vintages.keep(tmp_path, vintages.vintage_of(rows, "FOB", at)) == ()
    assert len(list(tmp_path.rglob("*.json"))) == 1
    # The same figures, of which one is "at least" now, are another vintage: other nodes are answered from the last one.
    rows[0] = rows[0]._replace(at_least="N" if rows[0].at_least == "Y" else "Y")
    assert vintages.keep(tmp_path, vintages.vintage_of(rows, "FOB", "2026-03-01")) == ()
    assert len(list(tmp_path.rglob("*.json"))) == 2


def test_two_files_without_a_line_of_the_period_are_not_compared(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = data / "empty.jsonl"
    empty.write_text("")
    given = {**NOTHING, "exporter": "VN", "importer": "CN", "period": "2025"}
    for name in (str(empty), str(lines_file(data, 200))):
        period = "2025" if name == str(empty) else "2024"
        files = {"exporter_lines": name, "importer_lines": name, "period": period}
        assert measure.mirror({**given, **files}) == 0
        found = shown(capsys)
        assert (found["compared"], found["exports"], found["gap"]) == (False, None, None)
        assert measure.mirror({**given, **files, "json": False}) == 0
        text = capsys.readouterr().out
        assert "nothing was compared" in " ".join(text.split())
        assert "0.00" not in text


def test_the_mirror_needs_files_or_a_peer() -> None:
    with pytest.raises(Stop, match="Give two files of lines, or --peer"):
        measure.mirror({**NOTHING, "exporter_lines": "lines.jsonl", "importer_lines": None})


def test_lines_are_written_as_parquet_and_a_product_is_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data, 500)), "agreed": ["node-VN"]}
    to = str(data / "lines.parquet")
    with pytest.raises(Stop, match="Give --out"):
        measure.export({**given, "format": "parquet"})
    assert measure.export({**given, "format": "parquet", "to": to}) == 0
    assert shown(capsys)["lines"] == 500
    with pytest.raises(Stop, match="cannot be written"):
        measure.export({**given, "format": "parquet", "to": to})
    tables = []
    for lines in (given["lines"], to):
        assert measure.table({**given, "lines": lines, "product": "SK22"}) == 0
        tables.append(shown(capsys))
    assert tables[0] == tables[1]
    assert (tables[0]["product"], "SK22" in tables[0]["products"], "09" in tables[0]["products"]) == (
        "SK22",
        True,
        True,
    )
    with pytest.raises(TradeError, match='has no product "XX"'):
        measure.table({**given, "product": "XX"})
    with pytest.raises(TradeError, match="whole economy only"):
        measure.table({**given, "product": "SK22", "partner": "CN"})


def test_another_valuation_does_not_show_what_was_held_back(data: Path) -> None:
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": str(lines_file(data, 700))}
    found = {}
    for valuation in ("FOB", "CIF"):
        assert measure.export({**given, "valuation": valuation, "to": str(data / valuation)}) == 0
        with (data / valuation).open(newline="") as file:
            found[valuation] = {tuple(row.values())[:9]: row["OBS_STATUS"] for row in csv.DictReader(file)}
    held = {key for key, status in found["FOB"].items() if status == "Q"}
    assert held
    assert all(found["CIF"][key] == "Q" for key in held)


def test_a_peer_that_nobody_has_met_is_named(tmp_path: Path) -> None:
    """In a process of its own: the command opens the database itself."""
    command = [sys.executable, "-m", "entrepot", "measure", "mirror", "--peer", "CN", "--period", "2025"]
    env = os.environ | {"ENTREPOT_DATA": str(tmp_path), "ENTREPOT_PLATFORM_ECONOMY": "VN"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert (done.returncode, "There is no node CN" in done.stderr) == (exit_codes.NO_LAW, True), done.stderr
