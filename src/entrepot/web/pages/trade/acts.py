"""What administrators did, for auditors and managers of the operator: from the ledger, whose checkpoints sign it."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot.store.people import persons
from entrepot.trade.acts import Act
from entrepot.trade_app.books import open_books
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.words import moment

LISTED = 200


@never_cache
@require_safe
def list_acts(request: HttpRequest, language: str) -> HttpResponseBase:
    """The acts, the newest first; `before`: the list goes on after that one."""
    actor = require_operator(request, "manager", duty="auditor")
    before = request.GET.get("before", "")[:60]
    found: list[Act] = list(open_books().list_objects("ac_", before=before, limit=LISTED))
    rows = [{"act": each, "time": moment(each.created), "who": _name_of(each.by)} for each in found]
    more = found[-1].id if len(found) == LISTED else ""
    return render(request, "trade/acts.html", {"rows": rows, "more": more, **nav_context(request, actor)})


def _name_of(number: str) -> str:
    """The name of a person; its id where it was erased or acted on the machine."""
    row = persons.find_person(number) if number.startswith("us_") else None
    return persons.name_of(row) if row is not None else number
