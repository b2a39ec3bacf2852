"""The courses of a seller: the list, and the editor of a course. It works without scripts: a button adds a page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import error_text
from entrepot.model.errors import EntrepotError
from entrepot.store import courses as rows
from entrepot.trade.courses import content as contents
from entrepot.trade.courses.content import Content
from entrepot.trade.courses.course import PAGES, TOOL, Course
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import courses
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.courses import words
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.requests import list_page
from entrepot.web.trade.course_platform import now

LISTED = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_courses(request: HttpRequest, language: str) -> HttpResponseBase:
    """The courses, with a form to create one."""
    actor = _seller(request)
    notes: list[Note] = []
    if request.method == "POST":
        try:
            made = courses.create(actor.organization, _fields(request))
            return HttpResponseRedirect(address_of_page(f"courses/{made.id}/"))
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    found, more = list_page(request, "cs_", actor, LISTED)
    context = {
        "rows": [(each, words.status(each.status), words.look(each.status)) for each in found],
        "more": found[-1].id if more else "",
        "given": request.POST or {"pass_percent": "80", "language": language, "source": PAGES},
        "notes": notes,
        **_choices(actor),
        **nav_context(request, actor),
    }
    return render(request, "courses/list.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The editor of a course."""
    actor = _seller(request)
    notes: list[Note] = []
    try:
        course = courses.find(actor.organization, number)
        content = courses.draft(course) if course.source == PAGES else Content()
        if request.method == "POST":
            content, notes = _act(request, actor, course, content)
            if not notes:
                return HttpResponseRedirect(address_of_page(f"courses/{number}/") + _anchor(request))
    except NotFound:
        raise Http404 from None
    more = request.GET.get("add", "")
    context = {
        "course": course,
        "status": words.status(course.status),
        "look": words.look(course.status),
        "given": request.POST if notes else course,
        "pages": [*content.pages, *_blank(not content.pages or more == "page", contents.Page("", ""))],
        "questions": [
            (each.text, contents.option_lines(each))
            for each in (
                *content.questions,
                *_blank(not content.questions or more == "question", contents.Question("", (), ())),
            )
        ],
        "built_in": course.source == PAGES,
        "linked": courses.linked(course) if course.source == TOOL else None,
        "tool": rows.find_tool(course.tool, organization=actor.organization) if course.tool else None,
        "changed": courses.is_changed(course),
        "notes": notes,
        **_choices(actor),
        **nav_context(request, actor),
    }
    return render(request, "courses/edit.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor, course: Course, content: Content) -> tuple[Content, list[Note]]:
    """Save, publish or close a course. The content as it was typed, and what is wrong. Raises NotFound."""
    action = text_of(request, "action")
    try:
        if action == "close":
            courses.close(actor.organization, course.id)
            return content, []
        fields = _fields(request) if course.status == "draft" else {**_fields(request), "source": course.source}
        if course.version:
            fields["tool"] = course.tool
        courses.change(actor.organization, course.id, fields)
        if course.source == PAGES:
            content = contents.read(_pairs(request, "page_title", "page_text"), _pairs(request, "question", "options"))
            courses.save_draft(course, content, now())
        if action == "publish":
            courses.publish(actor.organization, course.id, now())
    except EntrepotError as error:
        return content, [Note(error_text(error), "bad")]
    return content, []


def _anchor(request: HttpRequest) -> str:
    """Where the page continues: at the blank page or question that was asked for."""
    added = {"add-page": "?add=page#add-page", "add-question": "?add=question#add-question"}
    return added.get(text_of(request, "action"), "")


def _fields(request: HttpRequest) -> dict[str, Any]:
    names = {"title": 200, "summary": 1200, "language": 5, "source": 10, "tool": 40, "pass_percent": 5}
    return {name: text_of(request, name, most) for name, most in names.items()}


def _pairs(request: HttpRequest, first: str, second: str) -> list[tuple[str, str]]:
    return list(zip(request.POST.getlist(first), request.POST.getlist(second), strict=False))


def _blank(wanted: bool, value: Any) -> tuple[Any, ...]:  # read as a sentence where it is called
    return (value,) if wanted else ()


def _choices(actor: Actor) -> dict[str, Any]:
    return {
        "languages_of_course": list(LANGUAGES.items()),
        "tools": [each for each in rows.list_tools(actor.organization) if each.status == "enabled"],
    }


def _seller(request: HttpRequest) -> Actor:
    actor = require_role(request, "clerk")
    if actor.kind != "seller":
        raise Http404
    return actor
