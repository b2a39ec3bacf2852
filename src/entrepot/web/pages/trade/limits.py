"""For the operator: what is taken of annual limits in total, and of that of one person, by the identity number."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.store.trade.pending import limit_totals
from entrepot.trade.identity import is_resident_number, resident_number
from entrepot.trade.limits import LimitAccount, legal_day
from entrepot.trade.placing import identity_hash
from entrepot.web.http.actors import Actor, require_operator
from entrepot.web.pages.people.form_page import Note, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.trade import calls

LOG = logging.getLogger("entrepot.web")
ECONOMY = "CN"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The totals; and the limit of the person whose number was entered, which is kept nowhere."""
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    person: Mapping[str, Any] | None = None
    if request.method == "POST":
        number = resident_number(text_of(request, "identity_number", 40))
        if is_resident_number(number):
            person = _person(number, actor)
        else:
            says = _(
                "The identity number is not that of a resident identity card: 17 digits and a check character, such as "
                "11010519491231002X."
            )
            notes.append(Note(says, "bad"))
    rows = [
        {**each._asdict(), "used": _amount(each.used, each.currency), "reserved": _amount(each.reserved, each.currency)}
        for each in limit_totals()
    ]
    may_look = "manager" in actor.roles
    context = {"rows": rows, "person": person, "may_look": may_look, "notes": notes, **nav_context(request, actor)}
    return render(request, "trade/limits.html", context, status=422 if notes else 200)


def _person(number: str, actor: Actor) -> Mapping[str, Any] | None:
    """What one person has taken this year. That an operator looked is logged, without the number."""
    day = legal_day(ECONOMY, dt.datetime.now(dt.UTC))
    limits = calls.QUOTES.law(ECONOMY, day).limits
    if limits is None:
        return None
    digest = calls.books().run(lambda tx: identity_hash(tx, ECONOMY, number))
    account = LimitAccount(ECONOMY, day.year, digest, limits.currency)
    usage = account.usage(calls.books().balance)
    LOG.info("an operator looked up an annual limit", extra={"fields": {"person": actor.person}})
    left = max(limits.annual - usage.used - usage.reserved, 0)
    named = {"annual": limits.annual, "used": usage.used, "reserved": usage.reserved, "left": left}
    return {
        "year": day.year,
        "currency": limits.currency,
        **{name: in_major(amount, limits.decimals) for name, amount in named.items()},
    }


def _amount(minor: int, currency: str) -> str:
    return in_major(minor, calls.decimals(currency) or 0)
