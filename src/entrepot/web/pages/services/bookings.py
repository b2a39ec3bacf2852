"""Search a free time, hold it, order it with the checkout, and what buyer and seller do with a booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _, error_text
from entrepot.language.zones import UTC, period_in
from entrepot.model.errors import EntrepotError
from entrepot.model.money import in_major
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.free import FreeTime
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.using import REASONS
from entrepot.trade.nodes import giving_back
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import bookings
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services import booking_words
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt, find, list_page
from entrepot.web.trade import calls

LISTED, SHOWN = 50, 60
DAY = dt.timedelta(days=1)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The free times of an asset on a day; one of them is held."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    try:
        asset = bookings.shown_asset(number)
    except NotFound:
        raise Http404 from None
    notes: list[Note] = []
    minutes = _minutes(request.POST.get("minutes") or request.GET.get("minutes", ""), asset)
    if request.method == "POST":
        held: list[Booking] = []
        if attempt(notes, _hold, request, actor.organization, asset, minutes, held):
            ordered = text_of(request, "then", 10) == "order"
            return HttpResponseRedirect(
                address_of_page(f"orders/new/?booking={held[0].id}" if ordered else f"bookings/{held[0].id}/")
            )
    zone = bookings.zone_of(asset.details.zone)
    start = booking_words.day_of(request.GET.get("on", ""), zone)
    found = _free(notes, asset, start, minutes)
    context = {
        "asset": asset,
        "title": words.title(asset.details.titles),
        "kind": booking_words.asset_kind(asset.details.kind),
        "on": start.astimezone(zone).date().isoformat(),
        "before": (start - DAY / 2).astimezone(zone).date().isoformat(),
        "after": (start + DAY * 1.5).astimezone(zone).date().isoformat(),
        "minutes": minutes,
        "lengths": _lengths(asset, minutes),
        "times": [_time(each, zone) for each in found],
        "weekly": [booking_words.window(each) for each in asset.details.opening.weekly],
        "deposit": deposit_of(each.offer for each in asset.details.bands),
        "key": calls.new_key(),
        "notes": notes,
        **nav_context(request, actor),
        "may_book": "clerk" in actor.roles,
    }
    return render(request, "services/book.html", context, status=422 if notes else 200)


def _hold(request: HttpRequest, organization: str, asset: Asset, minutes: int, held: list[Booking]) -> None:
    since, key = text_of(request, "since", 40), text_of(request, "key", 60) or calls.new_key()
    held.append(bookings.hold(organization, asset.id, since, "", minutes, key))


def _free(notes: list[Note], asset: Asset, start: dt.datetime, minutes: int) -> list[FreeTime]:
    """The free times that begin on a day, also those that end on the next one."""
    until = start + DAY + dt.timedelta(minutes=minutes)
    try:
        _asset, found = bookings.search(asset.id, start.isoformat(), until.isoformat(), minutes, SHOWN)
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
        return []
    return [each for each in found if each.since < start + DAY]


def _minutes(text: str, asset: Asset) -> int:
    given = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return given or asset.details.limits.shortest


def _lengths(asset: Asset, minutes: int) -> list[int]:
    """Lengths to choose from: some from the shortest on, and the one that is chosen."""
    limits = asset.details.limits
    most = min(limits.longest, limits.shortest + 23 * limits.step)
    return sorted({*range(limits.shortest, most + 1, limits.step), limits.longest, minutes})


def _time(time: FreeTime, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "value": time.since.isoformat(),
        "since": words.local(time.since, zone),
        "clock": booking_words.clocks(time.since, time.until, zone),
        "units": time.units,
        "prices": prices_of(time.lines),
    }


def prices_of(lines: tuple[Priced, ...]) -> list[tuple[str, str]]:
    """What a time costs before taxes: an amount for each currency, which is one."""
    totals: dict[str, int] = {}
    for each in lines:
        prices = calls.books().read(each.offer).prices
        totals[prices.currency] = totals.get(prices.currency, 0) + prices.price * each.quantity
    return [(in_major(amount, calls.decimals(currency) or 0), currency) for currency, amount in totals.items()]


def deposit_of(offers: Iterable[str]) -> dict[str, str] | None:
    """The deposit of the offers of a time, the highest one, with its terms; None where they ask for none."""
    found = [calls.books().read(each) for each in dict.fromkeys(offers)]
    asked = [each for each in found if each.goods.delivery is not None and each.goods.delivery.deposit]
    if not asked:
        return None
    offer = max(asked, key=lambda each: Decimal(each.goods.delivery.deposit))
    terms = offer.goods.delivery
    says = booking_words.deposit_terms(terms.deposit_days, terms.deposit_reasons)
    return {"amount": terms.deposit, "currency": offer.prices.currency, "says": says}


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_bookings(request: HttpRequest, language: str) -> HttpResponseBase:
    """The bookings of the organization, as buyer and as seller."""
    actor = require_role(request, "viewer")
    found, more = list_page(request, "bk_", actor, LISTED)
    assets = {each.asset: bookings.asset_of(each) for each in found}
    rows = [
        booking_words.row(each, bookings.zone_of(assets[each.asset].details.zone), actor.organization)
        | {"title": words.title(assets[each.asset].details.titles)}
        for each in found
    ]
    context = {"rows": rows, "more": found[-1].id if more else "", **nav_context(request, actor)}
    return render(request, "services/bookings.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """One booking: when, what to do next, and what its buyer and its seller can do."""
    actor = require_role(request, "viewer")
    booking: Booking = find(number, "bk_", actor)
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if attempt(notes, _act, request, actor.organization, number):
            return HttpResponseRedirect(address_of_page(f"bookings/{number}/"))
        booking = find(number, "bk_", actor)
    asset = bookings.asset_of(booking)
    context = {**_context(booking, asset, actor.organization), "notes": notes, **nav_context(request, actor)}
    context["clerk"] = "clerk" in actor.roles
    context["may_settle"] = context["may_settle"] and "manager" in actor.roles
    context["may_cancel"] = context["may_cancel"] and (booking.status == "held" or "manager" in actor.roles)
    return render(request, "services/booking.html", context, status=422 if notes else 200)


def _context(booking: Booking, asset: Asset, organization: str) -> dict[str, Any]:
    zone = bookings.zone_of(asset.details.zone)
    now = dt.datetime.now(dt.UTC).isoformat()
    unpaid = booking.status == "finished" and bool(booking.used) and not booking.usage_order
    return {
        **booking_words.row(booking, zone, organization),
        **_seller_elsewhere(booking),
        "asset": asset,
        "title": words.title(asset.details.titles),
        "period": period_in(booking.since, booking.until, asset.details.zone),
        "period_utc": period_in(booking.since, booking.until, UTC),
        "expires": words.moment(booking.expires) if booking.expires else "",
        "lapsed": _given_back(booking) or _lapsed(booking, now),
        "prices": prices_of(booking.lines),
        "buys": booking.party == organization,
        "may_order": booking.party == organization
        and ((booking.status == "held" and not booking.order and now < booking.expires) or unpaid),
        "may_move": booking.status in ("held", "booked") and not booking.remote,
        "may_cancel": (booking.status == "booked" and not booking.remote)
        or (booking.status == "held" and not booking.order),
        "may_check_in": booking.status == "booked" and not booking.remote,
        "may_finish": booking.status == "checked_in",
        "may_no_show": booking.status == "booked" and booking.seller == organization and booking.until < now,
        "may_record": booking.status in ("checked_in", "finished")
        and booking.seller == organization
        and bool(asset.details.meters)
        and not booking.usage_order,
        "meters": list(asset.details.meters),
        "reasons": [(each, words.reason(each)) for each in REASONS],
        "deposit": _deposit_shown(booking),
        "may_settle": booking.status == "finished"
        and booking.seller == organization
        and booking.deposit is not None
        and booking.deposit.state == "held",
        "key": calls.new_key(),
    }


def _lapsed(booking: Booking, now: str) -> str:
    """Why a time cannot be ordered any more; "" where it can, or was."""
    if booking.status != "lapsed" and (booking.status != "held" or booking.order or now < booking.expires):
        return ""
    return _("The time was held, but not ordered and paid in time, so it is free again.")


def _given_back(booking: Booking) -> str:
    """Whether the node that keeps the calendar knows that a time is not held any more; "" where it keeps none."""
    if not giving_back.is_to_be_told(booking, dt.datetime.now(dt.UTC)):
        return ""
    if giving_back.is_known_to(calls.books().read(booking.seller)):
        return _("The other node is told that the time is not held any more. You owe nothing.")
    says = _("The program of the other node is older: it may keep the time until {until}. You owe nothing.")
    return says.format(until=words.moment(booking.kept_until))


def _seller_elsewhere(booking: Booking) -> dict[str, str]:
    """The seller of a time that another node keeps, as that node names it."""
    offer = calls.books().read(booking.asset) if booking.remote else None
    return {"other": offer.origin.seller_name} if offer is not None and offer.origin is not None else {}


def _deposit_shown(booking: Booking) -> dict[str, Any] | None:
    """The deposit that was paid; of a time that is only held, the one that its offers ask for."""
    if booking.deposit is not None:
        return _deposit(booking)
    return deposit_of(each.offer for each in booking.lines) if booking.status == "held" else None


def _deposit(booking: Booking) -> dict[str, Any]:
    """The deposit that was paid: what became of it, or what will."""
    found = booking.deposit
    assert found is not None  # noqa: S101  # the caller has looked
    places = calls.decimals(found.currency) or 0
    return {
        **{name: in_major(getattr(found, name), places) for name in ("amount", "kept", "returned")},
        "currency": found.currency,
        "settled": found.state == "settled",
        "until": words.moment(found.until) if found.until else "",
        "why": _reason_text(found.reason),
        "reasons": booking_words.deposit_reasons(found.reasons),
        "says": "" if found.state == "settled" else booking_words.deposit_terms(found.days, found.reasons),
    }


def _reason_text(code: str) -> str:
    return booking_words.deposit_reasons([code])[0][1] if code else ""


def _act(request: HttpRequest, organization: str, number: str) -> None:
    """Do what a form asks for. Raises TradeError and NotFound."""
    action = text_of(request, "action")
    if action == "move":
        bookings.change_time(organization, number, text_of(request, "since", 40), "")
    elif action == "use":
        quantity, unit = text_of(request, "quantity", 20), text_of(request, "unit", 3)
        bookings.record_use(organization, number, quantity, unit, text_of(request, "key", 60) or calls.new_key())
    elif action == "deposit":
        require_role(request, "manager")
        kept, reason = text_of(request, "kept", 20) or "0", text_of(request, "why", 20)
        bookings.settle_deposit(organization, number, kept, reason, calls.decimals)
    elif action in bookings.BOOKING_STATUSES:
        if action == "cancelled" and bookings.find_booking(organization, number).status == "booked":
            require_role(request, "manager")  # money goes back, as when a delivery or an order is cancelled
        bookings.set_status(organization, number, action, text_of(request, "reason", 40) or "other")
    else:
        raise Http404


@never_cache
@require_http_methods(["GET", "HEAD"])
def of_delivery(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The booking of a delivery."""
    actor = require_role(request, "viewer")
    found = find(number, "dl_", actor)
    if not found.booking:
        raise Http404
    return HttpResponseRedirect(address_of_page(f"bookings/{found.booking}/"))
