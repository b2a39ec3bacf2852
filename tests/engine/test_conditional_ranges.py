"""Ranges of a procedure that is conditional: a preference needs a proof that the sale leaves open."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

import entrepot
from slow.compare import compare


def swiss_coffee(**more: Any) -> dict[str, Any]:
    """100 kg of roasted coffee of Laos for CHF 1,000: CHF 0.63 a kilogram or more, free with a proof of origin."""
    line = {"hs_code": "0901.21", "amount": "1000", "net_mass_kg": "100", "country_of_origin": "LA", **more}
    return {
        "ship_from": {"country": "LA"},
        "ship_to": {"country": "CH"},
        "date": "2026-06-01",
        "currency": "CHF",
        "buyer": {"kind": "business"},
        "lines": [line],
    }


def test_a_conditional_range_has_no_highest_end_where_the_ordinary_duty_has_none() -> None:
    """With the proof 1,000 and 2.6 % tax; without it at least (1,000 + 63) and 2.6 %, and no known highest amount."""
    quote = entrepot.quote(swiss_coffee())
    found = quote.best_conditional
    assert found is not None
    assert (found.status, found.at_least) == ("conditional", True)
    assert (found.amount_landed_low, found.amount_landed_high) == ("1026.00", UNSET)
    assert found.amount_subtotals is not None
    assert (found.amount_subtotals.duties_low, found.amount_subtotals.duties_high) == ("0.00", UNSET)
    assert (found.amount_subtotals.taxes_low, found.amount_subtotals.taxes_high) == ("26.00", UNSET)
    for charges in (found.charges, found.line_charges(found.lines[0])):
        assert [(each.kind, each.amount, each.amount_low, each.amount_high) for each in charges] == [
            ("duty", None, "0.00", UNSET),
            ("vat", None, "26.00", UNSET),
        ]
    ends = {
        each.label: (each.amount_landed, each.amount_landed_low, each.amount_landed_high)
        for each in found.candidates or ()
    }
    assert ends == {"lowest rate": ("1090.64", UNSET, UNSET), "highest rate": (None, "1026.00", UNSET)}


def test_the_ends_of_that_range_are_those_with_and_without_the_proof() -> None:
    proved = entrepot.quote(swiss_coffee(proof_of_origin="ldc")).best
    unproved = entrepot.quote(swiss_coffee(proof_of_origin="none")).best
    assert proved is not None
    assert unproved is not None
    assert (proved.amount_landed, proved.at_least) == ("1026.00", False)
    assert (unproved.amount_landed_low, unproved.amount_landed_high, unproved.at_least) == ("1090.64", UNSET, True)


@pytest.mark.parametrize("incoterm", [None, "CIF", "DDP"])
@pytest.mark.parametrize("other", [None, "0902.40", "6403.99"])
def test_the_slow_oracle_has_the_same_conditional_range(incoterm: str | None, other: str | None) -> None:
    sale = swiss_coffee()
    if incoterm:
        sale["incoterm"] = incoterm
    if other:
        sale["lines"].append({"hs_code": other, "amount": "500", "net_mass_kg": "4", "country_of_origin": "LA"})
    assert not compare(sale)


def test_another_line_keeps_its_figures_beside_such_a_range() -> None:
    """Tea is free of duty in any case: its duty and its tax of 2.6 % are figures."""
    sale = swiss_coffee()
    sale["lines"].append({"hs_code": "0902.40", "amount": "500", "net_mass_kg": "4", "country_of_origin": "LA"})
    found = entrepot.quote(sale).best_conditional
    assert found is not None
    coffee, tea = (found.line_charges(line) for line in found.lines)
    assert [each.amount for each in tea] == ["0.00", "13.00"]
    assert [each.amount for each in coffee] == [None, None]
