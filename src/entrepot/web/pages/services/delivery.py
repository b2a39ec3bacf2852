"""The page of a delivery: when, under which law, what it waits for, how to come in, what happened, and how it ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.appointment import Appointment, appointment_file, can_be_made
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.trade.delivery.commands import EARLY, may_object, may_report_no_show
from entrepot.trade.delivery.deliveries import MOVES, OBJECTIONS, Delivery
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.service_rules import CONSENT, CONSENT_TEXT, GUARDIAN, LICENCE, ServiceRule
from entrepot.trade.service_terms import HEALTH
from entrepot.trade_app.services import deliveries as calls
from entrepot.trade_app.services.health import is_health_visit
from entrepot.web.http.actors import OPERATOR, Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services.times import times_of
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt
from entrepot.web.trade import calls as trade
from entrepot.web.trade.delivery_shapes import says_of

#: The page on which each kind of delivery is used, after that of the delivery.
ROOMS = {"visit": "visit", "course": "course", "booking": "booking", "workspace": "workspace"}
TIMELINE = 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """One delivery."""
    actor = require_role(request, "viewer")
    found = _find(actor, number)
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if attempt(notes, _act, request, actor, number):
            return HttpResponseRedirect(address_of_page(f"services/{number}/"))
        found = _find(actor, number)
    context = {**_context(actor, found), "notes": notes, **nav_context(request, actor)}
    return render(request, "services/delivery.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD"])
def calendar(request: HttpRequest, language: str, number: str) -> HttpResponse:
    """The calendar file of a delivery that has a start."""
    found = _find(require_role(request, "viewer"), number)
    if not found.starts or not can_be_made():
        raise Http404
    cancelled = found.status in ("cancelled", "no_show")
    appointment = Appointment(
        found.id,
        found.starts,
        _ends(found),
        words.title(calls.titles_of(found)),
        request.build_absolute_uri(address_of_page(f"services/{number}/")),
        changes=found.epoch + cancelled,
        cancelled=cancelled,
    )
    response = HttpResponse(appointment_file(appointment, timezone.now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{number}.ics"'
    return response


def _ends(found: Delivery) -> str:
    """When it is over as it was sold: access to a visit lasts longer, for one that takes longer than planned."""
    if found.kind != "visit" or not found.starts:
        return found.until
    length = dt.timedelta(minutes=found.terms.minutes)
    return timestamp(dt.datetime.fromisoformat(found.starts) + length) if length else ""


def _find(actor: Actor, number: str) -> Delivery:
    """A delivery of the organization; an operator sees all, for licences and objections. Raises Http404."""
    try:
        if actor.kind == OPERATOR and number.startswith("dl_"):
            found: Delivery = trade.books().read(number)
            return found
        return calls.find(actor.organization, number)
    except NotFound:
        raise Http404 from None


def _act(request: HttpRequest, actor: Actor, number: str) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    action, organization, person = text_of(request, "action"), actor.organization, actor.person or actor.organization
    if actor.kind == OPERATOR:
        _act_as_operator(request, action, number, person)
    elif action in ("consent", "guardian"):
        # Who the patient is, and whether a guardian consents, is said on the page of the visit.
        if text_of(request, "agreed") != "yes" or is_health_visit(calls.find(organization, number)):
            raise Http404
        calls.consent(organization, number, person, text_of(request, "text"), guardian=action == "guardian")
    elif action == "withdraw":
        calls.withdraw_consent(organization, number, person)
    elif action == "accept":
        calls.accept(organization, number)
    elif action == "object":
        calls.object_to(organization, number, text_of(request, "reason"))
    elif action == "cancel":
        require_role(request, "manager")
        calls.cancel(organization, number)
    elif action == "no_show":
        calls.report_no_show(organization, number)
    elif action == "finish":
        calls.finish(organization, number)
    else:
        raise Http404


def _act_as_operator(request: HttpRequest, action: str, number: str, person: str) -> None:
    if action == "licence":
        calls.confirm_licence(number, person, later=text_of(request, "later") == "yes")
    elif action == "decide":
        percent = text_of(request, "percent", 4)
        calls.decide_objection(number, int(percent) if percent.isascii() and percent.isdigit() else -1, person)
    else:
        raise Http404


def _room(found: Delivery) -> str:
    """The page on which a delivery is used. A visit about health has its record first."""
    return "visit/call" if found.kind == "visit" and found.service not in HEALTH else ROOMS[found.kind]


def _term(found: Delivery) -> str:
    """Until when the buyer may object; "" where nothing is waited for."""
    if not found.accept_until or found.status == "no_show":
        return ""
    return _("Without an objection it is accepted on {day}.").format(day=translate.day(found.accept_until[:10]))


def _steps(found: Delivery) -> list[str]:
    """What a buyer who cancels is paid back, by the hours before the start."""
    says = _("{hours} hours or more before the start: {percent} % is paid back.")
    return [says.format(hours=each.hours, percent=each.percent) for each in found.terms.cancellation]


def _has_several_prices(found: Delivery) -> bool:
    """Whether the time of a delivery was sold at several prices, which are cancelled together."""
    if not found.booking:
        return False
    order: Order = trade.books().read(found.order)
    return len(order.lines_with(found.line)) > 1


def _context(actor: Actor, found: Delivery) -> dict[str, Any]:
    buys, provides = actor.organization == found.buyer, actor.organization == found.seller
    clerk = "clerk" in actor.roles
    places, now = trade.decimals(found.currency) or 0, timezone.now()

    def may(event: str) -> bool:
        return clerk and (found.status, f"delivery.{event}") in MOVES

    return {
        "delivery": found,
        "title": words.title(calls.titles_of(found)),
        "kind": words.delivery_kind(found.kind),
        "status": words.delivery_status(found.status),
        "look": words.look(found.status),
        "buys": buys,
        "provides": provides,
        "starts": times_of(found.starts, found.economies) if found.starts else [],
        "until": times_of(ends, found.economies) if (ends := _ends(found)) else [],
        "may_have_file": bool(found.starts) and can_be_made(),
        "early": _("It opens {minutes} minutes before it begins.").format(minutes=int(EARLY.total_seconds() // 60)),
        "term": _term(found),
        "duration": f"{found.seconds // 60}:{found.seconds % 60:02} min",
        "amount": in_major(found.amount, places),
        "refunded": in_major(found.refunded, places) if found.refunded else "",
        "room": _room(found) if found.is_open and (buys or provides) else "",
        "health": is_health_visit(found) and (buys or provides),
        "conditions": _conditions(found, buys=buys and clerk, operates=actor.kind == OPERATOR and clerk),
        "consent_text": CONSENT_TEXT,
        "rules": _rules(found),
        "unknown": [translate.place(each) for each in _without_rules(found)],
        "timeline": _timeline(found),
        "why": words.delivery_reason(found.why) if found.why else "",
        "steps": _steps(found),
        "may_accept": buys and may("accepted"),
        "may_object": buys and may("objected") and may_object(found, now),
        "may_cancel": "manager" in actor.roles
        and (buys or provides)
        and may("cancelled")
        and not (buys and found.begun),
        "several": _has_several_prices(found),
        "may_no_show": (buys or provides) and may("no_show") and may_report_no_show(found, actor.organization, now),
        "may_finish": provides and may("delivered") and bool(found.begun),
        "may_decide": actor.kind == OPERATOR and clerk and found.status == "objected",
        "objections": [(each, words.delivery_reason(each)) for each in OBJECTIONS],
    }


def _conditions(found: Delivery, *, buys: bool, operates: bool) -> list[dict[str, Any]]:
    """Each condition: what it says, whether it is met, and what this reader can do about it."""
    here = buys and not is_health_visit(found)
    acts = {CONSENT: here, GUARDIAN: here, LICENCE: operates and found.terms.licence is not None}
    return [
        {
            "id": name,
            "says": says_of(found, name),
            "met": each.state == "met",
            "open": each.state != "met" and acts.get(name, False) and found.status not in ("accepted", "cancelled"),
            "withdraw": name == CONSENT
            and each.state == "met"
            and buys
            and (found.status, "delivery.consent_withdrawn") in MOVES,
            "time": words.moment(each.time) if each.time else "",
        }
        for name, each in found.conditions.items()
    ]


def _rules(found: Delivery) -> list[dict[str, Any]]:
    """The rules of both economies in the reader's language where the pack has it, by economy."""
    rules: dict[str, list[ServiceRule]] = {}
    for each in calls.rules_of(found):
        rules.setdefault(each.economy, []).append(each)
    return [
        {
            "place": translate.place(economy),
            "rows": [
                {
                    "kind": translate.label(each.kind),
                    "says": translate.pack_text(each.says),
                    "authority": translate.pack_text(each.authority),
                    "trust": translate.label(each.trust),
                    "sources": each.sources,
                }
                for each in rows
            ],
        }
        for economy, rows in rules.items()
    ]


def _without_rules(found: Delivery) -> list[str]:
    known = {each.economy for each in calls.rules_of(found)}
    return [each for each in dict.fromkeys(found.economies) if each not in known]


def _timeline(found: Delivery) -> list[dict[str, str]]:
    events = trade.books().events(stream=found.id, limit=TIMELINE)
    return [
        {"time": each.time, "moment": words.moment(each.time), "says": words.delivery_event(each.kind)}
        for _position, each in events
    ]
