"""Switches that make a sandbox slow, wrong or absent, or make it repeat itself. A restart keeps them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from entrepot.sandbox.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS switches (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL);"

Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every sandbox can be switched to.

    `slow`: seconds before each answer; `wrong`: answers that are not what was asked for, and nothing is taken;
    `absent`: every request is answered with the status 503; `repeat`: how often each message is sent; `late`: seconds
    that a message is sent later than it would be; `reorder`: messages that are due together are sent in reverse order;
    `garbage`: a damaged copy is sent before each message; `day`: the day of the sandbox's calendar; null: today.
    """

    slow: Annotated[float, Meta(ge=0, le=600)] = 0
    wrong: bool = False
    absent: bool = False
    repeat: Annotated[int, Meta(ge=1, le=10)] = 1
    late: Seconds = 0
    reorder: bool = False
    garbage: bool = False
    day: dt.date | None = None


S = TypeVar("S", bound=Switches)


def now(zone: dt.tzinfo, switches: Switches) -> dt.datetime:
    """The time by the sandbox's calendar: the time of the clock, on the day of the switch."""
    found = dt.datetime.now(zone)
    return found if switches.day is None else dt.datetime.combine(switches.day, found.time(), zone)


class SwitchError(ValueError):
    """A switch that does not exist, or a value that it does not take."""


def read(database: Database, kind: type[S]) -> S:
    """The switches as stored; those that were never set have their usual value."""
    stored = database.value("SELECT value FROM switches")
    return kind() if stored is None else msgspec.json.decode(stored, type=kind)


def change(database: Database, kind: type[S], changes: Mapping[str, Any]) -> S:
    """Set some switches, and return all. Raises SwitchError."""
    with database.transaction() as connection:
        before = msgspec.to_builtins(read(database, kind))
        if unknown := sorted(set(changes) - set(before)):
            raise SwitchError(f"{unknown[0]} is not a switch. Switches: {', '.join(before)}.")
        try:
            after = msgspec.convert(before | dict(changes), kind)
        except msgspec.ValidationError as error:
            raise SwitchError(f"The switches cannot be set: {error}.") from None
        connection.execute("INSERT OR REPLACE INTO switches VALUES (1, ?)", (msgspec.json.encode(after),))
    return after
