"""Write the table of a comparison, and both answers of each row, to files. Each file is complete or absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from entrepot.batch.compare.result import SUM_TYPE
from entrepot.batch.compare.row_pairs import append_pairs, pair_answers
from entrepot.batch.formats.readers import Source
from entrepot.batch.formats.writers import gzip_stream, open_writer
from entrepot.batch.rows.answers import amounts_as_text, answer_batch
from entrepot.batch.run import consignments, resume
from entrepot.batch.run.paths import Location, open_output

#: The name of a stored piece.
PIECE_NAME = "piece-{:03}"


@contextmanager
def open_rows_writer(
    place: Location | None, source: Source, decimals: Mapping[str, int], work: Path
) -> Iterator[Callable[..., None]]:
    """A function that takes pieces, both answers of each row, and the row numbers if the piece has them.

    When the block ends, all rows of the source are written in their order with both answers.
    """
    if place is None:
        yield lambda _rows, _each, _numbers: None
        return
    with ExitStack() as stack:
        stream = stack.enter_context(open_output(place))
        stream = stack.enter_context(gzip_stream(stream)) if place.gzip else stream
        no_answers = pa.Table.from_batches([answer_batch([], explain=False)])
        schema = append_pairs(source.schema.empty_table(), pair_answers(no_answers, no_answers)).schema
        writer = stack.enter_context(open_writer(place.kind, stream, schema, decimals, tabs=place.tabs))
        store = resume.PartStore(work / "pieces")
        paths: list[Path] = []

        def write(rows: pa.Table, each: pa.Table, numbers: Any) -> None:
            if numbers is None:
                for batch in append_pairs(rows, each.combine_chunks()).to_batches():
                    writer.write(batch)
            else:
                numbered = each.append_column(consignments.ROW_NUMBER, numbers).combine_chunks()
                batches = numbered.to_batches(max_chunksize=consignments.MERGE_ROWS)
                paths.append(store.get_or_write(PIECE_NAME.format(len(paths)), lambda: batches))

        yield write
        pairs = consignments.pair_with_answers(source.batches(), consignments.merge_buckets(paths)) if paths else ()
        for batch, each in pairs:
            for merged in append_pairs(pa.Table.from_batches([batch]), pa.Table.from_batches([each])).to_batches():
                writer.write(merged)


def write_table(table: pa.Table, place: Location, decimals: Mapping[str, int]) -> None:
    """Write the table of a comparison, completely or not at all. Text formats use the decimals of each currency."""
    if place.kind in ("csv", "jsonl"):
        table = _amounts_as_text(table, decimals)
    with open_output(place) as stream:
        out = stream
        with ExitStack() as stack:
            out = stack.enter_context(gzip_stream(stream)) if place.gzip else stream
            writer = stack.enter_context(open_writer(place.kind, out, table.schema, decimals, tabs=place.tabs))
            for batch in table.combine_chunks().to_batches():
                writer.write(batch)


def _amounts_as_text(table: pa.Table, decimals: Mapping[str, int]) -> pa.Table:
    """The table with its sums as text."""
    money = table["out_currency"].combine_chunks()
    for place, each in enumerate(table.schema):
        if each.type == SUM_TYPE:
            texts = amounts_as_text(table.column(place).combine_chunks(), money, dict(decimals))
            table = table.set_column(place, each.name, texts)
    return table
