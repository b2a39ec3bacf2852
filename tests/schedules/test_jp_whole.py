"""Japan's whole schedule, if its transcription is beside the repository: how much is read, and is it correct?"""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from entrepot.app import quote
from entrepot.law.cells import read_economies, read_season
from entrepot.law.grammar import read_rate
from entrepot.law.library import Library
from entrepot.law.read import read_pack
from entrepot.model.quote import Quote
from entrepot.schedules.formats.jp.lower_rate import at_most
from entrepot.schedules.formats.jp.print_rates import print_cell
from entrepot.schedules.formats.jp.rates import read_cell
from entrepot.schedules.formats.jp.reader import HEAD, RATES, TREATMENTS, read
from entrepot.schedules.formats.jp.rows import national_rate
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row
from official_files import DATA, needs

ROOT = Path(__file__).resolve().parents[2]
FILE = DATA / "jp" / "tariff_2026-07-09.csv.gz"
ASKED = ReadOptions(pack="jp")
HEADER = (*HEAD, *RATES)
pytestmark = needs(FILE)


@pytest.fixture(scope="module")
def whole() -> ParsedSchedule:
    return read([FILE], ASKED)


@pytest.fixture(scope="module")
def texts() -> Counter[str]:
    """Every rate text of the file as it stands there, with how many cells have it."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as text:
        return Counter(row[name] for row in csv.DictReader(text) for name in HEADER[5:] if row[name].strip())


def test_at_least_995_of_1000_cells_are_read_exactly(whole: ParsedSchedule, texts: Counter[str]) -> None:
    assert whole.cells == sum(texts.values()) == 201_100
    assert len(whole.unread) <= 0.005 * whole.cells
    assert len(whole.names) == 9_646  # 9,654 nine-digit rows, of which 8 codes stand twice, once for each season


def test_every_read_text_prints_back_to_the_same_meaning(texts: Counter[str]) -> None:
    unread = []
    for text in texts:
        try:
            cell = read_cell(text)
        except ValueError:
            unread.append(text)
            continue
        assert read_cell(print_cell(cell)) == cell, text
        for item in (item for statement in cell for item in statement.items):
            assert item.rate.startswith("text:") or read_rate(item.rate).text == item.rate
    assert unread == ["（20,400.55円×1.037-課税価格）/頭又は8,534.75円/kgのうちいずれか低い税率"]


def _numbers(text: str) -> list[Fraction]:
    """The numbers of a text, products reckoned out: 524円×1.002 is 525.048, (500円-課税価格)×0.8 is 400 and 0.8."""

    def product(found: re.Match[str]) -> str:
        left, right = Fraction(found[1]), Fraction(found[2])
        return f"{float(left * right):.10f}".rstrip("0").rstrip(".") + (found[3] if found.lastindex == 3 else "円")

    text = text.translate(str.maketrans("（）％＋－−", "()%+--"))
    text = re.sub(r"(\d+)万", r"\g<1>0000", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d[\d.]*)円×(\d[\d.]*)", product, text)
    text = re.sub(r"(\d[\d.]*)円-課税価格\)×(\d[\d.]*)(?![\d./])(.|$)", lambda m: f"{product(m)} {m[2]}", text)
    return sorted(Fraction(number) for number in re.findall(r"\d+(?:\.\d+)?", text))


def _units(text: str) -> Counter[str]:
    """How often each unit, and each word that compares, stands in a text."""
    text = text.translate(str.maketrans("（）％", "()%")).replace("枚", "本").replace("課税価格/kg", "課税価格")
    text = re.sub(r"\(([\d.,]+円)/kg-課税価格(×[\d.]+)?\)", r"(\1-課税価格\2)/kg", text)
    return Counter(
        re.findall(r"/(?:kg|kl|l|MT|頭|足|㎡|1,000本|本)|%|高い|低い|課税価格|無税|非譲許|[●◎※*〜]|◆\d+", text)
    )


def test_no_number_and_no_unit_of_a_text_is_lost_or_added(texts: Counter[str]) -> None:
    for text in texts:
        try:
            printed = print_cell(read_cell(text))
        except ValueError:
            continue
        assert _numbers(printed) == _numbers(text), text
        assert _units(printed) == _units(text.replace("免税", "無税")), text


def test_a_bracketed_wto_rate_is_never_lower() -> None:
    """Of thousands of bracketed rates that can be compared, none is lower than the rate in force."""
    compared = 0
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            own, wto = row["temporary"] or row["general"], row["wto"]
            if len(row["code"]) < 9 or not own or not wto or national_rate(own).why:
                continue
            (first, *more) = [item for statement in read_cell(wto) for item in statement.items]
            if first.bracketed and not more and at_most(first.rate, national_rate(own).rate):
                assert at_most(national_rate(own).rate, first.rate), row["code"]
                compared += 1
    assert compared > 2_000


def test_the_rows_are_valid_rows_of_a_pack(whole: ParsedSchedule) -> None:
    kept = Counter((r.goods, r.treatment, r.origin, r.season, r.scope) for r in whole.rows)
    assert max(kept.values()) == 1
    assert {r.treatment for r in whole.rows} == set(TREATMENTS) == set(whole.treatments)
    assert {r.goods for r in whole.rows if r.treatment == "mfn"} == set(whole.names)
    for row in whole.rows:
        read_rate(row.rate)
        read_economies(row.origin)
        read_season(row.season)
        assert row.scope in ("", "part")
        assert "\n" not in row.rate + row.note
    known = {
        entry.id for name in ("world", "jp") for _, entry in read_pack(ROOT / "packs" / name).entries_of("treatment")
    }
    assert set(whole.treatments) - {"mfn", "general"} <= known


def test_the_rows_agree_with_those_entered_by_hand(whole: ParsedSchedule) -> None:
    """The pack of Japan has some sixty common lines, entered one by one: every rate of the day is the same."""
    mine = {(r.goods, r.treatment, r.origin, r.season, r.scope): r.rate for r in whole.rows}
    compared = 0
    with (ROOT / "packs" / "jp" / "tariff.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if not row["since"] <= "2026-07-09" < (row["until"] or "9999"):
                continue
            key = row["goods"], row["treatment"], row["origin"], row.get("season") or "", row["scope"]
            assert mine.get(key, "none") == row["rate"], key
            compared += 1
    assert compared > 1_000


LINES = ("010121290", "020319023", "020319024", "021011010", "040210129", "080310100", "220421020", "620799220")


def _kept(whole: ParsedSchedule, code: str) -> list[Row]:
    return [row for row in whole.rows if row.goods == code]


@pytest.fixture(scope="module")
def library(whole: ParsedSchedule, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The packs, with the lines that the tests ask about in the pack of Japan."""
    folder = tmp_path_factory.mktemp("packs")
    for name in ("jp", "world"):
        shutil.copytree(ROOT / "packs" / name, folder / name)
    path = folder / "jp" / "tariff.csv"
    with path.open(encoding="utf-8", newline="") as text:
        before = [row for row in csv.DictReader(text) if row["goods"] not in LINES]
    columns = ["goods", "treatment", "origin", "season", "scope", "rate", "since", "until", "cite", "trust", "note"]
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(before)
        for row in (row for code in LINES for row in _kept(whole, code)):
            cells = {name: getattr(row, name) for name in columns[:6]}
            law = {"since": str(whole.since), "until": str(whole.until), "cite": "schedule-2026", "trust": "published"}
            writer.writerow(cells | law)
    return Library(folder, tmp_path_factory.mktemp("cache"), data=tmp_path_factory.mktemp("data"))


def _duty(answer: Quote) -> str | None:
    (regime,) = [option for option in answer.options if option.regime == "ordinary"]
    return {charge.id: charge.amount for charge in regime.charges}["duty"]


def _asked(packs: Library, code: str, origin: str, amount: str, date: str = "2026-09-01", **more: str) -> Quote:
    proof = "cptpp" if origin == "CA" else "none"
    sale = {
        "ship_from": {"country": origin},
        "ship_to": {"country": "JP"},
        "date": date,
        "buyer": {"kind": "business"},
        "currency": "JPY",
        "incoterm": "CIF",
        "exchange_rates": {"USD": "150"},
        "lines": [{"hs_code": code, "country_of_origin": origin, "amount": amount, "proof_of_origin": proof, **more}],
    }
    return quote(sale, packs=packs)


@pytest.mark.parametrize(
    ("code", "origin", "amount", "measures", "duty"),
    [
        # CPTPP pork, 400 yen/kg: the lower of (525.048 - 400) x 500 = 62,524 and 54 x 500 = 27,000
        ("020319024", "CA", "200000", {"net_mass_kg": "500"}, "27000"),
        # 516 yen/kg: (525.048 - 516) x 500 = 4,524, rounded down to 4,500
        ("020319024", "CA", "258000", {"net_mass_kg": "500"}, "4500"),
        # ham of 800 yen/kg: 100 x (800 x (1.007 - 51.46/897.59) + 51.46 - 800)
        # = 100 x (0.7 % x 800 - 45.865... + 51.46) = 1,119.49, rounded down to 1,100
        ("021011010", "CA", "80000", {"net_mass_kg": "100"}, "1100"),
        # wine from a WTO member: 15 % = 15,000, 125 x 100 = 12,500: the lower, above 67 x 100
        ("220421020", "ZA", "100000", {"litres": "100"}, "12500"),
        # 15 % = 6,000, under 67 x 100 = 6,700
        ("220421020", "ZA", "40000", {"litres": "100"}, "6700"),
        # milk powder: temporary 36 % + 130/kg = 85,000; WTO 29.8 % + 396/kg = 99,200: the lower
        ("040210129", "ZA", "200000", {"net_mass_kg": "100"}, "85000"),
        # dear: 36 % + 130/kg = 1,813,000; 29.8 % + 396/kg = 1,529,600
        ("040210129", "ZA", "5000000", {"net_mass_kg": "100"}, "1529600"),
    ],
)
def test_duties_calculated_by_hand(
    library: Library, code: str, origin: str, amount: str, measures: dict[str, str], duty: str
) -> None:
    answer = _asked(library, code, origin, amount, **measures)
    assert _duty(answer) == duty


@pytest.mark.parametrize(("date", "duty"), [("2026-09-30", "20000"), ("2026-10-01", "25000")])
def test_bananas_of_two_seasons(library: Library, date: str, duty: str) -> None:
    answer = _asked(library, "080310100", "TW", "100000", date)
    assert _duty(answer) == duty


def test_a_line_whose_duty_is_only_text_is_refused(library: Library) -> None:
    answer = _asked(library, "020319024", "ZA", "200000", net_mass_kg="500")
    assert answer.best is None
    assert answer.assessment.outcome == "refused"


def _days(text: str) -> set[tuple[int, int]]:
    """The days of a season, of a leap year."""
    found = read_season(text)
    assert found, text
    days = [
        (month, day)
        for month in range(1, 13)
        for day in range(1, (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1] + 1)
    ]
    first, last = found
    return {day for day in days if (first <= day <= last if first <= last else day >= first or day <= last)}


def test_the_two_seasons_of_a_code_cover_the_year_and_agreements_stay_within_them(whole: ParsedSchedule) -> None:
    split = {row.goods for row in whole.rows if row.treatment == "mfn" and row.season}
    assert len(split) == 8
    for code in split:
        spells = [_days(row.season) for row in whole.rows if row.goods == code and row.treatment == "mfn"]
        assert sum(map(len, spells)) == len(set.union(*spells)) == 366, code
        for row in whole.rows:
            if row.goods == code:
                assert any(_days(row.season) <= spell for spell in spells), row
