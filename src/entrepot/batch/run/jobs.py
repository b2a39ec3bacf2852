"""Quote an uploaded file in parts, so that the work can be interrupted and resumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

from entrepot.batch.formats import xlsx_sheet
from entrepot.batch.formats.byte_limits import MAX_TABLE
from entrepot.batch.formats.reading import PLAIN, Reading
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.files import BatchJob, BatchResult, Sizes, answer_file
from entrepot.batch.run.paths import Location, parse_location
from entrepot.batch.run.resume import delete_parts
from entrepot.model.errors import TableError, TableTooLarge

#: Rows of a finished part: after an interruption at most this many are quoted again.
PART_SIZES = Sizes(part_rows=131_072)
#: The share of the work on a workbook that is done when its cells have been read.
UNPACK_SHARE = 0.6


def answer_upload(
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
    """Quote a file into a Parquet file (see `facade.answer_file`)."""
    if source.suffix == ".xlsx":
        lines = source.with_suffix(".jsonl")
        if not lines.exists():
            xlsx_sheet.write_json_lines(
                source,
                lines,
                lambda share: on_progress(0, share * UNPACK_SHARE),
                sheet=reading.sheet,
                header=reading.header,
            )
        source, report = lines, lambda rows, share: on_progress(rows, UNPACK_SHARE + (1 - UNPACK_SHARE) * share)
    else:
        report = on_progress
    job = BatchJob(
        source=parse_location(str(source), None),
        target=Location(target, "parquet"),
        mapping=mapping,
        constants=constants,
        on=on,
        explain=explain,
        resume=True,
        language=language,
        max_bytes=MAX_TABLE,
    )
    parts = target.with_name(f".{target.name}.parts")
    resumed = parts.exists()
    try:
        result = answer_file(job, context, report, PART_SIZES)
    except TableError as error:
        if not resumed or isinstance(error, TableTooLarge):
            raise
        # The parts may come from other law or another release: start again, once.
        delete_parts(parts)
        result = answer_file(job, context, report, PART_SIZES)
    return result
