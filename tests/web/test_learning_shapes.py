"""Courses, enrolments and workspaces as the API shows them: nothing of who a learner is, or of a document."""

from __future__ import annotations

import msgspec

from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.delivery.workspaces import Guest, Workspace
from entrepot.web.trade.learning_shapes import show_course, show_enrolment, show_workspace

MADE = "2026-03-01T00:00:00.000Z"


def test_a_course_and_a_learner_are_shown_without_the_learner() -> None:
    course = Course(id="cs_1", status="open", seller="og_1", title="Coffee", summary="", language="en", source="pages",
                    pass_percent=60, created=MADE, version=2, content="hash of the content")  # fmt: skip
    assert msgspec.to_builtins(show_course(course)) == {
        "object": "course", "id": "cs_1", "created": MADE, "status": "open", "title": "Coffee", "summary": "",
        "language": "en", "source": "pages", "pass_percent": 60, "version": 2,
    }  # fmt: skip
    enrolment = Enrolment(id="en_1", status="completed", owners=("og_1", "us_1"), course="cs_1", delivery="dl_1",
                          order="or_1", learner="hash of a person", seat=3, created=MADE, started=MADE,
                          percent="80")  # fmt: skip
    assert msgspec.to_builtins(show_enrolment(enrolment)) == {
        "object": "enrolment", "id": "en_1", "created": MADE, "status": "completed", "course": "cs_1",
        "delivery": "dl_1", "order": "or_1", "seat": 3, "started": MADE, "completed": None, "percent": "80",
        "reason": "",
    }  # fmt: skip


def test_a_workspace_is_shown_with_its_seats_and_no_document() -> None:
    guest = Guest(document="a document", role="reader", until=MADE)
    workspace = Workspace(id="ws_1", status="open", delivery="dl_1", owners=("us_1",), places=5, quota=10, created=MADE,
                          seats={"a person": "gr_1"}, guests={"gr_2": guest})  # fmt: skip
    assert msgspec.to_builtins(show_workspace(workspace)) == {
        "object": "workspace", "id": "ws_1", "created": MADE, "status": "open", "delivery": "dl_1", "seats": 5,
        "seats_taken": 1, "guests": 1, "quota": 10,
    }  # fmt: skip
