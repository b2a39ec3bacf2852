"""Payments that need the operator of the platform: refunds that the provider refused, and captures."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.paying import ask_provider_again
from entrepot.trade.payments.state import Payment
from entrepot.trade.payments.troubles import troubled
from entrepot.trade.ports import NotFound
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_troubles(request: HttpRequest, language: str) -> HttpResponseBase:
    """The payments, the newest trouble first, each with a button to ask the provider again."""
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        number = text_of(request, "payment", 40)
        if text_of(request, "action") != "retry" or not number.startswith("py_"):
            raise Http404
        try:
            calls.books().run(lambda tx: ask_provider_again(tx, number))
        except NotFound:
            raise Http404 from None
        except TradeError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            return HttpResponseRedirect(address_of_page("payments/"))
    rows = [
        {"payment": each.payment, "moment": words.moment(each.since), "says": list(says_of(each.payment))}
        for each in troubled(calls.books())
    ]
    context = {"rows": rows, "notes": notes, "may_act": "manager" in actor.roles, **nav_context(request, actor)}
    return render(request, "trade/payments.html", context, status=422 if notes else 200)


def says_of(payment: Payment) -> Iterator[str]:
    """What the provider has refused of a payment, in the reader's language."""
    places = calls.decimals(payment.currency) or 0
    for refund in payment.refunds.values():
        if refund.status == "failed":
            says = _(
                "The payment provider refused the refund of {amount} {currency} ({error}). It is owed to the buyer."
            )
            amount = in_major(refund.amount, places)
            yield says.format(amount=amount, currency=payment.currency, error=refund.error or "—")
    if payment.trouble == "capture_failed":
        says = _("The payment provider did not take the authorized {amount} {currency} ({error}).")
        amount = in_major(payment.authorized, places)
        yield says.format(amount=amount, currency=payment.currency, error=payment.error or "—")
