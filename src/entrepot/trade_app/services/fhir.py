"""Visits as FHIR resources: read by their ids, and searched, for one organization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.connect.fhir import people, visits
from entrepot.connect.fhir.models import checked
from entrepot.connect.fhir.searches import Search
from entrepot.connect.fhir.visits import binary
from entrepot.model.errors import TradeError
from entrepot.store import health_index
from entrepot.store.health_index import Entry, Found, Wanted
from entrepot.trade.health.chart import Chart
from entrepot.trade.health.record import Record
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import health, notes
from entrepot.trade_app.services.health import Person
from entrepot.trade_app.services.health_reads import FHIR, log_reads

__all__ = ["Erased", "Page", "binary", "checked", "checked_bundle", "file_of", "read", "search"]

Resource = Mapping[str, Any]
_DOCTORS = ("Practitioner", "PractitionerRole")


class Erased(Exception):
    """The data of a resource were erased."""


class Page(NamedTuple):
    """A page of a search: its resources, how many there are on all pages, and what the link to the next one says."""

    resources: Sequence[Resource]
    total: int | None
    next: str


def read(organization: str, kind: str, number: str, base: str) -> Resource:
    """A resource of an organization. Raises NotFound, Erased."""
    entry = health_index.find(organization, kind, number)
    if entry is None:
        raise NotFound(number)
    found = _resources(organization, kind, [entry._replace(number=number)], base)
    if not found:
        raise Erased
    return found[0]


def search(organization: str, asked: Search, base: str) -> Page:
    """A page of a search."""
    if asked.kind == "Patient":
        wanted = asked.where.get("number", ())
        found = health_index.patients(organization, wanted, after=asked.after.strip("~"), limit=asked.limit)
    else:
        after = tuple(asked.after.split("~", 1)) if "~" in asked.after else None
        found = health_index.search(
            Wanted(
                organization,
                asked.kind,
                asked.where,
                [health_index.When(*each) for each in asked.dates],
                asked.newest_first,
                (after[0], after[1]) if after else None,
            ),
            limit=asked.limit,
            total=asked.total,
        )
    return Page(_resources(organization, asked.kind, found.entries, base), found.total, _next(found))


def _next(found: Found) -> str:
    last = found.entries[-1] if found.entries else None
    return f"{last.start}~{last.number}" if found.more and last is not None else ""


def _resources(organization: str, kind: str, entries: Sequence[Entry], base: str) -> list[Resource]:
    """The resources of entries, checked. Those whose data were erased are left out."""
    if kind in _DOCTORS:
        make = people.practitioner if kind == "Practitioner" else people.practitioner_role
        return [checked(make(each)) for each in health.doctors_of([each.object for each in entries])]
    charts = {each.delivery: each for each in health.charts(organization, [each.object for each in entries])}
    found: list[Resource] = []
    read: list[Record] = []
    for entry in entries:
        chart = charts.get(entry.object)
        made = _of_chart(kind, chart, entry.number, base) if chart is not None else None
        if made is not None and chart is not None:
            found.append(checked(made))
            read += [chart.record] if chart.record is not None else []
    log_reads(Person(organization, ""), read, FHIR)
    return found


def _of_chart(kind: str, chart: Chart, number: str, base: str) -> Resource | None:
    if kind == "Appointment":
        return visits.appointment(chart)
    if kind == "Encounter":
        return visits.encounter(chart)
    if kind == "Patient":
        return people.patient(chart, chart.patient) if chart.patient is not None else None
    if chart.record is None:
        return None
    part = number.rpartition(".")[2]
    if kind == "Consent":
        return next((visits.consent(chart, each) for each in chart.record.consents if str(each.number) == part), None)
    notes_of = (each for each in chart.record.notes if str(each.number) == part)
    return next((visits.document_reference(chart, each, base) for each in notes_of), None)


def file_of(organization: str, number: str) -> tuple[str, bytes]:
    """A file of a note, by the id of its Binary: the media type and the content. Raises NotFound, Erased."""
    reference, _, form = number.rpartition(".")
    entry = health_index.find(organization, "DocumentReference", reference)
    if entry is None or form not in notes.FORMS:
        raise NotFound(number)
    try:
        reader = Person(organization, "")
        content = notes.file_of(reader, entry.object, int(reference.rpartition(".")[2]), form, how=FHIR)
    except TradeError:
        raise Erased from None
    return notes.FORMS[form], content


def checked_bundle(found: Resource) -> Resource:
    """A page of a search. Its resources were checked one by one; here the frame is."""
    checked(
        {**found, "entry": [{"fullUrl": each["fullUrl"], "search": each["search"]} for each in found["entry"]]}
        if "entry" in found
        else found
    )
    return found
