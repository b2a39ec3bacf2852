"""Which resources of visits an organization finds, and the search in them by time, status, patient and practitioner.

The rows are computed from the states of deliveries, health records and practitioners, in the transaction that changes a
state, so they never differ from it. They hold no name and nothing on health. An encounter copies the patient of its
appointment; a patient is found through the appointments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.health.chart import APPOINTMENT
from entrepot.trade.health.encounters import encounter_of
from entrepot.trade.health.practitioners import Practitioner, calendar_reference
from entrepot.trade.health.record import Record
from entrepot.trade.service_terms import HEALTH

TABLE = "store_healthentry"
IDENTITY = ("owner", "kind", "number")
#: After every time: what lasts.
LASTS = "9999"
#: What a condition on a time asks of the begin and the end of a resource, by the prefix of FHIR. Each `%s` is the first
#: moment of the value (`first`) or the first one after it (`after`), as named.
_DATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "eq": ("start >= %s AND finish < %s", ("first", "after")),
    "ne": ("(start < %s OR finish >= %s)", ("first", "after")),
    "gt": ("finish >= %s", ("after",)),
    "ge": ("finish >= %s", ("first",)),
    "lt": ("start < %s", ("first",)),
    "le": ("start < %s", ("after",)),
    "sa": ("start >= %s", ("after",)),
    "eb": ("finish < %s", ("first",)),
}


class When(NamedTuple):
    """A condition on a time: its prefix, the first moment of the value, and the first after it (RFC 3339)."""

    prefix: str
    first: str
    after: str


class Wanted(NamedTuple):
    """What is searched for. `where`: columns with their allowed values; `after`: `start` and `number` of the last."""

    owner: str
    kind: str
    where: Mapping[str, Sequence[str]] = {}
    dates: Sequence[When] = ()
    newest_first: bool = False
    after: tuple[str, str] | None = None


class Entry(NamedTuple):
    """A resource that was found: its id, its object and record, and by what it is sorted."""

    number: str
    object: str
    record: str
    start: str


class Found(NamedTuple):
    """A page: its entries, how many there are on all pages (None: not counted), and whether more follow."""

    entries: list[Entry]
    total: int | None
    more: bool


def is_indexed(state: Any) -> bool:
    """Whether a state has rows: a visit that concerns health, a record or a practitioner."""
    if isinstance(state, Delivery):
        return state.kind == "visit" and state.service in HEALTH
    return isinstance(state, (Record, Practitioner))


def update(cursor: Any, states: Iterable[Any]) -> None:
    """Write the rows of changed states. Uses the open transaction, and reads nothing."""
    found = [each for each in states if is_indexed(each)]
    for each in found:
        if isinstance(each, Delivery):
            _write_delivery(cursor, each)
    for each in found:
        if isinstance(each, Record):
            _write_record(cursor, each)
        elif isinstance(each, Practitioner):
            _write_practitioner(cursor, each)


def rebuild(cursor: Any, states: Iterable[Any]) -> None:
    """Write all rows anew. Uses the open transaction."""
    cursor.execute(f"DELETE FROM {TABLE}")  # a name in the code
    update(cursor, states)


def search(wanted: Wanted, *, limit: int, total: bool = True) -> Found:
    """Resources of an owner, the earliest first, or the newest."""
    where, values = ["owner = %s", "kind = %s"], [wanted.owner, wanted.kind]
    for column, allowed in wanted.where.items():
        where.append(f"{column} IN ({', '.join(['%s'] * len(allowed))})")
        values += allowed
    for each in wanted.dates:
        condition, names = _DATES[each.prefix]
        where.append(f"start <> '' AND {condition}")
        values += [getattr(each, name) for name in names]
    with connection.cursor() as cursor:
        count = None
        if total:
            query = f"SELECT count(*) FROM {TABLE} WHERE {' AND '.join(where)}"  # values are parameters
            count = int(_select(cursor, query, values)[0][0])
        if wanted.after is not None:
            where.append(f"(start, number) {'<' if wanted.newest_first else '>'} (%s, %s)")
            values += wanted.after
        order = "start DESC, number DESC" if wanted.newest_first else "start, number"
        columns = "number, object, record, start"
        query = f"SELECT {columns} FROM {TABLE} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT %s"
        rows = [Entry(*row) for row in _select(cursor, query, [*values, limit + 1])]
    return Found(rows[:limit], count, len(rows) > limit)


def find(owner: str, kind: str, number: str) -> Entry | None:
    """A resource of an owner by its id; a patient through the last appointment."""
    if kind == "Patient":
        found = search(Wanted(owner, "Appointment", {"patient": (number,)}, newest_first=True), limit=1, total=False)
    else:
        found = search(Wanted(owner, kind, {"number": (number,)}), limit=1, total=False)
    return found.entries[0] if found.entries else None


def patients(owner: str, wanted: Sequence[str] = (), *, after: str = "", limit: int) -> Found:
    """The patients of an owner, each with its last visit, in the order of their ids."""
    where, values = ["owner = %s", "kind = 'Appointment'", "patient <> ''"], [owner]
    if wanted:
        where.append(f"patient IN ({', '.join(['%s'] * len(wanted))})")
        values += wanted
    grouped = f"FROM {TABLE} WHERE {' AND '.join(where)}"
    with connection.cursor() as cursor:
        query = f"SELECT count(DISTINCT patient) {grouped}"
        count = int(_select(cursor, query, values)[0][0])
        query = (
            f"SELECT patient, max(object), max(record), '' {grouped} AND patient > %s GROUP BY patient "
            "ORDER BY patient LIMIT %s"
        )
        rows = [Entry(*row) for row in _select(cursor, query, [*values, after, limit + 1])]
    return Found(rows[:limit], count, len(rows) > limit)


def _write_delivery(cursor: Any, state: Delivery) -> None:
    number, owners = _fhir(state.id), dict.fromkeys(state.owners)
    columns = (*IDENTITY, "object", "status", "start", "finish")
    status = APPOINTMENT[state.status]
    rows = [(owner, "Appointment", number, state.id, status, state.starts, state.starts) for owner in owners]
    _upsert(cursor, columns, rows)
    # Before the patient gives anything, the calendar says who sees the patient.
    references = [calendar_reference(state.seller, each) for each in (state.terms.resource, "")]
    known = "SELECT replace(object, '_', '-') FROM store_tradereference WHERE reference IN (%s, %s) ORDER BY reference"
    cursor.execute(
        f"UPDATE {TABLE} SET practitioner = coalesce(({known} DESC LIMIT 1), '') "  # as above
        "WHERE object = %s AND kind = 'Appointment' AND practitioner = ''",
        [*references, state.id],
    )
    encounter = encounter_of(state)
    if encounter is not None:
        values = [encounter.status, encounter.start, encounter.end or LASTS, state.id]
        cursor.execute(
            f"INSERT INTO {TABLE} (owner, kind, number, object, record, status, start, finish, patient, practitioner) "
            f"SELECT owner, 'Encounter', number, object, record, %s, %s, %s, patient, practitioner FROM {TABLE} "
            "WHERE object = %s AND kind = 'Appointment' ON CONFLICT (owner, kind, number) DO UPDATE SET "
            "status = excluded.status, start = excluded.start, finish = excluded.finish",
            values,
        )


def _write_record(cursor: Any, state: Record) -> None:
    patient = f"pt-{state.patient[:40]}" if state.patient else ""
    doctor = _fhir(state.practitioner)
    cursor.execute(
        f"UPDATE {TABLE} SET record = %s, patient = %s, practitioner = %s WHERE object = %s "  # as above
        "AND kind IN ('Appointment', 'Encounter')",
        [state.id, patient, doctor, state.delivery],
    )
    parts = [
        ("Consent", each.number, "inactive" if each.withdrawn else "active", each.given) for each in state.consents
    ]
    last = state.note.number if state.note else 0
    parts += [
        ("DocumentReference", each.number, "current" if each.number == last else "superseded", each.signed)
        for each in state.notes
    ]
    columns = (*IDENTITY, "object", "record", "status", "start", "finish", "patient", "practitioner")
    rows: list[tuple[Any, ...]] = []
    for owner in dict.fromkeys(state.owners):
        for kind, part, status, time in parts:
            number = f"{_fhir(state.id)}.{part}"
            rows.append((owner, kind, number, state.delivery, state.id, status, time, time, patient, doctor))
    if rows:
        _upsert(cursor, columns, rows)
    if state.practitioner:
        _write_practitioner_for(cursor, state.practitioner, state.buyer, "active")


def _write_practitioner(cursor: Any, state: Practitioner) -> None:
    _write_practitioner_for(cursor, state.id, state.seller, state.status)


def _write_practitioner_for(cursor: Any, number: str, owner: str, status: str) -> None:
    columns = (*IDENTITY, "object", "status", "practitioner")
    doctor = _fhir(number)
    rows = [(owner, kind, doctor, number, status, doctor) for kind in ("Practitioner", "PractitionerRole")]
    _upsert(cursor, columns, rows)


def _fhir(number: str) -> str:
    """An id as FHIR writes it."""
    return number.replace("_", "-")


def _upsert(cursor: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows; where there is one with this identity, set its other columns."""
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in IDENTITY)
    statement = (
        f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({', '.join(IDENTITY)}) DO UPDATE SET {changed}"
    )
    for row in rows:
        cursor.execute(statement, list(row))


def _select(cursor: Any, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    cursor.execute(query, values)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
