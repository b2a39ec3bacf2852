"""The monthly statements of a seller: what was sold, what it cost, and what is owed, in each currency."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.store.people import organizations
from entrepot.trade import accounts
from entrepot.trade.payments.statements import Statement, unsettled_names
from entrepot.trade_app.services import platform_charges
from entrepot.trade_app.statement_jobs import month_before, statements_of
from entrepot.web.http.actors import Actor, require_operator, require_role
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
#: Lines of a statement that the page shows, all of them are in its file; and sellers of a page.
SHOWN, LISTED = 500, 100


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The statements of a month; without one, of the month before. The operator names a `seller`."""
    actor, seller = _whose(request)
    month = _month(request)
    found = [_shown(each) for each in statements_of(calls.books(), seller, month)]
    row = organizations.find_organization(seller)
    context = {"month": month, "statements": found, **nav_context(request, actor)}
    if seller != actor.organization:
        context |= {"seller": seller, "seller_name": row.name if row else seller}
    return render(request, "trade/statements.html", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, language: str) -> HttpResponseBase:
    """All lines of the statements of a month as CSV, from what was owed before to what is owed now."""
    _actor, seller = _whose(request)
    month = _month(request)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(("time", "kind", "object", "event", "amount", "currency"))
    for made in statements_of(calls.books(), seller, month):
        places = calls.decimals(made.currency) or 0
        rows.writerow((f"{month}-01", "opening", "", "", in_major(made.opening, places), made.currency))
        for line in made.lines:
            rows.writerow((line.time, line.kind, line.about, line.event, in_major(line.amount, places), made.currency))
        rows.writerow(("", "closing", "", "", in_major(made.closing, places), made.currency))
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{month}-{seller}.csv"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_sellers(request: HttpRequest, language: str) -> HttpResponseBase:
    """For the operator: the sellers with what each is owed, and the way to their statements."""
    actor = require_operator(request, "manager")
    sellers = organizations.list_sellers(after=request.GET.get("after", "")[:60], limit=LISTED + 1)
    books, numbers = calls.books(), [each.id for each in sellers]
    owed = books.balances_in([*map(accounts.seller, numbers), *unsettled_names(books, numbers)])
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "owed": _of(owed, accounts.seller(each.id)),
            "unsettled": _of(owed, accounts.unsettled(each.id), nodes=True),
        }
        for each in sellers[:LISTED]
    ]
    more = sellers[LISTED - 1].id if len(sellers) > LISTED else ""
    return render(request, "trade/sellers.html", {"rows": rows, "more": more, **nav_context(request, actor)})


def _of(found: Mapping[tuple[str, str], int], name: str, *, nodes: bool = False) -> list[tuple[str, str]]:
    """The balances of an account in major units, by currency. `nodes`: together with those for each other node."""
    totals: dict[str, int] = {}
    for (account, unit), amount in found.items():
        if account == name or (nodes and account.startswith(f"{name}/")):
            totals[unit] = totals.get(unit, 0) + amount
    return [(unit, in_major(amount, calls.decimals(unit) or 0)) for unit, amount in totals.items() if amount]


def _whose(request: HttpRequest) -> tuple[Actor, str]:
    """Who asks, and for the statements of which seller. Another seller's are the operator's only."""
    number = request.GET.get("seller", "")
    if not number:
        actor = require_role(request, "manager")
        return actor, actor.organization
    actor = require_operator(request, "manager")
    row = organizations.find_organization(number)
    if row is None or row.kind != "seller":
        raise Http404
    return actor, row.id


def _month(request: HttpRequest) -> str:
    month = request.GET.get("month") or month_before(timezone.now())
    if not _MONTH.fullmatch(month):
        raise Http404
    return month


def _platform(made: Statement) -> Mapping[str, Any] | None:
    """What the platform charged in the month, as a service of its own, with its own residence and taxes."""
    row = organizations.find_organization(made.seller)
    found = platform_charges.charge_of(made, row.country if row else "", calls.decimals(made.currency) or 0)
    if found is None:
        return None
    return {
        "net": found.net,
        "from": translate.place(found.platform),
        "to": translate.place(found.seller),
        "law_date": found.law_date,
        "taxes": [(each.name, each.amount, each.currency, each.collected_by) for each in found.taxes],
        "why": found.why,
    }


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
        "platform": _platform(made),
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
