"""Check the ZIP archive of an XLSX workbook before it is opened: its parts, and the bytes they unpack to."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

from entrepot.model.errors import WordedTableError

#: Unpacked bytes of all parts, of those held in memory, and the number of parts.
MAX_UNPACKED, MAX_IN_MEMORY, MAX_PARTS = 1 << 30, 64 << 20, 2_000
#: A workbook may unpack to MIN_ALLOWED bytes, or to MAX_RATIO times its size if that is more; at most to MAX_UNPACKED.
MIN_ALLOWED, MAX_RATIO = 64 << 20, 100
#: Bytes of the central directory of the archive.
MAX_DIRECTORY = 1 << 20


def check_archive(path: Path) -> None:
    """Refuse a file that is not a workbook, or that is too large after decompression. Raises TableError."""
    try:
        if _directory_bytes(path) > MAX_DIRECTORY:
            raise WordedTableError("The workbook is too large after decompression. Save its first sheet as CSV.")
        with zipfile.ZipFile(path) as folder:
            parts = folder.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise WordedTableError("This is not an XLSX workbook. Save it as XLSX or CSV.") from None
    in_memory = [part.file_size for part in parts if not re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", part.filename)]
    allowed = min(MAX_UNPACKED, max(MIN_ALLOWED, MAX_RATIO * path.stat().st_size))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > allowed or sum(in_memory) > MAX_IN_MEMORY:
        raise WordedTableError("The workbook is too large after decompression. Save its first sheet as CSV.")
    if not any(part.filename.lstrip("/") == "xl/workbook.xml" for part in parts) and len(parts) < 3:
        raise WordedTableError("This is a ZIP archive and not an XLSX workbook. Unpack it and give the file in it.")


def _directory_bytes(path: Path) -> int:
    """The bytes of the central directory of a ZIP file, which `zipfile` reads into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 16) - 22 - 76))
        end = file.read()
    at = end.rfind(b"PK\5\6")
    if at < 0 or len(end) < at + 22:
        return 0
    listed: int = struct.unpack_from("<L", end, at + 12)[0]
    if at >= 76 and end[at - 20 : at - 16] == b"PK\6\7" and end[at - 76 : at - 72] == b"PK\6\6":
        listed = struct.unpack_from("<Q", end, at - 76 + 40)[0]
    return listed
