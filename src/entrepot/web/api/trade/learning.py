"""`/v1/courses`, `/v1/enrolments`, `/v1/workspaces`: what a shop needs to know of courses and workspaces; all read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.web.api.trade.requests import LISTED, After, Limit, list_objects, lists, respond_list
from entrepot.web.trade.learning_shapes import show_course, show_enrolment, show_workspace

router = Router(tags=["trade"])


@router.get(
    "/courses",
    operation_id="listCourses",
    openapi_extra=lists("CourseShown", "A page of the courses, the newest first"),
    summary="List the courses of the organization, as a seller",
)
def list_courses(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only courses with this status"),
) -> HttpResponse:
    """The courses. An offer names one as the `resource` of its delivery."""
    _actor, found, more = list_objects(request, "cs_", limit, starting_after, status)
    return respond_list(map(show_course, found), more=more)


@router.get(
    "/enrolments",
    operation_id="listEnrolments",
    openapi_extra=lists("EnrolmentShown", "A page of the enrolments, the newest first"),
    summary="List the learners in courses that the organization sold or bought, with their results",
)
def list_enrolments(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only enrolments with this status"),
) -> HttpResponse:
    """The enrolments, by the number of the seat: who the learner is, is not in them."""
    _actor, found, more = list_objects(request, "en_", limit, starting_after, status)
    return respond_list(map(show_enrolment, found), more=more)


@router.get(
    "/workspaces",
    operation_id="listWorkspaces",
    openapi_extra=lists("WorkspaceShown", "A page of the workspaces, the newest first"),
    summary="List the workspaces of the organization, with their seats",
)
def list_workspaces(request: HttpRequest, limit: Limit = LISTED, starting_after: After = None) -> HttpResponse:
    """The workspaces. Their documents are opened on their pages: neither their names nor their texts are here."""
    _actor, found, more = list_objects(request, "ws_", limit, starting_after, None)
    return respond_list(map(show_workspace, found), more=more)
