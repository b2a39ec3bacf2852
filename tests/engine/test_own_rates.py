"""A rate that is asked for has the name of one charge, and setting it sets that charge alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

import entrepot
from entrepot import app
from entrepot.engine.rules.own_rates import name_in_law
from entrepot.model.quote import Option, Quote

#: Coffee bears neither duty nor tax in Australia; above AUD 1,000 two fees are due, one of them known as a range.
COFFEE: dict[str, Any] = {
    "ship_from": {"country": "CN"},
    "ship_to": {"country": "AU"},
    "date": "2026-11-20",
    "currency": "AUD",
    "buyer": {"kind": "consumer"},
    "lines": [{"hs_code": "0901.21", "amount": "2000.00"}],
}


def with_rates(sale: dict[str, Any], rates: dict[str, str]) -> Quote:
    (line,) = sale["lines"]
    return entrepot.quote({**sale, "lines": [{**line, "rates": rates}]})


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


def fees(quote: Quote) -> dict[str, str | None]:
    return {each.id: each.amount for each in best(quote).charges if each.kind == "fee"}


def test_the_field_that_is_asked_for_sets_one_of_two_fees() -> None:
    quote = entrepot.quote(COFFEE)
    (asked,) = [each.param for each in quote.assessment.reasons if each.code == "rate.range_fee"]
    assert asked == "lines[0].rates.biosecurity_charge"
    before = fees(quote)
    settled = with_rates(COFFEE, {asked.removeprefix("lines[0].rates."): "60 AUD"})
    assert fees(settled) == {**before, "biosecurity_charge": "60.00"}
    # 2,000.00 and the import processing charge of AUD 50 for goods of up to AUD 10,000, and the 60.00 given.
    assert best(settled).amount_landed == "2110.00"


def test_a_rate_by_kind_names_the_charges_that_it_sets() -> None:
    quote = with_rates(COFFEE, {"fee": "60 AUD"})
    (told,) = [each for each in quote.assessment.reasons if each.code.startswith("rate.caller")]
    assert (told.code, told.values["ids"]) == ("rate.caller_several", "import_processing_charge, biosecurity_charge")
    assert set(fees(quote).values()) == {"60.00"}
    one = with_rates(COFFEE, {"fee": "60 AUD", "import_processing_charge": "50 AUD"})
    codes = sorted(each.code for each in one.assessment.reasons if each.code.startswith("rate.caller"))
    assert codes == ["rate.caller", "rate.caller"]
    assert fees(one) == {"import_processing_charge": "50.00", "biosecurity_charge": "60.00"}


def test_an_id_that_is_also_a_kind_sets_its_own_charge() -> None:
    """The Philippines have an excise named as its kind, and one on jewellery and perfume, which cars do not bear."""
    car: dict[str, Any] = {
        **COFFEE,
        "ship_to": {"country": "PH"},
        "currency": "PHP",
        "lines": [{"hs_code": "8703.23", "amount": "1000000"}],
    }
    quote = with_rates(car, {"excise": "10 %", "duty": "5 %"})
    assert [each.id for each in best(quote).charges if each.kind == "excise" and each.reason == "caller"] == ["excise"]
    assert not [each.code for each in quote.assessment.reasons if each.code == "rate.caller_several"]


def test_all_rates_that_are_known_as_ranges_are_asked_for_at_once() -> None:
    """Cambodia has ranges of the duty and of the special tax on cars; both given, the total is one figure."""
    car = {
        **COFFEE,
        "ship_to": {"country": "KH"},
        "currency": "KHR",
        "lines": [{"hs_code": "8703.23", "amount": "1000000"}],
    }
    reasons = entrepot.quote(car).assessment.reasons
    asked = [each.param or "" for each in reasons if each.code in ("rate.range", "rate.range_tax")]
    assert asked == ["lines[0].rates.duty", "lines[0].rates.excise"]
    settled = best(with_rates(car, {each.removeprefix("lines[0].rates."): "10 %" for each in asked}))
    # Duty 100,000; special tax 10 % of 1,100,000 = 110,000; value added tax 10 % of 1,210,000 = 121,000.
    assert settled.amount_landed is not None
    assert float(settled.amount_landed) == 1_331_000


def test_the_duty_of_the_tariff_is_asked_for_as_duty_beside_another_duty_of_the_procedure() -> None:
    """`rates.duty` replaces the tariff's rate, so that a pack may give its charge another id."""
    law = app.library().law("ZZ", dt.date(2026, 3, 1))
    (ordinary,) = [each for each in law.regimes if each.id == "ordinary"]
    changed = {"duty": {"id": "import_duty"}, "safeguard": {"kind": "duty"}}
    charges = tuple(msgspec.structs.replace(each, **changed.get(each.id, {})) for each in ordinary.charges)
    other = msgspec.structs.replace(law, regimes=(msgspec.structs.replace(ordinary, charges=charges),))
    names = {each.id: name_in_law(other, each) for each in charges}
    assert (names["import_duty"], names["safeguard"]) == ("duty", "safeguard")
