"""Valid sales that cannot be assessed are refused with what is missing; assumptions are named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

import entrepot
from base_sale import BASE, NOTHING, changed, reason
from batch.sale_rows import rows_of, table_of
from entrepot.language import translate
from entrepot.model.quote import Reason


def refused(sale: dict[str, Any], code: str, param: str) -> Reason:
    quote = entrepot.quote(sale)
    assert quote.assessment.outcome == "refused"
    assert quote.best is None
    found = reason(quote, code)
    assert found.param == param
    assert found.message
    return found


def alone(code: str, **fields: str) -> dict[str, Any]:
    """A sale of one line: of several, a line that cannot be assessed makes a lowest total (see test_candidates)."""
    return changed("lines", [{"hs_code": code, "amount": "100.00", "country_of_origin": "VN", **fields}])


def test_a_code_of_another_hs_edition_is_refused_with_current_codes() -> None:
    """0901.40, substitutes containing coffee, left the Harmonized System in 2002; 0901.90 has them now."""
    found = refused(alone("0901.40"), "hs_code.unknown", "lines[0].hs_code")
    assert "2022" in found.message
    assert "090190" in found.message


def test_a_heading_that_does_not_exist_is_refused() -> None:
    found = refused(alone("9899.99"), "hs_code.unknown", "lines[0].hs_code")
    assert "The Harmonized System has no chapter 98." in found.message
    found = refused(alone("6199.99"), "hs_code.unknown", "lines[0].hs_code")
    assert "The headings of chapter 61 are 6101 to 6117." in found.message


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("6109", "Under 6109 there are: 6109.10, 6109.90."),  # Harmonized System 2022
        ("61.09", "Under 6109 there are: 6109.10, 6109.90."),
        ("61", "The headings of chapter 61 are 6101 to 6117."),
        ("77", "The Harmonized System has no chapter 77."),  # reserved since 1988
        ("9999", "Statistics use 9999 for goods that are not specified"),  # no goods have it, nor 9999.99
        ("99", "The Harmonized System has no chapter 99."),
    ],
)
def test_the_beginning_of_a_code_is_answered_with_what_is_under_it(typed: str, says: str) -> None:
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(alone(typed))
    assert (error.value.code, error.value.param) == ("invalid_hs_code", "lines[0].hs_code")
    assert says in error.value.message


def test_a_heading_with_many_codes_says_that_there_are_more() -> None:
    """The Harmonized System of 2022 has more than twelve codes of frozen fish, from 0303.11 to 0303.99."""
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(alone("0303"))
    assert "Under 0303 there are: 0303.11, 0303.12, " in error.value.message
    assert error.value.message.count("0303.") == 12
    assert error.value.message.endswith(", ….")
    found = refused(alone("0303.00"), "hs_code.unknown", "lines[0].hs_code")
    with translate.speaking("vi"):
        assert translate.reason(found).count("0303.") == 13  # the code itself, and twelve others
        assert "…" in translate.reason(found)


def test_the_hint_of_an_unknown_code_is_translated_from_its_values() -> None:
    found = refused(alone("0901.40"), "hs_code.unknown", "lines[0].hs_code")
    assert found.values["codes"] == "090111, 090112, 090121, 090122, 090190"
    with translate.speaking("vi"):
        assert "Thuộc 0901 có: 0901.11, 0901.12, 0901.21, 0901.22, 0901.90." in translate.reason(found)
        stored = msgspec.structs.replace(found, values={"code": "090140", "hint": "Under 0901 there are: 090111."})
        assert "Under 0901 there are: 090111." in translate.reason(stored)  # before hints had values


def test_a_day_too_late_is_answered_with_the_last_one() -> None:
    """The law was read in November 2026; it is assumed to be unchanged for a year."""
    found = refused(changed("date", "2035-01-01"), "law.outdated", "date")
    last = found.values["latest"]
    assert f"Give {last} or an earlier date." in found.message
    assert entrepot.quote(changed("date", last)).assessment.outcome != "refused"


def test_a_code_without_a_line_in_the_pack_is_refused() -> None:
    quote = entrepot.quote(alone("9503.00"))
    assert quote.assessment.outcome == "refused"
    assert quote.best is None
    ways_out = [
        each
        for each in quote.assessment.reasons
        if each.param and each.param.startswith("lines[0]") and "rates" in each.message
    ]
    assert ways_out, [(each.code, each.param, each.message) for each in quote.assessment.reasons]


def test_a_rate_of_duty_in_the_request_replaces_a_missing_line() -> None:
    sale = changed(
        "lines.1", {"hs_code": "9503.00", "amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "5 %"}}
    )
    quote = entrepot.quote(sale)
    assert quote.best is not None
    assert reason(quote, "rate.caller").param == "lines[1].rates.duty"


def test_a_refusal_names_the_rates_that_are_missing_without_a_mode_of_transport_too() -> None:
    """Indonesia in 2016: above USD 50 parcels bore charges on the excess only, which the pack lacks."""
    shirt = {"hs_code": "6109.10", "amount": "60", "country_of_origin": "CN"}
    sold: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "ID"},
        "date": "2016-12-01",
        "currency": "USD",
        "buyer": {"kind": "consumer"},
        "lines": [shirt],
    }
    missing = {
        way: {(each.code, each.param) for each in entrepot.quote(sold | {"transport": way}).assessment.reasons}
        for way in ("air", "express")
    }
    assert ("rate.none", "lines[0].rates.duty") in missing["air"]
    assert ("rate.unknown", "lines[0].rates.duty") in missing["express"]
    found = entrepot.quote(sold).assessment
    assert found.outcome == "refused"
    assert {(each.code, each.param) for each in found.reasons} == missing["air"] | missing["express"]
    (row,) = entrepot.quote_table(table_of(rows_of(sold, "c1"))).to_pylist()
    assert (row["fault"], row["fault_field"]) == ("rate.none", "rates_duty")
    assert row["fault_message"] == found.reasons[0].message


def test_a_short_code_whose_lines_agree_is_enough() -> None:
    """0801.31: both lines at 5 %."""
    quote = entrepot.quote(changed("lines.1.hs_code", "0801.31"))
    assert quote.best is not None


def test_a_missing_exchange_rate_is_named() -> None:
    """The importer's currency is invented, so no reference rate of it exists: the answer is in that of the sale."""
    quote = entrepot.quote(changed("currency", "USD"))
    found = reason(quote, "exchange.own_currency")
    assert found.param == "exchange_rates.USD"
    assert 'exchange_rates {"USD": …}' in found.message
    assert quote.currency == "USD"
    assert entrepot.quote({**changed("currency", "USD"), "exchange_rates": {"USD": "3"}}).currency == "ZZD"


def test_a_date_before_the_law_begins_is_refused() -> None:
    found = refused(changed("date", "2009-12-31"), "law.before", "date")
    assert "2009-12-31" in found.message
    assert "from 2010-01-01" in found.message, "the first day of the procedures of the invented pack"
    assert entrepot.quote(changed("date", "2010-01-01")).assessment.outcome != "refused"


@pytest.mark.parametrize(
    ("code", "param", "bounded"),
    [("1006.30", "net_mass_kg", False), ("2203.00", "litres", False), ("6403.99", "pairs", True)],
)
def test_a_specific_duty_without_its_measure_gives_a_lowest_total_and_asks_for_it(
    code: str, param: str, *, bounded: bool
) -> None:
    quote = entrepot.quote(alone(code, country_of_origin="FR"))
    assert quote.best is not None
    assert quote.best.at_least is not bounded
    assert quote.best.amount_landed is None
    assert f"lines[0].{param}" in {each.param for each in quote.assessment.reasons if each.code == "measure.missing"}


@pytest.mark.parametrize(("given", "asked"), [("alcohol_percent", "litres"), ("litres", "alcohol_percent")])
def test_a_duty_on_pure_alcohol_names_the_missing_measure(given: str, asked: str) -> None:
    quote = entrepot.quote(alone("2208.30", country_of_origin="FR", **{given: "40"}))
    assert quote.best is not None
    assert quote.best.amount_landed is None
    assert f"lines[0].{asked}" in {each.param for each in quote.assessment.reasons if each.code == "measure.missing"}


def test_a_missing_origin_is_a_named_assumption() -> None:
    sale = changed("lines.1.country_of_origin", NOTHING)
    quote = entrepot.quote(sale)
    assert quote.assessment.outcome == "estimated"
    found = reason(quote, "origin.assumed")
    assert found.param == "lines[1].country_of_origin"
    assert "VN" in found.message


def test_a_proof_of_another_agreement_has_no_effect() -> None:
    quote = entrepot.quote(changed("lines.1.proof_of_origin", "rcep"))
    assert reason(quote, "proof.other").param == "lines[1].proof_of_origin"
    without = entrepot.quote(BASE)
    assert quote.best is not None
    assert without.best is not None
    assert quote.best.amount_landed == without.best.amount_landed


def test_a_sale_inside_one_customs_territory_is_refused() -> None:
    found = refused(changed("ship_from.country", "ZZ"), "sale.domestic", "ship_from.country")
    assert "no customs border is crossed" in found.message


def test_a_rate_in_words_is_shown_and_not_calculated() -> None:
    quote = entrepot.quote(alone("8543.70"))
    assert quote.best is None
    assert "as the Minister may from time to time determine" in reason(quote, "rate.text").message


def test_an_unknown_duty_closes_the_procedure() -> None:
    """Handbags: the pack knows that there is a rate, not which."""
    quote = entrepot.quote(alone("4202.22"))
    assert quote.best is None
    assert reason(quote, "rate.unknown").message


@pytest.mark.parametrize("amount", ["10000000000000.00", "10000000000000000.00"])
def test_huge_amounts_are_exact(amount: str) -> None:
    """10^15 and 10^18 minor units of books: no duty, VAT 5 %, an entry fee of 500 at most, statistical 0.1 %."""
    sale = changed("lines", [{"hs_code": "4901.99", "amount": amount, "country_of_origin": "VN"}])
    quote = entrepot.quote({**sale, "shipping_cost": "0", "insurance_cost": "0"})
    assert quote.best is not None
    whole = int(amount.replace(".", ""))
    assert quote.best.amount_landed is not None
    assert int(quote.best.amount_landed.replace(".", "")) == whole + whole // 20 + 50_000 + whole // 1000
