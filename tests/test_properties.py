"""Laws that every quote keeps, whatever is sold to whom: drawn sales into several places."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import entrepot
from entrepot.words import Option, Quote, Sale, read_sale

# Of each place: its currency, the decimals of that, and codes that its pack has lines of.
PLACES: dict[str, tuple[str, int, list[str]]] = {
    "ZZ": ("ZZD", 2, ["6911.10", "4901.99", "0901.21", "0901.11", "6109.10", "8517.13", "2203.00", "1006.30", "3304.99", "0801.31"]),
    "CN": ("CNY", 2, ["0901.21", "0801.32", "6109.10", "8517.13", "6911.10", "3304.99"]),
    "JP": ("JPY", 0, ["0901.21", "6109.10", "8517.13", "6911.10", "0801.32"]),
    "DE": ("EUR", 2, ["0901.21", "6109.10", "8517.13", "6911.10", "0801.32"]),
    "VN": ("VND", 0, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "AU": ("AUD", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "GB": ("GBP", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "US": ("USD", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
}
ORIGINS = ["VN", "KH", "FR", "CN", "US", "TH", "BR"]
DAYS = ["2024-06-01", "2025-08-15", "2026-03-01", "2026-11-24"]
SUBTOTALS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")
IN = {"duty": "duties", "additional_duty": "duties", "excise": "taxes", "vat": "taxes", "income_tax": "taxes", "fee": "fees"}


def major(minor: int, decimals: int) -> str:
    return format(Decimal(minor).scaleb(-decimals), "f")


@st.composite
def sales(draw: st.DrawFn, lines: tuple[int, int] = (1, 4), places: tuple[str, ...] = tuple(PLACES)) -> dict[str, Any]:
    """A sale into a place, in its currency; never from the place itself."""
    place = draw(st.sampled_from(places))
    currency, decimals, codes = PLACES[place]
    origins = [origin for origin in ORIGINS if origin != place and not (place == "DE" and origin == "FR")]
    money = st.one_of(st.integers(1, 300), st.integers(1, 40_000), st.integers(1, 10**7)).map(lambda minor: major(minor * (100 if decimals else 10), decimals))
    buyer = draw(st.sampled_from(["consumer", "business"]))
    sale: dict[str, Any] = {
        "ship_from": {"country": draw(st.sampled_from(origins))},
        "ship_to": {"country": place},
        "date": draw(st.sampled_from(DAYS)),
        "currency": currency,
        "buyer": {"kind": buyer},
        "lines": [],
    }
    for number in range(draw(st.integers(*lines))):
        line: dict[str, Any] = {"reference": f"r{number}", "hs_code": draw(st.sampled_from(codes)), "amount": draw(money)}
        line["country_of_origin"] = draw(st.sampled_from(origins))
        line |= {"net_mass_kg": str(draw(st.integers(1, 50))), "litres": str(draw(st.integers(1, 20))), "quantity": str(draw(st.integers(1, 9)))}
        if draw(st.booleans()):
            line["proof_of_origin"] = draw(st.sampled_from(["none", "rcep", "acfta", "zz_fta"]))
        sale["lines"].append(line)
    for name in ("shipping_cost", "insurance_cost"):
        if draw(st.booleans()):
            sale[name] = major(draw(st.integers(0, 5_000)), decimals)
    if draw(st.booleans()):
        sale["transport"] = draw(st.sampled_from(["air", "sea", "post", "express", "road"]))
    if draw(st.booleans()):
        sale["incoterm"] = draw(st.sampled_from(["EXW", "FOB", "CFR", "CIF", "DAP"]))
    return sale


def quoted(sale: dict[str, Any]) -> Quote:
    """The quote; a draw whose costs are more than the price it should be inside is no sale and is drawn again."""
    try:
        return entrepot.quote(sale)
    except entrepot.SaleError as error:
        assume(error.code != "contradictory_costs")
        raise


def figures(option: Option) -> tuple[Any, ...]:
    charges = {charge.id: charge.amount for charge in option.charges}
    lines = {line.reference: (line.customs_value, line.treatment and line.treatment.id, {c.id: c.amount for c in line.charges}) for line in option.lines}
    return option.regime, option.status, option.amount_landed, option.amount_charges, option.amount_subtotals, charges, lines


@given(sales(lines=(2, 4)), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(sale: dict[str, Any], chance: Any) -> None:
    other = {**sale, "lines": chance.sample(sale["lines"], len(sale["lines"]))}
    one, two = quoted(sale), quoted(other)
    assert list(map(figures, one.options)) == list(map(figures, two.options))
    assert (one.best and one.best.regime) == (two.best and two.best.regime)
    assert one.assessment.outcome == two.assessment.outcome


def test_nor_where_a_remainder_must_go_to_somebody() -> None:
    """0.01 of shipping over three equal lines, in each order."""
    lines = [{"reference": name, "hs_code": "6911.10", "amount": "50.00", "country_of_origin": "AU"} for name in "abc"]
    sale = {"ship_from": {"country": "AU"}, "ship_to": {"country": "ZZ"}, "date": "2026-03-01", "currency": "ZZD", "shipping_cost": "0.01"}
    first = list(map(figures, entrepot.quote({**sale, "lines": lines}).options))
    for order in permutations(lines):
        assert list(map(figures, entrepot.quote({**sale, "lines": list(order)}).options)) == first


def whole(text: str | None) -> Decimal:
    return Decimal(text or 0)


@given(sales())
def test_the_parts_add_up_to_the_whole(sale: dict[str, Any]) -> None:
    quote = quoted(sale)
    for option in quote.options:
        if option.amount_subtotals is None:
            continue
        parts = {name: whole(getattr(option.amount_subtotals, name)) for name in SUBTOTALS}
        assert sum(parts.values()) == whole(option.amount_landed)
        assert parts["duties"] + parts["taxes"] + parts["fees"] == whole(option.amount_charges)
        kinds = dict.fromkeys(("duties", "taxes", "fees"), Decimal(0))
        for charge in option.charges:
            if charge.charged_to == "buyer":
                kinds[IN[charge.kind]] += whole(charge.amount)
        assert kinds == {name: parts[name] for name in kinds}
        assert option.at_least is any(charge.amount is None for charge in option.charges if charge.charged_to == "buyer")
        price = sum(Decimal(line["amount"]) for line in sale["lines"])
        outside = {None: ("shipping_cost", "insurance_cost"), "EXW": ("shipping_cost", "insurance_cost"), "FOB": ("shipping_cost", "insurance_cost")}
        added = {**outside, "CFR": ("insurance_cost",)}.get(sale.get("incoterm"), ())
        assert parts["goods"] + parts["shipping"] + parts["insurance"] == price + sum(whole(sale.get(name)) for name in added)


@given(sales())
def test_nothing_is_owed_twice_nor_below_nothing(sale: dict[str, Any]) -> None:
    for option in quoted(sale).options:
        ids = [charge.id for charge in option.charges]
        assert len(ids) == len(set(ids))
        assert all(whole(charge.amount) >= 0 for charge in option.charges)
        assert whole(option.amount_recoverable) <= whole(option.amount_charges)


@given(sales())
def test_the_best_is_an_open_way_and_none_open_costs_less(sale: dict[str, Any]) -> None:
    quote = quoted(sale)
    open_ = [option for option in quote.options if option.status == "open"]
    assert (quote.best is not None) == bool(open_)
    if quote.best is not None:
        net = {option.regime: whole(option.amount_landed) - whole(option.amount_recoverable) for option in open_}
        assert quote.best in open_
        if sale["buyer"]["kind"] == "consumer":
            assert whole(quote.best.amount_landed) == min(whole(option.amount_landed) for option in open_)
        else:
            assert net[quote.best.regime] == min(net.values())


@given(sales(lines=(1, 2)))
def test_an_agreement_once_chosen_never_costs_more_than_mfn(sale: dict[str, Any]) -> None:
    """The same sale without any paper is never cheaper than with the papers that it has."""
    with_papers = quoted(sale)
    plain = {**sale, "lines": [{**line, "proof_of_origin": "none"} for line in sale["lines"]]}
    without = {option.regime: option for option in quoted(plain).options}
    for option in with_papers.options:
        other = without[option.regime]
        if option.status == other.status == "open" and sale["buyer"]["kind"] == "consumer":
            assert whole(option.amount_landed) <= whole(other.amount_landed)


# 0901.11, 6911.10, 8517.13, 4901.99: plain percentages, taxes without bands. The thresholds of the ordinary way by sea lie
# below 100, the bands of the entry fee at 1,000 and 10,000.
@given(
    st.sampled_from(["0901.11", "6911.10", "8517.13", "4901.99"]),
    st.sampled_from([(10_001, 100_000), (100_001, 1_000_000), (1_000_001, 10**12)]),
    st.data(),
)
def test_a_dearer_parcel_never_pays_less_in_one_way_between_thresholds(code: str, band: tuple[int, int], data: st.DataObject) -> None:
    less, more = sorted(data.draw(st.tuples(st.integers(*band), st.integers(*band)), label="amounts"))
    common = {"ship_from": {"country": "AU"}, "ship_to": {"country": "ZZ"}, "date": "2026-03-01", "currency": "ZZD", "buyer": {"kind": "business"}}
    costs = {"transport": "sea", "shipping_cost": "0", "insurance_cost": "0"}
    paid = []
    for minor in (less, more):
        quote = entrepot.quote({**common, **costs, "lines": [{"hs_code": code, "amount": major(minor, 2), "country_of_origin": "AU"}]})
        (option,) = (option for option in quote.options if option.regime == "ordinary")
        paid.append((whole(option.amount_charges), whole(option.amount_landed)))
    assert paid[0] <= paid[1]
    assert paid[0][0] <= paid[1][0]


@given(sales(), st.lists(sales(), max_size=3))
def test_a_quote_is_a_function_of_the_sale_and_the_law_alone(sale: dict[str, Any], others: list[dict[str, Any]]) -> None:
    first = quoted(sale).to_json()
    for other in others:
        quoted(other)
    assert quoted(json.loads(json.dumps(sale))).to_json() == first


SALES_APART = [
    {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": place},
        "date": "2026-03-01",
        "currency": PLACES[place][0],
        "lines": [{"hs_code": code, "amount": "120", "country_of_origin": origin} for code, origin in zip(PLACES[place][2], ORIGINS, strict=False)],
    }
    for place in ("ZZ", "CN", "JP", "DE")
]
ASK = "import sys, json, entrepot; print(json.dumps([entrepot.quote(sale).to_json() for sale in json.load(sys.stdin)]))"


@pytest.mark.parametrize("seed", ["0", "1", "12345"])
def test_another_process_another_order_of_sets_another_time_zone_same_quotes(seed: str) -> None:
    """The other process asks from the last to the first, hashes otherwise and lives elsewhere in time."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Pacific/Kiritimati"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(SALES_APART[::-1]), capture_output=True, text=True, check=True, env=environment
    )
    assert json.loads(done.stdout)[::-1] == [entrepot.quote(sale).to_json() for sale in SALES_APART]


@given(sales())
def test_sale_and_quote_survive_json(sale: dict[str, Any]) -> None:
    read = read_sale(sale)
    again = msgspec.json.decode(msgspec.json.encode(read), type=Sale)
    assert again == read
    quote = quoted(sale)
    assert Quote.from_json(quote.to_json()) == quote
    assert entrepot.quote(read).to_json() == quote.to_json()


@given(sales(), st.sampled_from(DAYS))
def test_the_day_is_an_argument(sale: dict[str, Any], day: str) -> None:
    dated = quoted({**sale, "date": day})
    assert entrepot.quote(sale, on=dt.date.fromisoformat(day)).to_json() == dated.to_json()


@settings(max_examples=30)
@given(st.sampled_from(sorted(PLACES)), st.integers(10**15 - 100, 10**18), st.sampled_from(["0901.21", "8517.13", "6911.10"]))
def test_what_is_huge_does_not_overflow(place: str, minor: int, code: str) -> None:
    currency, decimals, _ = PLACES[place]
    sale = {
        "ship_from": {"country": "BR"},
        "ship_to": {"country": place},
        "date": "2026-03-01",
        "currency": currency,
        "buyer": {"kind": "business"},
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [{"hs_code": code, "amount": major(minor, decimals), "country_of_origin": "BR", "net_mass_kg": "1", "rates": {"duty": "0 %"}}],
    }
    for option in entrepot.quote(sale).options:
        if option.amount_subtotals is not None:
            assert whole(option.amount_subtotals.goods) == Decimal(minor).scaleb(-decimals)
            assert whole(option.amount_landed) >= Decimal(minor).scaleb(-decimals)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_what_is_beyond_is_a_fault_with_its_place(place: str) -> None:
    currency, decimals, codes = PLACES[place]
    line = {"hs_code": codes[0], "amount": major(10**18 + 1, decimals)}
    sale = {"ship_from": {"country": "BR"}, "ship_to": {"country": place}, "date": "2026-03-01", "currency": currency, "lines": [line]}
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale)
    assert (error.value.code, error.value.param) == ("invalid_amount", "lines[0].amount")
    assert "10^18" in error.value.message
