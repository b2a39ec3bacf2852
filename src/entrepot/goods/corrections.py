"""The codes that the user chose for descriptions of goods, kept in the data folder in one file.

The file, `corrections.json`, is replaced as a whole: a process that is killed leaves the old one. Only the user may
read it: a description may be confidential. Where it cannot be read, classification goes on without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from entrepot.data_files import write_whole
from entrepot.model.errors import WordedError

#: Corrections that are kept, and characters of a description.
MOST, MOST_CHARACTERS = 100_000, 2_000
NAME = "corrections.json"


class CorrectionError(WordedError):
    """A correction cannot be kept, or the kept ones cannot be read."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The code that somebody chose for a description. `key`: what all spellings of the description have in common."""

    key: str
    text: str
    code: str


class _File(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    corrections: tuple[Correction, ...] = ()


def read_corrections(folder: Path | None) -> dict[str, Correction]:
    """The kept corrections by their keys. Raises CorrectionError if the file cannot be read.

    >>> read_corrections(None)
    {}
    """
    if folder is None or not (path := folder / NAME).exists():
        return {}
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise CorrectionError("{path} cannot be read: {why}. Remove or repair it.", path=path, why=why) from None
    if found.format != 1:
        raise CorrectionError("{path} is of a later version of Entrepot.", path=path)
    return {each.key: each for each in found.corrections}


def keep_correction(folder: Path, new: Correction) -> None:
    """Keep a correction in place of an earlier one of the same description. Raises CorrectionError and OSError."""
    if len(new.text) > MOST_CHARACTERS:
        raise CorrectionError("A description has at most {most} characters.", most=MOST_CHARACTERS)
    found = read_corrections(folder)
    found[new.key] = new
    if len(found) > MOST:
        raise CorrectionError("At most {most} corrections are kept. Forget some of them.", most=MOST)
    _write(folder, found)


def forget_correction(folder: Path, key: str) -> bool:
    """Remove a correction; False if there is none. Raises CorrectionError and OSError."""
    found = read_corrections(folder)
    if found.pop(key, None) is None:
        return False
    _write(folder, found)
    return True


def stamp(folder: Path | None) -> tuple[int, int]:
    """What changes when the kept corrections change."""
    if folder is None:
        return 0, 0
    try:
        found = (folder / NAME).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _write(folder: Path, corrections: Mapping[str, Correction]) -> None:
    write_whole(folder / NAME, msgspec.json.encode(_File(corrections=tuple(corrections.values()))))
