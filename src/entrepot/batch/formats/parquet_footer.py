"""Joins Parquet files of the same columns into one: their pages are copied, their footers are merged.

PyArrow encodes one row group after the other, in one thread. So each group is encoded as a file of its own, several at
a time; its pages are copied as they are, and in its footer the places of pages are moved.
"""

from __future__ import annotations

from typing import IO, Any

#: The bytes at the start and at the end of a Parquet file; those of the footer's length and the end.
MAGIC, END_BYTES = b"PAR1", 8
#: The types of Thrift's compact protocol: a truth value is its own type, from BINARY on the values have parts.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

# The fields of the footer, of a row group, of a column and of its metadata that are changed here.
ROWS, GROUPS = 3, 4
COLUMNS, GROUP_OFFSET = 1, 5
COLUMN_METADATA = 3
#: Fields that hold the place of something in the file; nil where there is nothing.
COLUMN_OFFSETS, METADATA_OFFSETS = (2, 4, 6), (9, 10, 11, 14)

#: A struct: the type and the value of each field, by its number; a list: the type of its elements, and these.
Struct = dict[int, tuple[int, Any]]


class JoinedFile:
    """A Parquet file that is written from files of the same columns.

    `empty`: such a file without rows, which has the schema and the metadata.
    """

    def __init__(self, stream: IO[bytes], empty: bytes) -> None:
        self.stream, self.size = stream, len(MAGIC)
        self.footer = _footer_of(empty)
        self.groups: list[bytes] = []
        self.rows = 0
        stream.write(MAGIC)

    def add(self, file: bytes) -> None:
        """Adds the row groups of a file."""
        footer = _footer_of(file)
        pages = memoryview(file)[len(MAGIC) : len(file) - END_BYTES - _footer_bytes(file)]
        for group in footer[GROUPS][1][1]:
            _move(group, self.size - len(MAGIC))
            self.groups.append(write_struct(group))
        self.stream.write(pages)
        self.size, self.rows = self.size + len(pages), self.rows + footer[ROWS][1]

    def close(self) -> None:
        """Writes the footer; the stream stays open."""
        footer = write_struct({**self.footer, ROWS: (I64, self.rows), GROUPS: (LIST, (STRUCT, self.groups))})
        self.stream.write(footer + len(footer).to_bytes(END_BYTES - len(MAGIC), "little") + MAGIC)


def _footer_bytes(file: bytes) -> int:
    return int.from_bytes(file[-END_BYTES : -len(MAGIC)], "little")


def _footer_of(file: bytes) -> Struct:
    return read_struct(file[len(file) - END_BYTES - _footer_bytes(file) : -END_BYTES])


def _move(group: Struct, by: int) -> None:
    """Moves a row group by some bytes. Only the groups of an encrypted file have numbers."""
    _move_fields(group, (GROUP_OFFSET,), by)
    for column in group[COLUMNS][1][1]:
        _move_fields(column, COLUMN_OFFSETS, by)
        _move_fields(column[COLUMN_METADATA][1], METADATA_OFFSETS, by)


def _move_fields(struct: Struct, fields: tuple[int, ...], by: int) -> None:
    for field in fields:
        form, at = struct.get(field, (I64, 0))
        if at:
            struct[field] = form, at + by


def read_struct(content: bytes) -> Struct:
    """A struct of Thrift's compact protocol, with the types of its fields.

    >>> read_struct(bytes([0x15, 0x04, 0x19, 0x28, 0x01, 0x61, 0x00, 0x00]))
    {1: (5, 2), 2: (9, (8, [b'a', b'']))}
    """
    return _Reader(content).struct()


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.offset = content, 0

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self._byte():
            form = head & 15
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = form, self._value(form)
        return fields

    def _byte(self) -> int:
        self.offset += 1
        return self.content[self.offset - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            part = self._byte()
            number |= (part & 127) << shift
            shift += 7
            if part < 128:
                return number

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    def _bytes(self, many: int) -> bytes:
        self.offset += many
        return self.content[self.offset - many : self.offset]

    def _value(self, form: int) -> Any:
        if form in (TRUE, FALSE):
            return form == TRUE
        if form in (I16, I32, I64):
            return self._signed()
        if form == BINARY:
            return self._bytes(self._unsigned())
        if form == LIST:
            head = self._byte()
            many = head >> 4 if head >> 4 < 15 else self._unsigned()
            return head & 15, [self._element(head & 15) for _ in range(many)]
        if form == STRUCT:
            return self.struct()
        return self._bytes({BYTE: 1, DOUBLE: 8}[form])  # a footer has no sets and no maps

    def _element(self, form: int) -> Any:
        return self._byte() == TRUE if form in (TRUE, FALSE) else self._value(form)


def write_struct(fields: Struct) -> bytes:
    """The bytes of a struct.

    >>> write_struct({1: (5, 2), 2: (9, (8, [b'a', b'']))}).hex()
    '1504192801610000'
    """
    out, before = bytearray(), 0
    for number, (form, value) in sorted(fields.items()):
        kind = (TRUE if value else FALSE) if form in (TRUE, FALSE) else form
        if number - before < 16:
            out.append((number - before) << 4 | kind)
        else:
            out.append(kind)
            _write_signed(out, number)
        before = number
        if form not in (TRUE, FALSE):
            _write_value(out, form, value)
    out.append(0)
    return bytes(out)


def _write_value(out: bytearray, form: int, value: Any) -> None:
    if form in (I16, I32, I64):
        _write_signed(out, value)
    elif form == BINARY:
        _write_unsigned(out, len(value))
        out += value
    elif form == LIST:
        kind, elements = value
        out.append(min(len(elements), 15) << 4 | kind)
        if len(elements) >= 15:
            _write_unsigned(out, len(elements))
        for each in elements:
            if kind in (TRUE, FALSE):
                out.append(TRUE if each else FALSE)
            else:
                _write_value(out, kind, each)
    elif form == STRUCT:
        out += value if isinstance(value, bytes) else write_struct(value)  # bytes: written already
    else:
        out += value


def _write_signed(out: bytearray, number: int) -> None:
    _write_unsigned(out, number << 1 ^ number >> 63)


def _write_unsigned(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
