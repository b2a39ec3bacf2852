"""The orders of an organization: the list, and an order with its timeline, its money and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _, error_text
from entrepot.model.codes import dotted
from entrepot.model.errors import EntrepotError
from entrepot.model.money import in_major
from entrepot.trade.ledger.events import Event
from entrepot.trade.nodes import goodwill
from entrepot.trade.orders import (
    CANCEL_REASONS,
    Order,
    is_of_other_node,
    payable,
)
from entrepot.trade.packing import pieces_left
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import NotFound
from entrepot.trade.refunding import GOODWILL_REASONS, goods_left
from entrepot.trade.returns import RETURN_REASONS
from entrepot.trade.service_requests import Goodwill, ServiceAcceptance, ServiceCancellation, ServiceObjection
from entrepot.trade.status import is_on_the_way
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import message_words, other_node, pay, words
from entrepot.web.pages.trade.requests import find, list_page
from entrepot.web.trade import calls
from entrepot.web.trade.shapes import OrderShown, WaitShown
from entrepot.web.trade.show import show_order

#: Orders of a page of the list, and events of a timeline.
LISTED, TIMELINE = 50, 200
#: What only a manager does: money goes back.
_MONEY = ("cancel", "cancel_service", "refund")
#: What needs somebody and is told with its amounts.
_TOLD = ("capture_failed", "cancel_failed", "refund_failed")
#: What a payment provider is told of who pays.
_PAYER = ("name", "identity_type", "identity_number", "telephone")


@never_cache
@require_http_methods(["GET", "HEAD"])
def list_orders(request: HttpRequest, language: str) -> HttpResponseBase:
    """The orders, the newest first."""
    actor = require_role(request, "viewer")
    found, more = list_page(request, "or_", actor, LISTED)
    waits = calls.waits_of(found)
    rows = [
        {
            "order": show_order(each, calls.decimals, waits.get(each.id, ())),
            "titles": [(words.title(line.goods.titles), line.quantity) for line in each.lines],
            **_status(each.status),
        }
        for each in found
    ]
    context = {"rows": rows, "more": found[-1].id if more else "", **nav_context(request, actor)}
    return render(request, "trade/orders.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """One order."""
    actor = require_role(request, "viewer")
    order: Order = find(number, "or_", actor)
    notes: list[Note] = []
    quote = None
    if request.method == "POST":
        require_role(request, "manager" if text_of(request, "action") in _MONEY else "clerk")
        try:
            quote = _act(request, actor, order)
        except NotFound:
            raise Http404 from None
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
        else:
            if quote is None:
                return HttpResponseRedirect(address_of_page(f"orders/{number}/"))
    return render(
        request,
        "trade/order.html",
        {**_context(actor, order), "notes": notes, "quote": quote, **nav_context(request, actor)},
        status=422 if notes else 200,
    )


def _act(request: HttpRequest, actor: Actor, order: Order) -> Mapping[str, Any] | None:
    """Do what a form asks for. Returns a new quote to accept, if one was asked for. Raises EntrepotError, NotFound."""
    action, organization = text_of(request, "action"), actor.organization
    if action == "cancel_service":
        percent = text_of(request, "percent", 4)
        shown = int(percent) if percent.isascii() and percent.isdecimal() else None
        calls.cancel_service(organization, order.id, text_of(request, "delivery"), shown)
    elif action == "object_to_service":
        calls.object_to_service(organization, order.id, text_of(request, "delivery"), text_of(request, "reason"))
    elif action == "accept_service":
        calls.accept_service(organization, order.id, text_of(request, "delivery"))
    elif action == "cancel":
        calls.cancel_order(organization, order.id, text_of(request, "reason"))
    elif action == "refund":
        amount, reason = text_of(request, "amount", 20), text_of(request, "reason")
        calls.refund_order(organization, order.id, amount, reason, text_of(request, "key") or calls.new_key())
    elif action == "quote":
        return _quote(organization, order)
    elif action == "accept":
        calls.accept_quote(organization, order.id, text_of(request, "quote"), text_of(request, "hash"), ())
    elif action == "pay":
        pay.pay(organization, order, text_of(request, "key") or calls.new_key())
    elif action == "return":
        pieces = {
            each.number: int(text)
            for each in order.lines
            if (text := text_of(request, f"line-{each.number}")).isdecimal() and int(text)
        }
        reason, key = text_of(request, "reason"), text_of(request, "key") or calls.new_key()
        calls.apply_for_return(organization, order.id, pieces, reason, key)
    elif action == "receive" and (number := text_of(request, "return")) in order.returns:
        calls.receive_return(organization, number, restocked=text_of(request, "restocked") == "yes")
    elif action == "receive_other":
        restocked = text_of(request, "restocked") == "yes"
        other_node.receive(actor, order, text_of(request, "return"), restocked=restocked)
    else:
        raise Http404
    return None


def _quote(organization: str, order: Order) -> Mapping[str, Any]:
    """A new quote of an order, as the page shows it."""
    stored = calls.quote_order(organization, order.id)
    options = {each.id: each for each in stored.document.options}
    option = options.get(order.quote.option) or options.get(stored.document.best or "")
    return {
        "id": stored.id,
        "hash": stored.hash,
        "amount": option.amount_landed if option else None,
        "currency": stored.document.currency,
        "law_date": stored.document.law.date,
    }


def _context(actor: Actor, order: Order) -> dict[str, Any]:
    buyer = order.buyer.party == actor.organization
    waits = calls.waits_of([order]).get(order.id, ())
    shown = show_order(order, calls.decimals, waits, actor.organization)
    clerk = "clerk" in actor.roles
    unpaid = payable(order)
    to_pay = clerk and buyer and unpaid and order.state == "placed"
    returns = [
        {"id": number, **_status(state), "open": state in ("asked", "approved")}
        for number, state in order.returns.items()
    ]
    delivered = any(each == "delivered" for each in order.shipments.values())
    return {
        "order": shown,
        "has_deposit": bool(order.deposits),
        **other_node.context(actor, order),
        "is_buyer": buyer,
        **_status(order.status),
        **_waits(order, shown),
        "timeline": _timeline(order),
        "parts": _parts(order, shown),
        "returns": returns,
        "links": _links(order, actor),
        "key": calls.new_key(),
        "may_cancel": "manager" in actor.roles
        and order.state in ("placed", "requote")
        and not order.released
        and not delivered,
        "refundable": _refundable(actor, order),
        "paid_back": _paid_back(order),
        "services_only": all(each.goods.service for each in order.lines),
        "refund_reasons": [(each, words.reason(each)) for each in GOODWILL_REASONS],
        "to_pay": to_pay,
        "may_pay": to_pay and bool(pay.provider()),
        "pay_at": calls.pay_address(order, actor.organization) if clerk and buyer else "",
        "asks_provider": clerk and buyer and order.payment == "created",
        "may_requote": clerk and buyer and unpaid,
        "may_return": clerk and buyer and order.paid and (bool(order.released) or delivered) and _returnable(order),
        "may_receive": clerk and not buyer,
        "cancel_reasons": [(each, words.reason(each)) for each in CANCEL_REASONS],
        "return_reasons": [(each, words.reason(each)) for each in RETURN_REASONS],
        "why": words.reason(order.why) if order.why else "",
        "siblings": [(each, each == order.id) for each in order.siblings] if buyer and len(order.siblings) > 1 else [],
        "order_reasons": [words.reason_text(each) for each in order.reasons],
        "titles": {each.number: words.title(each.titles) for each in shown.lines},
        "sold": [
            (each, words.title(each.titles), dotted(each.hs_code) if each.hs_code else words.service(each.service))
            for each in shown.lines
        ],
    }


def _parts(order: Order, shown: OrderShown) -> list[dict[str, str]]:
    """The payments, declarations, parcels and deliveries of an order."""
    found = [
        {
            "line": _(words.LINES[line]),
            "id": each.id,
            "path": f"shipments/{each.id}/" if name == "shipments" else "",
            **_status(each.status),
        }
        for line, name in (("payment", "payments"), ("customs", "declarations"), ("transport", "shipments"))
        for each in getattr(shown, name)
    ]
    services = [
        {
            "line": _(words.LINES["delivery"]),
            "id": number,
            "path": "" if is_of_other_node(order.seller) else f"services/{number}/",
            "status": words.delivery_status(state),
            "look": words.look(state),
        }
        for number, state in sorted(order.deliveries.items())
    ]
    return [*found, *services]


def _refundable(actor: Actor, order: Order) -> str:
    """What the organization can pay back of the price of the goods, as the seller; empty where it is nothing."""
    if order.seller != actor.organization or "manager" not in actor.roles or not order.paid:
        return ""
    if order.common:
        left, currency = goodwill.left(order, calls.books().read(order.common)), order.quote.amounts.currency
        return in_major(left, calls.decimals(currency) or 0) if left else ""
    payment: Payment = calls.books().read(order.paying)
    left = min(goods_left(payment, order), payment.refundable)
    return in_major(left, calls.decimals(payment.currency) or 0) if left else ""


def _paid_back(order: Order) -> str:
    """What the buyer has back of the payment; empty where it is nothing, or where another node was paid."""
    if not order.paying or order.paying == order.common:
        return ""
    payment: Payment = calls.books().read(order.paying)
    return in_major(payment.refunded, calls.decimals(payment.currency) or 0) if payment.refunded else ""


def _returnable(order: Order) -> bool:
    """Whether pieces are left for which no return was applied for."""
    return any(each.quantity > order.returned.get(str(each.number), 0) for each in order.lines)


def _links(order: Order, actor: Actor) -> list[tuple[str, str]]:
    """The pages on which something can be done with an order: the path and what it says."""
    found = [(f"documents/?order={order.id}", _("Documents"))] if order.paid else []
    if order.state == "placed" and order.paid and order.seller == actor.organization and _left(order):
        found.append((f"orders/{order.id}/pack/", _("Pack the order")))
    live = {status for status in order.declarations.values() if status != "cancelled"}
    if (
        order.state in ("placed", "requote")
        and not is_of_other_node(order.buyer.party)
        and live <= {"refused"}
        and not any(map(is_on_the_way, order.shipments.values()))
    ):
        found.append((f"orders/{order.id}/correct/", _("Correct the data")))
    return found


def _left(order: Order) -> bool:
    """Whether a parcel can be packed: it waits for its carrier, or has no shipment.

    An order that is declared on a list has one parcel.
    """
    if "created" in order.shipments.values():
        return True
    live = any(status != "cancelled" for status in order.shipments.values())
    return not (live and order.buyer.identity) and bool(pieces_left(order, calls.shipments_of(order)))


def _waits(order: Order, shown: OrderShown) -> dict[str, Any]:
    """What an order waits for, as sentences."""
    told = (words.attention(each) for each in shown.attention if each not in _TOLD)
    return {"attention": [*_refused(order), *told], "waits": [_wait(each) for each in shown.waits_for]}


def _refused(order: Order) -> Iterator[str]:
    """What the provider has refused of the payments of an order, with its amounts."""
    for number in order.troubles:
        payment: Payment = calls.books().read(number)
        places = calls.decimals(payment.currency) or 0
        for refund in payment.refunds.values():
            if refund.status == "failed":
                says = _(
                    "The payment provider refused the refund of {amount} {currency} ({error}). It is owed to the buyer."
                )
                amount = in_major(refund.amount, places)
                yield says.format(amount=amount, currency=payment.currency, error=refund.error or "—")
        if payment.trouble == "capture_failed":
            says = _("The payment provider did not capture the authorized {amount} {currency} ({error}).")
            amount = in_major(payment.authorized, places)
            yield says.format(amount=amount, currency=payment.currency, error=payment.error or "—")
        elif payment.trouble == "cancel_failed":
            says = _("The payment provider did not cancel the payment of {amount} {currency} ({error}).")
            amount = in_major(payment.amount, places)
            yield says.format(amount=amount, currency=payment.currency, error=payment.error or "—")


def _wait(shown: WaitShown) -> dict[str, str]:
    """A message that was not accepted: by whom, since when, and what happens next."""
    counterpart = _(words.COUNTERPARTS[shown.channel])
    if shown.next_attempt_at is None:
        says = _("{counterpart} did not accept a message ({topic}) since {since}. It was given up.")
    else:
        says = _("{counterpart} has not accepted a message ({topic}) since {since}. It is sent again at {next}.")
    said = says.format(
        counterpart=counterpart,
        topic=message_words.topic(shown.channel, shown.topic),
        since=words.moment(shown.since),
        next=words.moment(shown.next_attempt_at or ""),
    )
    return {"says": said, "reason": message_words.reason(shown.reason)}


def _timeline(order: Order) -> list[dict[str, str]]:
    """What happened to an order, the newest first."""
    found = []
    for _position, event in calls.books().events(stream=order.id, limit=TIMELINE):
        line = event.kind.removeprefix("order.").removesuffix("_changed")
        if line in words.LINES:
            status = str(event.payload["status"])
            entry = {"line": _(words.LINES[line]), "says": words.status(status), "look": words.look(status)}
        else:
            entry = {"line": _("Order"), "says": _says(order, event), "look": ""}
        found.append({"time": event.time, "moment": words.moment(event.time), **entry})
    return found[::-1]


def _says(order: Order, event: Event) -> str:
    """What an event of an order itself says."""
    if event.kind == "order.service_cancellation":
        return other_node.cancellation_says(msgspec.convert(event.payload, ServiceCancellation))
    if event.kind == "order.service_objection":
        return other_node.objection_says(msgspec.convert(event.payload, ServiceObjection))
    if event.kind == "order.service_acceptance":
        return other_node.acceptance_says(msgspec.convert(event.payload, ServiceAcceptance))
    if event.kind == "order.goodwill":
        return other_node.goodwill_says(order, msgspec.convert(event.payload, Goodwill))
    if order.common and not order.declarations and event.kind in words.EVENTS_OF_NODES:
        return _(words.EVENTS_OF_NODES[event.kind])
    return _(words.EVENTS.get(event.kind, event.kind))


def _status(word: str) -> dict[str, str]:
    return {"status": words.status(word), "look": words.look(word)}
