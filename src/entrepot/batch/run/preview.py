"""Preview of a table file: its column names, its first rows as text, and the fields that its columns seem to give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from entrepot.batch.formats import json_lines, parquet_pages, xlsx_sheet
from entrepot.batch.formats.byte_limits import split_by_bytes
from entrepot.batch.formats.readers import open_source
from entrepot.batch.rows.cells import read_cells
from entrepot.batch.rows.columns import CONSIGNMENT, Field, field_of, suggested_field
from entrepot.model.errors import TableError, WordedTableError

#: Rows of a preview, characters of one of its cells, and JSON lines whose fields are read.
SHOWN_ROWS, SHOWN_CHARACTERS, SCANNED_LINES = 5, 60, 1_000
#: Columns that an uploaded table may have; bytes that a Parquet file may decode to.
MAX_COLUMNS, MAX_DECODED = 500, 8 << 30
#: The first rows must be within this many bytes of a sheet: a request waits for them, and empty rows have no limit.
SHEET_BYTES = 8 << 20
#: Bytes of the JSON lines whose fields are read.
SCANNED_BYTES = 4 << 20
#: The format of a file by its suffix.
KIND_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_TEXT = Field((), "text", of_line=False)


class Preview(NamedTuple):
    """The column names and the first rows as text."""

    names: list[str]
    rows: list[list[str]]


def read_preview(path: Path, kind: str, max_rows: int) -> Preview:
    """The preview of a `csv`, `xlsx`, `parquet` or `jsonl` file. Raises TableError if it is invalid or too large."""
    try:
        found = _READERS[kind](path, max_rows)
    except (pa.ArrowException, UnicodeDecodeError, OSError):
        raise TableError("The file cannot be read as what its name says it is.") from None
    if len(found.names) > MAX_COLUMNS:
        raise TableError(f"The table has more than {MAX_COLUMNS} columns.")
    return found


def _csv(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # its rows are counted as they are read
    source = open_source(path, "csv")
    batches = source.batches()
    return _preview_of_batch(source.schema.names, next(batches, None))


def _parquet(path: Path, max_rows: int) -> Preview:
    with parquet_pages.open_parquet(path) as file:
        metadata = file.metadata
        decoded = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        if metadata.num_rows > max_rows or decoded > MAX_DECODED:
            raise TableError(f"The table has more than {max_rows} rows, or is too large after decompression.")
        names = file.schema_arrow.names
    return _preview_of_batch(names, next(split_by_bytes(parquet_pages.read_batches(path, SHOWN_ROWS, groups=1)), None))


def _jsonl(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # as above
    with path.open("rb") as stream:
        lines = list(_first_lines(json_lines.read_lines(stream)))
    rows = [json_lines.parse_row(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    return _preview_of_rows(rows)


def _first_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The first SCANNED_LINES lines, fewer if they have SCANNED_BYTES."""
    size = 0
    for line in islice(lines, SCANNED_LINES):
        yield line
        if (size := size + len(line)) > SCANNED_BYTES:
            return


def _xlsx(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # as above
    with closing(xlsx_sheet.read_rows(path, SHEET_BYTES)) as rows:
        return _preview_of_rows(list(islice(rows, SHOWN_ROWS)))


_READERS = {"csv": _csv, "parquet": _parquet, "jsonl": _jsonl, "xlsx": _xlsx}


def _preview_of_rows(rows: list[dict[str, Any]]) -> Preview:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise WordedTableError("The table has no row below the names of the columns.")
    return Preview(names, [[_shortened(row.get(name)) for name in names] for row in rows[:SHOWN_ROWS]])


def _preview_of_batch(names: list[str], batch: pa.RecordBatch | None) -> Preview:
    if batch is None or not batch.num_rows:
        raise WordedTableError("The table has no row below the names of the columns.")
    columns = [
        read_cells(column, _TEXT, "") if _needs_text(column) else column.to_pylist()
        for column in batch.slice(0, SHOWN_ROWS)
    ]
    return Preview(list(names), [list(map(_shortened, row)) for row in zip(*columns, strict=True)])


def _needs_text(column: Any) -> bool:
    return bool(pa.types.is_floating(column.type) or pa.types.is_timestamp(column.type))


def _shortened(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def suggest_fields(names: Iterable[str]) -> dict[str, str]:
    """The field that each column name seems to mean, each field once; an empty text if unknown.

    >>> suggest_fields(["HS Code", "Qty", "金额", "shop"])
    {'HS Code': 'hs_code', 'Qty': 'quantity', '金额': 'amount', 'shop': ''}
    """
    names = list(names)
    exact = {name for name in names if name == CONSIGNMENT or field_of(name)}
    found: dict[str, str] = {}
    assigned = set(exact)
    for name in names:
        field = name if name in exact else COLUMN_ALIASES.get(_normalized(name)) or suggested_field(name)
        if name not in exact and field in assigned:
            field = ""
        assigned.add(field)
        found[name] = field
    return found


def _normalized(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").replace(".", " ").lower().split())


#: Common column names in the languages of the pages, in lower case.
COLUMN_ALIASES = {
    **dict.fromkeys(("hs", "hs code", "hscode", "tariff code", "commodity code", "customs code"), "hs_code"),
    **dict.fromkeys(("税号", "商品编码", "hs编码", "海关编码", "mã hs", "mã số hàng hóa"), "hs_code"),
    **dict.fromkeys(("พิกัด", "พิกัดศุลกากร", "รหัส hs", "លេខកូដ hs", "កូដ hs"), "hs_code"),
    **dict.fromkeys(("qty", "pcs", "pieces", "count", "数量", "số lượng", "จำนวน", "បរិមាណ", "ចំនួន"), "quantity"),
    **dict.fromkeys(("price", "value", "total", "line total", "amount", "金额", "总价", "货值"), "amount"),
    **dict.fromkeys(("trị giá", "số tiền", "thành tiền", "มูลค่า", "จำนวนเงิน", "ราคา", "តម្លៃ", "ចំនួនទឹកប្រាក់"), "amount"),
    **dict.fromkeys(("ccy", "币种", "币制", "货币", "tiền tệ", "loại tiền", "สกุลเงิน", "រូបិយប័ណ្ណ"), "currency"),
    **dict.fromkeys(("from", "ship from", "from country", "exporter country", "起运国", "发货国"), "ship_from_country"),
    **dict.fromkeys(("nước xuất khẩu", "nước gửi", "ประเทศต้นทางส่ง", "ประเทศผู้ส่งออก", "ប្រទេសនាំចេញ"), "ship_from_country"),
    **dict.fromkeys(("to", "ship to", "destination", "to country", "importer country"), "ship_to_country"),
    **dict.fromkeys(
        ("目的国", "收货国", "nước nhập khẩu", "nước nhận", "ประเทศปลายทาง", "ប្រទេសនាំចូល"), "ship_to_country"
    ),
    **dict.fromkeys(("origin", "country of origin", "made in", "coo", "原产国", "原产地"), "country_of_origin"),
    **dict.fromkeys(("xuất xứ", "nước xuất xứ", "ถิ่นกำเนิด", "ประเทศกำเนิด", "ប្រទេសដើម", "ប្រភពដើម"), "country_of_origin"),
    **dict.fromkeys(("net weight", "weight", "weight kg", "net kg", "kg", "净重", "净重 kg"), "net_mass_kg"),
    **dict.fromkeys(("khối lượng tịnh", "trọng lượng tịnh", "น้ำหนักสุทธิ", "ទម្ងន់សុទ្ធ"), "net_mass_kg"),
    **dict.fromkeys(("gross weight", "gross kg", "毛重", "น้ำหนักรวม", "ទម្ងន់សរុប"), "gross_mass_kg"),
    **dict.fromkeys(("shipping", "freight", "shipping cost", "运费", "cước phí", "ค่าขนส่ง", "ថ្លៃដឹក"), "shipping_cost"),
    **dict.fromkeys(("insurance", "insurance cost", "保险费", "保费", "phí bảo hiểm", "ค่าประกันภัย"), "insurance_cost"),
    **dict.fromkeys(("day", "order date", "sale date", "日期", "ngày", "วันที่", "កាលបរិច្ឆេទ"), "date"),
    **dict.fromkeys(("buyer type", "customer type", "买方类型"), "buyer_kind"),
    **dict.fromkeys(("name", "product", "goods", "item", "description", "品名", "商品名称"), "description"),
    **dict.fromkeys(("tên hàng", "mô tả", "ชื่อสินค้า", "รายละเอียด", "ឈ្មោះទំនិញ"), "description"),
    **dict.fromkeys(("sku", "reference", "line id", "ref", "编号", "mã hàng"), "reference"),
    **dict.fromkeys(
        ("order", "order id", "order number", "order no", "consignment", "订单号", "mã đơn hàng"), CONSIGNMENT
    ),
    **dict.fromkeys(("เลขที่คำสั่งซื้อ", "លេខបញ្ជាទិញ"), CONSIGNMENT),
}
