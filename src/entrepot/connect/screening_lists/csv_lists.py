"""Lists as CSV: OFAC's SDN.CSV, which has no header, and a list of one's own with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final, TypeVar

from entrepot.connect.screening_lists.found import MAX_NAME, FoundList, bounded, invalid, names, texts
from entrepot.connect.screening_lists.xml_lists import years_of
from entrepot.cooperation.screening.entries import ORGANIZATION, OTHER, PERSON, PRIMARY, STRONG, WEAK, Entry

#: The columns of a list of one's own; only `id` and `name` are needed. Several values are separated by semicolons.
COLUMNS: Final = (
    "id",
    "name",
    "native_name",
    "alias",
    "weak_alias",
    "kind",
    "birth",
    "country",
    "identifier",
    "programme",
)
_OFAC_COLUMNS, _NOTHING = 12, "-0-"
_BIRTH: Final = re.compile(r"DOB ([^;.]+)")
_PASSPORT: Final = re.compile(r"(?:Passport|National ID No\.|Registration (?:ID|Number)|IMO) ([A-Z0-9-]{4,30})")
_ALIAS: Final = re.compile(r"a\.k\.a\. '([^']+)'")
_MAX_CELL: Final = 100_000
Row = TypeVar("Row")


def read_own(text: str) -> FoundList:
    r"""A list of one's own. Raises TradeError.

    >>> read_own("id,name,native_name\n7,Sok Dara,សុខ ដារា\n").entries[0].names[1].text
    'សុខ ដារា'
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip() for name in reader.fieldnames or ()]
    if not {"id", "name"} <= set(header) or set(header) - set(COLUMNS):
        raise invalid(f"its columns are not of {', '.join(COLUMNS)}")
    reader.fieldnames = header
    return FoundList(format="csv", version="", entries=bounded(_own_entries(reader)))


def _own_entries(reader: csv.DictReader[str]) -> Iterator[Entry]:
    for row in _rows(iter(reader)):
        several = {name: [each.strip() for each in (row.get(name) or "").split(";")] for name in COLUMNS}
        given = [(each, PRIMARY) for each in (*several["name"], *several["native_name"])]
        given += [(each, STRONG) for each in several["alias"]] + [(each, WEAK) for each in several["weak_alias"]]
        if not (row["id"] or "").strip() and any(text for text, _quality in given):
            raise invalid(f"line {reader.line_num} has a name without an id")
        kind = (row.get("kind") or PERSON).strip().casefold()
        if kind not in (PERSON, ORGANIZATION, OTHER):
            raise invalid(f"line {reader.line_num}: the kind is {PERSON}, {ORGANIZATION} or {OTHER}")
        yield Entry(
            id=(row["id"] or "").strip()[:60],
            kind=kind,
            names=names(given),
            births=texts(iter(several["birth"])),
            countries=texts(iter(several["country"])),
            identifiers=texts(iter(several["identifier"])),
            programme=(row.get("programme") or "").strip()[:80],
        )


def read_ofac_csv(text: str) -> FoundList:
    """OFAC's SDN.CSV or CONS_PRIM.CSV: number, name, kind, programme and remarks. Raises TradeError."""
    return FoundList(format="ofac-csv", version="", entries=bounded(_ofac_entries(text)))


def _ofac_entries(text: str) -> Iterator[Entry]:
    for row in _rows(csv.reader(io.StringIO(text, newline=""))):
        if len(row) < _OFAC_COLUMNS:
            continue  # the last line has only the character U+001A
        cells = ["" if each.strip() == _NOTHING else each.strip() for each in row]
        remarks = cells[11]
        kind = cells[2].casefold()
        yield Entry(
            id=cells[0],
            kind=PERSON if kind == "individual" else OTHER if kind in ("vessel", "aircraft") else ORGANIZATION,
            names=names([(cells[1], PRIMARY), *((each, STRONG) for each in _ALIAS.findall(remarks))]),
            births=texts(year for each in _BIRTH.findall(remarks) for year in years_of(each)),
            identifiers=texts(iter(_PASSPORT.findall(remarks))),
            programme=cells[3][:80],
        )


def _rows(reader: Iterator[Row]) -> Iterator[Row]:
    csv.field_size_limit(_MAX_CELL)
    try:
        yield from reader
    except csv.Error as error:
        raise invalid(str(error)[:MAX_NAME]) from None
