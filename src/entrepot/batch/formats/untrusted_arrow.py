"""arriving: a stream of Arrow from somebody who may be anybody: each message is looked at before room is made for it.

A message says itself how large it is, and Arrow makes that much room. So the few numbers that say it (the length of a
message, the bytes that compressed parts unfold to, what dictionaries have grown to) are read here first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import pyarrow as pa

from entrepot.batch.formats.byte_limits import portioned
from entrepot.model.errors import TableError

#: Bytes that the description of a message may have, and its content, packed or not.
DESCRIPTION, CONTENT = 4 << 20, 256 << 20
#: Batches with fewer rows are put together until there are as many.
TOGETHER = 65_536
#: Bytes of rows that are put together at most.
HELD = 16 << 20
_CONTINUED = b"\xff\xff\xff\xff"
_DICTIONARY, _BATCH = 2, 3

#: Up to so many bytes of a stream; fewer only at its end.
Read = Callable[[int], bytes]


class Arriving:
    """A file for Arrow to read from that lets no message pass which is too large."""

    def __init__(self, read: Read, most: int = CONTENT) -> None:
        self.read_on, self.most, self.closed = read, most, False
        self.pending, self.content = b"", 0
        self.words: dict[int, int] = {}

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int) -> bytes:
        """Bytes of the message at hand, else the beginning of the next one."""
        if not self.pending and not self.content:
            self._next()
        if self.pending:
            given, self.pending = self.pending[:size], self.pending[size:]
            return given
        given = self.read_on(min(size, self.content))
        self.content = self.content - len(given) if given else 0
        return given

    def _next(self) -> None:
        """Reads the description of the next message and looks at what it says of its size."""
        head = self.read_on(4)
        if head == _CONTINUED:
            head += self.read_on(4)
        size = int.from_bytes(head[-4:], "little", signed=True) if len(head) in (4, 8) else 0
        if not 0 <= size <= DESCRIPTION:
            raise TableError("This is no stream of Arrow, or one whose table has too many columns.")
        described = self.read_on(size) if size else b""
        self.pending = head + described
        if len(described) < size or not size:
            return
        try:
            self.content = self._looked_at(Flat.of(described))
        except (struct.error, IndexError):
            raise TableError("This is no stream of Arrow: a message cannot be read.") from None

    def _looked_at(self, message: Flat) -> int:
        """The bytes of a message's content; what is packed is read now, for its own sizes are in it."""
        kind, content = message.number(1, "<B"), message.number(3, "<q")
        self._bounded(content)
        batch = message.table(2)
        number, grows = -1, False
        if batch is not None and kind == _DICTIONARY:
            number, grows, batch = batch.number(0, "<q"), bool(batch.number(2, "<B")), batch.table(1)
        if batch is None or kind not in (_DICTIONARY, _BATCH):
            return content
        unfolded = content
        if batch.table(3) is not None:
            packed = self.read_on(content)
            self.pending += packed
            unfolded = _unfolded(batch, packed)
            self._bounded(unfolded)
            content = 0
        if kind == _DICTIONARY:
            self.words[number] = unfolded + (self.words.get(number, 0) if grows else 0)
            self._bounded(sum(self.words.values()))
        return content

    def _bounded(self, size: int) -> None:
        if not 0 <= size <= self.most:
            raise TableError(
                f"A batch, or the dictionaries together, have more than {self.most >> 20} MB: "
                f"send batches of fewer rows."
            )


def _unfolded(batch: Flat, packed: bytes) -> int:
    """To how many bytes the packed parts of a batch unfold: each begins with that number, -1 where it is not packed."""
    whole = 0
    for offset, length in batch.pairs(2):
        if length:
            if offset < 0:
                raise IndexError(offset)
            (size,) = struct.unpack_from("<q", packed, offset)
            if size < -1 or length < 0:
                raise IndexError(size)
            whole += length if size == -1 else size
    return whole


class Flat:
    """A table of a flatbuffer, as far as it is needed here. What lies outside of it is a struct.error or IndexError."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at
        self.fields = at - self._unpacked("<i", at)

    @classmethod
    def of(cls, content: bytes) -> Flat:
        """The table at the root."""
        return cls(content, struct.unpack_from("<I", content)[0])

    def _unpacked(self, form: str, at: int) -> int:
        if at < 0:
            raise IndexError(at)
        return int(struct.unpack_from(form, self.content, at)[0])

    def _place(self, field: int) -> int | None:
        if 4 + 2 * field >= self._unpacked("<H", self.fields):
            return None
        offset = self._unpacked("<H", self.fields + 4 + 2 * field)
        return self.at + offset if offset else None

    def number(self, field: int, form: str) -> int:
        """A number; 0 where it is not there."""
        place = self._place(field)
        return 0 if place is None else self._unpacked(form, place)

    def table(self, field: int) -> Flat | None:
        """A table inside."""
        place = self._place(field)
        return None if place is None else Flat(self.content, place + self._unpacked("<I", place))

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A list of pairs of long numbers."""
        place = self._place(field)
        if place is None:
            return
        start = place + self._unpacked("<I", place)
        for number in range(self._unpacked("<I", start)):
            offset = self._unpacked("<q", start + 4 + 16 * number)
            yield offset, self._unpacked("<q", start + 12 + 16 * number)


def arrived(reader: pa.RecordBatchReader, most: int, unpacked: int | None = None) -> Iterator[pa.RecordBatch]:
    """The batches, each checked to the last cell, small ones put together and large ones split.

    Raises TableError beyond `most` rows, TableTooLarge beyond `unpacked` decoded bytes.
    """
    return portioned(_together(reader, most), unpacked)


def _together(reader: pa.RecordBatchReader, most: int) -> Iterator[pa.RecordBatch]:
    held: list[pa.RecordBatch] = []
    rows = size = whole = 0
    for batch in reader:
        batch.validate(full=True)
        whole += batch.num_rows
        if whole > most:
            raise TableError(f"The table has more than {most} rows, as many as are answered at once.")
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= TOGETHER or size >= HELD:
            yield from _one(held)
            held, rows, size = [], 0, 0
    if rows:
        yield from _one(held)


def _one(held: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Batches put together, where their columns can be."""
    if len(held) == 1:
        return held
    try:
        return pa.Table.from_batches(held).unify_dictionaries().combine_chunks().to_batches()  # type: ignore[no-any-return]  # pyarrow has no types
    except pa.ArrowException:
        return held
