"""Properties of every quote, tested with drawn sales into several economies."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

import entrepot
from entrepot.model.quote import Option
from sale_strategies import IN, SUBTOTALS, major, quoted, sales, whole


def figures(option: Option) -> tuple[Any, ...]:
    charges = {charge.id: charge.amount for charge in option.charges}
    lines = {
        line.reference: (
            line.customs_value,
            line.treatment and line.treatment.id,
            {c.id: c.amount for c in line.charges},
        )
        for line in option.lines
    }
    return (
        option.regime,
        option.status,
        option.amount_landed,
        option.amount_charges,
        option.amount_subtotals,
        charges,
        lines,
    )


@given(sales(lines=(2, 4)), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(sale: dict[str, Any], chance: Any) -> None:
    other = {**sale, "lines": chance.sample(sale["lines"], len(sale["lines"]))}
    one, two = quoted(sale), quoted(other)
    assert list(map(figures, one.options)) == list(map(figures, two.options))
    assert (one.best and one.best.regime) == (two.best and two.best.regime)
    assert one.assessment.outcome == two.assessment.outcome


def test_the_order_of_the_lines_does_not_matter_for_a_remainder() -> None:
    """0.01 of shipping over three equal lines, in each order."""
    lines = [{"reference": name, "hs_code": "6911.10", "amount": "50.00", "country_of_origin": "AU"} for name in "abc"]
    sale = {
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "ZZ"},
        "date": "2026-03-01",
        "currency": "ZZD",
        "shipping_cost": "0.01",
    }
    first = list(map(figures, entrepot.quote({**sale, "lines": lines}).options))
    for order in permutations(lines):
        assert list(map(figures, entrepot.quote({**sale, "lines": list(order)}).options)) == first


@given(sales())
def test_the_parts_add_up_to_the_whole(sale: dict[str, Any]) -> None:
    quote = quoted(sale)
    for option in quote.options:
        if option.amount_subtotals is None:
            continue
        if option.amount_landed is None:  # each end is of a candidate, whose parts are those of a sale of its own
            low, high = option.amount_landed_low, option.amount_landed_high
            assert low is not UNSET
            assert option.at_least or option.candidates
            assert high is UNSET or Decimal(low) < Decimal(high)
            continue
        parts = {name: whole(getattr(option.amount_subtotals, name)) for name in SUBTOTALS}
        assert sum(parts.values()) == whole(option.amount_landed)
        assert parts["duties"] + parts["taxes"] + parts["fees"] == whole(option.amount_charges)
        kinds = dict.fromkeys(("duties", "taxes", "fees"), Decimal(0))
        for charge in option.charges:
            if charge.charged_to == "buyer":
                kinds[IN[charge.kind]] += whole(charge.amount)
        assert kinds == {name: parts[name] for name in kinds}
        assert option.at_least is any(
            charge.amount is None for charge in option.charges if charge.charged_to == "buyer"
        )
        price = sum(Decimal(line["amount"]) for line in sale["lines"])
        outside = {
            None: ("shipping_cost", "insurance_cost"),
            "EXW": ("shipping_cost", "insurance_cost"),
            "FOB": ("shipping_cost", "insurance_cost"),
        }
        added = {**outside, "CFR": ("insurance_cost",)}.get(sale.get("incoterm"), ())
        assert parts["goods"] + parts["shipping"] + parts["insurance"] == price + sum(
            whole(sale.get(name)) for name in added
        )


@given(sales())
def test_no_charge_appears_twice_or_is_negative(sale: dict[str, Any]) -> None:
    for option in quoted(sale).options:
        ids = [charge.id for charge in option.charges]
        assert len(ids) == len(set(ids))
        assert all(whole(charge.amount) >= 0 for charge in option.charges)
        if option.amount_charges is not None:
            assert whole(option.amount_recoverable) <= whole(option.amount_charges)


@given(sales())
def test_the_best_procedure_is_open_and_no_open_one_costs_less(sale: dict[str, Any]) -> None:
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


# 0901.11, 6911.10, 8517.13, 4901.99: plain percentages, taxes without bands. The thresholds of the ordinary way by sea
# lie below 100, the bands of the entry fee at 1,000 and 10,000.
@given(
    st.sampled_from(["0901.11", "6911.10", "8517.13", "4901.99"]),
    st.sampled_from([(10_001, 100_000), (100_001, 1_000_000), (1_000_001, 10**12)]),
    st.data(),
)
def test_a_higher_price_never_pays_less_between_thresholds(
    code: str, band: tuple[int, int], data: st.DataObject
) -> None:
    less, more = sorted(data.draw(st.tuples(st.integers(*band), st.integers(*band)), label="amounts"))
    common = {
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "ZZ"},
        "date": "2026-03-01",
        "currency": "ZZD",
        "buyer": {"kind": "business"},
    }
    costs = {"transport": "sea", "shipping_cost": "0", "insurance_cost": "0"}
    paid = []
    for minor in (less, more):
        quote = entrepot.quote(
            {**common, **costs, "lines": [{"hs_code": code, "amount": major(minor, 2), "country_of_origin": "AU"}]}
        )
        (option,) = (option for option in quote.options if option.regime == "ordinary")
        paid.append((whole(option.amount_charges), whole(option.amount_landed)))
    assert paid[0] <= paid[1]
    assert paid[0][0] <= paid[1][0]


def zz_sale(code: str, amount: int, buyer: str) -> dict[str, Any]:
    """A sale of one line into Exampleland."""
    return {
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "ZZ"},
        "date": "2026-03-01",
        "currency": "ZZD",
        "buyer": {"kind": buyer},
        "lines": [{"hs_code": code, "amount": major(amount, 2), "country_of_origin": "AU"}],
    }


def span_of(option: Option) -> tuple[Decimal, Decimal]:
    """The lowest and the highest landed amount."""
    low, high = (end or option.amount_landed for end in (option.amount_landed_low, option.amount_landed_high))
    return whole(low), whole(high)


@given(st.integers(100, 10**7), st.sampled_from(["consumer", "business"]))
def test_a_short_code_contains_the_answer_of_each_line_and_both_ends_are_attained(amount: int, buyer: str) -> None:
    """0801.32 has the lines 0801.3200.10 and .90. Each candidate has the amount of the sale with its code."""
    short = {option.id: option for option in entrepot.quote(zz_sale("080132", amount, buyer)).options}
    each = {line: entrepot.quote(zz_sale(line, amount, buyer)).options for line in ("0801320010", "0801320090")}
    for name, option in short.items():
        full = {line: next(one for one in options if one.id == name) for line, options in each.items()}
        if option.amount_landed is None and not option.amount_landed_low:
            assert all(one.amount_landed is None for one in full.values())
            continue
        amounts = [whole(one.amount_landed) for one in full.values()]
        assert span_of(option) == (min(amounts), max(amounts))
        for candidate in option.candidates or ():
            assert candidate.settles == "lines[0].hs_code"
            assert candidate.amount_landed == full[candidate.value].amount_landed


@given(st.integers(100, 10**7), st.sampled_from(["consumer", "business"]))
def test_the_state_that_a_candidate_names_leads_to_its_amount(amount: int, buyer: str) -> None:
    """Canada: the ends are those of some provinces, and each candidate is the answer with its province given."""
    sale = zz_sale("610910", amount, buyer) | {"ship_to": {"country": "CA"}, "currency": "CAD"}
    # With a class: without one, provinces that free clothing of children from their part of the tax have a range.
    sale["lines"][0] |= {"rates": {"duty": "18 %"}, "tax_class": "standard"}
    for option in entrepot.quote(sale).options:
        listed = option.candidates or ()
        if {each.settles for each in listed} != {"ship_to.state"}:
            continue
        amounts = [whole(each.amount_landed) for each in listed]
        assert span_of(option) == (min(amounts), max(amounts))
        each = listed[amount % len(listed)]
        given_state = entrepot.quote({**sale, "ship_to": {"country": "CA", "state": each.value}})
        assert next(one for one in given_state.options if one.id == option.id).amount_landed == each.amount_landed
