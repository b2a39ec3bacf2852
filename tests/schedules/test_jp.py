"""Japan's schedule as one table: small tables made here, and the whole one if it is beside the repository."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from entrepot.model.errors import ScheduleError
from entrepot.schedules.formats.jp.reader import HEAD, RATES, read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions

ROOT = Path(__file__).resolve().parents[2]
ASKED = ReadOptions(pack="jp")
HEADER = (*HEAD, *RATES)


def table(folder: Path, *lines: Mapping[str, str], name: str = "tariff_2026-07-09.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, HEADER, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def rows(reading: ParsedSchedule, treatment: str) -> list[tuple[str, str, str, str, str]]:
    return [(r.goods, r.rate, r.scope, r.origin, r.season) for r in reading.rows if r.treatment == treatment]


def test_a_line_inherits_missing_cells_from_its_group_except_those_of_agreements(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        {
            "code": "010100",
            "description_ja": "馬 / 1 その他",
            "general": "10%",
            "wto": "(12%)",
            "gsp": "4%",
            "eu": "3%",
        },
        {"code": "010100", "description_ja": "馬 / 1 その他 / − 大", "temporary": "8%", "ldc": "無税"},
        {"code": "010100011", "description_ja": "馬 / 1 その他 / − 大 / −− 白", "unit_1": "NO", "unit_2": "KG\n(I.I.)"},
        {"code": "010100021", "description_ja": "馬 / 1 その他 / − 小", "gsp": "無税", "rcep_china": "2%"},
        {"code": "010100031", "description_ja": "馬 / 2 ろ馬", "general": "無税"},
    )
    reading = read([path], ASKED)
    white, small, donkey = "010100011", "010100021", "010100031"
    whole = ("", "", "")
    assert rows(reading, "mfn") == [(white, "8 %", *whole), (small, "10 %", *whole), (donkey, "free", *whole)]
    assert rows(reading, "general") == rows(reading, "mfn")
    assert rows(reading, "gsp") == [(white, "4 %", *whole), (small, "free", *whole)]
    assert rows(reading, "ldc") == [(white, "free", *whole)]
    assert rows(reading, "eu_jp") == []
    assert rows(reading, "rcep") == [(small, "2 %", "", "CN", "")]
    assert reading.names[white] == {"ja": "馬 / 1 その他 / − 大 / −− 白"}
    assert reading.units == {white: "NO KG (I.I.)"}
    assert (reading.since, reading.until) == (dt.date(2026, 7, 9), dt.date(2027, 4, 1))
    assert (reading.id, reading.trust, reading.cells, reading.unread) == ("2026-07-09", "published", 9, [])


def test_a_code_of_two_seasons_is_one_code_with_two_rates(tmp_path: Path) -> None:
    summer, winter = "毎年6月1日から同年11月30日までに輸入されるもの", "毎年12月1日から翌年5月31日までに輸入されるもの"
    december = "毎年12月1日から同年12月31日までに輸入されるもの"
    lines = [
        {"description_ja": f"オレンジ / 1 {summer}", "general": "20%", "wto": "16%"},
        {"description_ja": f"オレンジ / 2 {winter}", "general": "40%", "wto": "32%", "australia": f"{december}　無税"},
    ]
    reading = read([table(tmp_path, *({"code": "080510000"} | each for each in lines))], ASKED)
    code = "080510000"
    assert rows(reading, "mfn") == [
        (code, "16 %", "", "", "06-01..11-30"),
        (code, "32 %", "", "", "12-01..05-31"),
    ]
    assert rows(reading, "au_jp") == [(code, "free", "", "", "12-01..12-31")]
    assert reading.names == {code: {"ja": "オレンジ"}}


def test_unreadable_cells_are_listed_with_their_location_and_remain_text(tmp_path: Path) -> None:
    line = {"code": "010100011", "description_ja": "馬", "general": "3割", "cptpp": "◆2", "eu": "無税 ◆3"}
    reading = read([table(tmp_path, line)], ASKED)
    told = [(each.row, each.goods, each.column, each.text) for each in reading.unread]
    assert told == [(2, "010100011", "general", "3割"), (2, "010100011", "cptpp", "◆2")]
    assert [(each.column, each.text) for each in reading.references] == [("cptpp", "◆2"), ("eu", "無税 ◆3")]
    assert rows(reading, "mfn") == [("010100011", "text:3割", "", "", "")]
    assert rows(reading, "cptpp") == [("010100011", "text:◆2", "", "", "")]
    assert rows(reading, "eu_jp") == [("010100011", "free", "part", "", "")]


def test_dates_and_id_are_those_of_the_options(tmp_path: Path) -> None:
    path = table(tmp_path, {"code": "010100011", "general": "1%"}, name="table.csv")
    asked = ReadOptions(pack="jp", since=dt.date(2026, 2, 1))
    assert (read([path], asked).id, read([path], asked).until) == ("2026-02-01", dt.date(2026, 4, 1))
    asked = ReadOptions(pack="jp", since=dt.date(2026, 4, 1), until=dt.date(2026, 5, 1), id="mine")
    assert (read([path], asked).id, read([path], asked).until) == ("mine", dt.date(2026, 5, 1))


def _broken(folder: Path, text: str | bytes, name: str = "tariff_2026-07-09.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


LINE = ",".join(["010100011", *[""] * (len(HEADER) - 1)])


@pytest.mark.parametrize(
    ("text", "name", "row", "column", "says"),
    [
        ("code,general\n", "tariff_2026-07-09.csv", 1, "", "not Japan's table"),
        ("", "tariff_2026-07-09.csv", 1, "", "not Japan's table"),
        (",".join(HEADER) + "\n0101\n", "tariff_2026-07-09.csv", 2, "", "has 1 cells, the header 32"),
        (",".join(HEADER) + f"\n{LINE}\n01.01{LINE[9:]}\n", "tariff_2026-07-09.csv", 3, "code", "not a code"),
        (",".join(HEADER) + f"\n{LINE}\n{LINE}\n", "tariff_2026-07-09.csv", 3, "code", "stands twice"),
        (",".join(HEADER).encode() + b"\n\xff\n", "tariff_2026-07-09.csv", 1, "", "cannot be read"),
        ("not gzip", "tariff_2026-07-09.csv.gz", 1, "", "lacks the columns"),
        (
            gzip.compress((",".join(HEADER) + "\n").encode(), mtime=0)[:-9],
            "tariff_2026-07-09.csv.gz",
            0,
            "",
            "cannot be read",
        ),
        (",".join(HEADER) + "\n", "tariff.csv", 0, "", "say since when"),
        (",".join(HEADER) + "\n", "tariff_2026-13-01.csv", 0, "", "say since when"),
    ],
)
def test_an_invalid_file_is_refused_with_its_location(
    tmp_path: Path, text: str | bytes, name: str, row: int, column: str, says: str
) -> None:
    with pytest.raises(ScheduleError, match=says) as found:
        read([_broken(tmp_path, text, name)], ASKED)
    assert (found.value.file, found.value.row, found.value.column) == (name, row, column)


def test_a_missing_file_and_two_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="cannot be read"):
        read([tmp_path / "tariff_2026-07-09.csv"], ASKED)
    with pytest.raises(ScheduleError, match="one file; 2"):
        read([tmp_path / "a.csv", tmp_path / "b.csv"], ASKED)
