"""The commands of deliveries: open, consent, grant, begin and end sessions, deliver, accept, object and cancel.

Each takes its transaction first. `by`: who acts; somebody else's delivery is not found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.delivery.deliveries import (
    ENDED,
    MOVES,
    OBJECTIONS,
    Delivery,
    line_reference,
    missed_from,
    refunded_payload,
)
from entrepot.trade.delivery.grants import Grant, holder_reference, issued
from entrepot.trade.delivery.refunds import pay_back
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offer_form import one_of
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.ports import AlreadyRecorded, NotFound, Transaction, key_reused
from entrepot.trade.service_rules import CLOSED, CONSENT, CONSENT_TEXT, GUARDIAN, LICENCE, conditions_of
from entrepot.trade.service_terms import Terms

#: Access begins so long before the start of a visit or a booking, and a visit may last so much longer than planned.
EARLY, OVERRUN = dt.timedelta(minutes=15), dt.timedelta(minutes=60)
#: Who waited so long after the start can report that the other side did not come.
WAIT = dt.timedelta(minutes=15)
#: Grants of one delivery that a provider or a buyer can issue to others.
MAX_GUESTS = 200


def open_deliveries(tx: Transaction, order: Order, *, cause: str = "") -> list[Delivery]:
    """Create the deliveries of the lines of a paid order that have terms of delivery. A line has one.

    Metered use is paid after it: nothing of it is still to be delivered.
    """
    return [
        _open(tx, order, line.number, cause)
        for line in order.lines
        if line.goods.delivery is not None
        and not (line.booking and tx.get(line.booking).usage_order == order.id)
        and tx.lookup(line_reference(order.id, line.number)) is None
    ]


def _open(tx: Transaction, order: Order, number: int, cause: str) -> Delivery:
    line = next(each for each in order.lines if each.number == number)
    terms, service = line.goods.delivery, line.goods.service
    assert terms is not None  # noqa: S101  # the caller has looked
    economies = (line.goods.ship_from, order.ship_to.country)
    rules = [each for each in order.rules if each.service == service]
    conditions = conditions_of(terms, service, rules, economies)
    payload: dict[str, Any] = {
        "order": order.id,
        "line": number,
        "owners": [order.seller, order.buyer.party],
        "kind": terms.kind,
        "service": service,
        "terms": terms,
        "quantity": line.quantity,
        "unit": line.goods.unit,
        "amount": line.amount,
        "currency": line.prices.currency,
        "economies": list(economies),
        "conditions": conditions,
        **_times(tx, line.booking, terms.days, terms.kind),
    }
    made: Delivery = tx.append(
        tx.new_id("dl_"), "delivery.created", _plain(payload), key=line_reference(order.id, number), cause=cause
    )
    return made


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload as JSON values; empty parts are left out."""
    return {name: value for name, value in msgspec.to_builtins(payload).items() if value not in ("", [], {}, None)}


def _times(tx: Transaction, booking: str, days: int, kind: str) -> dict[str, str]:
    """When a delivery can be used: at the time that was booked, or for so many days from now."""
    if booking:
        booked = tx.get(booking)
        until = dt.datetime.fromisoformat(booked.ends) + (OVERRUN if kind == "visit" else dt.timedelta())
        return {"starts": booked.starts, "until": timestamp(until), "booking": booking}
    return {"until": timestamp(tx.time + dt.timedelta(days=days))} if days else {}


def owned(tx: Transaction, number: str, by: str) -> Delivery:
    """A delivery of its provider or its buyer. Raises NotFound."""
    found: Delivery = tx.get(number)
    if by not in found.owners:
        raise NotFound(number)
    return found


def consent(
    tx: Transaction, number: str, *, by: str, person: str, text: str = CONSENT_TEXT, guardian: bool = False
) -> Delivery:
    """The buyer consents to what a delivery asks for, or its guardian for a minor. Raises TradeError and NotFound.

    `person`: the id of the member who consents; `text`: the version of the text that was shown.
    """
    found = _of_buyer(tx, number, by)
    condition = GUARDIAN if guardian else CONSENT
    if condition not in found.conditions:
        raise TradeError("nothing_to_consent", "The delivery {delivery} does not ask for consent.", delivery=number)
    if text != CONSENT_TEXT:
        raise TradeError(
            "consent_text",
            "The text of the consent has changed since it was shown. Read it again, then consent.",
            "text",
        )
    if found.conditions[condition].state == "met":
        return found
    payload = {"condition": condition, "by": person, "text": text}
    met: Delivery = tx.append(number, "delivery.condition_met", payload)
    return met


def withdraw_consent(tx: Transaction, number: str, *, by: str, person: str) -> Delivery:
    """Withdraw a consent, also in the middle of a session: nothing is open from that moment. Raises TradeError."""
    found = _of_buyer(tx, number, by)
    given = found.conditions.get(CONSENT)
    if given is None or given.state != "met":
        raise TradeError("nothing_to_withdraw", "No consent to {delivery} is in force.", delivery=number)
    withdrawn: Delivery = tx.append(number, "delivery.consent_withdrawn", {"condition": CONSENT, "by": person})
    return withdrawn


def confirm_licence(tx: Transaction, number: str, *, person: str) -> Delivery:
    """An operator has checked the provider's licence for a delivery. Raises TradeError and NotFound."""
    found: Delivery = tx.get(number)
    if LICENCE not in found.conditions:
        raise TradeError("no_licence_needed", "The delivery {delivery} does not ask for a licence.", delivery=number)
    if found.terms.licence is None:
        raise TradeError(
            "licence_missing", "The offer of {delivery} names no licence: there is nothing to check.", delivery=number
        )
    if found.conditions[LICENCE].state == "met":
        return found
    checked: Delivery = tx.append(number, "delivery.condition_met", {"condition": LICENCE, "by": person})
    return checked


def name_recipient(tx: Transaction, number: str, *, by: str, recipient: str, minor: bool) -> Delivery:
    """Say to whom a delivery is made, before it begins. A consent that was given for somebody else does not count.

    `recipient`: the reference of the person's data, "" for the buyer. Raises TradeError and NotFound.
    """
    found = _of_buyer(tx, number, by)
    conditions: dict[str, dict[str, Any]] = {}
    if CONSENT in found.conditions:
        economies = list(found.economies)
        conditions[CONSENT] = {"text": CONSENT_TEXT, "economies": economies}
        if minor:
            conditions[GUARDIAN] = {"text": CONSENT_TEXT, "economies": economies}
        elif GUARDIAN in found.conditions:
            conditions[GUARDIAN] = {"state": "met", "text": CONSENT_TEXT}
    payload = {"recipient": recipient, "minor": minor, "conditions": conditions}
    named: Delivery = tx.append(number, "delivery.named", payload)
    return named


def grant_to(
    tx: Transaction, number: str, holder: str, role: str, *, what: str = "", until: str = "", uses: int = 0
) -> Grant:
    """The valid grant of a holder, issued if there is none. Raises Refusal where the delivery is not open."""
    found: Delivery = tx.get(number)
    known = tx.lookup(holder_reference(number, holder, role, what, found.epoch))
    if known is not None:
        grant: Grant = tx.get(known)
        return grant
    since = ""
    if found.starts and found.kind in ("visit", "booking"):
        since = timestamp(dt.datetime.fromisoformat(found.starts) - EARLY)
    more = {"what": what, "since": since, "until": until or found.until, "uses": uses}
    new: Grant = tx.append(tx.new_id("gr_"), "grant.issued", issued(found, holder, role, more))
    return new


def own_grant(tx: Transaction, number: str, *, by: str) -> Grant:
    """The grant of the buyer or the provider of a delivery. Raises NotFound."""
    found = owned(tx, number, by)
    return grant_to(tx, number, by, "provider" if by == found.seller else "buyer")


def revoke_grant(tx: Transaction, number: str, *, by: str, reason: str = "revoked") -> Grant:
    """Revoke a grant: it opens nothing from that moment. Raises NotFound."""
    found: Grant = tx.get(number)
    if by not in found.owners:
        raise NotFound(number)
    if found.status == "revoked":
        return found
    revoked: Grant = tx.append(number, "grant.revoked", {"reason": reason, "by": by})
    return revoked


def begin_session(tx: Transaction, number: str, session: str, *, time: str = "") -> Delivery:
    """Record that a session has begun, as the connection itself shows. The same session begins once.

    `session`: an id of the process that holds it; `time`: RFC 3339, if not now. Raises NotAllowed.
    """
    found: Delivery = tx.get(number)
    if found.session == session:
        return found
    payload = {"session": session} | ({"time": time} if time else {})
    begun: Delivery = tx.append(number, "delivery.session_begun", payload)
    return begun


def end_session(
    tx: Transaction, number: str, session: str, *, seconds: int, reason: str = "left", time: str = ""
) -> Delivery:
    """Record that a session has ended, after so many seconds. One that is not under way ends nothing."""
    found: Delivery = tx.get(number)
    if found.session != session:
        return found
    payload = {"session": session, "seconds": max(seconds, 0), "reason": reason} | ({"time": time} if time else {})
    ended: Delivery = tx.append(number, "delivery.session_ended", payload)
    return ended


def record_use(
    tx: Transaction, number: str, quantity: str, unit: str, *, evidence: str = "", key: str = ""
) -> Delivery:
    """Record a metered use: a decimal quantity in a unit (UN/ECE Recommendation 20). The same `key` counts once."""
    payload = {"quantity": quantity, "unit": unit} | ({"evidence": evidence} if evidence else {})
    try:
        used: Delivery = tx.append(number, "delivery.used", payload, key=f"{number}/used/{key}" if key else "")
    except AlreadyRecorded as error:
        if error.event.payload != payload:
            raise key_reused() from None
        used = tx.get(number)
    return used


def finish(tx: Transaction, number: str, *, evidence: str = "") -> Delivery:
    """Record that a service was delivered. The buyer may object until the term of acceptance ends."""
    found: Delivery = tx.get(number)
    if found.status in ("delivered", "objected", *ENDED):
        return found
    until = tx.time + dt.timedelta(days=found.terms.acceptance_days)
    payload = {"accept_until": timestamp(until)} | ({"evidence": evidence} if evidence else {})
    done: Delivery = tx.append(number, "delivery.delivered", payload)
    return done


def accept(tx: Transaction, number: str, *, by: str) -> Delivery:
    """Accept a delivery, as its buyer. Raises NotFound and NotAllowed."""
    found = _of_buyer(tx, number, by)
    if found.status == "accepted":
        return found
    accepted: Delivery = tx.append(number, "delivery.accepted", {"reason": "buyer", "by": by})
    return accepted


def object_to(tx: Transaction, number: str, reason: str, *, by: str) -> Delivery:
    """Object to a delivery, as its buyer, before it is accepted. Raises TradeError, NotFound and NotAllowed."""
    one_of("reason", reason, OBJECTIONS)
    found = _of_buyer(tx, number, by)
    if found.status == "no_show" and not may_object(found, tx.time):
        raise TradeError("objection_late", "It is too late to object to {delivery}.", delivery=number)
    objected: Delivery = tx.append(number, "delivery.objected", {"reason": reason, "by": by})
    return objected


def may_object(found: Delivery, now: dt.datetime) -> bool:
    """Whether its buyer can object: also to a report that it did not come, as long as to what was delivered."""
    return found.status == "delivered" or (found.status == "no_show" and timestamp(now) < found.accept_until)


def cancel(tx: Transaction, number: str, *, by: str) -> Delivery:
    """Cancel a delivery: a buyer is paid back what its terms say, by the hours before the start; by the provider, all.

    A buyer cannot cancel what has begun: it objects when it is over. Raises TradeError, NotFound and NotAllowed.
    """
    found = owned(tx, number, by)
    if found.status == "cancelled":
        return found
    if by == found.seller:
        return _end(tx, found, "cancelled", "provider", by, 100)
    if found.begun:
        raise TradeError(
            "delivery_begun",
            "The delivery {delivery} has begun: it cannot be cancelled. Object to it when it is over.",
            delivery=number,
        )
    return _end(tx, found, "cancelled", "buyer", by, refund_now(tx, found))


def refund_now(tx: Transaction, found: Delivery) -> int:
    """What a buyer is paid back who cancels now: all where the provider chose the time, which nobody else agreed to."""
    if CLOSED in found.conditions or found.by_seller:
        return 100
    return refund_at(found.terms, found.starts, tx.time)


def refund_at(terms: Terms, starts: str, now: dt.datetime) -> int:
    """What the terms of a service give a buyer back who cancels it at a time, in percent of its price.

    `starts`: RFC 3339; "" for what has no start and has not begun.

    >>> noon, terms = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), Terms(kind="visit")  # free until a day before it
    >>> refund_at(terms, "2026-03-02T13:00:00.000Z", noon), refund_at(terms, "2026-03-02T09:00:00.000Z", noon)
    (100, 0)
    """
    if not starts:
        return 100
    left = dt.datetime.fromisoformat(starts) - now
    return terms.refund_percent(max(int(left.total_seconds() // 3600), 0)) if left > dt.timedelta() else 0


def report_no_show(tx: Transaction, number: str, *, by: str) -> Delivery:
    """Report, as buyer or provider, that the other side did not come. Raises TradeError, NotFound and NotAllowed.

    Only some time after the start, and where no session has begun: then the connection shows that somebody was missing,
    but not who. So the buyer can object to the report of the provider, which keeps what was paid.
    """
    found = owned(tx, number, by)
    if not may_report_no_show(found, by, tx.time):
        raise TradeError(
            "no_show_early",
            "{delivery} cannot be reported as missed now: it has begun, has no start time, or started only recently.",
            delivery=number,
        )
    if by == found.buyer:
        return _end(tx, found, "no_show", "provider_missing", by, 100)
    until = timestamp(tx.time + dt.timedelta(days=found.terms.acceptance_days))
    return _end(tx, found, "no_show", "buyer_missing", by, found.terms.no_show_percent, {"accept_until": until})


def may_report_no_show(found: Delivery, by: str, now: dt.datetime) -> bool:
    """Whether a side can report that the other did not come. A buyer may come to a booking until its end."""
    if not found.starts or found.begun:
        return False
    if found.kind == "booking" and by == found.seller:
        return timestamp(now) >= found.until
    return now >= dt.datetime.fromisoformat(found.starts) + WAIT


def decide_objection(tx: Transaction, number: str, percent: int, *, person: str) -> Delivery:
    """Decide an objection, as the operator: so many percent are paid back. Raises NotFound and NotAllowed.

    Without an operator, the provider pays everything back (`cancel`), or the buyer accepts after all.
    """
    found: Delivery = tx.get(number)
    if found.status != "objected":
        raise NotAllowed(
            "delivery_state",
            "The delivery {delivery} is {status}: there is no objection to decide.",
            delivery=number,
            status=found.status,
        )
    if not 0 <= percent <= 100:
        raise TradeError("percent_invalid", "Write a percentage from 0 to 100, not {given}.", "percent", given=percent)
    if not percent:
        accepted: Delivery = tx.append(number, "delivery.accepted", {"reason": "operator", "by": person})
        return accepted
    return _end(tx, found, "cancelled", "operator", person, percent)


def _end(
    tx: Transaction, found: Delivery, kind: str, reason: str, by: str, percent: int, more: Mapping[str, str] = {}
) -> Delivery:
    refund = pay_back(tx, found, percent)
    told = {"percent": percent} if percent and is_of_other_node(found.buyer) else {}
    payload = {**refunded_payload(reason, by, refund), **told, **more}
    ended: Delivery = tx.append(found.id, f"delivery.{kind}", payload)
    return ended


def end_with_order(tx: Transaction, number: str) -> Delivery:
    """End a delivery whose order was cancelled: what was paid is paid back with the order."""
    found: Delivery = tx.get(number)
    if (found.status, "delivery.cancelled") not in MOVES:
        return found
    ended: Delivery = tx.append(number, "delivery.cancelled", refunded_payload("order_cancelled", "", 0))
    return ended


def end_due(tx: Transaction, number: str) -> Delivery:
    """End what time ends: access that is over counts as delivered, and what nobody objected to is accepted."""
    found: Delivery = tx.get(number)
    now = timestamp(tx.time)
    if found.status == "delivered" and found.accept_until and found.accept_until <= now:
        accepted: Delivery = tx.append(number, "delivery.accepted", {"reason": "term"})
        return accepted
    if found.status not in ("waiting", "ready", "started") or not found.until or found.until > now or found.session:
        return found
    # What began and waits for a consent that was withdrawn is over too: else its buyer could neither object to it nor
    # cancel it.
    had_access = found.status != "waiting" and found.kind in ("course", "workspace")
    if found.begun or had_access:
        return finish(tx, number)
    # A visit without a session is no delivery. Both sides have the term to say who was missing, and the provider to say
    # that it was held otherwise; then what was paid for it is paid back.
    if found.kind == "visit" and missed_from(found) <= now:
        return _end(tx, found, "no_show", "nobody_came", "", 100)
    return found


def _of_buyer(tx: Transaction, number: str, by: str) -> Delivery:
    found: Delivery = tx.get(number)
    if by != found.buyer:
        raise NotFound(number)
    return found
