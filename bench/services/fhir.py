"""A search of FHIR in 10,000 appointments: how long a page takes, with everything that is in it.

    .venv/bin/python bench/services/fhir.py                        10,000 appointments in SQLite
    .venv/bin/python bench/services/fhir.py --postgresql           PostgreSQL, a server of its own in a temporary folder
    .venv/bin/python bench/services/fhir.py --appointments 2000 --json FILE

Each appointment has a patient, whose data are decrypted for the page, and every resource is checked against R4B and its
code bindings. A search is answered by Django's handler in this process, without the network. Given are the time on the
clock and the processor time of this process. Exit code 1 if the median of a page of the default size is 50 ms of
processor or more.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

sys.path.remove(str(Path(__file__).resolve().parent))  # the name of this file is that of a package
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trade"))  # `ledger` has the database
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "web"))  # `practice` makes the visits

import clock
from ledger import database

SEED, PATIENTS = 20261126, 500
#: The most milliseconds of a page.
MOST = 50.0
START = dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC)
QUERIES = (
    "Appointment",
    "Appointment?date=2026-03-10",
    "Appointment?date=ge2026-03-01&date=lt2026-04-01&status=booked",
    "Appointment?actor=Practitioner/{doctor}&_sort=-date",
    "Appointment?patient={patient}",
    "Appointment?status=pending&_total=none",
    "Encounter?date=ge2026-02-01",
    "Consent?status=active&patient={patient}",
)


class Taken(NamedTuple):
    """The medians of some runs, in milliseconds: on the clock, and of the processor."""

    wall: float
    cpu: float


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--appointments", type=int, default=10_000)
    asked.add_argument("--times", type=int, default=15)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.postgresql) as url:
        os.environ |= {"ENTREPOT_DATA": folder} | ({"ENTREPOT_DATABASE": url} if url else {})
        os.environ["DJANGO_SETTINGS_MODULE"] = "entrepot.web.site.settings"
        import django

        django.setup()
        logging.disable()  # a line for each request
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        found: dict[str, Any] = {"database": "PostgreSQL" if url else "SQLite", "appointments": options.appointments}
        begin = time.perf_counter()
        made = _generate(options.appointments)
        found |= {"generated_s": time.perf_counter() - begin, "load": clock.load()}
        found["searches"] = list(_searches(made, options.times))
    slow = [each for each in found["searches"] if each["count"] is None and each["processor_ms"] >= MOST]
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    head = f"{found['database']}, {options.appointments} appointments, made in {found['generated_s']:.0f} s"
    print(f"{head}; {len(slow)} too slow")
    return 1 if slow else 0


class Made(NamedTuple):
    """What was made: the header with a key, and ids for queries."""

    key: str
    doctor: str
    patient: str


def _generate(count: int) -> Made:
    import practice
    from django.db import transaction

    from entrepot.store import keys
    from entrepot.store.people import organizations
    from entrepot.trade_app.books import open_books

    draw, books = random.Random(SEED), open_books()
    seller, buyer = (organizations.create_organization(f"Party {each}", "CN", "seller").id for each in "ab")
    doctors = [practice.register(books, seller, "us_1", f"as_{each}") for each in range(5)]
    key = keys.create_key("of a measurement", ["trade"], 1_000_000, organization=seller)[1]

    def one(number: int) -> None:
        at, given = draw.randrange(len(doctors)), draw.randrange(PATIENTS)
        starts = START + dt.timedelta(minutes=60 * (number // len(doctors)))
        intake = {**practice.INTAKE, "name": f"Patient {given}", "reason": "itching " * draw.randint(1, 30)}

        def command(tx: Any) -> None:
            made = practice.visit(tx, seller, buyer, starts, calendar=f"as_{at}")
            practice.prepare(tx, made, doctors[at].id, intake)
            if number % 2:
                practice.agree(tx, made)
            if number % 4 == 1:
                practice.meet(tx, made)

        books.run(command)

    for first in range(0, count, 200):
        with transaction.atomic():
            for number in range(first, min(first + 200, count)):
                one(number)
    records = books.list_objects("hr_", owner=buyer, limit=1)
    return Made(f"Bearer {key}", doctors[0].id.replace("_", "-"), f"pt-{records[0].patient[:40]}")


def _searches(made: Made, times: int) -> Iterator[dict[str, Any]]:
    from django.conf import settings
    from django.test import Client

    host = settings.ALLOWED_HOSTS[0].lstrip(".") or "localhost"
    client = Client(headers={"host": host, "authorization": made.key})
    for query in QUERIES:
        for count in (None, 100):
            more = "" if count is None else f"{'&' if '?' in query else '?'}_count={count}"
            address = f"/fhir/R4B/{query.format(doctor=made.doctor, patient=made.patient)}{more}"
            answer = client.get(address)  # the models and the law are loaded before
            assert answer.status_code == 200, answer.content
            page = json.loads(answer.content)
            assert all(each["resource"]["id"] for each in page.get("entry", []))
            taken = _times(partial(client.get, address), times)
            shown = f"{len(page.get('entry', [])):3} of {page.get('total', '?'):>5}"
            print(f"  {taken.wall:7.1f} ms, {taken.cpu:6.1f} of processor  {shown}  {query} {count or ''}", flush=True)
            yield {
                "query": query,
                "count": count,
                "entries": len(page.get("entry", [])),
                "total": page.get("total"),
                "ms": taken.wall,
                "processor_ms": taken.cpu,
            }


def _times(run: Callable[[], Any], times: int) -> Taken:
    walls, processors = [], []
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        run()
        walls.append((time.perf_counter() - begin) * 1000)
        processors.append((time.process_time() - used) * 1000)
    return Taken(median(walls), median(processors))


if __name__ == "__main__":
    raise SystemExit(main())
