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
WARMING = 128


def stream_answered(
    kind: str,
    read: Callable[[int], bytes],
    context: LawContext,
    *,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    on: dt.date | None,
    explain: bool,
    most: int,
    size: int,
    folder: Path,
) -> Iterator[bytes]:
    """The same as `quote_table` for a stream of bytes, `arrow` or `jsonl`, answered while it comes.

    `read`: gives up to so many bytes of it, fewer only at its end. `most`: rows it may have; `size`: its bytes, 0 where
    nobody knows. `folder`: has room for rows that wait for others of their consignment. Raises TableError.
    """
    wanted = streams.Wanted(mapping, constants, on, explain, most, size, folder)
    return streams.answered(kind, read, context, wanted)


def warm(context: LawContext) -> None:
    """Compile the loops over rows, or load them from the cache, before the first table needs them."""
    sale = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "hs_code": "0901.21", "amount": "1"}
    tables.answered(pa.Table.from_pylist([sale] * WARMING), context, None, None, None, explain=False)


def stream_ended(kind: str, error: bytes) -> bytes:
    """How the answer of a stream ends where something went wrong in its middle. `error`: the error as JSON."""
    return streams.ended(kind, error)


def head(path: Path, kind: str, most: int) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Of a file of a table: the names of its columns, its first rows as text, and the field each column seems to give.

    `kind`: `csv`, `xlsx`, `parquet` or `jsonl`; `most`: rows it may have. Raises TableError.
    """
    names, rows = preview.head(path, kind, most)
    return names, rows, preview.suggested(names)


def file_answered(
    source: Path,
    target: Path,
    context: LawContext,
    told: Callable[[int, float], None],
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
    return jobs.answered(source, target, context, told, mapping=mapping, constants=constants, on=on, explain=explain)


def download(path: Path, kind: str, mapping: Mapping[str, str | None], decimals: Mapping[str, int]) -> Iterator[bytes]:
    """An answered table of Parquet as `csv` or `xlsx`, piece by piece; text that begins as a formula stays text.

    `mapping`: which columns give which fields: those of numbers are numbers in a workbook. `decimals`: of each
    currency. Raises TableError.
    """
    if kind == "csv":
        return downloads.csv(path, decimals)
    return downloads.xlsx(path, decimals, {name: ours or name for name, ours in mapping.items()})
