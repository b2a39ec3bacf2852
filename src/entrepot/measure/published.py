"""Published statistics that a user adds, and rankings of economies by them. Definition and vintage go with each figure.

What could be delivered over networks (`deliverable`) and what was (`delivered`) are two statistics: never one series.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from entrepot.language.translate import N_
from entrepot.model.errors import TradeError, nearest

DELIVERABLE, DELIVERED = DEFINITIONS = ("deliverable", "delivered")
#: What the definitions mean, beside each ranking and chart.
MEANINGS: Mapping[str, str] = {
    DELIVERABLE: N_(
        "Services of families that could be delivered over computer networks, however they were delivered."
    ),
    DELIVERED: N_("Services that were delivered over computer networks."),
}
EXPORTS, IMPORTS, BOTH = RANKED = ("exports", "imports", "both")
#: The columns that a file needs; others are ignored.
COLUMNS = ("area", "indicator", "unit", "year", "value")
#: Indicators whose definition and flow are known.
INDICATORS: Mapping[str, tuple[str, str]] = {
    "UNCTAD_DE_DIG_SERVTRADE_ANN_EXP": (DELIVERABLE, EXPORTS),
    "UNCTAD_DE_DIG_SERVTRADE_ANN_IMP": (DELIVERABLE, IMPORTS),
}
MAX_ROWS = 1_000_000
#: Digits of a value before its point at most.
_MAX_DIGITS = 30


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A published value, as text in units of `Published.unit`; "" where the file has none: unknown, not zero."""

    area: str
    flow: str
    year: int
    value: str


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A file of published statistics. `vintage`: when it was published, as the user states it; `left_out`: aggregates.

    `areas`: by three letters, as in the file.
    """

    id: str
    title: str
    definition: str
    publisher: str
    vintage: str
    unit: str
    multiplier: int
    sha256: str
    points: tuple[Point, ...]
    left_out: tuple[str, ...] = ()
    format: int = 1

    def years(self) -> list[int]:
        """The years that have a value."""
        return sorted({each.year for each in self.points if each.value})


class Place(NamedTuple):
    """A place of a ranking. `value`: in units of the file."""

    rank: int
    area: str
    value: Decimal


class Ranking(NamedTuple):
    """Economies by what they traded in a year. `missing`: those of the file without a value, which may be anywhere."""

    source: Published
    year: int
    flow: str
    places: tuple[Place, ...]
    missing: tuple[str, ...]

    def of(self, area: str) -> Place | None:
        """The place of an economy; None where it has no value."""
        return next((each for each in self.places if each.area == area), None)


def read(lines: Iterable[str], economies: Mapping[str, str], name: str, **about: str) -> Published:
    """Read a file of statistics: CSV with the columns of UNCTAD's, as the World Bank's Data360 has it.

    `economies`: by three letters; other areas are aggregates and are left out. `about`: `id`, `title`, `publisher`,
    `vintage`, `sha256`, and `definition` where the indicators are not known. Raises TradeError.
    """
    table = _table(lines, name)
    points, left_out, units = [], set(), set()
    definitions = set()
    for number, row in _rows(table, name):
        if number > MAX_ROWS:
            raise _wrong(name, number, "value", "", "fewer rows")
        definition, flow = _indicator(name, number, row, about.get("definition", ""))
        definitions.add(definition)
        if row["area"] not in economies:
            left_out.add(row["area"])
            continue
        units.add((row["unit"], row.get("unit_mult") or "0"))
        points.append(Point(row["area"], flow, _year(name, number, row["year"]), _value(name, number, row["value"])))
    if len(definitions) > 1 or len(units) > 1 or not points:
        found = ", ".join(sorted([*definitions, *(" ".join(each) for each in units)])) or "-"
        raise TradeError(
            "statistics_mixed",
            "{file} must have one definition and one unit, and at least one economy. It has: {found}.",
            "FILE",
            file=name,
            found=found,
        )
    _check_once(name, points)
    unit, multiplier = units.pop()
    if not (multiplier.isascii() and multiplier.isdigit() and int(multiplier) <= 12):
        raise _wrong(name, 2, "unit_mult", multiplier, "0 to 12")
    return Published(
        id=about["id"],
        title=about["title"],
        definition=definitions.pop(),
        publisher=about["publisher"],
        vintage=about["vintage"],
        unit=unit,
        multiplier=int(multiplier),
        sha256=about["sha256"],
        points=tuple(points),
        left_out=tuple(sorted(left_out)),
    )


def _rows(table: csv.DictReader[str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their numbers. Raises TradeError for one that has more values than columns."""
    for number, row in enumerate(table, 2):
        if None in row:
            raise TradeError(
                "statistics_invalid",
                "{file}, row {row}: there are more values than columns. "
                "A value with a comma stands in quotation marks.",
                "FILE",
                file=name,
                row=str(number),
            )
        yield number, row


def _table(lines: Iterable[str], name: str) -> csv.DictReader[str]:
    """The rows of a file whose columns are those that are needed. Raises TradeError."""
    table = csv.DictReader(lines, restval="")
    header = [column.strip().lstrip("\ufeff") for column in table.fieldnames or ()]
    table.fieldnames = header
    for column in COLUMNS:
        if column not in header:
            raise TradeError(
                "columns_changed",
                "{file} has no column {column!r}. Its columns are: {columns}. Needed are: {needed}.",
                "FILE",
                nearest(column, header),
                file=name,
                column=column,
                columns=", ".join(header[:20]) or "-",
                needed=", ".join(COLUMNS),
            )
    return table


def _check_once(name: str, points: Sequence[Point]) -> None:
    seen = set()
    for each in points:
        key = (each.area, each.flow, each.year)
        if key in seen:
            raise TradeError(
                "statistics_twice",
                "{file} has two values of {area} for {flow} in {year}.",
                "FILE",
                file=name,
                area=each.area,
                flow=each.flow,
                year=str(each.year),
            )
        seen.add(key)


def _indicator(name: str, number: int, row: Mapping[str, str], definition: str) -> tuple[str, str]:
    known = INDICATORS.get(row["indicator"])
    if known is not None:
        return known
    flow = row["indicator"].lower()
    if definition in DEFINITIONS and flow in (EXPORTS, IMPORTS):
        return definition, flow
    if flow in (EXPORTS, IMPORTS):
        raise TradeError(
            "missing", "Give {option}: it stands beside each figure.", "--definition", option="--definition"
        )
    raise _wrong(name, number, "indicator", row["indicator"], ", ".join((*INDICATORS, EXPORTS, IMPORTS)))


def _year(name: str, number: int, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise _wrong(name, number, "year", text, "2023")
    return int(text)


def _value(name: str, number: int, text: str) -> str:
    try:
        found = Decimal(text) if text else None
    except InvalidOperation:
        raise _wrong(name, number, "value", text, "123.4") from None
    if found is not None and (not found.is_finite() or found.adjusted() > _MAX_DIGITS):
        raise _wrong(name, number, "value", text, "123.4")
    return "" if found is None else format(found, "f")


def _wrong(name: str, number: int, column: str, value: str, known: str) -> TradeError:
    return TradeError(
        "statistics_invalid",
        "{file}, row {row}: {value!r} is not a value of {column}. Known: {known}.",
        "FILE",
        file=name,
        row=str(number),
        column=column,
        value=value[:40],
        known=known,
    )


def ranking(source: Published, year: int, flow: str = EXPORTS) -> Ranking:
    """The economies by exports, imports or the sum of both. Raises TradeError for a year without values.

    Of the sum, an economy counts only if both are known.
    """
    _check_years(source, (year,))
    places = _places((each for each in source.points if each.year == year), flow)
    areas = {each.area for each in source.points}
    return Ranking(source, year, flow, places, tuple(sorted(areas - {each.area for each in places})))


def _check_years(source: Published, years: Sequence[int]) -> None:
    known = source.years()
    for year in years:
        if year not in known:
            raise TradeError(
                "year_unknown",
                "{title} has no values for {year}. It has: {years}.",
                "year",
                title=source.title,
                year=str(year),
                years=", ".join(map(str, known)) or "-",
            )


def _places(points: Iterable[Point], flow: str) -> tuple[Place, ...]:
    """The places by the values of one year."""
    flows = (EXPORTS, IMPORTS) if flow == BOTH else (flow,)
    values: dict[str, list[Decimal | None]] = {}
    for each in points:
        if each.flow in flows:
            values.setdefault(each.area, []).append(Decimal(each.value) if each.value else None)
    known = {
        area: sum((each for each in found if each is not None), Decimal(0))
        for area, found in values.items()
        if len(found) == len(flows) and None not in found
    }
    places: list[Place] = []
    rank = 0
    for at, (area, value) in enumerate(sorted(known.items(), key=lambda each: (-each[1], each[0])), 1):
        # Equal values share a place.
        rank = rank if places and places[-1].value == value else at
        places.append(Place(rank, area, value))
    return tuple(places)


class Claim(NamedTuple):
    """Whether an economy is among the first so many, by year and flow. `holds`: None where its value is not known."""

    area: str
    first: int
    answers: tuple[tuple[int, str, Place | None, bool | None], ...]


def check_claim(source: Published, area: str, first: int, years: Sequence[int] = ()) -> Claim:
    """Check that an economy is among the first so many, in each year and by each flow. Raises TradeError."""
    _check_years(source, years)
    by_year: dict[int, list[Point]] = {}
    for each in source.points:
        by_year.setdefault(each.year, []).append(each)
    answers = []
    for year in years or source.years():
        for flow in RANKED:
            place = next((each for each in _places(by_year[year], flow) if each.area == area), None)
            answers.append((year, flow, place, None if place is None else place.rank <= first))
    if not any(each.area == area for each in source.points):
        raise TradeError("area_unknown", "{title} has no economy {area!r}.", "area", title=source.title, area=area[:40])
    return Claim(area, first, tuple(answers))
