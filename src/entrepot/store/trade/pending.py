"""What an operator looks at: personal data that waits for its erasure, and what was taken of annual limits in total."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection

from entrepot.store.trade import sql
from entrepot.store.trade.personal import TABLE, as_day

#: Characters of `limit/CN/2026/` and of the keyed hash after it, in the name of an account.
_HEAD, _HASH = 14, 64


class PendingErasure(NamedTuple):
    """Personal data whose erasure was requested: it happens on `on`. Whose it is, not what it says."""

    reference: str
    subject: str
    purpose: str
    on: dt.date


class LimitTotal(NamedTuple):
    """What is used and reserved of the annual limits of an economy in a year, in minor units, by so many people."""

    economy: str
    year: int
    currency: str
    people: int
    used: int
    reserved: int


def pending_erasures(limit: int) -> tuple[list[PendingErasure], int]:
    """The erasures that wait, the next ones first, and how many there are."""
    where = "WHERE erase AND NOT erased"
    with connection.cursor() as cursor:
        query = (
            f"SELECT reference, subject, purpose, retain_until FROM {TABLE} {where} ORDER BY retain_until, id LIMIT %s"
        )
        rows = sql.select(cursor, query, limit)
        ((count,),) = sql.select(cursor, f"SELECT count(*) FROM {TABLE} {where}")
    return [
        PendingErasure(reference, subject, purpose, as_day(until)) for reference, subject, purpose, until in rows
    ], count


def limit_totals() -> list[LimitTotal]:
    """The totals of each economy and year, the last year first."""
    part, kind = f"substr(account, 1, {_HEAD - 1})", f"substr(account, {_HEAD + _HASH + 1})"
    query = (
        f"SELECT {part}, unit, {kind}, count(*), sum(amount) FROM store_balance "
        f"WHERE account >= 'limit/' AND account < 'limit0' GROUP BY {part}, unit, {kind}"
    )
    found: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        for head, unit, name, count, amount in sql.select(cursor, query):
            found.setdefault((head, unit), {})[name] = (count, int(amount))
    totals = []
    for (head, unit), sums in found.items():
        _limit, economy, year = head.split("/")
        people, _taken = sums.get("", (0, 0))
        used, reserved = (sums.get(name, (0, 0))[1] for name in ("/used", "/reserved"))
        totals.append(LimitTotal(economy, int(year), unit.removeprefix("limit:"), people, used, reserved))
    return sorted(totals, key=lambda each: (-each.year, each.economy))
