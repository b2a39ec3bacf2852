"""Who read the records of patients: logged before anything is shown, and shown to the patient.

Each read of what a patient gave, of a consent or a note: on a page, as a file, over FHIR, in an export of the personal
data of an account. A read that cannot be logged fails. The rows hold references only, and are kept as long as the
record, by the same rule of law.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from entrepot.store import health_reads
from entrepot.store.health_reads import Read
from entrepot.trade.health.record import Record
from entrepot.trade.health.rules import years_later
from entrepot.trade_app.services.health import Person

#: Rows that are shown.
SHOWN = 200
#: The ways of reading.
PAGE, FILE, FHIR, EXPORT = "page", "file", "fhir", "export"


def log_reads(who: Person, records: Iterable[Record], how: str) -> None:
    """Log that somebody reads records today."""
    today = dt.datetime.now(dt.UTC).date()
    health_reads.note(
        (Read(each.id, today, who.organization, who.person, how), _kept_until(each, today)) for each in records
    )


def _kept_until(record: Record, today: dt.date) -> dt.date:
    """As long as the record: before the visit took place, as long as it would be kept from today on."""
    return dt.date.fromisoformat(record.kept_until) if record.kept_until else years_later(today, record.kept_years)


def reads_of(record: Record) -> list[Read]:
    """The last reads of a record, the newest day first."""
    return health_reads.of_record(record.id, SHOWN)
