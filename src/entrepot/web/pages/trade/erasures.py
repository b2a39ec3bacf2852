"""For the operator: whose personal data waits for its erasure, and until when the law has it kept."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.store.trade.pending import pending_erasures
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.nav import nav_context

LISTED = 200


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_erasures(request: HttpRequest, language: str) -> HttpResponseBase:
    """The requests that wait, the next ones first. What the data says is not shown."""
    actor = require_operator(request)
    found, count = pending_erasures(LISTED)
    context = {"rows": found, "count": count, "more": max(count - len(found), 0), **nav_context(request, actor)}
    return render(request, "trade/erasures.html", context)
