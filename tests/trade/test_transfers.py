"""Personal data that leave: counted once a year, without race; logged without values; sent once; mechanisms by two."""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

import pytest

from entrepot.cooperation.transfers import leave
from entrepot.law.library import Library
from entrepot.model.errors import TradeError
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.transfers import routes
from entrepot.trade.transfers.counting import UNIT, total_account
from entrepot.trade.transfers.leaving import LEAVING, Disclosure, Leaving, note_sent
from entrepot.trade.transfers.routes import ROUTE, Route
from trade.tally import Clock

RULES = Library().law("ZZ", dt.date(2026, 3, 1)).transfers
VIET_NAM = Library().law("VN", dt.date(2026, 3, 1)).transfers


def books(clock: Clock, lock: Any = None) -> MemoryBooks:
    kinds = {each.prefix: each for each in (ROUTE, LEAVING)}
    return MemoryBooks(kinds, now=clock, random=os.urandom, lock=lock)


def disclosure(person: str, **more: Any) -> Disclosure:
    values: dict[str, Any] = {
        "owner": "og_buyer",
        "about": "xo_1",
        "origin": "ZZ",
        "destination": "VN",
        "recipient": "pn_1",
        "category": "ordinary",
        "ground": "consent",
        "purpose": "delivery",
        "fields": ("name", "address"),
    }
    return Disclosure(person=person, **{**values, **more})


def let(kept: MemoryBooks, person: str, rules: Any = RULES, **more: Any) -> Leaving:
    return kept.run(lambda tx: leave(tx, rules, disclosure(person, **more)))


def test_distinct_persons_are_counted_once_and_the_number_decides() -> None:
    # In Exampleland fewer than three persons a year are free; then a standard contract is needed.
    kept = books(Clock())
    found = [let(kept, person) for person in ("anna", "anna", "bela", "anna", "cleo", "bela")]
    assert [(each.status, each.people) for each in found] == [
        ("allowed", 1),
        ("allowed", 1),
        ("allowed", 2),
        ("allowed", 2),
        ("refused", 3),
        ("allowed", 2),
    ]
    assert kept.balance(total_account("ZZ", 2026, "ordinary"), UNIT) == -2


def test_a_year_begins_with_nobody_counted() -> None:
    clock = Clock()
    kept = books(clock)
    for person in ("anna", "bela"):
        let(kept, person)
    clock.time = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert (let(kept, "cleo").status, let(kept, "cleo").people) == ("allowed", 1)


def test_many_at_once_never_pass_the_number() -> None:
    kept = books(Clock(), Lock())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(partial(let, kept), [f"person-{each % 20}" for each in range(100)]))
    assert len({each.people for each in found if each.allowed}) == 2
    assert kept.balance(total_account("ZZ", 2026, "ordinary"), UNIT) == -2


def test_the_ledger_has_neither_the_person_nor_values() -> None:
    kept = books(Clock())
    made = let(kept, "11010519491231002X")
    text = "".join(str(event) for _, event in kept.events())
    assert "11010519491231002X" not in text
    assert (made.owner, made.fields, made.rows) == ("og_buyer", ("name", "address"), (made.rows[0],))
    assert kept.list_objects("lv_", owner="og_buyer") == [made]


def test_only_what_the_purpose_needs_leaves() -> None:
    with pytest.raises(TradeError, match="identity_number"):
        let(books(Clock()), "anna", fields=("name", "identity_number"))


def test_no_message_leaves_before_the_rules_were_checked_for_its_order() -> None:
    kept = books(Clock())

    def sent(about: str = "xo_1", recipient: str = "pn_1") -> Leaving:
        return kept.run(lambda tx: note_sent(tx, recipient=recipient, about=about, message="order.contact"))

    made = let(kept, "anna")
    assert [each.type for each in sent().sent] == ["order.contact"]
    for about, recipient in (("xo_2", "pn_1"), ("xo_1", "pn_2")):
        with pytest.raises(TradeError) as error:
            sent(about, recipient)
        assert error.value.code == "transfer_not_checked"

    again = let(kept, "anna", fields=("telephone",))
    assert (again.id, again.fields, len(again.sent)) == (made.id, ("name", "address", "telephone"), 1)
    assert not let(kept, "anna", category="important").allowed
    with pytest.raises(TradeError) as error:
        sent()
    assert error.value.code == "leaving_state"


def test_a_mechanism_holds_when_a_second_person_has_approved_it() -> None:
    clock = Clock()
    kept = books(clock)
    asked = {"category": "sensitive", "origin": "VN", "destination": "CN"}
    assert let(kept, "anna", VIET_NAM, **asked).due == (clock.time.date() + dt.timedelta(days=60)).isoformat()
    clock.time += dt.timedelta(days=61)
    assert let(kept, "anna", VIET_NAM, **asked).code == "transfer.late"

    end = clock.time.date() + dt.timedelta(days=300)
    record = partial(routes.record_mechanism, origin="VN", destination="CN", number="MPS-2026-17", until=end)
    kept.run(lambda tx: record(tx, name="impact_assessment", by="us_1"))
    assert not let(kept, "anna", VIET_NAM, **asked).allowed

    def approved(by: str) -> Route:
        return kept.run(lambda tx: routes.approve_mechanism(tx, "VN", "CN", "impact_assessment", by=by))

    with pytest.raises(TradeError) as error:
        approved("us_1")
    assert error.value.code == "second_person"
    assert approved("us_2").held(clock.time.date()) == {"impact_assessment"}
    assert let(kept, "anna", VIET_NAM, **asked).code == "transfer.held"

    kept.run(lambda tx: routes.withdraw_mechanism(tx, "VN", "CN", "impact_assessment", by="us_1"))
    assert not let(kept, "anna", VIET_NAM, **asked).allowed


def test_what_is_no_mechanism() -> None:
    kept = books(Clock())

    def code(name: str, number: str = "1", days: int = 30) -> str:
        end = Clock().time.date() + dt.timedelta(days=days)
        with pytest.raises(TradeError) as error:
            kept.run(lambda tx: routes.record_mechanism(tx, "KH", "CN", name, number=number, until=end, by="us_1"))
        return error.value.code

    assert code("standard_contrct") == "mechanism_unknown"
    assert code("legal_opinion", " ") == "mechanism_number"
    assert code("legal_opinion", days=400) == "mechanism_until"
    assert code("standard_contract", days=0) == "mechanism_until"
