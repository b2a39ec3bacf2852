"""A workspace: the seats of a delivery, its guests and its space. Documents and their names are not in the ledger.

A member of the buyer's organization takes a seat at the first opening; a seat can be given up for another. A guest has
a link to one document that expires. Both are grants, which can be revoked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.delivery.commands import MAX_GUESTS, grant_to, owned, record_use, revoke_grant
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import Grant, check, refusal, standing
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction

#: Bytes of documents for each seat.
SEAT_BYTES = 200_000_000
#: The unit of a seat that is used (UN/ECE Recommendation 20: person).
SEAT_UNIT = "IE"
_KINDS = ("workspace.seat_taken", "workspace.seat_freed", "workspace.guest_invited", "workspace.guest_removed")
MOVES: Moves = {("open", kind): "open" for kind in _KINDS}


class Guest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A guest: the document that its link opens, its role, and until when."""

    document: str
    role: str
    until: str


class Workspace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A workspace. `places`: how many seats were bought; `quota`: bytes; `seats`: persons with the grant of each."""

    id: str
    status: str
    delivery: str
    owners: tuple[str, ...]
    places: int
    quota: int
    created: str
    seats: Mapping[str, str] = {}
    guests: Mapping[str, Guest] = {}


def apply(state: Workspace | None, event: Event) -> Workspace:
    """The workspace after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "workspace.opened")
        return msgspec.convert({**given, "id": event.stream, "status": "open", "created": event.time}, Workspace)
    status = after(MOVES, state.id, state.status, event.kind)
    return _CHANGES[event.kind](msgspec.structs.replace(state, status=status), given)


def _seat_taken(state: Workspace, given: Mapping[str, Any]) -> Workspace:
    return msgspec.structs.replace(state, seats={**state.seats, given["person"]: given["grant"]})


def _seat_freed(state: Workspace, given: Mapping[str, Any]) -> Workspace:
    left = {person: grant for person, grant in state.seats.items() if person != given["person"]}
    return msgspec.structs.replace(state, seats=left)


def _guest_invited(state: Workspace, given: Mapping[str, Any]) -> Workspace:
    guest = Guest(document=given["document"], role=given["role"], until=given["until"])
    return msgspec.structs.replace(state, guests={**state.guests, given["grant"]: guest})


def _guest_removed(state: Workspace, given: Mapping[str, Any]) -> Workspace:
    left = {grant: guest for grant, guest in state.guests.items() if grant != given["grant"]}
    return msgspec.structs.replace(state, guests=left)


_CHANGES: Mapping[str, Callable[[Workspace, Mapping[str, Any]], Workspace]] = {
    "workspace.seat_taken": _seat_taken,
    "workspace.seat_freed": _seat_freed,
    "workspace.guest_invited": _guest_invited,
    "workspace.guest_removed": _guest_removed,
}


def reference(delivery: str) -> str:
    """By which the workspace of a delivery is found."""
    return f"workspace:{delivery}"


def open_workspace(tx: Transaction, delivery: str, *, by: str) -> Workspace:
    """The workspace of a delivery, made at its first opening by the buyer. Raises NotFound, Refusal where not open."""
    found = owned(tx, delivery, by)
    if found.kind != "workspace" or by != found.buyer:
        raise NotFound(delivery)
    known = tx.lookup(reference(delivery))
    if known is not None:
        workspace: Workspace = tx.get(known)
        return workspace
    if not found.is_open:
        raise refusal("delivery_not_open", status=found.status)
    payload = {
        "delivery": delivery,
        "owners": [found.buyer],
        "places": found.quantity,
        "quota": found.quantity * SEAT_BYTES,
    }
    made: Workspace = tx.append(tx.new_id("ws_"), "workspace.opened", payload)
    return made


def take_seat(tx: Transaction, number: str, person: str, *, by: str) -> Grant:
    """The grant of a member of the buyer's organization; a free seat is taken for it.

    Raises TradeError where no seat is free, Refusal where the delivery is not open.
    """
    workspace, delivery = _of(tx, number, by)
    grant: Grant | None = None
    if known := workspace.seats.get(person):
        grant = tx.get(known)
        if grant is not None and (grant.status != "active" or grant.epoch != delivery.epoch):
            tx.append(number, "workspace.seat_freed", {"person": person})
            grant = None
    if grant is None:
        seats: Workspace = tx.get(number)
        if len(seats.seats) >= seats.places:
            raise TradeError(
                "no_free_seat",
                "All {n} seats of this workspace are taken. Give one up, or buy more.",
                n=seats.places,
            )
        if not delivery.is_open:
            raise refusal("delivery_not_open", status=delivery.status)
        grant = grant_to(tx, delivery.id, person, "editor")
        tx.append(number, "workspace.seat_taken", {"person": person, "grant": grant.id})
        record_use(tx, delivery.id, "1", SEAT_UNIT, evidence=grant.id, key=f"seat/{grant.id}")
    standing(grant, tx.get(delivery.id), tx.time)
    return grant


def free_seat(tx: Transaction, number: str, person: str, *, by: str) -> Workspace:
    """Give up the seat of a person, whose access ends at once."""
    workspace, _delivery = _of(tx, number, by)
    grant = workspace.seats.get(person)
    if grant is None:
        return workspace
    revoke_grant(tx, grant, by=by, reason="seat_freed")
    freed: Workspace = tx.append(number, "workspace.seat_freed", {"person": person})
    return freed


def invite_guest(tx: Transaction, number: str, document: str, role: str, *, holder: str, until: str, by: str) -> Grant:
    """A grant for a guest, for one document. `holder`: the keyed hash of the secret in the link. Raises TradeError."""
    workspace, delivery = _of(tx, number, by)
    if role not in ("reader", "editor"):
        raise TradeError("role_invalid", "A guest reads or edits.", "role")
    if len(workspace.guests) >= MAX_GUESTS:
        raise TradeError("too_many_guests", "A workspace has at most {n} links. Remove one first.", n=MAX_GUESTS)
    if not delivery.is_open:
        raise refusal("delivery_not_open", status=delivery.status)
    ends = min(until, delivery.until) if delivery.until else until
    grant = grant_to(tx, delivery.id, holder, role, what=document, until=ends)
    payload = {"grant": grant.id, "document": document, "role": role, "until": grant.until}
    tx.append(number, "workspace.guest_invited", payload)
    return grant


def remove_guest(tx: Transaction, number: str, grant: str, *, by: str) -> Workspace:
    """Revoke the link of a guest, whose access ends at once."""
    workspace, _delivery = _of(tx, number, by)
    if grant not in workspace.guests:
        raise NotFound(grant)
    revoke_grant(tx, grant, by=by, reason="link_removed")
    removed: Workspace = tx.append(number, "workspace.guest_removed", {"grant": grant})
    return removed


def guest_grant(tx: Transaction, number: str, secret: str) -> Grant:
    """The grant of a link. Raises NotFound where the secret is another's, Refusal where it opens nothing now."""
    grant: Grant = tx.get(number)
    if grant.kind != "workspace" or grant.holder != guest_holder(tx, secret):
        raise NotFound(number)
    check(tx, grant)
    return grant


def guest_holder(tx: Transaction, secret: str) -> str:
    """Whose a guest's grant is: the keyed hash of the secret, which is in the link only."""
    return f"guest:{tx.keyed_hash(f'workspace-guest:{secret}')}"


def _of(tx: Transaction, number: str, by: str) -> tuple[Workspace, Delivery]:
    workspace: Workspace = tx.get(number)
    if by not in workspace.owners:
        raise NotFound(number)
    delivery: Delivery = tx.get(workspace.delivery)
    return workspace, delivery


WORKSPACE = Kind(
    "ws_", "workspace", Workspace, apply, lambda state: state.owners, lambda each: (reference(each.delivery),)
)
