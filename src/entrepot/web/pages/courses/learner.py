"""The page of a course that was delivered: the learner opens it, sees the result, and gets the badge.

The seller sees the same page with the learners as pseudonyms, and can revoke a badge.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.courses.badge import REASONS, Badge
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import badges, courses
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.courses import words
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words as trade_words

#: What the badge says of how it was earned.
CRITERIA = N_("The course was completed with {percent} % of the score or more.")
#: The states of a delivery in which a course can be opened.
OPEN = ("ready", "started", "delivered", "accepted")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The course of a delivery."""
    actor = require_role(request, "viewer")
    try:
        delivery, course = courses.delivered(actor.organization, number)
        notes: list[Note] = []
        if request.method == "POST":
            notes = _act(request, actor, number)
            if not notes:
                return HttpResponseRedirect(address_of_page(f"services/{number}/course/"))
    except NotFound:
        raise Http404 from None
    buys = actor.organization == delivery.buyer
    found = courses.enrolments_of(delivery)
    own = courses.own_enrolment(found, actor.person or "") if buys else None
    context = {
        "course": course,
        "delivery": delivery,
        "buys": buys,
        "open": delivery.status in OPEN,
        "status": trade_words.delivery_status(delivery.status),
        "look": trade_words.look(delivery.status),
        "own": _shown(own) if own else None,
        "learners": [] if buys else [_shown(each) for each in found],
        "reasons": [(each, words.reason(each)) for each in REASONS],
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "courses/delivered.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD"])
def statements(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """What is kept of the learner's steps in the course, as the xAPI statements that it is."""
    actor = require_role(request, "viewer")
    try:
        delivery, _course = courses.delivered(actor.organization, number)
    except NotFound:
        raise Http404 from None
    own = courses.own_enrolment(courses.enrolments_of(delivery), actor.person or "")
    if own is None or actor.organization != delivery.buyer:
        raise Http404
    response = HttpResponse(f"[{','.join(courses.statements_of(own))}]", content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="statements.json"'
    return response


def _act(request: HttpRequest, actor: Actor, number: str) -> list[Note]:
    """Issue, sign again or revoke a badge. What is wrong with it, if anything. Raises NotFound."""
    action, named = text_of(request, "action"), text_of(request, "badge", 40)
    person = actor.person or ""
    try:
        if action == "badge":
            email = request.user.email if request.POST.get("email") and request.user.is_authenticated else ""
            badges.issue(text_of(request, "enrolment", 40), person, email, _(CRITERIA))
        elif action == "sign":
            badges.sign_again(named, person)
        elif action == "revoke":
            require_role(request, "manager")
            badges.revoke(actor.organization, named, text_of(request, "reason", 40))
        else:
            raise NotFound(number)
    except EntrepotError as error:
        return [Note(error_text(error), "bad")]
    return []


def _shown(enrolment: Enrolment) -> dict[str, Any]:
    badge: Badge | None = badges.of_enrolment(enrolment.id)
    return {
        "state": enrolment,
        "status": words.status(enrolment.status),
        "look": words.look(enrolment.status),
        "passed": bool(enrolment.completed),
        "badge": badge,
        "unsigned": badge is not None and badge.status == "issued" and badges.needs_new_signature(badge),
        "badge_status": words.status(badge.status) if badge else "",
        "badge_look": words.look(badge.status) if badge else "",
    }
