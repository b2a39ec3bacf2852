"""A delivery: what a paid line of an order entitles its buyer to, and what happened of it.

    closed | waiting ─> ready ─> started ─> delivered ─> accepted
                          │         │           └─> objected ─> accepted | cancelled
                          └─ no_show (then objected, where the buyer says that it came), cancelled ┘

Its state holds codes, ids, times and numbers only: what was said, written or learned is never in the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.service_rules import Condition, opening
from entrepot.trade.service_terms import Terms

STATES = ("closed", "waiting", "ready", "started", "delivered", "accepted", "objected", "cancelled", "no_show")
#: The states in which nothing more is to be delivered.
ENDED = frozenset({"accepted", "cancelled", "no_show"})
#: The states in which a session may begin.
OPEN = frozenset({"ready", "started"})
_BEFORE = ("closed", "waiting", "ready", "started")
MOVES: Moves = {
    **{(state, f"delivery.{kind}"): state for state in _BEFORE for kind in ("condition_met", "consent_withdrawn")},
    **{(state, f"delivery.{kind}"): state for state in ("closed", "waiting", "ready") for kind in ("moved", "named")},
    **{(state, f"delivery.{kind}"): "started" for state in OPEN for kind in ("session_begun", "used")},
    # A session may end after the delivery has: when its consent was withdrawn, it was cancelled, or its time was over.
    **{(state, "delivery.session_ended"): state for state in STATES},
    **{(state, "delivery.delivered"): "delivered" for state in ("waiting", *sorted(OPEN))},
    ("delivered", "delivery.accepted"): "accepted",
    ("objected", "delivery.accepted"): "accepted",
    ("delivered", "delivery.objected"): "objected",
    ("no_show", "delivery.objected"): "objected",
    **{(state, "delivery.cancelled"): "cancelled" for state in (*_BEFORE, "objected")},
    **{(state, "delivery.no_show"): "no_show" for state in ("waiting", "ready")},
}
#: Why a buyer objects to a delivery: codes, because a text of their own can hold personal data.
OBJECTIONS = ("not_delivered", "interrupted", "not_as_described", "wrong_data", "other")
#: Pieces of evidence of one delivery that its state keeps; all of them are in the ledger.
MAX_EVIDENCE = 50


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The delivery of a line of an order.

    `owners`: the seller's organization and the buyer; `amount`: what the line cost, in minor units of `currency`;
    `starts`, `until`: when it can be used (RFC 3339), `starts` empty where that is at once; `booking`: of a time;
    `by_seller`: its provider moved it there, and its buyer has not moved it since;
    `economies`: the provider's and the buyer's, whose rules the order has; `epoch`: grows when a consent is withdrawn,
    its time moves or its person changes, so that grants of before do not open anything; `minor`: the person is not of
    age; `recipient`: the reference of the personal data of the person to whom it is delivered, if not the buyer;
    `session`: the one under way; `sessions`, `seconds`: how many there were, and their length together; `begun`,
    `ended`: the first begin and the last end; `accept_until`: until when its buyer can object;
    `used`: quantities by unit (UN/ECE Recommendation 20); `evidence`: codes, ids and hashes; `refunded`: minor units;
    `refund_percent`: what its terms gave of it to the buyer of another node, which pays it back.
    """

    id: str
    status: str
    order: str
    line: int
    owners: tuple[str, ...]
    kind: str
    service: str
    terms: Terms
    quantity: int
    unit: str
    amount: int
    currency: str
    created: str
    starts: str = ""
    until: str = ""
    booking: str = ""
    economies: tuple[str, ...] = ()
    conditions: Mapping[str, Condition] = {}
    by_seller: bool = False
    epoch: int = 0
    minor: bool = False
    recipient: str = ""
    session: str = ""
    sessions: int = 0
    seconds: int = 0
    begun: str = ""
    ended: str = ""
    used: Mapping[str, str] = {}
    evidence: tuple[str, ...] = ()
    accept_until: str = ""
    refunded: int = 0
    refund_percent: int = 0
    why: str = ""

    @property
    def seller(self) -> str:
        """The provider's organization."""
        return self.owners[0]

    @property
    def buyer(self) -> str:
        """Who bought it."""
        return self.owners[1]

    @property
    def is_open(self) -> bool:
        """Whether a session may begin, as far as its state says; its times are looked at besides."""
        return self.status in OPEN and opening(self.conditions) == "ready"


def apply(state: Delivery | None, event: Event) -> Delivery:
    """The delivery after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "delivery.created")
        made = msgspec.convert({**given, "id": event.stream, "status": "waiting", "created": event.time}, Delivery)
        return msgspec.structs.replace(made, status=opening(made.conditions))
    status = after(MOVES, state.id, state.status, event.kind)
    return _CHANGES.get(event.kind, _because)(msgspec.structs.replace(state, status=status), event)


def _conditions(state: Delivery, event: Event) -> Delivery:
    """A condition was met, or a consent withdrawn: then what was open waits again."""
    given, number = event.payload, event.payload["condition"]
    withdrawn = event.kind == "delivery.consent_withdrawn"
    before = state.conditions.get(number, Condition())
    changed = msgspec.structs.replace(
        before,
        state="withdrawn" if withdrawn else "met",
        by=given["by"],
        time=event.time,
        text=given.get("text", before.text),
    )
    conditions = {**state.conditions, number: changed}
    now = opening(conditions)
    status = "started" if now == "ready" and state.begun else now
    return msgspec.structs.replace(state, conditions=conditions, status=status, epoch=state.epoch + withdrawn)


def _moved(state: Delivery, event: Event) -> Delivery:
    names = ("starts", "until", "booking")
    moved = {name: event.payload[name] for name in names if name in event.payload}
    # Grants have the time of before: new ones are issued for the new time.
    by_seller = event.payload.get("by", "") == state.seller
    return msgspec.structs.replace(state, epoch=state.epoch + 1, by_seller=by_seller, **moved)


def _named(state: Delivery, event: Event) -> Delivery:
    """The person to whom it is delivered: a minor needs the consent of a guardian, and each person a new consent."""
    given = event.payload
    conditions = {**state.conditions, **msgspec.convert(given["conditions"], dict[str, Condition])}
    changed = msgspec.structs.replace(
        state, recipient=given["recipient"], minor=given["minor"], conditions=conditions, epoch=state.epoch + 1
    )
    return msgspec.structs.replace(changed, status=opening(conditions))


def _session_begun(state: Delivery, event: Event) -> Delivery:
    return msgspec.structs.replace(
        state,
        session=event.payload["session"],
        sessions=state.sessions + 1,
        begun=state.begun or event.payload.get("time") or event.time,
    )


def _session_ended(state: Delivery, event: Event) -> Delivery:
    given = event.payload
    return msgspec.structs.replace(
        state,
        session="" if state.session == given["session"] else state.session,
        seconds=state.seconds + given["seconds"],
        ended=given.get("time") or event.time,
    )


def _used(state: Delivery, event: Event) -> Delivery:
    unit, quantity = event.payload["unit"], event.payload["quantity"]
    total = Decimal(state.used.get(unit, "0")) + Decimal(quantity)
    used = {**state.used, unit: format(total, "f")}
    return _evidence(msgspec.structs.replace(state, used=used, begun=state.begun or event.time), event)


def _evidence(state: Delivery, event: Event) -> Delivery:
    new = event.payload.get("evidence", "")
    if not new or new in state.evidence:
        return state
    return msgspec.structs.replace(state, evidence=(*state.evidence, new)[-MAX_EVIDENCE:])


def _delivered(state: Delivery, event: Event) -> Delivery:
    return _evidence(msgspec.structs.replace(state, accept_until=event.payload["accept_until"]), event)


def _because(state: Delivery, event: Event) -> Delivery:
    given = event.payload
    return msgspec.structs.replace(
        state,
        why=given.get("reason", ""),
        refunded=state.refunded + given.get("refund", 0),
        refund_percent=max(state.refund_percent, given.get("percent", 0)),
        accept_until=given.get("accept_until", state.accept_until),
    )


_CHANGES: Mapping[str, Callable[[Delivery, Event], Delivery]] = {
    "delivery.condition_met": _conditions,
    "delivery.consent_withdrawn": _conditions,
    "delivery.moved": _moved,
    "delivery.named": _named,
    "delivery.session_begun": _session_begun,
    "delivery.session_ended": _session_ended,
    "delivery.used": _used,
    "delivery.delivered": _delivered,
}


def line_reference(order: str, line: int) -> str:
    """By which the delivery of a line of an order is found."""
    return f"delivery:{order}:{line}"


def _references(state: Delivery) -> tuple[str, ...]:
    return (line_reference(state.order, state.line),)


def refunded_payload(reason: str, by: str, refund: int) -> dict[str, Any]:
    """The payload of an end: why, by whom, and what is paid back in minor units."""
    return {"reason": reason, "by": by} | ({"refund": refund} if refund else {})


def _due(state: Delivery) -> Mapping[str, str]:
    """When it ends by itself (`commands.end_due`), and when what can be reminded of begins."""
    found = {"end": _ends(state)}
    if state.starts and state.status in ("waiting", "ready"):
        found["start"] = state.starts
    return {what: at for what, at in found.items() if at}


def _ends(state: Delivery) -> str:
    """When nobody can object any more, its access is over, or the term of a visit without a session; "" for never."""
    if state.status == "delivered":
        return state.accept_until
    if state.status not in ("waiting", "ready", "started") or not state.until or state.session:
        return ""
    if state.begun or (state.status != "waiting" and state.kind in ("course", "workspace")):
        return state.until
    return missed_from(state) if state.kind == "visit" else ""


def missed_from(state: Delivery) -> str:
    """From when on a visit without a session counts as one to which nobody came."""
    return timestamp(dt.datetime.fromisoformat(state.until) + dt.timedelta(days=state.terms.acceptance_days))


DELIVERY = Kind("dl_", "delivery", Delivery, apply, lambda state: state.owners, _references, due=_due)
