"""The page of the times of another node: the day that a buyer chooses is one of the zone that the page names."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from entrepot.trade_app.nodes.times import FreeThere
from entrepot.web.pages.market import times as page


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From when the other node was asked, whose calendar is in Bangkok."""
    found: list[str] = []

    def free_there(_ask: Any, _offer: Any, since: str, _minutes: int) -> FreeThere:
        found.append(since)
        return FreeThere("Asia/Bangkok", 60, (60, 120), (), 3)

    monkeypatch.setattr("entrepot.trade_app.nodes.times.free_there", free_there)
    monkeypatch.setattr(page, "has_asset_times", lambda _offer: True)
    return found


def shown(query: dict[str, str]) -> dict[str, Any]:
    notes: list[Any] = []
    context = page._times(query, SimpleNamespace(), notes)  # type: ignore[arg-type]
    assert not notes
    return context


def test_a_day_begins_by_the_clocks_that_the_page_names(asked: list[str]) -> None:
    context = shown({"from": "2090-03-01", "zone": "Asia/Bangkok", "minutes": "60"})
    assert asked == ["2090-02-28T17:00:00.000Z"]  # midnight in Bangkok, which is UTC+7
    assert context["day"] == "2090-03-01"
    assert context["later"] == "2090-03-08"
    assert context["elsewhere"].startswith("At the other node, 3 more times are free.")


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc", "x" * 5000])
def test_without_a_known_zone_a_day_is_one_of_utc(asked: list[str], zone: str) -> None:
    context = shown({"from": "2090-03-01", "zone": zone})
    assert asked == ["2090-03-01T00:00:00.000Z"]
    # The form names the zone of the answer: 7 o'clock in Bangkok is the same day.
    assert context["day"] == "2090-03-01"
    assert context["zone"] == "Asia/Bangkok"


def test_a_day_that_is_past_begins_now(asked: list[str]) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    shown({"from": "2001-01-01", "zone": "Asia/Bangkok"})
    assert dt.datetime.fromisoformat(asked[0]) >= before
