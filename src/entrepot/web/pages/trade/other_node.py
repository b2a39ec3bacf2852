"""What an order page shows of the other node: the agreement, its customs, documents, services, and returns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.documents.verify import SENTENCES
from entrepot.language.translate import N_, _, error_text
from entrepot.model.money import in_major
from entrepot.trade.delivery.refunds import parts
from entrepot.trade.nodes import documents, returning, service_accepting, service_answers, service_objecting, services
from entrepot.trade.nodes.accepting import REJECTIONS, check_rejection
from entrepot.trade.nodes.bodies import ServiceState
from entrepot.trade.nodes.common_orders import EXPORTER, CommonOrder
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.service_cancelling import REFUSED, percent_now
from entrepot.trade.nodes.shipping import shown_status
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.reasons import SENTENCES as REASONS
from entrepot.trade.service_requests import Goodwill, ServiceAcceptance, ServiceCancellation, ServiceObjection
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.document_fields import TITLES, title
from entrepot.web.pages.trade.requests import find
from entrepot.web.trade import calls

#: How far the agreement is, by the status of the common order: for the importer's side.
AGREEMENT = {
    "opened": N_("The other node is asked to accept the order."),
    "asked": N_("The other node was asked to accept the order. It has not answered yet."),
    "accepted": N_("Both nodes have signed the order."),
    "rejected": N_("The other node did not accept the order."),
    "cancelled": N_("The order was cancelled between the two nodes."),
}
#: How far the cancellation of a service is, and why the other node does not cancel it.
_CANCELLATIONS = {
    "asked": N_("The other node is asked to cancel the service. {percent} % of the price is to be paid back."),
    "cancelled": N_("The service was cancelled. By the seller's terms, {percent} % of the price is paid back."),
}
_NOT_CANCELLED = {
    "begun": N_("The service was not cancelled: it has begun already."),
    "less": N_("The service was not cancelled: by now the seller's terms give {percent} % of the price back only."),
    "ended": N_("The service was not cancelled: it has ended already."),
    "not_known": N_("The other node cannot cancel a single service yet. Ask the seller to cancel it."),
    "peer_revoked": N_("The exchange with the other node was ended. Ask the operator about the service."),
    "not_delivered": N_("The other node could not be asked to cancel the service. Try again, or ask the seller."),
}
#: How far an objection to a service is, and why the other node does not record it.
_OBJECTIONS = {
    "asked": N_("The other node is told of your objection."),
    "told": N_("The other node has recorded your objection. Its operator, or its terms, say what is paid back."),
}
_NOT_RECORDED = {
    "late": N_("The objection came too late: the service counts as accepted, or has ended otherwise."),
    "early": N_("The objection came too early: the service has begun, or its start is not a quarter of an hour ago."),
    "not_over": N_("The objection was not recorded: the service is not over yet."),
    "not_known": N_("The other node cannot record objections yet. Ask the seller."),
    "peer_revoked": N_("The exchange with the other node was ended. Ask the operator about the service."),
    "not_delivered": N_("The other node could not be told of the objection. Try again, or ask the seller."),
}
#: How far the acceptance of a service is, and why the other node does not record it.
_ACCEPTANCES = {
    "asked": N_("The other node is told that you accept the service."),
    "accepted": N_("The other node has recorded that you accept the service."),
}
_NOT_ACCEPTED = {
    "not_over": N_("The acceptance was not recorded: the service is not over yet."),
    "ended": N_("The acceptance was not recorded: the service was cancelled, or nobody came to it."),
    "not_known": N_("The other node cannot record it before the term ends. Without an objection it is accepted then."),
    "peer_revoked": N_("The exchange with the other node was ended. Ask the operator about the service."),
    "not_delivered": N_("The other node could not be told. Without an objection the service is accepted after a term."),
}
#: How far it is that the seller gives a part of the price back, and why the other node does not pay it.
_GOODWILLS = {
    "asked": N_("The other node is asked to pay {amount} back to its buyer ({reason})."),
    "paid": N_("{amount} was paid back by the seller ({reason})."),
}
_LESS = N_("{paid} was paid back by the seller ({reason}), not {amount}: no more was left of the price.")
_NOT_GIVEN = {
    "nothing_left": N_("{amount} was not paid back: nothing was left of the price."),
    "not_known": N_("{amount} was not paid back: the program of the other node is older. Ask its operator."),
    "peer_revoked": N_("{amount} was not paid back: the exchange with the other node was ended. Ask the operator."),
    "not_delivered": N_("{amount} was not paid back: the other node could not be told. Try again."),
}
#: Returns whose goods are waited for.
_OPEN = frozenset({"asked", "approved"})


def context(actor: Actor, order: Order) -> dict[str, Any]:
    """What the page of an order shows of the other node; {} for an order of this node alone."""
    if not order.common:
        return {}
    found: CommonOrder = calls.books().read(order.common)
    peer: Peer = calls.books().read(found.peer)
    seller = found.role == EXPORTER
    return {
        "other": {
            "name": peer.name,
            "economy": peer.economy,
            "says": _(AGREEMENT[found.status]),
            "why": _why(found),
            "digest": found.digest,
            "customs": words.status(shown_status(found)) if seller and found.releases else "",
            "documents": list(_documents(found)),
            "links": [] if seller else list(_links(order, found, actor)),
            "goodwills": [goodwill_says(order, each) for each in order.goodwills.values()],
            "returns": list(_returns(found, "clerk" in actor.roles)) if seller else [],
            "conflicts": found.conflicts,
        }
    }


def _why(found: CommonOrder) -> str:
    """Why an order was not accepted."""
    if found.status != "rejected":
        return ""
    if found.reason in REASONS:
        return _(REASONS[found.reason]).format(**found.values)
    if found.reason == "transfer_undecided":
        return _("This node does not know whether the buyer's data may go to the other economy.")
    if found.reason in REJECTIONS:
        return error_text(check_rejection(found.reason, found.values))
    return found.reason


def _documents(found: CommonOrder) -> Iterator[dict[str, str]]:
    for number, each in found.documents.items():
        code = each.code
        said = _(SENTENCES[code]) if code in SENTENCES else _("It is checked against the keys of its issuer.")
        named = title(each.kind) if each.kind in TITLES else each.kind
        yield {"id": number, "title": named, "number": each.number, "date": each.date, "says": said}


def _links(order: Order, found: CommonOrder, actor: Actor) -> Iterator[dict[str, Any]]:
    """The services of the other node: where the buyer uses each, and whether it can be cancelled."""
    titles = {each.number: words.title(each.goods.titles) for each in order.lines}
    buys, now = order.buyer.party == actor.organization, timezone.now()
    for number, state in found.deliveries.items():
        link = ""
        if number in found.grants and buys:
            command = partial(services.link_of, number=order.id, delivery=number, by=actor.organization)
            link = calls.books().run(command).get("link", "")
        asked = order.cancellations.get(number)
        waits = asked is not None and asked.status != REFUSED
        back = percent_now(order, state, now) if buys and "manager" in actor.roles and not waits else None
        yield {
            "id": number,
            "title": titles.get(state.line, ""),
            "status": words.delivery_status(state.status),
            "link": link,
            "starts": words.moment(state.starts) if state.starts else "",
            "asked": cancellation_says(asked) if asked is not None else "",
            **_objecting(order, number, state, clerk=buys and "clerk" in actor.roles),
            **_accepting(order, number, state, clerk=buys and "clerk" in actor.roles),
            "may_cancel": back is not None,
            "percent": back,
            "amount": _amount(order, state.line, back),
            "several": len(order.lines_with(state.line)) > 1,
            "steps": _steps(order, state) if back is not None else [],
        }


def _objecting(order: Order, number: str, state: ServiceState, *, clerk: bool) -> dict[str, Any]:
    """What the buyer said against a service, and what can be said now."""
    said = order.objections.get(number)
    waits = state.status == "objected" or (said is not None and said.status != service_answers.REFUSED)
    accepts = order.acceptances.get(number)
    waits = waits or (accepts is not None and accepts.status != service_answers.REFUSED)
    reasons = service_objecting.reasons_now(state, timezone.now()) if clerk and not waits else ()
    return {
        "objected": objection_says(said) if said is not None else "",
        "objections": [(each, words.delivery_reason(each)) for each in reasons],
    }


def _accepting(order: Order, number: str, state: ServiceState, *, clerk: bool) -> dict[str, Any]:
    """How far the acceptance of a service is, and whether it can be accepted now."""
    said = order.acceptances.get(number)
    return {
        "accepted": acceptance_says(said) if said is not None else "",
        "may_accept": clerk and service_accepting.may_accept(order, number, state),
    }


def acceptance_says(said: ServiceAcceptance) -> str:
    """How far an acceptance is, in the reader's language."""
    return _(_ACCEPTANCES.get(said.status) or _NOT_ACCEPTED.get(said.why, _NOT_ACCEPTED["not_over"]))


def objection_says(said: ServiceObjection) -> str:
    """How far an objection is, in the reader's language."""
    return _(_OBJECTIONS.get(said.status) or _NOT_RECORDED.get(said.why, _NOT_RECORDED["not_over"]))


def goodwill_says(order: Order, given: Goodwill) -> str:
    """What a seller gives back of the price, and how far that is, in the reader's language."""
    places = calls.decimals(order.quote.amounts.currency) or 0
    amount, paid = (f"{in_major(each, places)} {order.quote.amounts.currency}" for each in (given.amount, given.paid))
    says = _GOODWILLS.get(given.status) or _NOT_GIVEN.get(given.why, _NOT_GIVEN["not_delivered"])
    if given.status == "paid" and given.paid < given.amount:
        says = _LESS
    return _(says).format(amount=amount, paid=paid, reason=words.reason(given.reason))


def _amount(order: Order, line: int, percent: int | None) -> str:
    """So many percent of what is cancelled with a line cost, with the taxes that were paid with the order."""
    if percent is None:
        return ""
    amounts = [sum(parts(order, each.number, percent)) for each in order.lines_with(line)]
    return in_major(sum(amounts), calls.decimals(order.quote.amounts.currency) or 0)


def _steps(order: Order, state: ServiceState) -> list[str]:
    """What the terms of a service give back, by the hours before its start."""
    terms = next((each.goods.delivery for each in order.lines if each.number == state.line), None)
    if terms is None or not state.starts:
        return []
    says = _("{hours} hours or more before the start: {percent} % is paid back.")
    return [says.format(hours=each.hours, percent=each.percent) for each in terms.cancellation]


def cancellation_says(asked: ServiceCancellation) -> str:
    """How far the cancellation of a service is, in the reader's language."""
    says = _CANCELLATIONS.get(asked.status) or _NOT_CANCELLED.get(asked.reason, _NOT_CANCELLED["ended"])
    return _(says).format(percent=asked.percent)


def _returns(found: CommonOrder, clerk: bool) -> Iterator[dict[str, Any]]:
    for number, each in found.returns.items():
        yield {
            "id": number,
            "status": words.status(each.status),
            "look": words.look(each.status),
            "reason": words.reason(each.reason),
            "pieces": [(line.line, line.quantity) for line in each.lines],
            "open": clerk and each.status in _OPEN and number not in found.goods_back,
        }


def receive(actor: Actor, order: Order, number: str, *, restocked: bool) -> None:
    """The seller has the goods of a return back. Raises TradeError, NotFound."""
    command = partial(
        returning.receive_goods, number=order.id, returned=number, restocked=restocked, by=actor.organization
    )
    calls.books().run(command)


@never_cache
@require_http_methods(["GET", "HEAD"])
def credential(request: HttpRequest, language: str, number: str, document: str) -> HttpResponseBase:
    """The credential of a document that the other node delivered, as a file."""
    actor = require_role(request, "viewer")
    order: Order = find(number, "or_", actor)
    command = partial(documents.credential_of, number=order.id, document=document, by=actor.organization)
    try:
        text = calls.books().run(command)
    except NotFound:
        raise Http404 from None
    response = HttpResponse(text, content_type="application/vc+jwt")
    response["Content-Disposition"] = f'attachment; filename="{document}.jwt"'
    return response
