"""Convert an answered table to CSV or XLSX for a spreadsheet, piece by piece. Text stays text.

A spreadsheet would run a text cell that looks like a formula. In CSV an apostrophe is put before it; in XLSX the cell
is marked as text. Numbers are never changed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.formats import parquet_pages
from entrepot.batch.formats.byte_limits import split_by_bytes
from entrepot.batch.formats.writers import open_writer
from entrepot.batch.rows.answers import MONEY, amounts_as_text, lists_as_text, single_batch
from entrepot.batch.rows.columns import (
    AMOUNT_COLUMNS,
    ANSWER_COLUMNS,
    EXPLAIN_COLUMNS,
    field_of,
    is_list_of_values,
    is_number,
)
from entrepot.batch.run.streams import OutputBuffer
from entrepot.model.errors import WordedTableError

#: Rows of one batch, and its decoded bytes.
BATCH_ROWS, BATCH_BYTES = 16_384, 16 << 20
#: The columns that are added to rows with faults: their number in the table, the field at fault, and the message.
MENDED_COLUMNS = ("table_row", "error_in", "error")
#: Rows of a sheet including its header; characters of a cell.
SHEET_ROWS, MAX_CELL_CHARACTERS = 1_048_576, 32_767
#: How a formula begins (also in full-width characters), and numbers, which are never escaped.
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"  # full-width characters are intended
NUMBER_LIKE = r"^[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?%?$"
#: A number that a spreadsheet keeps exactly: no leading zero, few enough digits.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,9})?")
#: Characters that XML does not allow.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def iter_csv(path: Path, decimals: Mapping[str, int], *, faults: bool = False) -> Iterator[bytes]:
    """A Parquet table as CSV for a spreadsheet, with a UTF-8 byte order mark. `faults`: as in `faulty_rows`."""
    buffer = OutputBuffer()
    buffer.write(b"\xef\xbb\xbf")
    with parquet_pages.open_parquet(path) as file:
        empty = single_batch(file.schema_arrow.empty_table())
        schema = _text_columns([faulty_rows(empty, 0) if faults else empty], decimals)[0].schema
        with open_writer("csv", buffer, _escaped_names(schema), decimals, tabs=False) as writer:  # type: ignore[arg-type]  # the writer only calls write
            for batch in _batches(path, faults=faults):
                texts = _text_columns([batch], decimals)[0]
                columns = [_escape_formulas(column) if pa.types.is_string(column.type) else column for column in texts]
                writer.write(pa.RecordBatch.from_arrays(columns, schema=_escaped_names(texts.schema)))
                yield from buffer.drain()
    yield from buffer.drain()


def _batches(path: Path, *, faults: bool) -> Iterator[pa.RecordBatch]:
    """The rows of an answer, fewer at a time if their cells are long; with `faults` those of `faulty_rows`."""
    before = 0
    for batch in split_by_bytes(parquet_pages.read_batches(path, BATCH_ROWS, BATCH_BYTES), each=BATCH_BYTES):
        yield faulty_rows(batch, before) if faults else batch
        before += batch.num_rows


def faulty_rows(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    """The rows of an answer that have a fault, to be mended: the user's columns, the fault, and the row's number.

    `before`: the rows of the table before this batch.
    """
    answers = {*ANSWER_COLUMNS, *(EXPLAIN_COLUMNS if set(EXPLAIN_COLUMNS) <= set(batch.schema.names) else ())}
    mask = pc.is_valid(batch.column("fault"))
    own = [name for name in batch.schema.names if name not in answers and name not in MENDED_COLUMNS]
    columns = [batch.column(name) for name in own]
    numbers = pa.array(range(before + 1, before + batch.num_rows + 1), pa.int64())
    columns += [numbers, batch.column("fault_field"), batch.column("fault_message")]
    return pa.RecordBatch.from_arrays([column.filter(mask) for column in columns], names=[*own, *MENDED_COLUMNS])


def _escaped_names(schema: pa.Schema) -> pa.Schema:
    """The schema with column names that no spreadsheet reads as a formula."""
    names = [escape_formula(name) for name in schema.names]
    return pa.schema([each.with_name(name) for each, name in zip(schema, names, strict=True)])


def _text_columns(batches: Sequence[pa.RecordBatch], decimals: Mapping[str, int]) -> list[pa.RecordBatch]:
    """The batches with words, lists and amounts as text; other columns unchanged."""
    texts = []
    for batch in batches:
        money = batch.column("out_currency") if "out_currency" in batch.schema.names else None
        named = zip(batch.schema.names, batch.columns, strict=True)
        columns = [_text_column(column, money if name in AMOUNT_COLUMNS else None, decimals) for name, column in named]
        texts.append(pa.RecordBatch.from_arrays(columns, names=batch.schema.names))
    return texts


def _text_column(column: Any, money: Any, decimals: Mapping[str, int]) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type == MONEY and money is not None:
        return amounts_as_text(column, money, dict(decimals))
    if is_list_of_values(column.type):
        return lists_as_text(column)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    return column


def _escape_formulas(column: Any) -> Any:
    formula = pc.match_substring_regex(column, FORMULA)
    if not pc.any(formula).as_py():
        return column
    formula = pc.and_(formula, pc.invert(pc.match_substring_regex(column, NUMBER_LIKE)))
    return pc.if_else(pc.fill_null(formula, False), pc.binary_join_element_wise("'", column, ""), column)


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula.

    >>> escape_formula("=1+1"), escape_formula("-5.50"), escape_formula("tea")
    ("'=1+1", '-5.50', 'tea')
    """
    return f"'{text}" if re.match(FORMULA, text) and not re.match(NUMBER_LIKE, text) else text


_WORKBOOK_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Answers" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
_XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def iter_xlsx(
    path: Path, decimals: Mapping[str, int], mapping: Mapping[str, str], *, faults: bool = False
) -> Iterator[bytes]:
    """A Parquet table as a workbook of one sheet. `mapping`: the field of a sale that each column gives.

    `faults`: as in `faulty_rows`. Raises TableError if a sheet cannot hold so many rows.
    """
    buffer = OutputBuffer()
    with parquet_pages.open_parquet(path) as file:
        rows = _count_faults(file) if faults else file.metadata.num_rows
        if rows >= SHEET_ROWS:
            raise WordedTableError(
                "A sheet holds {most} rows, and there are {rows}. Download CSV.", most=SHEET_ROWS - 1, rows=rows
            )
        empty = single_batch(file.schema_arrow.empty_table())
        names = (faulty_rows(empty, 0) if faults else empty).schema.names
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:  # type: ignore[call-overload]  # a stream that cannot seek
            for name, part in _WORKBOOK_PARTS.items():
                book.writestr(name, _XML_DECLARATION + part)
            with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'{_XML_DECLARATION}<worksheet xmlns="{_MAIN_NAMESPACE}"><sheetData>'.encode())
                sheet.write(_row_xml([_cell_xml(name, number=False) for name in names]).encode())
                for batch in _batches(path, faults=faults):
                    texts = _text_columns([batch], decimals)[0]
                    numeric = [_is_numeric(field.name, field.type, mapping) for field in batch.schema]
                    columns = [
                        [_cell_xml(value, number=number) for value in column.to_pylist()]
                        for column, number in zip(texts.columns, numeric, strict=True)
                    ]
                    sheet.write("".join(map(_row_xml, zip(*columns, strict=True))).encode())
                    yield from buffer.drain()
                sheet.write(b"</sheetData></worksheet>")
    yield from buffer.drain()


_MAIN_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _count_faults(file: Any) -> int:
    """The rows of an answer that have a fault, by the statistics of its column; all rows where there are none."""
    metadata = file.metadata
    place = file.schema_arrow.names.index("fault")
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(each) for group in groups for each in range(group.num_columns)]
    found = [column.statistics for column in columns if column.path_in_schema == file.schema_arrow.names[place]]
    if not all(each is not None and each.has_null_count for each in found):
        return int(metadata.num_rows)
    return int(metadata.num_rows - sum(each.null_count for each in found))


def _is_numeric(name: str, form: Any, mapping: Mapping[str, str]) -> bool:
    """Whether cells that look like numbers are numbers: amounts of the answer and number fields of the sale."""
    if is_number(form):
        return True
    field = None if name in ANSWER_COLUMNS else field_of(mapping.get(name, ""))
    return field is not None and field.kind == "number"


def _row_xml(cells: Sequence[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def _cell_xml(value: Any, *, number: bool) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    text = str(value)
    if number and _NUMBER.fullmatch(text):
        return f"<c><v>{text}</v></c>"
    escaped = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text[:MAX_CELL_CHARACTERS]))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'
