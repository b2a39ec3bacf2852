"""The UK Global Tariff, and the workbooks of preferential rates and their staging: texts and the whole files."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from entrepot.law.grammar import read_rate
from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules import formats
from entrepot.schedules.formats.uk_duties import read_duties, read_duty
from entrepot.schedules.formats.uk_preferences import PARTNERS
from entrepot.schedules.install import install
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from official_files import DATA
from six_digit_ranges import beside, expected, read

TARIFF = DATA / "eu_uk" / "ukgt_cet_2020.csv"
PREFERENCES, STAGING = DATA / "eu_uk" / "uk_preferences_2022.xlsx", DATA / "eu_uk" / "uk_staging_2022.xlsx"
openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")


@cache
def tariff(pack: str) -> ParsedSchedule:
    """The table, as it is read for a pack."""
    assert formats.format_of([TARIFF], pack) == "ukgt"
    return formats.read([TARIFF], ReadOptions(pack=pack), "ukgt")


@pytest.mark.parametrize("pack", ["gb", "eu"])
@beside("eu_uk/ukgt_cet_2020.csv")
def test_mfn_rates_agree_with_the_ranges_that_another_program_computed(pack: str) -> None:
    ranges, mine = expected(pack.upper()), read(tariff(pack).rows)
    plain = [code for code, (_, others) in ranges.items() if not others]
    assert len(plain) > 4_500
    # 66 lines are at one of two rates until a review ends: they are ranges here, and no percentage.
    reviewed = {each.goods[:6] for each in tariff(pack).unread}
    assert not [code for code in plain if code not in reviewed and mine.get(code) != ranges[code][0]]


@beside("eu_uk/ukgt_cet_2020.csv")
def test_at_least_98_of_100_cells_are_exact_and_the_rest_says_why() -> None:
    for pack in ("gb", "eu"):
        found = tariff(pack)
        assert found.cells == 11_830
        assert len(found.unread) < 0.02 * found.cells
        assert all(each.why for each in found.unread)
        for rate in {row.rate for row in found.rows}:
            read_rate(rate)
    with TARIFF.open(encoding="utf-8-sig", newline="") as file:
        seasonal = [row for row in csv.DictReader(file) if "(" in row["ukgt_duty_rate"]]
    rows = [row for row in tariff("gb").rows if row.season]
    assert sum(text["ukgt_duty_rate"].count("(") for text in seasonal) == len(rows)


@beside("eu_uk/ukgt_cet_2020.csv")
def test_the_table_is_refused_for_another_pack_or_day() -> None:
    with pytest.raises(ScheduleError, match="add it to gb or eu"):
        formats.read([TARIFF], ReadOptions(pack="jp"), "ukgt")
    with pytest.raises(ScheduleError, match="It is not the law of other days"):
        formats.read([TARIFF], ReadOptions(pack="gb", since=dt.date(2026, 1, 1)), "ukgt")


@beside("eu_uk/ukgt_cet_2020.csv")
def test_the_table_is_installed_and_its_ranges_are_not_official(tmp_path: Path) -> None:
    # A line under review bears one of two rates until a day that the table does not name (UKGT publication, column
    # cet_applies_until_trade_remedy_transition_reviews_concluded): the department states both, and no range.
    added = install(tariff("gb"), tmp_path, Library().check)
    with (tmp_path / "schedules" / "gb" / added.layer.head.id / "tariff.csv").open(encoding="utf-8") as file:
        trusts = Counter((row["trust"], row["rate"].startswith("from ")) for row in csv.DictReader(file))
    assert trusts.keys() == {("official", False), ("published", True)}
    assert trusts["published", True] > 50


@cache
def preferences() -> ParsedSchedule:
    """Both workbooks."""
    files = [PREFERENCES, STAGING]
    assert formats.format_of(files, "gb") == "uk_preferences"
    return formats.read(files, ReadOptions(pack="gb"), "uk_preferences")


@cache
def sheet(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a workbook, read with openpyxl."""
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book["Sheet1"].iter_rows(min_row=2, values_only=True))
    book.close()
    if path == PREFERENCES:  # row 17,670 is where the last four codes belong, whose seasons stand there
        codes = [row[1] for row in rows]
        codes[17_668:] = [*codes[-4:], *codes[17_668:-4]]
        rows = [(row[0], code, *row[2:]) for row, code in zip(rows, codes, strict=True)]
    return rows


@pytest.mark.long
@beside("eu_uk/uk_preferences_2022.xlsx")
def test_every_number_of_the_rates_of_2022_becomes_that_percentage() -> None:
    # Read with openpyxl, for partners whose agreement is in the packs, where no staging replaces the rate.
    known = {"Singapore": "gb_sg", "Viet Nam": "gb_vn", "Japan": "gb_jp", "Canada": "ca_gb", "Switzerland": "ch_gb",
             "Republic of Korea": "gb_kr", "EU": "eu_gb"}  # fmt: skip
    first = (None, dt.date(2022, 1, 1))  # the staging has some lines that the rates do not mark as staged
    mine = {(row.treatment, row.goods): row.rate for row in preferences().rows if not row.season and row.since in first}
    compared = differing = 0
    for partner, code, rate, validity, staging, note, *_ in sheet(PREFERENCES):
        if partner in known and isinstance(rate, (int, float)) and (validity, staging, note) == ("-", "-", "-"):
            goods = code[1:].replace(".", "")
            given = mine[known[partner], goods if len(goods) < 10 or goods[8:] != "00" else goods[:8]]
            wanted = "free" if rate == 0 else f"{round(rate * 100, 6):g} %"
            if given.startswith("text:"):
                differing += 1  # the two workbooks contradict each other
                continue
            assert given == wanted, (partner, code, rate)
            compared += 1
    assert compared > 4_000
    assert differing < 10


@beside("eu_uk/uk_staging_2022.xlsx")
def test_every_number_of_the_staging_becomes_that_percentage_in_its_year() -> None:
    known = {"Singapore": "gb_sg", "Vietnam": "gb_vn", "Japan": "gb_jp", "Canada": "ca_gb"}
    mine: dict[tuple[str, str, int], set[str]] = {}
    for row in preferences().rows:
        if row.since is not None:
            mine.setdefault((row.treatment, row.goods, row.since.year), set()).add(row.rate)
    compared = missing = 0
    for partner, code, _, *years in sheet(STAGING):
        if partner not in known:
            continue
        digits = str(code).replace(".", "")
        digits += "0" * (len(digits) % 2)
        goods = digits[:8] if len(digits) == 10 and digits.endswith("00") else digits
        for year, rate in zip(range(2022, 2035), years, strict=False):
            if not isinstance(rate, (int, float)):
                continue
            found = mine.get((known[partner], goods, year))
            if found is None:
                missing += 1  # a line that is not among the rates of 2022, or at another rate that is not staged
                continue
            wanted = "free" if rate == 0 else f"{round(rate * 100, 6):g} %"
            # Where the first rate of the staging is not that of 2022, the day of each year's step is not known.
            step = [each for each in found if each.startswith(("from ", "text:"))]
            assert wanted in found or step, (code, year)
            assert all(wanted in each for each in step if each.startswith("from ")), (code, year)
            compared += 1
    assert compared > 5_000
    assert missing < 0.2 * compared


@beside("eu_uk/uk_staging_2022.xlsx")
def test_codes_at_the_end_of_the_sheet_are_taken_back_to_their_place() -> None:
    # The sheet has 13.00 GBP/100kg beside x0207.12.90, four lines below x0207.11.10, at which the staging has it. The
    # UK Global Tariff has 27.00 GBP/100kg for 0207.12.90 and 21.00 for 0207.11.10, of which five eighths are 13.
    found = preferences()
    assert [note for note in found.notes if "were moved" in note] == [
        "The last 4 codes of the workbook belong further up: they and those after them were moved."
    ]
    rows = {(row.goods, row.since): row for row in found.rows if row.treatment == "gb_vn"}
    assert rows["02071110", dt.date(2022, 1, 1)].rate == "13 GBP/100kg"
    assert rows["02071290", dt.date(2022, 1, 1)].rate == "16 GBP/100kg"
    assert (rows["6109", dt.date(2022, 1, 1)].rate, rows["6109", dt.date(2025, 1, 1)].rate) == ("6 %", "free")


@beside("eu_uk/uk_preferences_2022.xlsx")
def test_no_rate_of_viet_nam_is_above_the_general_duty() -> None:
    general = {row.goods: row.rate for row in tariff("gb").rows if row.rate.endswith(" %") and row.rate[0].isdigit()}
    pairs = [
        (Decimal(row.rate[:-2]), Decimal(general[row.goods][:-2]))
        for row in preferences().rows
        if row.treatment == "gb_vn" and row.goods in general and row.rate[-1] == "%" and row.rate[0].isdigit()
    ]
    assert len(pairs) > 500
    assert all(own <= most for own, most in pairs)


@beside("eu_uk/uk_preferences_2022.xlsx")
@pytest.mark.long
def test_the_rows_are_valid_and_every_partner_is_known() -> None:
    found = preferences()
    keys = Counter((row.goods, row.treatment, row.origin, row.season, row.scope, row.since) for row in found.rows)
    assert max(keys.values()) == 1
    for rate in {row.rate for row in found.rows}:
        read_rate(rate)
    partners = {row[0] for row in sheet(PREFERENCES)}
    assert partners - set(PARTNERS) == {"ESA - EPA", "Pacific States - EPA"}  # their members are not in the workbook
    # Without the staging, a staged rate applies to 2022 alone.
    alone = formats.read([PREFERENCES], ReadOptions(pack="gb"), "uk_preferences")
    assert {row.until for row in alone.rows} == {None, dt.date(2023, 1, 1)}
    with pytest.raises(ScheduleError, match="This is the staging alone"):
        formats.read([STAGING], ReadOptions(pack="gb"), "uk_preferences")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("7.8 % + 1,024.00 EUR / tonne", "7.8 % + 1024 EUR/t"),
        ("1.40 GBP / % vol / hl", "1.4 GBP/hl_vol"),
        ("43.00 GBP/1000 items", "43 GBP/1000item"),
        ("0.20 GBP/ item", "0.2 GBP/item"),
        ("1.8% + 3.10GBP/100kg", "1.8 % + 3.1 GBP/100kg"),
        ("4.0 % + 10.00 GBP/100kg MAX 2.8 % + 21.00 GBP/100kg", "min(4 % + 10 GBP/100kg, 2.8 % + 21 GBP/100kg)"),
    ],
)
def test_a_duty_in_each_spelling(text: str, rate: str) -> None:
    assert read_duty(text) == rate
    read_rate(rate)


@pytest.mark.parametrize(
    "text",
    ["", "Entry Price", "9.70.00 GBP / 100 kg", "24 + 4.2 EUR / 100 kg", "8.00% (01 JAN - 31 APR)", "8.00% (end-use)"],
)
def test_a_text_that_cannot_be_read_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|cannot be read|does not exist"):
        read_duties(text)
