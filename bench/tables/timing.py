"""Times engines in alternation, so that a slow minute affects all of them; medians with their spread."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """Seconds of the wall clock of each run, and of processors.

    Where two threads work and `busy` is well under 2, the machine had other work: then the processor time is more
    meaningful.
    """

    seconds: list[float]
    own: list[float]

    @property
    def busy(self) -> float:
        """How many processors worked for the run on average."""
        return median(own / wall for own, wall in zip(self.own, self.seconds, strict=True))

    @property
    def median(self) -> float:
        """The median of the runs."""
        return median(self.seconds)

    def told(self, rows: int) -> dict[str, Any]:
        """For the report: rows a second at the median, the slowest and the quickest run."""
        pace = [rows / each for each in (self.median, max(self.seconds), min(self.seconds))]
        return {
            "seconds": self.seconds,
            "rows_a_second": pace[0],
            "slowest": pace[1],
            "quickest": pace[2],
            "ns_a_row": 1e9 * self.median / rows,
            "processor_ns_a_row": 1e9 * median(self.own) / rows,
            "busy": self.busy,
        }


def interleaved(runs: Mapping[str, Callable[[], Any]], times: int) -> dict[str, Timed]:
    """Runs each so many times in alternation; every one ran before, to be warm."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    used: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            gc.collect()
            start, own = time.perf_counter(), time.process_time()
            kept = run()
            wall = time.perf_counter() - start
            seconds[name].append(wall)
            used[name].append(time.process_time() - own)
            del kept
    return {name: Timed(seconds[name], used[name]) for name in runs}


def once(run: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds of one run, and its result."""
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found
