"""formats: the formats of schedules: Entrepot's own, and those that other packages bring; and which one a file is in.

Another package brings a format as an entry point of the group `entrepot.schedules`: its name is the name of the format,
its object a `Format`. Entrepot's own are in the table `OWN` and need no installation.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from entrepot.model.errors import EntrepotError, ScheduleError, meant
from entrepot.schedules.parsed import Asked, Reading

#: So much of a file is looked at.
LOOKED_AT = 1 << 16
GZIP = b"\x1f\x8b"


#: Where other packages bring formats.
GROUP = "entrepot.schedules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of schedules.

    `says`: what its files are, in English, as a list of formats shows it.
    `recognises`: whether a file is in this format, by the text that it begins with (64 KiB, unpacked where it is gzip).
    `read`: the rows of files, with what the user says of them. It raises ScheduleError, with the place, where a file is
    broken; it opens no network connection and writes no file.
    `pack`: the only pack whose schedule comes in this format; empty for a format of any pack.
    """

    says: str
    recognises: Callable[[str], bool]
    read: Callable[[Sequence[Path], Asked], Reading]
    pack: str = ""


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


def _reader(module: str) -> Callable[[Sequence[Path], Asked], Reading]:
    """The reader of a module of this package, imported when a file is read."""

    def read(files: Sequence[Path], asked: Asked) -> Reading:
        reader: Callable[[Sequence[Path], Asked], Reading] = import_module(f"entrepot.schedules.formats.{module}").read
        return reader(files, asked)

    return read


#: Entrepot's own, in the order in which a file is looked at.
OWN: Mapping[str, Format] = MappingProxyType(
    {
        "jp": Format(
            says="Japan's table of 32 columns",
            recognises=_header("code", "description_ja"),
            read=_reader("jp.reader"),
            pack="jp",
        ),
        "us": Format(
            says="the export of the USITC, CSV or JSON", recognises=_united_states, read=_reader("us.reader"), pack="us"
        ),
        # Of any pack: Northern Ireland's documents are of the European Union's duties; the reader says whose each is.
        "gb": Format(
            says="commodity documents of the UK Trade Tariff API, JSON",
            recognises=_united_kingdom,
            read=_reader("gb.reader"),
        ),
        "wits": Format(says="a bulk download of WITS/TRAINS, CSV", recognises=_wits, read=_reader("wits.reader")),
        "plain": Format(says="a plain CSV", recognises=_plain, read=_reader("plain")),
    }
)


class Known(NamedTuple):
    """The formats by name, Entrepot's own first; and why a format that another package brings cannot be used."""

    formats: Mapping[str, Format]
    faults: Mapping[str, str]


@lru_cache(maxsize=1)
def known() -> Known:
    """The formats that are installed. One that cannot be used is a fault, and the others are there.

    What is installed is looked up once in a process.
    """
    return known_with(entry_points(group=GROUP))


def known_with(brought: Iterable[EntryPoint]) -> Known:
    """Entrepot's own formats and these of other packages. Two of one name are refused: none of them is there."""
    found, faults = dict(OWN), dict[str, str]()
    # A distribution may be on the path twice: the same entry point of the same package is one.
    by_name: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for each in brought:
        by_name.setdefault(each.name, {})[_package(each), each.value] = each
    for name, points in sorted(by_name.items()):
        packages = sorted(_package(each) for each in points.values())
        if name in OWN:
            faults[name] = f"{' and '.join(packages)} brings a format {name!r}, which is a name of Entrepot's own."
        elif len(points) > 1:
            faults[name] = f"Several packages bring a format {name!r}: {', '.join(packages)}. Uninstall all but one."
        else:
            (point,) = points.values()
            try:
                found[name] = _loaded(point)
            except Exception as error:  # noqa: BLE001  # code of another package may raise anything
                why = f"{type(error).__name__}: {error}"
                faults[name] = f"The format {name!r} of {packages[0]} cannot be loaded ({why}). Update that package."
    return Known(MappingProxyType(found), MappingProxyType(faults))


def _loaded(point: EntryPoint) -> Format:
    made = point.load()
    if not isinstance(made, Format):
        raise TypeError(f"{point.value} is {type(made).__name__}, not entrepot.schedules.formats.Format")
    return made


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def format_of(files: Sequence[Path], pack: str, named: str | None = None) -> str:
    r"""The format of these files: the one that is named, else what they look like.

    Raises ScheduleError where they look like none, or like different ones, or like another country's.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rates.csv"
    >>> _ = file.write_text("goods,treatment,rate,since\n")
    >>> format_of([file], "jp")
    'plain'
    """
    formats, faults = known()
    if named is not None:
        if named in faults and named not in formats:
            raise ScheduleError(faults[named], "--format")
        if named not in formats:
            message = f"{named!r} is not a format.{meant(named, formats)} Known: {', '.join(formats)}."
            raise ScheduleError(message, "--format")
        found = {named: files[0].name}
    else:
        found = {_look(file): file.name for file in files}
    if len(found) > 1:
        raise ScheduleError(f"The files are of several formats: {', '.join(found)}. Add them apart.", files[0].name)
    ((name, file),) = found.items()
    only = formats[name].pack
    if only and only != pack:
        raise ScheduleError(f"This is {formats[name].says}, the schedule of {only!r} and not of {pack!r}.", file)
    return name


def _look(file: Path) -> str:
    text = opening(file).decode("utf-8", "replace")
    formats, faults = known()
    broken = list(faults.values())
    for name, each in formats.items():
        try:
            if each.recognises(text):
                return name
        except Exception as error:  # noqa: BLE001  # as above; the other formats are still asked
            broken.append(f"The format {name!r} failed on this file ({type(error).__name__}: {error}).")
    listed = "; ".join(f"{name}: {each.says}" for name, each in formats.items())
    message = f"This looks like no schedule that can be read. --format says which it is. Known are {listed}."
    raise ScheduleError(" ".join([message, *broken]), file.name, 1)


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
    each = known().formats[named]
    if named in OWN:
        return each.read(files, asked)
    try:
        reading: object = each.read(files, asked)
    except EntrepotError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ScheduleError(f"The format {named!r} failed: {why}. Report it to its package.", files[0].name) from error
    if not isinstance(reading, Reading):
        message = f"The format {named!r} gave {type(reading).__name__} and not a Reading. Report it to its package."
        raise ScheduleError(message, files[0].name)
    return reading
