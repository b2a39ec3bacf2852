"""Edge cases: limits at any rate, pieces, hostile numbers and dates, mistakes in packs, the trust of reliefs."""

from __future__ import annotations

import datetime as dt
import shutil
import time
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import entrepot
from entrepot.law import cache
from entrepot.law.library import Library, packs_folder
from entrepot.model.sale import Line, Place, Sale


def sale(to: str, currency: str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    base = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": to},
        "date": "2026-03-01",
        "currency": currency,
        "buyer": {"kind": "consumer"},
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [{"country_of_origin": "CN", "quantity": "1", **line} for line in lines],
    }
    return base | more


@given(st.decimals("1000", "1700", places=4), st.sampled_from([["150"], ["75", "75"], ["50", "49.99", "50.01"]]))
def test_a_parcel_of_usd_150_is_within_usd_150_at_every_rate(rate: Decimal, amounts: list[str]) -> None:
    lines = [{"hs_code": "6109.10", "amount": amount, "reference": str(n)} for n, amount in enumerate(amounts)]
    rates = {"USD": str(rate)}
    quote = entrepot.quote(sale("KR", "USD", lines, transport="express", channel="ecommerce", exchange_rates=rates))
    option = next(option for option in quote.options if option.amount_subtotals and option.status == "open")
    assert option.amount_charges == "0"


def test_items_count_as_pieces_where_no_quantity_is_given() -> None:
    def states(**given_as: str) -> list[tuple[str, str]]:
        line = {"hs_code": "0901.21", "amount": "6000", "country_of_origin": "VN", **given_as}
        asked = sale("CN", "CNY", [], ship_from={"country": "VN"}, channel="ecommerce")
        quote = entrepot.quote(asked | {"lines": [line]})
        option = next(option for option in quote.options if option.regime == "retail_above_limit")
        return [(each.id, each.state) for each in option.conditions]

    assert states(items="10") == states(quantity="10") != states(quantity="1")


HUGE = ["1E+99999999", "1E-99999999", "1E+5000"]
PLACES: dict[str, Callable[[dict[str, Any], str], None]] = {
    "buyer.year_to_date": lambda s, n: s["buyer"].update(year_to_date=n),
    "lines[0].amount": lambda s, n: s["lines"][0].update(amount=n),
    "lines[0].quantity": lambda s, n: s["lines"][0].update(quantity=n),
    "lines[0].gross_mass_kg": lambda s, n: s["lines"][0].update(gross_mass_kg=n),
    "exchange_rates.USD": lambda s, n: s.update(exchange_rates={"USD": n}),
    "shipping_cost": lambda s, n: s.update(shipping_cost=n),
}


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize("param", list(PLACES))
def test_a_short_number_with_a_huge_exponent_is_refused(param: str, number: str) -> None:
    asked = sale("CN", "CNY", [{"hs_code": "0901.21", "amount": "100"}])
    PLACES[param](asked, number)
    began = time.process_time()
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(asked)
    assert error.value.param == param
    assert time.process_time() - began < 5


@pytest.mark.parametrize("day", ["0001-01-01", "9998-12-31", "9999-12-31", "2024-02-29"])
def test_every_date_gives_a_quote_or_an_error(day: str) -> None:
    for place in ("ZZ", "CN"):
        quote = entrepot.quote(sale(place, "USD", [{"hs_code": "6911.10", "amount": "10"}], date=day))
        assert quote.law.date == day


def test_a_zero_by_an_unchecked_relief_is_marked_unchecked(tmp_path: Path) -> None:
    for pack in ("world", "zz"):
        shutil.copytree(packs_folder() / pack, tmp_path / pack)
    file = tmp_path / "zz" / "thresholds.csv"
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([head, *(row.replace(",official", ",unchecked") for row in rows)]) + "\n")
    asked = sale("ZZ", "ZZD", [{"hs_code": "6911.10.00", "amount": "20"}], transport="express", channel="trade")
    for folder, trusted in ((packs_folder(), True), (tmp_path, False)):
        quote = entrepot.quote(asked, packs=Library(folder, tmp_path / "cache"))
        relieved = [option for option in quote.options if any(charge.reason == "relief" for charge in option.charges)]
        assert relieved
        assert quote.best in relieved
        assert (quote.assessment.trust != "unchecked") is trusted


def test_a_rate_by_kind_does_not_create_a_charge() -> None:
    asked = sale("ZZ", "ZZD", [{"hs_code": "0901.21.00", "amount": "400"}], channel="trade", transport="air")
    without = {option.regime: option.amount_landed for option in entrepot.quote(asked).options}
    asked["lines"][0]["rates"] = {"excise": "5 %"}
    quote = entrepot.quote(asked)
    assert {option.regime: option.amount_landed for option in quote.options} == without
    assert "rate.unused" in {reason.code for reason in quote.assessment.reasons}


def test_a_rate_of_a_charge_that_lacks_another_fact_is_not_said_to_be_of_no_charge() -> None:
    """Thailand's excise is on the suggested retail price since 2017-09-16: it needs a value, not its rate."""
    asked: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "TH"},
        "date": "2018-01-05",
        "buyer": {"kind": "business"},
        "currency": "THB",
        "lines": [{"hs_code": "3303.00", "amount": "10000", "rates": {"duty": "10 %", "excise": "15 %"}}],
    }
    codes = {reason.code for reason in entrepot.quote(asked).assessment.reasons}
    assert "base.unstated" in codes
    assert "rate.unused" not in codes
    asked["lines"][0]["rates"]["excise"] = "200 THB"
    codes = {reason.code for reason in entrepot.quote(asked).assessment.reasons}
    assert "rate.caller" in codes
    assert not codes & {"base.unstated", "rate.unused"}


def test_a_tax_on_a_tax_of_unknown_amount_is_not_nil() -> None:
    """Thailand's interior tax is 10 % of the excise, which is on a price that no sale states: neither has a figure."""
    asked: dict[str, Any] = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "TH"},
        "date": "2026-11-26",
        "buyer": {"kind": "consumer"},
        "currency": "THB",
        "lines": [{"hs_code": "3303.00", "amount": "5000"}],
    }
    best = entrepot.quote(asked).best
    assert best is not None
    excise, interior = (next(each for each in best.charges if each.id == name) for name in ("excise", "interior_tax"))
    assert (excise.amount, excise.taxable_amount, excise.formula) == (None, None, "")
    assert (interior.amount, interior.at_least) == ("0.00", True)


@pytest.mark.parametrize("rate", ["100 %", "150 %"])
def test_an_inclusive_tax_of_100_percent_or_more_is_refused(rate: str) -> None:
    lines = [{"hs_code": "3304.99.00", "amount": "400", "litres": "0.1", "rates": {"excise": rate}}]
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale("CN", "CNY", lines))
    assert (error.value.code, error.value.param) == ("invalid_rate", "lines[0].rates.excise")


def test_a_sale_object_is_validated_like_a_mapping() -> None:
    line = Line(hs_code="0901.21", amount=100)  # type: ignore[arg-type]  # the natural thing to write
    made = Sale(ship_from=Place(country="VN"), ship_to=Place(country="CN"), currency="CNY", lines=(line,))
    assert entrepot.quote(made).best is not None


def test_the_state_is_accepted_in_lower_case_and_with_its_country() -> None:
    def landed(state: str) -> set[str | None]:
        asked = sale("CA", "CAD", [{"hs_code": "4901.99", "amount": "500"}], ship_to={"country": "CA", "state": state})
        return {option.amount_landed for option in entrepot.quote(asked).options}

    assert landed("ON") == landed("on") == landed("CA-ON")


def test_lines_with_different_rates_cite_both_in_either_order() -> None:
    # Of two lines one is relieved: the consignment's duty rests on the relief and on the other line's rate.
    coffee = {"hs_code": "0901.21.00", "amount": "40", "reference": "a"}
    whisky = {"hs_code": "2208.30.00", "amount": "40", "reference": "b", "litres": "1", "alcohol_percent": "40"}
    told = []
    for lines in ([coffee, whisky], [whisky, coffee]):
        quote = entrepot.quote(sale("ZZ", "ZZD", lines, transport="express", channel="trade"))
        told.append([(option.regime, charge) for option in quote.options for charge in option.charges])
    assert told[0] == told[1]


def test_quotes_work_without_a_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTREPOT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert cache.cache_folder().is_absolute()


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.toml", "[[charge]]", '[[charge]]\ntransport = ["see"]', "see"),
        ("pack.toml", "[[charge]]", '[[charge]]\nplace = ["zz_s"]', "place"),
        ("pack.toml", "[[condition]]", '[[condition]]\norigin = ["Fr"]', "economy"),
    ],
)
def test_a_mistake_in_a_pack_is_reported(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    shutil.copytree(packs_folder() / "zz", tmp_path / "zz")
    target = tmp_path / "zz" / file
    target.write_text(target.read_text().replace(old, new, 1))
    faults = Library().check(tmp_path / "zz")
    assert faults
    assert any(says in fault.message or says in fault.column for fault in faults)


def day_of_reading(pack: str) -> dt.date:
    """The last day on which the law of a pack was read, as its file says."""
    read = tomllib.loads((packs_folder() / pack / "pack.toml").read_text())["pack"]["read_on"]
    assert isinstance(read, dt.date)
    return read


def test_law_is_assumed_for_a_year_after_it_was_last_read_and_not_longer() -> None:
    read = day_of_reading("zz")
    year_later = read.replace(year=read.year + 1)
    days = {read: "", read + dt.timedelta(1): "law.unread", year_later: "law.unread"}
    days[year_later + dt.timedelta(1)] = "law.outdated"
    line = {"hs_code": "6911.10.00", "amount": "100", "country_of_origin": "GB"}
    for day, code in days.items():
        quote = entrepot.quote(sale("ZZ", "ZZD", [line], date=day.isoformat()))
        assert [each.code for each in quote.assessment.reasons if each.code.startswith("law.")] == [code] * bool(code)
        assert (quote.best is None) is (code == "law.outdated")
        assert (quote.assessment.outcome == "refused") is (code == "law.outdated")
        if code:
            message = next(each.message for each in quote.assessment.reasons if each.code == code)
            assert f"last read on {read}" in message


@pytest.mark.parametrize(
    ("name", "near"),
    [("gst", "au_gst"), ("IOSS", ""), ("au_gts", "au_gst"), ("xx_gst", ""), ("gst_au", "")],
)
def test_an_unknown_registration_is_an_error(name: str, near: str) -> None:
    line = {"hs_code": "6109.10", "amount": "100"}
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale("AU", "AUD", [line], seller={"registrations": ["eu_ioss", name]}))
    assert (error.value.code, error.value.param) == ("unknown_scheme", "seller.registrations[1]")
    assert f'"{name.lower()}" is not a registration scheme' in error.value.message
    assert not near or near in error.value.message


def test_a_scheme_of_another_economy_is_allowed() -> None:
    line = {"hs_code": "6109.10", "amount": "100"}
    for name in ("eu_ioss", "no_voec", "gb_vat"):
        assert entrepot.quote(sale("AU", "AUD", [line], seller={"registrations": [name]})).best is not None


@pytest.mark.parametrize("code", ["9999.99", "999999", "9999999999"])
def test_the_heading_of_unspecified_goods_is_no_code_for_a_sale(code: str) -> None:
    for place, currency in (("AU", "AUD"), ("JP", "JPY")):
        quote = entrepot.quote(sale(place, currency, [{"hs_code": code, "amount": "100"}]))
        assert (quote.best, quote.assessment.outcome) == (None, "refused")
        assert quote.assessment.reasons[0].code == "hs_code.unknown"
        assert "a sale needs the code of its goods" in quote.assessment.reasons[0].message
