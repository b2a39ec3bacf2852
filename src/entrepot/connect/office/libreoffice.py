"""Other formats through LibreOffice, where it is installed: one conversion at a time, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from threading import Lock

#: Seconds that a conversion may take, and that a second one waits for the first.
SECONDS, WAIT = 60, 30
#: What a text and a sheet are converted to, with the filter of LibreOffice.
TEXT_FORMATS = {"odt": "odt", "docx": "docx:MS Word 2007 XML", "pdf": "pdf"}
SHEET_FORMATS = {"ods": "ods", "pdf": "pdf"}
_lock = Lock()


class ConversionFailed(Exception):
    """LibreOffice did not convert a document in time, or is busy."""


def is_installed() -> bool:
    """Whether there is a LibreOffice."""
    return _program() is not None


def convert(content: bytes, suffix: str, to: str, filters: dict[str, str], reads: str = "") -> bytes:
    """A file of another format. `reads`: the filter with which LibreOffice reads it. Raises ConversionFailed."""
    program = _program()
    if program is None or not _lock.acquire(timeout=WAIT):
        raise ConversionFailed
    try:
        with tempfile.TemporaryDirectory(prefix="entrepot-office-") as name:
            folder = Path(name)
            (folder / f"document.{suffix}").write_bytes(content)
            words = [
                program,
                "--headless",
                "--norestore",
                "--nolockcheck",
                f"-env:UserInstallation={folder.as_uri()}/profile",
            ]
            words += [f"--infilter={reads}"] if reads else []
            words += ["--convert-to", filters[to], "--outdir", str(folder), str(folder / f"document.{suffix}")]
            # The words are the program's own and the names of this module; the document is a file.
            subprocess.run(words, cwd=folder, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603  # see above
            made = folder / f"document.{to}"
            if not made.is_file():
                raise ConversionFailed
            return made.read_bytes()
    except subprocess.TimeoutExpired:
        raise ConversionFailed from None
    finally:
        _lock.release()


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")
