"""A rate by a measure that the sale does not give: between its ends over all measures.

Expected amounts are those of the same sale at the rate of an end, which has no measure.
"""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import UNSET

import entrepot
from base_sale import changed
from batch.sale_rows import agree, rows_of, table_of
from entrepot.law.library import Library, packs_folder
from entrepot.model.quote import Charge, Option, Quote
from pack_edits import replace_in_file


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


@pytest.mark.parametrize(
    ("rate", "low", "high", "none"),
    [
        ("min(10 %, 2 ZZD/kg)", "free", "10 %", "free"),
        ("max(5 %, 2 ZZD/kg)", "5 %", None, "5 %"),
        ("3 % + 2 ZZD/kg", "3 %", None, "3 %"),
        ("min(20 %, max(5 %, 2 ZZD/kg))", "5 %", "20 %", "5 %"),
        ("max(0 %, 2 ZZD/kg - value)", "free", None, "free"),
        ("max(0 %, 4 % - 2 ZZD/kg)", "free", "4 %", "4 %"),
        ("2 ZZD/kg", "free", None, "free"),
        ("20 % - 2 ZZD/kg", "free", "20 %", "20 %"),
    ],
)
def test_a_rate_by_a_weight_that_is_not_given_is_between_its_ends(
    rate: str, low: str, high: str | None, none: str
) -> None:
    """The ends are those over all weights: none, and one without limit. The weight is asked for, and settles it."""

    def with_rate(text: str, **fields: str) -> Quote:
        line = {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN", "rates": {"duty": text}, **fields}
        return entrepot.quote(changed("lines", [line]))

    quote = with_rate(rate)
    found = best(quote)
    stated = [each.param for each in quote.assessment.reasons if each.code == "measure.missing"]
    assert "lines[0].net_mass_kg" in stated
    assert found.amount_landed is None
    assert found.amount_landed_low == best(with_rate(low)).amount_landed
    assert found.amount_landed_high == (UNSET if high is None else best(with_rate(high)).amount_landed)
    assert found.at_least == (high is None)
    duty = next(each for each in found.charges if each.id == "duty")
    light = next(each for each in best(with_rate(rate, net_mass_kg="0.0001")).charges if each.id == "duty")
    assert light.amount == next(each for each in best(with_rate(none)).charges if each.id == "duty").amount
    assert duty.amount is None
    heavy = best(with_rate(rate, net_mass_kg="2")).amount_landed
    assert heavy is not None
    assert Decimal(heavy) >= Decimal(found.amount_landed_low or 0)


def test_goods_that_the_law_counts_in_thousands_are_not_one_piece() -> None:
    """An amount for 1,000: without a number at least nothing, with 200 a fifth of it; by the item to a business too."""
    line = {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"}

    def duty(rate: str, **given: str) -> tuple[str | None, bool, bool]:
        quote = entrepot.quote(changed("lines", [{**line, "rates": {"duty": rate}, **given}]))
        reasons = [each.code for each in quote.assessment.reasons if each.param and each.param.startswith("lines[0].")]
        found = best(quote)
        amount = next((each.amount for each in found.charges if each.id == "duty"), None)
        return amount, found.at_least, "measure.missing" in reasons

    assert duty("500 ZZD/1000item") == (None, True, True)
    assert duty("500 ZZD/1000item", quantity="200") == ("100.00", False, False)
    assert duty("500 ZZD/1000item", quantity="1", items="200") == ("100.00", False, False)
    assert duty("2 ZZD/item", quantity="1") == ("2.00", False, False)
    assert duty("2 ZZD/item") == (None, True, True)


def test_the_field_that_several_lines_ask_for_does_not_depend_on_their_order() -> None:
    """A weight of one line and a volume of another: the same candidates and reasons, whichever line is first."""
    line = {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"}
    lines = [{**line, "rates": {"duty": f"2 ZZD/{unit}"}} for unit in ("l", "kg")]
    told = []
    for each in (lines, lines[::-1]):
        quote = entrepot.quote(changed("lines", each))
        found = best(quote)
        assert found.candidates is not UNSET
        told.append(({one.settles for one in found.candidates}, {one.code for one in quote.assessment.reasons}))
    assert told[0] == told[1]
    assert told[0][0] == {"lines.litres"}


def coffee(**masses: str) -> Quote:
    """Roasted coffee of CHF 1,000 to Switzerland, where the duty is CHF 63 per 100 kg with the packing."""
    line = {"hs_code": "0901.21", "amount": "1000.00", "country_of_origin": "VN", **masses}
    sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CH"}, "date": "2026-11-27", "currency": "CHF"}
    return entrepot.quote({**sale, "buyer": {"kind": "business"}, "lines": [line]})


@pytest.mark.parametrize(
    ("masses", "low", "high"),
    [
        ({}, "0.00", None),
        ({"net_mass_kg": "80"}, "50.40", None),  # 80 × 0.63; the packing weighs something
        ({"gross_mass_kg": "90"}, "56.70", "56.70"),  # 90 × 0.63
        ({"net_mass_kg": "80", "gross_mass_kg": "90"}, "56.70", "56.70"),
        ({"net_mass_kg": "90", "gross_mass_kg": "80"}, "56.70", "56.70"),  # goods weigh no less with their packing
    ],
)
def test_a_duty_by_gross_mass_asks_for_it_and_takes_the_net_mass_as_the_least(
    masses: dict[str, str], low: str, high: str | None
) -> None:
    quote = coffee(**masses)
    duty = next(each for each in best(quote).charges if each.id == "duty")
    stated = [each.param for each in quote.assessment.reasons if each.code == "measure.missing"]
    if high is None:
        assert (duty.amount, duty.amount_low, duty.amount_high) == (None, low, UNSET)
        assert best(quote).at_least
        assert stated == ["lines[0].gross_mass_kg"]
    else:
        assert duty.amount == low == high
        assert not stated
        assert not best(quote).at_least


@pytest.mark.parametrize(("unit", "field"), [("kg", "net_mass_kg"), ("l", "litres"), ("kg_gross", "gross_mass_kg")])
def test_a_rate_of_at_least_an_amount_for_a_unit_asks_for_the_measure_before_the_rate(
    tmp_path: Path, unit: str, field: str
) -> None:
    """Of `from 2 ZZD/kg` without a weight the weight is asked for; with it, the rate, which may be higher."""
    for pack in ("zz", "world"):
        shutil.copytree(packs_folder() / pack, tmp_path / pack)
    replace_in_file(
        tmp_path / "zz/tariff.csv", "0.30 ZZD/kg,tariff-act,official", f"from 2 ZZD/{unit},tariff-act,published"
    )
    library = Library(tmp_path, tmp_path / "cache")
    asked = []
    for measures, least in (({}, "0.00"), ({field: "3"}, "6.00")):
        line = {"hs_code": "1006.30", "amount": "100.00", "country_of_origin": "CN", **measures}
        quote = entrepot.quote(changed("lines", [line]), packs=library)
        codes = {each.code: each.param for each in quote.assessment.reasons}
        asked.append((codes.get("measure.missing"), codes.get("rate.unknown")))
        assert next(each for each in best(quote).charges if each.id == "duty").amount_low == least
    assert asked == [(f"lines[0].{field}", None), (None, "lines[0].rates.duty")]


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, "litres, alcohol_percent"),
        ({"litres": "0.7"}, "alcohol_percent"),
        ({"alcohol_percent": "40"}, "litres"),
    ],
)
def test_all_measures_that_a_rate_needs_are_asked_for_at_once(given: dict[str, str], asked: str) -> None:
    """Whisky to Singapore bears SGD 88 for each litre of pure alcohol: litres, and the strength."""
    sale = {
        "date": "2026-06-15",
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "SG"},
        "currency": "SGD",
        "lines": [{"hs_code": "2208.30", "amount": "100", **given}],
    }
    found = entrepot.quote(sale).assessment.reasons
    (stated,) = (each for each in found if each.code == "measure.missing")
    assert stated.message.endswith(f"and the line does not give: {asked}.")
    assert stated.param == f"lines[0].{asked.partition(',')[0]}"


def test_the_gross_mass_alone_is_asked_for_where_a_rate_is_by_it() -> None:
    rate = {"duty": "63 ZZD/100kg_gross"}
    line = {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN", "rates": rate}
    stated = next(
        each for each in entrepot.quote(changed("lines", [line])).assessment.reasons if each.code == "measure.missing"
    )
    assert stated.values["measure"] == "gross_mass_kg"
    settled = entrepot.quote(changed("lines", [{**line, "gross_mass_kg": "2"}]))
    assert "measure.missing" not in {each.code for each in settled.assessment.reasons}


@pytest.mark.parametrize(
    ("code", "stated"),
    [("2402.20", "744 CHF/100kg_gross to 1120 CHF/100kg_gross"), ("0713.33", "0 to 7 CHF/100kg_gross")],
)
def test_a_range_of_rates_without_their_measure_has_the_lowest_and_the_highest_of_the_lines(
    code: str, stated: str
) -> None:
    """Without a mass the amounts of all lines are equal.

    Tares of April 2026: cigarettes bear CHF 1,120 or CHF 744; of the beans of 0713.33 the first line bears CHF 7, the
    highest, some are free.
    """
    sale = {
        "date": "2026-11-27",
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CH"},
        "currency": "CHF",
        "lines": [{"hs_code": code, "amount": "60"}],
    }
    found = best(entrepot.quote(sale))
    duty = next(each for each in found.charges if each.id == "duty")
    treatment = found.lines[0].treatment
    assert treatment is not None
    assert duty.rate_details.text == treatment.rate_details.text == stated


@pytest.mark.parametrize(
    ("to", "code", "least"),
    [
        ("GB", "9102.11", "0.20"),  # GBP 0.20 a watch: at least one
        ("US", "9608.30", "135.00"),  # 0.4 cents a pen and 2.7 % of USD 5,000
        ("US", "0407.21", "0.00"),  # 2.8 cents a dozen eggs: one is less than half a cent
    ],
)
def test_a_sale_to_a_business_is_not_assumed_to_be_one_piece(to: str, code: str, least: str) -> None:
    """USD 5,000 of watches are not one watch: the duty by the piece is a lowest amount, and the number is asked for."""
    sale = {
        "date": "2026-11-20",
        "ship_from": {"country": "CN"},
        "ship_to": {"country": to},
        "buyer": {"kind": "business"},
        "currency": "USD",
        "lines": [{"hs_code": code, "amount": "5000"}],
    }
    found = entrepot.quote(sale)
    duty = next(each for each in best(found).charges if each.id == "duty")
    assert (duty.amount, duty.amount_low, duty.amount_high) == (None, least, UNSET)
    params = {each.code: each.param for each in found.assessment.reasons}
    assert params["measure.missing"] == "lines[0].items"
    assert "quantity.assumed" not in params
    stated = entrepot.quote({**sale, "lines": [{"hs_code": code, "amount": "5000", "quantity": "200"}]})
    assert not best(stated).at_least
    consumer = entrepot.quote({**sale, "buyer": {"kind": "consumer"}, "lines": [{"hs_code": code, "amount": "50"}]})
    assert "measure.missing" not in {each.code for each in consumer.assessment.reasons}


def test_tables_do_not_assume_one_piece_for_a_business_either() -> None:
    """Rows of consumers and businesses, with and without a number of pieces, as single quotes."""
    sale = {
        "date": "2026-11-20",
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "GB"},
        "currency": "USD",
    }
    sales = {
        f"{kind}-{code}-{number}": {
            **sale,
            "buyer": {"kind": kind},
            "lines": [{"hs_code": code, "amount": "5000"} | ({"quantity": number} if number else {})],
        }
        for kind in ("consumer", "business")
        for code in ("9102.11", "6109.10")
        for number in ("", "200")
    }
    for some in (list(sales), [each for each in sales if each.startswith("business") and each.endswith("-")]):
        rows = [row for name in some for row in rows_of(sales[name], name)]
        answers = entrepot.quote_table(table_of(rows), explain=True).to_pylist()
        for name, answer in zip(some, answers, strict=True):
            agree(sales[name], [answer])


def test_a_tax_on_a_base_without_an_unknown_charge_is_a_lowest_amount() -> None:
    """Whisky to Singapore: 9 % of the value, SGD 6.90, leaves out that of the excise, SGD 88 a litre of alcohol."""
    line = {"hs_code": "2208.30", "amount": "76.70"}
    sale = {
        "date": "2026-11-20",
        "ship_from": {"country": "GB"},
        "ship_to": {"country": "SG"},
        "buyer": {"kind": "consumer"},
        "currency": "SGD",
        "lines": [line],
    }
    found = best(entrepot.quote(sale))
    tax = next(each for each in found.charges if each.id == "gst")
    assert (tax.amount, tax.at_least, found.at_least) == ("6.90", True, True)
    assert next(each for each in found.line_charges(found.lines[0]) if each.id == "gst").at_least is True
    stated = best(entrepot.quote({**sale, "lines": [{**line, "litres": "1", "alcohol_percent": "40"}]}))
    tax = next(each for each in stated.charges if each.id == "gst")
    # 40 % of a litre bears SGD 35.20: 9 % of 111.90.
    assert (tax.amount, tax.at_least, stated.at_least) == ("10.07", UNSET, False)
    shirts = {"hs_code": "6109.10", "amount": "100"}
    several = best(entrepot.quote({**sale, "lines": [line, shirts]}))
    marks = [[each.at_least for each in several.line_charges(of) if each.id == "gst"] for of in several.lines]
    assert marks == [[True], [UNSET]]


def test_a_relief_by_the_amount_of_a_tax_is_no_fact_without_a_charge_of_its_base() -> None:
    """Coffee for CHF 49.38 to Switzerland: tax of 2.6 % is CHF 1.28 and not collected, as it is up to CHF 5.

    The duty is CHF 63 for 100 kg, so that the tax is above CHF 5 from some 227 kg on: (49.38 + 143.01) × 2.6 % is 5.00.
    """
    line = {"hs_code": "0901.21", "amount": "49.38"}
    sale = {
        "date": "2026-11-28",
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CH"},
        "seller": {"registrations": []},
        "currency": "CHF",
        "lines": [line],
    }

    def tax(**given: str) -> Charge:
        found = best(entrepot.quote({**sale, "lines": [{**line, **given}]}))
        return next(each for each in found.charges if each.id == "vat")

    assert (tax().amount, tax().amount_low, tax().at_least) == (None, "0.00", True)
    assert (tax(gross_mass_kg="1").amount, tax(gross_mass_kg="1").at_least) == ("0.00", UNSET)
    # 1,000 kg bear CHF 630: 2.6 % of 679.38 is 17.66.
    assert Decimal(tax(gross_mass_kg="1000").amount or 0) > 5


def test_an_amount_by_the_unit_is_exact_beside_an_unknown_charge_in_its_base() -> None:
    """Spirits to Switzerland: 5 litres of alcohol at CHF 29; the duty, by the gross mass, is not known."""
    line = {"hs_code": "2208.30", "amount": "500", "litres": "10", "alcohol_percent": "50"}
    sale = {
        "date": "2026-11-20",
        "ship_from": {"country": "GB"},
        "ship_to": {"country": "CH"},
        "buyer": {"kind": "business"},
        "currency": "CHF",
        "lines": [line],
    }
    for lines in ([line], [line, {"hs_code": "6109.10", "amount": "100"}]):
        charges = {each.id: each for each in best(entrepot.quote({**sale, "lines": lines})).charges}
        assert charges["duty"].amount is None
        assert (charges["excise"].amount, charges["excise"].at_least) == ("145.00", UNSET)
        assert charges["vat"].at_least is True


def test_a_charge_that_does_not_need_the_measure_keeps_its_highest_amount() -> None:
    """Sweets of China to the United States: without a mass the duty is unknown, the duty of section 301 is not.

    Lists 4A and 3 put 7.5 and 25 % on the lines of the subheading: 4.50 and 15.00 of 60.00.
    """
    sale = {
        "date": "2026-11-26",
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "US"},
        "currency": "USD",
        "lines": [{"hs_code": "1704.90", "amount": "60.00", "country_of_origin": "CN"}],
    }
    charges = {each.id: each for each in best(entrepot.quote(sale)).charges}
    assert (charges["duty"].amount, charges["duty"].amount_high) == (None, UNSET)
    found = charges["section_301_china"]
    assert (found.amount, found.amount_low, found.amount_high) == (None, "4.50", "15.00")
    assert found.rate_details.text == "7.5 % to 25 %"
