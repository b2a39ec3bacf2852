"""The health record of one visit in the ledger: that something was given, agreed to, withdrawn and signed; never what.

What the patient gives before the visit and what the note says stand in the vault. Until a visit takes place, what was
given can be erased at once (`intake_subject`); afterwards it is kept as long as the rules of both economies ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first

#: The purpose of all personal data on health.
PURPOSE = "health"
#: Years that a record of before is kept, whose events do not say how long: the longest that any economy asks for.
LONGEST = 25
MOVES: Moves = {
    ("prepared", "health.prepared"): "prepared",
    ("prepared", "health.consented"): "consented",
    ("prepared", "health.discarded"): "discarded",
    ("consented", "health.prepared"): "prepared",
    ("consented", "health.consent_withdrawn"): "withdrawn",
    ("consented", "health.discarded"): "discarded",
    ("withdrawn", "health.prepared"): "prepared",
    ("withdrawn", "health.consented"): "consented",
    ("withdrawn", "health.discarded"): "discarded",
    ("discarded", "health.prepared"): "prepared",
    **{(state, "health.retained"): state for state in ("prepared", "consented", "withdrawn")},
    **{(state, "health.noted"): state for state in ("consented", "withdrawn")},
}


class Consent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A consent. `version`, `digest`: of its text; `language`: in which it was read; `by`: the person who agreed.

    `economies`: of the patient and of the provider; `capacity`: `self` or `guardian`; `data`, `purposes`: codes.
    """

    number: int
    version: str
    digest: str
    language: str
    by: str
    capacity: str
    economies: tuple[str, str]
    data: tuple[str, ...]
    purposes: tuple[str, ...]
    given: str
    withdrawn: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signed note. `hash`: of its content, which is `personal`; `signer`: the person; `key`: of the signature."""

    number: int
    hash: str
    personal: str
    signer: str
    key: str
    signed: str
    replaces: int = 0


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The health record of a visit.

    `patient`: a keyed hash, the same in all visits of a patient at a provider; `practitioner`: `pr_…`, or "";
    `personal`: the reference of what the patient gave; `kept_years`, `kept_by`: how long the record is kept after the
    visit, and the row of the packs that says so; `kept_until`: the day (ISO), "" before the visit took place.
    """

    id: str
    status: str
    delivery: str
    owners: tuple[str, ...]
    economies: tuple[str, str]
    patient: str
    practitioner: str
    personal: str
    created: str
    consents: tuple[Consent, ...] = ()
    notes: tuple[Note, ...] = ()
    kept_until: str = ""
    kept_by: str = ""
    kept_years: int = LONGEST

    @property
    def seller(self) -> str:
        """The provider's organization."""
        return self.owners[0]

    @property
    def buyer(self) -> str:
        """The patient's party."""
        return self.owners[1]

    @property
    def consent(self) -> Consent | None:
        """The consent that is in force."""
        last = self.consents[-1] if self.consents else None
        return last if last is not None and self.status == "consented" and not last.withdrawn else None

    @property
    def note(self) -> Note | None:
        """The note that holds: the last one."""
        return self.notes[-1] if self.notes else None


def apply(state: Record | None, event: Event) -> Record:
    """The record after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "health.prepared")
        return msgspec.convert({**given, "id": event.stream, "status": "prepared", "created": event.time}, Record)
    status = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=status, **_CHANGES[event.kind](state, given, event))


def _prepared(state: Record, given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """Given anew. Who the patient is may change, so a consent before does not hold for it."""
    return {
        "patient": given["patient"],
        "personal": given["personal"],
        "practitioner": given["practitioner"],
        "kept_years": given.get("kept_years", state.kept_years),
        "kept_by": given.get("kept_by", state.kept_by),
        "consents": _withdrawn(state, event.time),
    }


def _consented(state: Record, given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    consent = msgspec.convert({**given, "number": len(state.consents) + 1, "given": event.time}, Consent)
    return {"consents": (*state.consents, consent)}


def _consent_withdrawn(state: Record, _given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    return {"consents": _withdrawn(state, event.time)}


def _discarded(state: Record, _given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    return {"personal": "", "patient": "", "consents": _withdrawn(state, event.time)}


def _retained(_state: Record, given: Mapping[str, Any], _event: Event) -> dict[str, Any]:
    return {"personal": given["personal"], "kept_until": given["until"], "kept_by": given["rule"]}


def _noted(state: Record, given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    before = state.notes[-1].number if state.notes else 0
    note = msgspec.convert({**given, "number": len(state.notes) + 1, "signed": event.time, "replaces": before}, Note)
    return {"notes": (*state.notes, note)}


def _withdrawn(state: Record, time: str) -> tuple[Consent, ...]:
    return tuple(each if each.withdrawn else msgspec.structs.replace(each, withdrawn=time) for each in state.consents)


_CHANGES = {
    "health.prepared": _prepared,
    "health.consented": _consented,
    "health.consent_withdrawn": _consent_withdrawn,
    "health.discarded": _discarded,
    "health.retained": _retained,
    "health.noted": _noted,
}


def record_reference(delivery: str) -> str:
    """By which the record of a delivery is found."""
    return f"health:{delivery}"


def intake_subject(record: str) -> str:
    """The subject of what was given before the visit, apart from what is kept after it."""
    return f"{record}:intake"


RECORD = Kind(
    "hr_", "health_record", Record, apply, lambda state: state.owners, lambda state: (record_reference(state.delivery),)
)
