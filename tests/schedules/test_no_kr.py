"""The rates of Norway and of Korea: samples constructed after the descriptions of their files."""

from __future__ import annotations

import copy
import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from entrepot.law.grammar import read_rate
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules import formats
from entrepot.schedules.fetch import templates_of
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions

DAY = dt.date(2026, 9, 1)


def norwegian(value: str, unit: str | None = "P", first: str = "2024-01-01", last: str = "") -> dict[str, Any]:
    return {"satsVerdi": value, "satsEnhet": unit, "satsEnhetBeskrivelse": "x", "fomdato": first, "tomdato": last}


def line(code: str, *rates: dict[str, Any], group: str = "TALL") -> dict[str, Any]:
    return {"id": code, "enhet": "K", "enhetBeskrivelse": "Kilogram", "annenEnhet": None, "annenEnhetBeskrivelse": None,
            "avtalesatser": [{"landgruppe": group, "sats": list(rates)}]}  # fmt: skip


NORWAY: dict[str, Any] = {
    "versjon": "1.2",
    "varer": [
        line("01012100", norwegian("0,00")),
        line("61091000", norwegian("10,70")),
        line("85171300", norwegian("0,00", None)),
        line("02011000", norwegian("58,62", "K", last="2026-12-31"), norwegian("59,00", "K", first="2027-01-01")),
        line("22030000", norwegian("3,00", "L")),
        line("97011000", norwegian("0,00")),
    ],
}


def read_norway(folder: Path, document: Any, **options: Any) -> ParsedSchedule:
    path = folder / "tollavgiftssats.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    assert formats.format_of([path], "no") == "no"
    return formats.read([path], ReadOptions(pack="no", since=DAY, **options), "no")


def test_the_ordinary_rates_of_norway(tmp_path: Path) -> None:
    document = copy.deepcopy(NORWAY)
    document["varer"][1]["avtalesatser"].append({"landgruppe": "EUE", "sats": [norwegian("0,00")]})
    found = read_norway(tmp_path, document)
    rows = [(row.goods, row.treatment, row.rate, row.since, row.until) for row in found.rows]
    assert rows[1:-1] == [
        ("61091000", "mfn", "10.7 %", None, None),
        ("85171300", "mfn", "free", None, None),
        ("02011000", "mfn", "58.62 NOK/kg", None, dt.date(2027, 1, 1)),
        ("02011000", "mfn", "59 NOK/kg", dt.date(2027, 1, 1), None),
        ("22030000", "mfn", "text:3,00 x", None, None),
    ]
    assert [each.why for each in found.unread] == ['the unit "L" is not known']
    assert "1 rates of 1 other country groups are left out" in found.notes[0]
    for row in found.rows:
        read_rate(row.rate)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[: len(text) // 2], "not the file of rates of Norwegian customs, or it is not whole"),
        (lambda text: text.replace('"1.2"', '"9"'), 'has version "9"'),
        (lambda text: text.replace("61091000", "6109"), '"6109" is not a code of eight digits'),
        (lambda text: text.replace("85171300", "61091000"), "or stands twice"),
        (lambda text: text.replace("2024-01-01", "2024-13-01"), '"2024-13-01" is not a date'),
        (lambda text: text.replace("2026-12-31", ""), ""),
        (lambda text: text.replace("97011000", "96011000"), "chapters 01 to 96"),
        (lambda text: text.replace("TALL", "EUE"), "No line has a rate of the group TALL"),
        (
            lambda text: text.replace('"K", "enhetBeskrivelse"', '"K", "x": ' + "[" * 5000 + "]" * 5000 + ', "y"'),
            "whole",
        ),
    ],
)
def test_a_bad_file_of_norway_is_refused(tmp_path: Path, change: Any, why: str) -> None:
    text = change(json.dumps(NORWAY))
    if not why:  # two open rates that begin on different days follow each other: the later begins in 2027
        assert read_norway(tmp_path, text).rows
        return
    with pytest.raises(ScheduleError, match=why):
        read_norway(tmp_path, text)


HEAD = "품목번호,관세율구분,관세율,단위당세액,기준가격,적용국가구분,용도세율구분,적용개시일,적용만료일\n"
KOREA = """0101211000,A,0,,,1,,20260101,20261231
9701210000,A,0,,,1,,20260101,20261231
6109101000,A,13,,,1,,20260101,20261231
6109101000,C,30,,,1,,20260101,99991231
6109101000,FUS1,0,,,2,,20260101,20261231
8517130000,A,8,,,1,,20260101,20261231
8517130000,C,0,,,1,,20260101,20261231
0201100000,A,40,,,1,,20260101,20261231
0201100000,W2,41.2,,,1,,20260101,20261231
2709001010,A,3,,,1,,20260101,20261231
2709001010,B,0,,,1,,20260701,20261231
3706100000,A,6.5,1092,,1,,20260101,20261231
9999999999,A,8,,,1,,20250101,20251231
"""


def read_korea(folder: Path, text: str, since: dt.date | None = DAY) -> ParsedSchedule:
    path = folder / "tariff.csv"
    path.write_text(HEAD + text, encoding="utf-8-sig")
    assert formats.format_of([path], "kr") == "kr"
    return formats.read([path], ReadOptions(pack="kr", since=since), "kr")


def test_the_rates_of_korea(tmp_path: Path) -> None:
    found = read_korea(tmp_path, KOREA)
    rates = {(row.goods, row.treatment): row.rate for row in found.rows}
    # The concession of 30 % is higher than the basic rate; that of nil is lower.
    assert rates["6109101000", "mfn"] == rates["6109101000", "general"] == "13 %"
    assert rates["6109101000", "kr_us"] == "free"
    assert (rates["8517130000", "mfn"], rates["8517130000", "general"]) == ("free", "8 %")
    # Article 50 of the Customs Act: a provisional rate stands in place of the basic one, also where it is lower.
    assert rates["2709001010", "mfn"] == rates["2709001010", "general"] == "free"
    assert rates["0201100000", "mfn"] == "text:A: 40 %"
    assert rates["3706100000", "mfn"] == "text:A: 6.5 % 1092 KRW"
    assert ("9999999999", "mfn") not in rates
    assert {row.until for row in found.rows} == {dt.date(2027, 1, 1)}
    assert found.notes == ("Classes of rates that are left out: W2 (1).",)
    law = Library().law_of("kr", DAY)
    assert {row.treatment for row in found.rows} <= {each.id for each in law.treatments} | {"mfn", "general"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("610910,A,13,,,1,,20260101,20261231\n", "not a code of ten digits"),
        ("6109101000,A,13,,,1,,2026,20261231\n", '"2026" is not a date'),
        ("6109101000,A,13,,,1,,20250101,20251231\n", "No rate of the file is in force on 2026-09-01"),
        ("", "No rate of the file is in force"),
        ("0101211000,A,0,,,1,,20260101,20261231\n", "chapters 01 to 01, and a tariff has 01 to 97"),
        ("0101211000,A,0,,,1,,2026", "The row has 8 cells, the first 9"),
    ],
)
def test_a_bad_file_of_korea_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        read_korea(tmp_path, text)
    with pytest.raises(ScheduleError, match="does not say since when"):
        read_korea(tmp_path, KOREA, None)


def test_the_pack_of_norway_names_the_file() -> None:
    (address,) = templates_of(Library().pack("no"))
    assert address is not None
    assert address.endswith("/download/tollavgiftssats.json")


@pytest.mark.parametrize(("pack", "name"), [("us", "hts_2026_revision_4.csv"), ("jp", "tariff_2026-07-09.csv.gz")])
def test_a_gzip_bomb_is_refused_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str, name: str
) -> None:
    monkeypatch.setattr("entrepot.schedules.tables.MAX_BYTES", 1 << 20)
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"HTS Number,x\n" * (1 << 19)))  # 7 MB that pack to some kilobytes
    with pytest.raises(ScheduleError, match="no schedule is that large"):
        formats.read([path], ReadOptions(pack=pack, since=DAY), pack)
