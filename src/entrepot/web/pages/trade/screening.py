"""Screening, for the operator: what was found, the entry beside the party, and the decision with its reason."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import TradeError
from entrepot.trade.acts import record_act
from entrepot.trade.ports import NotFound
from entrepot.trade.screening.results import REASONS, Screening
from entrepot.trade_app import screening
from entrepot.trade_app.books import open_books
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.words import moment

WHY = {
    "other_birth": N_("another date of birth"),
    "other_country": N_("another country"),
    "other_person": N_("another person, by documents"),
    "common_name": N_("a common name, and nothing else agrees"),
    "licence": N_("a licence of the authority"),
}
STATES = {
    "hit": N_("hit"),
    "no_hit": N_("no hit"),
    "not_comparable": N_("not comparable"),
    "cleared": N_("cleared"),
    "confirmed": N_("confirmed"),
}
PARTIES = {"buyer": N_("buyer"), "consignee": N_("consignee"), "seller": N_("seller")}
MAY_DECIDE = frozenset({"clerk", "liaison"})
MAY_COMPARE = MAY_DECIDE | {"auditor"}
BECAUSE = {
    "same_name": N_("the same name"),
    "similar_name": N_("a similar name"),
    "similar_sound": N_("a name that sounds alike"),
    "fewer_names": N_("some of the names"),
    "native_name": N_("the name in its own script"),
    "same_identifier": N_("the same number of a document"),
    "birth_agrees": N_("the date of birth agrees"),
    "birth_differs": N_("the date of birth differs"),
    "country_agrees": N_("the country agrees"),
    "country_differs": N_("the country differs"),
    "kind_differs": N_("a person and a firm"),
    "weak_alias": N_("a weak alias"),
    "strong_alias": N_("an alias"),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_screenings(request: HttpRequest, language: str) -> HttpResponseBase:
    """What waits for a decision, and the lists in use; a decision is recorded with the person who made it.

    The names of the parties are shown only to those who may decide, and to auditors.
    """
    actor = require_operator(request, "clerk" if request.method == "POST" else "viewer", duty="liaison")
    notes: list[Note] = []
    if request.method == "POST":
        try:
            screening.decide(
                text_of(request, "number", 60),
                by=actor.person or "",
                why=text_of(request, "why", 40),
                note=text_of(request, "note", 2000),
                confirm=text_of(request, "action", 20) == "confirm",
            )
        except NotFound:
            raise Http404 from None
        except TradeError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(address_of_page("operator/screening/"))
    found = screening.open_screenings()
    may_compare = bool(MAY_COMPARE & actor.roles)
    shown = text_of(request, "show", 60) if request.method == "POST" else request.GET.get("show", "")[:60]
    context = {
        "rows": [_row(each) for each in found],
        "opened": next((_opened(each, actor.person or "") for each in found if may_compare and each.id == shown), None),
        "may_compare": may_compare,
        "lists": [
            {"name": name, "of": each, "date": each.version or each.added[:10]}
            for name, each in sorted(screening.lists_in_use().items())
        ],
        "reasons": [(code, _(WHY[code])) for code in REASONS],
        "notes": notes,
        "may_decide": bool(MAY_DECIDE & actor.roles),
        **nav_context(request, actor),
    }
    return render(request, "trade/screening.html", context, status=422 if notes else 200)


def _row(found: Screening) -> dict[str, Any]:
    return {
        "id": found.id,
        "about": found.about,
        "state": _(STATES[found.status]),
        "hit": found.status == "hit",
        "time": moment(found.done),
        "uncompared": found.uncompared,
        "best": max((each.score for each in found.matches), default=0),
        "lists": ", ".join(sorted({each.list for each in found.matches})),
    }


def _opened(found: Screening, person: str) -> dict[str, Any]:
    """A screening with the names of the parties: that they were shown is recorded."""
    books = open_books()
    names: dict[str, str] = {}
    try:
        parties = screening.parties_of(books, books.read(found.about))
        names = {role: " · ".join(each.names) for role, each in parties.items()}
        books.run(partial(record_act, act="screening.shown", by=person, about=found.id))
    except (NotFound, KeyError):
        pass
    matches = []
    for each in found.matches:
        entry = screening.entry_of(found, each.list, each.entry)
        matches.append(
            {
                "party": _(PARTIES[each.party]),
                "name": names.get(each.party, "—"),
                "list": each.list,
                "number": each.entry,
                "listed": " · ".join(one.text for one in entry.names[:6]) if entry else "—",
                "births": ", ".join(entry.births) if entry else "",
                "score": each.score,
                "because": ", ".join(_(BECAUSE.get(code, code)) for code in each.because),
            }
        )
    return {**_row(found), "matches": matches, "names": [(_(PARTIES[role]), name) for role, name in names.items()]}
