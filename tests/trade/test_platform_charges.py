"""What the platform charges a seller is a service of its own, with its own residence and tax."""

from __future__ import annotations

import pytest

from entrepot.trade.payments.statements import Statement
from entrepot.trade_app.services.platform_charges import charge_of


def statement(**totals: int) -> Statement:
    return Statement(
        seller="og_1",
        currency="CNY",
        month="2026-03",
        opening=0,
        lines=(),
        totals=totals,
        closing=0,
        taxes=(),
        events=1,
    )


def test_the_fee_is_taxed_where_the_seller_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_PLATFORM_ECONOMY", "SG")
    found = charge_of(statement(sale=100_000, fee=-5_000, fee_returned=1_000), "CN", 2)
    assert found is not None
    assert (found.net, found.platform, found.seller, found.law_date) == ("40.00", "SG", "CN", "2026-03-31")
    # China: services from abroad are taxed at 6 %, by reverse charge (VAT Law, 2026).
    assert [(each.amount, each.currency, each.collected_by) for each in found.taxes] == [("2.40", "CNY", "buyer")]
    assert found.why == ""


def test_without_a_fee_or_a_residence_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert charge_of(statement(fee=-5_000), "CN", 2) is None
    monkeypatch.setenv("ENTREPOT_PLATFORM_ECONOMY", "SG")
    assert charge_of(statement(sale=5_000), "CN", 2) is None
    assert charge_of(statement(fee=-5_000), "", 2) is None
    found = charge_of(statement(fee=-5_000), "SG", 2)
    assert found is not None
    assert "one economy" in found.why
