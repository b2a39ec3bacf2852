"""Compare a table under the current law and under the law with overlays, in bounded memory.

The table is read in pieces of whole consignments. Each piece is quoted under both laws; its rows are counted and added
up by group and, if requested, written row by row in their order.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.batches import assess_batch, assess_table, split_batches
from entrepot.batch.assess.input_columns import select_input_columns, unify_dictionaries
from entrepot.batch.compare.outputs import open_rows_writer
from entrepot.batch.compare.result import Comparison, OverlayInfo, UsedLaws
from entrepot.batch.compare.row_pairs import KEYS, append_pairs, check_names, measure, pair_answers
from entrepot.batch.formats.readers import Source, open_source
from entrepot.batch.rows.answers import single_batch
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run import consignments, resume
from entrepot.batch.run.files import decoded_size
from entrepot.batch.run.paths import Location, check_locations, open_input
from entrepot.batch.run.tables import to_arrow
from entrepot.law.compiled import Law
from entrepot.model.errors import TableError, in_quotes, meant

#: The default grouping.
DEFAULT_BY = ("chapter", "origin", "way")


class LawPair(NamedTuple):
    """The current law, the law with the overlays applied, and the overlays."""

    before: LawContext
    after: LawContext
    overlays: tuple[OverlayInfo, ...]


class AnsweredPiece(NamedTuple):
    """The input columns of a piece, with the answers of each row under both laws."""

    rows: pa.Table
    before: pa.Table
    after: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareJob:
    """A comparison of a file: the field of each column, the grouping, and the file for both answers of each row."""

    source: Location
    each: Location | None = None
    outputs: Sequence[Location] = ()
    by: Sequence[str] = DEFAULT_BY
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    on: dt.date | None = None
    #: Whether outputs that exist are replaced.
    overwrite: bool = True


def compare_data(
    data: Any,
    pair: LawPair,
    by: Sequence[str],
    mapping: Mapping[str, str | None] | None,
    constants: Mapping[str, str] | None,
    on: dt.date | None,
    *,
    each: bool,
) -> pa.Table:
    """Compare a table of any library that exports Arrow (see `entrepot.compare_table`). Raises TableError."""
    table = to_arrow(data)
    columns = resolve_columns(table.schema, mapping, constants, on=on)
    comparison, pair = _start(pair, by)
    if each:
        check_names(table.schema.names)
    pieces = [table] if CONSIGNMENT in columns.column_names or not table.num_rows else None
    found = []
    for piece in pieces or (pa.Table.from_batches([batch]) for batch in split_batches(table.to_batches())):
        answered = _answer_piece(piece, columns, pair)
        if each:
            found.append(pair_answers(answered.before, answered.after))
        else:
            _add_piece(answered, columns, pair, comparison)
    return append_pairs(table, pa.concat_tables(found).unify_dictionaries()) if each else comparison.table()


def compare_file(
    job: CompareJob,
    pair: LawPair,
    on_progress: Callable[[int, float], None],
    held_bytes: int = consignments.MAX_HELD_BYTES,
) -> Comparison:
    """Compare a file. `on_progress` is called with the number of rows done and the share of the input that was read.

    Raises TableError if the table as a whole cannot be read or written, OSError if the disk fails.
    """
    outputs = [*job.outputs, *([job.each] if job.each is not None else [])]
    for output in outputs or [Location(None, "csv")]:
        check_locations(job.source, output, None, overwrite=job.overwrite)
    names = [output.path.resolve() for output in outputs if output.path is not None]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise TableError(f"{repeated[0]} cannot take two outputs: name two files.")
    comparison, pair = _start(pair, job.by)
    folder = names[-1].parent if names else Path(tempfile.gettempdir())
    try:
        with open_input(job.source, folder) as path, _work_folder(folder) as work:
            source = open_source(path, job.source.read_kind, job.mapping)
            columns = resolve_columns(source.schema, job.mapping, job.constants, on=job.on)
            if job.each is not None:
                check_names(source.schema.names)
            pieces = _read_pieces(source, columns, job.source, work, held_bytes)
            with open_rows_writer(job.each, source, pair.before.world.decimals, work) as write:
                for piece in pieces:
                    numbered = consignments.ROW_NUMBER in piece.schema.names
                    answered = _answer_piece(piece, columns, pair)
                    _add_piece(answered, columns, pair, comparison)
                    each = pair_answers(answered.before, answered.after)
                    write(piece, each, piece[consignments.ROW_NUMBER] if numbered else None)
                    on_progress(comparison.count("rows"), source.share())
            return comparison
    except pa.ArrowException as error:
        raise TableError(f"The table cannot be compared: {str(error).partition(chr(10))[0]}") from None


def _start(pair: LawPair, by: Sequence[str]) -> tuple[Comparison, LawPair]:
    """An empty comparison, and the two laws wrapped so that it records which laws are used. Raises TableError."""
    if not pair.overlays:
        raise TableError("There is nothing to compare with: name the overlays, each the folder of a changed law.")
    for name in by:
        if name not in KEYS:
            raise TableError(
                f"{in_quotes(name)} is not a key to group by.{meant(name, KEYS)} Known: {', '.join(KEYS)}."
            )
    if not by or len(set(by)) < len(by):
        raise TableError(f"Say once each what to compare by: {', '.join(KEYS)}.")
    comparison = Comparison(tuple(by), pair.overlays, pair.before.world.decimals)
    before, after = _record_laws(pair.before, comparison.before), _record_laws(pair.after, comparison.after)
    return comparison, pair._replace(before=before, after=after)


def _record_laws(context: LawContext, laws: UsedLaws) -> LawContext:
    """The same context; each law that is requested is recorded."""

    def law(economy: str, day: dt.date) -> Law:
        found = context.law(economy, day)
        laws.record(found, day)
        return found

    return replace(context, law=law, cache={})


def _answer_piece(piece: pa.Table, columns: Columns, pair: LawPair) -> AnsweredPiece:
    """The input columns of a piece of whole consignments, with its answers under both laws."""
    rows = unify_dictionaries(select_input_columns(piece, columns))
    found = []
    for context in (pair.before, pair.after):
        if CONSIGNMENT in columns.column_names:
            found.append(assess_table(rows, columns, context))
        else:
            batches = split_batches(rows.to_batches()) if rows.num_rows else [single_batch(rows)]
            answers = [assess_batch(batch, columns, context) for batch in batches]
            found.append(pa.Table.from_batches(answers).unify_dictionaries())
    return AnsweredPiece(rows, *found)


def _add_piece(answered: AnsweredPiece, columns: Columns, pair: LawPair, comparison: Comparison) -> None:
    """Add a piece to the sums of the comparison."""
    rows = measure(*answered, columns, pair.before.world.economies)
    comparison.groups.add(rows)
    comparison.totals.add(rows)
    changed = pc.or_(
        pc.greater(rows["other_way"], 0), pc.xor(pc.is_null(rows["regime"]), pc.is_null(rows["regime_after"]))
    )
    comparison.moves.add(rows.filter(changed))
    comparison.not_compared.add(rows.filter(pc.equal(rows["compared"], 0)))


def _read_pieces(source: Source, columns: Columns, place: Location, work: Path, held_bytes: int) -> Iterator[pa.Table]:
    """Yield the table in pieces of whole consignments; those of a large table are input columns with row numbers."""
    batches = source.batches()
    if CONSIGNMENT not in columns.column_names:
        yield from (pa.Table.from_batches([batch]) for batch in split_batches(batches))
        return
    held: list[pa.RecordBatch] = []
    total = 0
    for batch in batches:
        held.append(batch)
        total += batch.nbytes
        if total > held_bytes:
            break
    else:
        if held:
            yield pa.Table.from_batches(held)
        return
    count = consignments.bucket_count(decoded_size(place, source), held_bytes)
    for path in consignments.write_buckets(chain(held, batches), columns, work, count):
        if found := list(resume.read_batches(path)):
            yield pa.Table.from_batches(found)
        path.unlink(missing_ok=True)


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder for rows that do not fit in memory, deleted at the end."""
    path = Path(tempfile.mkdtemp(dir=folder, prefix=".entrepot-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def parse_groups(text: Iterable[str]) -> tuple[str, ...]:
    """Parse grouping keys from arguments: names separated by commas.

    >>> parse_groups(["chapter, origin", "way"])
    ('chapter', 'origin', 'way')
    """
    return tuple(name.strip().lower() for each in text for name in each.split(",") if name.strip())
