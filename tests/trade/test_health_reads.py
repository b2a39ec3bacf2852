"""The log of who reads health records: one row a day for each reader and way, kept as long as the record."""

from __future__ import annotations

import datetime as dt

import pytest

from entrepot.store import health_reads
from entrepot.store.health_reads import Read
from entrepot.trade.health.record import Record
from entrepot.trade_app.services.health import Person
from entrepot.trade_app.services.health_reads import PAGE, log_reads, reads_of

RECORD = Record(
    id="hr_1", status="consented", delivery="dl_1", owners=("og_1", "us_1"), economies=("TH", "CN"), patient="p",
    practitioner="", personal="pd_1", created="2026-03-01T00:00:00.000Z", kept_years=15,
)  # fmt: skip


@pytest.mark.usefixtures("sqlite_tables")
def test_a_read_is_logged_once_a_day_and_kept_as_long_as_the_record() -> None:
    who, today = Person("og_1", "ps_1"), dt.datetime.now(dt.UTC).date()
    for _time in range(3):
        log_reads(who, [RECORD, RECORD], PAGE)
    log_reads(Person("og_1", ""), [RECORD], "fhir")
    assert sorted(reads_of(RECORD)) == [
        Read("hr_1", today, "og_1", "", "fhir"),
        Read("hr_1", today, "og_1", "ps_1", PAGE),
    ]
    yesterday = Read("hr_2", today - dt.timedelta(days=1), "og_1", "ps_1", PAGE)
    health_reads.note([(yesterday, today), (yesterday, today)])
    # A row is deleted on the day after that until which its record is kept, and not before.
    assert health_reads.delete_ended(today) == 0
    assert health_reads.delete_ended(today + dt.timedelta(days=1)) == 1
    fifteen = today.replace(year=today.year + 15, day=min(today.day, 28))
    assert health_reads.delete_ended(fifteen - dt.timedelta(days=3)) == 0
    assert health_reads.delete_ended(fifteen + dt.timedelta(days=8)) == 2
