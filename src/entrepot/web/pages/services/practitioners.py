"""The practitioners of a provider: who sees patients in which calendar, and signs the notes of their visits."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _, place
from entrepot.language.zones import all_zones, zones_of
from entrepot.store.people import members, organizations
from entrepot.trade.health.practitioners import FIELDS
from entrepot.trade_app.services import health
from entrepot.trade_app.services.health import Person
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Field, Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services import health_words as words
from entrepot.web.pages.trade.requests import attempt


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_practitioners(request: HttpRequest, language: str) -> HttpResponseBase:
    """The practitioners, with a form for a new one; managers change them."""
    actor = require_role(request, "manager" if request.method == "POST" else "viewer")
    if actor.kind != "seller":
        raise Http404
    notes: list[Note] = []
    if request.method == "POST" and attempt(notes, _act, request, actor):
        return HttpResponseRedirect(address_of_page("services/practitioners/"))
    people = _people(actor)
    context = {
        "rows": [
            {
                "practitioner": each.practitioner,
                "profile": each.profile,
                "place": place(each.practitioner.economy),
                "person": people.get(each.practitioner.person, each.practitioner.person),
            }
            for each in health.doctors(actor.organization)
        ],
        "fields": _fields(request, actor, people),
        "may_change": "manager" in actor.roles,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "services/practitioners.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor) -> None:
    """Register a practitioner, or end one. Raises EntrepotError and NotFound."""
    who, number = Person(actor.organization, actor.person or ""), text_of(request, "number", 60)
    if text_of(request, "action") == "end":
        health.end_practitioner(who, number)
        return
    names = {**FIELDS, "person": 60, "economy": 2, "calendar": 60}
    health.register(who, {name: text_of(request, name, most + 1) for name, most in names.items()})


def _people(actor: Actor) -> dict[str, str]:
    """The members of the organization by their ids, with their names."""
    found = {}
    for each in members.members_of(actor.organization):
        user = each.person.user
        found[each.person_id] = (user.first_name or user.username) if user else each.person_id
    return found


def _fields(request: HttpRequest, actor: Actor, people: dict[str, str]) -> list[Any]:
    row = organizations.find_organization(actor.organization)
    economy = row.country if row else ""
    given = {name: text_of(request, name) for name in (*FIELDS, "person", "economy", "calendar")}
    found = [
        Field(
            name,
            _(label),
            given.get(name, "") or (economy if name == "economy" else zones_of(economy)[0] if name == "zone" else ""),
            options=[(each, each) for each in all_zones()] if name == "zone" else (),
        )
        for name, label in words.PRACTITIONER.items()
    ]
    who = Field("person", _("Member who signs the notes"), given["person"], options=list(people.items()))
    calendar = _("Calendar that is booked (its id), empty for all visits")
    return [*found, who, Field("calendar", calendar, given["calendar"], optional=True)]
