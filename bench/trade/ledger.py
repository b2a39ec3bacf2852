"""Events appended a second, beside a bare insert of the same bytes with the same durability; and the verification.

    .venv/bin/python bench/trade/ledger.py                         SQLite
    .venv/bin/python bench/trade/ledger.py --postgresql            PostgreSQL, a server of its own in a temporary folder
    .venv/bin/python bench/trade/ledger.py --threads 16 --seconds 3 --events 100000 --json FILE

Both sides run in the same number of threads, sync each commit to the disk, and share a transaction among the requests
that wait (group commit). The bare side inserts the canonical JSON of the same events into a table with a number and
nothing else. The other side runs commands of the books: an offer is created with its key, its stock is posted, its
state, owners, balances and hashes are written. The sides alternate. At the end the ledger must be verified.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "web"))  # the server of PostgreSQL

import clock

FORM = {
    "titles": {"en": "Roasted coffee", "vi": "Cà phê rang"},
    "hs_code": "0901.21",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "stock": 1_000_000,
    "net_mass_kg": "0.5",
}


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--threads", type=int, default=16)
    asked.add_argument("--seconds", type=float, default=3.0)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--events", type=int, default=100_000)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(options.postgresql) as url:
        os.environ |= {"ENTREPOT_DATA": folder} | ({"ENTREPOT_DATABASE": url} if url else {})
        found = measure(options)
    found |= {"database": "PostgreSQL" if url else "SQLite", "threads": options.threads, "load": clock.load()}
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))
    return 0 if found["problems"] == 0 else 1


@contextmanager
def database(wanted: bool) -> Iterator[str | None]:
    """The URL of a server of PostgreSQL, if it is wanted."""
    if not wanted:
        yield None
        return
    from postgres import postgres

    with postgres() as server:
        if server is None:
            raise SystemExit("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        yield server.url


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The rates of both sides, and the verification."""
    from entrepot.store.group_commit import Group
    from entrepot.trade.offer_form import read_offer
    from entrepot.trade.selling import create_offer
    from entrepot.trade_app import ledger
    from entrepot.trade_app.books import open_books

    books, form = open_books(), read_offer(FORM, lambda _currency: 2)
    counter = iter(range(10**12))

    def append() -> None:
        key = f"bench-{next(counter)}"
        books.run(lambda tx: create_offer(tx, form, seller="og_019ca6b1dc0070018000000000000000", key=key))

    append()
    content = stored_content()
    bare = Group(insert_bare(content))
    make_bare_table()
    rates: dict[str, list[float]] = {"bare": [], "ledger": []}
    for _ in range(options.rounds):
        rates["bare"].append(rate(lambda: bare.submit(None), options))
        rates["ledger"].append(rate(append, options))
    best = {name: max(each) for name, each in rates.items()}
    print(f"{len(content)} bytes an event, {options.threads} threads; load {clock.load()}")
    for name, value in best.items():
        print(f"{name:8} {value:9,.0f} a second")
    print(f"ratio    {best['ledger'] / best['bare']:9.0%}")
    fill(books, form, options.events)
    started, used = time.perf_counter(), time.process_time()
    verification = ledger.verify()
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    count = verification.position
    print(f"verified {count:,} events in {seconds:.2f} s ({processor:.2f} s of the processor)")
    for each in verification.problems:
        print(each.message)
    return {"rates": rates, "bytes": len(content), "events": count, "verify": seconds, "problems": verification.count}


def rate(work: Callable[[], Any], options: argparse.Namespace) -> float:
    """How often a second the threads do some work."""
    counts, until = [0] * options.threads, time.perf_counter() + options.seconds

    def run(place: int) -> None:
        from django.db import connections

        while time.perf_counter() < until:
            work()
            counts[place] += 1
        connections.close_all()

    started = time.perf_counter()
    threads = [Thread(target=run, args=(place,)) for place in range(options.threads)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts) / (time.perf_counter() - started)


def stored_content() -> bytes:
    """The canonical JSON of the last event."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM store_ledgerevent ORDER BY position DESC LIMIT 1")
        return bytes(cursor.fetchone()[0])


def make_bare_table() -> None:
    """A table with a number and bytes."""
    from django.db import connection

    number = "integer PRIMARY KEY AUTOINCREMENT" if connection.vendor == "sqlite" else "bigserial PRIMARY KEY"
    content = "blob" if connection.vendor == "sqlite" else "bytea"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare (number {number}, content {content} NOT NULL)")


def insert_bare(content: bytes) -> Callable[[Sequence[Any]], None]:
    """Inserts the bytes once for each request of a group, in one transaction and one statement."""
    from django.db import connection, transaction

    def execute(items: Sequence[Any]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            places = ", ".join(["(%s)"] * len(items))
            cursor.execute(f"INSERT INTO bare (content) VALUES {places}", [content] * len(items))

    return execute


def fill(books: Any, form: Any, events: int) -> None:
    """Append until there are so many events: each offer is paused and resumed, and its stock changes."""
    from entrepot.trade.offers import stock_postings
    from entrepot.trade.selling import create_offer

    def command(tx: Any) -> None:
        for _ in range(100):
            offer = create_offer(tx, form, seller="og_019ca6b1dc0070018000000000000000")
            for kind in ("offer.paused", "offer.resumed"):
                tx.append(offer.id, kind, {})
            tx.append(offer.id, "offer.stock_changed", {"pieces": 5}, postings=stock_postings(offer.id, 5))

    while not books.events(after=events - 1, limit=1):
        books.run(command)


if __name__ == "__main__":
    sys.exit(main())
