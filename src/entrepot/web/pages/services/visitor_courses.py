"""The page of a course for the buyer of another node, who came by a link: its seats, and the way into it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.lti.faults import LtiFault
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import visitors
from entrepot.trade_app.services import badges, courses
from entrepot.web.http import visiting
from entrepot.web.pages.courses import words as course_words
from entrepot.web.pages.courses.launch import begin
from entrepot.web.pages.courses.learner import CRITERIA, OPEN
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.services.visitors import came_to, conditions_of
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The course of a delivery, in the browser that came by its link."""
    notes: list[Note] = []
    found = came_to(request, number, "course")
    if request.method == "POST":
        try:
            return _act(request, language, found)
        except LtiFault as fault:
            notes.append(Note(course_words.fault(fault.code, fault.message), "bad"))
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    response = render(
        request, "services/visitor_course.html", {**_context(found), "notes": notes}, status=422 if notes else 200
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _act(request: HttpRequest, language: str, found: Delivery) -> HttpResponseBase:
    """Consent, or open the course at a seat. Raises EntrepotError and LtiFault."""
    if text_of(request, "action") == "consent" and text_of(request, "agreed") == "yes":
        command = partial(visitors.consent_with, number=found.id, key=visiting.key_of(request, found.id))
        calls.books().run(command)
        return HttpResponseRedirect(address_of_page(f"visitors/{found.id}/course/"))
    seat = text_of(request, "seat", 6)
    if not seat.isdecimal() or not 1 <= int(seat) <= found.quantity:
        raise Http404
    if text_of(request, "action") == "badge":
        return _issue(found, int(seat))
    return begin(request, visiting.sit(request, found, int(seat)), language, found.id)


def _issue(found: Delivery, seat: int) -> HttpResponseBase:
    """The badge of a learner who has completed the course: it names neither a person nor an address."""
    learner = visitors.learner(found.id, seat)
    own = courses.own_enrolment(courses.enrolments_of(found), learner)
    if own is None:
        raise Http404
    badges.issue(own.id, learner, "", _(CRITERIA))
    return HttpResponseRedirect(address_of_page(f"visitors/{found.id}/course/"))


def _context(found: Delivery) -> dict[str, Any]:
    _delivery, course = courses.delivered(found.buyer, found.id)
    known = courses.enrolments_of(found)
    return {
        "course": course,
        "status": words.delivery_status(found.status),
        "look": words.look(found.status),
        "open": found.status in OPEN,
        "seats": [
            {
                "number": seat,
                "own": own,
                "status": course_words.status(own.status) if own else "",
                "look": course_words.look(own.status) if own else "",
                "passed": own is not None and bool(own.completed),
                "badge": badges.of_enrolment(own.id) if own is not None and own.completed else None,
            }
            for seat in range(1, found.quantity + 1)
            for own in [courses.own_enrolment(known, visitors.learner(found.id, seat))]
        ],
        "conditions": conditions_of(found),
    }
