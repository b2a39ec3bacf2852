"""What a seller has to do: its orders by the next step, each with the way to the page that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.todo import TASKS, seller_task
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls
from entrepot.web.trade.show import show_order

#: Orders of a page, and orders of a status that are looked through for them.
LISTED, SCANNED = 50, 300


@never_cache
@require_http_methods(["GET", "HEAD"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The orders with something to do, the newest first; `next` names one step."""
    actor = require_role(request, "viewer")
    if actor.kind != "seller":
        raise Http404
    task = request.GET.get("next", "")
    if task and task not in TASKS:
        raise Http404
    try:
        found = _found(actor.organization, request.GET.get("after") or "")
    except NotFound:
        raise Http404 from None
    counts = dict.fromkeys(TASKS, 0)
    for each in found:
        counts[seller_task(each)] += 1
    rows = [each for each in found if not task or seller_task(each) == task]
    context = {
        "rows": [_row(each) for each in rows[:LISTED]],
        "more": rows[LISTED - 1].id if len(rows) > LISTED else "",
        "tasks": [(name, _(words.TASKS[name]), counts[name]) for name in TASKS],
        "task": task,
        "total": len(found),
        **nav_context(request, actor),
    }
    return render(request, "trade/todo.html", context)


def _found(organization: str, after: str) -> list[Order]:
    """The orders of a seller with something to do, the newest first. Raises NotFound for another's `after`."""
    if after:
        calls.find(after, "or_", organization)
    found: dict[str, Order] = {}
    for status in dict.fromkeys(status for each in TASKS.values() for status in each):
        for order in calls.books().list_objects("or_", owner=organization, status=status, before=after, limit=SCANNED):
            if order.seller == organization and seller_task(order):
                found[order.id] = order
    return sorted(found.values(), key=lambda each: each.id, reverse=True)


def _row(order: Order) -> Mapping[str, Any]:
    task = seller_task(order)
    parcels = [number for number, status in sorted(order.shipments.items()) if status != "cancelled"]
    return {
        "order": show_order(order, calls.decimals),
        "titles": [(words.title(each.goods.titles), each.quantity) for each in order.lines],
        "status": words.status(order.status),
        "look": words.look(order.status),
        "task": _(words.TASKS[task]),
        "path": _path(order, task, parcels),
    }


def _path(order: Order, task: str, parcels: list[str]) -> str:
    """The page on which the next step is taken."""
    if task in ("hand_over", "follow") and parcels:
        return f"shipments/{parcels[-1]}/"
    return {
        "pack": f"orders/{order.id}/pack/",
        "correct": f"orders/{order.id}/correct/",
        "declare": f"orders/{order.id}/correct/",
        "decide_return": "returns/",
    }.get(task, f"orders/{order.id}/")
