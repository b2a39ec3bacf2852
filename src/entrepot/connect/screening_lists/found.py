"""A list as it was read, and the bounds of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from entrepot.cooperation.screening.entries import Entry, ListedName
from entrepot.model.errors import TradeError

#: Bytes of a file, entries of a list, names of an entry, and characters of a name at most.
MAX_BYTES: Final = 256 << 20
MAX_ENTRIES: Final = 500_000
MAX_NAMES, MAX_NAME = 200, 300
#: The formats, each with who publishes it and under which terms it may be used.
FORMATS: Final = {
    "un": ("United Nations Security Council consolidated list, XML", "published for use by all; terms of the UN site"),
    "ofac-xml": ("US OFAC lists (SDN, consolidated), XML", "work of the US government, in the public domain there"),
    "ofac-csv": ("US OFAC lists (SDN, consolidated), CSV", "work of the US government, in the public domain there"),
    "csv": ("a list of the operator, CSV", "as the operator says"),
}


class FoundList(msgspec.Struct, frozen=True, kw_only=True):
    """A list. `format`: one of FORMATS; `version`: its date as the file says, "" where it says none."""

    format: str
    version: str
    entries: tuple[Entry, ...]


def invalid(why: str) -> TradeError:
    """The error of a file that is not a list."""
    return TradeError("list_invalid", "The file is not a list that can be read: {why}", "file", why=why)


def bounded(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries, at most MAX_ENTRIES, each with a name; those with one id are one entry. Raises TradeError."""
    found: dict[str, Entry] = {}
    for each in entries:
        if not each.id or not each.names:
            continue
        if len(found) >= MAX_ENTRIES:
            raise invalid(f"more than {MAX_ENTRIES} entries")
        known = found.get(each.id)
        found[each.id] = each if known is None else _joined(known, each)
    if not found:
        raise invalid("no entry with an id and a name was found")
    return tuple(found.values())


def _joined(one: Entry, other: Entry) -> Entry:
    """One entry that a file has in two rows, such as a row for each alias."""
    fields = ("names", "births", "countries", "identifiers")
    joined = {name: tuple(dict.fromkeys((*getattr(one, name), *getattr(other, name)))) for name in fields}
    return msgspec.structs.replace(one, **joined)


def names(given: Iterable[tuple[str, str]]) -> tuple[ListedName, ...]:
    """Names with their quality, each once, within bounds.

    >>> [(each.text, each.quality) for each in names([("ZHANG  Wei", "primary"), ("", ""), ("ZHANG Wei", "weak")])]
    [('ZHANG Wei', 'primary')]
    """
    found: dict[str, ListedName] = {}
    for text, quality in given:
        clean = " ".join(text.split())[:MAX_NAME]
        if clean and clean not in found and len(found) < MAX_NAMES:
            found[clean] = ListedName(clean, quality)
    return tuple(found.values())


def texts(given: Iterator[str | None]) -> tuple[str, ...]:
    """Texts without the empty ones, each once."""
    return tuple(dict.fromkeys(" ".join(each.split())[:MAX_NAME] for each in given if each and each.strip()))
