"""The kinds of objects: which events change them, who may see them, and how their state is folded from events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.occupied import Occupied

if TYPE_CHECKING:
    from entrepot.trade.ports import Transaction

#: A table of moves: the state, and the kind of the event, to the next state.
Moves: TypeAlias = Mapping[tuple[str, str], str]


class Kind(NamedTuple):
    """A kind of object.

    `prefix`: of its ids; `name`: the `object` of the API; `state`: the type of its state, which has `id` and `status`;
    `apply`: the state after an event (from None for the first), which raises NotAllowed where the event does not
    follow; `owners`: the ids of the organisations and people to whom the object belongs, and of an object
    whose part it is; `references`: the numbers that
    others give it, such as `waybill:…`, by which `Transaction.lookup` finds it; each belongs to one object.
    `occupies`: the time of a unit of a resource that it has, if it has one; no other object has a part of it. None for
    kinds that never have one.
    `due`: when something of it happens by itself (RFC 3339), by what: `end` for `trade_app.due`, `start` for reminders.
    `follow`: what else happens in the same transaction, such as that the order of a payment follows it; it gets the
    transaction, the state before, the state after, and the event. It is not repeated when a state is rebuilt: what it
    appends are events of their own.
    """

    prefix: str
    name: str
    state: type[msgspec.Struct]
    apply: Callable[[Any | None, Event], Any]
    owners: Callable[[Any], tuple[str, ...]]
    references: Callable[[Any], tuple[str, ...]] = lambda _state: ()
    occupies: Callable[[Any], Occupied | None] | None = None
    due: Callable[[Any], Mapping[str, str]] = lambda _state: {}
    follow: Callable[[Transaction, Any | None, Any, Event], None] = lambda _tx, _before, _after, _event: None


class NotAllowed(TradeError):
    """An event does not follow from the state of the object. `code`: for programs; the text says what is possible."""


def states_of(moves: Moves) -> tuple[str, ...]:
    """The states that moves lead from or to, each once.

    >>> states_of({("active", "grant.used"): "active", ("active", "grant.revoked"): "revoked"})
    ('active', 'revoked')
    """
    return tuple(dict.fromkeys(state for (before, _kind), later in moves.items() for state in (before, later)))


def after(moves: Moves, number: str, status: str, kind: str) -> str:
    """The state after an event, by a table of moves. Raises NotAllowed, which names the events that can follow.

    >>> after({("active", "offer.paused"): "paused"}, "of_1", "active", "offer.paused")
    'paused'
    >>> after({("active", "offer.paused"): "paused"}, "of_1", "active", "offer.resumed")
    Traceback (most recent call last):
    entrepot.trade.objects.NotAllowed: of_1 is active: offer.resumed cannot follow. What can: offer.paused.
    """
    found = moves.get((status, kind))
    if found is None:
        able = ", ".join(sorted(event for state, event in moves if state == status)) or "nothing"
        code = f"{kind.partition('.')[0]}_state"
        raise NotAllowed(
            code,
            "{object} is {status}: {event} cannot follow. What can: {able}.",
            object=number,
            status=status,
            event=kind,
            able=able,
        )
    return found


def check_first(event: Event, *kinds: str, code: str = "") -> None:
    """Raise NotAllowed unless an event is one with which an object begins. `code`: else that of its kind, `…_unknown`.

    >>> event = Event(id="ev_1", stream="of_1", kind="offer.paused", payload={}, time="2026-03-01T00:00:00.000Z")
    >>> check_first(event, "offer.created")
    Traceback (most recent call last):
    entrepot.trade.objects.NotAllowed: of_1 does not exist: it cannot have offer.paused.
    """
    if event.kind not in kinds:
        raise NotAllowed(
            code or f"{kinds[0].partition('.')[0]}_unknown",
            "{object} does not exist: it cannot have {event}.",
            object=event.stream,
            event=event.kind,
        )


def kind_of(number: str, kinds: Mapping[str, Kind]) -> Kind:
    """The kind of an object, by the prefix of its id. Raises KeyError."""
    return kinds[number.partition("_")[0] + "_"]
