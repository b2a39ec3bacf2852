"""What a seller is owed now, and its payouts."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.model.money import in_major
from entrepot.trade.payments.statements import balances_of, unsettled_of
from entrepot.trade.ports import NotFound
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

LISTED = 50


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_payouts(request: HttpRequest, language: str) -> HttpResponseBase:
    """The payouts, the newest first."""
    actor = require_role(request, "manager")
    if actor.kind != "seller":
        raise Http404
    try:
        after = request.GET.get("after") or None
        found, more = calls.list_of("po_", actor.organization, after=after, limit=LISTED)
    except NotFound:
        raise Http404 from None
    context = {
        "owed": _amounts(balances_of(calls.books(), actor.organization)),
        "unsettled": _amounts(unsettled_of(calls.books(), actor.organization)),
        "rows": [
            {
                "payout": each,
                "amount": in_major(each.amount, calls.decimals(each.currency) or 0),
                "moment": words.moment(each.created),
                "status": words.status(each.status),
                "look": words.look(each.status),
            }
            for each in found
        ],
        "more": found[-1].id if more else "",
        **nav_context(request, actor),
    }
    return render(request, "trade/payouts.html", context)


def _amounts(found: Mapping[str, int]) -> list[tuple[str, str]]:
    """Amounts in major units, by currency."""
    return [(currency, in_major(amount, calls.decimals(currency) or 0)) for currency, amount in sorted(found.items())]
