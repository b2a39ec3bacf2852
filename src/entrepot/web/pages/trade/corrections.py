"""Correct an order before it is declared: its buyer the contact, its seller what customs reads of the goods."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.trade.orders import Order
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt, find
from entrepot.web.trade import calls

#: The fields of a line that the page has; others are corrected over the API.
GOODS = ("hs_code", "title_zh", "specification", "unit", "legal_unit")
#: The fields of the contact. What is left empty stays as it is: the page never shows what is stored.
CONTACT = ("name", "telephone", "address", "identity_number")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The page."""
    actor = require_role(request, "viewer")
    order: Order = find(number, "or_", actor)
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if attempt(notes, _act, request, actor, order):
            return HttpResponseRedirect(address_of_page(f"orders/{number}/"))
    seller = order.seller == actor.organization
    context: dict[str, Any] = {
        "order": order,
        "seller": seller,
        "lines": [_line(request, each) for each in order.lines] if seller else [],
        "given": request.POST,
        "identified": bool(order.buyer.identity),
        "why": _(words.FAULTS[order.why]) if order.why in words.FAULTS else order.why if seller else "",
        "status": words.status(order.status),
        "look": words.look(order.status),
        "notes": notes,
        "may_correct": "clerk" in actor.roles,
        "refused": order.status == "refused",
        **nav_context(request, actor),
    }
    return render(request, "trade/correct.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor, order: Order) -> None:
    """Correct what was changed, or only ask for the declaration. Raises EntrepotError and NotFound."""
    action = text_of(request, "action")
    if action == "declare":
        calls.declare_order(actor.organization, order.id)
    elif action == "contact":
        contact = {name: value for name in CONTACT if (value := text_of(request, name, 250))}
        calls.correct_order(actor.organization, order.id, contact, {})
    elif action == "goods":
        lines = {}
        for each in order.lines:
            now = _values(each)
            typed = {name: text_of(request, f"{name}-{each.number}", 600) for name in GOODS}
            if changed := {name: value for name, value in typed.items() if value != now[name]}:
                lines[each.number] = changed
        calls.correct_order(actor.organization, order.id, {}, lines)
    else:
        raise Http404


def _values(line: Any) -> dict[str, str]:
    goods = line.goods
    found = {name: getattr(goods, name) for name in GOODS if name != "title_zh"}
    return found | {"title_zh": goods.titles.get("zh", "")}


def _line(request: HttpRequest, line: Any) -> dict[str, Any]:
    values = _values(line)
    fields = [{"name": f"{name}-{line.number}", "label": _(words.GOODS[name]), "value": values[name]} for name in GOODS]
    if request.method == "POST":
        fields = [{**each, "value": text_of(request, str(each["name"]), 600)} for each in fields]
    return {"number": line.number, "title": words.title(line.goods.titles), "fields": fields}
