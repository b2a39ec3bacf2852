"""Thrift's compact protocol, in which Parquet writes the headers of pages and the footers of files."""

from __future__ import annotations

from typing import Any

#: The types of Thrift's compact protocol: a truth value is its own type, from BINARY on the values have parts.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
#: A struct: the type and the value of each field, by its number; a list: the type of its elements, and these.
Struct = dict[int, tuple[int, Any]]


class CompactReader:
    """A reader of Thrift's compact protocol, as far as page headers need it.

    >>> CompactReader(bytes([0x15, 0x04, 0x00])).struct()
    {1: 2}
    """

    #: Nested structs.
    MAX_DEPTH = 8

    def __init__(self, content: bytes) -> None:
        self.content, self.offset = content, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Read a struct. Raises IndexError if the content is truncated or invalid."""
        fields: dict[int, Any] = {}
        number = 0
        if depth > self.MAX_DEPTH:
            raise IndexError(depth)
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = self._value(head & 15, depth)
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
            if shift > 63:
                raise IndexError(shift)

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self._byte()
        if kind in (I16, I32, I64):
            return self._signed()
        if kind in (DOUBLE, BINARY):
            size = 8 if kind == DOUBLE else self._unsigned()
            self.offset += size
            if self.offset > len(self.content):
                raise IndexError(self.offset)
            return None
        if kind == STRUCT:
            return self.struct(depth + 1)
        raise IndexError(kind)  # page headers have no lists and no maps


class _TypedReader(CompactReader):
    """A reader that keeps the types of fields, and what is in texts and lists: the content is our own."""

    def struct(self, depth: int = 0) -> Struct:
        """Read a struct."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            form = head & 15
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = form, self._value(form, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind == BINARY:
            return self._bytes(self._unsigned())
        if kind in (BYTE, DOUBLE):
            return self._bytes(1 if kind == BYTE else 8)
        if kind != LIST:
            return super()._value(kind, depth)
        head = self._byte()
        many = head >> 4 if head >> 4 < 15 else self._unsigned()
        return head & 15, [self._element(head & 15, depth) for _ in range(many)]

    def _element(self, kind: int, depth: int) -> Any:
        return self._byte() == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)

    def _bytes(self, many: int) -> bytes:
        self.offset += many
        return self.content[self.offset - many : self.offset]


def read_struct(content: bytes) -> Struct:
    """A struct of Thrift's compact protocol, with the types of its fields.

    >>> read_struct(bytes([0x15, 0x04, 0x19, 0x28, 0x01, 0x61, 0x00, 0x00]))
    {1: (5, 2), 2: (9, (8, [b'a', b'']))}
    """
    return _TypedReader(content).struct()


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
        write_unsigned(out, len(value))
        out += value
    elif form == LIST:
        kind, elements = value
        out.append(min(len(elements), 15) << 4 | kind)
        if len(elements) >= 15:
            write_unsigned(out, len(elements))
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
    write_unsigned(out, number << 1 ^ number >> 63)


def write_unsigned(out: bytearray, number: int) -> None:
    """Appends a whole number in groups of seven bits, the lowest first."""
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
