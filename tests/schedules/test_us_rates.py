"""The texts of rates and the Special column in the schedule of the United States."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from functools import cache

import pytest

from entrepot.law.grammar import read_rate
from entrepot.schedules.formats.us.programs import PROGRAMS, read_special, write_special
from entrepot.schedules.formats.us.rates import plain, read_text
from entrepot.schedules.formats.us.units import write_text
from official_files import DATA, needs

FILE = DATA / "us" / "hts_2026_revision_4.csv"
whole = needs(FILE)

# Derived by hand from the words: cents are hundredths of a dollar; a barrel is 42 US gallons of 231 cubic inches of
# 2.54 cm, 42 x 231 x 0.016387064 l = 158.987294928 l; a proof liter is a liter of 50 % vol., half a liter of alcohol; a
# gross is 144 pieces; 33 1/3% is a third; "thou- sand" and "appli- cable" are words broken by the printed column.
RATES = {
    "Free": "free",
    "6.8%": "6.8 %",
    "33 1/3%": "1/3",
    "66 2/3%": "2/3",
    "1¢/kg": "0.01 USD/kg",
    "2.5¢/kg + 8.5%": "0.025 USD/kg + 8.5 %",
    "$1.646/kg": "1.646 USD/kg",
    "$1.035/kg + 17%": "1.035 USD/kg + 17 %",
    "$1.104/kg + 14.9%": "1.104 USD/kg + 14.9 %",
    "6.58170¢/kg": "0.065817 USD/kg",
    "4.3817¢/kg": "0.043817 USD/kg",
    "10.6¢/g": "0.106 USD/g",
    "$1.32/t": "1.32 USD/t",
    "77.2¢/liter": "0.772 USD/l",
    "4.5¢/ liter": "0.045 USD/l",
    "50.2¢/liter + 17%": "0.502 USD/l + 17 %",
    "$1.32/pf. liter": "1.32 USD/0.5l_alc",
    "9.3¢/pf.liter": "0.093 USD/0.5l_alc",
    "4.4¢/liter + 31.4¢/pf. liter": "0.044 USD/l + 0.314 USD/0.5l_alc",
    "3.1¢/liter + 22.1¢/pf. liter on ethyl alcohol content": "0.031 USD/l + 0.221 USD/0.5l_alc",
    "5.25¢/bbl": "0.0525 USD/158.987294928l",
    "$1.05/bbl": "1.05 USD/158.987294928l",
    "68¢/head": "0.68 USD/head",
    "$3/head": "3 USD/head",
    "0.9¢ each": "0.009 USD/item",
    "25¢ each + 3.9%": "0.25 USD/item + 3.9 %",
    "$4.50 each + 65%": "4.5 USD/item + 65 %",
    "$5.00 each": "5 USD/item",
    "0.16¢ each + 2.2%": "0.0016 USD/item + 2.2 %",
    "88.2¢/kg + 55% + 12.5¢/ article": "0.882 USD/kg + 55 % + 0.125 USD/item",
    "13.5¢/kg + 6.3% + 1.9¢/article": "0.135 USD/kg + 6.3 % + 0.019 USD/item",
    "10¢/pack + 20%": "0.1 USD/item + 20 %",
    "90¢/pr. + 37.5%": "0.9 USD/pair + 37.5 %",
    "$1.61/doz. + 4%": "1.61 USD/dozen + 4 %",
    "6.5¢/gross": "0.065 USD/144item",
    "$1.44/gross + 25%": "1.44 USD/144item + 25 %",
    "38.4¢/1000": "0.384 USD/1000item",
    "$6/1000": "6 USD/1000item",
    "$1.50/1,000 + 50%": "1.5 USD/1000item + 50 %",
    "20¢/thousand + 3.5%": "0.2 USD/1000item + 3.5 %",
    "$2.50/thou- sand + 40%": "2.5 USD/1000item + 40 %",
    "75¢/m3": "0.75 USD/m3",
    "2¢/m2 + 1.5%": "0.02 USD/m2 + 1.5 %",
    "80.4¢/kg +6.4%": "0.804 USD/kg + 6.4 %",
    "52.8¢/kg  + 4.3%": "0.528 USD/kg + 4.3 %",
    "22¢/kg+45%": "0.22 USD/kg + 45 %",
    "6.5% on the entire set": "6.5 %",
}

# What these count is no measure of a sale: never the kilograms, pieces or value of the article itself.
LACKING = {
    "3.7¢/kg on drained weight": "drained weight",
    "5.7¢/kg on drained weight +8%": "drained weight",
    "5¢/kg on contents and container": "contents and container",
    "2.1¢/kg on entire contents of container": "entire contents",
    "$1.32/t, including weight of container": "weight of container",
    "33.9¢/kg of total sugars + 5.1%": "total sugars",
    "0.7¢/kg on copper content + 0.7¢/kg on lead content": "lead content",
    "2.5% on the value of the lead content": "lead content",
    "12.8¢/kg on molybdenum content + 1.8%": "molybdenum content",
    "$40/kg of anhydrous morphine content": "morphine",
    "18.7¢/clean kg": "clean kg",
    "36¢ each + 5.6% + 2¢/jewel": "jewel",
    "43¢ each + 2.8¢/jewel over 7 + 3.7% on the case": "jewel",
    "3.9% on the movement and case+ 5.3% on the battery": "battery",
    "$1.75 each + 4.8% on the case + 2.2% on the strap, band or bracelet": "strap",
    "4.7% on the value of the rifle + 20% on the value of the telescopic sight, if any": "rifle",
    "0.3¢/line/ gross + 4.6%": "line/gross",
    "10¢/1,000 pins + 3.5%": "pins",
    "86.1¢/m2of recording surface": "recording surface",
    "20¢/gross of immediate containers": "containers",
    "1.4606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree in proportion) "
    "but not less than 0.943854¢/kg": "degrees",
    "4.3817¢/kg less 0.0622005¢ /kg for each degree under 100 degrees (and fractions of a degree in proportion) "
    "but not less 2.831562¢ /kg": "degrees",
    "Free, under bond": "under bond",
}

REFERENCES = {
    "The rate applicable to each garment in the ensemble if separately entered": (),
    "The rate of duty appli- cable to that article in the set subject to the high- est rate of duty": (),
    "See additional U.S. note 3": (),
    "See 9822.04.05": (("98220405", "98220405"),),
    "See 9823.01.01-9823.01.07": (("98230101", "98230107"),),
    "See 9919.04.50, 9919.04.51, 9919.04.61": (
        ("99190450", "99190450"),
        ("99190451", "99190451"),
        ("99190461", "99190461"),
    ),
    "See 9919.21.10, 9919.21.11-9919.21.12": (("99192110", "99192110"), ("99192111", "99192112")),
    "The duty provided in the applicable subheading": (),
}


@pytest.mark.parametrize(("words", "rate"), RATES.items())
def test_a_rate_is_read_exactly(words: str, rate: str) -> None:
    told = read_text(words)
    assert (told.kind, told.rate) == ("rate", rate)
    assert read_rate(rate).kind in ("free", "share", "sum")
    assert read_text(write_text(rate)).rate == rate


@pytest.mark.parametrize(("words", "what"), LACKING.items())
def test_a_rate_that_needs_facts_no_sale_gives_remains_text(words: str, what: str) -> None:
    told = read_text(words)
    assert (told.kind, told.rate) == ("lacking", f"text:{words}")
    assert what in told.why
    assert numbers(told.said) == numbers(words)


@pytest.mark.parametrize(("words", "see"), REFERENCES.items())
def test_a_reference_is_not_a_rate(words: str, see: tuple[tuple[str, str], ...]) -> None:
    told = read_text(words)
    assert (told.kind, told.rate, told.see) == ("reference", f"text:{words}", see)


def test_an_additional_duty_has_only_its_own_rate() -> None:
    for words in ("+ 25%", "plus 25%", "+25%", "+ 25%."):
        told = read_text(f"The duty provided in the applicable subheading {words}")
        assert (told.kind, told.rate) == ("added", "25 %")


@pytest.mark.parametrize("words", ["", "8.5 % and more", "5¢/ounce", "5¢/kg - 2%", "1/0%", "١٢%", "5¢", "Free 5%"])
def test_other_words_are_listed_and_not_guessed(words: str) -> None:
    told = read_text(words)
    assert told.kind == "unread"
    assert told.why
    assert told.rate.startswith("text:")


def test_the_special_column_is_read_with_its_misprints() -> None:
    grants = read_special("Free(A, AU,S)1.8¢/liter(JO) See 9919.04.67 (PA (PA)")
    assert [(grant.text, grant.programs) for grant in grants] == [
        ("Free", ("A", "AU", "S")),
        ("1.8¢/liter", ("JO",)),
        ("See 9919.04.67", ("PA",)),
    ]
    assert write_special(grants) == "Free (A,AU,S) 1.8¢/liter (JO) See 9919.04.67 (PA)"


def numbers(words: str) -> list[Decimal]:
    """The numbers of a text in cents and percent, those of its units left out; independent of the grammar."""
    words = re.sub(r"m[23]", "m", plain(words))
    words = re.sub(r"/1,?000\b", "/thousand", words)
    found = re.findall(r"(\$?)(\d+(?:\.\d+)?)", words)
    return sorted(Decimal(number) * (100 if dollar else 1) for dollar, number in found)


@cache
def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["HTS Number"][:2] < "98"]


def cells(column: str) -> list[str]:
    return [row[column] for row in rows() if row[column].strip()]


@whole
@pytest.mark.parametrize("column", ["General Rate of Duty", "Column 2 Rate of Duty"])
def test_every_cell_of_the_schedule_is_read_and_prints_back(column: str) -> None:
    met = cells(column)
    assert len(met) > 11_000
    for words in set(met):
        told = read_text(words)
        assert told.kind in ("rate", "lacking", "reference"), words
        if told.kind == "rate":
            printed = write_text(told.rate)
            assert read_text(printed).rate == told.rate
            assert numbers(printed) == numbers(words), words
        if told.kind == "lacking":
            assert read_text(told.said).said == told.said
            assert numbers(told.said) == numbers(words), words


@whole
def test_every_special_cell_is_read_and_prints_back() -> None:
    met = cells("Special Rate of Duty")
    assert len(met) > 7_000
    for words in set(met):
        grants = read_special(words)
        assert read_special(write_special(grants)) == grants
        # Two cells name a program twice in one bracket (L) or open a bracket twice ((PA (PA)): that says no more.
        letters = set(re.findall(r"[A-Z]{1,2}[+*]?(?=[,)\s(])", words))
        assert letters == {code for grant in grants for code in grant.programs}, words
        assert numbers(write_special(grants)) == numbers(words), words
        for grant in grants:
            assert set(grant.programs) <= set(PROGRAMS)
            assert read_text(grant.text).kind in ("rate", "reference"), words


@whole
def test_at_least_99_cells_in_100_have_an_exact_rate_or_name_their_provision() -> None:
    general = [read_text(words).kind for words in cells("General Rate of Duty")]
    special = [{read_text(grant.text).kind for grant in read_special(words)} for words in cells("Special Rate of Duty")]
    short = general.count("lacking") + sum("lacking" in kinds for kinds in special)
    assert short < 0.01 * (len(general) + len(special))
    assert general.count("rate") > 0.98 * len(general)
