"""The deliveries of services of an organization: what comes next, and all of them."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade_app.services import deliveries as calls
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services.times import time_of
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import list_page

LISTED = 50


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_deliveries(request: HttpRequest, language: str) -> HttpResponseBase:
    """The deliveries, the newest first."""
    actor = require_role(request, "viewer")
    found, more = list_page(request, "dl_", actor, LISTED)
    context = {
        "rows": [_row(each, actor.organization) for each in found],
        "more": found[-1].id if more else "",
        **nav_context(request, actor),
    }
    return render(request, "services/deliveries.html", context)


def _room(found: Delivery, organization: str) -> tuple[str, str] | None:
    """Where its buyer uses a delivery, and how that is called; None where that is not open."""
    if not found.is_open or found.buyer != organization:
        return None
    names = {"course": ("course/open/", _("Open the course")), "workspace": ("workspace/", _("Open the workspace"))}
    return names.get(found.kind)


def _row(found: Delivery, organization: str) -> dict[str, object]:
    return {
        "delivery": found,
        "title": words.title(calls.titles_of(found)),
        "kind": words.delivery_kind(found.kind),
        "status": words.delivery_status(found.status),
        "look": words.look(found.status),
        "provides": found.seller == organization,
        "room": _room(found, organization),
        "starts": time_of(found.starts) if found.starts else None,
    }
