"""The schedule of the United States: its columns and files. Its rate texts are in test_us_rates."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from entrepot.law.grammar import read_rate
from entrepot.model.errors import ScheduleError
from entrepot.schedules.formats.us.reader import read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from official_files import DATA, needs

ROOT = Path(__file__).resolve().parents[2]
FILE = DATA / "us" / "hts_2026_revision_4.csv"
US = ReadOptions(pack="us")
whole = needs(FILE)

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)


@cache
def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["HTS Number"][:2] < "98"]


def cells(column: str) -> list[str]:
    return [row[column] for row in rows() if row[column].strip()]


@cache
def reading() -> ParsedSchedule:
    return read([FILE], US)


@whole
def test_the_whole_schedule_becomes_rows() -> None:
    found = reading()
    assert (found.id, found.since, found.trust) == ("2026-04", dt.date(2026, 2, 25), "official")
    keys = Counter((row.goods, row.treatment, row.origin, row.scope) for row in found.rows)
    assert max(keys.values()) == 1
    assert {row.treatment for row in found.rows} == set(found.treatments)
    for row in found.rows:
        read_rate(row.rate)
    by_column = Counter(row.treatment for row in found.rows if not row.scope)
    assert by_column["mfn"] == len(cells("General Rate of Duty"))
    assert by_column["general"] == len(cells("Column 2 Rate of Duty"))
    assert set(found.names) >= {row["HTS Number"].replace(".", "") for row in rows() if len(row["HTS Number"]) > 8}
    assert all(each.why for each in found.unread + found.references)
    places = [(each.row, each.column) for each in found.unread + found.references]
    assert len(set(places)) == len(places)
    assert found.cells == sum(len(cells(f"{name} Rate of Duty")) for name in ("General", "Special", "Column 2"))
    assert not any(row.goods[:2] in ("98", "99") for row in found.rows)


def terms(rate: str | None) -> list[str]:
    """The parts of a rate. The hand put the share first, whichever the schedule names first."""
    return sorted((rate or "").split(" + "))


@whole
def test_rows_agree_with_those_entered_by_hand_in_the_pack() -> None:
    ours = {(row.goods, row.treatment): row.rate for row in reading().rows if not row.scope}
    with (ROOT / "packs" / "us" / "tariff.csv").open(encoding="utf-8", newline="") as file:
        entered = [row for row in csv.DictReader(file) if row["cite"] == "hts-2026" and not row["until"]]
    assert len(entered) > 900
    differing = [row for row in entered if terms(ours.get((row["goods"], row["treatment"]))) != terms(row["rate"])]
    assert not differing


@whole
def test_bounded_rates_of_the_pack_are_those_of_the_schedule_below_their_bound() -> None:
    ours = {(row.goods, row.treatment): row.rate for row in reading().rows if not row.scope}
    with (ROOT / "packs" / "us" / "tariff_bounded.csv").open(encoding="utf-8", newline="") as file:
        entered = {row["goods"]: row["rate"] for row in csv.DictReader(file) if row["cite"] == "hts-2026"}
    bounded = {goods: re.fullmatch(r"min\((.+) %, (.+)\)", rate) for goods, rate in entered.items()}
    assert {goods: found and terms(found[2]) for goods, found in bounded.items()} == {
        goods: terms(ours[goods, "mfn"]) for goods in bounded
    }
    assert {goods[:6] for goods in bounded} == {"640291", "640299", "640411", "640419"}


@whole
def test_every_treatment_is_known_in_the_packs() -> None:
    text = "".join((ROOT / "packs" / name / "pack.toml").read_text(encoding="utf-8") for name in ("us", "world"))
    known = set(re.findall(r'\[\[treatment\]\]\nid = "([a-z_0-9]+)"', text)) | {"mfn", "general"}
    assert set(reading().treatments) <= known


@whole
def test_a_reference_in_the_special_column_is_resolved() -> None:
    # 0401.40.25 says `See 9822.04.05 (AU) See 9823.01.01-9823.01.07 (S+)`; 9822.04.05 is free for the goods it names
    # within limits, 9823.01.01 free for goods of Mexico, 9823.01.02 and .03 free and 77.2¢/liter for goods of Canada.
    found = {
        (row.treatment, row.origin): row.rate
        for row in reading().rows
        if row.goods == "04014025" and row.scope == "part"
    }
    assert found == {
        ("au_us", ""): "free",
        ("usmca", "MX"): "free",
        ("usmca", "CA"): "text:See 9823.01.01-9823.01.07",
    }


def write(folder: Path, body: str, name: str = "hts_2026_revision_4.csv") -> Path:
    file = folder / name
    file.write_text(HEADER + body, encoding="utf-8-sig")
    return file


SAMPLE = (
    '"0101","0","Live horses, asses, mules and hinnies:","","","","","",""\n'
    '"","1","Horses:","","","","","",""\n'
    '"0101.21.00","2","Purebred breeding animals","","Free","","Free","",""\n'
    '"0101.21.00.10","3","Males","[""No.""]","","","","",""\n'
    '"0101.30.00.00","1","Asses","[""No.""]","6.8%","Free (A+,A*,CO,C,K,S) 3% (JP)","15%","",""\n'
    '"8203.10","0","Files:","","","","","",""\n'
    '"","1","Made up for this test:","","2¢ each + 1%","Free (AU)","40%","",""\n'
    '"8203.10.30.00","2","Short","[""doz.""]","","","","",""\n'
    '"8203.10.60","2","Long","","3%","","50%","",""\n'
    '"8203.10.60.10","3","Very long","[""doz.""]","","","60%","",""\n'
    '"9903.88.15","0","Articles of China","","The duty provided in the applicable subheading + 7.5%","","","",""\n'
)


def test_rates_are_at_the_codes_of_the_schedule_and_are_inherited(tmp_path: Path) -> None:
    found = read([write(tmp_path, SAMPLE)], US)
    rates = {(row.goods, row.treatment, row.scope): row.rate for row in found.rows}
    assert rates == {
        ("01012100", "mfn", ""): "free",
        ("01012100", "general", ""): "free",
        ("01013000", "mfn", ""): "6.8 %",
        ("01013000", "general", ""): "15 %",
        ("01013000", "gsp_ldc", ""): "free",
        ("01013000", "gsp", ""): "unknown",
        ("01013000", "co_us", ""): "free",
        ("01013000", "usmca", ""): "free",
        ("01013000", "jp_us", ""): "3 %",
        ("01013000", "mfn", "part"): "free",
        ("8203103000", "mfn", ""): "0.02 USD/item + 1 %",
        ("8203103000", "au_us", ""): "free",
        ("8203103000", "general", ""): "40 %",
        ("82031060", "mfn", ""): "3 %",
        ("82031060", "general", ""): "50 %",
        ("8203106010", "general", ""): "60 %",
    }
    part = next(row for row in found.rows if row.scope)
    assert part.note == "C: civil aircraft; K: pharmaceutical products"
    assert found.names["0101210010"] == {"en": "Horses: Purebred breeding animals: Males"}
    assert found.units["01013000"] == "No."
    assert not found.references + found.unread
    assert found.cells == 2 + 3 + 3 + 2 + 1
    assert "Chapters 98 and 99 (1 cells)" in found.notes[-1]


def as_json(file: Path, footnotes: dict[str, list[str]]) -> Path:
    """The rows of a CSV as the Commission's JSON has them, with footnotes; constructed, not downloaded."""
    fields = ["htsno", "indent", "description", "units", "general", "special", "other", "quotaQuantity"]
    out: list[dict[str, Any]] = []
    with file.open(encoding="utf-8-sig", newline="") as source:
        for cells_of in list(csv.reader(source))[1:]:
            record: dict[str, Any] = dict(zip([*fields, "additionalDuties"], cells_of, strict=True))
            record["units"] = json.loads(record["units"]) if record["units"] else []
            record["superior"] = "true" if not record["htsno"] else None
            record["quotaQuantity"] = record["additionalDuties"] = None
            notes = footnotes.get(record["htsno"], [])
            record["footnotes"] = [{"columns": ["general"], "value": note, "type": "endnote"} for note in notes]
            out.append(record)
    target = file.with_suffix(".json")
    target.write_text(json.dumps(out), encoding="utf-8")
    return target


def test_a_gzip_file_gives_the_same_schedule(tmp_path: Path) -> None:
    file = write(tmp_path, SAMPLE)
    packed = tmp_path / "hts_2026_revision_4.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert read([packed], US).rows == read([file], US).rows
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(ScheduleError, match="cannot be read"):
        read([packed], US)


def test_json_and_csv_give_the_same_schedule(tmp_path: Path) -> None:
    file = write(tmp_path, SAMPLE)
    first, second = read([file], US), read([as_json(file, {})], US)
    assert (first.rows, first.names, first.units) == (second.rows, second.names, second.units)
    assert first.cells == second.cells


@pytest.mark.long
@whole
def test_the_whole_json_and_the_whole_csv_give_the_same_schedule(tmp_path: Path) -> None:
    copy = tmp_path / FILE.name
    copy.write_bytes(FILE.read_bytes())
    second = read([as_json(copy, {})], US)
    assert second.rows == reading().rows
    assert second.names == reading().names


def test_footnotes_give_each_additional_duty_once_and_no_sums(tmp_path: Path) -> None:
    notes = {
        "0101.21.00": ["See 9903.88.15."],
        "0101.30.00.00": ["See 9903.88.15 and 9903.88.67."],
        "8203.10.60": ["See 9903.81.91.", "See 9903.45.25."],
    }
    found = read([as_json(write(tmp_path, SAMPLE), notes)], US)
    named = {(each.programme, each.goods, each.origin, each.rate, each.name) for each in found.extras}
    assert named == {
        ("section_301_china", "01012100", "CN", "7.5 %", "9903.88.15"),
        ("section_232", "82031060", "", "unknown", "9903.81.91"),
    }
    listed = {(each.goods, each.text) for each in found.references}
    assert ("82031060", "See 9903.45.25") in listed
    # The second may exclude from the first: a row of unknown would hide what the pack says of a shorter code.
    assert {text for goods, text in listed if goods == "01013000"} == {"See 9903.88.15", "See 9903.88.67"}


def test_an_unreadable_cell_is_listed_and_remains_text(tmp_path: Path) -> None:
    body = (
        '"0101.21.00","0","Horses","","five cents","Free (ZZ,AU) or so","3.7¢/kg on drained weight","",""\n'
        '"0101.29.00","0","Others","","1%","2% (XY,AU) 3% (AU)","","",""\n'
    )
    found = read([write(tmp_path, body)], US)
    assert [(each.row, each.goods, each.column) for each in found.unread] == [
        (2, "01012100", "General Rate of Duty"),
        (2, "01012100", "Special Rate of Duty"),
        (2, "01012100", "Column 2 Rate of Duty"),
        (3, "01012900", "Special Rate of Duty"),
    ]
    assert '"XY" is not a known program' in found.unread[-1].why
    assert 'AU has a second rate beside "2 %"' in found.unread[-1].why
    rates = {(row.goods, row.treatment): row.rate for row in found.rows}
    assert rates == {
        ("01012100", "mfn"): "text:five cents",
        ("01012100", "general"): "text:3.7¢/kg on drained weight",
        ("01012900", "mfn"): "1 %",
        ("01012900", "au_us"): "2 %",
    }


@pytest.mark.parametrize(
    ("content", "row", "column", "says"),
    [
        (b"a,b\n1,2\n", 1, "HTS Number", 'The column "HTS Number" is missing'),
        (b"", 1, "HTS Number", "is missing: this is not"),
        (HEADER.encode() + b'"0101","0"\n', 2, "", "cut short"),
        (HEADER.encode() + b'"0101.2A","0","x","","5%","","","",""\n', 2, "HTS Number", "not a code"),
        (HEADER.encode() + b'"0101","deep","x","","5%","","","",""\n', 2, "Indent", "not a depth"),
        (HEADER.encode() + b'"0101","0","x"y,"","5%","","","",""\n', 2, "", "not CSV"),
        (HEADER.encode() + b'"0101","0","x","","","","","",""\n', 0, "", "No row has a rate"),
        (b"\xff\xfe\x00", 0, "", "not UTF-8"),
        (b"[{]", 1, "", "cannot be read as JSON"),
        (b"{}", 0, "", "not a list of rows"),
        (b"[1]", 1, "", "not an object"),
        (b'[{"htsno": "0101"}]', 1, "indent", 'The column "indent" is missing'),
    ],
)
def test_a_file_that_is_not_a_schedule_is_refused(
    tmp_path: Path, content: bytes, row: int, column: str, says: str
) -> None:
    file = tmp_path / "hts_2026_revision_4.csv"
    file.write_bytes(content)
    with pytest.raises(ScheduleError) as caught:
        read([file], US)
    assert (caught.value.file, caught.value.row, caught.value.column) == (file.name, row, column)
    assert says in caught.value.message


def test_a_code_that_stands_twice_is_refused_at_its_second_row(tmp_path: Path) -> None:
    file = tmp_path / "hts_2026_revision_4.csv"
    row = '"0101.21.00","0","Horses","","Free","","Free","",""\n'
    file.write_text(HEADER + row + row)
    with pytest.raises(ScheduleError, match="The code 01012100 stands in") as caught:
        read([file], US)
    assert caught.value.row == 3


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="cannot be read"):
        read([tmp_path / "hts_2026_revision_4.csv"], US)
    with pytest.raises(ScheduleError, match="No file is given"):
        read([], US)


@pytest.mark.parametrize(
    ("name", "asked", "vintage", "since"),
    [
        ("hts_2026_revision_4.csv", US, "2026-04", dt.date(2026, 2, 25)),
        ("2026HTSRev12.json", US, "2026-12", dt.date(2026, 7, 21)),
        ("hts_2025_basic.csv", ReadOptions(pack="us", since=dt.date(2025, 1, 1)), "2025-00", dt.date(2025, 1, 1)),
        ("export.csv", ReadOptions(pack="us", since=dt.date(2026, 5, 1)), "2026-05-01", dt.date(2026, 5, 1)),
        (
            "hts_2026_revision_4.csv",
            ReadOptions(pack="us", since=dt.date(2026, 3, 1), id="x"),
            "x",
            dt.date(2026, 3, 1),
        ),
    ],
)
def test_the_revision_is_read_from_the_file_name(
    tmp_path: Path, name: str, asked: ReadOptions, vintage: str, since: dt.date
) -> None:
    file = write(tmp_path, SAMPLE, "sample.csv")
    made = as_json(file, {}) if name.endswith(".json") else file
    found = read([made.rename(tmp_path / name)], asked)
    assert (found.id, found.since) == (vintage, since)


@pytest.mark.parametrize("name", ["hts_2026_revision_3.csv", "hts_2031_revision_1.csv", "export.csv"])
def test_an_unknown_first_day_is_required(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScheduleError, match="--since"):
        read([write(tmp_path, SAMPLE, name)], US)
