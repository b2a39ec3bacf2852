"""Fill the lines of ten nodes: python bench/measure/fill.py FOLDER [ORDERS]; by default 1,000,000.

The orders are drawn by the named assumptions of `trade_app.statistics.synthetic`, none of which is an estimate of real
trade. FOLDER gets `XX.parquet` for each economy: the lines of the orders that its node has, as seller's or as buyer's
node, and as platform. A sale between two economies is in two files. Tables: `entrepot measure table 2025 --reporter VN
--lines FOLDER/VN.parquet`. The ledgers of the nodes themselves are not filled: `ledgers.py` does that.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from entrepot.batch.statistics_files import SCHEMA, to_arrow
from entrepot.measure.lines import LedgerLine
from entrepot.trade_app.statistics import synthetic

PIECE = 50_000


def main() -> None:
    """Draw, divide among the nodes, write."""
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    folder.mkdir(parents=True, exist_ok=True)
    begin, written = time.perf_counter(), dict.fromkeys(synthetic.ECONOMIES, 0)
    with contextlib.ExitStack() as stack:
        writers = {
            each: stack.enter_context(pq.ParquetWriter(folder / f"{each}.parquet", SCHEMA, compression="zstd"))
            for each in written
        }
        waiting: dict[str, list[LedgerLine]] = {each: [] for each in written}
        for line in synthetic.draw(count, year=2025):
            for economy in {line.seller.economy, line.buyer.economy}:
                waiting[economy].append(line)
                if len(waiting[economy]) == PIECE:
                    writers[economy].write_table(to_arrow(waiting[economy]))
                    waiting[economy].clear()
                written[economy] += 1
        for economy, left in waiting.items():
            writers[economy].write_table(to_arrow(left))
    report = {
        "orders": count,
        "lines": written,
        "seconds": round(time.perf_counter() - begin, 1),
        "megabytes": sum(each.stat().st_size for each in folder.glob("*.parquet")) >> 20,
        "assumptions": synthetic.USUAL._asdict(),
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
