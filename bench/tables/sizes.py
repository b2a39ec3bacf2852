"""Time against size, from one sale to a hundred million; and the first answer of a new process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

import child
import pyarrow as pa
from draw import batches, table
from engines import Engine, Laws
from timing import interleaved, once

WHOLE = 1_000_000  # above it sales come a million at a time, so that memory stays what it is
SLOW = 60.0  # seconds: a size that would take longer is left out


def against_size(laws: Laws, engines: Sequence[Engine], most: int, times: int) -> list[dict[str, Any]]:
    """Seconds of each engine for 1, 10, 100 … sales, the median of some runs; of one run above a million."""
    found: list[dict[str, Any]] = []
    pace: dict[str, float] = {}
    size = 1
    while size <= most:
        able = [each for each in engines if size * pace.get(each.name, 0.0) < SLOW]
        seconds = _whole(laws, able, size, times) if size <= WHOLE else _parts(laws, able, size)
        pace = {name: each / size for name, each in seconds.items()} if size >= 1000 else {}
        found.append({"rows": size, **seconds})
        print(f"  {size:>11,} " + "  ".join(f"{each.title} {seconds[each.name]:.4g} s" for each in able), flush=True)
        size *= 10
    return found


def _whole(laws: Laws, engines: Sequence[Engine], size: int, times: int) -> dict[str, float]:
    sales = table(laws.load, laws.law, laws.world, size)
    for each in engines:
        each.load(sales)
        each.run()
    timed = interleaved({each.name: each.run for each in engines}, times)
    return {name: each.median for name, each in timed.items()}


def _parts(laws: Laws, engines: Sequence[Engine], size: int) -> dict[str, float]:
    """A million at a time: drawn and loaded off the clock, then answered by each engine in turn."""
    seconds = {each.name: 0.0 for each in engines}
    held: list[pa.RecordBatch] = []
    drawn = batches(laws.load, laws.law, laws.world, size)
    left = size
    while left:
        held, rows = [], 0
        while rows < min(WHOLE, left):
            batch = next(drawn)
            held.append(batch)
            rows += batch.num_rows
        left -= rows
        sales = pa.Table.from_batches(held)
        for each in engines:
            each.load(sales)
            seconds[each.name] += once(each.run)[0]
    return seconds


def starting(names: Sequence[str], place: str, times: int, threads: int) -> dict[str, Any]:
    """Milliseconds of a new process: its imports with the law from the cache, ready for sales, the first answer."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for turn in range(times + 1):
        for name in names:
            ended = child.python("first_answer.py", name, place, str(threads))
            if turn:  # the first fills the caches
                runs[name].append(json.loads(ended.printed) | {"process": ended.seconds})
    return {name: {part: 1000 * median(run[part] for run in each) for part in each[0]} for name, each in runs.items()}
