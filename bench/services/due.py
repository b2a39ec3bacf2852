"""How long the timers take that remind of services and end what is due, among many deliveries that are open.

    .venv/bin/python bench/services/due.py                  100,000 deliveries, of which 100 begin within an hour
    .venv/bin/python bench/services/due.py --deliveries 10000 --sqlite

The rows are written as the node writes them. Before there was an index of what is due, both timers read every open
delivery each time (the last line).
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trade"))  # `ledger` has the database

import clock
from ledger import database

SOON = 100


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Timers among many open deliveries.")
    asked.add_argument("--deliveries", type=int, default=100_000)
    asked.add_argument("--sqlite", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(not options.sqlite) as url:
        os.environ |= {"ENTREPOT_DATA": folder} | ({"ENTREPOT_DATABASE": url} if url else {})
        measure(options.deliveries)
    return 0


def measure(count: int) -> None:
    """Write the deliveries, and run the timers."""
    from entrepot.trade_app import due
    from entrepot.trade_app.books import open_books

    books, now = open_books(), dt.datetime.now(dt.UTC)  # which makes the database ready for what is imported next
    from entrepot.trade_app.services import reminders

    books.run(lambda tx: tx.time)
    fill(count, now)
    steps = (
        ("reminders, the first time", lambda: reminders.remind(books, now)),
        ("reminders, again", lambda: reminders.remind(books, now)),
        ("what is due", lambda: due.end_due(books)),
        ("as before: read all open ones", lambda: sum(1 for _ in every(books))),
    )
    print(f"{count:,} open deliveries, {SOON} begin within an hour; load {clock.load()}")
    for name, run in steps:
        started = time.perf_counter()
        found = run()
        print(f"{name:32} {(time.perf_counter() - started) * 1000:9,.1f} ms, {found:,} of them")


def fill(count: int, now: dt.datetime) -> None:
    """Visits, one a minute from tomorrow on, and some that begin within the hour."""
    from django.db import connection, transaction

    from entrepot.store.trade import due_rows, sql
    from entrepot.trade.audit.verify import encode_state
    from entrepot.trade.delivery.deliveries import DELIVERY, Delivery
    from entrepot.trade.ledger.events import timestamp
    from entrepot.trade.service_terms import Terms

    def made(at: int) -> Delivery:
        starts = now + dt.timedelta(minutes=30) if at < SOON else now + dt.timedelta(days=2, minutes=at)
        return Delivery(
            id=f"dl_{at:032x}", status="ready", order=f"or_{at:032x}", line=1, owners=("og_1", "us_1"), kind="visit",
            service="telemedicine", terms=Terms(kind="visit", minutes=20), quantity=1, unit="H87", amount=30000,
            currency="CNY", created=timestamp(now), starts=timestamp(starts),
            until=timestamp(starts + dt.timedelta(hours=1)),
        )  # fmt: skip

    with transaction.atomic(), connection.cursor() as cursor:
        for first in range(0, count, 1000):
            part = range(first, min(first + 1000, count))
            states = {each.id: each for each in map(made, part)}
            objects = [(number, "dl_", "ready", encode_state(each), 0) for number, each in states.items()]
            sql.insert(cursor, "store_tradeobject", ("id", "kind", "status", "state", "position"), objects)
            rows = due_rows.rows_of(states, {"dl_": DELIVERY})
            sql.insert(cursor, due_rows.TABLE, due_rows.COLUMNS, rows)


def every(books):  # type: ignore[no-untyped-def]  # as the timers read before
    """All open deliveries, page by page."""
    before = ""
    while page := books.list_objects("dl_", status="ready", before=before, limit=100):
        yield from page
        before = page[-1].id


if __name__ == "__main__":
    sys.exit(main())
