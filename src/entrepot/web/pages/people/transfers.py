"""What was sent abroad about the person or the organization that asks: by the log, without values."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot.cooperation import transfer_words as words
from entrepot.language import translate
from entrepot.language.translate import label
from entrepot.language.zones import UTC, moment_in
from entrepot.model.errors import StoreError
from entrepot.trade.ports import NotFound
from entrepot.trade.transfers.leaving import Leaving
from entrepot.trade_app.books import open_books
from entrepot.web.http.actors import current_organization, require_person
from entrepot.web.pages.people.nav import nav_context

LISTED = 200


@never_cache
@require_safe
def show_transfers(request: HttpRequest, language: str) -> HttpResponseBase:
    """The entries about the person, and those of its current organization, the newest first."""
    person = require_person(request)
    actor = current_organization(request)
    owners = [person, *([actor.organization] if actor else [])]
    found: list[Leaving] = []
    for owner in owners:
        found += open_books().list_objects("lv_", owner=owner, limit=LISTED)
    found.sort(key=lambda each: each.created, reverse=True)
    context = {"rows": [_row(each) for each in found[:LISTED]], **nav_context(request, actor)}
    return render(request, "people/transfers.html", context)


def _row(entry: Leaving) -> dict[str, Any]:
    return {
        "time": moment_in(entry.decided, UTC),
        "to": translate.place(entry.destination),
        "node": _name_of(entry.recipient),
        "about": entry.about,
        "fields": ", ".join(words.word(words.FIELDS, each) for each in entry.fields),
        "category": words.word(words.CATEGORIES, entry.category),
        "ground": words.word(words.GROUNDS, entry.ground),
        "state": words.word(words.STATES, entry.status),
        "allowed": entry.allowed,
        "why": words.reason_text(entry.code, entry.values),
        "trust": label(entry.trust),
        "sent": [(each.type, moment_in(each.time, UTC)) for each in entry.sent],
    }


def _name_of(recipient: str) -> str:
    """The name of the node; its id where it is not known."""
    try:
        return str(getattr(open_books().read(recipient), "name", recipient))
    except (NotFound, KeyError, StoreError):
        return recipient
