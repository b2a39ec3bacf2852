"""Tables for the HTTP API and the pages: streams, uploaded files, previews and downloads.

Needs the packages of the extra `batch`. The caller passes the law as a `LawContext` (`app.law_context()`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from entrepot.batch.formats.encodings import REPLACE
from entrepot.batch.formats.reading import PLAIN, Reading
from entrepot.batch.rows.columns import earlier_answer
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.field_texts import FIELD_TEXTS, FIELD_VALUES, field_label
from entrepot.batch.rows.suggest import suggest_fields
from entrepot.batch.run import downloads, jobs, streams
from entrepot.batch.run.check import Check, check_rows
from entrepot.batch.run.compile_loops import compile_loops as warm
from entrepot.batch.run.downloads import MENDED_COLUMNS
from entrepot.batch.run.fault_summary import to_json as summary_json
from entrepot.batch.run.files import BatchResult
from entrepot.batch.run.prepare import Prepared, prepare_file
from entrepot.batch.run.streams import error_tail as stream_error
from entrepot.batch.run.table_row import read_row
from entrepot.batch.run.template import explanations, template_csv, template_xlsx

__all__ = (
    "FIELD_TEXTS",
    "FIELD_VALUES",
    "MENDED_COLUMNS",
    "REPLACE",
    "BatchResult",
    "Check",
    "Prepared",
    "Reading",
    "answer_file",
    "answer_stream",
    "check_rows",
    "download",
    "earlier_answer",
    "explanations",
    "field_label",
    "prepare_file",
    "read_row",
    "stream_error",
    "suggest_fields",
    "summary_json",
    "template",
    "warm",
)


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
    language: str = "en",
) -> Iterator[bytes]:
    """Quote a stream of bytes as `quote_table` does, while it is read. `kind`: `arrow` or `jsonl`.

    `read`: returns at most the given number of bytes, fewer only at the end. `max_rows`: rows that the stream may have.
    `size`: its bytes, 0 if unknown. `folder`: for rows that wait for others of their consignment. `language`: that of
    the messages of faults. Raises TableError.
    """
    options = streams.StreamOptions(mapping, constants, on, explain, max_rows, size, folder, language)
    return streams.answer_stream(kind, read, context, options)


def template(kind: str) -> bytes:
    """A table to fill in, with examples, as `csv` or `xlsx`, in the language of this request."""
    return template_csv() if kind == "csv" else template_xlsx()


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
    reading: Reading = PLAIN,
    language: str = "en",
) -> BatchResult:
    """Quote a file as `quote_table` does and write Parquet. Parts that an earlier run finished are reused.

    The suffix of `source` is its format (.csv, .jsonl, .parquet or .xlsx). `on_progress` is called with the number of
    rows written and the share of the input that was read (0 to 1). `context.today` is the day of the law for rows
    without a date: pass the same day to resume a run. `reading`: how a workbook is read. `language`: that of the
    messages of faults. Raises TableError.
    """
    return jobs.answer_upload(
        source,
        target,
        context,
        on_progress,
        mapping=mapping,
        constants=constants,
        on=on,
        explain=explain,
        reading=reading,
        language=language,
    )


def download(
    path: Path, kind: str, mapping: Mapping[str, str | None], decimals: Mapping[str, int], *, faults: bool = False
) -> Iterator[bytes]:
    """Convert an answered Parquet table to `csv` or `xlsx`, piece by piece. Text that looks like a formula stays text.

    `mapping`: the field that each column gives; number fields become numbers in a workbook. `decimals`: by currency.
    `faults`: only the rows with faults, to be mended and uploaded. Raises TableError.
    """
    if kind == "csv":
        return downloads.iter_csv(path, decimals, faults=faults)
    fields = {name: field or name for name, field in mapping.items()}
    return downloads.iter_xlsx(path, decimals, fields, faults=faults)
