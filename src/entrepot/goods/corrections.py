"""The codes that the user chose for descriptions of goods, kept in the data folder in one file.

The file, `corrections.json`, is replaced as a whole: a process that is killed leaves the old one. Only the user may
read it: a description may be confidential. Where it cannot be read, classification goes on without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from entrepot.data_files import write_whole
from entrepot.goods.classify import correction_key
from entrepot.goods.classify.reading import plain_text, unusable
from entrepot.goods.described import ADVICE, OTHERWISE
from entrepot.model.codes import code_of, dotted
from entrepot.model.errors import WordedError

#: Corrections that are kept, and characters of a description.
MOST, MOST_CHARACTERS = 100_000, 2_000
NAME = "corrections.json"
#: Digits of a code that a description may have.
SIX = 6
#: A chapter of the list of codes that the Harmonized System leaves to each economy.
RESERVED = "99"


class CorrectionError(WordedError):
    """A correction cannot be kept, or the kept ones cannot be read."""


class InvalidCodeError(CorrectionError):
    """The code of a correction is not one of the Harmonized System."""


class UnusableDescriptionError(CorrectionError):
    """The description of a correction cannot be classified, so that a code for it would never be used."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The code that somebody chose for a description. `key`: what all spellings of the description have in common."""

    key: str
    text: str
    code: str


def correction(text: str, typed: str, headings: Collection[str]) -> Correction:
    """The correction of a description, from a code of six digits or more of which six count.

    `headings`: the codes of the Harmonized System. Raises InvalidCodeError and UnusableDescriptionError.

    >>> correction("Espresso  pods", "0901.21.00", {"0901", "090121"})
    Correction(key='espressopod', text='Espresso  pods', code='090121')
    """
    text = text.replace("\0", "").strip()
    code = code_of(typed)[:SIX]
    if len(code) < SIX or code not in headings or code.startswith(RESERVED):
        beside = [each for each in headings if len(each) == SIX and each[:4] == code[:4]]
        near = min(beside, key=lambda each: (abs(int(each) - int(code)), each), default="")
        raise InvalidCodeError(
            "{word!r} is not a code of the Harmonized System. Give at least six digits.",
            dotted(near),
            word=typed.strip()[:20],
        )
    if why := unusable(text, plain_text(text[:MOST_CHARACTERS])):
        raise UnusableDescriptionError(ADVICE.get(why, OTHERWISE))
    return Correction(key=correction_key(text), text=text, code=code)


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
