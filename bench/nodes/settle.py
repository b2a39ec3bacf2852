"""The hourly settlement of a month between two nodes, before and after both have settled it.

    .venv/bin/python bench/nodes/settle.py [--orders 10000]

The books of one node are in SQLite, those of the other in memory. Half of the orders have their payment in the month,
half in the month before it. Printed are milliseconds of a processor, the best of five, and how many orders were read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

MONTHS = ("2026-02", "2026-03")
#: Orders that are written in one transaction.
BATCH = 500


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="The hourly settlement of a month.")
    asked.add_argument("--orders", type=int, default=10_000)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ENTREPOT_DATA": folder, "ENTREPOT_NODE": "CN", "ENTREPOT_URL": "https://cn.example"}
        measure(options.orders)


def measure(count: int) -> None:
    """Print what the settlement of a month costs."""
    from entrepot.trade.nodes import settling
    from entrepot.trade.nodes.exchange import TYPES
    from entrepot.trade.nodes.types import TYPES as ALL

    pair = _pair(ALL)
    _write(pair, count)
    here, period = pair.right, MONTHS[-1]
    books = Counted(here.books)
    find: Callable[[], Any] = lambda: settling.open_currencies(books, here.peer, period)  # type: ignore[arg-type]  # noqa: E731
    every: Callable[[], Any] = lambda: [each.currency for each in _all_orders(books, here.peer)]  # noqa: E731
    _print("all orders of the peer", every, books)
    _print("a month that is open: which currencies", find, books)
    for side in (pair.left, here):
        settling.settle(side.books, side.node, TYPES["settlement.statement"], side.peer, period, "CNY")
    pair.settle()
    for side in (pair.left, here):  # compared with what the other one has told now
        settling.settle(side.books, side.node, TYPES["settlement.statement"], side.peer, period, "CNY")
    assert [each.status for each in here.books.list_objects("ns_")] == ["agreed"]
    _print("a month that is settled", find, books)


class Counted:
    """Books that count the orders that are listed."""

    def __init__(self, books: Any) -> None:
        self._books, self.count = books, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)

    def list_objects(self, prefix: str, **given: Any) -> Sequence[Any]:
        """As in the books."""
        found: Sequence[Any] = self._books.list_objects(prefix, **given)
        self.count += len(found) if prefix == "xo_" else 0
        return found


def _all_orders(books: Counted, peer: str) -> list[Any]:
    found, before = [], ""
    while page := books.list_objects("xo_", owner=peer, before=before, limit=BATCH):
        found += page
        before = page[-1].id
    return found


def _print(name: str, run: Callable[[], Any], books: Counted) -> None:
    best = float("inf")
    for _ in range(5):
        books.count, begin = 0, time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    print(f"{name}: {best * 1000:.1f} ms, {books.count:,} orders read")


def _pair(types: Any) -> Any:
    from entrepot.trade.kinds import KINDS
    from entrepot.trade.memory import MemoryBooks
    from entrepot.trade.nodes.memory import Pair
    from entrepot.trade_app.books import open_books

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    memory = MemoryBooks(KINDS, now=now, random=os.urandom, hash_key=bytes(32))
    return Pair.open(KINDS, now=now, random=os.urandom, types=types, books=(memory, open_books()))


def _write(pair: Any, count: int) -> None:
    """The same orders with the same entries in the books of both."""
    for start in range(0, count, BATCH):
        made = pair.right.books.run(lambda tx: [(tx.new_id("xo_"), tx.new_id("ev_")) for _ in range(BATCH)])
        for side, role in ((pair.left, "exporter"), (pair.right, "importer")):
            side.books.run(partial(_batch, made=made, peer=side.peer, role=role, first=start))


def _batch(tx: Any, made: Sequence[tuple[str, str]], peer: str, role: str, first: int) -> None:
    from entrepot.trade.ledger.entries import Posting

    for at, (number, event) in enumerate(made, first):
        amount = 8000 if role == "importer" else -8000
        entry = {"number": event, "amount": 8000, "at": f"{MONTHS[at % 2]}-15T00:00:00.000Z"}
        # It is cancelled at once, so that no other object is needed beside it.
        tx.append(number, "common.cancelled", {"role": role, "peer": peer, "reason": "bench"})
        postings = (Posting(f"node/{peer}", "CNY", amount), Posting("provider/bench", "CNY", -amount))
        tx.append(number, "common.entries", {"entries": [entry], "currency": "CNY"}, postings=postings)


if __name__ == "__main__":
    main()
