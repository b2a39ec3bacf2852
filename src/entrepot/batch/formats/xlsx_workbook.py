"""workbook: what lies in a workbook (XLSX): which part is its first sheet, its shared texts, which styles are days.

It is a packed folder of XML from somebody who may be anybody: of each part no more is read than may be.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from entrepot.batch.formats.xml_events import Broken, fed, parser_of, read
from entrepot.model.errors import TableError

#: Texts that cells share, and letters of a format.
TEXTS, FORMAT = 4 << 20, 1_000
#: Bytes that a part may unfold to which is neither a sheet nor the shared texts.
SMALL = 16 << 20
#: Bytes that are read at a time.
BLOCK = 1 << 16


@dataclass
class Book:
    """Where the parts lie that matter, and what is needed to read the cells of the sheet."""

    sheet: str = ""
    texts: list[str] = field(default_factory=list)
    #: The styles that show a number as a day; true where they show it as a time that has passed.
    days: dict[str, bool] = field(default_factory=dict)
    epoch: dt.datetime = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet knows of no zones


def opened(folder: zipfile.ZipFile, held: int) -> Book:
    """A workbook and its first sheet. `held`: bytes that the shared texts may be. Raises Broken, TableError."""
    small = _Parts(folder)
    main = next((target for kind, target in small.related("").values() if kind == "officeDocument"), "xl/workbook.xml")
    book, wanted = Book(), list[str]()

    def start(name: str, about: dict[str, str]) -> None:
        if name == "sheet":
            wanted.extend(value for key, value in about.items() if key.endswith(":id"))
        elif name == "workbookPr" and about.get("date1904") in ("1", "true", "on"):
            book.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001  # as above

    read(small.blocks(main), start)
    related = small.related(main)
    # A sheet that is a chart has no cells.
    sheets = [target for kind, target in map(related.get, wanted, [("", "")] * len(wanted)) if kind == "worksheet"]
    if not sheets:
        raise TableError("The workbook has no sheet with cells.")
    book.sheet = sheets[0]
    others = dict(related.values())  # one of each kind, however often it is named
    if "sharedStrings" in others:
        book.texts = list(_texts(small.blocks(others["sharedStrings"], held)))
    if "styles" in others:
        book.days = _days(small.blocks(others["styles"]))
    return book


class _Parts:
    """The small parts of a workbook."""

    def __init__(self, folder: zipfile.ZipFile) -> None:
        self.folder = folder

    def blocks(self, name: str, held: int = SMALL) -> Iterator[bytes]:
        """A part in pieces."""
        if self.folder.getinfo(name).file_size > held:  # no more than that is read, whatever is packed there
            raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
        with self.folder.open(name) as stream:
            while block := stream.read(BLOCK):
                yield block

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part names by their ids: of what kind they are, and where they lie."""
        above, last = posixpath.split(name)
        beside, found = posixpath.join(above, "_rels", f"{last}.rels"), dict[str, tuple[str, str]]()
        if beside not in self.folder.NameToInfo:
            return found

        def start(tag: str, about: dict[str, str]) -> None:
            if tag == "Relationship" and about.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", above, about.get("Target", ""))).lstrip("/")
                found[about.get("Id", "")] = about.get("Type", "").rpartition("/")[2], target

        read(self.blocks(beside), start)
        return found


def _texts(blocks: Iterator[bytes]) -> Iterator[str]:
    """The texts that cells share, in their sequence."""
    ready: list[str] = []
    parts: list[str] = []
    inside = heard = beside = False
    count = 0

    def start(tag: str, about: dict[str, str]) -> None:  # noqa: ARG001  # it is called so
        nonlocal inside, heard, beside, count
        if tag == "si":
            inside, count = True, count + 1
        elif tag == "rPh":
            beside = True
        heard = inside and not beside and tag == "t"

    def end(tag: str) -> None:
        nonlocal inside, heard, beside
        heard = False
        if tag == "rPh":
            beside = False
        elif tag == "si":
            # What a sheet escapes: `_x005F_x000D_` is the text `_x000D_`.
            ready.append("".join(parts).replace("x005F_", ""))
            parts.clear()
            inside = False

    def text(text: str) -> None:
        if heard:
            parts.append(text)

    parser = parser_of(start, end, text)
    for block in blocks:
        fed(parser, block)
        if count > TEXTS:
            raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
        yield from ready
        ready.clear()
    fed(parser, b"", last=True)
    yield from ready


def _days(blocks: Iterator[bytes]) -> dict[str, bool]:
    """The styles of cells that show a number as a day or a time; true where it is a time that has passed."""
    # It has no types; only where a workbook comes.
    from openpyxl.styles import numbers  # type: ignore[import-untyped]  # noqa: PLC0415

    formats: dict[str, str] = {}
    styles: list[str] = []
    within = False

    def start(tag: str, about: dict[str, str]) -> None:
        nonlocal within
        if tag == "numFmt" and "numFmtId" in about:
            formats.setdefault(about["numFmtId"], about.get("formatCode", ""))
        elif tag == "cellXfs":
            within = True
        elif tag == "xf" and within:
            styles.append(about.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal within
        within = within and tag != "cellXfs"

    read(blocks, start, end)
    kinds: dict[str, bool | None] = {}
    for each in set(styles):
        code = formats.get(each) or numbers.BUILTIN_FORMATS.get(int(each), "")
        if len(code) > FORMAT:
            raise Broken
        is_time = numbers.is_timedelta_format(code)
        kinds[each] = is_time if is_time or numbers.is_date_format(code) else None
    return {str(place): is_time for place, each in enumerate(styles) if (is_time := kinds[each]) is not None}
