"""The screening of the parties of an order: what each list said, and what an operator decided.

A hit holds the order: it gets no parcel and is not declared until an operator has cleared it. The ledger has keyed
hashes of names and the numbers of entries, never a name; what an operator writes is in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.screening.register import REFERENCE, Register

HIT, NO_HIT, NOT_COMPARABLE, CLEARED, CONFIRMED = "hit", "no_hit", "not_comparable", "cleared", "confirmed"
#: Why a hit was cleared, as codes.
REASONS: Final = ("other_birth", "other_country", "other_person", "common_name", "licence")
MAX_NOTE: Final = 2000
MOVES: Moves = {
    (HIT, "screening.cleared"): CLEARED,
    (HIT, "screening.confirmed"): CONFIRMED,
    (NOT_COMPARABLE, "screening.cleared"): CLEARED,
    (NOT_COMPARABLE, "screening.confirmed"): CONFIRMED,
    (CLEARED, "screening.kept"): CLEARED,
    (CONFIRMED, "screening.kept"): CONFIRMED,
}
_FIRST: Final = "screening.done"


class ListedMatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a list that may be a party. `party`: buyer, consignee or seller; `score`: in hundredths."""

    list: str
    entry: str
    party: str
    score: int
    because: tuple[str, ...] = ()


class Screening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The screening of an order. `lists`: the digests; `names`: keyed hashes by party; `algorithm`, `threshold`.

    `personal`: the reference of the names in the vault: other names are screened again.
    `status`: hit, no_hit, not_comparable, cleared or confirmed; `by`: who decided; `why`: a code; `note`: its
    reference in the vault. `uncompared`: entries of which no name is in a script of the parties' names.
    """

    id: str
    about: str
    status: str
    lists: Mapping[str, str]
    names: Mapping[str, str]
    algorithm: str
    threshold: int
    created: str
    done: str
    matches: tuple[ListedMatch, ...] = ()
    personal: str = ""
    uncompared: int = 0
    assumed: tuple[str, ...] = ()
    by: str = ""
    why: str = ""
    note: str = ""
    decided: str = ""


def apply(state: Screening | None, event: Event) -> Screening:
    """The screening after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, _FIRST)
    if event.kind == _FIRST:
        given = {**event.payload, "id": event.stream, "done": event.time}
        return msgspec.convert({**given, "created": state.created if state else event.time}, Screening)
    assert state is not None  # noqa: S101  # the first event is checked above
    status = after(MOVES, state.id, state.status, event.kind)
    if event.kind == "screening.kept":
        return msgspec.structs.replace(state, personal=event.payload["personal"], done=event.time)
    changed = {name: event.payload.get(name, "") for name in ("by", "why", "note")}
    return msgspec.structs.replace(state, status=status, decided=event.time, **changed)


def record(tx: Transaction, about: str, result: Mapping[str, Any]) -> Screening:
    """Record a screening of an order. One that says the same as what an operator cleared stays cleared."""
    known = tx.lookup(reference(about))
    before: Screening | None = tx.get(known) if known else None
    if before is not None and before.status in (CLEARED, CONFIRMED) and _same(before, result):
        if before.personal == result["personal"]:
            return before
        # Something else of the buyer was corrected, such as the telephone: what was decided stays.
        kept: Screening = tx.append(before.id, "screening.kept", {"personal": result["personal"]})
        return kept
    payload = {**result, "about": about}
    found: Screening = tx.append(known or tx.new_id("sc_"), _FIRST, payload)
    return found


def _same(before: Screening, result: Mapping[str, Any]) -> bool:
    """Whether a screening finds nothing that was not decided: the same names, lists and entries."""
    entries = {(each["list"], each["entry"], each["party"]) for each in result["matches"]}
    decided = {(each.list, each.entry, each.party) for each in before.matches}
    return entries <= decided and dict(before.names) == result["names"] and dict(before.lists) == result["lists"]


def decide(tx: Transaction, number: str, *, by: str, why: str, note: str, confirm: bool = False) -> Screening:
    """An operator clears a hit with a reason, or confirms it: the order stays held. Raises TradeError, NotFound."""
    found = tx.get(number) if number.startswith("sc_") else None
    if not isinstance(found, Screening):
        raise NotFound(number)
    if not by:
        raise TradeError("person_missing", "Say who you are: two different persons must be recorded.", "by")
    if not confirm and why not in REASONS:
        raise TradeError(
            "why_unknown", "{why!r} is not a reason. Reasons: {known}.", "why", why=why, known=", ".join(REASONS)
        )
    text = note.strip()
    if not text or len(text) > MAX_NOTE:
        raise TradeError("note_missing", "Write what you compared, at most {most} characters.", "note", most=MAX_NOTE)
    kept = tx.put_personal(number, "screening", {"note": text}, retain_until=tx.time.date().replace(month=12, day=31))
    kind = "screening.confirmed" if confirm else "screening.cleared"
    decided: Screening = tx.append(number, kind, {"by": by, "why": why, "note": kept})
    return decided


def reference(about: str) -> str:
    """By which the screening of an order is found.

    >>> reference("or_1")
    'screening:or_1'
    """
    return f"screening:{about}"


def held(tx: Transaction, about: str) -> str:
    """Why an order is held: its screening has a hit, or it was not screened with the lists in use; "" if it is not."""
    register = tx.lookup(REFERENCE)
    if register is None:
        return ""
    lists: Register = tx.get(register)
    known = tx.lookup(reference(about))
    if known is None:
        return "not_screened" if lists.lists else ""
    found: Screening = tx.get(known)
    same = dict(found.lists) == lists.digests() and found.personal == tx.get(about).buyer.personal
    if lists.lists and not same and found.status != CONFIRMED:
        return "not_screened"
    return found.status if found.status in (HIT, CONFIRMED) else ""


def check_not_held(tx: Transaction, about: str) -> None:
    """Raise TradeError for an order that is held. The text does not say why: it must not warn a listed party."""
    if held(tx, about):
        raise TradeError("order_held", "{order} waits for a check by the operator of this node.", "order", order=about)


SCREENING = Kind("sc_", "screening", Screening, apply, lambda _state: (), lambda state: (reference(state.about),))
__all__ = ["REASONS", "SCREENING", "ListedMatch", "Screening", "check_not_held", "decide", "held", "record"]
