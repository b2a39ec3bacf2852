"""Read the rows of a CSV from WITS or TRAINS, by the meaning of their columns under any of their names."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from entrepot.model.errors import PackFault, ScheduleError, in_quotes
from entrepot.schedules.tables import read_content

#: Meaning -> names of the column in the bulk files, the advanced query and the API; only letters count, without case.
COLUMNS = {
    "nomen": ("nomencode", "selectednomen", "nativenomen"),
    "reporter": ("reporterison", "reporter", "reportercode"),
    "partner": ("partner", "partnercode", "partnerison"),
    "product": ("productcode", "product"),
    "year": ("year", "tariffyear", "timeperiod"),
    "duty": ("dutytype", "tarifftype"),
    "average": ("simpleaverage", "obsvalue"),
    "least": ("minrate", "minimumrate"),
    "most": ("maxrate", "maximumrate"),
    "lines": ("totalnooflines", "nbroftotallines"),
    "without": ("nbrnalines",),
    "estimated": ("nbravelines",),
    "at_mfn": ("nbrmfnlines",),
    "method": ("estcode",),
    "datatype": ("datatype",),
}
NEEDED = ("reporter", "product", "year")
FIGURES = ("average", "least", "most", "lines", "without", "estimated", "at_mfn")


class Line(msgspec.Struct, frozen=True):
    """A row of such a file: its location, its cells by meaning, and its figures."""

    file: str
    row: int
    cells: dict[str, str]
    figures: dict[str, Decimal | None]

    def figure(self, name: str) -> Decimal | None:
        """A figure; None if the file does not have it."""
        return self.figures.get(name)

    def words(self) -> str:
        """The figures as text for display."""
        said = [f"{name} {value}" for name, value in self.figures.items() if value is not None]
        return ", ".join(said) or "no figure"


def read_lines(path: Path, faults: list[PackFault]) -> list[Line]:
    """The rows of one file; what cannot be read is added to `faults`.

    Raises ScheduleError if it is not a file of WITS.
    """
    text = _text(path)
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    found: list[Line] = []
    try:
        names = [re.sub(r"[^a-z]", "", name.lower()) for name in next(reader, [])]
        places = {
            meaning: names.index(name)
            for meaning, known in COLUMNS.items()
            for name in reversed(known)
            if name in names
        }
        for meaning in NEEDED:
            if meaning not in places:
                known = ", ".join(COLUMNS[meaning])
                raise ScheduleError(
                    f"This is not a file of WITS: it lacks the {meaning} ({known}).", path.name, 1, meaning
                )
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(names):
                faults.append(
                    PackFault(path.name, reader.line_num, "", "This row has more or fewer cells than the header.")
                )
                continue
            said = {meaning: cells[place].strip() for meaning, place in places.items()}
            if line := _line(path.name, reader.line_num, said, faults):
                found.append(line)
    except csv.Error as error:
        faults.append(PackFault(path.name, reader.line_num, "", f"This is not CSV: {error}."))
    return found


def _text(path: Path) -> str:
    content = read_content(path)
    if content.startswith(b"PK"):
        raise ScheduleError("This is a ZIP archive. Unpack it and give the CSV files in it.", path.name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # only names of goods have other letters: they are not used


def _line(file: str, row: int, said: dict[str, str], faults: list[PackFault]) -> Line | None:
    figures: dict[str, Decimal | None] = {}
    before = len(faults)
    for name in FIGURES:
        try:
            figures[name] = Decimal(said[name]) if said.get(name) else None
        except InvalidOperation:
            faults.append(PackFault(file, row, name, f"{in_quotes(said[name])} is not a number."))
            continue
        if (value := figures[name]) is not None and not value.is_finite():
            faults.append(PackFault(file, row, name, f"{in_quotes(said[name])} is not a number."))
    if not re.fullmatch(r"(19|20)\d\d", said["year"]):
        faults.append(PackFault(file, row, "year", f"{in_quotes(said['year'])} is not a year."))
    return Line(file, row, said, figures) if len(faults) == before else None
