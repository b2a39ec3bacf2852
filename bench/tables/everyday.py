"""Sales of everyday goods by six-digit code, from Parquet to Parquet: rows a second, and for each second of processor.

    python bench/tables/everyday.py --rows 2000000

The goods, origins, destinations and day are those of `bench/everyday_goods.py`; the amounts are drawn, so that hardly
two rows are alike. The table has plain columns of text. The law and the compiled loops are loaded by a first run, which
is not counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # as the command line does, before Arrow is loaded

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from everyday_goods import DESTINATIONS, GOODS

from entrepot import app
from entrepot.batch.run.files import BatchJob, answer_file
from entrepot.batch.run.paths import parse_location

#: The exponents of the lowest and the highest amount of each kind of buyer.
EXPONENTS = {"consumer": (0.7, 2.7), "business": (2.0, 5.0)}


def sales(rows: int, date: str) -> pa.Table:
    """Drawn sales; the first rows of a longer table are not those of a shorter one."""
    chance = np.random.default_rng(7)
    to = np.array(DESTINATIONS)[chance.integers(0, len(DESTINATIONS), rows)]
    origin = np.array(["VN", "CN"])[chance.integers(0, 2, rows)]
    origin = np.where(origin == to, np.where(origin == "VN", "CN", "VN"), origin)
    buyer = np.array(list(EXPONENTS))[chance.integers(0, 2, rows)]
    low, high = EXPONENTS["consumer"], EXPONENTS["business"]
    exponent = np.where(buyer == "consumer", chance.uniform(*low, rows), chance.uniform(*high, rows))
    cents = np.floor(10**exponent * 100).astype(np.int64)
    columns = {
        "ship_from_country": origin,
        "ship_to_country": to,
        "date": np.full(rows, date),
        "currency": np.full(rows, "USD"),
        "buyer_kind": buyer,
        "hs_code": np.array(sorted(GOODS))[chance.integers(0, len(GOODS), rows)],
        "amount": pa.array([f"{each // 100}.{each % 100:02}" for each in cents.tolist()]).cast(pa.decimal128(14, 2)),
    }
    return pa.table(columns)


def main() -> None:
    """Measures, and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--date", default="2026-11-26", help="the day of the law")
    given = parser.parse_args()
    context, clock, processor, faults = app.law_context(), list[float](), list[float](), 0
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "sales.parquet", Path(folder) / "answers.parquet"
        pq.write_table(sales(given.rows, given.date), source)
        job = BatchJob(source=parse_location(str(source), None), target=parse_location(str(target), None, "parquet"))
        for turn in range(given.times + 1):
            start, used = time.perf_counter(), time.process_time()
            faults = sum(answer_file(job, context, lambda _rows, _share: None).faults.values())
            if turn:
                clock.append(time.perf_counter() - start)
                processor.append(time.process_time() - used)
    print(f"{given.rows:,} rows, {faults:,} of them with errors")
    print(f"rows a second: {given.rows / median(clock):,.0f}")
    print(f"rows for each second of processor: {given.rows / median(processor):,.0f}")


if __name__ == "__main__":
    main()
