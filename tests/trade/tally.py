"""A small kind of object for the tests of the books: a tally that is opened, counted up and down, and closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed
from entrepot.trade.occupied import Occupied
from entrepot.trade.ports import Transaction

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


class Tally(msgspec.Struct, frozen=True):
    """The state of a tally. `notes`: what events said, in order; `time`: what it occupies while it is open."""

    id: str
    status: str
    owner: str
    count: int = 0
    notes: tuple[str, ...] = ()
    time: tuple[Any, ...] = ()


def apply(state: Tally | None, event: Event) -> Tally:
    """The state after an event."""
    if event.kind == "tally.opened" and state is None:
        return Tally(event.stream, "open", event.payload["owner"])
    if state is None or state.status == "closed":
        raise NotAllowed("not_open", f"{event.stream} is not open.")
    if event.kind == "tally.counted":
        notes = (*state.notes, event.payload["note"]) if "note" in event.payload else state.notes
        time = tuple(event.payload["time"]) if "time" in event.payload else state.time
        return msgspec.structs.replace(state, count=state.count + event.payload["by"], notes=notes, time=time)
    if event.kind == "tally.closed":
        return msgspec.structs.replace(state, status="closed")
    raise NotAllowed("unknown", f"{event.kind} is not an event of a tally.")


def references(state: Tally) -> tuple[str, ...]:
    """The notes of an open tally that are numbers which others gave it."""
    return tuple(each for each in state.notes if each.startswith("number:")) if state.status == "open" else ()


def occupies(state: Tally) -> Occupied | None:
    """The time of a unit that an open tally has."""
    return Occupied(*state.time) if state.time and state.status == "open" else None


def due(state: Tally) -> dict[str, str]:
    """What is due of an open tally: the last note `due:…` of each word, such as `due:end:2026`."""
    found = (each.split(":", 2) for each in state.notes if each.startswith("due:"))
    return {what: at for _due, what, at in found} if state.status == "open" else {}


KINDS = {
    "ta_": Kind("ta_", "tally", Tally, apply, lambda state: (state.owner,), references, occupies=occupies, due=due)
}


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> dt.datetime:
        """The time."""
        return self.time

    def pass_days(self, days: int) -> None:
        """Let days pass."""
        self.time += dt.timedelta(days=days)


def opened(stock: int = 0, owner: str = "og_1") -> Callable[[Transaction], str]:
    """A command that opens a tally with things in its stock."""

    def command(tx: Transaction) -> str:
        number = tx.new_id("ta_")
        postings = moves("supply", f"stock/{number}", number, stock) if stock else ()
        tx.append(number, "tally.opened", {"owner": owner}, postings=postings)
        return number

    return command


def counted(number: str, by: int = 1, *, key: str = "", note: str | None = None) -> Callable[[Transaction], Any]:
    """A command that counts."""
    payload: dict[str, Any] = {"by": by} if note is None else {"by": by, "note": note}
    return lambda tx: tx.append(number, "tally.counted", payload, key=key)


def timed(number: str, *time: str | int) -> Callable[[Transaction], Any]:
    """A command that lets a tally occupy a time: resource, unit, since, until and perhaps when it lapses."""
    return lambda tx: tx.append(number, "tally.counted", {"by": 0, "time": list(time)})


def taken(number: str, amount: int) -> Callable[[Transaction], Any]:
    """A command that takes things from the stock of a tally, which is never below 0."""
    postings = moves(f"stock/{number}", f"taken/{number}", number, amount, floor=0)
    return lambda tx: tx.append(number, "tally.counted", {"by": amount}, postings=postings)


def moves(source: str, target: str, unit: str, amount: int, floor: int | None = None) -> tuple[Posting, ...]:
    """The postings that move an amount."""
    return Posting(source, unit, -amount, floor), Posting(target, unit, amount)
