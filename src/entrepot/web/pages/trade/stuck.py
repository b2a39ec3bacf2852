"""For the operator: everything that is stuck, on one page, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade import paying
from entrepot.trade.customs import CLOSE_REASONS
from entrepot.trade.outbox import DEAD, WAITING
from entrepot.trade.payments.state import Payment
from entrepot.trade.payments.troubles import troubled
from entrepot.web.http.actors import Actor, require_operator
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import message_words, words
from entrepot.web.pages.trade.requests import attempt
from entrepot.web.trade import calls
from entrepot.web.trade.shapes import UnmatchedShown
from entrepot.web.trade.show import show_unmatched

#: Rows of each part.
LISTED = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page."""
    duty = "" if request.method == "POST" else "liaison"
    actor = require_operator(request, "clerk" if request.method == "POST" else "viewer", duty=duty)
    notes: list[Note] = []
    if request.method == "POST" and attempt(notes, _act, request, actor):
        return HttpResponseRedirect(address_of_page("operator/"))
    queue = DatabaseOutbox()
    waiting = [each for each in queue.listed(state=WAITING, limit=LISTED * 4) if each.attempts][:LISTED]
    counts: dict[str, int] = {}
    for (_channel, state), count in queue.counts().items():
        counts[state] = counts.get(state, 0) + count
    answers, more = calls.list_unmatched(after=None, limit=LISTED)
    context = {
        "waiting": [message_words.shown(each) for each in waiting],
        "dead": [message_words.shown(each) for each in queue.listed(state=DEAD, limit=LISTED)],
        "waiting_count": counts.get(WAITING, 0),
        "dead_count": counts.get(DEAD, 0),
        "answers": [_answer(show_unmatched(each)) for each in answers],
        "more_answers": more,
        "payments": [_payment(each.payment) for each in troubled(calls.books())[:LISTED]],
        "payouts": [_payout(each) for each in calls.books().list_objects("po_", status="failed", limit=LISTED)],
        "reasons": [(each, words.reason(each)) for each in CLOSE_REASONS],
        "may_act": "clerk" in actor.roles,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/stuck.html", context, status=422 if notes else 200)


def _act(request: HttpRequest, actor: Actor) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    action, number = text_of(request, "action"), text_of(request, "number", 60)
    if action == "look":
        calls.retry_unmatched(number)
    elif action == "close":
        calls.close_unmatched(actor.organization, number, text_of(request, "reason"))
    elif action == "refund" and number.startswith("py_"):
        calls.books().run(lambda tx: paying.ask_provider_again(tx, number))
    else:
        raise Http404


def _answer(answer: UnmatchedShown) -> Mapping[str, Any]:
    """An answer of customs that names no declaration, with what it answers and its numbers."""
    return {
        "answer": answer,
        "moment": words.moment(answer.created),
        "about": message_words.topic("customs", answer.document or answer.kind),
        "numbers": [(message_words.number(name), value) for name, value in answer.numbers.items() if value],
    }


def _payment(payment: Payment) -> Mapping[str, Any]:
    places = calls.decimals(payment.currency) or 0
    failed = [each for each in payment.refunds.values() if each.status == "failed"]
    return {
        "payment": payment,
        "amount": in_major(sum(each.amount for each in failed) or payment.amount, places),
        "why": next((each.error for each in failed if each.error), payment.error),
        "what": _("Refund") if failed else _("Cancellation") if payment.trouble == "cancel_failed" else _("Capture"),
    }


def _payout(payout: Any) -> Mapping[str, Any]:
    places = calls.decimals(payout.currency) or 0
    return {"payout": payout, "amount": in_major(payout.amount, places), "moment": words.moment(payout.created)}
