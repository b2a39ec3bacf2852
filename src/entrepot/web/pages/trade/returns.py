"""The returns of an organization: what its seller has to decide, and what its buyer can withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.returns import MOVES, REFUSAL_REASONS, Return
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt
from entrepot.web.trade import calls
from entrepot.web.trade.show import show_return

LISTED = 50
#: The states in which somebody has to do something.
OPEN = ("asked", "received", "approved")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_returns(request: HttpRequest, language: str) -> HttpResponseBase:
    """The open returns, or all of them, the newest first."""
    actor = require_role(request, "viewer")
    everything = request.GET.get("all") == "1"
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if attempt(notes, _act, request, actor):
            return HttpResponseRedirect(address_of_page("returns/" + ("?all=1" if everything else "")))
    try:
        found, more = _found(request, actor, everything)
    except NotFound:
        raise Http404 from None
    context = {
        "rows": [_row(each, actor) for each in found],
        "more": found[-1].id if more else "",
        "everything": everything,
        "reasons": [(each, words.reason(each)) for each in REFUSAL_REASONS],
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/returns.html", context, status=422 if notes else 200)


def _found(request: HttpRequest, actor: Actor, everything: bool) -> tuple[list[Return], bool]:
    after = request.GET.get("after") or None
    if everything:
        return calls.list_of("re_", actor.organization, after=after, limit=LISTED)
    pages = [calls.list_of("re_", actor.organization, after=after, limit=LISTED, status=each) for each in OPEN]
    found = sorted((each for page, _more in pages for each in page), key=lambda each: each.id, reverse=True)
    return found[:LISTED], len(found) > LISTED or any(more for _page, more in pages)


def _act(request: HttpRequest, actor: Actor) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    action, number = text_of(request, "action"), text_of(request, "return", 60)
    if action == "receive":
        calls.receive_return(actor.organization, number, restocked=text_of(request, "restocked") == "yes")
    elif action == "refuse":
        calls.refuse_return(actor.organization, number, text_of(request, "reason"))
    elif action == "withdraw":
        calls.withdraw_return(actor.organization, number)
    else:
        raise Http404


def _row(found: Return, actor: Actor) -> Mapping[str, Any]:
    order: Order = calls.books().read(found.order)
    titles = {each.number: words.title(each.goods.titles) for each in order.lines}
    seller, clerk = order.seller == actor.organization, "clerk" in actor.roles
    return {
        "return": show_return(found, calls.decimals),
        "pieces": [(titles.get(each.line, ""), each.quantity) for each in found.lines],
        "status": words.status(found.status),
        "look": words.look(found.status),
        "reason": words.reason(found.reason),
        "why": words.reason(found.why),
        "may_receive": seller and clerk and (found.status, "return.received") in MOVES and not found.received,
        "may_refuse": seller
        and clerk
        and (found.status, "return.refused") in MOVES
        and not (found.declaration and found.status == "asked"),
        "may_withdraw": not seller and clerk and found.status == "asked" and not found.declaration,
    }
