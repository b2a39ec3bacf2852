"""Courses and enrolments in the ledger: who may enter, which scores count, and when the delivery is delivered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.courses import badge, content, course, enrolment
from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment, Evidence
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import NotFound
from trade.market import SELLER, Market

FIELDS = {"title": "Roasting", "summary": "", "language": "en", "source": "pages", "pass_percent": "80"}
OFFER = {
    "titles": {"en": "Course"}, "service": "online_education", "ship_from": "VN", "price": "300.00", "currency": "CNY",
}  # fmt: skip


class Place:
    """A published course, and a paid delivery of it."""

    def __init__(self, seats: int = 1) -> None:
        self.market = Market()
        self.course: Course = self.run(lambda tx: course.create(tx, course.read_fields(FIELDS), seller=SELLER))
        self.course = self.run(lambda tx: course.publish(tx, self.course.id, "aa", seller=SELLER))
        offer = self.market.offer({**OFFER, "delivery": {"kind": "course", "resource": self.course.id, "days": 90}})
        (order,) = self.market.place({offer.id: seats}, contact={"name": "张伟"})
        (self.number,) = self.market.pay(order).deliveries

    def run(self, command: Any) -> Any:
        """Run a command."""
        return self.market.books.run(command)

    @property
    def delivery(self) -> Delivery:
        """The delivery as it is now."""
        found: Delivery = self.market.books.read(self.number)
        return found

    def enter(self, learner: str = "a") -> Enrolment:
        """Enrol a learner."""
        found = self.delivery
        place = {"delivery": found.id, "order": found.order, "owners": list(found.owners)}
        made: Enrolment = self.run(lambda tx: enrolment.enrol(tx, self.course, place, learner, seats=found.quantity))
        return made

    def score(self, number: str, percent: str, *, decides: bool = True, **changed: str) -> Enrolment:
        """Record a score, which is final unless it says otherwise."""
        values = {"activity": "Completed", "grading": "FullyGraded", **changed}
        said = Evidence(item="li_1", given=percent, maximum="100", percent=percent, statements=3, chain="c", **values)
        scored: Enrolment = self.run(lambda tx: enrolment.score(tx, number, said, decides=decides))
        return scored


def test_a_final_score_that_is_high_enough_completes_the_course_and_delivers_it() -> None:
    place = Place()
    number = place.enter().id
    assert place.score(number, "79.99").status == "started"
    assert place.score(number, "90.00", activity="InProgress").status == "started"
    assert place.score(number, "90.00", grading="Pending").status == "started"
    assert place.score(number, "100.00", decides=False).status == "started"
    assert place.delivery.status != "delivered"
    done = place.score(number, "80.00")
    assert (done.status, done.percent, done.scores, done.chain) == ("completed", "80.00", 5, "c")
    assert place.delivery.status == "delivered"
    assert place.delivery.evidence[-1].startswith("ev_")
    assert place.score(number, "70.00").percent == "80.00", "the best score counts"


def test_a_delivery_of_several_places_is_delivered_when_all_learners_are_done() -> None:
    place = Place(seats=2)
    first, second = place.enter("a"), place.enter("b")
    assert place.enter("a") == first, "a learner is enrolled once"
    with pytest.raises(TradeError) as error:
        place.enter("c")
    assert error.value.code == "seats_taken"
    place.score(first.id, "90.00")
    assert place.delivery.status != "delivered"
    place.score(second.id, "90.00")
    assert place.delivery.status == "delivered"


def test_a_closed_course_takes_no_learners_and_keeps_those_it_has() -> None:
    place = Place()
    number = place.enter().id
    place.course = place.run(lambda tx: course.close(tx, place.course.id, seller=SELLER))
    with pytest.raises(TradeError, match="does not accept learners"):
        place.enter("b")
    assert place.score(number, "90.00").status == "completed"
    place.run(lambda tx: enrolment.end(tx, number, "cancelled"))
    with pytest.raises(NotAllowed):
        place.score(number, "95.00")


@pytest.mark.parametrize(("given", "maximum"), [("101", "100"), ("-1", "100"), ("1", "0")])
def test_a_grade_above_the_maximum_is_refused(given: str, maximum: str) -> None:
    with pytest.raises(TradeError) as error:
        enrolment.percent_of(Decimal(given), Decimal(maximum))
    assert error.value.code == "score_above_maximum"


def test_a_course_of_another_seller_is_not_found_and_its_source_stays() -> None:
    place = Place()
    with pytest.raises(NotFound):
        place.run(lambda tx: course.close(tx, place.course.id, seller="og_other"))
    changed = {**course.read_fields(FIELDS), "source": "tool", "tool": "lt_1"}
    with pytest.raises(TradeError) as error:
        place.run(lambda tx: course.change(tx, place.course.id, changed, seller=SELLER))
    assert error.value.code == "course_published"
    assert place.run(lambda tx: course.publish(tx, place.course.id, "aa", seller=SELLER)).version == 1
    assert place.run(lambda tx: course.publish(tx, place.course.id, "bb", seller=SELLER)).version == 2


def test_a_badge_is_for_a_completed_course_has_one_place_and_is_revoked_once() -> None:
    place = Place()
    number = place.enter().id
    with pytest.raises(TradeError) as error:
        place.run(lambda tx: badge.check_earned(tx, number))
    assert error.value.code == "course_not_completed"
    earned = place.score(number, "90.00")
    sealed = badge.Sealed("{}", "h", "k")
    made = place.run(lambda tx: badge.issue(tx, earned, tx.new_id("bd_"), sealed, 7))
    assert place.run(lambda tx: badge.free_place(tx, [7, 7, 9])) == 9
    with pytest.raises(TradeError):
        place.run(lambda tx: badge.free_place(tx, [7, badge.PLACES]))
    with pytest.raises(NotFound):
        place.run(lambda tx: badge.revoke(tx, made.id, "fraud", by="og_other"))
    with pytest.raises(TradeError):
        place.run(lambda tx: badge.revoke(tx, made.id, "because", by=SELLER))
    assert place.run(lambda tx: badge.revoke(tx, made.id, "fraud", by=SELLER)).status == "revoked"
    with pytest.raises(NotAllowed):
        place.run(lambda tx: badge.revoke(tx, made.id, "fraud", by=SELLER))


@pytest.mark.parametrize(
    ("pages", "questions"),
    [
        ([], [("?", "* a\nb")]),
        ([("A", "b")], []),
        ([("A", "b")], [("?", "a\nb")]),
        ([("A", "b")], [("?", "* a\n* b")]),
        ([("A", "b")], [("", "* a\nb")]),
    ],
)
def test_a_course_that_cannot_be_passed_is_not_published(pages: Any, questions: Any) -> None:
    with pytest.raises(TradeError):
        content.check_complete(content.read(pages, questions))
