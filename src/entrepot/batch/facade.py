"""Tables for the HTTP API and the pages: streams, uploaded files, previews and downloads.

Needs the packages of the extra `batch`. The caller gives the law as a `LawContext` (`app.law_context()`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from entrepot.batch.rows.context import LawContext
from entrepot.batch.run import downloads, jobs, preview, streams, tables

#: Rows that are enough for the fast lane to be taken.
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
    """The same as `quote_table` for a stream of bytes, `arrow` or `jsonl`, answered while it comes.

    `read`: gives up to so many bytes of it, fewer only at its end. `most`: rows it may have; `size`: its bytes, 0 where
    nobody knows. `folder`: has room for rows that wait for others of their consignment. Raises TableError.
    """
    options = streams.StreamOptions(mapping, constants, on, explain, max_rows, size, folder)
    return streams.answer_stream(kind, read, context, options)


def warm(context: LawContext) -> None:
    """Compile the loops over rows, or load them from the cache, before the first table needs them."""
    sale = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "hs_code": "0901.21", "amount": "1"}
    tables.answer_table(pa.Table.from_pylist([sale] * WARMUP_ROWS), context, None, None, None, explain=False)


def stream_error(kind: str, error: bytes) -> bytes:
    """How the answer of a stream ends where something went wrong in its middle. `error`: the error as JSON."""
    return streams.error_tail(kind, error)


def preview_file(path: Path, kind: str, max_rows: int) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Of a file of a table: the names of its columns, its first rows as text, and the field each column seems to give.

    `kind`: `csv`, `xlsx`, `parquet` or `jsonl`; `most`: rows it may have. Raises TableError.
    """
    names, rows = preview.read_preview(path, kind, max_rows)
    return names, rows, preview.suggest_fields(names)


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
    """The same as `quote_table` for a file into one of Parquet; what an earlier run left finished is not done again.

    `source`: its name ends as its kind does (.csv, .jsonl, .parquet or .xlsx). `told` hears how many rows are written,
    and the share that was read. `house`: its `today` is the day of the law for rows without a date: give the same one
    when the work is resumed. Returns the rows, and how many have each fault. Raises TableError.
    """
    return jobs.answer_upload(
        source, target, context, on_progress, mapping=mapping, constants=constants, on=on, explain=explain
    )


def download(path: Path, kind: str, mapping: Mapping[str, str | None], decimals: Mapping[str, int]) -> Iterator[bytes]:
    """An answered table of Parquet as `csv` or `xlsx`, piece by piece; text that begins as a formula stays text.

    `mapping`: which columns give which fields: those of numbers are numbers in a workbook. `decimals`: of each
    currency. Raises TableError.
    """
    if kind == "csv":
        return downloads.iter_csv(path, decimals)
    return downloads.iter_xlsx(path, decimals, {name: field or name for name, field in mapping.items()})
