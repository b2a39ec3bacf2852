"""Practitioners of a provider: who sees patients in which calendar, and which person signs the notes.

Name and licence are personal data and stand in the vault; the ledger has the calendar, the person and the economy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction

PURPOSE = "practitioner"
MOVES: Moves = {
    ("active", "practitioner.changed"): "active",
    ("active", "practitioner.ended"): "ended",
    ("ended", "practitioner.changed"): "active",
}
#: Characters of each field at most.
FIELDS: Mapping[str, int] = {"name": 120, "qualification": 120, "licence": 80, "authority": 160, "zone": 60}


class Practitioner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A practitioner. `person`: who signs (`us_…`); `calendar`: the asset that is booked, "" for any of the provider.

    `economy`: where the practitioner is licensed; `personal`: the reference of name, qualification and licence.
    """

    id: str
    status: str
    seller: str
    person: str
    economy: str
    personal: str
    created: str
    calendar: str = ""


class Profile(NamedTuple):
    """What is shown of a practitioner. `licence`: its number, `authority`: who issued it; `zone`: the time zone."""

    name: str
    qualification: str
    licence: str
    authority: str
    zone: str


class Registration(NamedTuple):
    """What a provider gives."""

    profile: Profile
    person: str
    economy: str
    calendar: str = ""


def read_profile(given: Mapping[str, str]) -> Profile:
    """What is shown of a practitioner. Raises TradeError."""
    values = {name: " ".join(given.get(name, "").split()) for name in FIELDS}
    for name, most in FIELDS.items():
        if not values[name]:
            raise TradeError("field_missing", "The field {field} is missing.", name, field=name)
        if len(values[name]) > most:
            raise TradeError("field_too_long", "{field} has at most {most} characters.", name, field=name, most=most)
    return Profile(**values)


def profile_of(values: Mapping[str, str]) -> Profile:
    """What was stored."""
    return Profile(**{name: values.get(name, "") for name in FIELDS})


def apply(state: Practitioner | None, event: Event) -> Practitioner:
    """The practitioner after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "practitioner.registered")
        return msgspec.convert({**given, "id": event.stream, "status": "active", "created": event.time}, Practitioner)
    status = after(MOVES, state.id, state.status, event.kind)
    changed = {name: given[name] for name in ("person", "economy", "personal", "calendar") if name in given}
    return msgspec.structs.replace(state, status=status, **changed)


def register(tx: Transaction, given: Registration, *, seller: str, number: str = "") -> Practitioner:
    """Register a practitioner, or change the one with this number. Raises TradeError, NotFound."""
    known = owned(tx, number, seller) if number else None
    if tx.lookup(calendar_reference(seller, given.calendar)) not in (None, number):
        raise TradeError("calendar_taken", "This calendar is that of another practitioner.", "calendar")
    personal = tx.put_personal(seller, PURPOSE, given.profile._asdict(), retain_until=tx.time.date())
    payload = {"person": given.person, "economy": given.economy, "calendar": given.calendar, "personal": personal}
    if known is not None:
        changed: Practitioner = tx.append(known.id, "practitioner.changed", payload)
        return changed
    made: Practitioner = tx.append(tx.new_id("pr_"), "practitioner.registered", {**payload, "seller": seller})
    return made


def end(tx: Transaction, number: str, *, seller: str) -> Practitioner:
    """A practitioner sees no more patients here. Raises NotAllowed, NotFound."""
    owned(tx, number, seller)
    ended: Practitioner = tx.append(number, "practitioner.ended", {})
    return ended


def of_calendar(tx: Transaction, seller: str, calendar: str) -> Practitioner | None:
    """Who sees patients in a calendar of a provider; else who does in any of them."""
    found = tx.lookup(calendar_reference(seller, calendar)) or tx.lookup(calendar_reference(seller, ""))
    return tx.get(found) if found else None


def owned(tx: Transaction, number: str, seller: str) -> Practitioner:
    """A practitioner of a provider. Raises NotFound for one of somebody else."""
    found: Practitioner | None = tx.get(number) if number.startswith("pr_") else None
    if found is None or found.seller != seller:
        raise NotFound(number)
    return found


def calendar_reference(seller: str, calendar: str) -> str:
    """By which the practitioner is found whose calendar is booked."""
    return f"practitioner:{seller}:{calendar}"


PRACTITIONER = Kind(
    "pr_",
    "practitioner",
    Practitioner,
    apply,
    lambda state: (state.seller,),
    lambda state: (calendar_reference(state.seller, state.calendar),) if state.status == "active" else (),
)
