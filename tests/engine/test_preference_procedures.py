"""Procedures that admit preferences only, of goods that have none and of goods that have one."""

from __future__ import annotations

from typing import Any

import entrepot


def _options(origin: str, code: str, **line: str) -> dict[str, Any]:
    sale = {
        "date": "2026-11-26",
        "ship_from": {"country": origin},
        "ship_to": {"country": "US"},
        "currency": "USD",
        "buyer": {"kind": "business"},
        "transport": "air",
        "lines": [{"hs_code": code, "amount": "9000.00", "country_of_origin": origin, **line}],
    }
    return {each.regime: each for each in entrepot.quote(sale).options}


def test_goods_without_a_preference_are_told_what_the_procedure_asks_for() -> None:
    option = _options("VN", "6109.10")["formal_entry_originating"]
    assert option.status == "closed"
    assert [(each.id, each.state) for each in option.conditions] == [
        ("formal_above_2500", "passed"),
        ("mpf_exempt_origin", "failed"),
    ]


def test_a_line_without_a_preference_closes_the_procedure_for_the_consignment() -> None:
    """The peppers of Mexico have a certification; the T-shirts of Viet Nam that come with them have none."""
    sale = {
        "date": "2026-11-26",
        "ship_from": {"country": "MX"},
        "ship_to": {"country": "US"},
        "currency": "USD",
        "buyer": {"kind": "business"},
        "transport": "air",
        "lines": [
            {"hs_code": "0709.60", "amount": "9000.00", "proof_of_origin": "usmca_certification"},
            {"hs_code": "6109.10", "amount": "9000.00", "country_of_origin": "VN"},
        ],
    }
    options = {each.regime: each for each in entrepot.quote(sale).options}
    assert options["formal_entry_originating"].status == "closed"
    assert options["formal_entry"].status == "open"


def test_goods_with_a_preference_use_the_procedure_once_they_have_its_proof() -> None:
    assert _options("MX", "0709.60")["formal_entry_originating"].status == "conditional"
    proven = _options("MX", "0709.60", proof_of_origin="usmca_certification")["formal_entry_originating"]
    assert (proven.status, proven.amount_landed) == ("open", "9000.00")
