"""Duties of the UK Trade Tariff: by components and as printed."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from entrepot.law.grammar import read_rate
from entrepot.schedules.formats.gb.document import Commodity, Component, Measure, read_document
from entrepot.schedules.formats.gb.duty_grammar import print_duty, read_printed
from entrepot.schedules.formats.gb.measures import classify
from entrepot.schedules.formats.gb.rates import read_components, read_duty
from uk_documents import DOCUMENTS, needs_documents

# Every duty that the documents print, and the rate by hand; None where no rate of a pack says it: a share of the retail
# price, a tonne of the biodiesel within the goods.
BY_HAND = {
    "0.00 %": "free",
    "2.70 %": "2.7 %",
    "3.50 %": "3.5 %",
    "4.20 %": "4.2 %",
    "5.80 %": "5.8 %",
    "8.00 %": "8 %",
    "10.90 %": "10.9 %",
    "20.00 %": "20 %",
    "25.00 %": "25 %",
    "35.10 EUR / 100 kg": "35.1 EUR/100kg",
    "10.20 % + 93.10 EUR / 100 kg": "10.2 % + 93.1 EUR/100kg",
    "144.10 GBP / 1000 kg/biodiesel": None,
    "198.33 GBP / 1000 kg/biodiesel": None,
    "16.50 % / Retail Price + 244.78 GBP / 1000 p/st MIN 320.90 GBP / 1000 p/st": None,
}


def measures() -> Iterator[Measure]:
    for path in DOCUMENTS:
        commodity = read_document(path)
        assert isinstance(commodity, Commodity)
        yield from commodity.import_measures


def numbers(words: str) -> Counter[Decimal]:
    return Counter(Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", words))


@needs_documents
def test_each_duty_of_each_document_is_the_rate_that_is_printed() -> None:
    met: Counter[str] = Counter()
    for measure in measures():
        if not measure.measure_components or classify(measure) == "unit":
            continue
        met[measure.printed] += 1
        expected = BY_HAND[measure.printed]
        if expected is None:
            with pytest.raises(ValueError, match=r"unit|something else"):
                read_duty(measure)
            continue
        rate = read_duty(measure)
        assert rate == expected
        assert numbers(print_duty(rate)) == numbers(measure.printed)
        assert print_duty(rate) == measure.printed
        assert read_printed(print_duty(rate)) == rate
    assert set(met) == set(BY_HAND)
    # By type, counted in the documents: third country 7, suspensions 3, quotas 2 and 7, preferences 44, VAT 4 + 2 + 3,
    # excise 1, anti-dumping 3, countervailing 1, additional duties 2, safeguards 2.
    assert met.total() == 7 + 3 + 2 + 7 + 44 + 9 + 1 + 3 + 1 + 2 + 2


@needs_documents
def test_the_duty_of_each_condition_is_the_one_printed_beside_it() -> None:
    met = 0
    for measure in measures():
        for condition in measure.measure_conditions:
            if not condition.measure_condition_components:
                continue
            printed = html.unescape(re.sub("<[^>]*>", "", condition.duty_expression or ""))
            met += 1
            try:
                assert print_duty(read_components(condition.measure_condition_components)) == printed
            except ValueError:
                assert "biodiesel" in printed
    assert met == 6 + 6 * 2  # six entry prices of plums; six duties by producer, each with and without an invoice


def part(how: str, amount: float | None = None, money: str = "", unit: str = "", qualifier: str = "") -> Component:
    number = None if amount is None else Decimal(str(amount))
    return Component(how, number, money or None, unit or None, qualifier or None)


# By the meaning of the duty expressions: 01 amount, 02 minus, 04 plus, 15 minimum, 17 and 35 maximum, 37 nil.
@pytest.mark.parametrize(
    ("parts", "rate", "words"),
    [
        ([part("37")], "free", None),
        ([part("01", 0, "GBP", "DTN")], "free", None),
        ([part("01", 13, "GBP", "HLT")], "13 GBP/hl", "13.00 GBP / hl"),
        ([part("01", 0.5, "EUR", "ASV", "X"), part("04", 2.6, "EUR", "HLT")], "0.5 EUR/hl_vol + 2.6 EUR/hl", None),
        ([part("01", 10), part("15", 22, "EUR", "DTN"), part("17", 56, "EUR", "DTN")],
         "min(max(10 %, 22 EUR/100kg), 56 EUR/100kg)", "10.00 % MIN 22.00 EUR / 100 kg MAX 56.00 EUR / 100 kg"),
        ([part("01", 12.8), part("04", 1.5, "GBP", "KGM"), part("35", 20)],
         "min(12.8 % + 1.5 GBP/kg, 20 %)", "12.80 % + 1.50 GBP / kg MAX 20.00 %"),
        ([part("01", 9), part("17", 24), part("19", 1, "GBP", "NAR")], "min(9 %, 24 % + 1 GBP/item)", None),
        ([part("01", 9), part("02", 2.125, "GBP", "TNE")], "9 % - 2.125 GBP/t", "9.00 % - 2.125 GBP / 1000 kg"),
        ([part("01", 3, "GBP", "MIL")], "3 GBP/1000item", "3.00 GBP / 1000 p/st"),
    ],
)  # fmt: skip
def test_components_make_a_rate(parts: list[Component], rate: str, words: str | None) -> None:
    assert read_components(parts) == rate
    assert read_rate(rate).text == rate
    if words:
        assert print_duty(rate) == words
        assert read_printed(words) == rate


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], "no rate"),
        ([part("01", 9), part("12")], "agricultural"),
        ([part("01", 9), part("17", 24), part("21")], "sugar"),
        ([part("01", 9), part("36", 3)], "CIF"),
        ([part("01", 9), part("17", 24), part("04", 3)], "joins"),
        ([part("15", 9)], "begins with"),
        ([part("01", 9), part("01", 3)], "joined"),
        ([part("04", 9)], "joined"),
        ([part("01", 9, "GBP")], "unit"),
        ([part("01", 9, "GBP", "KGM", "E")], "unit KGM E"),
        ([part("01", 9, "USD", "KGM")], "currency"),
        ([part("01", 9, "", "RET")], "something else"),
        ([part("01", 0, "GBP", "TNE", "I")], "unit TNE I"),
        ([part("01")], "no amount"),
        ([part("01", -2)], "no amount"),
        ([part("01", float("nan"))], "no amount"),
        ([part("88", 2)], "not known"),
    ],
)
def test_an_unclear_duty_is_not_a_rate(parts: list[Component], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_components(parts)
