"""Write answered batches as CSV, JSON lines, Parquet or Arrow.

CSV and JSON lines have amounts as text with the decimals of their currency; Parquet and Arrow as decimal128(24, 3).
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import os
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.batch.formats.parquet_amounts import encode_amounts, encode_truths
from entrepot.batch.formats.parquet_chunk import PlacedColumn
from entrepot.batch.formats.parquet_footer import JoinedFile
from entrepot.batch.formats.parquet_words import encode_words
from entrepot.batch.rows.answers import MONEY, amounts_as_text, lists_as_text
from entrepot.batch.rows.cells import to_doubles
from entrepot.batch.rows.columns import (
    AMOUNT_COLUMNS,
    ANSWER_COLUMNS,
    EXPLAIN_COLUMNS,
    RANGE_COLUMNS,
    is_list_of_values,
    is_number,
)
from entrepot.model.errors import TableError, in_quotes

#: Rows of a Parquet row group, and its bytes. While the last group is written nothing else is left to do.
GROUP_ROWS, GROUP_BYTES = 131_072, 256 << 20
#: The fewest rows of a group of which amounts and words are encoded here: for fewer the loops are not worth loading.
OWN_ROWS = 65_536
#: The most threads that encode row groups, besides that of the caller.
MAX_ENCODERS = 4
#: Columns of text that come as dictionaries.
CODED = pa.dictionary(pa.int32(), pa.string())
#: Bytes of the words of one column in an Arrow file.
WORDS_MAX = 1 << 30
#: A row group as a Parquet file of its own, and the columns that it lacks.
EncodedGroup = tuple[bytes, list[PlacedColumn]]
_JSON = msgspec.json.Encoder(decimal_format="number")


class Writer:
    """Writes batches of one schema; call `close` at the end."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        raise NotImplementedError

    def close(self) -> None:
        """Write what is left and the end of the format; the stream stays open."""

    def abort(self) -> None:
        """Release resources without writing an end, after an error."""


@contextmanager
def open_writer(
    kind: str,
    stream: IO[bytes],
    schema: pa.Schema,
    decimals: Mapping[str, int],
    *,
    tabs: bool,
    words: Collection[str] = (),
) -> Iterator[Writer]:
    """A writer for a format: `csv`, `jsonl`, `parquet` or `arrow`. After an error the output has no end.

    `words`: the columns of text that Parquet may get as dictionaries. Raises TableError if a column cannot be written
    in this format.
    """
    writer = _create_writer(kind, stream, schema, decimals, tabs=tabs, words=words)
    try:
        yield writer
        writer.close()
    finally:
        writer.abort()


def _create_writer(
    kind: str,
    stream: IO[bytes],
    schema: pa.Schema,
    decimals: Mapping[str, int],
    *,
    tabs: bool,
    words: Collection[str],
) -> Writer:
    if kind == "csv":
        return CsvWriter(stream, schema, decimals, "\t" if tabs else ",")
    if kind == "jsonl":
        return JsonLinesWriter(stream, decimals)
    return ParquetWriter(stream, schema, words) if kind == "parquet" else ArrowWriter(stream, schema)


class CsvWriter(Writer):
    """Comma- or tab-separated text with a header. Lists are joined by semicolons, null is empty."""

    def __init__(self, stream: IO[bytes], schema: pa.Schema, decimals: Mapping[str, int], delimiter: str) -> None:
        self.stream, self.decimals = stream, dict(decimals)
        for field in schema:
            if pa.types.is_nested(field.type) and not is_list_of_values(field.type):
                raise TableError(
                    f"The column {in_quotes(field.name)} is of type {field.type}, which CSV cannot hold. Use Parquet."
                )
        self.delimiter = delimiter
        head = io.StringIO(newline="")
        csv.writer(head, delimiter=delimiter, lineterminator="\n").writerow(schema.names)
        stream.write(head.getvalue().encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch as lines."""
        values = zip(batch.schema.names, _decoded_columns(batch), strict=True)
        columns = [self._quoted(self._text(name, column, batch).cast(pa.large_string())) for name, column in values]
        lines = pc.binary_join_element_wise(*columns, _text_scalar(self.delimiter)) if len(columns) > 1 else columns[0]
        ended = pc.binary_join_element_wise(lines, _text_scalar(""), _text_scalar("\n"))
        # A text array stores its cells contiguously, so the cells of lines are the bytes of the file.
        content, offsets = ended.buffers()[2], np.frombuffer(ended.buffers()[1], np.int64)
        if batch.num_rows:
            self.stream.write(content.slice(offsets[ended.offset], offsets[ended.offset + len(ended)]))

    def _quoted(self, cells: Any) -> Any:
        """Cells with quotes where they need them, and nothing for null."""
        special = pc.match_substring_regex(cells, f'["{self.delimiter}\r\n]')
        if pc.any(special).as_py():
            doubled = pc.replace_substring(cells, '"', '""')
            quoted = pc.binary_join_element_wise(_text_scalar('"'), doubled, _text_scalar('"'), _text_scalar(""))
            cells = pc.if_else(special, quoted, cells)
        return pc.fill_null(cells, _text_scalar(""))

    def _text(self, name: str, column: Any, batch: pa.RecordBatch) -> Any:
        if _is_amount(name, column, batch):
            return amounts_as_text(column, batch.column("out_currency"), self.decimals)
        if is_list_of_values(column.type):
            return lists_as_text(column)
        return pc.cast(column, pa.string())


class JsonLinesWriter(Writer):
    """One JSON object a line."""

    def __init__(self, stream: IO[bytes], decimals: Mapping[str, int]) -> None:
        self.stream, self.decimals = stream, dict(decimals)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch as lines."""
        columns = []
        for name, column in zip(batch.schema.names, _decoded_columns(batch), strict=True):
            figure = _is_amount(name, column, batch)
            values = (
                amounts_as_text(column, batch.column("out_currency"), self.decimals) if figure else _json_values(column)
            )
            columns.append(values.to_pylist())
        names = batch.schema.names
        lines = [_JSON.encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
        self.stream.write(b"".join(line + b"\n" for line in lines))


class ParquetWriter(Writer):
    """Parquet in groups of rows. Threads encode groups while the next is collected.

    The thread of the caller encodes a group itself rather than wait for the others.

    Words have dictionaries; numbers have minimum and maximum for each group, so that readers can skip groups. `words`:
    columns of text that may come as dictionaries; they are text for whoever reads the file.
    """

    def __init__(self, stream: IO[bytes], schema: pa.Schema, words: Collection[str] = ()) -> None:
        plain = not any(pa.types.is_nested(field.type) and not is_list_of_values(field.type) for field in schema)
        self.words = [place for place, name in enumerate(schema.names) if name in words]
        self.schema = schema
        for place in self.words:
            self.schema = self.schema.set(place, schema.field(place).with_type(CODED))
        self.options: dict[str, Any] = {
            "store_schema": False,
            "compression": "zstd",
            "use_dictionary": [_parquet_name(each) for each in schema if not is_number(each.type)] if plain else True,
            "write_statistics": [_parquet_name(each) for each in schema if _has_statistics(each)] if plain else True,
        }
        # The types of the columns are stored as those of the table, not as those of its dictionaries.
        types = base64.b64encode(schema.serialize())
        empty = io.BytesIO()
        with pq.ParquetWriter(empty, self.schema, **self.options) as writer:
            writer.add_key_value_metadata({**(schema.metadata or {}), b"ARROW:schema": types})
        self.plain, self.answers_at = plain, _first_answer(schema)
        self.statistics = {each.name for each in schema if _has_statistics(each)}
        self.file = JoinedFile(stream, empty.getvalue())
        self.held, self.rows, self.size = list[Any](), 0, 0
        self.many = max(1, min((os.cpu_count() or 1) // 2, MAX_ENCODERS))
        self.threads = ThreadPoolExecutor(self.many, "entrepot-parquet")
        self.pending: deque[Future[EncodedGroup]] = deque()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch; full groups are written."""
        batch = self._with_dictionaries(batch)
        self.held.append(batch)
        self.rows, self.size = self.rows + batch.num_rows, self.size + _row_bytes(batch)
        while self.rows >= GROUP_ROWS:
            table = pa.Table.from_batches(self.held, self.schema)
            self._submit(table.slice(0, GROUP_ROWS))
            self.held, self.rows = table.slice(GROUP_ROWS).to_batches(), self.rows - GROUP_ROWS
            self.size = sum(map(_row_bytes, self.held))
        if self.size >= GROUP_BYTES:
            self._submit(pa.Table.from_batches(self.held, self.schema))
            self.held, self.rows, self.size = [], 0, 0

    def _with_dictionaries(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with all columns of `words` as dictionaries."""
        for place in self.words:
            if not pa.types.is_dictionary(batch.schema.types[place]):
                batch = batch.set_column(place, self.schema.field(place), batch.column(place).dictionary_encode())
        return batch

    def _submit(self, group: pa.Table) -> None:
        if sum(not each.done() for each in self.pending) < self.many:
            self.pending.append(self.threads.submit(self._encode_group, group))
        else:
            done = Future[EncodedGroup]()
            done.set_result(self._encode_group(group))
            self.pending.append(done)
        while self.pending and self.pending[0].done():
            self._write_first()

    def _encode_group(self, group: pa.Table) -> EncodedGroup:
        """The group as a Parquet file of its own, and the columns that are encoded here, where there are many rows.

        The file is empty where all are.
        """
        for place in self.words:
            group = group.set_column(place, self.schema.field(place), group.column(place).unify_dictionaries())
        columns = self._encode_columns(group) if group.num_rows >= OWN_ROWS and self.plain else []
        places = {each.place for each in columns}
        if len(places) == group.num_columns:
            return b"", columns
        group = group.select([place for place in range(group.num_columns) if place not in places])
        found = io.BytesIO()
        with pq.ParquetWriter(found, group.schema, **self.options) as writer:
            writer.write_table(sort_words(group), row_group_size=GROUP_ROWS)
        return found.getvalue(), columns

    def _encode_columns(self, group: pa.Table) -> list[PlacedColumn]:
        """The columns that are encoded here."""
        columns = list[PlacedColumn]()
        for place, field in enumerate(self.schema):
            column, encoded = group.column(place), None
            if pa.types.is_decimal128(field.type):
                encoded = encode_amounts(column)
            elif pa.types.is_boolean(field.type):
                encoded = encode_truths(column)
            elif pa.types.is_dictionary(field.type):
                is_answer = place >= self.answers_at
                encoded = encode_words(column.unify_dictionaries() if is_answer else column, in_order=is_answer)
            if encoded is not None:
                columns.append(PlacedColumn(place, field.name, field.name in self.statistics, encoded))
        return columns

    def _write_first(self) -> None:
        """Writes the first group that is not written yet, once it is encoded."""
        self.file.add(*self.pending.popleft().result())

    def close(self) -> None:
        """Write the last group and the footer."""
        if self.rows:
            self._submit(pa.Table.from_batches(self.held, self.schema))
        self.held = []
        while self.pending:
            self._write_first()
        self.file.close()

    def abort(self) -> None:
        """Wait for the threads; write nothing more."""
        self.threads.shutdown(wait=True, cancel_futures=True)


class ArrowWriter(Writer):
    """An Arrow IPC file. Its dictionaries only grow, because a file allows only additions to a dictionary."""

    def __init__(self, stream: IO[bytes], schema: pa.Schema) -> None:
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, unify_dictionaries=False)
        self.writer = pa.ipc.new_file(stream, schema, options=options)
        self.words: dict[str, Any] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        batch = sort_words(pa.Table.from_batches([batch])).to_batches()[0] if batch.num_rows else batch
        names = batch.schema.names
        columns = [
            self._with_all_words(name, column) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(names, batch.columns, strict=True)
        ]
        self.writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=batch.schema))

    def _with_all_words(self, name: str, column: Any) -> Any:
        """The column over a dictionary of the words of all batches so far."""
        before = self.words.get(name, column.dictionary.slice(0, 0))
        if not len(before) and not len(column.dictionary):
            # An empty dictionary cannot grow in a file: it begins with a word that no row has.
            form = column.type.value_type
            before = pa.array([""], form) if pa.types.is_string(form) else pa.nulls(1, form)
        new = column.dictionary.filter(pc.invert(pc.is_in(column.dictionary, value_set=before)))
        if before.nbytes + new.nbytes > WORDS_MAX:
            raise TableError(
                f"The words of the column {in_quotes(name)} have more than {WORDS_MAX >> 20} MB "
                "together: write Parquet instead."
            )
        words = self.words[name] = pa.concat_arrays([before, new]) if len(new) else before
        places = pc.index_in(column.dictionary, value_set=words)
        indices = places.take(column.indices).cast(column.type.index_type)
        return pa.DictionaryArray.from_arrays(indices, words, ordered=column.type.ordered)

    def close(self) -> None:
        """Write the footer."""
        self.writer.close()


def sort_words(table: pa.Table) -> pa.Table:
    """Sort the dictionaries of the answer columns, and drop unused words and those that occur twice.

    So equal answers give equal bytes, whatever was answered before. A word that occurs twice would make PyArrow write
    all words in full.

    >>> column = pa.DictionaryArray.from_arrays(pa.array([2, 0], pa.int16()), ["open", "other", "closed"])
    >>> sort_words(pa.table({"status": column}))["status"].chunk(0).dictionary.to_pylist()
    ['closed', 'open']
    >>> column = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int16()), ["open", "open"])
    >>> sort_words(pa.table({"status": column}))["status"].chunk(0).indices.to_pylist()
    [0, 0, None]
    """
    for place, field in list(enumerate(table.schema))[_first_answer(table.schema) :]:
        if not pa.types.is_dictionary(field.type) or not table.num_rows:
            continue
        column = table.column(place).unify_dictionaries().combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        words = column.dictionary.to_pylist()
        used = pc.unique(column.indices).drop_null().to_pylist()
        used_words = sorted({words[at] for at in used})  # a dictionary may have a word twice
        place_of = {word: number for number, word in enumerate(used_words)}
        new_places = np.zeros(len(words), field.type.index_type.to_pandas_dtype())
        new_places[used] = [place_of[words[at]] for at in used]
        indices = pa.array(new_places).take(column.indices)
        found = pa.DictionaryArray.from_arrays(indices, pa.array(used_words, pa.string()))
        table = table.set_column(place, field, found)
    return table


def _first_answer(schema: pa.Schema) -> int:
    """The place of the first answer: they are the last columns; a column of the user's may have the same name."""
    begin = len(schema)
    while begin and schema.names[begin - 1] in (*ANSWER_COLUMNS, *EXPLAIN_COLUMNS):
        begin -= 1
    return begin


def _row_bytes(batch: pa.RecordBatch) -> int:
    """The bytes of a batch's own rows, without dictionaries, which many batches may share."""
    return sum(each.indices.nbytes if pa.types.is_dictionary(each.type) else each.nbytes for each in batch.columns)


def gzip_stream(stream: IO[bytes]) -> IO[bytes]:
    """A gzip stream into another stream; without a time, so that equal content gives equal bytes."""
    return gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0, compresslevel=6)  # type: ignore[return-value]  # it writes bytes


def _decoded_columns(batch: pa.RecordBatch) -> list[Any]:
    return [column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in batch]


def _text_scalar(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def _parquet_name(field: pa.Field) -> str:
    """The name of a column in Parquet; of a list, the name of its elements."""
    return f"{field.name}.list.element" if is_list_of_values(field.type) else field.name


def _is_amount(name: str, column: Any, batch: pa.RecordBatch) -> bool:
    """Whether a column is an amount of the answer, which has the decimals of its currency."""
    is_amount_name = name.removesuffix("_after") in AMOUNT_COLUMNS
    return is_amount_name and column.type == MONEY and "out_currency" in batch.schema.names


def _has_statistics(field: pa.Field) -> bool:
    """Whether a column gets its minimum and maximum. The ends of ranges have none: those of the amounts are near."""
    return not pa.types.is_dictionary(field.type) and (field.type != MONEY or field.name not in RANGE_COLUMNS)


def _json_values(column: Any) -> Any:
    """A column whose values JSON can hold without loss: floats by their shortest text, nanosecond times as text."""
    form = column.type
    if pa.types.is_floating(form):
        return to_doubles(column)
    if (pa.types.is_timestamp(form) or pa.types.is_time(form)) and form.unit == "ns":
        return column.cast(pa.string())
    return column
