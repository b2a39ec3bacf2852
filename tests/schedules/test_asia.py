"""The tariffs of Viet Nam, Chinese Taipei and Indonesia: texts, small files made here, and the whole files."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from entrepot.app import quote
from entrepot.law.grammar import read_rate
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules import formats
from entrepot.schedules.formats import tw, vn
from entrepot.schedules.formats.id import read_duty
from entrepot.schedules.install import install
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row
from official_files import DATA
from six_digit_ranges import beside, expected, read
from xls_files import compound, shared, stream, text_cell

FILES = {
    "vn": ("vn/tariff_2026.xlsx", dt.date(2026, 1, 7)),
    "tw": ("tw/import_tariff_2025.xls", dt.date(2025, 1, 1)),
    "id": ("id/btki_2022.csv", dt.date(2022, 4, 1)),
}


@cache
def whole(pack: str) -> ParsedSchedule:
    """The whole file of an economy."""
    name, since = FILES[pack]
    files = [DATA / name]
    return formats.read(files, ReadOptions(pack=pack, since=since), formats.format_of(files, pack))


@pytest.mark.parametrize("pack", [pytest.param(pack, marks=beside(name)) for pack, (name, _) in FILES.items()])
def test_mfn_rates_agree_with_the_ranges_that_another_program_computed(pack: str) -> None:
    ranges, mine = expected(pack.upper()), read(whole(pack).rows)
    assert len(ranges) > 5_500
    plain = [code for code, (_, others) in ranges.items() if not others]
    assert len(plain) > 5_400
    assert not [code for code in plain if mine.get(code) != ranges[code][0]]


@pytest.mark.parametrize("pack", [pytest.param(pack, marks=beside(name)) for pack, (name, _) in FILES.items()])
def test_the_whole_file_becomes_valid_rows(pack: str) -> None:
    found = whole(pack)
    keys = Counter((row.goods, row.treatment, row.origin, row.season, row.scope) for row in found.rows)
    assert max(keys.values()) == 1
    for rate in {row.rate for row in found.rows}:
        read_rate(rate)
    assert {row.treatment for row in found.rows} == set(found.treatments)
    law = Library().law_of(pack, found.since)
    assert set(found.treatments) <= {each.id for each in law.treatments} | {"mfn", "general"}
    assert len(found.unread) + len(found.references) < 0.01 * found.cells


@cache
def vietnamese_cells() -> list[dict[str, str]]:
    """The cells of Viet Nam's workbook, as another program converted them to CSV."""
    with gzip.open(DATA / "vn" / "tariff_2026.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if not row["hs8"].startswith("98")]


#: Column of the CSV -> treatment, a few origins to try, and those that the column is not of.
COLUMNS = {
    "mfn": ("mfn", "US"),
    "acfta": ("acfta", "BN CN ID KH LA MM MY PH SG TH"),
    "atiga": ("atiga", "BN TH"),
    "ajcep": ("ajcep", "JP"),
    "vjepa": ("jp_vn", "JP"),
    "akfta": ("akfta", "BN ID KH KR LA MM MY PH SG TH"),
    "aanzfta": ("aanzfta", "AU"),
    "aifta": ("aifta", "IN"),
    "vkfta": ("kr_vn", "KR"),
    "vcfta": ("cl_vn", "CL"),
    "vneaeu": ("eaeu_vn", "RU"),
    "cptpp": ("cptpp", "CA MX"),
    "ahkfta": ("ahkfta", "HK"),
    "evfta": ("eu_vn", "DE"),
    "ukvfta": ("gb_vn", "GB"),
    "vifta": ("il_vn", "IL"),
    "rcep_a": ("rcep", "TH"),
    "rcep_b": ("rcep", "AU"),
    "rcep_c": ("rcep", "CN"),
    "rcep_d": ("rcep", "JP"),
    "rcep_e": ("rcep", "KR"),
    "rcep_f": ("rcep", "NZ"),
}


def meaning(text: str, origin: str) -> tuple[set[str], bool]:
    """The rates that a cell gives goods of an origin, and whether some goods of the line have none.

    Written apart from the reader: the text is cut by hand and not by a pattern.
    """
    if "; M:" in text:
        text = text.split("; M:")[origin == "MX"]
    rates, gaps = set(), False
    for part in text.replace("(GIC)", "").split("/"):
        number, _, rest = part.partition("(")
        left_out = rest.replace(")", "").replace("-", "").replace(" ", "").split(",") if rest else []
        if number.strip() == "*" or origin in left_out:
            gaps = True
        else:
            value = Decimal(number.strip().replace(",", "."))
            rates.add(f"{value.normalize():f} %" if value else "free")
    return rates, gaps


def applying(rows: list[Row], origin: str) -> list[Row]:
    """The rows that apply to goods of an origin."""

    def fits(row: Row) -> bool:
        named = row.origin.removeprefix("!").split()
        return not named or ((origin in named) is not row.origin.startswith("!"))

    return [row for row in rows if fits(row)]


@beside("vn/tariff_2026.csv.gz")
def test_every_cell_of_viet_nam_gives_each_origin_what_the_text_says() -> None:
    by_cell: dict[tuple[str, str], list[Row]] = {}
    for row in whole("vn").rows:
        by_cell.setdefault((row.goods, row.treatment), []).append(row)
    differing, compared = [], 0
    for line in vietnamese_cells():
        for column, (treatment, origins) in COLUMNS.items():
            text = line[column]
            if not text or text == "Q" or "Theo" in text or "NHN" in text:
                continue
            for origin in origins.split():
                rates, gaps = meaning(text, origin)
                rows = applying(by_cell.get((line["hs8"], treatment), []), origin)
                compared += 1
                if not rates:
                    agrees = not rows
                elif len(rates) == 1:
                    agrees = [(row.rate, row.scope) for row in rows] == [(*rates, "part" if gaps else "")]
                else:
                    agrees = len(rows) == 1 and rows[0].rate.startswith("from ")
                if not agrees:
                    differing.append((line["hs8"], column, text, origin, rows))
    assert compared > 400_000
    assert not differing


@beside("vn/tariff_2026.xlsx")
def test_of_viet_nam_at_least_99_of_100_cells_are_exact() -> None:
    found = whole("vn")
    assert found.cells > 250_000
    assert len(found.unread) + len(found.references) <= 0.01 * found.cells
    rows = {(row.treatment, row.scope): row.rate for row in found.rows if row.goods == "04072100" and not row.origin}
    # 60 (NHN: 120) and 40 (NHN: 80): the first within the quota, the second outside it.
    assert rows["general", ""] == "120 %"
    assert (rows["mfn", ""], rows["mfn", "part"]) == ("80 %", "40 %")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0(-KH, MY, PH, )", [("free", "!KH MY PH")]),
        ("0(-ID)(GIC)", [("free", "!ID")]),
        ("0 (-MM, TH)/0", [("free", "!MM TH"), ("free", "MM"), ("free", "TH")]),
        ("0 (-CN)/5", [("from free to 5 %", "!CN"), ("5 %", "CN")]),
        ("0/1,8; M: 0/2,7", [("from free to 1.8 %", "!MX"), ("from free to 2.7 %", "MX")]),
        ("*", []),
        ("Q", [("text:Q", "")]),
        ("12 USD", [("text:12 USD", "")]),
    ],
)
def test_the_notation_of_viet_nam(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(each.rate, each.origin) for each in vn.cell_rates(text)] == wanted


@pytest.mark.parametrize("text", ["", "abc", "NT$10", "2.5", "NT$10/KGM or 5%", "5% whichever is higher"])
def test_a_text_of_chinese_taipei_that_is_no_rate_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="known"):
        tw.read_duty(text)


@pytest.mark.parametrize("text", ["450/kg", "4.50,-/kg", "12.5.5", "21.450,-/menit"])
def test_a_text_of_indonesia_that_is_no_rate_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"known|sale"):
        read_duty(text)


def taipei(folder: Path, *lines: tuple[str, ...]) -> Path:
    header = ("貨品分類號列", "中文貨名", "英文貨名", "第一欄稅率", "第二欄稅率", "第三欄稅率", "統計數量單位")
    texts = [cell for line in (header, *lines) for cell in line]
    cells = b"".join(text_cell(at // 7, at % 7, at) for at in range(len(texts)))
    path = folder / "import_tariff_2025-01-01.xls"
    path.write_bytes(compound(stream(cells, shared(texts))))
    return path


def test_a_tariff_of_chinese_taipei(tmp_path: Path) -> None:
    path = taipei(
        tmp_path,
        ("01012100003", "馬", "Live horses", "2.5%", "", "2.5%", "HED"),
        ("97011000002", "油畫", "Paintings", "0%", "", "0%", ""),
        ("09011100004", "咖啡", "Coffee, not roasted", "0%", "0% (NZ,SG,PA)", "2.5%", "KGM"),
        ("09012100109", "咖啡", "Roasted coffee, a", "NT$10/KGM", "0% (NZ) 5% (SG)", "15%", ""),
        ("09012100902", "咖啡", "Roasted coffee, b", "NT$10/KGM", "0% (NZ) 4% (SG)", "15%", ""),
    )
    assert formats.format_of([path], "tw") == "tw"
    with pytest.raises(ScheduleError, match='the schedule of "tw" and not of "jp"'):
        formats.format_of([path], "jp")
    reading = formats.read([path], ReadOptions(pack="tw"), "tw")
    assert (reading.since, reading.trust) == (dt.date(2025, 1, 1), "official")
    found = {(row.goods, row.treatment): row.rate for row in reading.rows}
    # One rate for all lines is entered at eight digits; where they differ, at ten, without the check digit.
    assert found["09011100", "mfn"] == found["09011100", "sg_tw"] == "free"
    assert found["0901210010", "mfn"] == "10 TWD/kg"
    assert (found["0901210010", "sg_tw"], found["0901210090", "sg_tw"]) == ("5 %", "4 %")
    assert [each.why for each in reading.not_in_pack] == ["The pack has no agreement with PA alone."]


BTKI = "hs_code,chapter,description_id,description_en,import_duty,export_duty,ppn,ppnbm,hs_level\n"


def test_a_table_of_indonesia_and_bad_ones(tmp_path: Path) -> None:
    path = tmp_path / "btki.csv"
    lines = '09.01,09,Kopi,Coffee.,,,,,4\n09.01.21.10,09,- Tidak digiling,- Not ground,"7,5",-,11,-,8\n'
    ends = "01.01.21.00,01,- Bibit,- Breeding,0,-,-,-,8\n97.01.10.00,97,- Lukisan,- Paintings,5,-,11,-,8\n"
    path.write_text(BTKI + lines, encoding="utf-8")
    assert formats.format_of([path], "id") == "id"
    with pytest.raises(ScheduleError, match="does not say since when it is in force"):
        formats.read([path], ReadOptions(pack="id"), "id")
    options = ReadOptions(pack="id", since=dt.date(2022, 4, 1))
    with pytest.raises(ScheduleError, match="chapters 09 to 09, and a tariff has 01 to 97"):
        formats.read([path], options, "id")
    path.write_text(BTKI + lines + ends[:-20], encoding="utf-8")
    with pytest.raises(ScheduleError, match="If the file is cut off"):
        formats.read([path], options, "id")
    path.write_text(BTKI + lines + ends, encoding="utf-8")
    reading = formats.read([path], options, "id")
    assert next((row.goods, row.rate) for row in reading.rows) == ("09012110", "7.5 %")
    assert reading.names["09012110"] == {"id": "Kopi: Tidak digiling", "en": "Coffee: Not ground"}
    path.write_text(BTKI + lines + lines, encoding="utf-8")
    with pytest.raises(ScheduleError, match="stands twice"):
        formats.read([path], options, "id")
    path.write_text("goods,rate\n1,2\n", encoding="utf-8")
    with pytest.raises(ScheduleError, match=r"lacks the column \"hs_code\"\. This should be Indonesia's tariff book"):
        formats.read([path], options, "id")
    path.write_text("", encoding="utf-8")
    with pytest.raises(ScheduleError, match="The file is empty"):
        formats.read([path], options, "id")
    path.write_bytes(gzip.compress(BTKI.encode())[:-9])
    with pytest.raises(ScheduleError, match="cannot be read"):
        formats.read([path], options, "id")
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ScheduleError, match="not an XLSX workbook"):
        formats.format_of([tmp_path / "x.xlsx"], "vn")


@pytest.mark.long
@beside("vn/tariff_2026.xlsx")
@pytest.mark.parametrize(
    ("code", "origin", "proof", "duty"),
    [
        ("61091010", "CN", "none", "20000000"),  # MFN 20 % of 100,000,000
        ("61091010", "CN", "form_e", "0"),  # ACFTA 0
        ("02031100", "CA", "cptpp_certification", "2700000"),  # CPTPP "2,7; M: 5,4": Mexico bears 5.4 %
        ("02031100", "MX", "cptpp_certification", "5400000"),
    ],
)
def test_a_quote_under_the_whole_tariff_of_viet_nam(
    viet_nam: Library, code: str, origin: str, proof: str, duty: str
) -> None:
    line = {"hs_code": code, "amount": "100000000", "country_of_origin": origin, "proof_of_origin": proof}
    sale = {"ship_from": {"country": origin}, "ship_to": {"country": "VN"}, "date": "2026-03-02", "currency": "VND",
            "buyer": {"kind": "business"}, "transport": "sea", "incoterm": "CIF", "lines": [line]}  # fmt: skip
    best = quote(sale, packs=viet_nam).best
    assert best is not None
    assert [each.amount for each in best.charges if each.kind == "duty"] == [duty]


@pytest.fixture(scope="module")
def viet_nam(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The packs with the whole tariff of Viet Nam."""
    data = tmp_path_factory.mktemp("vn")
    install(whole("vn"), data, Library().check)
    return Library(data=data, cache=tmp_path_factory.mktemp("cache"))
