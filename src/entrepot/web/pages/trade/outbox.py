"""The outbox, for the operator of the platform: what waits, what was given up and why, and what can be done."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import error_text
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade.outbox import DEAD, STATES, NotPossible
from entrepot.trade.ports import NotFound
from entrepot.trade_app.outbox import Operator, discard, retry
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import message_words, words

#: Messages of a page.
LISTED = 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_messages(request: HttpRequest, language: str) -> HttpResponseBase:
    """The messages in a state, the newest first. What they say is not shown: it may be personal."""
    actor = require_operator(request, "clerk" if request.method == "POST" else "viewer")
    state = request.GET.get("state", DEAD)
    if state not in STATES:
        raise Http404
    queue, notes = DatabaseOutbox(), list[Note]()
    if request.method == "POST":
        number, now = text_of(request, "message", 12), dt.datetime.now(dt.UTC)
        action = {"retry": retry, "discard": discard}.get(text_of(request, "action"))
        if action is None or not number.isdecimal():
            raise Http404
        try:
            action(int(number), now, Operator(actor.organization, actor.person or ""))
        except NotFound:
            raise Http404 from None
        except NotPossible as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(address_of_page(f"outbox/?state={state}"))
    counts: dict[str, int] = {}
    for (_channel, each), count in queue.counts().items():
        counts[each] = counts.get(each, 0) + count
    context = {
        "states": [(each, words.status(each), counts.get(each, 0)) for each in STATES],
        "state": state,
        "rows": [message_words.shown(each) for each in queue.listed(state=state, limit=LISTED)],
        "may_act": state in ("waiting", DEAD),
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/outbox.html", context, status=422 if notes else 200)
