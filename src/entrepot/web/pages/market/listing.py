"""The market: its pavilions, and the search in all offers; and the page of a pavilion."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot.language import translate
from entrepot.language.translate import N_, _
from entrepot.store import market_index, pavilions
from entrepot.store.market_index import MAX_QUERY, Wanted
from entrepot.trade_app import market as market_app
from entrepot.web.pages.market import cards
from entrepot.web.pages.market.viewer import market_context, viewer_of

#: Offers of a page.
LISTED = 24


@never_cache
@require_safe
def market(request: HttpRequest, language: str) -> HttpResponseBase:
    """All offers, the newest or the best first."""
    context = _offers(request, "")
    if not context["searched"]:
        counts = market_index.count_by_pavilion()
        context["pavilions"] = [cards.pavilion(each, counts.get(each.slug, 0)) for each in pavilions.list_pavilions()]
    return render(request, "market/list.html", context)


@never_cache
@require_safe
def pavilion(request: HttpRequest, language: str, slug: str) -> HttpResponseBase:
    """The offers of a pavilion."""
    row = pavilions.find_pavilion(slug)
    if row is None or not row.published:
        raise Http404
    context = _offers(request, row.slug)
    return render(request, "market/list.html", {**context, "pavilion": cards.pavilion(row, context["count"])})


def _offers(request: HttpRequest, slug: str) -> dict[str, Any]:
    words = request.GET.get("q", "").replace("\0", " ").strip()[:MAX_QUERY]
    economies = market_index.shown_economies()
    economy = request.GET.get("from", "") if request.GET.get("from") in economies else ""
    kind = request.GET.get("kind", "") if request.GET.get("kind") in ("goods", "service") else ""
    viewer = viewer_of(request)
    wanted = Wanted(words, slug, economy, kind)
    after = request.GET.get("after", "")[:60]
    page = market_app.search(wanted, viewer, dt.datetime.now(dt.UTC), after=after, limit=LISTED)
    query = {name: value for name, value in (("q", words), ("from", economy), ("kind", kind)) if value}
    return {
        "words": words,
        "economy": economy,
        "kind": kind,
        "searched": bool(query) or bool(after),
        "economies": sorted(((each, translate.place(each)) for each in economies), key=lambda each: each[1]),
        "kinds": [("goods", _("Goods")), ("service", _("Services"))],
        "rows": [cards.card(each) for each in page.offers],
        "count": page.total,
        "found": translate.plural(page.total, N_("{n} offer"), N_("{n} offers")),
        "next": urlencode({**query, "after": page.next}) if page.next else "",
        **market_context(request, viewer),
    }
