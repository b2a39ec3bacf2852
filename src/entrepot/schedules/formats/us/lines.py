"""Read the rows of the United States' schedule from the Commission's CSV or JSON (plain or gzip).

Both exports have the same rows in the same order; a row without a code is a heading of the rows indented under it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from entrepot.model import json as json_text
from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.tables import read_content

#: The columns of the CSV -> the JSON fields with the same content.
COLUMNS = {
    "HTS Number": "htsno",
    "Indent": "indent",
    "Description": "description",
    "Unit of Quantity": "units",
    "General Rate of Duty": "general",
    "Special Rate of Duty": "special",
    "Column 2 Rate of Duty": "other",
    "Quota Quantity": "quotaQuantity",
    "Additional Duties": "additionalDuties",
}

#: Columns without which a file is not the schedule of the United States.
NEEDED = ("htsno", "indent", "description", "general", "special", "other")


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row: `code` in digits, empty for a heading without one; `file` and `row` are its location.

    `above`: the descriptions of the rows it is indented under, the outermost first. `inherits`: the row whose rates
    apply here, if this one has none and the longest code with a rate would not lead to it.
    """

    file: str
    row: int
    code: str
    indent: int
    description: str
    units: str
    general: str
    special: str
    other: str
    additional: str
    footnotes: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    inherits: Line | None = None

    @property
    def chapter(self) -> str:
        """The two digits of the chapter."""
        return self.code[:2]

    @property
    def rated(self) -> bool:
        """Whether it has a rate of its own."""
        return bool(self.general or self.special or self.other)

    def name(self) -> str:
        """Its description after those needed to understand it, from the first that is not merely `Other`.

        >>> above = ("Live horses, asses, mules and hinnies:", "Horses:")
        >>> line = Line(file="", row=2, code="01012900", indent=2, description="Other", units="", general="Free",
        ...             special="", other="20%", additional="", above=above)
        >>> line.name()
        'Horses: Other'
        """
        path = [*self.above, self.description]
        first = 1 if len(path) > 1 and path[1].strip().rstrip(":") != "Other" else 0
        return ": ".join(part.strip().rstrip(":") for part in path[first:])


def read_lines(files: Sequence[Path]) -> Iterator[Line]:
    """The rows of the files, in order. Raises ScheduleError if a file is neither export, or is invalid."""
    for file in files:
        yield from _with_parents(file.name, _records(file))


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = read_content(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScheduleError(
            "The file is not UTF-8, as the Commission's export is. Export it again.", file.name
        ) from None
    return _from_json(file.name, text) if text.lstrip()[:1] in ("[", "{") else _from_csv(file.name, text)


def _from_csv(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [COLUMNS.get(each.strip(), each.strip()) for each in next(reader, [])]
        _check_fields(name, 1, header, dict(zip(COLUMNS.values(), COLUMNS, strict=True)))
        for cells in reader:
            if len(cells) != len(header):
                message = f"The row has {len(cells)} cells, the header {len(header)}. The file may be cut short."
                raise ScheduleError(message, name, reader.line_num)
            record: dict[str, Any] = dict(zip(header, cells, strict=True))
            record["units"] = _unit_list(record.get("units", ""))
            yield reader.line_num, record
    except csv.Error as error:
        raise ScheduleError(f"The file is not CSV: {error}.", name, reader.line_num) from None


def _unit_list(cell: str) -> list[str]:
    """The units in a cell of the CSV, which holds a list as JSON; any other text is one unit."""
    try:
        units = _loads(cell) if cell.strip() else []
    except (ValueError, json_text.TooDeep):
        return [cell]
    return units if isinstance(units, list) else [str(units)]


def _from_json(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        records = _loads(text)
    except json.JSONDecodeError as error:
        raise ScheduleError(f"The file cannot be read as JSON: {error.msg}.", name, error.lineno) from None
    except (json_text.TooDeep, ValueError) as error:  # a ValueError: an integer of more digits than Python converts
        raise ScheduleError(f"The file cannot be read as JSON: {error}.", name) from None
    if not isinstance(records, list) or not records:
        raise ScheduleError("The file is not a list of rows, as the Commission's export is.", name)
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise ScheduleError("The row is not an object.", name, number)
        _check_fields(name, number, list(record), {})
        yield number, record


def _loads(text: str) -> Any:
    json_text.check_depth(text)
    return json.loads(text)


def _check_fields(name: str, row: int, found: list[str], shown: dict[str, str]) -> None:
    for field in NEEDED:
        if field not in found:
            column = shown.get(field, field)
            missing = f"The column {in_quotes(column)} is missing"
            message = f"{missing}: this is not the Commission's export (CSV or JSON) of the schedule."
            raise ScheduleError(message, name, row, column)


def _with_parents(name: str, records: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[Line]:
    """The rows with the descriptions and rates of the rows above them."""
    stack: list[Line] = []
    for number, record in records:
        line = _line(name, number, record)
        while stack and stack[-1].indent >= line.indent:
            stack.pop()
        source = next((each for each in reversed(stack) if each.rated), None)
        needs = len(line.code) >= 8 and not line.rated and source is not None
        led = source is not None and source.code != "" and line.code.startswith(source.code)
        line = msgspec.structs.replace(
            line,
            above=tuple(each.description for each in stack),
            inherits=source if needs and not led else None,
        )
        stack.append(line)
        yield line


def _line(name: str, number: int, record: dict[str, Any]) -> Line:
    code = _clean_text(record["htsno"]).replace(".", "")
    if code and not (code.isascii() and code.isdigit() and len(code) in (4, 6, 8, 10)):
        raise ScheduleError(
            f"{in_quotes(record['htsno'])} is not a code of 4, 6, 8 or 10 digits.", name, number, "HTS Number"
        )
    try:
        indent = int(_clean_text(record["indent"]) or 0)
    except ValueError:
        raise ScheduleError(
            f"{in_quotes(record['indent'])} is not a depth of indentation.", name, number, "Indent"
        ) from None
    units = [unit.strip() for unit in record.get("units") or [] if unit and unit.strip()]
    notes = record.get("footnotes") or []
    return Line(
        file=name,
        row=number,
        code=code,
        indent=indent,
        description=re.sub(r"<[^>]*>", "", _clean_text(record["description"])),
        units=", ".join(units),
        general=_clean_text(record["general"]),
        special=_clean_text(record["special"]),
        other=_clean_text(record["other"]),
        additional=_clean_text(record.get("additionalDuties")),
        footnotes=tuple(_clean_text(note.get("value")) for note in notes if isinstance(note, dict)),
    )


def _clean_text(cell: Any) -> str:
    """A cell without line breaks; '' for null."""
    return " ".join(str(cell).split()) if cell is not None else ""
