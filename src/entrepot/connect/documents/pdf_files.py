"""The files in a PDF: found by their streams, decompressed within bounds; nothing else of the PDF is read."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

#: Bytes of a file at most, after decompression; files, and bytes of all of them.
MAX_FILE, MAX_FILES, MAX_TOTAL = 4_000_000, 500, 32_000_000
#: Bytes before a stream within which its entries begin.
_ENTRIES = 2_000
_BEGINS = (b"stream\r\n", b"stream\n")
_EMBEDDED = re.compile(rb"/Type\s*/EmbeddedFile\b")
_LENGTH = re.compile(rb"/Length\s+(\d{1,9})\b")


class TooManyFiles(ValueError):
    """A PDF has more files, or larger ones, than are read."""


def is_pdf(content: bytes) -> bool:
    """Whether it begins as a PDF."""
    return content[:1024].lstrip().startswith(b"%PDF-")


def files_in(content: bytes) -> Iterator[bytes]:
    """The contents of the files that are embedded. A stream that is damaged, or larger than allowed, is left out.

    Raises TooManyFiles: a part of the files is not all of them.
    """
    found, total, at = 0, 0, content.find(b"stream")
    while at >= 0:
        begin = next((each for each in _BEGINS if content.startswith(each, at)), b"")
        # `endstream` begins no stream.
        if begin and content[at - 3 : at] != b"end":
            entries = content[max(0, at - _ENTRIES) : at]
            entries = entries[entries.rfind(b" obj") + 1 :]
            if _EMBEDDED.search(entries):
                found += 1
                data = _data(content, at + len(begin), entries)
                total += MAX_FILE if data is None else len(data)  # a stream that was left out was work, too
                if found > MAX_FILES or total > MAX_TOTAL:
                    raise TooManyFiles
                if data is not None:
                    yield data
        at = content.find(b"stream", at + 6)


def _data(content: bytes, start: int, entries: bytes) -> bytes | None:
    if b"/FlateDecode" in entries:
        decompressor = zlib.decompressobj()
        try:
            data = decompressor.decompress(content[start:], MAX_FILE + 1)
        except zlib.error:
            return None
        return data if len(data) <= MAX_FILE and decompressor.eof else None
    length = _LENGTH.search(entries)
    if length is None or b"/Filter" in entries:
        return None
    size = int(length[1])
    return content[start : start + size] if size <= MAX_FILE else None
