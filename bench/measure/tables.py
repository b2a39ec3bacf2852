"""Time of a year's tables from many lines of ten nodes: python bench/measure/tables.py [LINES]; by default 100,000.

A hundred thousand lines are drawn by the assumptions of `trade_app.statistics.synthetic` and compared with the plain
implementation. A file of Parquet gets up to a million drawn lines, and copies of these beyond. What is timed begins
with the file and ends with the table after disclosure control. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.batch import statistics, statistics_files
from entrepot.measure import tables
from entrepot.measure.disclosure import control
from entrepot.measure.transactions import transactions_of
from entrepot.trade_app.statistics import synthetic

COMPARED, DRAWN = 100_000, 1_000_000
REPORTER, PERIOD, CURRENCY = "VN", "2025", "CNY"


def no_rate(_currency: str, _day: str) -> None:
    """No exchange rate is needed: all lines are in one currency."""


def compare() -> float:
    """Compare both implementations; how many seconds the plain one takes."""
    lines = list(synthetic.draw(COMPARED, year=2025))
    begin = time.perf_counter()
    plain = tables.classes_of(transactions_of(lines, REPORTER), REPORTER, CURRENCY, no_rate)
    seconds = time.perf_counter() - begin
    assert statistics.classes_of(statistics_files.to_arrow(lines), REPORTER, CURRENCY, no_rate) == plain
    return seconds


def write(path: Path, count: int) -> None:
    """A file of so many lines."""
    drawn = list(statistics_files.batches_of(synthetic.draw(min(count, DRAWN), year=2025)))
    whole = pa.Table.from_batches(drawn).unify_dictionaries().combine_chunks()
    with pq.ParquetWriter(path, statistics_files.SCHEMA, compression="zstd") as writer:
        for _copy in range(max(1, count // DRAWN)):
            writer.write_table(whole, row_group_size=statistics.BATCH)


def main() -> None:
    """Compare, write a file, measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COMPARED
    slow = compare()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        write(path, count)
        size, memory = path.stat().st_size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        runs = [measure(path) for _run in range(3)]
    report = {
        "lines": count,
        "plain_seconds_per_100000": round(slow, 2),
        "file_megabytes": size >> 20,
        "best_of_three": min(runs, key=lambda run: float(run["seconds"])),
        "runs_seconds": [run["seconds"] for run in runs],
        "megabytes_before": memory >> 10,
        "megabytes_at_most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    sys.stdout.write(json.dumps(report) + "\n")


def measure(path: Path) -> dict[str, float | int]:
    """From the file to the table after disclosure control."""
    begin, processor = time.perf_counter(), time.process_time()
    found = statistics.classes_of(statistics_files.read_parquet(path), REPORTER, CURRENCY, no_rate)
    classes = time.perf_counter() - begin
    made = tables.table_of(found, PERIOD)
    controlled = control(made)
    return {
        "classes_seconds": round(classes, 2),
        "seconds": round(time.perf_counter() - begin, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
        "held_back": len(controlled.held_back),
        "figures": len(made.figures),
    }


if __name__ == "__main__":
    main()
