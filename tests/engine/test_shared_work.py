"""What the candidates of a sale have in common is found once, and what only its reasons say when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import entrepot
from entrepot.engine import flow


def sale(to: str, origin: str) -> dict[str, Any]:
    return {
        "ship_from": {"country": origin},
        "ship_to": {"country": to},
        "date": "2026-11-26",
        "currency": "USD",
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "610910", "amount": "60.00"}],
    }


def calls(monkeypatch: pytest.MonkeyPatch, name: str) -> list[object]:
    """The first arguments of the calls of a function of the flow from now on."""
    made: list[object] = []
    function: Callable[..., object] = getattr(flow, name)

    def counted(*given: object) -> object:
        made.append(given[0])
        return function(*given)

    monkeypatch.setattr(flow, name, counted)
    return made


def test_the_provinces_of_a_buyer_share_values_conditions_and_treatments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canada has thirteen provinces and territories, and one valuation."""
    assessed, valued, conditions = (calls(monkeypatch, name) for name in ("_assess_case", "value", "assess_conditions"))
    found = entrepot.quote(sale("CA", "VN"))
    assert len(found.options) > 1
    assert len(assessed) > 13
    assert len(valued) == 1
    assert len(conditions) <= len(found.options)


def test_a_seller_without_registrations_is_assessed_for_the_reasons_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """It doubled the time of a quote whose reasons nobody reads."""
    assessed = calls(monkeypatch, "_assess_case")
    found = entrepot.quote(sale("AU", "VN"))
    assert found.best is not None
    before = len(assessed)
    assert [each.code for each in found.assessment.reasons].count("seller.assumed") == 1
    assert len(assessed) > before
    again = len(assessed)
    assert found.assessment.reasons
    assert len(assessed) == again
