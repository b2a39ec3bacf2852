"""One row of an answered table as texts."""

from __future__ import annotations

from pathlib import Path

from entrepot.batch.formats import parquet_pages
from entrepot.batch.run.fault_summary import cell_text

#: Rows that are read at a time.
BATCH_ROWS = 256


def read_row(path: Path, number: int) -> dict[str, str] | None:
    """A row by its number, from 1: each cell as text, empty where there is none; None if the row does not exist."""
    with parquet_pages.open_parquet(path) as file:
        start = 0
        for place in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(place).num_rows
            if not start < number <= start + rows:
                start += rows
                continue
            for batch in file.iter_batches(BATCH_ROWS, row_groups=[place]):
                if number <= start + batch.num_rows:
                    at = number - start - 1
                    return {name: cell_text(batch.column(name)[at : at + 1]) for name in batch.schema.names}
                start += batch.num_rows
    return None
