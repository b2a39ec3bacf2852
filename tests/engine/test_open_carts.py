"""Carts in which several lines leave their tariff line open."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

import entrepot
from base_sale import changed
from entrepot.engine import flow
from entrepot.engine.case import AssessedSale, Case
from entrepot.engine.flow import candidates
from entrepot.language.questions import is_asked, questions
from entrepot.model.quote import Option, Quote


def sale(*codes: str) -> dict[str, Any]:
    return changed("lines", [{"hs_code": code, "amount": "100.00", "country_of_origin": "VN"} for code in codes])


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


def landed(*codes: str) -> str:
    found = best(entrepot.quote(sale(*codes))).amount_landed
    assert found is not None
    return found


def test_each_line_of_a_cart_has_its_own_range() -> None:
    found = best(entrepot.quote(sale("0801.32", "6911.10", "0801.32")))
    low, high = landed("0801320010", "6911.10", "0801320010"), landed("0801320090", "6911.10", "0801320090")
    assert (found.amount_landed_low, found.amount_landed_high) == (low, high)
    charges = [each for line in found.lines for each in found.line_charges(line)]
    duties = [(each.amount, each.amount_low) for each in charges if each.kind == "duty"]
    assert [amount is None for amount, _ in duties] == [True, False, True]


def test_a_cart_names_every_code_that_does_not_exist_where_it_asks_for_the_rest() -> None:
    request = sale("6911.10", "090199", "010199")
    quote = entrepot.quote(request)
    asked = questions(quote, request)
    assert [each.params for each in asked] == [("lines[1].hs_code",), ("lines[2].hs_code",)]
    assert ["0901.21" in each.says[0] for each in asked] == [True, False]
    left = [each.code for each in quote.assessment.reasons if not is_asked(each, asked)]
    assert "hs_code.unknown" not in left
    # A preference for goods that are not known is no open question.
    assert not [each for each in quote.assessment.reasons if each.param == "lines[1].proof_of_origin"]


@pytest.mark.parametrize("alone", [100, 0])
def test_many_open_lines_have_the_range_of_all_combinations(monkeypatch: pytest.MonkeyPatch, alone: int) -> None:
    """With all 64 combinations, and with the lowest and highest line of each only, found one by one or together."""
    many = sale(*["0801.32"] * 6, "6911.10")
    every = best(entrepot.quote(many))
    monkeypatch.setattr(candidates, "MAX_COMBINATIONS", 1)
    monkeypatch.setattr(candidates, "MAX_ALONE", alone)
    ends = best(entrepot.quote(many))
    assert every.amount_landed_low is not UNSET
    assert (ends.amount_landed_low, ends.amount_landed_high) == (every.amount_landed_low, every.amount_landed_high)


def test_the_assessments_of_a_cart_with_short_codes_do_not_grow_with_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line's tariff lines were assessed with the whole cart: the time grew with the square of the lines."""
    counts: list[int] = []
    assess = flow._assess_case

    def counted(case: Case, common: flow._Common) -> AssessedSale:
        counts[-1] += 1
        return assess(case, common)

    monkeypatch.setattr(flow, "_assess_case", counted)
    for many in (120, 240):
        counts.append(0)
        found = best(entrepot.quote(sale(*["0801.32"] * many)))
        whole, broken = (landed(*[code] * many) for code in ("0801320010", "0801320090"))
        assert (found.amount_landed_low, found.amount_landed_high) == (whole, broken)
    assert counts[0] == counts[1]
