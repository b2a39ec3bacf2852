"""For the operator: programmes of cooperation with other economies, and what the ledger says of their goals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import N_, _, pack_text
from entrepot.trade.programmes.measure import Measured
from entrepot.trade.programmes.programme import FIELDS, INDICATORS, Programme
from entrepot.trade_app import programmes
from entrepot.web.http.actors import Actor, require_operator
from entrepot.web.pages import form_fields
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.requests import attempt, find, list_page
from entrepot.web.trade import calls

#: Programmes of a page.
LISTED = 50
FIELD_NAMES: Mapping[str, str] = {
    "policy_communication": N_("Policy communication"),
    "planning_alignment": N_("Planning alignment"),
    "industry_promotion": N_("Industry promotion"),
    "local_cooperation": N_("Local cooperation"),
    "capacity_building": N_("Capacity building"),
}
STATUS_NAMES: Mapping[str, str] = {
    "planned": N_("planned"),
    "running": N_("running"),
    "ended": N_("ended"),
    "cancelled": N_("cancelled"),
}
INDICATOR_NAMES: Mapping[str, str] = {
    "orders": N_("Orders"),
    "sellers": N_("Sellers with orders"),
    "release_hours": N_("Hours from declaration to release (median)"),
    "people_trained": N_("People who completed a course"),
    "items_done": N_("Work items done"),
}
#: The statuses that the page offers, by the present one, with the text of the button.
STEPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "planned": (("running", N_("Start")), ("cancelled", N_("Cancel the programme"))),
    "running": (("ended", N_("End")), ("cancelled", N_("Cancel the programme"))),
}
#: Fields of the form that are lists, separated by commas.
_LISTS = ("bodies", "places", "pavilions", "warehouses", "courses")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_programmes(request: HttpRequest, language: str) -> HttpResponseBase:
    """The programmes, with a form to create one."""
    duty = "" if request.method == "POST" else "statistics"
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer", duty=duty)
    notes: list[Note] = []
    made: list[Programme] = []
    if request.method == "POST" and attempt(notes, lambda: made.append(_create(request, actor))):
        return HttpResponseRedirect(address_of_page(f"operator/programmes/{made[0].id}/"))
    found, more = list_page(request, "pg_", actor, LISTED)
    context = {
        "rows": [_row(each) for each in found],
        "more": found[-1].id if more else "",
        "fields": [(code, _(FIELD_NAMES[code])) for code in FIELDS],
        "economies": form_fields.economy_choices(),
        "indicators": [(name, _(INDICATOR_NAMES[name]), request.POST.get(f"goal_{name}", "")) for name in INDICATORS],
        "given": request.POST,
        "may_act": "manager" in actor.roles,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/programmes.html", context, status=422 if notes else 200)


def _create(request: HttpRequest, actor: Actor) -> Programme:
    """The programme of a form. Raises TradeError."""
    given: dict[str, Any] = {name: text_of(request, name) for name in ("field", "title", "starts", "ends")}
    given["economies"] = [code for name in ("economy", "partner", "third") if (code := text_of(request, name, 2))]
    for name in _LISTS:
        given[name] = [part.strip() for part in text_of(request, name, 2000).split(",") if part.strip()]
    given["goals"] = [
        {"indicator": name, "target": int(text) if text.isascii() and text.isdigit() else 0}
        for name in INDICATORS
        if (text := text_of(request, f"goal_{name}", 13))
    ]
    given["items"] = [_item(line) for line in request.POST.get("work_items", "")[:5000].splitlines() if line.strip()]
    return programmes.create(calls.books(), given, organization=actor.organization)


def _item(line: str) -> dict[str, str]:
    """A line of the form: a day, and what is to be done."""
    found = re.fullmatch(r"\s*(\S+)\s+(.+?)\s*", line)
    return {"due": found[1], "says": found[2]} if found else {"due": line.strip()[:20], "says": ""}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """A programme with its indicators; its status and its work items change here."""
    duty = "" if request.method == "POST" else "statistics"
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer", duty=duty)
    found: Programme = find(number, "pg_", actor)
    notes: list[Note] = []
    if request.method == "POST" and attempt(notes, _act, request, actor, number):
        return HttpResponseRedirect(request.path)
    context = {
        **_row(found),
        "agreements": [pack_text(_title(each)) for each in found.agreements],
        "lists": [(title, getattr(found, name)) for name, title in _list_titles().items() if getattr(found, name)],
        "items": [{"item": each, "place": place} for place, each in enumerate(found.items, start=1)],
        "indicators": [_indicator(each) for each in programmes.measured(calls.books(), found)],
        "steps": [(status, _(text)) for status, text in STEPS.get(found.status, ())],
        "may_act": "manager" in actor.roles and found.status in STEPS,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/programme.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor, number: str) -> None:
    """Do what a form asks for. Raises EntrepotError, NotFound and Http404."""
    status, done = text_of(request, "status"), text_of(request, "done", 4)
    if status:
        programmes.change(calls.books(), number, {"status": status}, organization=actor.organization)
    elif done.isascii() and done.isdigit():
        programmes.change(calls.books(), number, {"done": int(done)}, organization=actor.organization)
    else:
        raise Http404


def _row(found: Programme) -> dict[str, Any]:
    return {
        "programme": found,
        "field": _(FIELD_NAMES[found.field]),
        "status": _(STATUS_NAMES[found.status]),
        "partners": ", ".join(map(translate.place, found.economies)),
    }


def _list_titles() -> dict[str, str]:
    return {
        "bodies": _("Administrations and associations"),
        "places": _("Places"),
        "pavilions": _("Pavilions"),
        "warehouses": _("Warehouses"),
        "courses": _("Courses"),
    }


def _title(agreement: str) -> str:
    """The title of an agreement in the packs; its id where they have it no more."""
    return programmes.agreement_titles().get(agreement, agreement)


def _indicator(measured: Measured) -> dict[str, Any]:
    return {**measured._asdict(), "name": _(INDICATOR_NAMES[measured.indicator]), "reached": measured.reached}
