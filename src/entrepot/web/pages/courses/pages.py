"""A built-in course as its learner sees it: the contents, its pages and the quiz. It is open once it was launched."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.lti.faults import LtiFault
from entrepot.language.translate import _
from entrepot.trade_app.services import pages_tool
from entrepot.trade_app.services.pages_tool import Learning
from entrepot.web.http import visiting
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.people.form_page import Note
from entrepot.web.trade.course_platform import now, platform_of


@never_cache
@require_http_methods(["GET", "HEAD"])
def contents(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The pages of the course, which of them were seen, and the quiz."""
    found = _learning(request, number)
    if found is None:
        return _closed(request)
    listed = [(place, page.title, place in found.seen) for place, page in enumerate(found.content.pages, 1)]
    return render(request, "courses/contents.html", {**_context(found), "pages": listed})


@never_cache
@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, language: str, number: str, page: int) -> HttpResponseBase:
    """A page of the course."""
    found = _learning(request, number)
    if found is None:
        return _closed(request)
    if not 1 <= page <= len(found.content.pages):
        raise Http404
    shown = found.content.pages[page - 1]
    pages_tool.see(request.session, found, page, platform_of(request), now())
    context = {
        **_context(found),
        "page": shown,
        "paragraphs": [each.strip() for each in shown.text.split("\n\n") if each.strip()],
        "place": page,
        "count": len(found.content.pages),
        "before": page - 1,
        "next": page + 1 if page < len(found.content.pages) else 0,
    }
    return render(request, "courses/page.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The quiz, and its result, which the tool sends to the platform."""
    found = _learning(request, number)
    if found is None:
        return _closed(request)
    context: dict[str, Any] = {**_context(found), "notes": []}
    answers = {
        place: [int(each) for each in request.POST.getlist(f"q{place}") if each.isdecimal() and len(each) < 3]
        for place in range(len(found.content.questions))
    }
    status = 200
    if request.method == "POST":
        try:
            given, maximum = pages_tool.answer(found, answers, platform_of(request), now())
            context["result"] = {
                "given": given,
                "maximum": maximum,
                "passed": given * 100 >= found.course.pass_percent * maximum,
            }
        except LtiFault as fault:
            context["notes"].append(Note(fault.message, "bad"))
            status = fault.status
    context["questions"] = [
        {
            "place": place,
            "text": each.text,
            "several": len(each.right) > 1,
            "options": [(n, text, n in answers[place]) for n, text in enumerate(each.options)],
        }
        for place, each in enumerate(found.content.questions)
    ]
    return render(request, "courses/quiz.html", context, status=status)


def _learning(request: HttpRequest, number: str) -> Learning | None:
    """The course that is open in the browser; None if it is not, or its link opens nothing any more."""
    found = pages_tool.learning(request.session, number)
    return found if found is None or visiting.may_stay(request, found.back) else None


def _context(found: Learning) -> dict[str, Any]:
    return {"course": found.course, "back": found.back}


def _closed(request: HttpRequest) -> HttpResponseBase:
    says = _("Open the course from the page of your delivery: it is not open in this browser.")
    return error_page(request, 403, _("The course is not open"), says)
