"""The nodes that this one has met, and the form to meet another one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.nodes import thumbprints
from entrepot.trade.nodes.peers import Peer
from entrepot.trade_app.nodes import officers, operating
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.nodes import words
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words as trade_words

#: Nodes of the page.
LISTED = 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_nodes(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page."""
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        basis = text_of(request, "basis").splitlines()
        try:
            met = officers.meet(text_of(request, "address"), basis, by=actor.person or "")
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(address_of_page(f"operator/nodes/{met.id}/"))
    own = operating.own_node()
    context = {
        "rows": [_row(each) for each in officers.list_peers(LISTED)],
        "own": own,
        "own_keys": [thumbprints.lines(each) for each in operating.own_thumbprints()] if own else [],
        "given": request.POST,
        "may_act": "manager" in actor.roles,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "nodes/list.html", context, status=422 if notes else 200)


def _row(peer: Peer) -> dict[str, Any]:
    says, look = words.state(peer)
    return {
        "peer": peer,
        "place": translate.place(peer.economy),
        "state": says,
        "look": look,
        "waits": len(peer.proposals),
        "moment": trade_words.moment(peer.changed or peer.created),
    }
