"""Lists of the API of trade refuse a status that none of their objects has, and name the ones there are."""

from __future__ import annotations

import pytest
from trade_market import Market


@pytest.mark.parametrize(
    ("path", "wrong", "near"),
    [
        ("orders", "canceled", "cancelled"), ("offers", "activ", "active"), ("returns", "approve", "approved"),
        ("deliveries", "wating", "waiting"), ("documents", "issue", "issued"), ("bookings", "bookd", "booked"),
        ("courses", "opened", "open"), ("enrolments", "started2", "started"), ("assets", "pause", "paused"),
        ("payouts", "payed", "paid"),
    ],
)  # fmt: skip
def test_a_list_refuses_a_status_that_none_of_its_objects_has(market: Market, path: str, wrong: str, near: str) -> None:
    refused = market.seller.get(f"/v1/{path}?status={wrong}")
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (422, "status")
    assert f'Did you mean "{near}"?' in error["message"]
    assert market.seller.get(f"/v1/{path}?status={near}").status_code == 200
