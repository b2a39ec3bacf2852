"""Searches: the parameters of each type, as FHIR writes them, and what they ask for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from entrepot.connect.fhir.bindings import BINDINGS
from entrepot.connect.fhir.models import own_id
from entrepot.model.errors import in_quotes, nearest

#: Resources of a page, if nothing is asked, and at most.
PAGE, MAX_PAGE = 20, 100
#: Values of one parameter at most, each of which is a condition.
MAX_VALUES = 10


class SearchFault(ValueError):
    """A search cannot be made. `code`: of the issue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Parameter(NamedTuple):
    """A parameter of a search: its type in FHIR, and what it means."""

    kind: str
    says: str


_DATE = Parameter("date", "When it is. Prefixes: eq ne lt gt le ge sa eb. A day is that of UTC")
_PATIENT = Parameter("reference", "Patient/id or the id")
_ID = Parameter("token", "The id of the resource")
#: The types and their parameters, besides `_count`, `_sort` (date or -date) and `_total`.
SEARCHES: Mapping[str, Mapping[str, Parameter]] = {
    "Appointment": {
        "_id": _ID,
        "actor": Parameter("reference", "Patient/id or Practitioner/id"),
        "date": _DATE,
        "patient": _PATIENT,
        "practitioner": Parameter("reference", "Practitioner/id or the id"),
        "status": Parameter("token", "One status, or several with commas"),
    },
    "Encounter": {
        "_id": _ID,
        "appointment": Parameter("reference", "Appointment/id or the id"),
        "date": _DATE,
        "patient": _PATIENT,
        "participant": Parameter("reference", "Practitioner/id"),
        "status": Parameter("token", "One status, or several with commas"),
    },
    "Consent": {
        "_id": _ID,
        "date": _DATE,
        "patient": _PATIENT,
        "status": Parameter("token", "active or inactive"),
    },
    "DocumentReference": {
        "_id": _ID,
        "date": _DATE,
        "patient": _PATIENT,
        "status": Parameter("token", "current or superseded"),
    },
    "Patient": {"_id": _ID},
    "Practitioner": {"_id": _ID},
    "PractitionerRole": {"_id": _ID, "practitioner": Parameter("reference", "Practitioner/id or the id")},
}
_COMMON = ("_count", "_sort", "_total", "_format", "_page")
_PREFIX = re.compile(r"(eq|ne|lt|gt|le|ge|sa|eb)?(\d{4}(?:-\d{2}(?:-\d{2}(?:T.+)?)?)?)\Z")
_ID_TEXT = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")
#: The columns of the index by the parameter.
_COLUMNS = {"patient": "patient", "practitioner": "practitioner", "participant": "practitioner"}


class When(NamedTuple):
    """A condition on a time: the first moment of the value, and the first after it (RFC 3339)."""

    prefix: str
    first: str
    after: str


class Search(NamedTuple):
    """What is searched for. Empty values do not restrict; `where`: columns of the index with their allowed values."""

    kind: str
    where: Mapping[str, tuple[str, ...]] = {}
    dates: tuple[When, ...] = ()
    limit: int = PAGE
    newest_first: bool = False
    total: bool = True
    after: str = ""


def read_search(kind: str, given: Iterable[tuple[str, str]], *, lenient: bool = False) -> Search:
    """A search from the parameters of an address. Raises SearchFault.

    `lenient`: parameters that are not known are left out, as `Prefer: handling=lenient` asks.
    """
    known = SEARCHES[kind]
    where: dict[str, tuple[str, ...]] = {}
    dates: list[When] = []
    found = Search(kind)
    for name, value in given:
        if name in _COMMON:
            found = _COMMON_READERS[name](found, value)
        elif name not in known:
            if not lenient:
                raise _unknown(kind, name, known)
        elif name == "date":
            dates.append(read_date(value))
        else:
            _restrict(where, kind, name, value)
    if len(dates) > MAX_VALUES:
        raise SearchFault("too-costly", f"At most {MAX_VALUES} dates are searched for together.")
    return found._replace(where=where, dates=tuple(dates))


def read_date(value: str) -> When:
    """A value of a date: its prefix, and the time that it covers.

    >>> read_date("ge2026-03")
    When(prefix='ge', first='2026-03-01T00:00:00.000Z', after='2026-04-01T00:00:00.000Z')
    """
    match = _PREFIX.match(value)
    try:
        if match is None:
            raise ValueError
        first, after = _span(match[2])
    except (ValueError, OverflowError):
        says = f"{in_quotes(value[:40])} is not a date. Write a year, month, day or time with a zone: ge2026-03-01."
        raise SearchFault("invalid", says) from None
    return When(match[1] or "eq", _text(first), _text(after))


def _span(text: str) -> tuple[dt.datetime, dt.datetime]:
    if "T" in text:
        first = dt.datetime.fromisoformat(text.replace(" ", "+"))
        if first.tzinfo is None:
            raise ValueError
        step = dt.timedelta(minutes=1) if text.count(":") - (":" in text[19:]) < 2 else dt.timedelta(seconds=1)
        if first.microsecond:
            step = dt.timedelta(milliseconds=1)
        return first, first + step
    parts = [int(each) for each in text.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    first = dt.datetime(year, month, day, tzinfo=dt.UTC)
    if len(parts) == 3:
        return first, first + dt.timedelta(days=1)
    later = (year, month + 1) if len(parts) == 2 and month < 12 else (year + 1, 1)
    return first, dt.datetime(*later, 1, tzinfo=dt.UTC)


def _text(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _restrict(where: dict[str, tuple[str, ...]], kind: str, name: str, value: str) -> None:
    values = tuple(filter(None, value.split(",")))
    if not values or len(values) > MAX_VALUES:
        raise SearchFault("invalid", f"The parameter {name} has 1 to {MAX_VALUES} values.")
    if name == "status":
        codes = BINDINGS[f"{kind}.status"].codes
        for each in values:
            if each not in codes:
                near = nearest(each, codes)
                hint = f" Did you mean {near}?" if near else f" Codes: {', '.join(sorted(codes))}."
                raise SearchFault("code-invalid", f"{in_quotes(each[:40])} is not a status of {kind}.{hint}")
        column, allowed = "status", values
    else:
        column, allowed = _reference(kind, name, values)
    # A parameter that is given twice restricts twice.
    before = where.get(column)
    where[column] = tuple(each for each in allowed if before is None or each in before) or ("",)


def _reference(kind: str, name: str, values: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The column and the ids of references."""
    found, columns = [], set()
    for each in values:
        head, _, number = each.rpartition("/")
        head = head.rpartition("/")[2]
        if not _ID_TEXT.match(number):
            raise SearchFault("invalid", f"{in_quotes(each[:60])} is not a reference. Write Type/id.")
        columns.add(_column(kind, name, head))
        found.append(number)
    if len(columns) > 1:
        raise SearchFault("not-supported", f"The values of {name} are all of one type.")
    return columns.pop(), tuple(found)


def _column(kind: str, name: str, head: str) -> str:
    if name == "actor":
        if head not in ("Patient", "Practitioner"):
            raise SearchFault("invalid", "Write the type of the actor: Patient/id or Practitioner/id.")
        return head.lower()
    if name in ("_id", "appointment") or kind == "PractitionerRole":
        return "number"
    return _COLUMNS[name]


def _unknown(kind: str, name: str, known: Iterable[str]) -> SearchFault:
    names = [*known, "_count", "_sort", "_total"]
    near = nearest(name, names)
    hint = f" Did you mean {near}?" if near else f" Known: {', '.join(names)}."
    return SearchFault("not-supported", f"{kind} has no parameter {in_quotes(name[:40])} here.{hint}")


def _count(search: Search, value: str) -> Search:
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise SearchFault("invalid", f"_count is a whole number from 1 to {MAX_PAGE}.")
    return search._replace(limit=min(max(int(value), 1), MAX_PAGE))


def _sort(search: Search, value: str) -> Search:
    if value not in ("date", "-date"):
        raise SearchFault("not-supported", "_sort is date or -date.")
    return search._replace(newest_first=value == "-date")


def _total(search: Search, value: str) -> Search:
    if value not in ("none", "estimate", "accurate"):
        raise SearchFault("invalid", "_total is none, estimate or accurate.")
    return search._replace(total=value != "none")


def _format(search: Search, value: str) -> Search:
    if value.replace(" ", "+") not in ("json", "application/json", "application/fhir+json"):
        raise SearchFault("not-supported", "Resources are served as JSON.")
    return search


def _page(search: Search, value: str) -> Search:
    if not re.fullmatch(r"[A-Za-z0-9.:~-]{1,120}", value):
        raise SearchFault("invalid", "The link to the page is damaged. Begin the search again.")
    return search._replace(after=value)


_COMMON_READERS = {"_count": _count, "_sort": _sort, "_total": _total, "_format": _format, "_page": _page}


def own_number(number: str) -> str:
    """The id of the object of this node behind the id of a resource: what follows a dot counts its parts.

    >>> own_number("hr-019ca6b1dc0070018000000000000000.2")
    'hr_019ca6b1dc0070018000000000000000'
    """
    return own_id(number.partition(".")[0])
