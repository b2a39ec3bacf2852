"""States and provinces by the names that people write: the table `subdivisions` of the world pack."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrepot.law.compiled import World
    from entrepot.law.read import Pack

#: A longer text is not looked up: it is no name.
LONGEST = 80
#: Words for a kind of subdivision, which stand before or after its name.
_KIND_BEFORE = re.compile(
    "^(?:(?:the )?(?:province|state|territory) of (?:the )?|province (?:de la |de l'|de |du )|(?:tỉnh bang|tỉnh|bang) |"
    "(?:รัฐ|มณฑล|จังหวัด)|(?:ខេត្ត|រដ្ឋ))",
    re.IGNORECASE,
)
_KIND_AFTER = re.compile("(?: (?:province|state|territory)|[省州市])$", re.IGNORECASE)


def folded(text: str) -> str:
    """The letters of a name without case, accents, spaces and punctuation.

    >>> folded("Québec"), folded("Île-du-Prince-Édouard"), folded("B.C."), folded("Đảo Prince Edward")
    ('quebec', 'ileduprinceedouard', 'bc', 'daoprinceedward')
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(
        each for each in plain if not "\u0300" <= each <= "\u036f" and unicodedata.category(each)[0] in "LMN"
    )


def names_of(world: Pack) -> dict[str, dict[str, str]]:
    """The names of each subdivision by language: `{"CA-QC": {"en": "Quebec", "fr": "Québec"}}`."""
    return {
        row["place"]: {
            column.removeprefix("name_"): text
            for column, text in row.cells.items()
            if column.startswith("name_") and text
        }
        for row in world.rows("subdivisions")
    }


def spellings_of(world: Pack) -> dict[str, str]:
    """The subdivisions by economy and each spelling of a name or code: `{"CA quebec": "CA-QC"}`."""
    found: dict[str, str] = {}
    for row in world.rows("subdivisions"):
        economy, _, code = row["place"].partition("-")
        names = (text for column, text in row.cells.items() if column.startswith("name_") and text)
        for name in (code, *names, *(row["also"] or "").split(";")):
            if letters := folded(name):
                found.setdefault(f"{economy} {letters}", row["place"])
    return found


def find_subdivision(world: World, economy: str, text: str) -> str | None:
    """The subdivision of an economy that a text names, as `CA-ON`: by a code or a name; None if there is none.

    >>> from entrepot import app
    >>> world = app.library().world
    >>> [find_subdivision(world, "CA", each) for each in ("Québec", "province of Ontario", "魁北克省", "Texas")]
    ['CA-QC', 'CA-ON', 'CA-QC', None]
    """
    return _named(world, economy, _keys(text.strip().removeprefix(f"{economy}-")))


def _keys(text: str) -> tuple[str, ...]:
    """The keys under which a text is looked up: as it is, and without a word for a kind of subdivision."""
    if len(text) > LONGEST:
        return ()
    text = unicodedata.normalize("NFC", text)
    short = _KIND_AFTER.sub("", _KIND_BEFORE.sub("", text))
    return (folded(text),) if short == text else (folded(text), folded(short))


def _named(world: World, economy: str, keys: tuple[str, ...]) -> str | None:
    found = (world.subdivision_of.get(f"{economy} {key}") for key in keys)
    return next((place for place in found if place), None)


def find_elsewhere(world: World, text: str) -> str | None:
    """The one subdivision of any economy that a text names; None if there is none, or if several are named so.

    >>> from entrepot import app
    >>> find_elsewhere(app.library().world, "QC"), find_elsewhere(app.library().world, "WA")
    ('CA-QC', None)
    """
    found = find_all(world, text)
    return found[0] if len(found) == 1 else None


def find_all(world: World, text: str) -> tuple[str, ...]:
    """The subdivisions of all economies that a text names.

    >>> from entrepot import app
    >>> find_all(app.library().world, "WA"), find_all(app.library().world, "XYZ")
    (('AU-WA', 'US-WA'), ())
    """
    economies = {place[:2] for place in world.subdivisions}
    begin, dash, _end = text.strip().partition("-")
    if dash and begin in economies:
        economies = {begin}
        text = text.strip().removeprefix(f"{begin}-")
    keys = _keys(text.strip())
    return tuple(sorted({place for economy in economies if (place := _named(world, economy, keys))}))
