"""A Parquet file of sales through DuckDB or Polars into one of answers. Run by `files`; prints JSON.

    python parquet_to_parquet.py ENGINE PLACE IN OUT THREADS

The clock runs from the first byte read to the last byte written; the law's tables were made before.
"""

from __future__ import annotations

import json
import sys
import time

from engines import Laws


def main() -> int:
    """Reads the sales, answers them and writes the answers."""
    name, place, source, target, threads = *sys.argv[1:5], int(sys.argv[5])
    work = {"duckdb": _duckdb, "polars": _polars}[name](Laws(place), source, target, threads)
    start = time.perf_counter()
    work()
    print(json.dumps({"seconds": time.perf_counter() - start}))
    return 0


def _duckdb(laws: Laws, source: str, target: str, threads: int) -> object:
    import duck_china
    import duck_japan
    import duckdb_engine
    import pyarrow.parquet as pq

    law = laws.tables
    base = duckdb_engine.opened(law.wide, law.keys, law.cases, threads)
    if laws.place == "JP":
        base.execute(duck_japan.prepared(law))
    query = (duck_japan if laws.place == "JP" else duck_china).sql(law)
    words = duckdb_engine.cast(pq.read_schema(source).names)

    def work() -> None:
        given = f"SELECT * RENAME (file_row_number AS rid) FROM read_parquet('{source}', file_row_number = true)"
        base.execute(f"CREATE TABLE sales AS SELECT {words} FROM ({given})")
        answered = f"SELECT * FROM sales JOIN ({query}) USING (rid)"
        base.execute(f"COPY ({answered}) TO '{target}' (FORMAT parquet)")

    return work


def _polars(laws: Laws, source: str, target: str, threads: int) -> object:
    import polars as pl
    import polars_china
    import polars_engine
    import polars_japan

    law = laws.tables
    plan = (polars_japan if laws.place == "JP" else polars_china).Plan(law)

    def work() -> None:
        sales = polars_engine.with_words(law.wide, pl.scan_parquet(source))
        answers = plan.answers(sales)
        sales.join(answers, on="rid", how="left").collect().write_parquet(target)

    return work


if __name__ == "__main__":
    sys.exit(main())
