"""jsonlines: JSON lines as record batches, and back; numbers stay exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import pyarrow as pa

from entrepot.batch.rows.answers import MIXED_METADATA
from entrepot.batch.rows.cells import INTEGER_CODE_LENGTHS, NUMBER_MARK
from entrepot.batch.rows.columns import kind_of
from entrepot.model import json
from entrepot.model.errors import TableError

#: The most bytes of one line: a longer one is no row.
LONGEST = 4 << 20
#: Bytes of the lines of one batch, and cells of it; fields of all lines together.
HELD, CELLS, FIELDS = 16 << 20, 4 << 20, 2_000
LARGEST = 1 << 53
#: A number of so many digits before its point, or zeros behind it, is written without an exponent.
PLAIN = 40
NO_ROW = 'There is no row: a line is an object, such as {"hs_code": "0901.21", …}.'
#: In the metadata of a column of texts: it has lists among them, whose words are joined as in CSV.
LISTED = {b"entrepot": b"lists among texts"}


def _number(text: str) -> Decimal | str:
    """A number that is not whole; its text where no number can be so large or so small."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_DECODER = msgspec.json.Decoder(float_hook=_number)


def lines(stream: Any) -> Iterator[bytes]:
    """The lines of a stream, the empty ones too, so that their numbers stay those of the file."""
    while line := stream.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith(b"\n"):
            raise TableError(f"A line has more than {LONGEST >> 20} MB: write one row as one shorter line.")
        yield line


def schema_of(content: Iterable[bytes], kind_of: Callable[[str], str] = kind_of) -> pa.Schema:
    """The columns of all lines, and what each can hold of what stands there. `kind_of`: what the cells of a column are.

    >>> schema_of([b'{"a": 1, "b": "x"}', b'{"a": 0.5, "b": null, "c": ["y"]}']).types
    [DataType(double), DataType(string), ListType(list<item: string>)]
    """
    kinds: dict[str, set[str]] = {}
    for row in _rows(content):
        for name, value in row.items():
            kinds.setdefault(name, set()).add(_kind(value))
        if len(kinds) > FIELDS:
            raise TableError(f"The lines have more than {FIELDS} fields between them; {FIELDS} are allowed.")
    if not kinds:
        raise TableError(NO_ROW)
    return pa.schema([_field(name, found - {"null"}, kind_of(name)) for name, found in kinds.items()])


def schema_of_some(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str], kind_of: Callable[[str], str] = kind_of
) -> pa.Schema:
    """Some columns of some rows, and what each can hold of what stands there."""
    found = [(name, {_kind(row.get(name)) for row in rows} - {"null"}) for name in names]
    return pa.schema([_field(name, kinds, kind_of(name)) for name, kinds in found])


def batches(content: Iterable[bytes], schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The lines as batches of so many rows, or of fewer where the lines are long or have many fields."""
    held: list[Mapping[str, Any]] = []
    size, most = 0, max(1, min(rows, CELLS // max(1, len(schema))))

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in content:
            size += len(line)
            yield line

    for row in _rows(counted()):
        held.append(row)
        if len(held) >= most or size >= HELD:
            yield batch_of(held, schema)
            held, size = [], 0
    if held:
        yield batch_of(held, schema)


def _rows(content: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content, 1):
        if line.strip():
            yield row_of(line, number)


def row_of(line: bytes, number: int) -> dict[str, Any]:
    """The row of a line, which is the so manyth from 1. Raises TableError where it is none."""
    text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    try:
        row = json.decode(text, _DECODER)
        name = json.repeated_name(text, row) if isinstance(row, dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise TableError(f"Line {number} cannot be read as JSON: {json.explain(text, error)}.") from None
    if not isinstance(row, dict):
        raise TableError(f'Line {number} is no object: each line is one row, such as {{"amount": "100", …}}.')
    if name is not None:
        raise TableError(f"Line {number} gives {name[:100]!r} twice: write it once, with the value that holds.")
    return row


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "small" if abs(value) < LARGEST else "int" if abs(value) < 1 << 63 else "number"
    if isinstance(value, Decimal):
        return "float" if Decimal(repr(float(value))) == value else "number"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "list"
    return "text"


def _field(name: str, kinds: set[str], kind: str) -> pa.Field:
    form, among = _form(kinds), None
    if pa.types.is_string(form):
        among = LISTED if kind == "list" else MIXED_METADATA if kind == "code" and kinds != {"text"} else None
    return pa.field(name, form, metadata=among)


def _form(kinds: set[str]) -> pa.DataType:
    if kinds <= {"small", "int"} and kinds:
        return pa.int64()
    if kinds <= {"small", "float"} and kinds:
        return pa.float64()
    return {frozenset({"bool"}): pa.bool_(), frozenset({"list"}): pa.list_(pa.string())}.get(
        frozenset(kinds), pa.string()
    )


def batch_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Some rows as one batch; a column that the schema lacks is left out."""
    arrays = []
    for each in schema:
        values: list[Any] = [row.get(each.name) for row in rows]
        if pa.types.is_string(each.type):
            values = [None if value is None else _text(value, each.metadata) for value in values]
        elif pa.types.is_float64(each.type):
            values = [None if value is None else float(value) for value in values]
        arrays.append(pa.array(values, each.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _plain(number: Decimal) -> str:
    """A number without an exponent, as a cell of text is read; one beyond all amounts keeps it, and is refused.

    >>> _plain(Decimal("1E+3")), _plain(Decimal("1E-7")), _plain(Decimal("1E+999999"))
    ('1000', '0.0000001', '1E+999999')
    """
    return format(number, "f") if -PLAIN < number.adjusted() < PLAIN else str(number)


def _text(value: Any, among: Mapping[bytes, bytes] | None) -> str:
    """A value in a column of text: a number as it was written, what is no text its JSON."""
    if isinstance(value, str):
        return NUMBER_MARK + value if among == MIXED_METADATA and value.startswith(NUMBER_MARK) else value
    if among == LISTED and isinstance(value, list) and all(each is None or isinstance(each, str) for each in value):
        return "; ".join(each for each in value if each is not None)
    text = _plain(value) if isinstance(value, Decimal) else msgspec.json.encode(value).decode()
    if among == MIXED_METADATA and isinstance(value, int | Decimal) and not isinstance(value, bool):
        # Among texts it stays what it is, a number: as a code it has lost the zero that it may have begun with.
        return text if isinstance(value, int) and len(text) in INTEGER_CODE_LENGTHS else NUMBER_MARK + text
    return text
