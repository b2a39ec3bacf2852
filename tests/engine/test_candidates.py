"""Facts that a sale leaves open: every candidate is assessed, and an answer is a range where they differ.

Expected amounts are those of the same sale with the fact given, which other tests compare with the law.
"""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

import entrepot
from base_sale import changed, reason
from entrepot.connect.rates import ecb
from entrepot.engine.flow import candidates
from entrepot.language.remarks import total_text
from entrepot.law.library import Library
from entrepot.model.quote import Option, Quote
from pack_edits import replace_in_file

PACKS = Path(__file__).resolve().parents[2] / "packs"

COFFEE_TO_CHINA = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
}
LINE = {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"}
RANGE = "69111000,mfn,,2010-01-01,,,,from 10 % to 20 %,tariff-act-reprint,published"
HANDBAGS = "42022200,mfn,,2010-01-01,,,,from 5 %,tariff-act-reprint,published"
OTHERS = {path.name for path in PACKS.iterdir() if path.is_dir()} - {"world", "zz"}


def sale(*codes: str, **fields: Any) -> dict[str, Any]:
    lines = [{"hs_code": code, "amount": "100.00", "country_of_origin": "VN"} for code in codes]
    return changed("lines", lines) | fields


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


def landed(*codes: str, **fields: Any) -> str:
    found = best(entrepot.quote(sale(*codes, **fields))).amount_landed
    assert found is not None
    return found


def test_a_short_code_whose_lines_differ_gives_the_amounts_of_both_lines() -> None:
    """0801.32: whole kernels at 5 %, broken ones at 7 %."""
    quote = entrepot.quote(sale("0801.32"))
    whole, broken = landed("0801320010"), landed("0801320090")
    assert Decimal(whole) < Decimal(broken)
    found = best(quote)
    assert (found.amount_landed, found.amount_landed_low, found.amount_landed_high) == (None, whole, broken)
    assert found.candidates is not UNSET
    assert [(each.settles, each.value, each.amount_landed) for each in found.candidates] == [
        ("lines[0].hs_code", "0801320010", whole),
        ("lines[0].hs_code", "0801320090", broken),
    ]
    stated = reason(quote, "hs_code.ambiguous")
    assert stated.param == "lines[0].hs_code"
    assert "0801320010, 0801320090" in stated.message
    assert quote.assessment.outcome == "estimated"


def test_the_figures_of_a_range_add_up_at_each_end() -> None:
    found = best(entrepot.quote(sale("0801.32")))
    parts = found.amount_subtotals
    assert parts is not None
    for end in ("low", "high"):
        duties, taxes, fees, whole = (
            Decimal(getattr(record, f"{name}_{end}") or getattr(record, name))
            for record, name in (
                (parts, "duties"),
                (parts, "taxes"),
                (parts, "fees"),
                (found, "amount_charges"),
            )
        )
        assert duties + taxes + fees == whole


def test_a_fact_that_changes_nothing_is_not_asked_for() -> None:
    """Where the caller gives the duty, the lines under 0801.32 are alike."""
    line = {"hs_code": "0801.32", "amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "5 %"}}
    quote = entrepot.quote(changed("lines", [line]))
    assert best(quote).amount_landed == landed("0801320010")
    assert "hs_code.ambiguous" not in {each.code for each in quote.assessment.reasons}


@pytest.fixture
def ranged(tmp_path: Path) -> Library:
    """The packs with tableware of porcelain at a duty of 10 % to 20 %, and handbags at 5 % or more."""
    packs = Path(shutil.copytree(PACKS, tmp_path / "packs", ignore=lambda _, names: [n for n in names if n in OTHERS]))
    tariff = packs / "zz" / "tariff.csv"
    replace_in_file(tariff, "69111000,mfn,,2010-01-01,,,,10 %,tariff-act,official", RANGE)
    unknown, at_least = ("42022200,mfn,,2010-01-01,,,,unknown,tariff-act,official", HANDBAGS)
    replace_in_file(tariff, unknown, at_least)
    return Library(packs)


def test_a_rate_known_as_a_range_gives_the_amounts_at_both_ends(ranged: Library) -> None:
    def given(rate: str) -> str | None:
        return best(entrepot.quote(sale("6911.10", lines=[{**LINE, "rates": {"duty": rate}}]))).amount_landed

    quote = entrepot.quote(sale("6911.10"), packs=ranged)
    found = best(quote)
    assert (found.amount_landed_low, found.amount_landed_high) == (given("10 %"), given("20 %"))
    duty = next(each for each in found.charges if each.kind == "duty")
    assert (duty.rate_details.rate_type, duty.rate_details.text) == ("range", "10 % to 20 %")
    assert reason(quote, "rate.range").values["rate"] == "10 % to 20 %"


def test_a_rate_without_a_known_highest_one_gives_a_lowest_total(ranged: Library) -> None:
    found = best(entrepot.quote(sale("4202.22"), packs=ranged))
    line = {**LINE, "hs_code": "4202.22", "rates": {"duty": "5 %"}}
    low = best(entrepot.quote(sale("", lines=[line]))).amount_landed
    assert (found.amount_landed, found.amount_landed_low, found.amount_landed_high) == (None, low, UNSET)
    assert found.at_least


def test_too_many_candidates_are_refused_with_the_codes_to_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 1)
    quote = entrepot.quote(sale("0801.32"))
    assert quote.assessment.outcome == "refused"
    assert reason(quote, "hs_code.ambiguous").param == "lines[0].hs_code"


@pytest.mark.parametrize(
    ("code", "stated"),
    [
        ("0901.40", "hs_code.unknown"),
        ("9503.00", "rate.none"),
        ("4202.22", "rate.unknown"),
        ("2203.00", "measure.missing"),
    ],
)
def test_a_line_that_cannot_be_assessed_does_not_hide_the_others(code: str, stated: str) -> None:
    """The lowest total has no duty or tax on that line; the other line has all its charges."""
    quote = entrepot.quote(sale("6911.10", code))
    found = best(quote)
    assert found.amount_landed is None
    assert found.amount_landed_high is UNSET
    assert found.at_least
    assert any((each.param or "").startswith("lines[1]") for each in quote.assessment.reasons if each.code == stated)
    known = {each.id: each.amount for each in found.lines[0].charges}
    assert None not in known.values()
    assert found.amount_landed_low is not UNSET
    assert Decimal(found.amount_landed_low) >= 200 + sum(Decimal(known[each] or 0) for each in known if each == "duty")


def test_all_that_a_cart_lacks_is_said_at_once() -> None:
    quote = entrepot.quote(sale("0901.40", "6911.10", "4202.22", "0801.32"))
    params = {each.param for each in quote.assessment.reasons}
    assert {"lines[0].hs_code", "lines[2].rates.duty"} <= params
    assert "lines[1].hs_code" not in params


def test_the_provinces_of_canada_are_candidates() -> None:
    """Business or not, the sales tax of a province is that of the same sale with the province given."""
    sold = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CA"},
        "date": "2026-03-01",
        "currency": "CAD",
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "6109.10", "amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "18 %"}}],
    }
    found = best(entrepot.quote(sold))
    assert found.candidates is not UNSET
    by_place = {each.value: each.amount_landed for each in found.candidates if each.settles == "ship_to.state"}
    assert len(by_place) == 13
    for place, amount in by_place.items():
        given = best(entrepot.quote({**sold, "ship_to": {"country": "CA", "state": place}}))
        assert given.amount_landed == amount, place
    amounts = sorted(Decimal(amount) for amount in by_place.values() if amount is not None)
    assert [found.amount_landed_low, found.amount_landed_high] == [str(amounts[0]), str(amounts[-1])]


@pytest.fixture
def bank_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if only the rates of the European Central Bank came with Entrepot, which does not quote Taiwan's dollar."""
    monkeypatch.setattr("entrepot.connect.rates.reference.shipped_rates", ecb.reference_rates)


def sold_to_taipei(amount: str) -> Quote:
    """A sale in US dollars to Chinese Taipei: duty 10 %, VAT 5 %."""
    line = {"hs_code": "6109.10", "amount": amount, "country_of_origin": "US", "rates": {"duty": "10 %"}}
    return entrepot.quote(
        {
            "ship_from": {"country": "US"},
            "ship_to": {"country": "TW"},
            "date": "2026-03-01",
            "currency": "USD",
            "buyer": {"kind": "business"},
            "lines": [line],
        }
    )


@pytest.mark.usefixtures("bank_only")
def test_without_an_exchange_rate_percentages_are_answered_in_the_currency_of_the_sale() -> None:
    """The duty is 10 % of 60.00; VAT is 5 % of 66.00; the trade promotion fee is 0.04 % of 60.00.

    The relief of consignments of at most TWD 2,000, from USD 50 to 85: the value is within it in the lowest answer, and
    above it in the highest.
    """
    quote = sold_to_taipei("60.00")
    assert quote.currency == "USD"
    assert reason(quote, "exchange.own_currency").param == "exchange_rates.USD"
    charges = {each.kind: each for each in best(quote).charges}
    assert (charges["duty"].amount_high, charges["vat"].amount_high) == ("6.00", "3.30")
    assert (charges["duty"].amount_low, charges["vat"].amount_low) == ("0.00", "0.00")
    assert charges["fee"].amount == "0.02"
    assert "exchange_rates.USD" in {each.settles for each in best(quote).candidates or ()}


@pytest.mark.usefixtures("bank_only")
@pytest.mark.parametrize(("amount", "duty", "vat"), [("50.00", "0.00", "0.00"), ("85.01", "8.50", "4.68")])
def test_a_value_below_or_above_all_amounts_that_a_limit_may_be_needs_no_exchange_rate(
    amount: str, duty: str, vat: str
) -> None:
    """At most TWD 2,000 is from USD 50 to 85. Above: 10 % of 85.01 is 8.50, and 5 % of 93.51 is 4.68."""
    found = best(sold_to_taipei(amount))
    assert found.amount_landed is not None
    charges = {each.kind: each.amount for each in found.charges}
    assert (charges["duty"], charges["vat"]) == (duty, vat)


@pytest.mark.usefixtures("bank_only")
def test_a_fee_that_the_pack_bounds_is_a_range_without_an_exchange_rate() -> None:
    """The customs fee of Viet Nam, VND 20,000, is at most USD 0.89 (20,000 / 22,509). Duty 20 %, VAT 8 %."""
    line = {"hs_code": "8211.92", "amount": "5000", "tax_class": "standard", "rates": {"duty": "20%"}}
    knives = {"ship_from": {"country": "BR"}, "ship_to": {"country": "VN"}, "date": "2026-11-24", "currency": "USD"}
    quote = entrepot.quote({**knives, "buyer": {"kind": "business"}, "transport": "sea", "lines": [line]})
    found = best(quote)
    assert (found.amount_landed_low, found.amount_landed_high) == ("6480.00", "6480.89")


def test_limits_of_the_law_that_cannot_be_compared_are_candidates() -> None:
    """Exampleland's fees have lowest and highest amounts in its own currency: in another they are not known."""
    quote = entrepot.quote(sale("4901.99", currency="USD"))
    assert quote.currency == "USD"
    reason(quote, "exchange.own_currency")
    found = best(quote)
    assert found.at_least or found.amount_landed_low is not UNSET


def test_a_line_that_is_not_known_does_not_change_the_treatment_of_another() -> None:
    """Indonesia, 2020: gloves have no rate of everybody, but one under ATIGA, free, and its proof; zinc waste has both.

    In the flat procedure, whose rate is not known for the gloves, the lowest total takes their duty as nil. That says
    nothing of ordinary import, where ATIGA is still what makes the gloves free.
    """
    common = {"amount": "50.00", "proof_of_origin": "atiga"}
    lines = [
        {"hs_code": "6116.10", "country_of_origin": "VN", **common},
        {"hs_code": "7902.00", "country_of_origin": "MM", **common},
    ]
    quote = entrepot.quote(
        {
            "ship_from": {"country": "MM"},
            "ship_to": {"country": "ID"},
            "date": "2020-11-24",
            "buyer": {"kind": "consumer"},
            "currency": "USD",
            "exchange_rates": {"USD": "13640"},
            "lines": lines,
        }
    )
    (ordinary,) = (option for option in quote.options if option.id == "ordinary")
    assert [line.treatment and line.treatment.id for line in ordinary.lines] == ["atiga", "atiga"]
    assert next(each for each in ordinary.charges if each.kind == "duty").amount == "0.00"


def test_rates_to_the_importers_currency_are_not_taken_for_rates_to_that_of_the_sale() -> None:
    """A euro is ZZD 3 by the caller; nothing leads from the tenge to the ZZD, nor from the euro to the tenge.

    A line below EUR 30 by road is free of duty for a business. Taken as KZT 90, the limit would be exceeded.
    """
    line = {"hs_code": "6911.10", "amount": "600000", "country_of_origin": "VN"}
    given: dict[str, Any] = {"currency": "KZT", "channel": "trade", "transport": "road"}
    with_rate, without = (
        best(entrepot.quote(sale("", lines=[line], exchange_rates=rates, **given))) for rates in ({"EUR": "3"}, {})
    )
    for found in (with_rate, without):
        duty = next(each for each in found.charges if each.kind == "duty")
        assert (duty.amount, duty.amount_low) == (None, "0.00")
    assert with_rate.charges == without.charges


def test_under_ddp_an_open_fact_that_changes_the_charges_is_named() -> None:
    """The buyer pays the price in any case; what of it are charges depends on the line of the tariff."""
    quote = entrepot.quote(sale("0801.32", incoterm="DDP"))
    found = best(quote)
    assert found.amount_landed == "100.00"
    ends = [best(entrepot.quote(sale(code, incoterm="DDP"))).amount_charges for code in ("0801320010", "0801320090")]
    assert [found.amount_charges_low, found.amount_charges_high] == ends
    assert reason(quote, "hs_code.ambiguous").param == "lines[0].hs_code"


def test_the_total_of_a_seller_without_registration_is_a_range_where_its_duty_is() -> None:
    garment: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "NO"},
        "date": "2026-06-01",
        "currency": "NOK",
        "lines": [{"hs_code": "6211.42", "amount": "900", "country_of_origin": "CN"}],
    }
    other = best(entrepot.quote(garment | {"seller": {"registrations": []}}))
    assert other.amount_landed is None
    stated = reason(entrepot.quote(garment), "seller.assumed")
    assert stated.values["amount"] == f"{other.amount_landed_low}–{other.amount_landed_high}"
    delivered = entrepot.quote(garment | {"incoterm": "DDP"})
    assert reason(delivered, "seller.assumed").values["amount"] == "900.00"  # the price includes every charge


def test_a_candidate_has_the_amounts_that_the_other_open_facts_leave() -> None:
    """In tenge the limit of Canada cannot be compared; within it no province matters, above it each has its tax."""
    steel: dict[str, Any] = {
        "ship_from": {"country": "DE"},
        "ship_to": {"country": "CA"},
        "date": "2026-03-01",
        "currency": "KZT",
        "transport": "express",
        "lines": [{"hs_code": "7323.93", "amount": "2500000", "country_of_origin": "DE"}],
    }
    found = best(entrepot.quote(steel)).candidates
    assert found is not UNSET
    for each in found:
        if each.settles == "ship_to.state":
            given = best(entrepot.quote(steel | {"ship_to": {"country": "CA", "state": each.value}}))
            ends = (given.amount_landed, given.amount_landed_low, given.amount_landed_high)
            assert ends == (each.amount_landed, each.amount_landed_low, each.amount_landed_high)


def test_each_line_whose_rate_is_a_range_is_named() -> None:
    """Thailand has ranges for garments and for toys: neither line alone would settle the total."""
    codes = ("9503.00", "6211.42")
    thai: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "TH"},
        "date": "2026-03-01",
        "currency": "THB",
        "buyer": {"kind": "business"},
        "lines": [{"hs_code": code, "amount": "5000", "country_of_origin": "CN"} for code in codes],
    }
    quote = entrepot.quote(thai)
    stated = [each.param for each in quote.assessment.reasons if each.code == "rate.range"]
    assert stated == ["lines[0].rates.duty", "lines[1].rates.duty"]
    found = best(quote)
    assert found.candidates is not UNSET
    amounts = [(each.settles, each.amount_landed) for each in found.candidates]
    assert amounts == [
        ("lines.rates.duty", found.amount_landed_low),
        ("lines.rates.duty", found.amount_landed_high),
    ]


def test_a_fee_that_is_known_as_a_range_is_settled_by_its_rate_and_not_by_a_code() -> None:
    """The Union handling fee of up to EUR 2; 3926.90 has a range of duty too, but the one-stop shop charges EUR 3.

    Low: 60.00 + 3.00 + 19 % of 63.00 = 74.97; high: 60.00 + 3.00 + 2.00 + 19 % of 65.00 = 77.35.
    """
    sold: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "DE"},
        "date": "2026-11-16",
        "currency": "EUR",
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "3926.90", "amount": "60.00"}],
    }
    quote = entrepot.quote(sold)
    found = best(quote)
    assert found.candidates is not UNSET
    assert [(each.settles, each.amount_landed) for each in found.candidates] == [
        ("lines[0].rates.handling_fee", "74.97"),
        ("lines[0].rates.handling_fee", "77.35"),
    ]
    assert reason(quote, "rate.range_fee").values["rate"] == "0 to 2.00 EUR"
    sold["lines"][0]["rates"] = {"handling_fee": "2.00 EUR"}
    assert best(entrepot.quote(sold)).amount_landed == "77.35"


def test_the_unchecked_rows_of_all_candidates_are_listed_as_those_of_one_sale() -> None:
    """Canada, without a province: each candidate has more unchecked rows than are named."""
    codes = ("4202.22", "6109.10", "6403.99", "8517.62", "9503.00", "3304.99")
    lines = [{"hs_code": code, "amount": "30", "country_of_origin": "DE"} for code in codes]
    common: dict[str, Any] = {"ship_from": {"country": "DE"}, "date": "2026-06-01", "currency": "CAD", "lines": lines}
    stated = reason(entrepot.quote({**common, "ship_to": {"country": "CA"}}), "trust.unchecked").values["rows"]
    assert stated.endswith(" …")
    assert "…" not in stated.removesuffix(" …")
    assert len(stated.removesuffix(" …").split(", ")) == 6


def test_a_range_that_excludes_an_unknown_charge_is_shown_as_a_lowest_one() -> None:
    """Goods of the United States to Canada in 2025: the surtax is not known, and each province has its own tax."""
    line = {"hs_code": "6109.10", "amount": "3000", "country_of_origin": "US"}
    common: dict[str, Any] = {"ship_from": {"country": "US"}, "date": "2025-06-02", "currency": "CAD", "lines": [line]}
    found = best(entrepot.quote({**common, "ship_to": {"country": "CA"}}))
    assert found.at_least
    assert found.amount_landed_high is UNSET
    assert total_text(found, "CAD").startswith("at least")


@pytest.mark.parametrize(("code", "named"), [("0901.21.99", True), ("0901.21.00", False), ("0901.21", False)])
def test_a_national_code_that_the_law_does_not_have_is_named(code: str, named: bool) -> None:  # a case
    """Of 0901.21 China has one line, 0901.21.00."""
    line = {"hs_code": code, "amount": "100.00", "country_of_origin": "VN"}
    quote = entrepot.quote({**COFFEE_TO_CHINA, "buyer": {"kind": "business"}, "lines": [line]})
    found = [each for each in quote.assessment.reasons if each.code == "hs_code.unlisted"]
    assert [each.values["code"] for each in found] == (["09012199"] if named else [])
    assert all(each.param == "lines[0].hs_code" for each in found)


def test_under_ddp_a_province_that_only_higher_prices_ask_for_is_open() -> None:
    """At CAD 20 or less by post no province matters, but the price before charges is greater.

    By hand, with 17 % duty: in Alberta 81.40 + 13.84 + 5 % of 95.24 = 4.76 make 100.00; with 15 % of duty and price
    74.33 + 12.64 + 13.05 would exceed it, and 74.32 + 12.63 + 13.04 is the price in New Brunswick.
    """
    shirt = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "CA"},
        "date": "2026-03-01",
        "currency": "CAD",
        "incoterm": "DDP",
        "transport": "post",
        "lines": [{"hs_code": "6205.20", "amount": "100", "country_of_origin": "CN"}],
    }
    quote = entrepot.quote(shirt)
    found = best(quote).amount_subtotals
    assert found is not None
    assert (found.duties_low, found.duties_high) == ("12.63", "13.84")
    assert (found.goods_high, found.taxes_low) == ("81.40", "4.76")
    assert reason(quote, "place.missing").param == "ship_to.state"


def test_under_ddp_a_limit_without_exchange_rate_is_asked_at_the_prices_that_pass_it() -> None:
    """Duty and tax of less than ZZD 5 are not collected: within it all is price; above it 5 % of price, then of both.

    By hand, above it: 2.26 + 0.11 + 0.12 (of 2.37) is 2.49, more than 2.48; 2.25 + 0.11 + 0.12 (of 2.36) is 2.48.
    """
    nuts = sale("0801310090", currency="EUR", incoterm="DDP", date="2020-01-01", transport="sea")
    nuts["ship_from"] = {"country": "AU"}
    nuts["lines"] = [{"hs_code": "0801310090", "amount": "2.48", "country_of_origin": "AU"}]
    found = best(entrepot.quote(nuts)).amount_subtotals
    assert found is not None
    assert (found.goods_low, found.goods_high) == ("2.25", "2.48")
    assert (found.duties_low, found.duties_high, found.taxes_low, found.taxes_high) == ("0.00", "0.11", "0.00", "0.12")


@pytest.mark.parametrize(("amount", "priced"), [("90", True), ("500", False)])
def test_under_ddp_a_duty_that_is_unknown_above_a_relief_is_not_nil(amount: str, priced: bool) -> None:
    """The duty on handbags is unknown; by express up to ZZD 100 none is due. ZZD 500 would leave a price above."""
    handbag = sale("42022200", incoterm="DDP", transport="express")
    handbag["ship_from"] = {"country": "CN"}
    handbag["lines"] = [{"hs_code": "42022200", "amount": amount, "country_of_origin": "CN"}]
    quote = entrepot.quote(handbag)
    assert (quote.best is not None) == priced
    if not priced:
        assert reason(quote, "rate.unknown").param == "lines[0].rates.duty"


@pytest.mark.parametrize(
    ("line", "name"), [({"service": "recorded_courses"}, "recorded_courses"), ({"hs_code": "1905.31"}, "190531")]
)
def test_a_rate_of_tax_that_is_a_range_is_settled_by_the_rate_and_not_by_a_code(
    line: dict[str, str], name: str
) -> None:
    """Norway taxes teaching only where it is no education (nil or 25 %), Bulgaria has 9 % for some food, else 20 %."""
    sold: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "NO" if "service" in line else "BG"},
        "date": "2026-10-15",
        "currency": "EUR",
        "buyer": {"kind": "consumer"},
        "lines": [{**line, "amount": "100.00"}],
    }
    quote = entrepot.quote(sold)
    found = best(quote)
    assert found.candidates is not UNSET
    assert {each.settles for each in found.candidates} == {"lines[0].rates.vat"}
    stated = reason(quote, "rate.range_tax")
    assert (stated.values["name"], stated.values["code"], stated.param) == ("VAT", name, "lines[0].rates.vat")
    assert "full code" not in stated.message
    assert re.search(r"Fields that settle it: tax_class \(standard\b.*\), rates\.vat\.$", stated.message)
    by_class = best(entrepot.quote({**sold, "lines": [{**line, "amount": "100.00", "tax_class": "standard"}]}))
    assert next(each for each in by_class.charges if each.kind == "vat").amount is not None
    sold["lines"][0]["rates"] = {"vat": "20 %"}
    settled = best(entrepot.quote(sold))
    assert next(each for each in settled.charges if each.kind == "vat").amount is not None
