"""No sequence of messages, decisions and days brings the office out of its rules: a stateful property test."""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

pytest.importorskip("django", reason="the server is not installed")

import sizes
from entrepot.connect.customs.cn import compose, write
from entrepot.sandbox import switches
from entrepot.sandbox.customs.desk import Desk
from entrepot.sandbox.customs.lists import DECISIONS, DecisionNotAllowed
from entrepot.sandbox.customs.office import Office
from entrepot.sandbox.customs.papers import ENDED
from entrepot.sandbox.customs.switches import OfficeSwitches
from entrepot.sandbox.process import Options
from sandbox_trader import PARTIES, parcel, sending

ANNUAL = 2_600_000
#: A cheap one, and those at the limits: 5,000 for two pieces or one, with 11 for freight and insurance.
PRICES = ("50.00", "1500.00", "2494.50", "4989.00")
FIRST_DAY = dt.date(2026, 3, 2)
#: What a list takes of the account, by state: all of it, or nothing.
TAKES = {state: state not in ENDED for state in {at for at, _ in DECISIONS} | {"700", "899", "100", "cancelled"}}


class _Trade(RuleBasedStateMachine):
    """One office and two people who buy coffee, some of it dear."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        own = argparse.Namespace(send_to=[], retry=1.0)
        self.desk = Desk(Options("127.0.0.1", 0, self.folder, 0.0, own))
        self.office = Office(self.desk)
        self.day = FIRST_DAY
        switches.change(self.desk.database, OfficeSwitches, {"day": FIRST_DAY.isoformat()})
        self.people = [parcel().buyer, parcel().buyer]
        self.sent: list[Any] = []
        self.messages: list[bytes] = []
        self.returns: dict[str, Decimal] = {}

    def teardown(self) -> None:
        self.desk.database.close()
        shutil.rmtree(self.folder)

    def give(self, message: Any) -> None:
        self.messages.append(write(message))
        self.office.receive(self.messages[-1])

    def rows(self) -> list[Any]:
        return self.desk.database.rows("SELECT * FROM lists ORDER BY id")

    @rule(person=st.integers(0, 1), price=st.sampled_from(PRICES), pieces=st.integers(1, 2))
    def order(self, person: int, price: str, pieces: int) -> None:
        buyer = self.people[person]
        self.sent.append(parcel(price, str(pieces), buyer=buyer, payer=buyer))
        for make in (compose.order, compose.payment, compose.waybill):
            self.give(make(self.sent[-1], PARTIES, sending()))

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), mode=st.sampled_from(["release", "assess", "examine", "inspect", "detain", "refuse"]))
    def declare(self, data: st.DataObject, mode: str) -> None:
        switches.change(self.desk.database, OfficeSwitches, {"mode": mode})
        self.give(compose.listed(data.draw(st.sampled_from(self.sent)), PARTIES, sending()))

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        before = [tuple(row) for row in self.rows()]
        self.office.receive(data.draw(st.sampled_from(self.messages)))
        assert [tuple(row) for row in self.rows()] == before

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), decision=st.sampled_from(sorted({decision for _, decision in DECISIONS})))
    def decide(self, data: st.DataObject, decision: str) -> None:
        row = data.draw(st.sampled_from([dict(each) for each in self.rows()]))
        allowed = (row["state"], decision) in DECISIONS
        try:
            after = self.office.decide_list(row["number"], decision, who="officer", reason="reason")
        except DecisionNotAllowed:
            assert not allowed
        else:
            assert allowed
            assert after == DECISIONS[row["state"], decision][-1]

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), answer=st.sampled_from(["approve", "refuse", "examine"]))
    def cancel(self, data: st.DataObject, answer: str) -> None:
        switches.change(self.desk.database, OfficeSwitches, {"applications": answer})
        row = data.draw(st.sampled_from([dict(each) for each in self.rows()]))
        sent = next(each for each in self.sent if each.order == row["order_number"])
        own = f"C{len(self.messages)}"
        self.give(compose.cancellation(sent, PARTIES, sending(), own=own, list_number=row["number"], reason="买家取消"))

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), pieces=st.integers(1, 3), answer=st.sampled_from(["approve", "examine"]))
    def give_back(self, data: st.DataObject, pieces: int, answer: str) -> None:
        switches.change(self.desk.database, OfficeSwitches, {"applications": answer})
        row = data.draw(st.sampled_from([dict(each) for each in self.rows()]))
        sent = next(each for each in self.sent if each.order == row["order_number"])
        quantities = {1: Decimal(pieces)}
        self.give(
            compose.returned(
                sent, PARTIES, sending(), own=f"R{len(self.messages)}", list_number=row["number"], reason="退货",
                quantities=quantities,
            )
        )  # fmt: skip

    @rule(data=st.data(), decision=st.sampled_from(["approve", "refuse"]))
    def answer_application(self, data: st.DataObject, decision: str) -> None:
        waiting = self.desk.database.rows("SELECT pre FROM applications WHERE state = '120'")
        if waiting:
            pre = data.draw(st.sampled_from([row["pre"] for row in waiting]))
            self.office.decide_application(pre, decision, who="officer", reason="reason")

    @rule(days=st.sampled_from([1, 14, 31]))
    def wait(self, days: int) -> None:
        self.day = min(self.day + dt.timedelta(days), dt.date(2026, 12, 31))
        switches.change(self.desk.database, OfficeSwitches, {"day": self.day.isoformat()})
        self.office.tick()

    @invariant()
    def the_accounts_are_what_the_lists_take(self) -> None:
        for person in self.people:
            hashed = self.desk.person(person.identity)
            used = self.desk.database.value("SELECT coalesce(sum(amount), 0) FROM account WHERE person = ?", hashed)
            assert 0 <= int(used) <= ANNUAL
        for row in self.rows():
            took = int(
                self.desk.database.value("SELECT coalesce(sum(amount), 0) FROM account WHERE list = ?", row["number"])
            )
            if not TAKES[row["state"]]:
                assert took == 0
            elif not self.desk.database.rows(
                "SELECT 1 FROM applications WHERE list = ? AND kind = 'return' AND state = '399'", row["number"]
            ):
                assert took == row["taxable"]
            else:
                assert 0 <= took < row["taxable"]

    @invariant()
    def an_order_has_one_list_and_a_list_is_released_once(self) -> None:
        open_lists = [row["order_key"] for row in self.rows() if row["state"] not in ENDED]
        assert len(open_lists) == len(set(open_lists))
        for row in self.rows():
            released = self.desk.database.value(
                "SELECT count(*) FROM answers WHERE subject = ? AND code = '800'", f"list/{row['number']}"
            )
            assert released == (row["state"] in ("800", "899"))

    @invariant()
    def a_list_has_one_bill_that_holds(self) -> None:
        for row in self.rows():
            bills = self.desk.database.rows("SELECT status FROM bills WHERE list = ?", row["number"])
            holding = [each["status"] for each in bills if each["status"] != "3"]
            assert len(holding) <= 1
            if row["state"] in ENDED:
                assert holding == []


TestTrade = _Trade.TestCase
TestTrade.settings = settings(max_examples=sizes.size(5, 150), stateful_step_count=30)
