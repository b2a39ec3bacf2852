"""The webhook endpoints of an organization: the list, and an endpoint with its log."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.store import webhooks as rows
from entrepot.trade_app import webhooks
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words

#: Attempts that the page of an endpoint shows.
LOGGED = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_endpoints(request: HttpRequest, language: str) -> HttpResponseBase:
    """The endpoints, with a form to create one. A new secret is shown in the response to its creation only."""
    actor = require_role(request, "manager")
    notes: list[Note] = []
    secret = ""
    if request.method == "POST":
        kinds = text_of(request, "kinds", 500).replace(",", " ").split() or ["*"]
        try:
            _endpoint, secret = webhooks.create(
                actor.organization, text_of(request, "url", 600), kinds, "", dt.datetime.now(dt.UTC)
            )
        except rows.TooMany:
            says = _("An organization has at most {most} endpoints. Delete one.").format(most=rows.MAX_ENDPOINTS)
            notes.append(Note(says, "bad"))
        except ValueError as error:
            notes.append(Note(str(error), "bad"))
    found = [
        {
            "endpoint": each,
            "kinds": " ".join(each.kinds),
            "status": words.status(each.status),
            "look": words.look(each.status),
        }
        for each in rows.list_endpoints(actor.organization)
    ]
    context = {"rows": found, "secret": secret, "notes": notes, "given": request.POST, **nav_context(request, actor)}
    return render(request, "trade/webhooks.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """An endpoint: its state, its log, and what can be done with it."""
    actor = require_role(request, "manager")
    endpoint = rows.find_endpoint(number, actor.organization)
    if endpoint is None:
        raise Http404
    secret = ""
    if request.method == "POST":
        action, now = text_of(request, "action"), dt.datetime.now(dt.UTC)
        if action == "delete":
            rows.delete_endpoint(number, actor.organization)
            return HttpResponseRedirect(address_of_page("organization/webhooks/"))
        if action == "secret":
            secret = webhooks.replace_secret(number, actor.organization, now) or ""
        elif action in ("enabled", "disabled"):
            webhooks.change(number, actor.organization, status=action)
        elif action != "resend" or not rows.resend(number, text_of(request, "event", 40), now):
            raise Http404
        if not secret:
            return HttpResponseRedirect(address_of_page(f"organization/webhooks/{number}/"))
    context = {
        "endpoint": endpoint,
        "kinds": " ".join(endpoint.kinds),
        "status": words.status(endpoint.status),
        "look": words.look(endpoint.status),
        "secret": secret,
        "log": [
            {"row": each, "moment": words.moment(each.time.isoformat())}
            for each in rows.deliveries(number, limit=LOGGED)
        ],
        **nav_context(request, actor),
    }
    return render(request, "trade/webhook.html", context)
