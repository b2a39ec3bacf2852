"""Answer table files as the command does, and read the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from entrepot.app import law_context
from entrepot.batch.run.files import BatchJob, BatchResult, Sizes, answer_file
from entrepot.batch.run.paths import parse_location

NAMES = ("ship_from_country", "ship_to_country", "currency", "hs_code", "amount", "date", "shop")


def csv_lines(count: int) -> list[str]:
    """Rows of CSV with a header; one HS code in ten is invalid."""
    made = [",".join(NAMES)]
    for number in range(count):
        code = "0901.21" if number % 10 else "09012"
        made.append(
            f"VN,{('CN', 'JP', 'AU')[number % 3]},USD,{code},{number % 700 + 1}.{number % 100:02},2026-03-01,s{number}"
        )
    return made


def run(source: Path, target: Path, sizes: Sizes | None = None, **how: Any) -> BatchResult:
    """Answer a file as the command does."""
    if "faults" in how:
        how["faults"] = parse_location(str(how["faults"]), None)
    job = BatchJob(source=parse_location(str(source), None), target=parse_location(str(target), None), **how)
    return answer_file(job, law_context(), lambda _rows, _share: None, *([sizes] if sizes else []))


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as text."""
    table = pyarrow.csv.read_csv(path, convert_options=_as_text(path))
    return list(table.to_pylist())


def _as_text(path: Path) -> Any:
    with pyarrow.csv.open_csv(path) as found:
        return pyarrow.csv.ConvertOptions(column_types={name: pa.string() for name in found.schema.names})


def read_table(path: Path) -> pa.Table:
    """A Parquet or Arrow file as a table."""
    return pq.read_table(path) if path.suffix == ".parquet" else pa.ipc.open_file(path).read_all()
