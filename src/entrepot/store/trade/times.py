"""The rows of times that objects occupy: one for each booking that has a time of a unit now.

The lock of the ledger decides: commands run one after the other, and each sees the times that were taken before it. On
PostgreSQL an exclusion constraint guards the table besides: two rows of one unit that meet cannot be written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from entrepot.store.trade import sql
from entrepot.store.trade.sql import Immediate, Script
from entrepot.trade.occupied import Occupied, Span

TABLE = "store_bookedtime"
COLUMNS = ("object", "resource", "unit", "since", "until", "expires")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM {TABLE}"
#: PostgreSQL finds them by the index of the exclusion constraint, SQLite by that of resource and end.
_MEETS = {
    "postgresql": (
        "(resource = %s AND tstzrange(to_timestamp(since), to_timestamp(until)) && "
        "tstzrange(to_timestamp(%s), to_timestamp(%s)))"
    ),
    "sqlite": "(resource = %s AND until > %s AND since < %s)",
}


def read_times(cursor: Any, span: Span) -> dict[str, Occupied]:
    """What has a part of a time of a resource, by object."""
    rows = sql.select(cursor, f"{_SELECT} WHERE {_MEETS[cursor.db.vendor]}", *span)
    return {number: Occupied(*row) for number, *row in rows}


def ask_for(script: Script | Immediate, spans: Collection[Span]) -> None:
    """Add the statement that reads what has a part of some times."""
    where = " OR ".join([_MEETS[script.db.vendor]] * len(spans))
    script.execute(f"{_SELECT} WHERE {where}", [each for span in spans for each in span])


def by_span(spans: Collection[Span], rows: Sequence[tuple[Any, ...]]) -> dict[Span, Mapping[str, Occupied]]:
    """What that statement has found, for each of the times."""
    by_resource: dict[str, list[tuple[str, Occupied]]] = {}
    for number, *row in rows:
        time = Occupied(*row)
        by_resource.setdefault(time.resource, []).append((number, time))
    return {
        span: {number: each for number, each in by_resource.get(span.resource, ()) if each.meets(*span)}
        for span in spans
    }


def write_times(cursor: Any, times: Mapping[str, Occupied | None], before: Mapping[str, Any]) -> None:
    """Write the times of objects that have another one now. `before`: the states of those that were stored.

    All that changed are deleted first: one object may have given its time to another of the same transaction.
    """
    if stored := [number for number in times if number in before]:
        cursor.execute(f"DELETE FROM {TABLE} WHERE object IN ({', '.join(['%s'] * len(stored))})", stored)
    if rows := [(number, *each) for number, each in times.items() if each is not None]:
        sql.insert(cursor, TABLE, COLUMNS, rows)


def ended_times(cursor: Any, lapsed: int, ended: int, limit: int) -> list[str]:
    """Objects whose time lapsed until one moment, or ended until another one."""
    query = f"SELECT object FROM {TABLE} WHERE expires > 0 AND expires <= %s ORDER BY expires LIMIT %s"
    found = sql.select(cursor, query, lapsed, limit)
    found += sql.select(cursor, f"SELECT object FROM {TABLE} WHERE until <= %s ORDER BY until LIMIT %s", ended, limit)
    return list(dict.fromkeys(str(number) for (number,) in found))[:limit]


def all_times(cursor: Any) -> dict[str, Occupied]:
    """All times that objects occupy."""
    return {number: Occupied(*row) for number, *row in sql.select(cursor, _SELECT)}
