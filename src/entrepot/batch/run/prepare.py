"""Prepare an uploaded file: find its encoding, sheet and names of columns, or what the user has to choose.

A text that is not UTF-8 with names of columns is replaced by a copy that is; the original stays beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from entrepot.batch.formats import encodings, xlsx_sheet
from entrepot.batch.formats.readers import find_delimiter
from entrepot.batch.formats.reading import Reading, numbered_names
from entrepot.batch.rows.suggest import looks_like_data
from entrepot.batch.run.preview import SHOWN_ROWS, Preview, preview_of_rows, read_preview
from entrepot.model.errors import WordedTableError


class Prepared(NamedTuple):
    """What is known of a file.

    `preview`: None until the encoding is chosen among `samples`. `header`: whether the first row names the columns, and
    `data`: whether it seems to be data. `sheets`: those of a workbook that have cells. `merged`: the first merged cells
    of the sheet, and how many there are.
    """

    reading: Reading
    preview: Preview | None
    samples: Sequence[encodings.Sample] = ()
    data: bool = False
    sheets: Sequence[str] = ()
    merged: tuple[str, int] = ("", 0)


def prepare_file(
    path: Path,
    kind: str,
    max_rows: int,
    *,
    encoding: str = "",
    header: bool | None = None,
    sheet: str = "",
    language: str = "en",
) -> Prepared:
    """Prepare an uploaded file, and read its column names and first rows; or say what has to be chosen.

    `kind`: `csv`, `xlsx`, `parquet` or `jsonl`; `max_rows`: rows that the file may have. `encoding`, `header` (None: to
    be found) and `sheet`: the user's choices. `language`: the reader's, for the order of encodings. Raises TableError.
    """
    if kind == "xlsx":
        return _workbook(path, sheet, header)
    if kind == "parquet":
        return Prepared(Reading(), read_preview(path, kind, max_rows))
    original = path.with_name(f"original{path.suffix}")
    source = original if original.exists() else path
    head = encodings.read_head(source)
    known = encodings.encoding_named(encoding) if encoding else encodings.detect(head)
    samples: list[encodings.Sample] = []
    if known is None and b"\0" in head:
        raise WordedTableError("{path} is not text: it contains zero bytes. Check its format.", path=path)
    if encoding or known is None or (known == "utf-8" and not encodings.is_utf8(source)):
        samples = encodings.samples(head, language)
    if known is None or (samples and not encoding):
        return Prepared(Reading(), None, samples)
    data = kind == "csv" and looks_like_data(_first_cells(source, head, known))
    reading = Reading(known, not data if header is None else header)
    _write_copy(source, original, path, reading, kind == "csv")
    return Prepared(reading, read_preview(path, kind, max_rows), samples, data)


def _first_cells(path: Path, head: bytes, encoding: str) -> list[str]:
    text = encodings.first_text(head, encoding)
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=find_delimiter(path, text)), [])
    except csv.Error:  # its reader says what is wrong
        return []


def _write_copy(source: Path, original: Path, path: Path, reading: Reading, csv_file: bool) -> None:
    """Make `path` the text to read: the original itself, or a copy of it as UTF-8 with names of columns."""
    if reading.encoding == "utf-8" and (reading.header or not csv_file):
        if source is original:
            original.replace(path)
        return
    names = numbered_names(source, reading.encoding) if csv_file and not reading.header else ""
    part = path.with_name("text.writing")
    try:
        encodings.write_utf8(source, reading.encoding, part, names)
        if source is path:
            path.rename(original)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _workbook(path: Path, name: str, header: bool | None) -> Prepared:
    sheets = xlsx_sheet.sheets_with_cells(path)
    if not sheets:
        raise WordedTableError("The table has no row below the names of the columns.")
    named = [each for each in sheets if each.name == name] or [each for each in sheets if each.of_sales] or sheets
    sheet = named[0]
    reading = Reading("", not sheet.data if header is None else header, sheet.name)
    preview = preview_of_rows(sheet.named_rows(header=reading.header)[:SHOWN_ROWS])
    path.with_suffix(".jsonl").unlink(missing_ok=True)  # rows of a sheet that was chosen before
    return Prepared(reading, preview, (), sheet.data, [each.name for each in sheets], sheet.merged)
