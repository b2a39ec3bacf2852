"""Visits with their deliveries, in every adapter of the books: withdrawn in the middle, grants, ends, and the index."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest
from practice import INTAKE, agree, meet, prepare, register, sign, visit

from entrepot.trade.delivery import commands as deliveries
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import make_token, redeem
from entrepot.trade.health import commands
from entrepot.trade.health.record import Record
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import Books, NotFound, Transaction
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import Clock

SELLER, BUYER, OTHER, DOCTOR = "og_1", "og_2", "og_3", "us_doctor"


class Practice:
    """A visit that begins in ten minutes, with its practitioner. `books`: any adapter."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self.books = books
        self.doctor = register(books, SELLER, DOCTOR)
        self.visit: Delivery = books.run(lambda tx: visit(tx, SELLER, BUYER, clock() + dt.timedelta(minutes=10)))

    def run(self, step: Any, *more: Any) -> Any:
        """Do a step of `practice` with the visit as it is now."""
        return self.books.run(lambda tx: step(tx, tx.get(self.visit.id), *more))

    @property
    def record(self) -> Record:
        """The health record."""
        return self.books.run(lambda tx: commands.record_of(tx, self.visit.id))

    def stored(self, subject: str) -> int:
        """How many pieces of personal data a subject has."""
        return len(self.books.run(lambda tx: tx.personal_of(subject)))


def in_memory(clock: Clock, _request: pytest.FixtureRequest) -> Books:
    """The books in memory, with the kinds of the node."""
    return MemoryBooks(KINDS, now=clock, random=os.urandom, hash_key=HASH_KEY)


def in_database(clock: Clock) -> Books:
    """The books in the database of this process, with the kinds of the node."""
    from entrepot.store.trade.books import Keys, StoreBooks

    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def practice(request: pytest.FixtureRequest) -> Practice:
    clock = Clock()
    if request.param == "memory":
        return Practice(in_memory(clock, request), clock)
    request.getfixturevalue(f"{request.param}_tables")
    return Practice(in_database(clock), clock)


def test_a_consent_that_is_withdrawn_in_the_middle_closes_the_visit(practice: Practice) -> None:
    practice.run(prepare, practice.doctor.id)
    practice.run(agree)
    number = practice.visit.id

    def enter(tx: Transaction) -> str:
        return make_token(tx, deliveries.own_grant(tx, number, by=BUYER).id, "visit")

    token, later = practice.books.run(enter), practice.books.run(enter)
    practice.books.run(lambda tx: redeem(tx, token, "visit", delivery=number))
    practice.books.run(lambda tx: deliveries.begin_session(tx, number, "vs_1"))
    practice.books.run(lambda tx: deliveries.withdraw_consent(tx, number, by=BUYER, person="us_patient"))
    # The consent of the record ends with that of the delivery, and what took place is kept.
    assert practice.record.consent is None
    assert practice.record.kept_until
    for entering in (lambda tx: redeem(tx, later, "visit", delivery=number), enter):
        with pytest.raises(Exception, match=r"revoked|waiting"):
            practice.books.run(entering)
    with pytest.raises(NotAllowed):
        practice.books.run(lambda tx: deliveries.begin_session(tx, number, "vs_2"))
    # The session that was under way still ends.
    ended = practice.books.run(lambda tx: deliveries.end_session(tx, number, "vs_1", seconds=60))
    assert (ended.seconds, ended.session) == (60, "")
    practice.run(sign, practice.doctor)
    assert practice.record.note is not None


def test_a_grant_of_another_person_opens_nothing(practice: Practice) -> None:
    practice.run(prepare, practice.doctor.id)
    practice.run(agree)
    with pytest.raises(NotFound):
        practice.books.run(lambda tx: deliveries.own_grant(tx, practice.visit.id, by=OTHER))
    for act in (
        lambda tx: deliveries.withdraw_consent(tx, practice.visit.id, by=OTHER, person="us_x"),
        lambda tx: deliveries.withdraw_consent(tx, practice.visit.id, by=SELLER, person="us_x"),
    ):
        with pytest.raises(NotFound):
            practice.books.run(act)


def test_what_was_given_is_erased_where_the_visit_is_cancelled(practice: Practice) -> None:
    practice.run(prepare, practice.doctor.id)
    record = practice.record
    assert practice.stored(f"{record.id}:intake") == 1
    practice.books.run(lambda tx: tx.append(practice.visit.id, "delivery.cancelled", {"reason": "buyer", "by": BUYER}))
    assert practice.stored(f"{record.id}:intake") == 0
    assert practice.record.status == "discarded"


def test_a_delivered_visit_is_kept_without_a_note_too(practice: Practice) -> None:
    practice.run(prepare, practice.doctor.id)
    practice.run(agree)
    practice.run(meet)
    practice.books.run(lambda tx: deliveries.finish(tx, practice.visit.id))
    record = practice.record
    # China asks for fifteen years after the visit, which is on 2026-03-01.
    assert record.kept_until == "2041-03-01"
    assert practice.stored(record.id) == 1
    assert practice.books.erase_expired(dt.date(2041, 3, 1)) == 1
    assert practice.stored(record.id) == 0


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_the_index_is_the_same_after_it_was_computed_again(database: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(f"{database}_tables")
    from django.db import connection

    from entrepot.store import health_index
    from entrepot.store.health_index import Wanted, When
    from entrepot.store.trade import ledger

    def rows() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM store_healthentry ORDER BY owner, kind, number")
            return list(cursor.fetchall())

    practice = Practice(in_database(Clock()), Clock())
    practice.run(prepare, practice.doctor.id)
    practice.run(agree)
    practice.run(meet)
    practice.run(sign, practice.doctor)
    before = rows()
    # For each owner an appointment, an encounter, a consent, a note, and the practitioner in two roles.
    assert len(before) == 2 * 6
    ledger.rebuild(KINDS)
    assert rows() == before
    assert not [each for each in before if INTAKE["name"] in str(each) or "plantedreason" in str(each)]
    number = practice.visit.id.replace("_", "-")
    for prefix, first, found in (
        ("eq", "2026-03-01", 1), ("ge", "2026-03-01", 1), ("lt", "2026-03-01", 0), ("gt", "2026-02-28", 1),
        ("le", "2026-02-28", 0), ("ne", "2026-03-01", 0), ("sa", "2026-02-28", 1), ("eb", "2026-03-02", 1),
    ):  # fmt: skip
        day = dt.date.fromisoformat(first)
        after = (day + dt.timedelta(days=1)).isoformat()
        when = When(prefix, f"{first}T00:00:00.000Z", f"{after}T00:00:00.000Z")
        for kind in ("Appointment", "Encounter"):
            page = health_index.search(Wanted(BUYER, kind, dates=[when]), limit=5)
            assert (page.total, [each.number for each in page.entries]) == (found, [number] * found), (prefix, kind)
    assert health_index.find(OTHER, "Appointment", number) is None
    assert health_index.patients(SELLER, limit=5).total == 1
