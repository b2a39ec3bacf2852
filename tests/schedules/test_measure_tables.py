"""Tables of measures: TARIC's workbook of import duties and the UK's CSV, samples constructed after public programs.

The columns, dates and duties of TARIC are those that several public readers of the workbook expect (`Goods code`,
`Meas. type code`; `18.400 % MIN 22.000 EUR DTN MAX 24.000 EUR DTN`; days as text or as numbers of a spreadsheet). Those
of the United Kingdom are the header of the program that writes the table, and its duties are of commodity documents.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from entrepot import quote
from entrepot.law.grammar import read_rate
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules import formats
from entrepot.schedules.formats.gb.document import Commodity, read_document
from entrepot.schedules.formats.gb.measure_rows import components_of
from entrepot.schedules.formats.gb.rates import read_components
from entrepot.schedules.install import install
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from official_files import DATA, needs
from workbooks_made import workbook

TARIC = ["Goods code", "Add code", "Order No.", "Start date", "End date", "RED_IND", "Origin", " Measure type",
         "Legal base", "Duty", "Origin code", " Meas. type code"]  # fmt: skip
UNITED_KINGDOM = [
    *("commodity__code", "commodity__description", "measure__type__id", "measure__type__description"),
    *("measure__additional_code__code", "measure__duty_expression", "measure__effective_start_date"),
    *("measure__effective_end_date", "measure__conditions", "measure__geographical_area__id"),
    *("measure__geographical_area__description", "measure__excluded_geographical_areas__ids"),
    "measure__quota__order_number",
]


def measure(code: str, duty: str, kind: str = "103", area: str = "1011", **cells: str) -> list[str]:
    given = {"Goods code": code, "Duty": duty, " Meas. type code": kind, "Origin code": area,
             "Start date": "01-01-2022", "Origin": "ERGA OMNES", " Measure type": "Third country duty"}  # fmt: skip
    return [(given | cells).get(name, "") for name in TARIC]


ENDS = [measure("0100000000", "5.000 %"), measure("9700000000", "0.000 %")]


def read_union(folder: Path, *rows: list[str], name: str = "Duties Import 2026-11-01.xlsx") -> ParsedSchedule:
    path = folder / name
    path.write_bytes(workbook(("Sheet1", [TARIC, *ENDS, *rows])))
    assert formats.format_of([path], "eu") == "taric"
    return formats.read([path], ReadOptions(pack="eu"), "taric")


def rows_of(found: ParsedSchedule, goods: str) -> list[tuple[str, str, str, str]]:
    return [(row.treatment, row.origin, row.scope, row.rate) for row in found.rows if row.goods == goods]


# Beside each duty what public tests of other programs say it is, or its reading in the gazette's words.
@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("12.800 %", "12.8 %"),
        ("0.000 % ", "free"),
        ("10.200 % + 93.100 EUR DTN", "10.2 % + 93.1 EUR/100kg"),
        ("15.000 % + 1,554.300 EUR TNE", "15 % + 1554.3 EUR/t"),
        ("12.000 % MIN 0.400 EUR DTN", "max(12 %, 0.4 EUR/100kg)"),
        ("10.000 % MIN 22.000 EUR DTN MAX 56.000 EUR DTN", "min(max(10 %, 22 EUR/100kg), 56 EUR/100kg)"),
        ("9.10 % + 45.10 EUR DTN MAX 18.90 % + 16.50 EUR DTN", "min(9.1 % + 45.1 EUR/100kg, 18.9 % + 16.5 EUR/100kg)"),
        ("0.600 EUR ASV X + 3.200 EUR HLT", "0.6 EUR/hl_vol + 3.2 EUR/hl"),
        ("NIHIL", "free"),
        ("6.00 GBP / 100 kg", "6 GBP/100kg"),
        ("4.00% + 10.00 GBP / 100 kg", "4 % + 10 GBP/100kg"),
    ],
)
def test_a_printed_duty_is_read(text: str, rate: str) -> None:
    assert read_components(components_of(text)) == rate
    read_rate(rate)


# P: of lactic matter, G: gross weight, units that a sale does not state.
@pytest.mark.parametrize(
    "text",
    [
        "NAR",
        "1.190 EUR KGM P + 27.500 EUR DTN",
        "12.000 % MIN 2.000 EUR DTN G",
        "7.600 % + EA",
        "8 % of it",
        "1 EUC DTN",
    ],
)
def test_a_duty_that_counts_something_else_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not known|it adds"):
        read_components(components_of(text))


def test_measures_of_taric_become_rows(tmp_path: Path) -> None:
    found = read_union(
        tmp_path,
        measure("6403910000", "8.000 %"),
        measure("6403910000", "0.000 %", "142", "VN", Origin="Viet Nam"),
        measure("6403910000", "4.500 %", "142", "2020", Origin="GSP - General arrangements"),
        measure("6403910000", "0.000 %", "143", "KR", **{"Order No.": "091234"}),
        measure("1806901900", "8.300 % + EA MAX 18.700 % +ADSZ"),
        measure("0702000007", "Cond:  V 84.600 EUR/DTN(01):0.000 % ; V 0.000 EUR/DTN(01):0.000 % + 29.800 EUR DTN"),
        measure("8542319000", "0.000 %", "112"),
        measure("7318150000", "86.500 %", "552", "CN", **{"Add code": "C999"}),
        measure("6403910000", "", "465"),
    )
    assert (found.since, found.trust, found.codes) == (dt.date(2026, 11, 1), "official", ())
    assert rows_of(found, "640391") == [
        ("mfn", "", "", "8 %"),
        ("eu_vn", "", "", "free"),
        ("eu_kr", "", "part", "free"),
    ]
    # "9 % + EA" is never below the percentage, and what the goods contain is not in the workbook.
    assert rows_of(found, "18069019") == [("mfn", "", "", "from 8.3 %")]
    ((_, _, _, price),) = rows_of(found, "0702000007")
    assert price.startswith("text:Cond")
    assert rows_of(found, "85423190") == [("provisional", "", "part", "free")]
    assert [(each.programme, each.goods, each.origin) for each in found.extras] == [("anti_dumping", "731815", "CN")]
    assert [each.text for each in found.not_in_pack] == ["4.500 %"]
    assert found.treatments[:2] == ("mfn", "provisional")
    assert [each.row for each in found.unread] == [8, 9, 11]  # the rows of the workbook, the header is row 1


def test_days_are_texts_or_numbers_of_a_spreadsheet_and_the_last_one_counts(tmp_path: Path) -> None:
    # 45474 is 1 July 2024 in the count of spreadsheets, whose 25569 is 1 January 1970 (19,905 days before).
    rows = [measure("6403910000", "8.000 %", **{"Start date": "45474", "End date": "31-12-2026"})]
    (row,) = [row for row in read_union(tmp_path, *rows).rows if row.goods == "640391"]
    assert (row.since, row.until) == (dt.date(2024, 7, 1), dt.date(2027, 1, 1))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (measure("6403910000", "8.000 %", **{"Start date": "soon"}), r'"soon" is not a date \(row 4\)'),
        (measure("6403910000", "8.000 %", **{"End date": "01-01-2000"}), "begins on"),
        (measure("64039", "8.000 %"), "is not a code of ten digits"),
    ],
)
def test_an_invalid_row_is_refused(tmp_path: Path, row: list[str], why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        read_union(tmp_path, row)


def test_a_part_of_taric_or_one_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="since when it is in force"):
        read_union(tmp_path, name="Duties Import 01-99.xlsx")
    path = tmp_path / "2026-11-01.xlsx"
    path.write_bytes(workbook(("Sheet1", [TARIC, ENDS[0]])))
    with pytest.raises(ScheduleError, match="It is not whole"):
        formats.read([path], ReadOptions(pack="eu"), "taric")
    with pytest.raises(ScheduleError, match='the schedule of "eu" and not of "gb"'):
        formats.format_of([path], "gb")


def test_a_quote_under_taric(tmp_path: Path) -> None:
    # Shoes for EUR 1,000, CIF: 8 % of 1,000 is 80.00, and nothing with the preference of Viet Nam.
    found = read_union(
        tmp_path, measure("6403910000", "8.000 %"), measure("6403910000", "0.000 %", "142", "VN", Origin="Viet Nam")
    )
    install(found, tmp_path / "data", Library().check)
    house = Library(data=tmp_path / "data", cache=tmp_path / "cache")
    for proof, duty in (("none", "80.00"), ("evfta_certificate", "0.00")):
        line = {"hs_code": "64039100", "amount": "1000", "country_of_origin": "VN", "proof_of_origin": proof}
        sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "DE"}, "date": "2026-11-20", "currency": "EUR",
                "buyer": {"kind": "business"}, "transport": "sea", "incoterm": "CIF", "lines": [line]}  # fmt: skip
        if proof != "none":
            line["proof_of_origin"] = "eu_vn"
        best = quote(sale, packs=house).best
        assert best is not None
        assert [each.amount for each in best.charges if each.kind == "duty"] == [duty]


def as_table(path: Path, commodities: list[Commodity]) -> None:
    """Write the measures of commodity documents as the table of the United Kingdom."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(UNITED_KINGDOM)
        for code in ("0100000000", "9700000000"):
            writer.writerow([code, "", "103", "", "", "5.00%", "2021-01-01", "", "", "1011", "ERGA OMNES", "", ""])
        for each in commodities:
            for one in each.import_measures:
                conditions = "|".join(
                    f"condition:{part.condition_code},certificate:{part.document_code or ''},"
                    f"action:{'01' if part.measure_condition_components else '27'}"
                    for part in one.measure_conditions
                )
                writer.writerow([
                    each.goods_nomenclature_item_id, each.description_plain, one.measure_type.id,
                    one.measure_type.description, one.additional_code.code if one.additional_code else "", one.printed,
                    one.effective_start_date[:10], (one.effective_end_date or "")[:10], conditions,
                    one.geographical_area.id, one.geographical_area.description,
                    "|".join(area.id for area in one.excluded_countries),
                    one.order_number.number if one.order_number else "",
                ])  # fmt: skip


@needs(DATA / "uk" / "uk" / "commodities")
def test_the_table_of_the_united_kingdom_agrees_with_its_commodity_documents(tmp_path: Path) -> None:
    """The documents state each duty in parts, the table only as text: both give the same rates."""
    folder, since = DATA / "uk" / "uk" / "commodities", dt.date(2024, 6, 1)
    files = sorted(folder.glob("*.json"))
    as_table(
        tmp_path / "measures.csv", [found for file in files if isinstance(found := read_document(file), Commodity)]
    )
    assert formats.format_of([tmp_path / "measures.csv"], "gb") == "uk_measures"
    options = ReadOptions(pack="gb", since=since)
    table = formats.read([tmp_path / "measures.csv"], options, "uk_measures")
    documents = formats.read(files, options, "gb")

    def rates(found: ParsedSchedule) -> dict[tuple[str, str, str, str, dt.date | None], str]:
        rows = [row for row in found.rows if not row.rate.startswith("text:") and row.goods not in ("01", "97")]
        return {(row.goods, row.treatment, row.origin, row.scope, row.since): row.rate for row in rows}

    mine, theirs = rates(table), rates(documents)
    assert len(mine) > 20
    # The table names no members of a group: those of the pack stand for them, and the document lists its own.
    assert {key[:3] for key, rate in mine.items() if theirs.get(key) != rate} == {("0702000007", "ldc", "")}
    assert {key[:2] for key in theirs.keys() - mine.keys()} == {("0702000007", "ldc")}


def test_groups_of_the_united_kingdom_are_the_treatments_of_the_pack(tmp_path: Path) -> None:
    path = tmp_path / "measures-as-defined_2026-11-01.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(UNITED_KINGDOM)
        for code, kind, duty, area, name, left_out in (
            ("0100000000", "103", "0.00%", "1011", "ERGA OMNES", ""),
            ("9700000000", "103", "0.00%", "1011", "ERGA OMNES", ""),
            ("6403910000", "103", "8.00%", "1011", "ERGA OMNES", ""),
            ("6403910000", "142", "0.00%", "1013", "European Union", ""),
            ("6403910000", "142", "0.00%", "1060", "DCTS - Comprehensive Preferences", "MM"),
            ("6403910000", "142", "4.00%", "1061", "DCTS - Enhanced Preferences", ""),
        ):
            writer.writerow([code, "", kind, "", "", duty, "2024-01-01", "", "", area, name, left_out, ""])
    found = formats.read([path], ReadOptions(pack="gb"), "uk_measures")
    rows = {row.treatment: row for row in found.rows if row.goods == "640391"}
    assert rows.keys() == {"mfn", "eu_gb", "ldc"}
    assert (rows["eu_gb"].origin, rows["eu_gb"].rate) == ("", "free")
    assert "KH" in rows["ldc"].origin.split()
    assert "MM" not in rows["ldc"].origin.split()
    assert [each.text for each in found.not_in_pack] == ["4.00%"]
