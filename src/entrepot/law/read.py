"""Read a folder of law into a `Pack`: typed rows, each with its location, and all faults together.

`law.cache`, `law.layers`, `law.inventory` and `law.library` are the only other modules that open files of law.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from entrepot.law.cache import pack_files
from entrepot.law.cells import READERS
from entrepot.law.csv_schema import DATED_COLUMNS, TABLES, WORLD_ONLY, common_values, table_of
from entrepot.law.toml_schema import ENTRIES, Entry, Head, LayerHead, Source
from entrepot.model.errors import PackFault, in_quotes, meant

#: The parts of `pack.toml`, and whether each is a table or an array of tables.
PARTS: dict[str, type] = {"pack": dict, "coverage": dict, "source": dict, **dict.fromkeys(ENTRIES, list)}
#: The columns that a file must give before its header for all its rows to share one basis.
SHARED_BASIS = {"since", "cite", "trust"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its file and line, and its typed cells."""

    file: str
    line: int
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells.get(column)

    @property
    def where(self) -> str:
        """The location of the row: `cn/tariff.csv:12`"""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(slots=True)
class Pack:
    """A pack as read from its files. Rows and entries with faults are omitted and listed in `faults`.

    For a pack with layers: the `layers` in force, the `edges` (days on which a layer begins or ends), and the files
    whose rows have one common basis (`shared`).
    """

    path: Path
    id: str
    head: Head | None = None
    coverage: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    entries: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    faults: list[PackFault] = field(default_factory=list)
    layers: tuple[LayerHead, ...] = ()
    edges: frozenset[dt.date] = frozenset()
    shared: frozenset[str] = frozenset()

    def rows(self, table: str) -> list[Row]:
        """The rows of a table; empty if the pack does not have it."""
        return self.tables.get(table, [])

    def entries_of(self, kind: str) -> list[tuple[str, Any]]:
        """The entries of one kind in `pack.toml`, each with its location."""
        return self.entries.get(kind, [])

    def complete(self, name: str) -> bool:
        """Whether the absence of a row means that there is none, in a table or in a part of it (`tariff.rcep`)."""
        return self.coverage.get(name, self.coverage.get(name.split(".", maxsplit=1)[0], "partial")) == "complete"


def read_pack(path: Path) -> Pack:
    """Read a pack from its folder. Errors in files are not raised but listed in `faults`.

    >>> import tempfile
    >>> read_pack(Path(tempfile.mkdtemp())).faults[0].message
    'A pack needs this file; see the format of a law pack.'
    """
    pack = Pack(path, path.name)
    if not (path / "pack.toml").is_file():
        pack.faults.append(
            PackFault(f"{path.name}/pack.toml", 0, "", "A pack needs this file; see the format of a law pack.")
        )
        return pack
    _read_toml(pack)
    _read_files(pack, ("pack.toml", "words.po", "cases.toml"))
    if (path / "cases.toml").is_file():
        _read_cases(pack)
    return pack


def read_layer_files(path: Path, label: str) -> Pack:
    """Read the tables of a layer, and its `pack.toml` if it has one, as a pack with the id `label`."""
    pack = Pack(path, label)
    if (path / "pack.toml").is_file():
        _read_toml(pack, layer=True)
    _read_files(pack, ("pack.toml", "words.po", "layer.toml"))
    return pack


def _read_files(pack: Pack, others: tuple[str, ...]) -> None:
    """Read every table of a folder, and its translations. `others`: other files that are allowed there."""
    for file in pack_files(pack.path):
        if file.suffix == ".csv":
            _read_table(pack, file)
        elif file.name not in others:
            known = (*others, *(f"{table}.csv" for table in TABLES))
            pack.faults.append(
                PackFault(f"{pack.id}/{file.name}", 0, "", f"No such file is part of a pack.{meant(file.name, known)}")
            )
    if (pack.path / "words.po").is_file():
        _read_words(pack)


def _read_toml(pack: Pack, *, layer: bool = False) -> None:
    where = f"{pack.id}/pack.toml"

    def fault(column: str, message: str) -> None:
        pack.faults.append(PackFault(where, 0, column, message))

    try:
        content = tomllib.loads((pack.path / "pack.toml").read_bytes().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault("", f"The file cannot be read as TOML in UTF-8: {error}.")
        return
    if content.pop("format", None) != 1:
        fault("format", "Write `format = 1` at the head of the file.")
    for name, part in content.items():
        if name not in PARTS:
            fault(name, f"A pack has no part {in_quotes(name)}.{meant(name, PARTS)}")
        elif not isinstance(part, PARTS[name]):
            fault(name, f"Write {'[[' + name + ']]' if PARTS[name] is list else '[' + name + ']'}, not a single value.")
    content = {name: part for name, part in content.items() if isinstance(part, PARTS.get(name, object))}
    if layer:
        if "pack" in content:
            fault("pack", "A layer has no [pack]: whose law it is stands in the pack that it is laid over.")
        _read_entries(pack, where, content, fault)
        return
    pack.head = _convert(content.get("pack", {}), Head, "pack", fault)
    if pack.head and pack.head.id != pack.path.name:
        fault(
            "pack.id",
            f"The id is {in_quotes(pack.head.id)} and the folder {in_quotes(pack.path.name)}; make them the same.",
        )
    _read_entries(pack, where, content, fault)


def _read_entries(pack: Pack, where: str, content: dict[str, Any], fault: Any) -> None:
    pack.coverage = {str(name): str(value) for name, value in content.get("coverage", {}).items()}
    for name, value in pack.coverage.items():
        if value not in {"complete", "partial"}:
            fault(f"coverage.{name}", f"{in_quotes(value)} is neither 'complete' nor 'partial'.")
    for name, entry in content.get("source", {}).items():
        if source := _convert(entry, Source, f"source.{name}", fault):
            pack.sources[name] = source
    for kind, form in ENTRIES.items():
        for count, entry in enumerate(content.get(kind, []), 1):
            label = f"{kind}[{count}]" + (f" {entry['id']}" if isinstance(entry, dict) and "id" in entry else "")
            if shaped := _convert(entry, form, label, fault):
                pack.entries.setdefault(kind, []).append((f"{where} {label}", shaped))


def _convert(entry: Any, form: type[Any], label: str, fault: Any) -> Any:
    try:
        return msgspec.convert(entry, form)
    except msgspec.ValidationError as error:
        message = str(error)
        if unknown := re.search(r"unknown field `([^`]*)`", message):
            message += "." + meant(unknown[1], [field.name for field in msgspec.structs.fields(form)])
        fault(label, message)
        return None


def _read_csv(text: str) -> tuple[int, list[str], Iterator[tuple[int, list[str]]]]:
    """The line of a table's header, the header, and the non-empty rows, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = ((reader.line_num, cells) for cells in reader if cells)
    line, header = next(rows, (1, []))
    return line, header, rows


def _read_table(pack: Pack, file: Path) -> None:
    where, table = f"{pack.id}/{file.name}", table_of(file.stem)
    if table not in TABLES or (table in WORLD_ONLY and pack.id != "world"):
        known = [f"{name}.csv" for name in TABLES if name not in WORLD_ONLY or pack.id == "world"]
        pack.faults.append(PackFault(where, 0, "", f"No such table is part of a pack.{meant(file.name, known)}"))
        return
    columns: dict[str, tuple[str, bool]] = {**TABLES[table]["columns"], **DATED_COLUMNS}
    names = TABLES[table].get("names", False)
    rows = pack.tables.setdefault(table, [])
    try:
        common, numbers, text = common_values(file.read_bytes().decode("utf-8-sig"))
        header_line, header, lines = _read_csv(text)
        for name in common.keys() & set(header):
            message = "This column is in the header too. Leave one of the two."
            pack.faults.append(PackFault(where, numbers[name], name, message))
        given = dict.fromkeys(header, header_line) | numbers
        if not _check_header(pack, where, given, columns, names):
            return
        same = _read_common(pack, where, common, numbers, columns)
        if len(same) < len(common):
            return
        if same.keys() >= SHARED_BASIS:
            # All rows have one basis: the quote names the code, so the file is a sufficient location.
            pack.shared |= {where}
        readers = [_reader(*columns.get(name, ("text", False))) for name in header]
        several = columns.get("goods", ("", False))[0] == "goods_of_row"
        for line, cells in lines:
            if len(cells) != len(header):
                pack.faults.append(PackFault(where, line, "", "This row has more or fewer cells than the header."))
                continue
            try:
                own = {name: read(cell) for name, read, cell in zip(header, readers, cells, strict=True)}
            except ValueError:
                pack.faults += _faulty_cells(where, line, zip(header, readers, cells, strict=True))
                continue
            own = same | own if same else own
            codes = own["goods"].split() if several else ()
            if len(codes) < 2:
                rows.append(Row(where, line, own))
            else:
                rows += [Row(where, line, own | {"goods": code}) for code in codes]
    except (UnicodeDecodeError, csv.Error) as error:
        pack.faults.append(PackFault(where, 0, "", f"The file cannot be read as CSV in UTF-8: {error}."))


def _read_common(
    pack: Pack, where: str, common: dict[str, str], numbers: dict[str, int], columns: dict[str, tuple[str, bool]]
) -> dict[str, Any]:
    """The values that the lines before the header give to every row; those with faults are omitted."""
    same: dict[str, Any] = {}
    for name, text in common.items():
        read = _reader(*columns.get(name, ("text", False)))
        try:
            same[name] = read(text)
        except ValueError:
            pack.faults += _faulty_cells(where, numbers[name], [(name, read, text)])
    return same


def _reader(kind: str, needed: bool) -> Callable[[str], Any]:
    """The reader of a column; each text is read once, because most texts repeat."""
    read, known = READERS[kind], {}  # type: Callable[[str], Any], dict[str, Any]

    def read_once(cell: str) -> Any:
        if cell in known:
            return known[cell]
        text = cell.strip()
        if needed and not text:
            raise ValueError("This cell may not be empty.")
        known[cell] = read(text)
        return known[cell]

    return read_once


def _faulty_cells(where: str, line: int, cells: Iterable[tuple[str, Callable[[str], Any], str]]) -> Iterator[PackFault]:
    """Every fault of a row, not only the first."""
    for name, read, cell in cells:
        try:
            read(cell)
        except ValueError as error:
            yield PackFault(where, line, name, str(error))


def _check_header(
    pack: Pack, where: str, given: dict[str, int], columns: dict[str, tuple[str, bool]], names: bool
) -> bool:
    """Whether a table has the required columns; faults are added to the pack. `given`: its columns and their lines."""
    for name, line in given.items():
        if name not in columns and not (names and re.fullmatch(r"name_[a-z]{2}", name)):
            message = f"This table has no column {in_quotes(name)}.{meant(name, columns)}"
            pack.faults.append(PackFault(where, line, name, message))
    missing = [name for name, (_, needed) in columns.items() if needed and name not in given]
    pack.faults += [PackFault(where, 1, name, "The header lacks this column.") for name in missing]
    return not missing


def _read_cases(pack: Pack) -> None:
    """Check the examples: they are not law, but an example that cannot be read tests nothing."""
    where = f"{pack.id}/cases.toml"
    try:
        cases = tomllib.loads((pack.path / "cases.toml").read_bytes().decode()).get("case", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        pack.faults.append(PackFault(where, 0, "", f"The file cannot be read as TOML in UTF-8: {error}."))
        return
    for count, case in enumerate(cases, 1):
        for name in ("id", "source", "sale", "expect"):
            if not isinstance(case, dict) or name not in case:
                pack.faults.append(PackFault(where, 0, f"case[{count}].{name}", "A case needs this."))


def _read_words(pack: Pack) -> None:
    from babel.messages.pofile import PoFileError, read_po  # only when law is compiled

    try:
        with (pack.path / "words.po").open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        pack.words = {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string}
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        pack.faults.append(PackFault(f"{pack.id}/words.po", 0, "", f"The catalogue cannot be read: {error}."))


def dated_rows(pack: Pack, *, without: tuple[str, ...] = ()) -> list[Any]:
    """Everything with dates in a pack: rows and entries. `without`: tables that are left out."""
    dated: list[Any] = [row for name, rows in pack.tables.items() if name not in without for row in rows]
    return dated + [entry for kind in pack.entries.values() for _, entry in kind]


def validity(dated: Row | Entry) -> tuple[Any, Any]:
    """The first day, and the day after the last (None if open)."""
    if isinstance(dated, Row):
        return dated["since"], dated["until"]
    return dated.since, dated.until
