"""Programmes: created on agreements in force, changed by rules, measured from a ledger whose figures are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import NotFound
from entrepot.trade.programmes import programme as commands
from entrepot.trade.programmes.measure import counts, measure
from entrepot.trade.programmes.programme import FIELDS, INDICATORS, Goal, Programme, check_fields
from entrepot.trade_app import programmes
from trade.market import CASHEW, Market
from trade.test_orders import refused

OPERATOR = "og_0"
FORM: dict[str, Any] = {
    "field": "industry_promotion",
    "title": "Pavilion of coffee",
    "economies": ["CN", "VN"],
    "starts": "2026-03-01",
    "ends": "2026-03-31",
    "items": [{"says": "Opening", "due": "2026-03-10"}],
}


def make(market: Market, **changes: Any) -> Programme:
    return programmes.create(market.books, {**FORM, **changes}, organization=OPERATOR)  # type: ignore[arg-type]


def values(market: Market, programme: Programme) -> Mapping[str, int | None]:
    return {each.indicator: each.value for each in programmes.measured(market.books, programme)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"field": "tourism"}, "field"),
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"economies": ["CN"]}, "economies"),
        ({"economies": ["CN", "CN"]}, "economies"),
        ({"starts": "2026-02-30"}, "starts"),
        ({"ends": "2026-02-28"}, "ends"),
        ({"places": [""]}, "places[0]"),
        ({"goals": [{"indicator": "likes", "target": 1}]}, "goals[0].indicator"),
        ({"goals": [{"indicator": "orders", "target": 0}]}, "goals[0].target"),
        ({"items": [{"says": "x", "due": "soon"}]}, "items[0].due"),
    ],
)
def test_a_wrong_field_is_named(change: Mapping[str, Any], param: str) -> None:
    with pytest.raises(TradeError) as error:
        check_fields({**FORM, **change})
    assert error.value.param == param


def test_a_programme_rests_on_the_agreements_in_force_on_its_first_day(market: Market) -> None:
    assert make(market).agreements == ("rcep_ecommerce", "silk_road_ecommerce")
    # Thailand's memorandum is of November 2022 and RCEP of 2022; the agreement with Chile is the memorandum only.
    assert make(market, economies=["CN", "CL"]).agreements == ("silk_road_ecommerce",)
    assert make(market, economies=["CN", "TH"], starts="2022-06-01").agreements == ("rcep_ecommerce",)
    refused("no_agreement", lambda: make(market, economies=["CN", "TH"], starts="2021-12-31"))
    refused("no_agreement", lambda: make(market, economies=["VN", "KH", "US"]))
    refused("field_invalid", lambda: make(market, economies=["CN", "QQ"]))


def test_the_same_key_creates_one_programme(market: Market) -> None:
    def create(**changes: Any) -> Programme:
        return programmes.create(market.books, {**FORM, **changes}, organization=OPERATOR, key="k")  # type: ignore[arg-type]

    assert create() == create()
    refused("idempotency_key_reused", lambda: create(title="Another"))


def test_a_programme_starts_changes_and_ends(market: Market) -> None:
    number = make(market).id

    def change(**given: Any) -> Programme:
        return programmes.change(market.books, number, given, organization=OPERATOR)  # type: ignore[arg-type]

    with pytest.raises(NotAllowed):
        change(status="ended")
    goals = [{"indicator": "orders", "target": 2}]
    changed = change(status="running", done=1, goals=goals, places=["Shanghai"])
    assert (changed.status, changed.goals, changed.places) == (
        "running",
        (Goal(indicator="orders", target=2),),
        ("Shanghai",),
    )
    assert changed.items[0].done == "2026-03-01"
    refused("field_invalid", lambda: change(done=2))
    refused("field_invalid", lambda: change(ends="2026-02-01"))
    assert change(status="ended").status == "ended"
    with pytest.raises(NotAllowed):
        change(title="Later")
    with pytest.raises(NotFound):
        programmes.change(market.books, number, {"title": "x"}, organization="og_9")  # type: ignore[arg-type]
    # A refused change does nothing.
    assert market.books.read(number).title == FORM["title"]


def test_the_goals_are_measured_from_the_ledger(market: Market) -> None:
    programme = make(market, goals=[{"indicator": "orders", "target": 2}, {"indicator": "release_hours", "target": 5}])
    assert values(market, programme) == {
        "orders": 0, "sellers": 0, "release_hours": None, "people_trained": 0, "items_done": 0,
    }  # fmt: skip
    first, second = market.pay(market.order()), market.order()
    cashew = market.offer(CASHEW)  # from Cambodia: not between the partners
    market.place({cashew.id: 1})
    market.ship(first)
    declared = market.declare(first)
    market.clock.time += dt.timedelta(hours=6)
    market.release(declared)
    found = {each.indicator: each for each in programmes.measured(market.books, programme)}  # type: ignore[arg-type]
    assert (found["orders"].value, found["orders"].reached) == (2, True)
    assert (found["sellers"].value, found["release_hours"].value) == (1, 6)
    assert found["release_hours"].reached is False  # at most 5 hours was the goal
    assert counts(programme, second, {})
    # Orders after the last day do not count, nor those of another pavilion or warehouse.
    market.clock.time = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    market.order()
    assert values(market, programme)["orders"] == 2
    pavilion = make(market, pavilions=["viet-nam"])
    offer = first.lines[0].offer
    assert [counts(pavilion, first, {offer: slug}) for slug in ("viet-nam", "laos")] == [True, False]
    assert values(market, make(market, warehouses=["BW-1"]))["orders"] == 0


def test_a_learner_of_two_courses_counts_once() -> None:
    base = {"owners": (), "delivery": "dl_1", "order": "or_1", "seat": 1, "created": "", "status": "completed"}
    learned = [
        Enrolment(id=f"en_{at}", course=course, learner=learner, completed=completed, **base)  # type: ignore[arg-type]
        for at, (course, learner, completed) in enumerate(
            [("cs_1", "a", "2026-03-02"), ("cs_2", "a", "2026-03-03"), ("cs_2", "b", "2026-03-03"), ("cs_1", "c", "")]
        )
    ]
    one = Programme(id="pg_1", status="running", organization="og_1", created="", **{**FORM, "items": ()})
    trained = {each.indicator: each.value for each in measure(one, (), learned, {})}
    assert trained["people_trained"] == 2
    of_one_course = Programme(
        id="pg_1", status="running", organization="og_1", created="", **{**FORM, "items": (), "courses": ("cs_1",)}
    )
    assert {each.indicator: each.value for each in measure(of_one_course, (), learned, {})}["people_trained"] == 1


def test_every_word_has_its_place() -> None:
    assert len(FIELDS) == 5
    assert set(commands.STATUSES) == {"running", "ended", "cancelled"}
    assert {"orders", "people_trained", "release_hours"} <= set(INDICATORS)
