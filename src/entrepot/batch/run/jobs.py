"""jobs: a file that was handed in, answered so that the work may stop at any moment and be gone on with."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from entrepot.batch.formats import xlsx_sheet
from entrepot.batch.formats.byte_limits import TABLE
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.files import Job, Sizes, answer_file
from entrepot.batch.run.paths import Place, place_of
from entrepot.model.errors import TableError, TableTooLarge

#: Rows of a finished part: so many are done again at most.
PART = Sizes(part=131_072)
#: The share of the work on a workbook that is done when its cells are read.
UNPACKING = 0.6


def answered(
    source: Path,
    target: Path,
    house: LawContext,
    told: Callable[[int, float], None],
    *,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    on: dt.date | None,
    explain: bool,
) -> tuple[int, dict[str, int]]:
    """Answers a file into one of Parquet (see `tabling.file_answered`)."""
    if source.suffix == ".xlsx":
        lines = source.with_suffix(".jsonl")
        if not lines.exists():
            xlsx_sheet.as_lines(source, lines, lambda share: told(0, share * UNPACKING))
        source, heard = lines, lambda rows, share: told(rows, UNPACKING + (1 - UNPACKING) * share)
    else:
        heard = told
    job = Job(
        source=place_of(str(source), None),
        target=Place(target, "parquet"),
        mapping=mapping,
        constants=constants,
        on=on,
        explain=explain,
        resume=True,
        most=TABLE,
    )
    parts = target.with_name(f".{target.name}.parts")
    before = parts.exists()
    try:
        done = answer_file(job, house, heard, PART)
    except TableTooLarge:
        raise
    except TableError:
        if not before:
            raise
        # The parts may be of other law, or of another release: it is begun anew, once.
        shutil.rmtree(parts, ignore_errors=True)
        done = answer_file(job, house, heard, PART)
    return done.rows, dict(done.faults)
