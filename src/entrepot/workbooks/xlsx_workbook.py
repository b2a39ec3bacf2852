"""The parts of an XLSX workbook: its first sheet, its shared texts, and the styles that are dates.

A workbook is an untrusted ZIP archive of XML: each part is read up to a limit.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from entrepot.model.errors import WordedTableError
from entrepot.workbooks.xml_events import InvalidXml, create_parser, feed, parse

#: Shared texts, and characters of a number format.
MAX_TEXTS, MAX_FORMAT = 4 << 20, 1_000
#: Unpacked bytes of a part that is neither a sheet nor the shared texts.
MAX_SMALL_PART = 16 << 20
#: Bytes of one read.
BLOCK_BYTES = 1 << 16


@dataclass
class Workbook:
    """The paths of the parts needed, and what is needed to read the cells of the sheet."""

    sheet: str = ""
    sheets: tuple[str, ...] = ()
    #: The name of each sheet, in the order of `sheets`.
    titles: tuple[str, ...] = ()
    texts: list[str] = field(default_factory=list)
    #: The styles that show a number as a date; true if they show an elapsed time.
    days: dict[str, bool] = field(default_factory=dict)
    epoch: dt.datetime = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet has no time zones


def open_workbook(folder: zipfile.ZipFile, max_bytes: int, *, dates: bool = True) -> Workbook:
    """A workbook and its first sheet. `max_bytes`: limit for the shared texts. Raises InvalidXml, TableError.

    `dates`: find the styles that are dates, for which openpyxl must be installed; without, a date is its number.
    """
    parts = _Parts(folder)
    main = next((target for kind, target in parts.related("").values() if kind == "officeDocument"), "xl/workbook.xml")
    book, sheet_ids, titles = Workbook(), list[str](), list[str]()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            found = next((value for key, value in attributes.items() if key.endswith(":id")), None)
            if found is not None:
                sheet_ids.append(found)
                titles.append(attributes.get("name", ""))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            book.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001  # as above

    parse(parts.blocks(main), start)
    related = parts.related(main)
    # A chart sheet has no cells.
    sheets: dict[str, str] = {}
    for each, title in zip(sheet_ids, titles, strict=True):
        kind, target = related.get(each, ("", ""))
        if kind == "worksheet":
            sheets.setdefault(target, title)
    if not sheets:
        raise WordedTableError("The workbook has no sheet with cells. Save the sheet with the sales as XLSX or CSV.")
    book.sheets, book.titles = tuple(sheets), tuple(sheets.values())
    book.sheet = book.sheets[0]
    others = dict(related.values())  # one of each type, however often it is referenced
    if "sharedStrings" in others:
        book.texts = list(_shared_texts(parts.blocks(others["sharedStrings"], max_bytes)))
    if dates and "styles" in others:
        book.days = _date_styles(parts.blocks(others["styles"]))
    return book


class _Parts:
    """The small parts of a workbook."""

    def __init__(self, folder: zipfile.ZipFile) -> None:
        self.folder = folder

    def blocks(self, name: str, max_bytes: int = MAX_SMALL_PART) -> Iterator[bytes]:
        """Yield a part in pieces."""
        if self.folder.getinfo(name).file_size > max_bytes:  # zipfile reads no more than this size
            raise WordedTableError("The workbook is too large after decompression. Save its first sheet as CSV.")
        with self.folder.open(name) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to, by id: their type and their path."""
        above, last = posixpath.split(name)
        in_phonetic, found = posixpath.join(above, "_rels", f"{last}.rels"), dict[str, tuple[str, str]]()
        if in_phonetic not in self.folder.NameToInfo:
            return found

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", above, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], target

        parse(self.blocks(in_phonetic), start)
        return found


def _shared_texts(blocks: Iterator[bytes]) -> Iterator[str]:
    """The texts that cells share, in order."""
    ready: list[str] = []
    parts: list[str] = []
    inside = in_text = in_phonetic = False
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG001  # the signature of a handler
        nonlocal inside, in_text, in_phonetic, count
        if tag == "si":
            inside, count = True, count + 1
        elif tag == "rPh":
            in_phonetic = True
        in_text = inside and not in_phonetic and tag == "t"

    def end(tag: str) -> None:
        nonlocal inside, in_text, in_phonetic
        in_text = False
        if tag == "rPh":
            in_phonetic = False
        elif tag == "si":
            # The escape of XLSX: `_x005F_x000D_` is the text `_x000D_`.
            ready.append("".join(parts).replace("x005F_", ""))
            parts.clear()
            inside = False

    def text(text: str) -> None:
        if in_text:
            parts.append(text)

    parser = create_parser(start, end, text)
    for block in blocks:
        feed(parser, block)
        if count > MAX_TEXTS:
            raise WordedTableError("The workbook is too large after decompression. Save its first sheet as CSV.")
        yield from ready
        ready.clear()
    feed(parser, b"", last=True)
    yield from ready


def _date_styles(blocks: Iterator[bytes]) -> dict[str, bool]:
    """The styles of cells that show a number as a date or time; true if it is an elapsed time."""
    # openpyxl has no types; imported only for workbooks.
    from openpyxl.styles import numbers  # type: ignore[import-untyped]  # noqa: PLC0415

    formats: dict[str, str] = {}
    styles: list[str] = []
    in_cell_styles = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal in_cell_styles
        if tag == "numFmt" and "numFmtId" in attributes:
            formats.setdefault(attributes["numFmtId"], attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            in_cell_styles = True
        elif tag == "xf" and in_cell_styles:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal in_cell_styles
        in_cell_styles = in_cell_styles and tag != "cellXfs"

    parse(blocks, start, end)
    kinds: dict[str, bool | None] = {}
    for each in set(styles):
        code = formats.get(each) or numbers.BUILTIN_FORMATS.get(int(each), "")
        if len(code) > MAX_FORMAT:
            raise InvalidXml
        is_time = numbers.is_timedelta_format(code)
        kinds[each] = is_time if is_time or numbers.is_date_format(code) else None
    return {str(place): is_time for place, each in enumerate(styles) if (is_time := kinds[each]) is not None}
