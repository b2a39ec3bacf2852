"""The rows of what is due: for each object, the moments at which something of it happens by itself (`Kind.due`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entrepot.store.trade import sql
from entrepot.trade.objects import Kind, kind_of

TABLE, COLUMNS = "store_duetime", ("object", "what", "at")


def write(cursor: Any, states: Mapping[str, Any], before: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Write what is due of objects that changed. `before`: the states of those that were stored."""
    gone: list[str] = []
    rows: list[tuple[str, str, str]] = []
    for number, state in states.items():
        kind = kind_of(number, kinds)
        old, new = (kind.due(before[number]) if number in before else {}), kind.due(state)
        if old != new:
            gone += [number] if old else []
            rows += _rows(number, new)
    if gone:
        cursor.execute(f"DELETE FROM {TABLE} WHERE object IN ({', '.join(['%s'] * len(gone))})", gone)
    if rows:
        sql.insert(cursor, TABLE, COLUMNS, rows)


def rows_of(states: Mapping[str, Any], kinds: Mapping[str, Kind]) -> list[tuple[str, str, str]]:
    """All rows, from the states of all objects."""
    return [row for number, state in states.items() for row in _rows(number, kind_of(number, kinds).due(state))]


def _rows(number: str, due: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    return [(number, what, at) for what, at in due.items() if at]


def read(cursor: Any, what: str, times: tuple[str, str], after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    """What is due from one moment until another one, in order."""
    query = (
        f"SELECT at, object FROM {TABLE} WHERE what = %s AND at >= %s AND at <= %s AND (at, object) > (%s, %s) "
        "ORDER BY at, object LIMIT %s"
    )
    return [(at, number) for at, number in sql.select(cursor, query, what, *times, *after, limit)]
