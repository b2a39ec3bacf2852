"""The monthly statements of a seller: what was sold, what it cost, and what is owed, in each currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.trade.payments.statements import Statement
from entrepot.trade_app.statement_jobs import month_before, statements_of
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
#: Lines of a statement that the page shows; all of them are in the file of `entrepot payments statement`.
SHOWN = 500


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The statements of a month; without one, of the month before."""
    actor = require_role(request, "manager")
    month = request.GET.get("month") or month_before(timezone.now())
    if not _MONTH.fullmatch(month):
        raise Http404
    found = [_shown(each) for each in statements_of(calls.books(), actor.organization, month)]
    context = {"month": month, "statements": found, **nav_context(request, actor)}
    return render(request, "trade/statements.html", context)


def _shown(made: Statement) -> Mapping[str, Any]:
    places = calls.decimals(made.currency) or 0

    def amount(minor: int) -> str:
        return in_major(minor, places)

    return {
        "currency": made.currency,
        "opening": amount(made.opening),
        "closing": amount(made.closing),
        "totals": [(_(words.STATEMENT_LINES.get(kind, kind)), amount(total)) for kind, total in made.totals.items()],
        "taxes": [(each.account, amount(each.owed)) for each in made.taxes],
        "lines": [
            {
                "moment": words.moment(each.time),
                "kind": _(words.STATEMENT_LINES.get(each.kind, each.kind)),
                "about": each.about,
                "amount": amount(each.amount),
            }
            for each in made.lines[:SHOWN]
        ],
        "more": max(len(made.lines) - SHOWN, 0),
    }
