"""A document as a file: which formats there are of a text and a sheet, and their bytes.

The library of Yjs, which the extra `services` installs, is imported where a document is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from entrepot.connect.office import libreoffice, markdown, pages, tables

#: The formats of a text and of a sheet that are always there, with their media types.
TEXT = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}
SHEET = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Those that LibreOffice makes.
MORE_TEXT = {
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
MORE_SHEET = {"ods": "application/vnd.oasis.opendocument.spreadsheet", "pdf": "application/pdf"}
RAW = {"yjs": "application/octet-stream"}


def is_available() -> bool:
    """Whether documents can be read here: pip install 'entrepot[services]'."""
    return find_spec("pycrdt") is not None


def formats(*, sheet: bool) -> dict[str, str]:
    """The formats of a text or a sheet on this machine, with their media types."""
    always, more = (SHEET, MORE_SHEET) if sheet else (TEXT, MORE_TEXT)
    return {**always, **(more if libreoffice.is_installed() else {}), **RAW}


def write(title: str, language: str, state: bytes, updates: Sequence[bytes], to: str, *, sheet: bool) -> bytes:
    """The bytes of a document in a format. Raises ConversionFailed and KeyError."""
    from entrepot.connect.office.content import open_state, read_comments, read_sheet, read_text

    doc = open_state(state, updates)
    if to == "yjs":
        return doc.get_update()
    if sheet:
        rows = read_sheet(doc)
        if to == "csv":
            return tables.to_csv(rows).encode()
        book = tables.to_xlsx(title, rows)
        return book if to == "xlsx" else libreoffice.convert(book, "xlsx", to, libreoffice.SHEET_FORMATS)
    blocks = read_text(doc)
    if to == "md":
        return markdown.to_markdown(blocks, read_comments(doc)).encode()
    page = pages.whole_page(title, language, pages.to_html(blocks)).encode()
    return (
        page if to == "html" else libreoffice.convert(page, "html", to, libreoffice.TEXT_FORMATS, "HTML (StarWriter)")
    )


def shown(state: bytes, updates: Sequence[bytes], *, sheet: bool) -> str:
    """A document as a part of a page: escaped HTML."""
    from entrepot.connect.office.content import open_state, read_sheet, read_text

    doc = open_state(state, updates)
    return pages.table_to_html(tables.to_values(read_sheet(doc))) if sheet else pages.to_html(read_text(doc))
