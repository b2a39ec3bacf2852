"""Measure throughput: medians of long repeats, with their spread and the share of processor time."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

PACKAGES = ("entrepot", "msgspec", "babel", "lark", "rich", "typer", "currencyconverter")


class Wrong(Exception):
    """Two results that should be equal are not, so their times mean nothing."""


class Repeats(NamedTuple):
    """How often a throughput is measured, and for how many seconds each time."""

    times: int
    seconds: float


class Pace(NamedTuple):
    """How many a second: the median of the repeats, the slowest and the quickest.

    `busy`: which part of the wall clock the processor worked for us. Well under 1, others were at work on the machine
    and the figure says more about them.
    """

    each_second: float
    low: float
    high: float
    busy: float
    repeats: int


class Took(NamedTuple):
    """Milliseconds: the median of the runs, the quickest and the slowest."""

    ms: float
    low: float
    high: float
    runs: int


def pace(work: Callable[[], int], repeats: Repeats) -> Pace:
    """The pace of `work`, which says how many it did. A repeat does it until its time is over.

    >>> pace(lambda: 10, Repeats(3, 0.01)).repeats
    3
    """
    rates, shares = [], []
    for _ in range(repeats.times):
        done, start, own = 0, time.perf_counter(), time.process_time()
        while (wall := time.perf_counter() - start) < repeats.seconds:
            done += work()
        rates.append(done / wall)
        shares.append((time.process_time() - own) / wall)
    return Pace(median(rates), min(rates), max(rates), median(shares), repeats.times)


def took(seconds: list[float]) -> Took:
    """What runs took, from their seconds.

    >>> took([0.5, 0.25, 1.0])
    Took(ms=500.0, low=250.0, high=1000.0, runs=3)
    """
    return Took(median(seconds) * 1000, min(seconds) * 1000, max(seconds) * 1000, len(seconds))


def machine() -> dict[str, str]:
    """What was measured, on what: whoever repeats it can see what is different."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": f"{_processor()}, {cores} cores",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def load() -> str:
    """How many others want the processor: the load of the last 1, 5 and 15 minutes."""
    return " ".join(f"{part:.2f}" for part in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB of a million bytes."""
    import resource
    import sys

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e6


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or "unknown"


def heading() -> None:
    """The head of a table of paces."""
    print(f"  {'':34} {'a second':>12} {'µs each':>9} {'slowest':>12} {'quickest':>12} {'busy':>6}")


def told(name: str, found: Pace) -> Pace:
    """A pace, printed."""
    figures = f"{found.each_second:12,.0f} {1e6 / found.each_second:9,.1f} {found.low:12,.0f} {found.high:12,.0f}"
    print(f"  {name:34} {figures} {found.busy:6.2f}", flush=True)
    return found


def told_ms(name: str, found: Took) -> Took:
    """What runs took, printed."""
    print(f"  {name:50} {found.ms:8,.1f}   {found.low:,.1f} to {found.high:,.1f} in {found.runs}", flush=True)
    return found
