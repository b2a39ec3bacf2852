"""Place an order: what and for whom, then the price with its quotes, then the order at exactly this price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.model.money import in_major
from entrepot.store.people import organizations
from entrepot.trade.booking.deposits import deposits_of
from entrepot.trade.checkout import Checkout, QuotedPart
from entrepot.trade.limits import legal_day
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import bookings
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages import form_fields
from entrepot.web.pages.condition_texts import texts_there
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import pay, words
from entrepot.web.trade import calls
from entrepot.web.trade.show import would_keep

#: Items of the form. An order of more is placed over the API.
MAX_ITEMS = 10
#: Quotes of a checkout: its orders are more than its items where a limit divides them.
MAX_QUOTES = 100
CONTACT_LABELS = {
    "name": N_("Name"),
    "telephone": N_("Telephone"),
    "address": N_("Address"),
    "identity_number": N_("Number of the resident identity card"),
}
CONTACT = tuple(CONTACT_LABELS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, language: str) -> HttpResponseBase:
    """The form, with the price once it is asked for."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    checkout: Checkout | None = None
    given = _given(request)
    asked: list[str] = []
    if request.method == "POST":
        try:
            if (action := text_of(request, "action")) in ("place", pay.PLACE_AND_PAY):
                key = text_of(request, "key") or calls.new_key()
                orders = calls.place_orders(actor.organization, given, key)
                if action == pay.PLACE_AND_PAY:
                    pay.pay_placed(actor.organization, orders, key)
                return HttpResponseRedirect(
                    address_of_page(f"orders/{orders[0].id}/" if len(orders) == 1 else "orders/")
                )
            checkout = calls.prepare_orders(actor.organization, {**given, "quotes": []})
        except EntrepotError as error:
            notes.append(Note(refusal(error), "bad"))
            if isinstance(error, TradeError) and error.code == "assertions_missing":
                asked = str(error.values.get("ids", "")).split(", ")
    context = {
        "given": request.POST or {"country": _country(actor), **request.GET.dict()},
        "items": _items(request) or _items_of_quote(request) or ([] if _bookings(request) else [("", "1")]),
        "bookings": _bookings(request),
        "booked": [(each, _booking_text(each, actor)) for each in _bookings(request)],
        "assertions": _assertions(given, asked),
        "economies": form_fields.economy_choices(),
        "parts": (parts := _parts(checkout) if checkout else []),
        "pays": len(parts) == 1 and bool(pay.provider()),
        "key": text_of(request, "key") or calls.new_key(),
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "trade/place.html", context, status=422 if notes else 200)


def _assertions(given: Mapping[str, Any], asked: list[str]) -> list[tuple[str, str, bool]]:
    """What the buyer confirms, and what is asked for: the id and the text of each, and whether it was confirmed."""
    confirmed = given["assertions"]
    names = dict.fromkeys((*confirmed, *asked))
    country = given["ship_to"]["country"].upper()
    texts = texts_there(names, country, legal_day(country, dt.datetime.now(dt.UTC)))
    return [(each, says, each in confirmed) for each, says in texts]


def _country(actor: Actor) -> str:
    """Where the organization is, which is where most of its orders go."""
    row = organizations.find_organization(actor.organization)
    return row.country if row is not None else ""


def refusal(error: EntrepotError) -> str:
    """Why an order is refused; of personal data that are missing, the labels of their fields on the page."""
    if not isinstance(error, TradeError) or error.code not in ("identity_missing", "contact_missing"):
        return error_text(error)
    missing = str(error.values["missing"]).replace(" ", "_").split(",_")
    labels = ", ".join(_(CONTACT_LABELS[name]) for name in missing if name in CONTACT_LABELS)
    return _("Fill in: {fields}.").format(fields=labels) if labels else error_text(error)


def contact_of(request: HttpRequest) -> dict[str, str]:
    """The personal data of the form."""
    contact = {name: value for name in CONTACT if (value := text_of(request, name, 250))}
    if contact.get("identity_number"):
        contact["identity_type"] = "1"
    return contact


def quotes_of(request: HttpRequest) -> list[dict[str, str]]:
    """The quotes that the form showed."""
    shown = zip(request.POST.getlist("quote"), request.POST.getlist("hash"), strict=False)
    return [{"id": number[:60], "hash": digest[:100]} for number, digest in shown][:MAX_QUOTES]


def _given(request: HttpRequest) -> dict[str, Any]:
    """The request of the form, as the API takes it."""
    return {
        "items": [
            {"offer": offer, "quantity": int(quantity) if quantity.isdecimal() and len(quantity) < 8 else 0}
            for offer, quantity in _items(request)
        ]
        + [{"booking": each} for each in _bookings(request)],
        "ship_to": {"country": text_of(request, "country", 2)},
        "contact": contact_of(request),
        "kind": "business" if text_of(request, "kind") == "business" else "consumer",
        "year_to_date": text_of(request, "year_to_date", 20),
        "assertions": [each[:60] for each in request.POST.getlist("assertion")[:20]],
        "quotes": quotes_of(request),
    }


def _items(request: HttpRequest) -> list[tuple[str, str]]:
    """The offers and quantities of the form, or of the address."""
    source = request.POST if request.method == "POST" else request.GET
    pairs = zip(source.getlist("offer"), source.getlist("quantity"), strict=False)
    return [(offer.strip()[:60], quantity.strip()[:8]) for offer, quantity in pairs if offer.strip()][:MAX_ITEMS]


def _bookings(request: HttpRequest) -> list[str]:
    """The bookings of the form, or of the address: their times are ordered."""
    source = request.POST if request.method == "POST" else request.GET
    return [each.strip()[:60] for each in source.getlist("booking") if each.strip()][:MAX_ITEMS]


def _booking_text(number: str, actor: Actor) -> str:
    """What a booking is of, and when; its number where the organization has none with it."""
    try:
        booking = calls.find(number, "bk_", actor.organization)
    except NotFound:
        return number
    details = bookings.asset_of(booking).details
    return f"{words.title(details.titles)}, {words.local(booking.since, bookings.zone_of(details.zone))}"


def _items_of_quote(request: HttpRequest) -> list[tuple[str, str]]:
    """The offers of a kept quote: its lines name them as their references."""
    stored = calls.QUOTES.find(request.GET.get("quote", "")[:60])
    if stored is None:
        return []
    lines = [(each.reference or "", format(each.quantity or 1, "f")) for each in stored.sale.lines]
    return [(offer, quantity.partition(".")[0]) for offer, quantity in lines if offer.startswith("of_")][:MAX_ITEMS]


def _paid_now(part: QuotedPart, checkout: Checkout, landed: str | None) -> str:
    """What is paid with an order, where it is not the whole landed cost: taxes may be paid later, by the buyer."""
    try:
        due = would_keep(part, checkout, calls.decimals).amounts
    except TradeError:  # it cannot be paid: the refusal is shown when the order is placed
        return ""
    shown = in_major(due.total, calls.decimals(due.currency) or 0)
    same = due.currency == part.stored.document.currency and landed is not None and Decimal(shown) == Decimal(landed)
    return "" if same else translate.money(shown, due.currency)


def _parts(checkout: Checkout) -> list[Mapping[str, Any]]:
    """Each order that would be placed: its quote, its procedure and what the buyer pays."""
    found: list[Mapping[str, Any]] = []
    for part in checkout.parts:
        places = calls.decimals(part.part.items[0].offer.prices.currency) or 0
        deposit = sum(deposits_of(part.part.items, places).values())
        option = next(each for each in part.stored.document.options if each.id == part.option)
        found.append(
            {
                "id": part.stored.id,
                "hash": part.stored.hash,
                "title": option.title,
                "amount": option.amount_landed,
                "charges": option.amount_charges,
                "now": _paid_now(part, checkout, option.amount_landed),
                "deposit": in_major(deposit, places) if deposit else "",
                "currency": part.stored.document.currency,
                "law_date": part.stored.document.law.date,
                "items": [(words.title(each.offer.goods.titles), each.quantity) for each in part.part.items],
                "reasons": [words.reason_text(each) for each in part.part.reasons],
            }
        )
    return found
