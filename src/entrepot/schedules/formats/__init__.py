"""The formats of schedules, built in and from other packages, and the detection of a file's format.

Another package adds a format as an entry point of the group `entrepot.schedules`: its name is the name of the format,
its object a `Format`. The built-in formats are in the table `BUILT_IN` and need no installation.
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

from entrepot.model.errors import EntrepotError, ScheduleError, in_quotes, meant
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from entrepot.schedules.tables import opening_text

#: The number of bytes at the beginning of a file that are used to detect its format.
OPENING_BYTES = 1 << 16
GZIP = b"\x1f\x8b"


#: The entry point group for formats of other packages.
GROUP = "entrepot.schedules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of schedules.

    `says`: a description of its files, in English, shown in lists of formats. `recognises`: whether a file is in this
    format, given the beginning of its text (64 KiB, unpacked if it is gzip; the first rows of a workbook as CSV).
    `read`: the schedule in some files, with the user's options. It raises ScheduleError, with its place, if a file is
    invalid; it opens no network connection and writes no file. `pack`: the only pack whose schedule comes in this
    format; empty for a format of any pack.
    """

    says: str
    recognises: Callable[[str], bool]
    read: Callable[[Sequence[Path], ReadOptions], ParsedSchedule]
    pack: str = ""


def _first_line(text: str) -> str:
    """The first line that is not a remark."""
    lines = text.lstrip("\ufeff").splitlines()
    return next((line.lower() for line in lines if line.strip() and not line.startswith("#")), "")


def _header(*names: str) -> Callable[[str], bool]:
    """Whether the header has these columns, in any order."""

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


def _norway(text: str) -> bool:
    return text.lstrip("\ufeff \r\n\t")[:1] == "{" and '"varer"' in text and '"avtalesatser"' in text


def _uk_preferences(text: str) -> bool:
    rates = _header("fta country", "commodity code", "preferential duty rate 2022")
    return rates(text) or _header("country", "commodity code", "staging_2022")(text)


def _plain(text: str) -> bool:
    lines = (line for line in text.lstrip("\ufeff").splitlines() if line.strip() and line[0] != "#")
    return _header("goods", "treatment", "rate")(next(lines, ""))


def _reader(module: str) -> Callable[[Sequence[Path], ReadOptions], ParsedSchedule]:
    """The reader in a module of this package, imported when a file is read."""

    def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
        reader: Callable[[Sequence[Path], ReadOptions], ParsedSchedule] = import_module(
            f"entrepot.schedules.formats.{module}"
        ).read
        return reader(files, options)

    return read


#: The built-in formats, in the order in which they are tried.
BUILT_IN: Mapping[str, Format] = MappingProxyType(
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
        # For any pack: the documents of Northern Ireland state duties of the European Union; the reader checks which
        # they are.
        "gb": Format(
            says="commodity documents of the UK Trade Tariff API, JSON",
            recognises=_united_kingdom,
            read=_reader("gb.reader"),
        ),
        "vn": Format(
            says="the workbook of Viet Nam's import tariff, XLSX",
            recognises=_header("hscode", "mfn rate", "import duty rate per acfta"),
            read=_reader("vn"),
            pack="vn",
        ),
        "tw": Format(
            says="the customs import tariff of Chinese Taipei, XLS",
            recognises=_header("貨品分類號列", "第一欄稅率", "第三欄稅率"),
            read=_reader("tw"),
            pack="tw",
        ),
        "id": Format(
            says="Indonesia's tariff book (BTKI), CSV",
            recognises=_header("hs_code", "import_duty", "ppn", "ppnbm"),
            read=_reader("id"),
            pack="id",
        ),
        "no": Format(says="the rates of Norwegian customs, JSON", recognises=_norway, read=_reader("no"), pack="no"),
        "kr": Format(
            says="the rates by item number of the Korea Customs Service, XLSX or CSV",
            recognises=_header("품목번호", "관세율구분", "관세율", "적용개시일"),
            read=_reader("kr"),
            pack="kr",
        ),
        "ukgt": Format(
            says="the table of the UK Global Tariff of 2021 and the Common Customs Tariff of 2020, CSV",
            recognises=_header("commodity", "cet_duty_rate", "ukgt_duty_rate"),
            read=_reader("ukgt"),
        ),
        "uk_preferences": Format(
            says="the workbooks of the UK's preferential rates of 2022 and of their staging, XLSX",
            recognises=_uk_preferences,
            read=_reader("uk_preferences"),
            pack="gb",
        ),
        "uk_measures": Format(
            says="a table of measures of the UK tariff, CSV",
            recognises=_header("commodity__code", "measure__type__id", "measure__duty_expression"),
            read=_reader("uk_measures"),
            pack="gb",
        ),
        "taric": Format(
            says="TARIC's workbook of import duties, XLSX",
            recognises=_header("goods code", "duty", "origin code", "meas. type code"),
            read=_reader("taric"),
            pack="eu",
        ),
        "wits": Format(says="a bulk download of WITS/TRAINS, CSV", recognises=_wits, read=_reader("wits.reader")),
        "plain": Format(
            says="a plain CSV with the columns goods, treatment and rate", recognises=_plain, read=_reader("plain")
        ),
    }
)


class UnknownFormatError(ScheduleError):
    """A file has none of the formats of schedules."""


class Formats(NamedTuple):
    """The formats by name, the built-in ones first; and the reasons why formats of other packages cannot be used."""

    formats: Mapping[str, Format]
    faults: Mapping[str, str]


@lru_cache(maxsize=1)
def installed_formats() -> Formats:
    """The installed formats. One that cannot be used is in `faults`; the others are available.

    The entry points are read once in a process.
    """
    return load_formats(entry_points(group=GROUP))


def load_formats(installed: Iterable[EntryPoint]) -> Formats:
    """The built-in formats and those of other packages. If two have one name, neither is available."""
    found, faults = dict(BUILT_IN), dict[str, str]()
    # A distribution may be on the path twice: the same entry point of the same package counts once.
    by_name: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for each in installed:
        by_name.setdefault(each.name, {})[_package(each), each.value] = each
    for name, points in sorted(by_name.items()):
        packages = sorted(_package(each) for each in points.values())
        if name in BUILT_IN:
            faults[name] = (
                f"{' and '.join(packages)} provides a format {in_quotes(name)}, a name that Entrepot itself uses."
            )
        elif len(points) > 1:
            faults[name] = (
                f"Several packages provide a format {in_quotes(name)}: {', '.join(packages)}. Uninstall all but one."
            )
        else:
            (point,) = points.values()
            try:
                found[name] = _load(point)
            except Exception as error:  # noqa: BLE001  # code of another package may raise anything
                why = f"{type(error).__name__}: {error}"
                faults[name] = (
                    f"The format {in_quotes(name)} of {packages[0]} cannot be loaded ({why}). Update that package."
                )
    return Formats(MappingProxyType(found), MappingProxyType(faults))


def _load(point: EntryPoint) -> Format:
    loaded = point.load()
    if not isinstance(loaded, Format):
        raise TypeError(f"{point.value} is {type(loaded).__name__}, not entrepot.schedules.formats.Format")
    return loaded


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def format_of(files: Sequence[Path], pack: str, named: str | None = None) -> str:
    r"""The format of some files: the named one, or else the one detected.

    Raises ScheduleError if no format or several are detected, or the format is for another pack.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rates.csv"
    >>> _ = file.write_text("goods,treatment,rate,since\n")
    >>> format_of([file], "jp")
    'plain'
    """
    formats, faults = installed_formats()
    if named is not None:
        if named in faults and named not in formats:
            raise ScheduleError(faults[named], "--format")
        if named not in formats:
            message = f"{in_quotes(named)} is not a format.{meant(named, formats)} Known: {', '.join(formats)}."
            raise ScheduleError(message, "--format")
        found = {named: files[0].name}
    else:
        found = {_recognise(file, pack): file.name for file in files}
    if len(found) > 1:
        raise ScheduleError(f"The files are of several formats: {', '.join(found)}. Add them apart.", files[0].name)
    ((name, file),) = found.items()
    only = formats[name].pack
    if only and only != pack:
        raise ScheduleError(
            f"This is {formats[name].says}, the schedule of {in_quotes(only)} and not of {in_quotes(pack)}.", file
        )
    return name


def _recognise(file: Path, pack: str) -> str:
    text = opening_text(file)
    if text is None:
        opening = read_opening(file)
        if why := _no_table(opening):
            raise ScheduleError(why, file.name)
        text = opening.decode("utf-8", "replace")
    formats, faults = installed_formats()
    broken = list(faults.values())
    for name, each in formats.items():
        try:
            if each.recognises(text):
                return name
        except Exception as error:  # noqa: BLE001  # as above; the other formats are still tried
            broken.append(f"The format {in_quotes(name)} failed on this file ({type(error).__name__}: {error}).")
    listed = "; ".join(f"{name}: {each.says}" for name, each in formats.items() if each.pack in ("", pack))
    message = f"The format of this file was not recognized. Give it with --format: {listed}."
    if "\ufffd" in text[:-3]:  # the last character may be cut
        message += " The file is not in UTF-8: save it as UTF-8."
    raise UnknownFormatError(" ".join([message, *broken]), file.name, 1)


def _no_table(opening: bytes) -> str:
    r"""Why a file with this beginning cannot be a schedule of any format; '' if it may be one.

    >>> _no_table(b"<!DOCTYPE html>")
    'This is a web page or XML, and not the file of a schedule. Download the file itself.'
    >>> _no_table(b"\xff\xfeg\0o\0"), _no_table(b"goods,treatment,rate")
    ('The file is in UTF-16. Save it as UTF-8.', '')
    """
    start = opening[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
    if not opening.strip():
        return "The file is empty. Download it again."
    if start.startswith(b"<"):
        return "This is a web page or XML, and not the file of a schedule. Download the file itself."
    if start.startswith(b"%PDF"):
        return "This is a PDF, which is not a table. Add the table as CSV or XLSX."
    if opening.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "The file is in UTF-16. Save it as UTF-8."
    if start.startswith(GZIP):
        return "The file is compressed twice. Unpack it once."
    if b"\0" in opening:
        return "The file is not text in UTF-8. Save it as CSV in UTF-8, or as XLSX."
    return ""


def read_opening(file: Path) -> bytes:
    """The beginning of a file, unpacked if it is gzip. Raises ScheduleError if it cannot be read."""
    try:
        with file.open("rb") as stream:
            packed = stream.read(2) == GZIP
        with gzip.open(file) if packed else file.open("rb") as stream:
            return stream.read(OPENING_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ScheduleError(f"The file cannot be read: {why}.", file.name) from None


def read(files: Sequence[Path], options: ReadOptions, named: str) -> ParsedSchedule:
    """Read files of a format. Raises ScheduleError if they are not in it, or are invalid."""
    each = installed_formats().formats[named]
    if named in BUILT_IN:
        return each.read(files, options)
    try:
        reading: object = each.read(files, options)
    except EntrepotError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ScheduleError(
            f"The format {in_quotes(named)} failed: {why}. Report it to its package.", files[0].name
        ) from error
    if not isinstance(reading, ParsedSchedule):
        given = type(reading).__name__
        message = f"The format {in_quotes(named)} gave {given} and not a ParsedSchedule. Report it to its package."
        raise ScheduleError(message, files[0].name)
    return reading
