"""formats: which format a file of a schedule is in, by the pack and by looking at it; and its reader."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import msgspec

from entrepot.faults import ScheduleError, meant
from entrepot.schedule.reading import Asked, Reading

#: So much of a file is looked at.
LOOKED_AT = 1 << 16
GZIP = b"\x1f\x8b"


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format: the module that reads it, the only pack that has it (none: any), and how its files are known."""

    module: str
    pack: str
    says: str
    looks: Callable[[str], bool]


def _first_line(text: str) -> str:
    """The first line that is no remark."""
    lines = text.lstrip("\ufeff").splitlines()
    return next((line.lower() for line in lines if line.strip() and not line.startswith("#")), "")


def _header(*names: str) -> Callable[[str], bool]:
    """Whether the header names these columns, in any order."""

    def looks(text: str) -> bool:
        line = _first_line(text)
        cells = {cell.strip().strip('"').strip() for cell in line.replace(";", ",").replace("\t", ",").split(",")}
        return cells.issuperset(names)

    return looks


def _wits(text: str) -> bool:
    line = _first_line(text).replace("_", "").replace(" ", "")
    return "reporter" in line and "product" in line and ("dutytype" in line or "simpleaverage" in line)


def _united_states(text: str) -> bool:
    return '"htsno"' in text or _header("hts number", "general rate of duty")(text)


def _united_kingdom(text: str) -> bool:
    words = ('"goods_nomenclature_item_id"', '"measure_type"', '"geographical_area_id"')
    return text.lstrip()[:1] in ("{", "[") and any(word in text for word in words)


def _plain(text: str) -> bool:
    lines = (line for line in text.lstrip("\ufeff").splitlines() if line.strip() and line[0] != "#")
    return _header("goods", "treatment", "rate")(next(lines, ""))


#: In this order they are looked for.
FORMATS = {
    "jp": Format(module="jp", pack="jp", says="Japan's table of 32 columns", looks=_header("code", "description_ja")),
    "us": Format(module="us", pack="us", says="the export of the USITC, CSV or JSON", looks=_united_states),
    "gb": Format(
        module="gb",
        pack="",  # Northern Ireland's are of the European Union's duties: the reader says whose each document is
        says="commodity documents of the UK Trade Tariff API, JSON",
        looks=_united_kingdom,
    ),
    "wits": Format(module="wits", pack="", says="a bulk download of WITS/TRAINS, CSV", looks=_wits),
    "plain": Format(module="plain", pack="", says="a plain CSV", looks=_plain),
}


def format_of(files: Sequence[Path], pack: str, named: str | None = None) -> str:
    r"""The format of these files: the one that is named, else what they look like.

    Raises ScheduleError where they look like none, or like different ones, or like another country's.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rates.csv"
    >>> _ = file.write_text("goods,treatment,rate,since\n")
    >>> format_of([file], "jp")
    'plain'
    """
    if named is not None:
        if named not in FORMATS:
            known = ", ".join(FORMATS)
            raise ScheduleError(f"{named!r} is no format.{meant(named, FORMATS)} Known: {known}.", "--format")
        found = {named: files[0].name}
    else:
        found = {_look(file): file.name for file in files}
    if len(found) > 1:
        raise ScheduleError(f"The files are of several formats: {', '.join(found)}. Add them apart.", files[0].name)
    ((name, file),) = found.items()
    only = FORMATS[name].pack
    if only and only != pack:
        raise ScheduleError(f"This is {FORMATS[name].says}, the schedule of {only!r} and not of {pack!r}.", file)
    return name


def _look(file: Path) -> str:
    text = opening(file).decode("utf-8", "replace")
    for name, each in FORMATS.items():
        if each.looks(text):
            return name
    known = "; ".join(f"{name}: {each.says}" for name, each in FORMATS.items())
    message = f"This looks like no schedule that can be read. --format says which it is. Known are {known}."
    raise ScheduleError(message, file.name, 1)


def opening(file: Path) -> bytes:
    """What a file begins with, unpacked where it is gzip. Raises ScheduleError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            packed = stream.read(2) == GZIP
        with gzip.open(file) if packed else file.open("rb") as stream:
            return stream.read(LOOKED_AT)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ScheduleError(f"The file cannot be read: {why}.", file.name) from None


def read(files: Sequence[Path], asked: Asked, named: str) -> Reading:
    """What files say that are of a format. Raises ScheduleError where they are not, or are broken."""
    reader: Callable[[Sequence[Path], Asked], Reading]
    reader = import_module(f"entrepot.schedule.{FORMATS[named].module}").read
    return reader(files, asked)
