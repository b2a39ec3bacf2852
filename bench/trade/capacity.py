"""Simulate ledgers in partitions: how many orders a second they take, and how long an order waits.

    .venv/bin/python bench/trade/capacity.py
    .venv/bin/python bench/trade/capacity.py --order-us 1500 --sync-ms 4 --json FILE

The input is what one node measures: the processor time of an order under the lock of the ledger, and the time of a
synced write. A partition has a ledger of its own, whose one writer commits what waits together, at most 64 orders at a
time. Orders arrive at random; those of an offer go to the partition of its stock, and offers are sold by a Zipf law. So
a partition with a popular offer is the first that saturates.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DAY = 86_400
#: Orders of a transaction at most, as in `entrepot.store.group_commit`.
TOGETHER = 64
OFFERS, SEED = 200_000, 20260301


class Node(NamedTuple):
    """What one writer needs: seconds for an order, and for a synced write."""

    order: float
    sync: float

    def most(self) -> float:
        """Orders a second that one writer can take."""
        return TOGETHER / (TOGETHER * self.order + self.sync)


def main() -> int:
    """Simulate and print."""
    asked = argparse.ArgumentParser(description="Simulate ledgers in partitions.")
    asked.add_argument("--order-us", type=float, default=1500.0, help="processor time of an order (1500)")
    asked.add_argument("--sync-ms", type=float, default=4.0, help="a synced write (4)")
    asked.add_argument("--day", type=float, default=1e8, help="orders of a day (1e8)")
    asked.add_argument("--peak", type=float, default=5.0, help="the busiest second, in averages (5)")
    asked.add_argument("--zipf", type=float, default=0.8, help="exponent of the popularity of offers (0.8)")
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    node = Node(options.order_us / 1e6, options.sync_ms / 1e3)
    rate = options.day / DAY * options.peak
    print(f"One writer takes at most {node.most():,.0f} orders a second; the peak is {rate:,.0f}.")
    print(f"  {'partitions':>10} {'busiest':>9} {'of its most':>12} {'p50 ms':>8} {'p99 ms':>8} {'root: hashes':>13}")
    found = []
    for power in range(4, 10):
        result = simulate(node, 2**power, rate, options.zipf)
        found.append(result)
        shown = [f"{result[name]:,.1f}" if result["stable"] else "grows" for name in ("p50", "p99")]
        print(
            f"  {2**power:10,} {result['busiest']:9,.0f} {result['load']:12.0%} {shown[0]:>8} {shown[1]:>8} {power:13}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps({"node": node._asdict(), "rate": rate, "found": found}, indent=1) + "\n")
    return 0


def simulate(node: Node, partitions: int, rate: float, exponent: float, seconds: float = 20.0) -> dict[str, Any]:
    """The busiest partition for some seconds: its orders a second, and the milliseconds until an order is committed."""
    draw = np.random.default_rng(SEED)
    weights = np.arange(1, OFFERS + 1, dtype=float) ** -exponent
    places = draw.integers(0, partitions, OFFERS)
    shares = np.bincount(places, weights / weights.sum(), partitions)
    busiest = float(shares.max() * rate)
    arrivals = np.cumsum(draw.exponential(1 / busiest, max(int(busiest * seconds), 1)))
    waits = _waits(node, arrivals)
    return {
        "partitions": partitions,
        "busiest": busiest,
        "load": busiest / node.most(),
        "stable": busiest < node.most(),
        "p50": float(np.percentile(waits, 50)) * 1e3,
        "p99": float(np.percentile(waits, 99)) * 1e3,
        # A checkpoint of all is a tree over the roots of the partitions: so many hashes more in a proof.
        "hashes": math.ceil(math.log2(partitions)),
    }


def _waits(node: Node, arrivals: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    """The time from the arrival of each order to the end of the transaction that it was part of."""
    waits: list[float] = []
    now, first = 0.0, 0
    while first < len(arrivals):
        now = max(now, float(arrivals[first]))
        last = min(int(np.searchsorted(arrivals, now, side="right")), first + TOGETHER)
        now += (last - first) * node.order + node.sync
        waits += [now - float(each) for each in arrivals[first:last]]
        first = last
    return waits


if __name__ == "__main__":
    raise SystemExit(main())
