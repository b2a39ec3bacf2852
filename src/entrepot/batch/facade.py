"""Tables for the HTTP API and the pages: streams, uploaded files, previews and downloads.

Needs the packages of the extra `batch`. The caller passes the law as a `LawContext` (`app.law_context()`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.suggest import suggest_fields
from entrepot.batch.run import downloads, jobs, preview, streams, tables

#: Enough rows that the compiled loop is used.
WARMUP_ROWS = 128


def answer_stream(
    kind: str,
    read: Callable[[int], bytes],
    context: LawContext,
    *,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    on: dt.date | None,
    explain: bool,
    max_rows: int,
    size: int,
    folder: Path,
) -> Iterator[bytes]:
    """Quote a stream of bytes as `quote_table` does, while it is read. `kind`: `arrow` or `jsonl`.

    `read`: returns at most the given number of bytes, fewer only at the end. `max_rows`: rows that the stream may have.
    `size`: its bytes, 0 if unknown. `folder`: for rows that wait for others of their consignment. Raises TableError.
    """
    options = streams.StreamOptions(mapping, constants, on, explain, max_rows, size, folder)
    return streams.answer_stream(kind, read, context, options)


def warm(context: LawContext) -> None:
    """Compile the loops over rows, or load them from the cache, before the first table needs them."""
    sale = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "hs_code": "0901.21", "amount": "1"}
    tables.answer_table(pa.Table.from_pylist([sale] * WARMUP_ROWS), context, None, None, None, explain=False)


def stream_error(kind: str, error: bytes) -> bytes:
    """The last bytes of an answer that fails after its first piece was sent. `error`: the error as JSON."""
    return streams.error_tail(kind, error)


def preview_file(path: Path, kind: str, max_rows: int) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Read the column names of a table file, its first rows as text, and suggest a field for each column.

    `kind`: `csv`, `xlsx`, `parquet` or `jsonl`; `max_rows`: rows that the file may have. Raises TableError.
    """
    names, rows = preview.read_preview(path, kind, max_rows)
    return names, rows, suggest_fields(names)


def answer_file(
    source: Path,
    target: Path,
    context: LawContext,
    on_progress: Callable[[int, float], None],
    *,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    on: dt.date | None,
    explain: bool,
) -> tuple[int, dict[str, int]]:
    """Quote a file as `quote_table` does and write Parquet. Parts that an earlier run finished are reused.

    The suffix of `source` is its format (.csv, .jsonl, .parquet or .xlsx). `on_progress` is called with the number of
    rows written and the share of the input that was read (0 to 1). `context.today` is the day of the law for rows
    without a date: pass the same day to resume a run. Returns the number of rows and the number of rows by fault code.
    Raises TableError.
    """
    return jobs.answer_upload(
        source, target, context, on_progress, mapping=mapping, constants=constants, on=on, explain=explain
    )


def download(path: Path, kind: str, mapping: Mapping[str, str | None], decimals: Mapping[str, int]) -> Iterator[bytes]:
    """Convert an answered Parquet table to `csv` or `xlsx`, piece by piece. Text that looks like a formula stays text.

    `mapping`: the field that each column gives; number fields become numbers in a workbook. `decimals`: by currency.
    Raises TableError.
    """
    if kind == "csv":
        return downloads.iter_csv(path, decimals)
    return downloads.iter_xlsx(path, decimals, {name: field or name for name, field in mapping.items()})
