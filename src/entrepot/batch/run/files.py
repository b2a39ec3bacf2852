"""Quote a table in a file and write the answers to another file, in bounded memory, completely or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
import pyarrow as pa

from entrepot.batch.assess.batches import ASSESSORS, assess_batches
from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.formats.readers import Source, open_source, without_columns
from entrepot.batch.formats.writers import Writer, gzip_stream, open_writer
from entrepot.batch.rows import run_metadata
from entrepot.batch.rows.answers import schema_with_answers
from entrepot.batch.rows.columns import CONSIGNMENT, FAULT_COLUMNS, Columns, earlier_answer, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.suggest import BUYERS, check_names, fields_to_map, fields_unread, is_kind_of_buyer
from entrepot.batch.run import consignments, resume
from entrepot.batch.run.fault_summary import FaultSummary
from entrepot.batch.run.paths import XLSX, Location, check_locations, open_input, open_output
from entrepot.model.errors import TableError

#: The columns of the report of faults.
FAULT_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("consignment", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
        ("param", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """A run over a file: input, outputs, which column gives which field, and options."""

    source: Location
    target: Location
    faults: Location | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    on: dt.date | None = None
    explain: bool = False
    resume: bool = False
    #: The language of the messages of faults.
    language: str = "en"
    #: Whether an output that exists is replaced.
    overwrite: bool = True
    #: Decoded bytes of all rows. None: no limit, as on the command line, where each batch bounds the memory.
    max_bytes: int | None = None


class Sizes(NamedTuple):
    """Rows of a finished part, and bytes of rows with consignments that are grouped in memory."""

    part_rows: int = 524_288
    held_bytes: int = consignments.MAX_HELD_BYTES


DEFAULT_SIZES = Sizes()
#: The first cells of a column that may give the kind of buyer.
BUYER_CELLS = 1_000


@dataclass(slots=True)
class BatchResult:
    """The result of a run: the number of rows, its faults, and the columns that were not read.

    `unread_fields`: the fields that some of these seem to give; `replaced`: the columns of an earlier answer that the
    table had.
    """

    summary: FaultSummary
    rows: int = 0
    unread: Sequence[str] = ()
    unread_fields: Mapping[str, str] = field(default_factory=dict)
    replaced: Sequence[str] = ()

    @property
    def faults(self) -> Counter[str]:
        """The number of rows by the code of their fault."""
        found: Counter[str] = Counter()
        for group in self.summary.groups():
            found[group.code] += group.rows
        return found


def answer_file(
    job: BatchJob, context: LawContext, on_progress: Callable[[int, float], None], sizes: Sizes = DEFAULT_SIZES
) -> BatchResult:
    """Quote a file. `on_progress` is called with the number of rows written and the share of the input that was read.

    Raises TableError if the table as a whole cannot be read or written, OSError if the disk fails.
    """
    parts = _parts_of(job)  # they exist where the last run was killed, maybe after it had named its output
    overwrite = job.overwrite or (parts is not None and parts.exists())
    check_locations(job.source, job.target, job.faults, overwrite=overwrite)
    if job.resume and (job.source.path is None or job.target.path is None):
        raise TableError("--resume needs files: a standard stream cannot be resumed. Give files, or omit --resume.")
    folder = Path(tempfile.gettempdir()) if job.target.path is None else job.target.path.parent
    try:
        with open_input(job.source, folder) as path:
            source = open_source(path, job.source.read_kind, job.mapping)
            source.max_bytes = job.max_bytes
            replaced = earlier_answer(source.schema.names)
            if replaced:
                source = without_columns(source, replaced)
            check_names(source.schema.names, job.mapping, job.constants)
            columns = _columns_of(source, job)
            result = BatchResult(
                FaultSummary(columns),
                replaced=replaced,
                unread=[name for name in source.schema.names if name not in columns.column_names.values()],
            )
            result.unread_fields = _unread_fields(source, result.unread, {*columns.column_names, *columns.constants})
            if job.target.kind == "parquet" and not job.resume and CONSIGNMENT not in columns.column_names:
                source.words = source.repeated_words  # they stay dictionaries from the input to the output
            with WorkFolder(job, folder) as work:
                batches = _answer_batches(source, columns, context, work, sizes)
                schema = _output_schema(source, columns).with_metadata(
                    run_metadata.add_run_metadata(source.schema.metadata, job, context.today)
                )
                with ExitStack() as stack:
                    output = _open_location(stack, job.target, schema, context, source.words)
                    _write_output(
                        stack, job, batches, output, context, result, lambda rows: on_progress(rows, source.share(rows))
                    )
            work.delete()
            return result
    except pa.ArrowException as error:
        raise TableError(f"The table cannot be written: {str(error).partition(chr(10))[0]}") from None


def _columns_of(source: Source, job: BatchJob) -> Columns:
    """The columns of a file. Raises TableError, with the fields that its columns seem to give."""
    try:
        return resolve_columns(
            source.schema, job.mapping, job.constants, on=job.on, explain=job.explain, language=job.language
        )
    except TableError as error:
        error.seeming = fields_to_map(source.schema.names, job.mapping, job.constants)
        raise


def _unread_fields(source: Source, unread: Sequence[str], given: Collection[str]) -> dict[str, str]:
    """The fields that columns which are not read seem to give, by their names, and of buyers by their first cells."""
    found = fields_unread(source.schema.names, unread, given)
    buyers = [name for name in unread if name.strip().lower() in BUYERS]
    if len(buyers) == 1 and "buyer_kind" not in {*given, *found.values()}:
        first = next(source.batches(), None)
        if first is not None and is_kind_of_buyer(first.column(buyers[0])[:BUYER_CELLS].to_pylist()):
            found[buyers[0]] = "buyer_kind"
    return found


def _parts_of(job: BatchJob) -> Path | None:
    """The folder for the finished parts of a run that can be resumed."""
    path = job.target.path
    return path.with_name(f".{path.name}.parts") if job.resume and path is not None else None


class WorkFolder:
    """The folder for finished parts: with `--resume` beside the output until all is done, else only for this run."""

    def __init__(self, job: BatchJob, folder: Path) -> None:
        self.job, self.folder, self.path = job, folder, Path()

    def __enter__(self) -> Self:
        self.path = _parts_of(self.job) or Path(tempfile.mkdtemp(dir=self.folder, prefix=".entrepot-"))
        return self

    def __exit__(self, *_: object) -> None:
        if not self.job.resume:
            shutil.rmtree(self.path, ignore_errors=True)

    def open_store(self, context: LawContext) -> resume.PartStore:
        """The finished parts. With `--resume` they must belong to the same input, options, law and day."""
        if not self.job.resume or self.job.source.path is None:
            return resume.PartStore(self.path)
        job = self.job
        options = {
            "mapping": dict(job.mapping),
            "constants": dict(job.constants),
            "on": str(job.on),
            "explain": job.explain,
            "format": f"{job.source.kind} {job.source.tabs}",
            "reading": list(job.source.reading),
            "language": job.language,
        }
        manifest = {
            "input": resume.file_identity(self.job.source.path),
            "options": msgspec.json.encode(options, order="deterministic").decode(),
            "law": context.fingerprint(),
            "day": str(context.today),
        }
        return resume.open_store(self.path, manifest)

    def delete(self) -> None:
        """Delete the folder: the output is complete."""
        resume.delete_parts(self.path)


def _answer_batches(
    source: Source, columns: Columns, context: LawContext, work: WorkFolder, sizes: Sizes
) -> Generator[pa.RecordBatch]:
    """The batches with their answers, read from finished parts if those are stored."""
    if CONSIGNMENT in columns.column_names:
        size = decoded_size(work.job.source, source)
        store = work.open_store(context)
        yield from consignments.answer_consignments(source, columns, context, store, size, held_bytes=sizes.held_bytes)
    elif work.job.resume:
        store = work.open_store(context)
        for number, piece in enumerate(resume.split_into_parts(source.batches(), sizes.part_rows)):
            part_path = store.get_or_write(
                f"part-{number:06}",
                partial(assess_batches, piece, context, columns, assessors=ASSESSORS),
            )
            yield from resume.read_batches(part_path)
    else:
        yield from assess_batches(source.batches(), context, columns, assessors=ASSESSORS)


def decoded_size(place: Location, source: Source) -> int:
    """About how many bytes the rows take in memory: text as in the file, compressed formats five times as much."""
    size = place.path.stat().st_size if place.path is not None else int(source.size)
    return size * 5 if place.gzip or place.kind in ("parquet", XLSX) else size


def _output_schema(source: Source, columns: Columns) -> pa.Schema:
    return schema_with_answers(source.schema, columns.explain)


def _write_output(
    stack: ExitStack,
    job: BatchJob,
    batches: Generator[pa.RecordBatch],
    output: Writer,
    context: LawContext,
    result: BatchResult,
    on_progress: Callable[[int], None],
) -> None:
    report = _open_location(stack, job.faults, FAULT_SCHEMA, context) if job.faults is not None else None
    name = next((column for column, field in job.mapping.items() if field == CONSIGNMENT), CONSIGNMENT)
    stack.enter_context(closing(batches))  # stops the threads that still work, also after an error
    for batch in batches:
        output.write(batch)
        result.summary.add(batch, result.rows)
        if report is not None and batch.column("fault").null_count < batch.num_rows:
            report.write(_fault_rows(batch, name, result.rows))
        result.rows += batch.num_rows
        on_progress(result.rows)


def _open_location(
    stack: ExitStack, place: Location, schema: pa.Schema, context: LawContext, words: Collection[str] = ()
) -> Writer:
    """A writer to a location. When the stack closes, the writer is closed first and then the file gets its name."""
    stream = stack.enter_context(open_output(place))
    if place.gzip:
        stream = stack.enter_context(gzip_stream(stream))
    return stack.enter_context(
        open_writer(place.kind, stream, schema, context.world.decimals, tabs=place.tabs, words=words)
    )


def _fault_rows(batch: pa.RecordBatch, consignment: str, before: int) -> pa.RecordBatch:
    """The faults of a batch, with the number of each row in the table, counted from 1."""
    mask = batch.column("fault").is_valid()
    rows = pa.array(range(before + 1, before + batch.num_rows + 1), pa.int64())
    there = consignment in batch.schema.names
    names = plain_array(batch.column(consignment)) if there else pa.nulls(batch.num_rows, pa.string())
    code, field_name, message = (batch.column(name) for name in FAULT_COLUMNS)
    columns = [rows, names, code, message, field_name]
    found = [column.filter(mask).cast(each.type) for column, each in zip(columns, FAULT_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(found, schema=FAULT_SCHEMA)
