"""files: a table of a file answered into another one, in bounded memory; whole or not at all, whatever happens."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import pyarrow as pa

from entrepot.batch.assess.batches import ASSESSORS, assess_batches
from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.formats.readers import Source, source_of
from entrepot.batch.formats.writers import Writer, compressed, writing
from entrepot.batch.rows import run_metadata
from entrepot.batch.rows.answers import INTERNAL_FAULT_COLUMNS, schema_with_answers
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run import consignments, resume
from entrepot.batch.run.paths import Place, checked, readable, written
from entrepot.model.errors import TableError

#: The columns of a report of faults.
REPORT = pa.schema(
    [
        ("row", pa.int64()),
        ("consignment", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
        ("param", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked: from where to where, which columns are which, and how."""

    source: Place
    target: Place
    faults: Place | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    on: dt.date | None = None
    explain: bool = False
    resume: bool = False
    #: Decoded bytes of all rows; no limit on the command line, where memory is bounded by the batch.
    most: int | None = None


class Sizes(NamedTuple):
    """Rows of a finished part; bytes of rows with consignments that are grouped in memory."""

    part: int = 524_288
    held: int = consignments.HELD


USUAL = Sizes()


@dataclass(slots=True)
class Done:
    """What came of it: rows, how many of which fault, and the columns that nobody read."""

    rows: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    unread: Sequence[str] = ()


def answer_file(job: Job, house: LawContext, told: Callable[[int, float], None], sizes: Sizes = USUAL) -> Done:
    """Answers a file. `told` hears how many rows are written, and the share of the input that was read.

    Raises TableError where the table as a whole cannot be read or written, OSError where the disk fails.
    """
    checked(job.source, job.target, job.faults)
    if job.resume and (job.source.path is None or job.target.path is None):
        raise TableError("A standard stream cannot be gone on with: give files, or leave --resume out.")
    folder = Path(tempfile.gettempdir()) if job.target.path is None else job.target.path.parent
    try:
        with readable(job.source, folder) as path:
            source = source_of(path, job.source.kind, job.mapping)
            source.most = job.most
            columns = resolve_columns(source.schema, job.mapping, job.constants, on=job.on, explain=job.explain)
            done = Done(unread=[name for name in source.schema.names if name not in columns.column_names.values()])
            with Working(job, folder) as work:
                batches = _answered(source, columns, house, work, sizes)
                schema = _schema(source, columns).with_metadata(
                    run_metadata.add_run_metadata(source.schema.metadata, job, house.today)
                )
                _write(job, batches, schema, house, done, lambda rows: told(rows, source.share(rows)))
            work.finished()
            return done
    except pa.ArrowException as error:
        raise TableError(f"The table cannot be written: {str(error).partition(chr(10))[0]}") from None


class Working:
    """The folder of the work: beside the output, kept with `--resume` until all is done; else for this run only."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder, self.path = job, folder, Path()

    def __enter__(self) -> Self:
        if self.job.resume and self.job.target.path is not None:
            self.path = self.job.target.path.with_name(f".{self.job.target.path.name}.parts")
        else:
            self.path = Path(tempfile.mkdtemp(dir=self.folder, prefix=".entrepot-"))
        return self

    def __exit__(self, *_: object) -> None:
        if not self.job.resume:
            shutil.rmtree(self.path, ignore_errors=True)

    def begin(self, house: LawContext) -> resume.Work:
        """The pieces there are. With `--resume` they must be those of the same work."""
        if not self.job.resume or self.job.source.path is None:
            return resume.Work(self.path)
        job = self.job
        options = {
            "mapping": dict(job.mapping),
            "constants": dict(job.constants),
            "on": str(job.on),
            "explain": job.explain,
            "format": f"{job.source.kind} {job.source.tabs}",
        }
        manifest = {
            "input": resume.identity(self.job.source.path),
            "options": msgspec.json.encode(options, order="deterministic").decode(),
            "law": house.fingerprint(),
            "day": str(house.today),
        }
        return resume.agreed(self.path, manifest)

    def finished(self) -> None:
        """The output is there: no piece is needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)


def _answered(
    source: Source, columns: Columns, house: LawContext, work: Working, sizes: Sizes
) -> Generator[pa.RecordBatch]:
    """The answered batches, by finished parts where they are kept."""
    if CONSIGNMENT in columns.column_names:
        size = size_of(work.job.source, source)
        kept = work.begin(house)
        yield from consignments.answered(source, columns, house, kept, size, held_bytes=sizes.held)
    elif work.job.resume:
        kept = work.begin(house)
        for number, piece in enumerate(resume.pieces(source.batches(), sizes.part)):
            made = kept.made(
                f"part-{number:06}",
                partial(assess_batches, piece, house, columns, assessors=ASSESSORS, with_fault_details=True),
            )
            yield from resume.taken(made)
    else:
        yield from assess_batches(source.batches(), house, columns, assessors=ASSESSORS, with_fault_details=True)


def size_of(place: Place, source: Source) -> int:
    """About how many bytes the rows take in memory: text as in the file, what is compressed five times as much."""
    size = place.path.stat().st_size if place.path is not None else int(source.size)
    return size * 5 if place.gzip or place.kind == "parquet" else size


def _schema(source: Source, columns: Columns) -> pa.Schema:
    return schema_with_answers(source.schema, columns.explain)


def _write(
    job: Job,
    batches: Generator[pa.RecordBatch],
    schema: pa.Schema,
    house: LawContext,
    done: Done,
    told: Callable[[int], None],
) -> None:
    with ExitStack() as stack:
        output = _writer(stack, job.target, schema, house)
        report = _writer(stack, job.faults, REPORT, house) if job.faults is not None else None
        name = next((theirs for theirs, ours in job.mapping.items() if ours == CONSIGNMENT), CONSIGNMENT)
        stack.enter_context(closing(batches))  # what is still at work ends here, whatever fails
        for batch in batches:
            output.write(batch.drop_columns(list(INTERNAL_FAULT_COLUMNS)))
            faults = batch.column("fault").drop_null()
            for each in faults.value_counts().to_pylist():
                done.faults[each["values"]] += each["counts"]
            if report is not None and len(faults):
                report.write(_reported(batch, name, done.rows))
            done.rows += batch.num_rows
            told(done.rows)


def _writer(stack: ExitStack, place: Place, schema: pa.Schema, house: LawContext) -> Writer:
    """A writer into a place; the end of the stack closes it, and only then gives the file its name."""
    stream = stack.enter_context(written(place))
    if place.gzip:
        stream = stack.enter_context(compressed(stream))
    return stack.enter_context(writing(place.kind, stream, schema, house.world.decimals, tabs=place.tabs))


def _reported(batch: pa.RecordBatch, consignment: str, before: int) -> pa.RecordBatch:
    """The faults of a batch, with the number of each row in the table, from 1."""
    mask = batch.column("fault").is_valid()
    rows = pa.array(range(before + 1, before + batch.num_rows + 1), pa.int64())
    there = consignment in batch.schema.names
    names = plain_array(batch.column(consignment)) if there else pa.nulls(batch.num_rows, pa.string())
    columns = [rows, names, batch.column("fault"), *(batch.column(name) for name in INTERNAL_FAULT_COLUMNS)]
    told = [column.filter(mask).cast(each.type) for column, each in zip(columns, REPORT, strict=True)]
    return pa.RecordBatch.from_arrays(told, schema=REPORT)
