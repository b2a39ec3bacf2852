"""The way of personal data from this node's economy to another: since when data leave, and what makes it lawful.

A mechanism (a standard contract, an assessment) takes effect when a second person has approved what the first recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.data_words import MECHANISMS
from entrepot.model.errors import TradeError, nearest
from entrepot.trade.approvals import Proposal, approve, propose
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed, check_first
from entrepot.trade.ports import Transaction

ACT: Final = "transfer.mechanism"
#: How long a recorded mechanism holds at most, in days, where its own end is later: it is looked at again.
MAX_DAYS: Final = 3 * 366
#: The opinion of a lawyer on a law that is not known here is asked for again each year.
MAX_OPINION_DAYS: Final = 366
_MAX_NUMBER: Final = 80


class Mechanism(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What makes transfers lawful. `number`: of its filing or contract; `until`: the first day on which it has ended.

    `proposal`: who recorded it and who approved it.
    """

    name: str
    number: str
    since: str
    until: str
    proposal: Proposal

    def holds(self, day: str) -> bool:
        """Whether it was approved and holds on a day."""
        return self.proposal.approved and self.since <= day < self.until

    def says(self) -> dict[str, str]:
        """What is approved."""
        return {"name": self.name, "number": self.number, "since": self.since, "until": self.until}


class Route(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From an economy to another. `first`: by category, the day on which data left for the first time."""

    id: str
    origin: str
    destination: str
    created: str
    status: str = "open"
    first: Mapping[str, str] = {}
    mechanisms: tuple[Mechanism, ...] = ()

    def held(self, day: dt.date) -> frozenset[str]:
        """The names of the mechanisms that hold on a day."""
        return frozenset(each.name for each in self.mechanisms if each.holds(day.isoformat()))


def apply(state: Route | None, event: Event) -> Route:
    """The route after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "transfer_route.opened")
        return msgspec.convert({**given, "id": event.stream, "created": event.time}, Route)
    if event.kind == "transfer_route.used":
        return msgspec.structs.replace(state, first={**state.first, given["category"]: given["day"]})
    if event.kind == "transfer_route.mechanism_proposed":
        made = msgspec.convert(given["mechanism"], Mechanism)
        kept = tuple(each for each in state.mechanisms if each.name != made.name or each.proposal.approved)
        return msgspec.structs.replace(state, mechanisms=(*kept, made))
    if event.kind == "transfer_route.mechanism_approved":
        done = msgspec.convert(given["mechanism"], Mechanism)
        kept = tuple(each for each in state.mechanisms if each.name != done.name)
        return msgspec.structs.replace(state, mechanisms=(*kept, done))
    if event.kind == "transfer_route.mechanism_withdrawn":
        kept = tuple(each for each in state.mechanisms if each.name != given["name"])
        return msgspec.structs.replace(state, mechanisms=kept)
    raise NotAllowed("transfer_route_state", "{event} is not an event of a route.", event=event.kind)


def reference(origin: str, destination: str) -> str:
    """By which a route is found.

    >>> reference("VN", "CN")
    'transfer-route:VN:CN'
    """
    return f"transfer-route:{origin}:{destination}"


def route_of(tx: Transaction, origin: str, destination: str) -> Route:
    """The route between two economies; it is opened where there is none."""
    known = tx.lookup(reference(origin, destination))
    if known is not None:
        found: Route = tx.get(known)
        return found
    payload = {"origin": origin, "destination": destination}
    opened: Route = tx.append(tx.new_id("tr_"), "transfer_route.opened", payload)
    return opened


def record_mechanism(
    tx: Transaction, origin: str, destination: str, name: str, *, number: str, until: dt.date, by: str
) -> Route:
    """A person records a mechanism; it holds when another one approves it. Raises TradeError."""
    if name not in MECHANISMS:
        known = ", ".join(MECHANISMS)
        raise TradeError(
            "mechanism_unknown",
            "{name!r} is not a mechanism. Mechanisms: {known}.",
            "mechanism",
            nearest(name, MECHANISMS),
            name=name,
            known=known,
        )
    number, today = " ".join(number.split()), tx.time.date()
    if not number or len(number) > _MAX_NUMBER:
        raise TradeError(
            "mechanism_number", "Give the number of the filing, contract or opinion, at most 80 characters.", "number"
        )
    last = today + dt.timedelta(days=MAX_OPINION_DAYS if name == "legal_opinion" else MAX_DAYS)
    if not today < until <= last:
        raise TradeError(
            "mechanism_until", "The end must be after today and at most {last}.", "until", last=last.isoformat()
        )
    says = {"name": name, "number": number, "since": today.isoformat(), "until": until.isoformat()}
    route = route_of(tx, origin, destination)
    mechanism = {**says, "proposal": msgspec.to_builtins(propose(ACT, says, by=by, at=tx.time))}
    payload: dict[str, Any] = {"mechanism": mechanism}
    found: Route = tx.append(route.id, "transfer_route.mechanism_proposed", payload)
    return found


def approve_mechanism(tx: Transaction, origin: str, destination: str, name: str, *, by: str) -> Route:
    """Another person approves a recorded mechanism. Raises TradeError."""
    route = route_of(tx, origin, destination)
    pending = [each for each in route.mechanisms if each.name == name and not each.proposal.approved]
    made = pending[-1] if pending else None
    done = approve(made.proposal if made else None, ACT, made.says() if made else {}, by=by, at=tx.time)
    payload = {"mechanism": {**(made.says() if made else {}), "proposal": msgspec.to_builtins(done)}}
    found: Route = tx.append(route.id, "transfer_route.mechanism_approved", payload)
    return found


def withdraw_mechanism(tx: Transaction, origin: str, destination: str, name: str, *, by: str) -> Route:
    """A mechanism has ended: one person is enough, and nothing more leaves under it. Raises TradeError."""
    route = route_of(tx, origin, destination)
    if all(each.name != name for each in route.mechanisms):
        raise TradeError("mechanism_missing", "No such mechanism is recorded.", "mechanism")
    found: Route = tx.append(route.id, "transfer_route.mechanism_withdrawn", {"name": name, "by": by})
    return found


ROUTE = Kind(
    "tr_",
    "transfer_route",
    Route,
    apply,
    lambda _state: (),
    lambda state: (reference(state.origin, state.destination),),
)
