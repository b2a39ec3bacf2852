"""Courses of sellers put together: their fields in the ledger, their content apart, and the learners in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.store import courses as rows
from entrepot.store import statements
from entrepot.trade.courses import content as contents
from entrepot.trade.courses import course as commands
from entrepot.trade.courses import enrolment as learning
from entrepot.trade.courses.content import Content
from entrepot.trade.courses.course import PAGES, Course
from entrepot.trade.courses.enrolment import Enrolment, Evidence
from entrepot.trade.courses.tools import PAGES_TOOL, Item, Score, Tool
from entrepot.trade.delivery import commands as deliveries
from entrepot.trade.delivery import grants
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.orders import is_of_other_node
from entrepot.trade.ports import AlreadyRecorded, NotFound, Transaction
from entrepot.trade_app.books import open_books

#: The maximum of the grade of a course, unless its tool names another one.
MAXIMUM = Decimal(100)
#: The unit of a use of a course: one (UN/ECE Recommendation 20), a learner who began.
LEARNERS = "C62"
#: The states of a delivery in which a learner has finished, and in which it has ended for another reason.
FINISHED, CANCELLED = ("delivered", "accepted"), ("cancelled", "no_show")


class Linked(msgspec.Struct, frozen=True):
    """The content of a course in a tool: what the seller chose there, {} for the tool's usual launch."""

    url: str = ""
    title: str = ""
    custom: dict[str, str] = {}


class Opened(NamedTuple):
    """A learner's way into a course."""

    course: Course
    enrolment: Enrolment
    tool: Tool
    subject: str


def create(organization: str, given: Mapping[str, Any]) -> Course:
    """Create a course as a draft. Raises TradeError."""
    fields = _fields(organization, given)
    return open_books().run(lambda tx: commands.create(tx, fields, seller=organization))


def change(organization: str, number: str, given: Mapping[str, Any]) -> Course:
    """Change the fields of a course. Raises TradeError and NotFound."""
    fields = _fields(organization, given)
    return open_books().run(lambda tx: commands.change(tx, number, fields, seller=organization))


def find(organization: str, number: str) -> Course:
    """A course of a seller. Raises NotFound."""
    return open_books().run(lambda tx: commands.owned(tx, number, organization))


def save_draft(course: Course, content: Content, now: dt.datetime) -> None:
    """Keep what a seller has written, without showing it to learners."""
    text = contents.encode(content)
    rows.put_content(course.id, rows.DRAFT, text, contents.hash_of(text), now)


def draft(course: Course) -> Content:
    """What the seller has written: the draft, which begins as the published content."""
    return (
        read_content(course, rows.DRAFT)
        or (read_content(course, course.version) if course.version else None)
        or Content()
    )


def read_content(course: Course, version: int) -> Content | None:
    """A version of the content of a built-in course."""
    found = rows.content_of(course.id, version)
    return contents.decode(found[0]) if found else None


def linked(course: Course, version: int = rows.DRAFT) -> Linked:
    """What a seller chose in its tool, or a published version of it."""
    found = rows.content_of(course.id, version)
    return msgspec.json.decode(found[0], type=Linked) if found else Linked()


def save_linked(course: Course, chosen: Linked, maximum: Decimal | None, now: dt.datetime) -> None:
    """Keep what a seller chose in its tool."""
    text = msgspec.json.encode(chosen).decode()
    rows.put_content(course.id, rows.DRAFT, text, contents.hash_of(text), now)
    item = main_item(course)
    if maximum is not None and maximum != item.maximum:
        rows.change_item(item._replace(maximum=maximum))


def publish(organization: str, number: str, now: dt.datetime) -> Course:
    """Publish a course. Raises TradeError and NotFound."""
    found = find(organization, number)
    if found.source == PAGES:
        content = draft(found)
        contents.check_complete(content)
        text = contents.encode(content)
    else:
        if _tool_of(found).status != "enabled":
            raise TradeError("tool_disabled", "The tool of this course is disabled. Enable it first.", "tool")
        text = msgspec.json.encode(linked(found)).decode()
    main_item(found)
    digest = contents.hash_of(text)
    version = found.version + 1
    # First the content, then the event that names it: a version that is in no event is never shown.
    rows.put_content(number, version, text, digest, now)
    return open_books().run(lambda tx: commands.publish(tx, number, digest, seller=organization))


def close(organization: str, number: str) -> Course:
    """Close a course for new learners. Raises TradeError and NotFound."""
    return open_books().run(lambda tx: commands.close(tx, number, seller=organization))


def main_item(course: Course) -> Item:
    """The line item that is the grade of a course."""
    found = rows.main_item(course.id)
    return found or rows.create_item(Item("", course.id, course.title, MAXIMUM, link=course.id, main=True))


def enter(organization: str, person: str, number: str) -> Opened:
    """Enrol a person of the buyer under a delivery, once, and look that everything is open.

    Raises TradeError (also a refusal of the grant) and NotFound.
    """

    def command(tx: Transaction) -> tuple[Course, Enrolment, str]:
        delivery, course = of_delivery(tx, number, organization)
        _check_open(tx, delivery, organization)
        learner = learning.learner_of(tx, person)
        place = {"delivery": number, "order": delivery.order, "owners": list(delivery.owners)}
        enrolment = learning.enrol(tx, course, place, learner, seats=delivery.quantity)
        return course, enrolment, subject_of(tx, _tool_id(course), person)

    course, enrolment, subject = open_books().run(command)
    return Opened(course, enrolment, _tool_of(course), subject)


def start(opened: Opened, organization: str) -> None:
    """Record that a learner has begun, if the grant is still valid. Raises TradeError."""
    number = opened.enrolment.id

    def command(tx: Transaction) -> None:
        delivery: Delivery = tx.get(opened.enrolment.delivery)
        _check_open(tx, delivery, organization)
        learning.start(tx, number)
        if delivery.status in ("ready", "started"):
            try:
                deliveries.record_use(tx, delivery.id, "1", LEARNERS, evidence=number, key=number)
            except AlreadyRecorded:
                return

    open_books().run(command)
    rows.put_member(opened.course.id, opened.tool.id, opened.subject, number)


def of_delivery(tx: Transaction, number: str, organization: str) -> tuple[Delivery, Course]:
    """A delivery of a course, and the course. Raises NotFound."""
    delivery = deliveries.owned(tx, number, organization)
    course = tx.find(delivery.terms.resource) if delivery.kind == "course" else None
    if not isinstance(course, Course) or course.seller != delivery.seller:
        raise NotFound(number)
    return delivery, course


def subject_of(tx: Transaction, tool: str, person: str) -> str:
    """The pseudonym of a person for a tool: another one for each tool."""
    return tx.keyed_hash(f"course-subject:{tool}:{person}")[:32]


def record_score(item: Item, enrolment: str, score: Score) -> Enrolment:
    """Record a score: in the ledger as numbers, and for results. It may complete the course, and its delivery.

    Raises TradeError, and rows.OlderScore for a score that is not newer than the one that is known.
    """
    known = next(iter(rows.scores_of(item.id, subject=score.subject)), None)
    if known is not None and known.time >= score.time:
        raise rows.OlderScore
    books = open_books()
    if known is None or known._replace(time=score.time) != score:
        kept = statements.tally(enrolment)
        evidence = Evidence(
            item=item.id,
            given="" if score.given is None else format(score.given.normalize(), "f"),
            maximum="" if score.maximum is None else format(score.maximum.normalize(), "f"),
            activity=score.activity,
            grading=score.grading,
            percent=learning.percent_of(score.given, score.maximum)
            if score.given is not None and score.maximum
            else "",
            statements=kept.number,
            chain=kept.chain,
        )
        books.run(lambda tx: _score(tx, enrolment, evidence, decides=item.main))
    rows.put_score(item.id, score)
    found: Enrolment = books.read(enrolment)
    return found


def _score(tx: Transaction, number: str, evidence: Evidence, *, decides: bool) -> None:
    enrolment: Enrolment = tx.get(number)
    delivery: Delivery = tx.get(enrolment.delivery)
    if delivery.status in CANCELLED or enrolment.status == "ended":
        raise TradeError(
            "enrolment_ended", "The delivery of {enrolment} was cancelled: it does not accept scores.", enrolment=number
        )
    learning.score(tx, number, evidence, decides=decides)


def _check_open(tx: Transaction, delivery: Delivery, organization: str) -> None:
    """Raises a refusal of the grant where nothing may be opened now. What is delivered can be read until its end."""
    if organization != delivery.buyer:
        raise NotFound(delivery.id)
    if is_of_other_node(organization):
        grants.check_holder(tx.get(organization))
    if delivery.status in FINISHED:
        if delivery.until and timestamp(tx.time) >= delivery.until:
            raise grants.refusal("grant_expired", until=delivery.until)
        return
    grant = deliveries.own_grant(tx, delivery.id, by=organization)
    grants.standing(grant, delivery, tx.time)


def _tool_id(course: Course) -> str:
    return course.tool or PAGES_TOOL


def _tool_of(course: Course) -> Tool:
    """The tool of a course. Raises TradeError where it was deleted."""
    found = rows.find_tool(_tool_id(course))
    if found is None:
        raise TradeError(
            "tool_unknown", "The tool of the course {course} is not registered any more.", course=course.id
        )
    return found


def _fields(organization: str, given: Mapping[str, Any]) -> dict[str, Any]:
    fields = commands.read_fields(given)
    if fields["tool"] and rows.find_tool(fields["tool"], organization=organization) is None:
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            "tool",
            value=fields["tool"][:60],
            field="tool",
            known=", ".join(each.id for each in rows.list_tools(organization)) or "—",
        )
    return fields


def delivered(organization: str, number: str) -> tuple[Delivery, Course]:
    """A delivery of a course, as its seller or its buyer. Raises NotFound."""
    return open_books().run(lambda tx: of_delivery(tx, number, organization))


def enrolments_of(delivery: Delivery) -> list[Enrolment]:
    """The learners of a delivery, in the order in which they came."""
    books = open_books()
    found = (books.lookup(learning.seat_reference(delivery.id, seat)) for seat in range(1, delivery.quantity + 1))
    return [books.read(number) for number in found if number]


def own_enrolment(found: list[Enrolment], person: str) -> Enrolment | None:
    """The enrolment of a person among those of a delivery."""
    learner = open_books().run(lambda tx: learning.learner_of(tx, person))
    return next((each for each in found if each.learner == learner), None)


def is_changed(course: Course) -> bool:
    """Whether a seller has written what learners do not see yet."""
    found = rows.content_of(course.id, rows.DRAFT)
    return found is not None and found[1] != course.content


def statements_of(enrolment: Enrolment) -> list[str]:
    """The xAPI statements that are kept of a learner, each as JSON."""
    return statements.of_enrolment(enrolment.id)
