"""Invalid requests are refused with the field and how to correct it."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest

import entrepot
from base_sale import BASE, NOTHING, changed
from entrepot.app import library
from entrepot.engine import request
from entrepot.goods.service_words import SERVICE_WORDS
from entrepot.language.translate import error_text, speaking
from entrepot.model.sale import Line, Place


def refusal(sale: Mapping[str, Any]) -> entrepot.SaleError:
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale)
    assert error.value.message == str(error.value)
    assert error.value.envelope()["error"]["param"] == error.value.param
    return error.value


def test_the_base_sale_is_valid() -> None:
    assert entrepot.quote(BASE).best is not None


ERRORS = [
    # places
    ("ship_to.country", "XX", "unknown_economy", "ship_to.country", "ISO 3166-1 alpha-2"),
    ("ship_from.country", "Viet Nom", "unknown_economy", "ship_from.country", "ISO 3166-1 alpha-2"),
    ("ship_to.country", "zzz", "unknown_economy", "ship_to.country", 'Did you mean "ZZ"?'),
    ("ship_to.country", "Ontario", "unknown_economy", "ship_to.country", "the country CA and the state ON"),
    ("ship_from.country", "Punjab", "unknown_economy", "ship_from.country", "the country IN and the state PB"),
    ("ship_to.country", "---", "unknown_economy", "ship_to.country", "is not an economy"),
    ("ship_to.country", "", "unknown_economy", "ship_to.country", "ISO 3166-1 alpha-2"),
    ("ship_to.country", "BR", "no_law", "ship_to.country", "Available: "),
    ("lines.1.country_of_origin", "UX", "unknown_economy", "lines[1].country_of_origin", "not an economy"),
    # texts and lists in place of objects
    ("ship_to", "CA", "invalid", "ship_to", 'Write for example: {"country": "CA"}.'),
    ("ship_from", "Viet Nam", "invalid", "ship_from", 'Write for example: {"country": "VN"}.'),
    ("buyer", "consumer", "invalid", "buyer", 'Write for example: {"kind": "consumer"}.'),
    ("buyer", "company", "invalid", "buyer", 'Write for example: {"kind": "business"}.'),
    ("buyer.kind", "company", "invalid", "buyer.kind", 'Did you mean "business"?'),
    ("lines", {}, "invalid", "lines", 'Write for example: [{"hs_code": "0901.21", "amount": "100.00"}].'),
    ("lines.1", "0901.21", "invalid", "lines[1]", 'Write for example: {"hs_code": "0901.21", "amount": "100.00"}.'),
    # codes
    ("lines.1.hs_code", "coffee", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits, for example 0901.21"),
    ("lines.1.hs_code", "09012", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "09012100000", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "０９０１２１", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", "-90121", "invalid_hs_code", "lines[1].hs_code", "6 to 10 digits"),
    ("lines.1.hs_code", NOTHING, "missing", "lines[1].hs_code", "or a service"),
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
    ("lines.1.amount", "1E-400", "invalid_amount", "lines[1].amount", "a decimal point"),
    ("lines.1.amount", "10000000000000000.01", "invalid_amount", "lines[1].amount", "at most 10^16 ZZD"),
    ("lines.1.amount", float("nan"), "invalid_amount", "lines[1].amount", ""),
    ("lines.1.amount", "a hundred", "invalid_amount", "lines[1].amount", '"a hundred" is not a decimal number. Write'),
    *[
        ("lines.1.amount", text, "invalid_amount", "lines[1].amount", "not a decimal number. Write digits")
        for text in (
            "1_000",
            "１００",
            "٣",
            "+5",
            "5.",
            ".5",
            " 5",
            "5 ",
            "1e3",
            "1,000",
            "1 000",
            "0x10",
            "",
            "-",
            "5\n",
        )
    ],
    ("lines.1.quantity", "1_0", "invalid_amount", "lines[1].quantity", '"1_0" is not a decimal number'),
    ("shipping_cost", "1e1", "invalid_amount", "shipping_cost", '"1e1" is not a decimal number'),
    ("buyer.year_to_date", "+5", "invalid_amount", "buyer.year_to_date", '"+5" is not a decimal number'),
    ("lines.1.amount", True, "invalid", "lines[1].amount", ""),
    ("lines.1.amount", NOTHING, "missing", "lines[1].amount", '"amount" is required'),
    ("shipping_cost", "-0.01", "invalid_amount", "shipping_cost", "not negative"),
    ("insurance_cost", "NaN", "invalid_amount", "insurance_cost", "number"),
    ("discount_amount", "200.00", "invalid_amount", "discount_amount", "must be less than the sum of the lines"),
    ("buyer.year_to_date", "-5", "invalid_amount", "buyer.year_to_date", "not negative"),
    # measures
    ("lines.1.quantity", "0", "invalid_amount", "lines[1].quantity", "above zero"),
    ("lines.1.net_mass_kg", "-3", "invalid_amount", "lines[1].net_mass_kg", "above zero"),
    ("lines.1.litres", "Infinity", "invalid_amount", "lines[1].litres", "decimal number"),
    ("lines.1.litres", Decimal("Infinity"), "invalid_amount", "lines[1].litres", "above zero"),
    ("lines.1.items", "1E+30", "invalid_amount", "lines[1].items", ""),
    # currencies
    ("currency", "ZZX", "unknown_currency", "currency", "Did you mean"),
    ("currency", "zzdd", "unknown_currency", "currency", 'Did you mean "ZZD"?'),
    ("currency", "", "unknown_currency", "currency", "not a currency"),
    ("exchange_rates", {"USDD": "3"}, "unknown_currency", "exchange_rates.USDD", 'Did you mean "USD"?'),
    ("exchange_rates", {"USD": "0"}, "invalid_amount", "exchange_rates.USD", "above zero"),
    ("exchange_rates", {"USD": "-3"}, "invalid_amount", "exchange_rates.USD", "above zero"),
    ("exchange_rates", {"USD": "NaN"}, "invalid_amount", "exchange_rates.USD", "decimal number"),
    ("exchange_rates", {"USD": Decimal("NaN")}, "invalid_amount", "exchange_rates.USD", "above zero"),
    # papers, classes and the caller's own rates
    ("lines.1.tax_class", "reducd", "unknown_tax_class", "lines[1].tax_class", 'Did you mean "reduced"?'),
    ("lines.1.proof_of_origin", "zz_ftaa", "unknown_proof", "lines[1].proof_of_origin", 'Did you mean "zz_fta"?'),
    ("lines.1.rates", {"dutty": "5 %"}, "unknown_kind", "lines[1].rates.dutty", 'Did you mean "duty"?'),
    ("lines.1.rates", {"duty": "five"}, "invalid_rate", "lines[1].rates.duty", 'Write "10 %"'),
    ("lines.1.rates", {"duty": "unknown"}, "invalid_rate", "lines[1].rates.duty", "not a rate"),
    ("lines.1.rates", {"duty": ""}, "invalid_rate", "lines[1].rates.duty", 'Write "10 %"'),
    # words out of a list
    ("buyer.kind", "company", "invalid", "buyer.kind", "business"),
    ("incoterm", "CNF", "invalid", "incoterm", "CFR"),
    ("transport", "ship", "invalid", "transport", "sea"),
    ("channel", "shop", "invalid", "channel", "ecommerce"),
    ("date", "2026-02-30", "invalid", "date", "the days of 2026-02 are 01 to 28"),
    ("date", "2028-02-30", "invalid", "date", "the days of 2028-02 are 01 to 29"),
    ("date", "2026-13-01", "invalid", "date", "months are 01 to 12"),
    ("date", "2026/03/01", "invalid", "date", '"2026/03/01" is not a date. Write it as YYYY-MM-DD'),
    ("date", "yesterday", "invalid", "date", "Write it as YYYY-MM-DD, for example 2026-03-01"),
    # fields
    ("incotrem", "CIF", "unknown_field", "incotrem", 'Did you mean "incoterm"?'),
    ("lines.1.amuont", "5", "unknown_field", "lines[1].amuont", 'Did you mean "amount"?'),
    ("buyer.knid", "business", "unknown_field", "buyer.knid", 'Did you mean "kind"?'),
    ("buyer.year_to_dat", "5", "unknown_field", "buyer.year_to_dat", 'Did you mean "year_to_date"?'),
    ("ship_to.contry", "ZZ", "unknown_field", "ship_to.contry", 'Did you mean "country"?'),
    ("ship_to.postcode", "1", "unknown_field", "ship_to.postcode", 'Did you mean "postal_code"?'),
    ("seller.registration", [], "unknown_field", "seller.registration", 'Did you mean "registrations"?'),
    ("ship_from", NOTHING, "missing", "ship_from", '"ship_from" is required'),
    ("ship_to.country", NOTHING, "missing", "ship_to.country", '"country" is required'),
    ("currency", NOTHING, "missing", "currency", '"currency" is required'),
    ("lines", [], "missing", "lines", "at least one line"),
    ("lines", {}, "invalid", "lines", ""),
    ("lines", None, "invalid", "lines", ""),
]


@pytest.mark.parametrize(("path", "value", "code", "param", "says"), ERRORS)
def test_an_invalid_sale_is_refused_with_its_field(path: str, value: Any, code: str, param: str, says: str) -> None:
    error = refusal(changed(path, value))
    assert (error.code, error.param) == (code, param)
    assert says in error.message


@pytest.mark.parametrize("day", ["20260301", "2026-W10-7", "2026-02-30", "2026-03-01T00:00"])
def test_only_one_format_of_dates_is_accepted(day: str) -> None:
    with pytest.raises(entrepot.SaleError, match="is not a date") as raised:
        entrepot.quote(BASE, on=day)  # type: ignore[arg-type]  # a text is taken too
    assert (raised.value.code, raised.value.param) == ("invalid", "date")


@pytest.mark.parametrize("state", ["XX", 5])
def test_an_error_may_be_sent_to_another_process(state: object) -> None:
    """It has names of places in several languages, and is the same there."""
    error = refusal(changed("ship_to", {"country": "CA", "state": state}))
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is entrepot.SaleError
    assert (str(there), there.envelope()) == (str(error), error.envelope())
    with speaking("zh"):
        assert error_text(there) == error_text(error) != str(error)


@pytest.mark.parametrize("request_", [None, [], "sale", 5, {}, b"{}"])
def test_a_request_that_is_not_a_mapping_is_refused(request_: Any) -> None:
    assert refusal(request_).message


def test_goods_and_services_in_one_sale_are_refused() -> None:
    error = refusal(changed("lines.1", {"service": "streaming", "amount": "5.00"}))
    assert (error.code, error.param) == ("mixed", "lines")
    assert "separately" in error.message


def test_a_line_with_a_code_and_a_service_is_refused() -> None:
    error = refusal(changed("lines", [{"hs_code": "6911.10", "service": "streaming", "amount": "5.00"}]))
    assert error.param == "lines[0].hs_code"
    assert "not both" in error.message


def test_an_unknown_service_is_refused() -> None:
    sale = changed("lines", [{"service": "telemedecine", "amount": "5.00"}])
    error = refusal(sale)
    assert (error.code, error.param) == ("unknown_service", "lines[0].service")
    assert 'Did you mean "telemedicine"?' in error.message


@pytest.mark.parametrize("incoterm", ["CFR", "CPT", "CIF", "CIP", "DAP", "DPU"])
def test_freight_inside_a_lower_price_is_refused(incoterm: str) -> None:
    error = refusal({**BASE, "incoterm": incoterm, "shipping_cost": "200.01"})
    assert (error.code, error.param) == ("contradictory_costs", "shipping_cost")
    assert incoterm in error.message


@pytest.mark.parametrize("incoterm", ["CIF", "CIP", "DAP", "DPU"])
def test_insurance_inside_a_lower_price_is_refused(incoterm: str) -> None:
    error = refusal({**BASE, "incoterm": incoterm, "insurance_cost": "200.01"})
    assert (error.code, error.param) == ("contradictory_costs", "insurance_cost")


@pytest.mark.parametrize("incoterm", ["EXW", "FCA", "FAS", "FOB", None])
def test_costs_outside_the_price_may_exceed_it(incoterm: str | None) -> None:
    """100 + 100 and 500 of freight: with nil insurance the goods land at 700 before any charge."""
    quote = entrepot.quote({**BASE, "incoterm": incoterm, "shipping_cost": "500.00", "insurance_cost": "0"})
    assert quote.best is not None
    assert quote.best.amount_subtotals is not None
    assert (quote.best.amount_subtotals.goods, quote.best.amount_subtotals.shipping) == ("200.00", "500.00")


def test_a_sale_object_may_have_decimals_with_exponents() -> None:
    """They are numbers already: only a text has a way of being written."""
    read = entrepot.Sale(
        ship_from=Place(country="VN"),
        ship_to=Place(country="ZZ"),
        date=dt.date(2026, 3, 1),
        currency="ZZD",
        lines=(Line(hs_code="6911.10", amount=Decimal("1E+2")),),
    )
    assert entrepot.quote(read) == entrepot.quote(
        msgspec.structs.replace(read, lines=(Line(hs_code="6911.10", amount=Decimal(100)),))
    )


def test_the_examples_of_parts_of_a_sale_are_valid() -> None:
    places = {path: example for path, example in request.EXAMPLES.items() if not path.startswith("lines")}
    sale = {**{path: example for path, example in places.items() if "." not in path}, "currency": "CNY"}
    assert entrepot.quote({**sale, "date": "2026-03-01", "lines": request.EXAMPLES["lines"]}).best is not None
    line = {**request.EXAMPLES["lines[]"], "rates": request.EXAMPLES["lines[].rates"]}
    assert entrepot.quote({**sale, "date": "2026-03-01", "lines": [line]}).best is not None


def test_the_categories_that_words_of_sellers_mean_are_those_of_the_world_pack() -> None:
    assert {name for names in SERVICE_WORDS.values() for name in names} <= library().world.services.keys()
