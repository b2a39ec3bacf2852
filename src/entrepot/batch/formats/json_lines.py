"""JSON lines as record batches; numbers stay exact."""

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
from entrepot.model.errors import TableError, in_quotes

#: Bytes of one line.
MAX_LINE = 4 << 20
#: Bytes of the lines of one batch, and its cells; different fields of all lines together.
BATCH_BYTES, BATCH_CELLS, MAX_FIELDS = 16 << 20, 4 << 20, 2_000
MAX_EXACT_FLOAT = 1 << 53
#: A number with fewer digits before its point, or zeros after it, is written without an exponent.
PLAIN_DIGITS = 40
NO_ROW = 'This line is not a row. Write an object, for example {"hs_code": "0901.21", …}.'
#: Metadata of a text column that also has lists: their elements are joined as in CSV.
WITH_LISTS = {b"entrepot": b"lists among texts"}


def _number(text: str) -> Decimal | str:
    """A decimal number; its text if the exponent is out of range."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_DECODER = msgspec.json.Decoder(float_hook=_number)


def read_lines(stream: Any) -> Iterator[bytes]:
    """Yield the lines of a stream, including empty ones, so that line numbers stay those of the file."""
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise TableError(f"A line has more than {MAX_LINE >> 20} MB: write one row as one shorter line.")
        yield line


def schema_of(content: Iterable[bytes], kind_of: Callable[[str], str] = kind_of) -> pa.Schema:
    """The columns of all lines, with types that hold every value. `kind_of`: the kind of field of a column.

    >>> schema_of([b'{"a": 1, "b": "x"}', b'{"a": 0.5, "b": null, "c": ["y"]}']).types
    [DataType(double), DataType(string), ListType(list<item: string>)]
    """
    kinds: dict[str, set[str]] = {}
    for row in _parse_rows(content):
        for name, value in row.items():
            kinds.setdefault(name, set()).add(_value_kind(value))
        if len(kinds) > MAX_FIELDS:
            raise TableError(f"The lines have more than {MAX_FIELDS} fields between them; {MAX_FIELDS} are allowed.")
    if not kinds:
        raise TableError(NO_ROW)
    return pa.schema([_field(name, found - {"null"}, kind_of(name)) for name, found in kinds.items()])


def schema_of_rows(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str], kind_of: Callable[[str], str] = kind_of
) -> pa.Schema:
    """Some columns of some rows, with types that hold every value."""
    found = [(name, {_value_kind(row.get(name)) for row in rows} - {"null"}) for name in names]
    return pa.schema([_field(name, kinds, kind_of(name)) for name, kinds in found])


def read_batches(content: Iterable[bytes], schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the lines as batches of `rows` rows, or of fewer if lines are long or have many fields."""
    held: list[Mapping[str, Any]] = []
    size, most = 0, max(1, min(rows, BATCH_CELLS // max(1, len(schema))))

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in content:
            size += len(line)
            yield line

    for row in _parse_rows(counted()):
        held.append(row)
        if len(held) >= most or size >= BATCH_BYTES:
            yield build_batch(held, schema)
            held, size = [], 0
    if held:
        yield build_batch(held, schema)


def _parse_rows(content: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content, 1):
        if line.strip():
            yield parse_row(line, number)


def parse_row(line: bytes, number: int) -> dict[str, Any]:
    """The row of a line; `number` is the line's, from 1. Raises TableError if it is not an object."""
    text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    try:
        row = json.decode(text, _DECODER)
        name = json.repeated_name(text, row) if isinstance(row, dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise TableError(f"Line {number} cannot be read as JSON: {json.explain(text, error)}.") from None
    if not isinstance(row, dict):
        raise TableError(f'Line {number} is not an object. Each line is one row, for example {{"amount": "100", …}}.')
    if name is not None:
        raise TableError(f"Line {number} gives {in_quotes(name[:100])} twice. Give it once.")
    return row


def _value_kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "small" if abs(value) < MAX_EXACT_FLOAT else "int" if abs(value) < 1 << 63 else "number"
    if isinstance(value, Decimal):
        return "float" if Decimal(repr(float(value))) == value else "number"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "list"
    return "text"


def _field(name: str, kinds: set[str], kind: str) -> pa.Field:
    form, among = _type_of(kinds), None
    if pa.types.is_string(form):
        among = WITH_LISTS if kind == "list" else MIXED_METADATA if kind == "code" and kinds != {"text"} else None
    return pa.field(name, form, metadata=among)


def _type_of(kinds: set[str]) -> pa.DataType:
    if kinds <= {"small", "int"} and kinds:
        return pa.int64()
    if kinds <= {"small", "float"} and kinds:
        return pa.float64()
    return {frozenset({"bool"}): pa.bool_(), frozenset({"list"}): pa.list_(pa.string())}.get(
        frozenset(kinds), pa.string()
    )


def build_batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as one batch; fields that the schema lacks are left out."""
    arrays = []
    for each in schema:
        values: list[Any] = [row.get(each.name) for row in rows]
        if pa.types.is_string(each.type):
            values = [None if value is None else _text_value(value, each.metadata) for value in values]
        elif pa.types.is_float64(each.type):
            values = [None if value is None else float(value) for value in values]
        arrays.append(pa.array(values, each.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _plain_number(number: Decimal) -> str:
    """A number without an exponent. One beyond every allowed amount keeps its exponent and is refused later.

    >>> _plain_number(Decimal("1E+3")), _plain_number(Decimal("1E-7")), _plain_number(Decimal("1E+999999"))
    ('1000', '0.0000001', '1E+999999')
    """
    return format(number, "f") if -PLAIN_DIGITS < number.adjusted() < PLAIN_DIGITS else str(number)


def _text_value(value: Any, among: Mapping[bytes, bytes] | None) -> str:
    """A value in a text column: a number as written, other values as JSON."""
    if isinstance(value, str):
        return NUMBER_MARK + value if among == MIXED_METADATA and value.startswith(NUMBER_MARK) else value
    if among == WITH_LISTS and isinstance(value, list) and all(each is None or isinstance(each, str) for each in value):
        return "; ".join(each for each in value if each is not None)
    text = _plain_number(value) if isinstance(value, Decimal) else msgspec.json.encode(value).decode()
    if among == MIXED_METADATA and isinstance(value, int | Decimal) and not isinstance(value, bool):
        # Marked as a number among texts: as a code it may have lost its leading zero.
        return text if isinstance(value, int) and len(text) in INTEGER_CODE_LENGTHS else NUMBER_MARK + text
    return text
