"""Validate an untrusted Arrow stream before allocating memory.

An Arrow message states its own size, and Arrow allocates that much. So the length of each message, the unpacked size of
compressed buffers, and the total size of dictionaries are read and checked here first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import pyarrow as pa

from entrepot.batch.formats.byte_limits import split_by_bytes
from entrepot.model.errors import TableError

#: Bytes of the metadata of a message, and of its body, compressed or not.
MAX_METADATA, MAX_BODY = 4 << 20, 256 << 20
#: Smaller batches are joined until they have this many rows.
BATCH_ROWS = 65_536
#: Bytes of rows that are joined at most.
BATCH_BYTES = 16 << 20
_CONTINUATION = b"\xff\xff\xff\xff"
_DICTIONARY, _BATCH = 2, 3

#: Reads at most the given number of bytes; fewer only at the end of the stream.
Read = Callable[[int], bytes]


class CheckedStream:
    """A file-like object that Arrow reads from; it raises TableError at a message that is too large."""

    def __init__(self, read: Read, max_rows: int = MAX_BODY) -> None:
        self.read_source, self.max_body, self.closed = read, max_rows, False
        self.pending, self.content = b"", 0
        self.dictionary_sizes: dict[int, int] = {}

    def readable(self) -> bool:
        """True: the stream can be read."""
        return True

    def read(self, size: int) -> bytes:
        """Bytes of the current message, or the start of the next one."""
        if not self.pending and not self.content:
            self._read_message()
        if self.pending:
            given, self.pending = self.pending[:size], self.pending[size:]
            return given
        given = self.read_source(min(size, self.content))
        self.content = self.content - len(given) if given else 0
        return given

    def _read_message(self) -> None:
        """Read the metadata of the next message and check the sizes in it."""
        head = self.read_source(4)
        if head == _CONTINUATION:
            head += self.read_source(4)
        size = int.from_bytes(head[-4:], "little", signed=True) if len(head) in (4, 8) else 0
        if not 0 <= size <= MAX_METADATA:
            raise TableError("This is not an Arrow stream, or its table has too many columns.")
        metadata = self.read_source(size) if size else b""
        self.pending = head + metadata
        if len(metadata) < size or not size:
            return
        try:
            self.content = self._check_message(FlatTable.root(metadata))
        except (struct.error, IndexError):
            raise TableError("This is not an Arrow stream: a message cannot be read.") from None

    def _check_message(self, message: FlatTable) -> int:
        """The bytes of a message's body. A compressed body is read now, because its unpacked sizes are in it."""
        kind, content = message.number(1, "<B"), message.number(3, "<q")
        self._check_size(content)
        batch = message.table(2)
        number, is_delta = -1, False
        if batch is not None and kind == _DICTIONARY:
            number, is_delta, batch = batch.number(0, "<q"), bool(batch.number(2, "<B")), batch.table(1)
        if batch is None or kind not in (_DICTIONARY, _BATCH):
            return content
        unpacked_size = content
        if batch.table(3) is not None:
            packed = self.read_source(content)
            self.pending += packed
            unpacked_size = _unpacked_size(batch, packed)
            self._check_size(unpacked_size)
            content = 0
        if kind == _DICTIONARY:
            self.dictionary_sizes[number] = unpacked_size + (self.dictionary_sizes.get(number, 0) if is_delta else 0)
            self._check_size(sum(self.dictionary_sizes.values()))
        return content

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self.max_body:
            raise TableError(
                f"A batch, or the dictionaries together, have more than {self.max_body >> 20} MB: "
                f"send batches of fewer rows."
            )


def _unpacked_size(batch: FlatTable, packed: bytes) -> int:
    """The unpacked bytes of a compressed body: each buffer begins with its size, -1 if it is not compressed."""
    total_rows = 0
    for offset, length in batch.pairs(2):
        if length:
            if offset < 0:
                raise IndexError(offset)
            (size,) = struct.unpack_from("<q", packed, offset)
            if size < -1 or length < 0:
                raise IndexError(size)
            total_rows += length if size == -1 else size
    return total_rows


class FlatTable:
    """A FlatBuffers table, as far as needed here. An offset outside of the content is a struct.error or IndexError."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at
        self.fields = at - self._unpack("<i", at)

    @classmethod
    def root(cls, content: bytes) -> FlatTable:
        """The root table."""
        return cls(content, struct.unpack_from("<I", content)[0])

    def _unpack(self, format_: str, at: int) -> int:
        if at < 0:
            raise IndexError(at)
        return int(struct.unpack_from(format_, self.content, at)[0])

    def _field_position(self, field: int) -> int | None:
        if 4 + 2 * field >= self._unpack("<H", self.fields):
            return None
        offset = self._unpack("<H", self.fields + 4 + 2 * field)
        return self.at + offset if offset else None

    def number(self, field: int, format_: str) -> int:
        """A number; 0 if the field is absent."""
        place = self._field_position(field)
        return 0 if place is None else self._unpack(format_, place)

    def table(self, field: int) -> FlatTable | None:
        """A nested table; None if the field is absent."""
        place = self._field_position(field)
        return None if place is None else FlatTable(self.content, place + self._unpack("<I", place))

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A vector of pairs of 64-bit numbers."""
        place = self._field_position(field)
        if place is None:
            return
        start = place + self._unpack("<I", place)
        for number in range(self._unpack("<I", start)):
            offset = self._unpack("<q", start + 4 + 16 * number)
            yield offset, self._unpack("<q", start + 12 + 16 * number)


def checked_batches(
    reader: pa.RecordBatchReader, max_rows: int, unpacked: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield batches that are validated in full; small ones are joined, large ones are split.

    Raises TableError beyond `max_rows` rows, TableTooLarge beyond `unpacked` decoded bytes.
    """
    return split_by_bytes(_join_small_batches(reader, max_rows), unpacked)


def _join_small_batches(reader: pa.RecordBatchReader, max_rows: int) -> Iterator[pa.RecordBatch]:
    pending: list[pa.RecordBatch] = []
    rows = size = total_rows = 0
    for batch in reader:
        batch.validate(full=True)
        total_rows += batch.num_rows
        if total_rows > max_rows:
            raise TableError(f"The table has more than {max_rows} rows, the limit of this server.")
        pending.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield from _joined(pending)
            pending, rows, size = [], 0, 0
    if rows:
        yield from _joined(pending)


def _joined(pending: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Batches joined into one, if their columns can be."""
    if len(pending) == 1:
        return pending
    try:
        return pa.Table.from_batches(pending).unify_dictionaries().combine_chunks().to_batches()  # type: ignore[no-any-return]  # pyarrow has no types
    except pa.ArrowException:
        return pending
