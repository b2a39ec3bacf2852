"""Whatever a caller gets wrong: the field is named, and the way out. What reads as a sale is answered, if only by a refusal."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

import entrepot
from entrepot.words import Quote, Reason

BASE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "ZZ"},
    "date": "2026-03-01",
    "currency": "ZZD",
    "buyer": {"kind": "business"},
    "lines": [
        {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"},
        {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"},
    ],
}
NOTHING = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sale above with another value at a path like `lines.1.amount`; a value of NOTHING takes the field away."""
    sale: Any = copy.deepcopy(BASE)
    at = sale
    *before, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in before:
        at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
    if value is NOTHING:
        del at[last]
    else:
        at[last] = value
    return dict(sale)


def refusal(sale: Mapping[str, Any]) -> entrepot.SaleError:
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale)
    assert error.value.message == str(error.value)
    assert error.value.envelope()["error"]["param"] == error.value.param
    return error.value


def reason(quote: Quote, code: str) -> Reason:
    found = [each for each in quote.assessment.reasons if each.code == code]
    assert found, [each.code for each in quote.assessment.reasons]
    return found[0]


def test_the_sale_that_the_others_differ_from_is_a_sale() -> None:
    assert entrepot.quote(BASE).best is not None


ERRORS = [
    # places
    ("ship_to.country", "XX", "unknown_economy", "ship_to.country", "ISO 3166-1 alpha-2"),
    ("ship_from.country", "Viet Nam", "unknown_economy", "ship_from.country", "ISO 3166-1 alpha-2"),
    ("ship_to.country", "zz", "unknown_economy", "ship_to.country", "Did you mean 'ZZ'?"),
    ("ship_to.country", "", "unknown_economy", "ship_to.country", "ISO 3166-1 alpha-2"),
    ("ship_to.country", "BR", "no_law", "ship_to.country", "There is law of: "),
    ("lines.1.country_of_origin", "UK", "unknown_economy", "lines[1].country_of_origin", "no economy"),
    # codes
    ("lines.1.hs_code", "coffee", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits, such as 0901.21"),
    ("lines.1.hs_code", "09012", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "09012100000", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "０９０１２１", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "-90121", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", NOTHING, "missing", "lines[1].hs_code", "an hs_code or a service"),
    ("lines.1.hs_code", 90121, "invalid", "lines[1].hs_code", "str"),
    # amounts
    ("lines.1.amount", "-1", "invalid_amount", "lines[1].amount", "not negative"),
    ("lines.1.amount", "0", "invalid_amount", "lines[1].amount", "above zero"),
    ("lines.1.amount", "0.001", "invalid_amount", "lines[1].amount", "2 decimals"),
    ("lines.1.amount", "NaN", "invalid_amount", "lines[1].amount", "number"),
    ("lines.1.amount", "sNaN", "invalid_amount", "lines[1].amount", "number"),
    ("lines.1.amount", "Infinity", "invalid_amount", "lines[1].amount", "number"),
    ("lines.1.amount", "-Infinity", "invalid_amount", "lines[1].amount", "number"),
    ("lines.1.amount", "1E+400", "invalid_amount", "lines[1].amount", ""),
    ("lines.1.amount", "1E-400", "invalid_amount", "lines[1].amount", "decimals"),
    ("lines.1.amount", "10000000000000000.01", "invalid_amount", "lines[1].amount", "10^18"),
    ("lines.1.amount", float("nan"), "invalid_amount", "lines[1].amount", ""),
    ("lines.1.amount", "a hundred", "invalid", "lines[1].amount", ""),
    ("lines.1.amount", True, "invalid", "lines[1].amount", ""),
    ("lines.1.amount", NOTHING, "missing", "lines[1].amount", "'amount' is needed"),
    ("shipping_cost", "-0.01", "invalid_amount", "shipping_cost", "not negative"),
    ("insurance_cost", "NaN", "invalid_amount", "insurance_cost", "number"),
    ("discount_amount", "200.00", "invalid_amount", "discount_amount", "less than the lines' amounts"),
    ("buyer.year_to_date", "-5", "invalid_amount", "buyer.year_to_date", "not negative"),
    # measures
    ("lines.1.quantity", "0", "invalid_amount", "lines[1].quantity", "above zero"),
    ("lines.1.net_mass_kg", "-3", "invalid_amount", "lines[1].net_mass_kg", "above zero"),
    ("lines.1.litres", "Infinity", "invalid_amount", "lines[1].litres", "above zero"),
    ("lines.1.items", "1E+30", "invalid_amount", "lines[1].items", ""),
    # currencies
    ("currency", "ZZX", "unknown_currency", "currency", "Did you mean"),
    ("currency", "zzd", "unknown_currency", "currency", "Did you mean 'ZZD'?"),
    ("currency", "", "unknown_currency", "currency", "no currency"),
    ("exchange_rates", {"USDD": "3"}, "unknown_currency", "exchange_rates.USDD", "Did you mean 'USD'?"),
    ("exchange_rates", {"USD": "0"}, "invalid_amount", "exchange_rates.USD", "above zero"),
    ("exchange_rates", {"USD": "-3"}, "invalid_amount", "exchange_rates.USD", "above zero"),
    ("exchange_rates", {"USD": "NaN"}, "invalid_amount", "exchange_rates.USD", "above zero"),
    # papers and the caller's own rates
    ("lines.1.proof_of_origin", "zz_ftaa", "unknown_proof", "lines[1].proof_of_origin", "Did you mean 'zz_fta'?"),
    ("lines.1.rates", {"dutty": "5 %"}, "unknown_kind", "lines[1].rates.dutty", "Did you mean 'duty'?"),
    ("lines.1.rates", {"duty": "five"}, "invalid_rate", "lines[1].rates.duty", "Write '10 %'"),
    ("lines.1.rates", {"duty": "unknown"}, "invalid_rate", "lines[1].rates.duty", "no rate"),
    ("lines.1.rates", {"duty": ""}, "invalid_rate", "lines[1].rates.duty", "Write '10 %'"),
    # words out of a list
    ("buyer.kind", "company", "invalid", "buyer.kind", "business"),
    ("incoterm", "CNF", "invalid", "incoterm", "CFR"),
    ("transport", "ship", "invalid", "transport", "sea"),
    ("channel", "shop", "invalid", "channel", "ecommerce"),
    ("date", "2026-02-30", "invalid", "date", ""),
    ("date", "yesterday", "invalid", "date", ""),
    # fields
    ("incotrem", "CIF", "unknown_field", "incotrem", "Did you mean 'incoterm'?"),
    ("lines.1.amuont", "5", "unknown_field", "lines[1].amuont", "Did you mean 'amount'?"),
    ("buyer.knid", "business", "unknown_field", "buyer.knid", "Did you mean 'kind'?"),
    ("buyer.year_to_dat", "5", "unknown_field", "buyer.year_to_dat", "Did you mean 'year_to_date'?"),
    ("ship_to.contry", "ZZ", "unknown_field", "ship_to.contry", "Did you mean 'country'?"),
    ("ship_to.postcode", "1", "unknown_field", "ship_to.postcode", "Did you mean 'postal_code'?"),
    ("seller.registration", [], "unknown_field", "seller.registration", "Did you mean 'registrations'?"),
    ("ship_from", NOTHING, "missing", "ship_from", "'ship_from' is needed"),
    ("ship_to.country", NOTHING, "missing", "ship_to.country", "'country' is needed"),
    ("currency", NOTHING, "missing", "currency", "'currency' is needed"),
    ("lines", [], "missing", "lines", "at least one line"),
    ("lines", {}, "invalid", "lines", ""),
    ("lines", None, "invalid", "lines", ""),
]


@pytest.mark.parametrize(("path", "value", "code", "param", "says"), ERRORS)
def test_what_is_no_sale(path: str, value: Any, code: str, param: str, says: str) -> None:
    error = refusal(changed(path, value))
    assert (error.code, error.param) == (code, param)
    assert says in error.message


@pytest.mark.parametrize("request_", [None, [], "sale", 5, {}, b"{}"])
def test_what_is_no_mapping_at_all(request_: Any) -> None:
    assert refusal(request_).message


def test_goods_and_services_in_one_sale() -> None:
    error = refusal(changed("lines.1", {"service": "streaming", "amount": "5.00"}))
    assert (error.code, error.param) == ("mixed", "lines")
    assert "apart" in error.message


def test_a_line_that_is_goods_and_service_at_once() -> None:
    error = refusal(changed("lines", [{"hs_code": "6911.10", "service": "streaming", "amount": "5.00"}]))
    assert error.param == "lines[0].hs_code"
    assert "not both" in error.message


def test_a_service_that_is_none() -> None:
    sale = changed("lines", [{"service": "telemedecine", "amount": "5.00"}])
    error = refusal(sale)
    assert (error.code, error.param) == ("unknown_service", "lines[0].service")
    assert "Did you mean 'telemedicine'?" in error.message


@pytest.mark.parametrize("incoterm", ["CFR", "CPT", "CIF", "CIP", "DAP", "DPU"])
def test_freight_inside_a_price_that_is_less(incoterm: str) -> None:
    error = refusal({**BASE, "incoterm": incoterm, "shipping_cost": "200.01"})
    assert (error.code, error.param) == ("contradictory_costs", "shipping_cost")
    assert incoterm in error.message


@pytest.mark.parametrize("incoterm", ["CIF", "CIP", "DAP", "DPU"])
def test_insurance_inside_a_price_that_is_less(incoterm: str) -> None:
    error = refusal({**BASE, "incoterm": incoterm, "insurance_cost": "200.01"})
    assert (error.code, error.param) == ("contradictory_costs", "insurance_cost")


@pytest.mark.parametrize("incoterm", ["EXW", "FCA", "FAS", "FOB", None])
def test_costs_beside_the_price_may_be_more_than_it(incoterm: str | None) -> None:
    """100 + 100 and 500 of freight: with nil insurance the goods land at 700 before any charge."""
    quote = entrepot.quote({**BASE, "incoterm": incoterm, "shipping_cost": "500.00", "insurance_cost": "0"})
    assert quote.best is not None
    assert quote.best.amount_subtotals is not None
    assert (quote.best.amount_subtotals.goods, quote.best.amount_subtotals.shipping) == ("200.00", "500.00")


# What reads as a sale and cannot be answered is refused, with the fact that is missing.


def refused(sale: dict[str, Any], code: str, param: str) -> Reason:
    quote = entrepot.quote(sale)
    assert quote.assessment.outcome == "refused"
    assert quote.best is None
    found = reason(quote, code)
    assert found.param == param
    assert found.message
    return found


def test_a_code_of_another_edition_is_refused_with_those_of_this_one() -> None:
    """0901.40, substitutes containing coffee, left the Harmonized System in 2002; 0901.90 has them now."""
    found = refused(changed("lines.1.hs_code", "0901.40"), "hs_code.unknown", "lines[1].hs_code")
    assert "2022" in found.message
    assert "090190" in found.message


def test_a_heading_that_never_was() -> None:
    found = refused(changed("lines.1.hs_code", "9899.99"), "hs_code.unknown", "lines[1].hs_code")
    assert "no such heading" in found.message


def test_a_code_that_the_pack_has_no_line_of() -> None:
    quote = entrepot.quote(changed("lines.1.hs_code", "9503.00"))
    assert quote.assessment.outcome == "refused"
    assert quote.best is None
    ways_out = [each for each in quote.assessment.reasons if each.param and each.param.startswith("lines[1]") and "rates" in each.message]
    assert ways_out, [(each.code, each.param, each.message) for each in quote.assessment.reasons]


def test_the_way_out_of_it_works() -> None:
    sale = changed("lines.1", {"hs_code": "9503.00", "amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "5 %"}})
    quote = entrepot.quote(sale)
    assert quote.best is not None
    assert reason(quote, "rate.caller").param == "lines[1].rates.duty"


def test_a_short_code_over_lines_that_differ_lists_them() -> None:
    """0801.32: whole kernels at 5 %, broken ones at 7 %."""
    found = refused(changed("lines.1.hs_code", "0801.32"), "hs_code.ambiguous", "lines[1].hs_code")
    assert "0801320010" in found.message
    assert "0801320090" in found.message


def test_a_short_code_over_lines_that_agree_is_enough() -> None:
    """0801.31: both lines at 5 %."""
    quote = entrepot.quote(changed("lines.1.hs_code", "0801.31"))
    assert quote.best is not None


def test_no_exchange_rate_says_how_to_give_one() -> None:
    """The importer's currency is invented: nobody publishes a rate of it."""
    found = refused(changed("currency", "USD"), "exchange.missing", "exchange_rates.USD")
    assert 'exchange_rates {"USD": …}' in found.message
    assert entrepot.quote({**changed("currency", "USD"), "exchange_rates": {"USD": "3"}}).best is not None


def test_a_day_before_the_law_begins() -> None:
    found = refused(changed("date", "2009-12-31"), "law.before", "date")
    assert "2009-12-31" in found.message
    assert entrepot.quote(changed("date", "2010-01-01")).assessment.outcome != "refused"


@pytest.mark.parametrize(("code", "param"), [("1006.30", "net_mass_kg"), ("2203.00", "litres"), ("6403.99", "pairs")])
def test_a_specific_duty_without_its_measure_is_refused_and_asks_for_it(code: str, param: str) -> None:
    quote = entrepot.quote(changed("lines.1", {"hs_code": code, "amount": "100.00", "country_of_origin": "FR"}))
    assert quote.assessment.outcome == "refused"
    assert f"lines[1].{param}" in {each.param for each in quote.assessment.reasons if each.code == "measure.missing"}


@pytest.mark.parametrize(("given", "asked"), [("alcohol_percent", "litres"), ("litres", "alcohol_percent")])
def test_pure_alcohol_asks_for_what_is_missing_of_it(given: str, asked: str) -> None:
    line = {"hs_code": "2208.30", "amount": "100.00", "country_of_origin": "FR", given: "40"}
    quote = entrepot.quote(changed("lines.1", line))
    assert quote.assessment.outcome == "refused"
    assert {each.param for each in quote.assessment.reasons if each.code == "measure.missing"} == {f"lines[1].{asked}"}


def test_no_origin_is_an_assumption_with_its_name() -> None:
    sale = changed("lines.1.country_of_origin", NOTHING)
    quote = entrepot.quote(sale)
    assert quote.assessment.outcome == "estimated"
    found = reason(quote, "origin.assumed")
    assert found.param == "lines[1].country_of_origin"
    assert "VN" in found.message


def test_a_proof_of_another_agreement_is_no_proof_here() -> None:
    quote = entrepot.quote(changed("lines.1.proof_of_origin", "rcep"))
    assert reason(quote, "proof.other").param == "lines[1].proof_of_origin"
    without = entrepot.quote(BASE)
    assert quote.best is not None
    assert without.best is not None
    assert quote.best.amount_landed == without.best.amount_landed


def test_a_class_of_tax_that_the_law_does_not_have() -> None:
    quote = entrepot.quote(changed("lines.1.tax_class", "reducd"))
    assert quote.assessment.outcome == "refused"
    assert "lines[1].tax_class" in {each.param for each in quote.assessment.reasons}


def test_a_sale_inside_one_territory_is_no_import() -> None:
    refused(changed("ship_from.country", "ZZ"), "sale.domestic", "ship_from.country")


def test_a_rate_in_words_is_shown_and_never_guessed() -> None:
    quote = entrepot.quote(changed("lines.1.hs_code", "8543.70"))
    assert quote.best is None
    assert "as the Minister may from time to time determine" in reason(quote, "rate.text").message


def test_an_unknown_duty_refuses() -> None:
    """Handbags: the pack knows that there is a rate, not which."""
    quote = entrepot.quote(changed("lines.1.hs_code", "4202.22"))
    assert quote.best is None
    assert reason(quote, "rate.unknown").message


@pytest.mark.parametrize("amount", ["10000000000000.00", "10000000000000000.00"])
def test_what_is_huge_is_exact(amount: str) -> None:
    """10^15 and 10^18 minor units of books: free of duty, VAT 5 %, the entry fee capped at 500 and the statistical 0.1 %."""
    sale = changed("lines", [{"hs_code": "4901.99", "amount": amount, "country_of_origin": "VN"}])
    quote = entrepot.quote({**sale, "shipping_cost": "0", "insurance_cost": "0"})
    assert quote.best is not None
    whole = int(amount.replace(".", ""))
    assert quote.best.amount_landed is not None
    assert int(quote.best.amount_landed.replace(".", "")) == whole + whole // 20 + 50_000 + whole // 1000
