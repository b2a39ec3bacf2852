"""The checkout of the basket: for whom, what customs asks of the buyer, the exact price, then the orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.model.money import in_major
from entrepot.trade.checkout import Checkout, QuotedPart, option_of
from entrepot.trade.identity import RULES
from entrepot.trade.limits import legal_day
from entrepot.trade.orders import Amounts, Order
from entrepot.trade.placing import DEFAULT_TERMS
from entrepot.trade.quotes import COLLECTED_WITH_ORDER
from entrepot.trade_app import market as market_app
from entrepot.trade_app.landed_prices import Viewer
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.market import basket_lines
from entrepot.web.pages.market.basket import Line, lines_of, orders_context
from entrepot.web.pages.market.viewer import market_context, viewer_of
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import pay, words
from entrepot.web.pages.trade.place import contact_of, quotes_of, refusal
from entrepot.web.trade import calls
from entrepot.web.trade.show import would_keep


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_out(request: HttpRequest, language: str) -> HttpResponseBase:
    """The form; then the exact price with its quotes; then the orders, at exactly this price."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    viewer, lines = viewer_of(request), lines_of(request)
    if viewer is None or not lines:
        # The form may have been sent twice: the first time it placed the orders and emptied the basket.
        placed = calls.order_of_request(actor.organization, text_of(request, "key"))
        return HttpResponseRedirect(address_of_page(f"orders/{placed}/" if placed else "market/basket/"))
    notes: list[Note] = []
    priced = _priced(None)
    given = _given(request, lines, viewer)
    context = orders_context(lines, viewer)
    if request.method == "POST":
        try:
            if text_of(request, "action") in ("place", pay.PLACE_AND_PAY):
                return _place(request, actor, given)
            checkout = calls.prepare_orders(actor.organization, {**given, "quotes": [], "total": ""})
            if given["contact"].get("identity_number"):  # a price needs none, but a wrong one is said with it
                calls.check_buyer(checkout)
            priced = _priced(checkout)
        except EntrepotError as error:
            notes.append(Note(_sentence(error, lines), "bad"))
    context |= {
        "given": request.POST,
        "checked": given["assertions"],
        "identity": _identity(viewer),
        **priced,
        "pays": len(priced["parts"]) == 1 and bool(pay.provider()),
        "key": text_of(request, "key") or calls.new_key(),
        "notes": notes,
        "buyer_name": nav_context(request, actor)["organization"],
        **market_context(request, viewer),
    }
    return render(request, "market/checkout.html", context, status=422 if notes else 200)


def _given(request: HttpRequest, lines: list[Line], viewer: Viewer) -> dict[str, Any]:
    """The request of a checkout, as the API takes it."""
    return {
        "items": [{"offer": each.shown.offer.id, "quantity": each.pieces} for each in lines],
        "ship_to": {"country": viewer.country},
        "contact": contact_of(request),
        "kind": viewer.kind,
        "year_to_date": text_of(request, "year_to_date", 20),
        "assertions": [each[:60] for each in request.POST.getlist("assertion")[:20]],
        "quotes": quotes_of(request),
        "total": text_of(request, "total", 20),
    }


def _place(request: HttpRequest, actor: Actor, given: Mapping[str, Any]) -> HttpResponseBase:
    """Place the orders, empty the basket, begin to pay if asked, and show the first order. Raises EntrepotError."""
    key = text_of(request, "key") or calls.new_key()
    orders: list[Order] = calls.place_orders(actor.organization, given, key)
    if text_of(request, "action") == pay.PLACE_AND_PAY:
        pay.pay_placed(actor.organization, orders, key)
    basket_lines.empty(request)
    return HttpResponseRedirect(address_of_page(f"orders/{orders[0].id}/"))


def _sentence(error: EntrepotError, lines: list[Line]) -> str:
    """What is wrong, with the title of the offer where the error is about one line of the basket."""
    says, param = refusal(error), error.param if isinstance(error, TradeError) else ""
    for at, each in enumerate(lines):
        if param.startswith(f"items[{at}]"):
            return f"{translate.text_in_language(each.shown.offer.goods.titles).says}: {says}"
    return says


def _priced(checkout: Checkout | None) -> dict[str, Any]:
    """The orders of a checkout with their exact prices. Raises TradeError where one cannot be paid."""
    if checkout is None:
        return {"parts": [], "total": None}
    amounts = [would_keep(each, checkout, calls.decimals).amounts for each in checkout.parts]
    parts = [_part(each, due) for each, due in zip(checkout.parts, amounts, strict=True)]
    return {"parts": parts, "total": _total(amounts)}


def _identity(viewer: Viewer) -> Mapping[str, Any] | None:
    """What customs asks of the buyer where goods are imported at retail, why, and how long it is kept."""
    rule = RULES.get(viewer.country)
    now = dt.datetime.now(dt.UTC)
    limits = calls.QUOTES.law(viewer.country, legal_day(viewer.country, now)).limits
    if rule is None or limits is None or viewer.kind != "consumer":
        return None
    kept = _(
        "They are stored encrypted, apart from the order, and are sent only to customs, the carrier and the payment "
        "provider. They are kept until {day}; after that day they are erased when you ask for it on the page of your "
        "account."
    )
    annual = _("The limit of a person is {amount} a year. Leave it empty if you bought nothing elsewhere.")
    until = (now + DEFAULT_TERMS.retention).date().isoformat()
    return {
        "kept": kept.format(day=translate.day(until)),
        "annual": annual.format(amount=translate.money(in_major(limits.annual, limits.decimals), limits.currency)),
        "currency": limits.currency,
    }


def _part(part: QuotedPart, amounts: Amounts) -> dict[str, Any]:
    """An order that would be placed: its quote, its procedure, and what is paid with it and later."""
    option, currency = option_of(part), part.stored.document.currency
    charges = [each for each in option.charges if each.charged_to == "buyer" and each.amount not in (None, "0")]
    return {
        "id": part.stored.id,
        "hash": part.stored.hash,
        "title": option.title,
        "total": translate.money(option.amount_landed, currency),
        "now": translate.money(in_major(amounts.total, calls.decimals(amounts.currency) or 0), amounts.currency),
        "goods": translate.money(option.amount_subtotals.goods if option.amount_subtotals else None, currency),
        "shipping": translate.money(option.amount_subtotals.shipping if option.amount_subtotals else None, currency),
        "charges": [
            {
                "name": each.name,
                "amount": translate.money(each.amount, currency),
                "later": each.collected_by not in COLLECTED_WITH_ORDER,
            }
            for each in charges
        ],
        "law_date": part.stored.document.law.date,
        "items": [(translate.text_in_language(each.offer.goods.titles), each.quantity) for each in part.part.items],
        "seller": market_app.name_of_seller(part.part.items[0].offer),
        # The other reasons are those of the basket, above. The single limit divides by the exact price.
        "limits": [words.reason_text(each) for each in part.part.reasons if each.code == "split.single_limit"],
    }


def _total(amounts: Sequence[Amounts]) -> dict[str, str] | None:
    """What is paid for all orders together, where they are in one currency."""
    currencies = {each.currency for each in amounts}
    if len(currencies) != 1:
        return None
    (currency,) = currencies
    total = in_major(sum(each.total for each in amounts), calls.decimals(currency) or 0)
    return {"shown": translate.money(total, currency), "total": total}
