"""Whole files: from Parquet to Parquet; and the peak memory for a file that is far larger than it."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import child
import pyarrow.parquet as pq
from draw import batches
from engines import Laws


def written(laws: Laws, rows: int, file: Path) -> int:
    """Writes drawn sales to a Parquet file, a batch at a time; returns its size in bytes."""
    writer = None
    for batch in batches(laws.load, laws.law, laws.world, rows):
        writer = writer or pq.ParquetWriter(file, batch.schema)
        writer.write_batch(batch)
    if writer:
        writer.close()
    return file.stat().st_size


def through(laws: Laws, names: list[str], rows: int, times: int, threads: int, room: Path) -> dict[str, Any]:
    """Rows a second from file to file, in turn; OpenFisca reads none.

    Entrepot: the whole process of `entrepot batch`, its start too. The others: from the first byte read to the last
    written, without their start and with their tables of law at hand.
    """
    source = room / f"{laws.place}.parquet"
    size = written(laws, rows, source)
    seconds: dict[str, list[float]] = {name: [] for name in names if name != "openfisca"}
    for turn in range(times + 1):
        for name, mine in seconds.items():
            target = room / f"{laws.place}-{name}.parquet"
            target.unlink(missing_ok=True)
            if name == "entrepot":
                took = child.python("-m", "entrepot", "batch", str(source), "--to", str(target), "--quiet").seconds
            else:
                words = ("parquet_to_parquet.py", name, laws.place, str(source), str(target), str(threads))
                took = json.loads(child.python(*words).printed)["seconds"]
            if pq.read_metadata(target).num_rows != rows:
                raise child.Failed(f"{name}: {target} has not {rows} rows")
            if turn:  # the first is for the caches
                mine.append(took)
    told = {name: {"seconds": each, "rows_a_second": rows / median(each)} for name, each in seconds.items()}
    return {"rows": rows, "bytes": size, **told}


def memory(laws: Laws, rows: int, room: Path, limit: float) -> dict[str, Any]:
    """The peak memory of `entrepot batch` for a file of so many lines, and for a hundredth of them."""
    found: dict[str, Any] = {}
    for many in (rows // 100, rows):
        source, target = room / "large.parquet", room / "large-answers.parquet"
        size = written(laws, many, source)
        words = ("-m", "entrepot", "batch", str(source), "--to", str(target), "--quiet")
        try:
            ended = child.measured(*words, limit=limit)
        except child.Failed as error:
            found[str(many)] = {"failed": str(error)}
            break
        if pq.read_metadata(target).num_rows != many:
            raise child.Failed(f"{target} has not {many} rows")
        found[str(many)] = {"bytes": size, "peak_mb": ended.peak_mb, "seconds": ended.seconds}
        for file in (source, target):
            file.unlink()
    return found
