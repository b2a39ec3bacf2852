"""Where a table is read from and written to, and in which format. An output file is complete or absent."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from entrepot.batch.formats.reading import TEXTS, Reading, text_copy, workbook_copy
from entrepot.batch.run.resume import sync_to_disk
from entrepot.model.errors import OutputExists, TableError, TableNotFound, WordedTableError, in_quotes, meant

#: The format of workbooks, which are read and not written.
XLSX = "xlsx"
KIND_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".xlsx": XLSX,
}
#: The formats that an option may name.
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow", XLSX)
STANDARD_STREAM = "-"


class Location(NamedTuple):
    """A file, or a standard stream if `path` is None: its format, whether it is gzipped or tab-separated.

    `reading`: how an input is read.
    """

    path: Path | None
    kind: str
    gzip: bool = False
    tabs: bool = False
    reading: Reading = Reading()

    @property
    def read_kind(self) -> str:
        """The format of the file that `open_input` gives: a workbook is read as JSON lines."""
        return "jsonl" if self.kind == XLSX else self.kind

    @property
    def name(self) -> str:
        """The name in a message."""
        return STANDARD_STREAM if self.path is None else str(self.path)


def parse_location(name: str, format_name: str | None, default: str | None = None) -> Location:
    """The location of a name. `format_name` overrides the suffix; `default` is the format of a standard stream.

    >>> parse_location("sales.csv.gz", None)[1:4], parse_location("-", "jsonl")[:2], parse_location("a.tsv", None).tabs
    (('csv', True, False), (None, 'jsonl'), True)
    """
    if format_name is not None and format_name not in FORMATS:
        raise TableError(
            f"{in_quotes(format_name)} is not a format.{meant(format_name, FORMATS)} Formats: {', '.join(FORMATS)}."
        )
    kind = "csv" if format_name == "tsv" else format_name
    if name == STANDARD_STREAM:
        kind = kind or default or "csv"
        if kind not in ("csv", "jsonl"):
            raise TableError(f"A standard stream is CSV or JSON lines, not {kind}: give a file.")
        return Location(None, kind, tabs=format_name == "tsv")
    path = Path(name)
    ends = [end.lower() for end in path.suffixes]
    zipped = ends[-1:] == [".gz"]
    end = (ends[-2:-1] if zipped else ends[-1:]) or [""]
    kind = kind or KIND_OF_SUFFIX.get(end[0])
    if kind is None and path.is_dir():
        example = str(path / "answers.csv")
        raise WordedTableError(
            "{name!r} is a folder. Name a file in it, for example {example}.", name=name, example=example
        )
    if kind is None:
        known = ", ".join(KIND_OF_SUFFIX)
        raise WordedTableError(
            "The name {name!r} does not show a format. Use a name that ends in one of {known}, or give the format.",
            name=path.name,
            known=known,
        )
    if zipped and kind not in ("csv", "jsonl"):
        raise TableError(
            f"{in_quotes(path.name)} is already compressed inside. Only CSV and JSON lines can end in .gz."
        )
    return Location(path, kind, zipped, (format_name or end[0].lstrip(".")) == "tsv")


def check_locations(source: Location, target: Location, faults: Location | None, *, overwrite: bool = True) -> None:
    """Check that the input exists, the outputs can be written, and all are different. Raises TableError.

    `overwrite`: whether an output that exists is replaced.
    """
    if source.path is not None and not source.path.is_file():
        if source.path.is_dir():
            raise TableNotFound(
                "{name} is a folder: give the file of a table, or - for standard input.", name=source.name
            )
        raise TableNotFound(
            "{name} does not exist: give the file of a table, or - for standard input.", name=source.name
        )
    outputs = [place for place in (target, faults) if place is not None and place.path is not None]
    for place in outputs:
        check_output(place, source, overwrite=overwrite)
    if len(outputs) > 1 and _absolute(outputs[0]) == _absolute(outputs[1]):
        raise TableError(f"{target.name} cannot take the answers and the faults: name two files.")


def check_output(place: Location, source: Location, *, overwrite: bool) -> None:
    """Check that an output can be written and is not the input. Raises TableError."""
    if place.path is None:
        return
    folder = place.path.parent
    if not folder.is_dir():
        raise TableNotFound(
            "The folder {folder} for {name} does not exist. Create it first.", folder=folder, name=place.path.name
        )
    if place.path.is_dir():
        raise TableError(f"{place.name} is a folder: name the file in it.")
    if place.path.exists() and not place.path.is_file():
        raise TableError(
            f"{place.name} is a device or a pipe, not a file. Write to a file, or to - for standard output."
        )
    if not os.access(folder, os.W_OK):
        raise TableError(f"The folder {folder} is not writable. Change its permissions.")
    if source.path is not None and place.path.exists() and place.path.samefile(source.path):
        raise WordedTableError("{name} is the input itself: write to another file.", name=place.name)
    if place.kind == XLSX:
        raise WordedTableError(
            "{name} cannot be written: workbooks are only read. Write to a .csv file, which a spreadsheet opens.",
            name=place.name,
        )
    if place.path.exists() and not overwrite:
        raise OutputExists(
            "{name} exists already and was not changed. Write to another file, or give --overwrite to replace it.",
            name=place.name,
        )


def _absolute(place: Location) -> Path:
    return Path(place.path or "").resolve()


@contextmanager
def open_output(place: Location) -> Iterator[Any]:
    """A stream of bytes to a location. A file gets its name only when complete; after an error it does not exist.

    A killed process may leave `.NAME.NUMBER.writing` beside it, which may be deleted.
    """
    if place.path is None:
        standard = StandardOutput()
        yield standard
        standard.flush()  # reports a full disk or a closed pipe here, not at exit
        return
    part = place.path.with_name(f".{place.path.name}.{os.getpid()}.writing")
    try:
        with part.open("wb") as stream:
            yield stream
            sync_to_disk(stream)
        part.replace(place.path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # some systems cannot sync a folder
        folder = os.open(place.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class StandardOutput:
    """Standard output as a stream that is never closed."""

    def write(self, content: bytes) -> int:
        """Write bytes."""
        return int(sys.stdout.buffer.write(content))

    def flush(self) -> None:
        """Send the buffered bytes."""
        sys.stdout.buffer.flush()


@contextmanager
def open_input(place: Location, beside: Path) -> Iterator[Path]:
    """A file to read, of the format `read_kind`.

    Standard input is copied to a file in `beside` first, because a table is read twice; so is a text that is not UTF-8,
    a CSV without names of columns, and the sheet of a workbook.
    """
    if place.path is not None and place.kind not in (*TEXTS, XLSX):
        yield place.path
        return
    with ExitStack() as stack:

        def folder() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory(dir=beside, prefix=".entrepot-")))

        path = place.path
        if path is None:
            path = folder() / f"input.{'tsv' if place.tabs else place.kind}"
            with path.open("wb") as file:
                shutil.copyfileobj(_standard_input(), file, 1 << 20)
        if not path.stat().st_size:
            yield path  # its reader says so
        elif place.kind == XLSX:
            yield workbook_copy(path, place.reading, folder())
        else:
            yield text_copy(path, place.reading, folder, csv_file=place.kind == "csv")


def _standard_input() -> IO[bytes]:
    return sys.stdin.buffer
