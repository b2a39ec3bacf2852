"""Cancellation, return and the payment of tax: by dates, states of the list, applicants and quantities."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.trade.declarations import MOVES
from entrepot.trade.match.documents import ListLine
from entrepot.trade.reasons import CUSTOMS_CODES, SENTENCES, Reason
from entrepot.trade.return_rules import (
    CANCELLATION,
    RETURN,
    ReturnLine,
    check_return_lines,
    decide_arrival,
    decide_reversal,
    returned_share,
)
from entrepot.trade.sources import SOURCES
from entrepot.trade.tax_days import (
    NOT_YET,
    NOTHING,
    OVERDUE,
    PAYABLE,
    SOURCE,
    WAITING,
    ReleasedList,
    payment_days,
    payment_window,
    tax_payment,
    tax_state,
)

RELEASED = dt.date(2026, 1, 31)
LINE: dict[str, Any] = {"code": "0901210000", "name": "咖啡", "unit": "035"}
LISTED = (ListLine(number=1, quantity=Decimal(3), **LINE), ListLine(number=2, quantity=Decimal("0.5"), **LINE))


def later(days: int) -> dt.date:
    return RELEASED + dt.timedelta(days)


def reasons(found: tuple[Reason, ...]) -> list[str]:
    assert all(each.message and each.trust and set(each.sources) <= SOURCES.keys() for each in found)
    return [each.code for each in found]


# State of the list at customs -> whether, with which message, and why.
STATES = {
    "": (True, "", "reversal.not_declared"),
    "to_send": (False, "", "reversal.wait"),
    "sent": (False, "", "reversal.wait"),
    "failed": (True, "", "reversal.not_accepted"),
    "refused": (True, "", "reversal.not_accepted"),
    "stored": (True, CANCELLATION, "reversal.cancellation"),
    "held": (True, CANCELLATION, "reversal.cancellation"),
    "assessed": (True, CANCELLATION, "reversal.cancellation"),
    "detained": (False, "", "reversal.detained"),
    "returned_abroad": (False, "", "reversal.returned_abroad"),
    "released": (True, RETURN, "return.open"),
    "closed": (True, RETURN, "return.open"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_can_be_asked_in_each_state(state: str) -> None:
    found = decide_reversal(state, on=RELEASED, released_on=RELEASED)
    assert (found.allowed, found.application, reasons(found.reasons)[0]) == STATES[state]


def test_every_state_of_a_list_at_customs_is_decided() -> None:
    assert set(STATES) - {""} == set(MOVES)


def test_a_return_is_applied_for_within_30_days_after_the_release() -> None:
    # 31 January and 30 days: 2 March in 2026, which has 28 days in February.
    last = decide_reversal("released", on=dt.date(2026, 3, 2), released_on=RELEASED)
    assert (last.allowed, last.apply_by, last.arrive_by) == (True, dt.date(2026, 3, 2), dt.date(2026, 3, 17))
    late = decide_reversal("closed", on=dt.date(2026, 3, 3), released_on=RELEASED)
    assert (late.allowed, reasons(late.reasons)) == (False, ["return.applied_late"])
    assert late.reasons[0].message == (
        "The return was applied for on 2026-03-03. Customs released the list on 2026-01-31, and the last day to apply "
        "was 2026-03-02."
    )
    with pytest.raises(ValueError, match="released_on"):
        decide_reversal("released", on=RELEASED)


@pytest.mark.parametrize(
    ("arrived", "on", "state"),
    [
        (45, 45, "in_time"),
        (45, 60, "in_time"),
        (46, 46, "late"),
        (None, 45, "waiting"),
        (None, 46, "late"),
        (1, 1, "in_time"),
    ],
)
def test_the_goods_are_back_within_45_days_after_the_release(arrived: int | None, on: int, state: str) -> None:
    found = decide_arrival(RELEASED, on=later(on), arrived_on=None if arrived is None else later(arrived))
    assert (found.state, found.arrive_by) == (state, dt.date(2026, 3, 17))
    assert reasons(found.reasons) == [{"late": "return.arrived_late"}.get(state, f"return.{state}")]


@pytest.mark.parametrize(
    ("state", "applicant", "allowed"),
    [
        ("released", "domestic_agent", True),
        ("released", "broker", True),
        ("released", "seller", False),
        ("released", "buyer", False),
        ("stored", "seller", True),
        ("stored", "broker", True),
        ("stored", "buyer", False),
        ("", "buyer", True),
    ],
)
def test_who_may_apply(state: str, applicant: str, allowed: bool) -> None:
    found = decide_reversal(state, on=RELEASED, released_on=RELEASED, applicant=applicant)
    assert found.allowed == allowed
    assert ("reversal.applicant" in reasons(found.reasons)) != allowed


def test_who_is_late_is_told_that_first() -> None:
    found = decide_reversal("released", on=later(31), released_on=RELEASED, applicant="buyer")
    assert reasons(found.reasons) == ["return.applied_late"]


def returned(number: int = 1, quantity: str = "1", **other: Any) -> ReturnLine:
    return ReturnLine(number=number, quantity=Decimal(quantity), **{**LINE, **other})


@pytest.mark.parametrize(
    ("lines", "before", "codes"),
    [
        ([returned(quantity="3"), returned(2, "0.5")], {}, []),
        ([returned(quantity="2")], {1: Decimal(1)}, []),
        ([returned(quantity="2.00001")], {1: Decimal(1)}, ["return.quantity"]),
        ([returned(quantity="0")], {}, ["return.quantity"]),
        ([returned(quantity="-1")], {}, ["return.quantity"]),
        ([returned(quantity="1")], {1: Decimal(3)}, ["return.quantity"]),
        ([], {}, ["return.no_lines"]),
        ([returned(), returned()], {}, ["return.repeated_line"]),
        ([returned(7)], {}, ["return.unknown_line"]),
        ([returned(code="0801320000", name="腰果")], {}, ["return.other_goods", "return.other_goods"]),
        ([returned(unit="007", quantity="4")], {}, ["return.other_goods", "return.quantity"]),
    ],
)
def test_the_lines_of_a_return_are_those_of_the_list(
    lines: list[ReturnLine], before: dict[int, Decimal], codes: list[str]
) -> None:
    assert reasons(check_return_lines(lines, LISTED, before)) == codes


def test_the_message_says_how_much_is_left() -> None:
    found = check_return_lines([returned(quantity="3")], LISTED, {1: Decimal(1)})
    assert found[0].message == "The quantity of line 1 is 3. Give more than 0 and at most 2."


@given(st.integers(0, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_the_shares_of_all_returns_of_a_line_sum_to_its_amount(amount: int, quantities: list[int]) -> None:
    parts = [Decimal(each).scaleb(-5) for each in quantities]
    whole = sum(parts)
    shares = [returned_share(amount, Decimal(whole), sum(parts[:at], Decimal()), part) for at, part in enumerate(parts)]
    assert sum(shares) == amount
    for share, part in zip(shares, parts, strict=True):
        assert abs(share - amount * part / whole) <= 1


def test_more_than_is_left_has_no_share() -> None:
    with pytest.raises(ValueError, match="2 of 3 cannot be returned after 2"):
        returned_share(100, Decimal(3), Decimal(2), Decimal(2))


def released(day: int = 0, tax: int = 910, *, number: str = "L", return_open: bool = False) -> ReleasedList:
    return ReleasedList(number=number, released_on=later(day), tax=tax, return_open=return_open)


@pytest.mark.parametrize(("day", "state"), [(0, NOT_YET), (30, NOT_YET), (31, PAYABLE), (45, PAYABLE), (46, OVERDUE)])
def test_the_tax_is_paid_on_the_31st_to_the_45th_day(day: int, state: str) -> None:
    assert tax_state(released(), later(day)) == state
    assert tax_state(released(tax=0), later(day)) == NOTHING
    assert tax_state(released(return_open=True), later(day)) == (WAITING if day <= 45 else OVERDUE)
    assert SOURCE in SOURCES


def test_a_payment_has_what_is_payable_the_earliest_last_day_first() -> None:
    lists = [released(day, day + 1, number=f"L{day}") for day in (20, 0, 10, 50)]
    due = tax_payment([*lists, released(1, return_open=True), released(2, 0)], later(46))
    assert (due.lists, due.amount, due.overdue) == (("L0", "L10"), 12, ("L0",))
    assert due.pay_by == later(45)
    nothing = tax_payment(lists, later(30))
    assert (nothing.lists, nothing.amount, nothing.pay_by) == ((), 0, None)


@given(st.lists(st.integers(0, 120), max_size=30))
def test_every_list_is_payable_on_one_of_the_days_and_no_day_is_too_many(days: list[int]) -> None:
    lists = [released(day, number=str(at)) for at, day in enumerate(days)]
    planned = payment_days(lists)
    assert all(any(tax_state(each, day) == PAYABLE for day in planned) for each in lists)
    # A list for each day that cannot be paid on the day before: as many days are needed, so they are the fewest.
    windows = [payment_window(each.released_on) for each in lists]
    for before, day in zip((RELEASED, *planned), planned, strict=False):
        assert any(opens > before and closes == day for opens, closes in windows)
    paid: set[str] = set()
    for day in planned:
        paid |= set(tax_payment([each for each in lists if each.number not in paid], day).lists)
    assert paid == {each.number for each in lists}


def test_codes_have_sentences() -> None:
    assert CUSTOMS_CODES.keys() <= SENTENCES.keys()
