"""The page of a video visit, and the address at which its script gets a token for the socket."""

from __future__ import annotations

import os

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ports import NotFound
from entrepot.trade.service_terms import HEALTH
from entrepot.trade_app.services import visits
from entrepot.turn_settings import read_turn
from entrepot.web.http.actors import require_role
from entrepot.web.live.addresses import allow_sockets, socket_address
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services.visit_words import says
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

#: Camera and microphone on this page only; every other page refuses them.
PERMISSIONS = "camera=(self), microphone=(self), geolocation=(), payment=()"


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The page, for a member of the buyer or the provider who may act for the organization."""
    actor = require_role(request, "clerk")
    delivery = _visit(number, actor.organization)
    offer = calls.books().read(delivery.order)
    line = next(each for each in offer.lines if each.number == delivery.line)
    context = {
        "delivery": delivery,
        "title": words.title(line.goods.titles),
        "enter_at": f"/{language}/services/{number}/visit/call/enter/",
        "role": "provider" if actor.organization == delivery.seller else "buyer",
        "health": delivery.service in HEALTH,
        "has_relay": read_turn(os.environ) is not None,
        "says": says(),
        **nav_context(request, actor),
    }
    response = render(request, "services/visit_call.html", context)
    response["Permissions-Policy"] = PERMISSIONS
    allow_sockets(request, response)
    return response


@never_cache
@require_POST
def enter(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """A token for one connection with the socket, and its address; 409 with the reason where the visit is not open."""
    actor = require_role(request, "clerk")
    _visit(number, actor.organization)
    address = socket_address(request, visits.KIND)
    if not address:
        return JsonResponse({"says": _("This server has no video visits: its socket process is off.")}, status=409)
    try:
        token = visits.enter(calls.books(), actor.organization, number)
    except TradeError as error:
        return JsonResponse({"says": error_text(error)}, status=409)
    return JsonResponse({"token": token, "socket": address})


def _visit(number: str, organization: str) -> Delivery:
    """A visit of an organization; a 404 for any other."""
    try:
        found: Delivery = calls.find(number, "dl_", organization)
    except NotFound:
        raise Http404 from None
    if found.kind != visits.KIND:
        raise Http404
    return found
