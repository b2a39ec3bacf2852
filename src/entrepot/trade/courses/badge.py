"""A badge in the ledger: for which enrolment, its hash, its place in the status list, and whether it is revoked."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction

MOVES: Moves = {("issued", "badge.signed_again"): "issued", ("issued", "badge.revoked"): "revoked"}
#: Why a badge is revoked: codes, because a text of their own can hold personal data.
REASONS = ("wrong_person", "wrong_result", "fraud", "other")
#: The status list in which new badges are, and how many badges it has at most.
LIST, PLACES = 1, 131_072
YEARS_KEPT = 10


class Badge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A badge. `hash`: SHA-256 of the canonical credential, which is personal data (`personal`); `key`: that signed."""

    id: str
    status: str
    owners: tuple[str, ...]
    enrolment: str
    course: str
    hash: str
    personal: str
    key: str
    list: int
    index: int
    created: str
    reason: str = ""
    revoked: str = ""


class Sealed(NamedTuple):
    """A signed credential: its canonical text, its hash, and the thumbprint of the key."""

    text: str
    hash: str
    key: str


def apply(state: Badge | None, event: Event) -> Badge:
    """The badge after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "badge.issued")
        made = {**event.payload, "id": event.stream, "status": "issued", "created": event.time}
        return msgspec.convert(made, Badge)
    status = after(MOVES, state.id, state.status, event.kind)
    if event.kind == "badge.revoked":
        return msgspec.structs.replace(state, status=status, reason=event.payload["reason"], revoked=event.time)
    return msgspec.structs.replace(state, status=status, **event.payload)


def reference(enrolment: str) -> str:
    """By which the badge of an enrolment is found."""
    return f"badge:{enrolment}"


def place_reference(number: int, index: int) -> str:
    """By which a place in a status list is taken."""
    return f"badge-status:{number}:{index}"


def check_earned(tx: Transaction, number: str) -> tuple[Enrolment, Course]:
    """The enrolment that earned a badge, and its course. Raises TradeError and NotFound."""
    found = tx.find(number) if number.startswith("en_") else None
    if not isinstance(found, Enrolment):
        raise NotFound(number)
    if not found.completed or found.status == "ended":
        raise TradeError(
            "course_not_completed",
            "A badge is issued once the course is completed. {enrolment} is {status}.",
            enrolment=number,
            status=found.status,
        )
    course: Course = tx.get(found.course)
    return found, course


def free_place(tx: Transaction, draws: list[int]) -> int:
    """The first of these places in the status list that is free. Raises TradeError if none is.

    The places are drawn at random: their order would say who earned a badge when.
    """
    for index in draws:
        if 0 <= index < PLACES and tx.lookup(place_reference(LIST, index)) is None:
            return index
    raise TradeError("status_list_full", "No place in the status list is free. Try again.")


def issue(tx: Transaction, enrolment: Enrolment, number: str, sealed: Sealed, index: int) -> Badge:
    """Record the badge of an enrolment. Raises TradeError."""
    day = tx.time.date()
    personal = tx.put_personal(
        enrolment.id, "badge", {"credential": sealed.text}, retain_until=day.replace(year=day.year + YEARS_KEPT, day=1)
    )
    payload = {
        "owners": list(enrolment.owners),
        "enrolment": enrolment.id,
        "course": enrolment.course,
        "hash": sealed.hash,
        "personal": personal,
        "key": sealed.key,
        "list": LIST,
        "index": index,
    }
    made: Badge = tx.append(number, "badge.issued", payload)
    return made


def sign_again(tx: Transaction, number: str, sealed: Sealed) -> Badge:
    """Record that a badge was signed with another key, because the one before was revoked. Raises TradeError."""
    found: Badge = tx.get(number)
    day = tx.time.date()
    personal = tx.put_personal(
        found.enrolment,
        "badge",
        {"credential": sealed.text},
        retain_until=day.replace(year=day.year + YEARS_KEPT, day=1),
    )
    payload = {"hash": sealed.hash, "personal": personal, "key": sealed.key}
    made: Badge = tx.append(number, "badge.signed_again", payload)
    return made


def revoke(tx: Transaction, number: str, reason: str, *, by: str) -> Badge:
    """Revoke a badge, as the seller of the course. Raises TradeError and NotFound."""
    found = tx.find(number) if number.startswith("bd_") else None
    if not isinstance(found, Badge) or found.owners[:1] != (by,):
        raise NotFound(number)
    if reason not in REASONS:
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            "reason",
            value=reason[:60],
            field="reason",
            known=", ".join(REASONS),
        )
    revoked: Badge = tx.append(number, "badge.revoked", {"reason": reason})
    return revoked


def _references(state: Badge) -> tuple[str, ...]:
    return reference(state.enrolment), place_reference(state.list, state.index)


BADGE = Kind("bd_", "badge", Badge, apply, lambda state: state.owners, _references)
