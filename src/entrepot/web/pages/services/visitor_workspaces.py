"""The way into a workspace for the buyer of another node, who came by a link: what is to be met first."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import visitors
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import workspaces
from entrepot.web.http import visiting
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.services.visitors import came_to, conditions_of
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The conditions of a workspace; one that is open, or was, is shown itself."""
    notes: list[Note] = []
    found = came_to(request, number, "workspace")
    if request.method == "POST" and text_of(request, "agreed") == "yes":
        command = partial(visitors.consent_with, number=number, key=visiting.key_of(request, number))
        try:
            found = calls.books().run(command)
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    if found.is_open or _was_opened(found):
        return HttpResponseRedirect(address_of_page(f"services/{number}/workspace/"))
    context: dict[str, Any] = {
        "title": _title(found),
        "status": words.delivery_status(found.status),
        "look": words.look(found.status),
        "conditions": conditions_of(found),
        "notes": notes,
    }
    response = render(request, "services/visitor_workspace.html", context, status=422 if notes else 200)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _was_opened(found: Delivery) -> bool:
    """Whether somebody worked there: when the delivery is over, documents can still be read and taken along."""
    try:
        return bool(workspaces.workspace_of(found.id))
    except NotFound:
        return False


def _title(found: Delivery) -> str:
    order = calls.books().read(found.order)
    line = next(each for each in order.lines if each.number == found.line)
    return words.title(line.goods.titles)
