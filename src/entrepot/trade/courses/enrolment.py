"""A learner in a course: from the first opening under a delivery to the result. Numbers and hashes, never answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.courses.course import Course
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

#: The states in which a learner may open the course and scores are taken.
OPEN = frozenset({"enrolled", "started", "completed"})
MOVES: Moves = {
    ("enrolled", "enrolment.started"): "started",
    ("started", "enrolment.scored"): "started",
    ("started", "enrolment.completed"): "completed",
    ("completed", "enrolment.scored"): "completed",
    **{(state, "enrolment.ended"): "ended" for state in ("enrolled", "started", "completed")},
}


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A learner in a course.

    `learner`: a keyed hash of the person; `percent`: the best final score; `statements`: how many xAPI statements are
    kept, and `chain` the hash over all of them in their order.
    """

    id: str
    status: str
    owners: tuple[str, ...]
    course: str
    delivery: str
    order: str
    learner: str
    seat: int
    created: str
    started: str = ""
    completed: str = ""
    percent: str = ""
    scores: int = 0
    statements: int = 0
    chain: str = ""
    reason: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the course, for the ledger.

    `item`: the id of the line item; `given`, `maximum`: decimal texts, "" where nothing is graded yet.
    """

    item: str
    given: str
    maximum: str
    activity: str
    grading: str
    percent: str
    statements: int
    chain: str


def apply(state: Enrolment | None, event: Event) -> Enrolment:
    """The enrolment after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "enrolment.opened")
        made = {**event.payload, "id": event.stream, "status": "enrolled", "created": event.time}
        return msgspec.convert(made, Enrolment)
    changed: dict[str, Any] = {"status": after(MOVES, state.id, state.status, event.kind)}
    if event.kind == "enrolment.started":
        changed["started"] = event.time
    elif event.kind == "enrolment.scored":
        changed |= {
            "scores": state.scores + 1,
            "statements": event.payload["statements"],
            "chain": event.payload["chain"],
        }
        if event.payload["final"] and Decimal(event.payload["percent"]) >= Decimal(state.percent or 0):
            changed["percent"] = event.payload["percent"]
    elif event.kind == "enrolment.completed":
        changed["completed"] = event.time
    else:
        changed["reason"] = event.payload["reason"]
    return msgspec.structs.replace(state, **changed)


def percent_of(given: Decimal, maximum: Decimal) -> str:
    """A score in percent with two decimals, rounded down: 79.999 % does not pass at 80 %.

    >>> percent_of(Decimal(90), Decimal(100)), percent_of(Decimal(2), Decimal(3))
    ('90.00', '66.66')
    """
    if given > maximum or given < 0 or maximum <= 0:
        raise TradeError(
            "score_above_maximum",
            "The score {given} is not between 0 and the maximum {maximum}: it is refused.",
            "scoreGiven",
            given=format(given, "f"),
            maximum=format(maximum, "f"),
        )
    return str((given * 100 / maximum).quantize(Decimal("0.01"), ROUND_DOWN))


def learner_of(tx: Transaction, person: str) -> str:
    """A person as the ledger has it: a keyed hash."""
    return tx.keyed_hash(f"learner:{person}")


def reference(delivery: str, learner: str) -> str:
    """By which the enrolment of a person under a delivery is found."""
    return f"enrolment:{delivery}:{learner}"


def enrol(tx: Transaction, course: Course, place: Mapping[str, Any], learner: str, *, seats: int) -> Enrolment:
    """Enrol a learner, once. `place`: delivery, order and owners; `seats`: how many learners it is for.

    Raises TradeError: course_closed, seats_taken.
    """
    known = tx.lookup(reference(place["delivery"], learner))
    if known is not None:
        found: Enrolment = tx.get(known)
        return found
    if course.status != "open":
        raise TradeError(
            "course_closed",
            "{course} does not accept learners: it is {status}.",
            course=course.id,
            status=course.status,
        )
    seat = next((n for n in range(1, seats + 1) if tx.lookup(seat_reference(place["delivery"], n)) is None), None)
    if seat is None:
        raise TradeError(
            "seats_taken",
            "All {seats} places of {delivery} are taken. Order another one.",
            delivery=place["delivery"],
            seats=seats,
        )
    payload = {**place, "course": course.id, "learner": learner, "seat": seat}
    made: Enrolment = tx.append(tx.new_id("en_"), "enrolment.opened", payload)
    return made


def start(tx: Transaction, number: str) -> Enrolment:
    """The learner has opened the course. Raises TradeError."""
    found: Enrolment = tx.get(number)
    if found.status in ("started", "completed"):
        return found
    started: Enrolment = tx.append(number, "enrolment.started", {})
    return started


def score(tx: Transaction, number: str, evidence: Evidence, *, decides: bool) -> Enrolment:
    """Record a score; it completes the course if it is final and high enough. Raises TradeError.

    `decides`: whether it is the grade of the course, and not one of a part of it.
    """
    found: Enrolment = tx.get(number)
    course: Course = tx.get(found.course)
    graded = bool(evidence.percent)
    final = decides and graded and (evidence.activity, evidence.grading) == ("Completed", "FullyGraded")
    payload = {**msgspec.to_builtins(evidence), "final": final}
    if found.status == "enrolled":
        start(tx, number)
    scored: Enrolment = tx.append(number, "enrolment.scored", payload)
    if scored.status == "started" and final and Decimal(evidence.percent) >= course.pass_percent:
        scored = tx.append(number, "enrolment.completed", {"percent": evidence.percent, "version": course.version})
    return scored


def end(tx: Transaction, number: str, reason: str) -> Enrolment:
    """End an enrolment: its delivery was cancelled or its time is over. Raises TradeError."""
    ended: Enrolment = tx.append(number, "enrolment.ended", {"reason": reason})
    return ended


def seat_reference(delivery: str, number: int) -> str:
    """By which the enrolment that has a place of a delivery is found."""
    return f"enrolment-seat:{delivery}:{number}"


def _references(state: Enrolment) -> tuple[str, ...]:
    return reference(state.delivery, state.learner), seat_reference(state.delivery, state.seat)


ENROLMENT = Kind("en_", "enrolment", Enrolment, apply, lambda state: state.owners, _references)
