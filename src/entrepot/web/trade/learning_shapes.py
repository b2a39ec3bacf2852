"""Courses, enrolments and workspaces as the API shows them."""

from __future__ import annotations

from typing import Literal

import msgspec

from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.delivery.workspaces import Workspace


class CourseShown(msgspec.Struct, kw_only=True):
    """A course. `source`: pages of this node, or a tool of the seller (LTI); `version`: how often it was published."""

    object: Literal["course"] = "course"
    id: str
    created: str
    status: Literal["draft", "open", "closed"]
    title: str
    summary: str
    language: str
    source: Literal["pages", "tool"]
    pass_percent: int
    version: int


class EnrolmentShown(msgspec.Struct, kw_only=True):
    """A learner in a course, by the number of the seat. `percent`: the best final score, null before there is one."""

    object: Literal["enrolment"] = "enrolment"
    id: str
    created: str
    status: Literal["enrolled", "started", "completed", "ended"]
    course: str
    delivery: str
    order: str
    seat: int
    started: str | None
    completed: str | None
    percent: str | None
    reason: str


class WorkspaceShown(msgspec.Struct, kw_only=True):
    """A workspace. `seats`: how many were bought; `seats_taken`: by members; `guests`: links; `quota`: in bytes."""

    object: Literal["workspace"] = "workspace"
    id: str
    created: str
    status: Literal["open"]
    delivery: str
    seats: int
    seats_taken: int
    guests: int
    quota: int


def show_course(course: Course) -> CourseShown:
    """A course as the API shows it."""
    names = ("id", "created", "status", "title", "summary", "language", "source", "pass_percent", "version")
    return msgspec.convert({name: getattr(course, name) for name in names}, CourseShown)


def show_enrolment(enrolment: Enrolment) -> EnrolmentShown:
    """An enrolment as the API shows it."""
    names = ("id", "created", "status", "course", "delivery", "order", "seat", "reason")
    found = {name: getattr(enrolment, name) for name in names}
    later = {name: getattr(enrolment, name) or None for name in ("started", "completed", "percent")}
    return msgspec.convert({**found, **later}, EnrolmentShown)


def show_workspace(workspace: Workspace) -> WorkspaceShown:
    """A workspace as the API shows it."""
    return WorkspaceShown(
        id=workspace.id,
        created=workspace.created,
        status="open",
        delivery=workspace.delivery,
        seats=workspace.places,
        seats_taken=len(workspace.seats),
        guests=len(workspace.guests),
        quota=workspace.quota,
    )


#: The answers, for the document of the API.
LEARNING_SHAPES = (CourseShown, EnrolmentShown, WorkspaceShown)
