"""How many different descriptions a second are classified: by a plain loop, by one process, and by several.

    python bench/classify/table.py                    12,000 descriptions, 1 and 2 processes
    python bench/classify/table.py --processes 1 2 4 --rows 50000
    python bench/classify/table.py --file table.csv   the column `description` of a table of your own

The results are compared first: where two differ, nothing is measured. Each row says the rows a second by the clock, the
milliseconds of processor for each row in all processes, and the memory of all of them at its peak (Linux; memory that
processes share is counted once). If others use the machine, only the processor time means much.

Without a file the descriptions are the terms and titles of `sources.py`, and without these everyday names.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

import sources

import entrepot
from entrepot import app
from entrepot.goods.everyday_names import everyday_names
from entrepot.goods.shown import TableCells, table_cells


class Measured(NamedTuple):
    """What a way of classifying took: seconds by the clock and of all processors, and the peak of memory in MB."""

    wall: float
    processor: float
    memory: float


def descriptions(many: int) -> list[str]:
    """Different descriptions, in a fixed order: half terms and half titles, where the reference data is there."""
    chance = random.Random(1)
    try:
        each = [sorted({term.text for term in found}) for found in (sources.uk_terms(), sources.marketplace())]
    except FileNotFoundError:
        names = sorted({name for called in everyday_names().values() for said in called.values() for name in said})
        each = [names, [f"{one} {other}" for one, other in itertools.pairwise(names)]]
    for part in each:
        chance.shuffle(part)
    found = list(dict.fromkeys(itertools.chain.from_iterable(zip(*each, strict=False)))) + each[1][len(each[0]) :]
    return found[:many]


def read(file: Path) -> list[str]:
    """The different descriptions of a table."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(dict.fromkeys(row["description"] for row in csv.DictReader(stream)))


def plain_loop(texts: Iterable[str]) -> list[TableCells]:
    """One description after the other, as a program would that calls the library."""
    return [table_cells(entrepot.classify(text, language="en", corrections={})) for text in texts]


def in_processes(count: int) -> Callable[[Iterable[str]], list[TableCells]]:
    """As `entrepot classify TABLE`, with so many processes."""

    def classify(texts: Iterable[str]) -> list[TableCells]:
        return list(app.classify_cells(texts, corrections={}, processes=count))

    return classify


def measured(work: Callable[[], Any]) -> Measured:
    """What some work takes."""
    peak, done = [0.0], threading.Event()
    watch = threading.Thread(target=_watch_memory, args=(peak, done), daemon=True)
    before, start = _processor(), time.perf_counter()
    watch.start()
    work()
    wall, processor = time.perf_counter() - start, _processor() - before
    done.set()
    watch.join()
    return Measured(wall, processor, peak[0])


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _watch_memory(peak: list[float], done: threading.Event) -> None:
    own = Path("/proc/self/task")
    while own.exists() and not done.wait(0.25):
        children = {pid for task in own.iterdir() for pid in (task / "children").read_text().split()}
        peak[0] = max(peak[0], sum(map(_memory, ("self", *children))))


def _memory(pid: str) -> float:
    """The memory of a process in MB, its share of what it has in common with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main() -> None:
    """Compares and measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    texts = (read(asked.file) if asked.file else descriptions(asked.rows))[: asked.rows]
    ways = {"plain loop": plain_loop}
    ways |= {f"{count} process{'es' if count > 1 else ''}": in_processes(count) for count in asked.processes}
    wanted = plain_loop(texts[:2_000])
    for name, way in ways.items():
        if way(texts[:2_000]) != wanted:
            sys.exit(f"{name}: other results than the plain loop")
    print(f"{len(texts)} different descriptions; results equal on the first {len(wanted)}\n")
    print(f"{'':14}{'rows/s':>8}{'ms of processor':>18}{'cores used':>12}{'MB':>6}")
    for name, way in ways.items():
        took = measured(lambda way=way: way(texts))
        each = took.processor / len(texts) * 1000
        speed, cores = len(texts) / took.wall, took.processor / took.wall
        print(f"{name:14}{speed:>8.0f}{each:>18.2f}{cores:>12.1f}{took.memory:>6.0f}")


if __name__ == "__main__":
    main()
