"""The plain CSV of a schedule: its content, and its faults."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path

import pytest

from entrepot.model.errors import ScheduleError
from entrepot.schedules import tables
from entrepot.schedules.formats.plain import COLUMNS, read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.date(2026, 1, 1)

WHOLE = """# title: Customs tariff 2026
# authority: Exampleland Customs
# number: Act 12
# dated: 2025-12-01
# url: https://customs.example/tariff
# whole: mfn
# whole: rcep acfta
# a remark
goods,treatment,rate,origin,season,scope,since,until,note,name_en,name_zh
08109030,mfn,"max(10 %, 3 ZZD/kg)",,,,2026-01-01,,,Durians,榴莲
08109030,rcep,free,CN JP,06-01..09-30,,2026-01-01,2027-01-01,staged,Durians,
0901,mfn,text:see note 3,,,part,,,,,
"""


def plain(folder: Path, text: str | bytes, asked: ReadOptions | None = None) -> ParsedSchedule:
    path = folder / "rates.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read([path], asked or ReadOptions(pack="zz", since=DAY))


def faults(folder: Path, text: str | bytes, asked: ReadOptions | None = None) -> list[str]:
    with pytest.raises(ScheduleError) as caught:
        plain(folder, text, asked)
    return str(caught.value).splitlines()


def test_every_column_is_read_unchanged(tmp_path: Path) -> None:
    reading = plain(tmp_path, WHOLE)
    assert reading.rows == [
        Row(goods="08109030", treatment="mfn", rate="max(10 %, 3 ZZD/kg)", since=DAY),
        Row(goods="08109030", treatment="rcep", rate="free", origin="CN JP", season="06-01..09-30", since=DAY,
            until=dt.date(2027, 1, 1), note="staged"),
        Row(goods="0901", treatment="mfn", rate="text:see note 3", scope="part", since=DAY),
    ]  # fmt: skip
    assert reading.names == {"08109030": {"en": "Durians", "zh": "榴莲"}}
    assert [(each.row, each.column, each.text) for each in reading.unread] == [(12, "rate", "see note 3")]
    assert (reading.treatments, reading.codes, reading.cells) == (("mfn", "rcep", "acfta"), (), 3)
    assert (reading.trust, reading.since, reading.until, reading.id) == ("user", DAY, None, "2026-01-01")
    source = reading.source
    assert (source.title, source.authority) == ("Customs tariff 2026", "Exampleland Customs")
    assert (source.number, source.dated, source.url) == (
        "Act 12",
        dt.date(2025, 12, 1),
        "https://customs.example/tariff",
    )


def test_three_columns_are_enough(tmp_path: Path) -> None:
    text = "\ufeffgoods,treatment,rate\r\n0901,mfn,7.5 %\r\n"  # a byte order mark and the line ends of a spreadsheet
    reading = plain(tmp_path, text)
    assert reading.rows == [Row(goods="0901", treatment="mfn", rate="7.5 %", since=DAY)]
    assert (reading.source.title, reading.source.authority) == ("Schedule in rates.csv", "not named")
    assert reading.treatments == ()  # nobody said that it is whole


@pytest.mark.parametrize("packed", [False, True])
def test_columns_may_be_separated_by_semicolons_and_the_file_packed(tmp_path: Path, packed: bool) -> None:
    content = b"# whole: mfn\ngoods;treatment;rate\n0901;mfn;max(10 %, 3 ZZD/kg)\n"
    reading = plain(tmp_path, gzip.compress(content) if packed else content)
    assert [(row.goods, row.rate) for row in reading.rows] == [("0901", "max(10 %, 3 ZZD/kg)")]


def test_a_file_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    with pytest.raises(ScheduleError, match="no schedule is that large"):
        plain(tmp_path, "goods,treatment,rate\n" + "0901,mfn,7.5 %\n" * 10)


def test_a_day_in_the_row_takes_precedence_over_the_given_day(tmp_path: Path) -> None:
    text = "goods,treatment,rate,since\n0901,mfn,7.5 %,2026-03-01\n0902,mfn,free,\n"
    assert [str(row.since) for row in plain(tmp_path, text).rows] == ["2026-03-01", "2026-01-01"]
    found = faults(tmp_path, text, ReadOptions(pack="zz"))
    assert [line.partition(": ")[0] for line in found] == ["rates.csv:3 [since]"]
    whole = "goods,treatment,rate,since\n0901,mfn,7.5 %,2026-03-01\n0902,mfn,free,2026-02-01\n"
    assert plain(tmp_path, whole, ReadOptions(pack="zz")).since == dt.date(2026, 2, 1)


def test_all_faults_are_reported_together_with_their_locations(tmp_path: Path) -> None:
    text = (
        "goods,treatment,rate,origin,season,scope,since,until,name_en\n"
        "09.01,MFN,ten percent,china,summer,half,soon,,\n"
        ",mfn,,,,,,,\n"
        "0901,mfn,1 %,,,,2026-02-01,2026-02-01,Coffee\n"
        "0902,mfn,1 %,,,,,,Tea\n"
        "0902,rcep,1 %,,,,,,Green tea\n"
        "0903,mfn,1 %\n"
        "0902,mfn,2 %,,,,2026-06-01,,\n"
    )
    found = [line.partition(": ")[0] for line in faults(tmp_path, text)]
    in_row_2 = ["goods", "origin", "rate", "scope", "season", "since", "treatment"]
    assert found == [
        *(f"rates.csv:2 [{column}]" for column in in_row_2),
        "rates.csv:3 [goods]",
        "rates.csv:3 [rate]",
        "rates.csv:4 [until]",
        "rates.csv:6 [name_en]",
        "rates.csv:7",
        "rates.csv:8 [goods]",
    ]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("goods,treatment\n0901,mfn\n", "rates.csv:1 [rate]", "lacks this column"),
        ("goods,treatment,rate,orign\n0901,mfn,1 %,CN\n", "rates.csv:1 [orign]", 'Did you mean "origin"?'),
        ("goods,goods,treatment,rate\n01,01,mfn,1 %\n", "rates.csv:1 [goods]", "Two columns"),
        ("goods,treatment,rate\n", "rates.csv:1", "no row below the header"),
        ("", "rates.csv:1 [goods]", "lacks this column"),
        ("# titel: x\ngoods,treatment,rate\n01,mfn,1 %\n", "rates.csv:1 [titel]", 'Did you mean "title"?'),
        ("# dated: May\ngoods,treatment,rate\n01,mfn,1 %\n", "rates.csv:1 [dated]", "not a date"),
        ("# whole: M F\ngoods,treatment,rate\n01,mfn,1 %\n", "rates.csv:1 [whole]", "not an id"),
        ('goods,treatment,rate\n01,mfn,"1 %\n', "rates.csv:2", "not CSV"),
        ("goods,treatment,rate\n01,mfn,1 %,2\n", "rates.csv:2", "more or fewer cells"),
        (b"goods,treatment,rate\n01,mfn,1 \xa3/kg\n", "rates.csv", "not in UTF-8"),
    ],
)
def test_an_invalid_file_is_refused_with_a_location_and_a_hint(
    text: str | bytes, place: str, says: str, tmp_path: Path
) -> None:
    found = [line for line in faults(tmp_path, text) if line.startswith(f"{place}: ")]
    assert found
    assert says in found[0]


def test_several_files_become_one_schedule(tmp_path: Path) -> None:
    paths = []
    for name, goods in (("a.csv", "0901"), ("b.csv", "0902")):
        paths.append(tmp_path / name)
        paths[-1].write_text(f"goods,treatment,rate\n{goods},mfn,free\n")
    assert [row.goods for row in read(paths, ReadOptions(pack="zz", since=DAY)).rows] == ["0901", "0902"]
    paths[1].write_text("goods,treatment,rate\n0901,mfn,free\n")
    with pytest.raises(ScheduleError, match=r"same time as a\.csv:2"):
        read(paths, ReadOptions(pack="zz", since=DAY))
    with pytest.raises(ScheduleError, match="cannot be read"):
        read([tmp_path / "none.csv"], ReadOptions(pack="zz", since=DAY))
    with pytest.raises(ScheduleError, match="No file"):
        read([], ReadOptions(pack="zz", since=DAY))


@pytest.mark.parametrize("pack", ["cn", "gb", "jp", "zz"])
def test_the_tariff_of_a_pack_is_a_plain_schedule(pack: str, tmp_path: Path) -> None:
    """The packs' own tables give the same rows when they are read as plain files."""
    with (ROOT / "packs" / pack / "tariff.csv").open(newline="") as file:
        table = [row for row in csv.DictReader(file) if row["goods"] != "*" or row["rate"]]
    kept = [name for name in COLUMNS if name in table[0]]
    path = tmp_path / "rates.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    reading = read([path], ReadOptions(pack=pack))
    said = [tuple(str(getattr(row, name) or "") for name in kept) for row in reading.rows]
    assert said == [tuple(row[name] for name in kept) for row in table]
