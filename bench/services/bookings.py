"""Times held a second, of which no two meet: every second request is for a time that is taken.

    .venv/bin/python bench/services/bookings.py                        PostgreSQL, a server of its own
    .venv/bin/python bench/services/bookings.py --sqlite
    .venv/bin/python bench/services/bookings.py --threads 64 --seconds 5 --rounds 3 --json FILE

One process with threads, as a worker of the server is. Each commit is on the disk before a request is answered; those
that wait are committed together. A hold has one event, its state, its owners, its hashes and its row with the exclusion
constraint. At the end the ledger is verified, and no two rows of one unit may meet.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `clock` is in the parent folder
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trade"))  # `ledger` has the database

import clock
from ledger import database

SELLER = "og_019ca6b1dc0070018000000000000000"
ASSETS, UNITS = 20, 10
ROOM = {
    "titles": {"en": "Cold-store bay"},
    "zone": "Asia/Bangkok",
    "units": UNITS,
    "weekly": [{"since": "00:00", "until": "24:00"}],
    "limits": {"shortest": 30, "longest": 120, "step": 30, "horizon": 365},
}
GOAL = 1_000


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Times held a second.")
    asked.add_argument("--sqlite", action="store_true")
    asked.add_argument("--threads", type=int, default=64)
    asked.add_argument("--seconds", type=float, default=5.0)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(not options.sqlite) as url:
        os.environ |= {"ENTREPOT_DATA": folder} | ({"ENTREPOT_DATABASE": url} if url else {})
        found = measure(options)
    found |= {"database": "PostgreSQL" if url else "SQLite", "threads": options.threads, "load": clock.load()}
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if found["problems"] == 0 else 1


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The rates, and the verification."""
    from entrepot.model.errors import TradeError
    from entrepot.trade.booking.asset_form import read_asset
    from entrepot.trade.booking.assets import create_asset
    from entrepot.trade.booking.holding import Time, hold, taken_span
    from entrepot.trade_app import ledger
    from entrepot.trade_app.books import open_books

    books, details, zone = open_books(), read_asset(ROOM), ZoneInfo
    assets = [books.run(lambda tx: create_asset(tx, details, zone, seller=SELLER)) for _ in range(ASSETS)]
    first = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    numbers, half = count(), dt.timedelta(minutes=30)

    def ask() -> bool:
        """Ask for the next time; each is asked for twice as often as there are units."""
        at = next(numbers)
        asset, slot = assets[at % ASSETS], at // (ASSETS * UNITS * 2)
        since = first + slot * half
        time = Time(since, since + half)
        try:
            books.run(lambda tx: hold(tx, asset.id, time, zone, by=f"us_{at}"), lookups=[taken_span(asset, time)])
        except TradeError:
            return False
        return True

    rounds = [rate(ask, options) for _ in range(options.rounds)]
    held, refused = (max(each[at] for each in rounds) for at in (0, 1))
    print(f"{options.threads} threads, {ASSETS} assets of {UNITS} units; load {clock.load()}")
    print(f"held      {held:9,.0f} a second (the goal on PostgreSQL is {GOAL:,})")
    print(f"refused   {refused:9,.0f} a second, at the same time")
    found = ledger.verify()
    for each in found.problems:
        print(each.message)
    print(f"verified {found.position:,} events, {len(found.replay.times):,} times of which no two meet")
    return {"held": [each[0] for each in rounds], "refused": [each[1] for each in rounds], "problems": found.count}


def rate(ask: Any, options: argparse.Namespace) -> tuple[float, float]:
    """How many times are held and refused a second."""
    held, refused, until = [0] * options.threads, [0] * options.threads, time.perf_counter() + options.seconds

    def run(place: int) -> None:
        from django.db import connections

        while time.perf_counter() < until:
            if ask():
                held[place] += 1
            else:
                refused[place] += 1
        connections.close_all()

    started = time.perf_counter()
    threads = [Thread(target=run, args=(place,)) for place in range(options.threads)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    seconds = time.perf_counter() - started
    return sum(held) / seconds, sum(refused) / seconds


if __name__ == "__main__":
    sys.exit(main())
