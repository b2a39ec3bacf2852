"""A sheet: what a paper shows, box by box, and what is left to be filled in by whom. It is the same in every form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from entrepot.trade.papers.paper import Paper, PaperLine, Party

#: The name of a country in a language: `names("VN", "en")`.
Names = Callable[[str, str], str]
#: Who fills in a box that is blank, as printed.
EXPORTER, IMPORTER, CARRIER, PRODUCER = "the exporter", "the importer", "the carrier", "the producer"
AUTHORITY, CUSTOMS = "the issuing authority", "the customs of the importing party"
#: Usual units of UN/ECE Recommendation 20 and packages of Recommendation 21, as printed.
UNITS = {
    "H87": "pcs", "C62": "pcs", "KGM": "kg", "LTR": "l", "PR": "pairs", "BG": "bags", "BX": "boxes", "CT": "cartons",
    "PK": "packs", "BO": "bottles", "MTR": "m", "MTK": "m²", "GRM": "g", "TNE": "t", "SET": "sets",
}  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(\d{2})")
#: Who fills in what no paper of a node can have.
OF_AUTHORITIES = frozenset({AUTHORITY, CUSTOMS})


class Box(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A box. `by`: who fills it in where `value` is empty; "": it may stay empty. `language`: of the value."""

    key: str
    label: str
    value: str = ""
    by: str = ""
    language: str = ""
    wide: bool = False

    @property
    def missing(self) -> bool:
        """Whether somebody has to fill it in."""
        return not self.value and bool(self.by)


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column of the lines. `by`: who fills in a cell that is empty."""

    key: str
    label: str
    by: str = ""
    number: bool = False


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper lacks. `by`: who fills it in; `line`: of the lines, 0 for the paper itself."""

    key: str
    label: str
    by: str
    line: int = 0


class Sheet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a paper shows.

    `lines`: the number of the line of the order that each row is of; `language`: of its labels; `mark`: what stands on
    every page of a draft.
    """

    title: str
    number: str
    date: str
    boxes: tuple[Box, ...]
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[int, ...] = ()
    totals: tuple[Box, ...] = ()
    statements: tuple[str, ...] = ()
    signatures: tuple[Box, ...] = ()
    mark: str = ""
    language: str = "en"

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What somebody has to fill in, in the order in which it is printed."""
        boxes = (*self.boxes, *self.totals, *self.signatures)
        found = [Gap(key=each.key, label=each.label, by=each.by) for each in boxes if each.missing]
        for line, row in zip(self.lines, self.rows, strict=True):
            found += [
                Gap(key=column.key, label=column.label, by=column.by, line=line)
                for column, value in zip(self.columns, row, strict=True)
                if not value and column.by
            ]
        return tuple(found)


class Cell(NamedTuple):
    """How a column is filled."""

    column: Column
    value: Callable[[PaperLine], str]


def written_day(text: str, language: str = "en") -> str:
    """A day as documents in a language write it, with the month in words or its sign; another text is left as it is.

    A reader of another country takes 03/02/2026 for either of two days; the files for programs have the ISO form.

    >>> written_day("2026-03-01"), written_day("2026-03-01", "zh"), written_day("12 months")
    ('1 March 2026', '2026年3月1日', '12 months')
    """
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    year, month, day = map(int, found.groups())
    return f"{year}年{month}月{day}日" if language == "zh" else f"{day} {MONTHS[month - 1]} {year}"


def party_text(party: Party, names: Names, language: str = "en") -> str:
    """Somebody as in a box: name, address, country, telephone, each on a line of its own."""
    country = names(party.country, language) if party.country else ""
    return "\n".join(each for each in (party.name, party.address, country, party.telephone, party.registration) if each)


def party_box(key: str, label: str, party: Party, names: Names, by: str = EXPORTER) -> tuple[Box, ...]:
    """The box of somebody, and one for each part of it that is missing: a name and an address are not left out."""
    found = [Box(key=key, label=label, value=party_text(party, names), by="" if party.name else by)]
    if party.name and not party.address and by:
        found.append(Box(key=f"{key}_address", label=f"{label}: address", by=by))
    return tuple(found)


def numbers_of(lines: Iterable[PaperLine]) -> tuple[int, ...]:
    """The numbers of the lines, in the order of their rows."""
    return tuple(each.number for each in lines)


def filled(cells: Sequence[Cell], lines: Iterable[PaperLine]) -> tuple[tuple[str, ...], ...]:
    """The rows of the lines."""
    return tuple(tuple(cell.value(line) for cell in cells) for line in lines)


def titles_of(titles: Mapping[str, str], but: str) -> str:
    """The titles in other languages than the one that is printed first."""
    return " · ".join(dict.fromkeys(text for text in titles.values() if text != but))


def described(line: PaperLine) -> str:
    """The goods of a line in words: the description, its other languages below it, and the specification."""
    first = line.description
    others = titles_of(line.goods.titles, first)
    parts = (first, others, line.goods.specification if line.goods.specification not in (first, others) else "")
    return "\n".join(each for each in parts if each)


def country(code: str, names: Names, language: str = "en") -> str:
    """A country by its name; "" where none is known."""
    return names(code, language) if code else ""


def origins_text(paper: Paper, names: Names) -> str:
    """The countries of origin of a paper."""
    return ", ".join(names(each, "en") for each in paper.origins)


def packages_text(paper: Paper) -> str:
    """The number and the kind of the packages; "" where the number is not known."""
    count = paper.packages
    return f"{count} {paper.details.get('package_kind', '')}".strip() if count else ""


def invoice_text(paper: Paper) -> str:
    """The number and the day of the invoice of a paper."""
    found = paper.invoice
    return " · ".join(each for each in (found.number, written_day(found.date)) if each) if found else ""


def quantity_text(line: PaperLine) -> str:
    """The pieces of a line, with their unit in words where it is a usual one."""
    return f"{line.quantity} {UNITS.get(line.goods.unit, line.goods.unit)}"


def line_text(line: PaperLine, *names: str) -> str:
    """What was given for a line, or is known of its goods, under the first of these names."""
    for name in names:
        found = line.more.get(name) or line.goods.registrations.get(name, "")
        if found:
            return found
    return ""
