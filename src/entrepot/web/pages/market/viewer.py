"""For whom offers are priced: chosen once and kept in a cookie; else the country of the signed-in organization."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_POST

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.store.people import organizations
from entrepot.trade_app.landed_prices import Viewer
from entrepot.web.http.actors import current_organization
from entrepot.web.pages import form_fields
from entrepot.web.pages.market import basket_lines
from entrepot.web.pages.people.form_page import next_page, text_of
from entrepot.web.pages.sale_form import destinations

#: The cookie: the economy and the kind of the buyer, such as `CN.consumer`. It identifies nobody.
COOKIE, SECONDS = "market", 365 * 24 * 3600
KINDS = ("consumer", "business")


def viewer_of(request: HttpRequest) -> Viewer | None:
    """For whom offers are priced; None if that is not known."""
    country, _point, kind = request.COOKIES.get(COOKIE, "").partition(".")
    if country in destinations() and kind in KINDS:
        return Viewer(country, kind)
    actor = current_organization(request)
    row = organizations.find_organization(actor.organization) if actor else None
    if row is not None and row.kind == "buyer" and row.country in destinations():
        return Viewer(row.country)
    return None


@require_POST
def deliver(request: HttpRequest, language: str) -> HttpResponseBase:
    """Choose for whom offers are priced, and go back."""
    country, kind = text_of(request, "country", 2).upper(), text_of(request, "kind", 10)
    response = HttpResponseRedirect(next_page(request, "market/"))
    if country in destinations() and kind in KINDS:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie(COOKIE, f"{country}.{kind}", SECONDS, httponly=True, samesite="Lax", secure=secure)
    return response


def market_context(request: HttpRequest, viewer: Viewer | None) -> dict[str, Any]:
    """The variables of `market/top.html`: for whom offers are priced, and what is in the basket."""
    return {
        "viewer": viewer,
        "to": translate.place(viewer.country) if viewer else "",
        "buyer": dict(_buyers())[viewer.kind] if viewer else "",
        "destinations": form_fields.economy_choices(destinations()),
        "buyers": _buyers(),
        "back": request.get_full_path() if request.method == "GET" else request.path,
        "in_basket": len(basket_lines.read(request)),
    }


def _buyers() -> list[tuple[str, str]]:
    return [("consumer", _("A consumer")), ("business", _("A business"))]
