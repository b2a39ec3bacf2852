"""Ranges of a procedure that is conditional: a preference needs a proof that the sale leaves open."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
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


#: Goods of short codes or of several codes from Laos: some are free of duty for all, others with a proof of origin.
OPEN_FOR_SOME = [
    ("NO", {"hs_code": "2005.10"}),
    ("NO", {"hs_code": "3801.10"}),
    ("CH", {"hs_code": "0901.21"}),
    ("NO", {"description": "fish"}),
]


@pytest.mark.parametrize(("to", "goods"), OPEN_FOR_SOME)
def test_what_some_codes_leave_open_is_named_and_not_that_everything_is_closed(to: str, goods: dict[str, str]) -> None:
    sale = swiss_coffee() | {"ship_to": {"country": to}, "currency": "USD"}
    sale["lines"] = [{"amount": "1000", **goods}]
    quote = entrepot.quote(sale)
    assert any(each.status == "conditional" for each in quote.options)
    codes = [each.code for each in quote.assessment.reasons]
    assert "way.closed" not in codes
    assert quote.best is None
    assert codes[0] in ("hs_code.ambiguous", "hs_code.unsure", "rate.range")
    columns = {"ship_from_country": "LA", "ship_to_country": to, "date": "2026-06-01", "currency": "USD"}
    columns |= {"buyer_kind": "business", "amount": "1000", **goods}
    (row,) = entrepot.quote_table(pa.table({name: [value] for name, value in columns.items()})).to_pylist()
    assert (row["status"], row["fault"]) == ("conditional", codes[0])


def test_that_everything_is_closed_is_still_said_where_nothing_is_open_on_a_condition() -> None:
    """Singapore prohibits electronic cigarettes (8543.40)."""
    sale = swiss_coffee(hs_code="8543.40") | {"ship_to": {"country": "SG"}, "currency": "SGD"}
    quote = entrepot.quote(sale)
    assert {each.status for each in quote.options} == {"closed"}
    assert [each.code for each in quote.assessment.reasons] == ["way.closed"]
