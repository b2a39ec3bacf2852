"""The duties by six digits in the packs are those of the computed table of the lowest and highest rates."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

import entrepot
import official_files
from batch.sale_rows import agree, rows_of, table_of
from entrepot.law.library import packs_folder
from entrepot.law.read import Pack, Row, read_pack
from slow.rates import rate as amount_of

TABLE = official_files.DATA.parent / "facts" / "10_mfn_hs6.csv"
#: The day on which the rates of each economy begin in its pack, and how far they can be trusted.
EDITIONS = {
    "CN": ("2019-01-01", "unchecked"),
    "EU": ("2020-12-01", "published"),
    "GB": ("2021-01-01", "published"),
    "ID": ("2022-08-01", "published"),
    "JP": ("2026-04-01", "published"),
    "TW": ("2025-01-01", "published"),
    "US": ("2026-01-01", "published"),
    "VN": ("2026-01-01", "published"),
}
#: A value so high that specific duties hardly count beside it, and the least share that is more than that.
HIGH_VALUE, HARDLY = Fraction(10**12), Fraction(1, 10**6)
ONE_OF_EACH = dict.fromkeys(
    ("kg", "kg_gross", "l", "item", "thousands", "pair", "m2", "m3", "head", "l_alc", "hl_vol", "dozen", "t", "hl"),
    Fraction(1),
)
#: Codes of Japan and the United States whose lines the table read in part; the packs have all lines of the schedule.
#: In Japan a general or temporary rate below the bound one applies, and a maximum or minimum bounds others.
READ_IN_FULL = {
    "JP": {"091099", "283620", "290516", "390110", "390120", "390210", "440799", "740200", "740311"}
    | {"200819", "740312", "740313", "740319", "740322", "740329", "760612", "070310"},
    "US": set(),
}


def share(text: str) -> Fraction:
    """The share of a high value that a rate takes."""
    return amount_of(text, HIGH_VALUE, ONE_OF_EACH, lambda amount, _: amount).at(HIGH_VALUE) / HIGH_VALUE


def ends(rate: str) -> tuple[str, str | None]:
    """The lowest and the highest rate of a row; None if the highest is not known."""
    if not rate.startswith("from "):
        return rate, rate
    low, to, high = rate.removeprefix("from ").partition(" to ")
    return low, high if to else None


def by_code(pack: Pack, since: str, trust: str) -> dict[str, Row]:
    """The row of each six-digit code that begins with the edition."""
    first = dt.date.fromisoformat(since)
    rows = [row for row in pack.rows("tariff") if row["treatment"] == "mfn" and row["trust"] == trust]
    return {row["goods"]: row for row in rows if len(row["goods"]) == 6 and row["since"] == first}


def facts(economy: str) -> Iterator[dict[str, str]]:
    with TABLE.open(newline="") as lines:
        yield from (row for row in csv.DictReader(lines) if row["economy"] == economy)


@official_files.needs(TABLE)
@pytest.mark.parametrize("economy", EDITIONS)
def test_every_code_of_the_table_has_its_rate(economy: str) -> None:
    rows = by_code(read_pack(packs_folder() / economy.lower()), *EDITIONS[economy])
    listed = list(facts(economy))
    assert len(listed) > 5600
    assert {fact["hs6"] for fact in listed} == set(rows)
    wrong = []
    for fact in listed:
        rate = rows[fact["hs6"]]["rate"].text
        low, high = ends(rate)
        if fact["low_pct"] and not fact["other_rates"] and economy not in READ_IN_FULL:
            wanted = [Fraction(fact[name]) / 100 for name in ("low_pct", "high_pct")]
            if [share(low), share(high or "unknown")] != wanted or rate.startswith("from ") != (wanted[0] < wanted[1]):
                wrong.append((fact, rate))
        elif fact["low_pct"] and fact["hs6"] not in READ_IN_FULL.get(economy, ()):
            # Words beside the percentages can only widen the range.
            if share(low) > Fraction(fact["low_pct"]) / 100 + HARDLY:
                wrong.append((fact, rate))
            if high is not None and share(high) < Fraction(fact["high_pct"]) / 100 - HARDLY:
                wrong.append((fact, rate))
    assert wrong == []


#: A specific duty as each authority writes it: the amount, and of how many kilograms.
SPECIFIC = {
    "EU": r"(?P<amount>\d+\.\d+) EUR / (?P<many>100) kg",
    "GB": r"(?P<amount>\d+\.\d+) GBP/(?P<many>100)kg",
    "ID": r"(?P<amount>[\d.]+),-/(?P<many>)kg",
    "TW": r"NT\$(?P<amount>\d+(\.\d+)?)/(?P<many>)KGM",
}


@official_files.needs(TABLE)
@pytest.mark.parametrize("economy", SPECIFIC)
def test_specific_duties_lie_within_the_range(economy: str) -> None:
    rows = by_code(read_pack(packs_folder() / economy.lower()), *EDITIONS[economy])
    checked, wrong = 0, []
    for fact in facts(economy):
        for text in fact["other_rates"].split(" | "):
            if not (found := re.fullmatch(SPECIFIC[economy], text)):
                continue
            checked += 1
            amount = Fraction(found["amount"].replace(".", "") if economy == "ID" else found["amount"])
            owed = amount / int(found["many"] or 1)  # on one kilogram that is worth nothing
            low, high = (
                None if end is None else amount_of(end, Fraction(0), ONE_OF_EACH, lambda money, _: money).rest
                for end in ends(rows[fact["hs6"]]["rate"].text)
            )
            if (low or 0) > owed or (high is not None and high < owed):
                wrong.append((fact["hs6"], text, rows[fact["hs6"]]["rate"].text))
    assert checked > 3
    assert wrong == []


@pytest.mark.parametrize("economy", EDITIONS)
def test_ranges_say_how_many_lines_they_sum_up_and_are_never_official(economy: str) -> None:
    pack = read_pack(packs_folder() / economy.lower())
    ranges = [row for row in pack.rows("tariff") if row["rate"].kind == "range" and row["treatment"] == "mfn"]
    assert len(ranges) > 500
    assert {row["trust"] for row in ranges} <= {"published", "unchecked"}
    if economy != "CN":  # of 2026 the pack of China has lines of its own
        assert all(row["lines"] for row in ranges)
    cited = {cite for row in ranges for cite in row["cite"]}
    assert all(pack.sources[cite].as_of for cite in cited)


def test_a_table_names_the_edition_as_the_quote_does() -> None:
    sales = []
    for economy, (since, trust) in EDITIONS.items():
        pack = read_pack(packs_folder() / economy.lower())
        assert pack.head is not None
        plain = [code for code, row in by_code(pack, since, trust).items() if row["rate"].kind in ("free", "share")]
        lines = [row["goods"] for row in pack.rows("tariff") if row["treatment"] == "mfn" and len(row["goods"]) > 6]
        for code in (*plain[::700], *lines[:2]):
            sale = {
                "ship_from": {"country": "BR"},
                "ship_to": {"country": pack.head.economies[0]},
                "date": "2026-09-01",
                "buyer": {"kind": "business"},
                "transport": "sea",
                "currency": pack.head.currency,
                "shipping_cost": "0",
                "insurance_cost": "0",
                "lines": [{"hs_code": code, "amount": "900000", "country_of_origin": "BR", "quantity": "1"}],
            }
            sales.append(sale)
    rows = [row for number, sale in enumerate(sales) for row in rows_of(sale, f"c{number}")]
    answered = entrepot.quote_table(table_of(rows), explain=True).to_pylist()
    named = 0
    for sale, row in zip(sales, answered, strict=True):
        agree(sale, [row])
        named += "rate.vintage" in str(row)
    assert len(EDITIONS) * 5 < named < len(sales)
