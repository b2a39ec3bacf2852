"""Tables of tariff measures, one in each row, as commodities whose duties are read from their printed text.

The table of the United Kingdom and the workbook of the European Union print a duty in two ways:
`8.00% + 20.00 GBP / 100 kg` and `8.000 % + 20.000 EUR DTN`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import msgspec

from entrepot.model.errors import in_quotes
from entrepot.schedules.formats.gb import measures as m
from entrepot.schedules.formats.gb.document import (
    Area,
    Code,
    Commodity,
    Component,
    Condition,
    Measure,
    MeasureType,
    PrintedDuty,
    Quota,
)
from entrepot.schedules.formats.gb.duty_grammar import PRINTED, SPELLINGS
from entrepot.schedules.formats.gb.rates import UNITS
from entrepot.schedules.formats.gb.reader import CommodityLine, uncharged_notes
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, ScheduleSource
from entrepot.schedules.partners import beneficiaries
from entrepot.schedules.tables import TableRow

#: Types of measures that are read; the others are taxes, controls and statistics.
READ_TYPES = frozenset({*m.DUTIES, *m.REMEDIES, *m.SUPPLEMENTARY})
#: How a part joins the parts before it, and how it does after a minimum or a maximum.
_JOINS = {"+": ("04", "20"), "-": ("02", ""), "MIN": ("15", "15"), "MAX": ("17", "17")}
#: Parts that depend on what the goods contain, and a duty of nothing.
_PARTS = {"EA": "12", "EAR": "14", "ADSZ": "21", "ADSZR": "25", "ADFM": "27", "ADFMR": "29", "NIHIL": "37"}
_CODES = {printed: code for code, unit in UNITS.items() for printed, name in PRINTED.items() if name == unit}
_TERM = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|(EUR|GBP) ?/? ?(.+))")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DATE = re.compile(r"(\d{2})[-/](\d{2})[-/](\d{4})")
#: A percentage and an agricultural component, which is at most a percentage and a duty on sugar or flour.
_COMPONENT = re.compile(r"text:(\d+(?:\.\d+)?) ?% ?\+ ?EAR?(?: MAX (\d+(?:\.\d+)?) ?% ?\+ ?AD(?:SZ|FM)R?)?")
#: The day before the first of the numbers that spreadsheets count days with.
_DAY_ZERO = dt.date(1899, 12, 30)


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table of measures: the code of ten digits, and the measure as the table writes it."""

    code: str
    kind: str
    kind_name: str
    area: str
    area_name: str
    duty: str
    start: str
    end: str = ""
    additional_code: str = ""
    order_number: str = ""
    excluded: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    name: str = ""

    @classmethod
    def of(cls, line: TableRow, code: str) -> MeasureRow:
        """The cells that every table of measures has, under a code of ten digits."""
        return cls(
            code=code,
            kind=line["kind"],
            kind_name=line["kind_name"],
            area=line["area"],
            area_name=line["area_name"],
            duty=line["duty"],
            start=line["start"],
            end=line["end"],
            additional_code=line["additional"],
            order_number=line["order"],
        )


@lru_cache(maxsize=16384)
def components_of(text: str) -> tuple[Component, ...]:
    """The parts of a printed duty. A part that cannot be read is a component of its own words.

    >>> [part.duty_expression_id for part in components_of("18.400 % MIN 22.000 EUR DTN MAX 24.000 EUR DTN")]
    ['01', '15', '17']
    >>> part = components_of("8.00% + 20.00 GBP / 100 kg")[1]
    >>> part.duty_amount, part.monetary_unit_code, part.measurement_unit_code
    (Decimal('20.00'), 'GBP', 'DTN')
    """
    plain = _THOUSANDS.sub("", text).replace("+", " + ")
    first, *others = re.split(r" (\+|-|MIN|MAX) ", " ".join(plain.split()))
    parts, bounded = [_component(first, "01")], False
    for sign, words in zip(others[::2], others[1::2], strict=True):
        parts.append(_component(words, _JOINS[sign][bounded]))
        bounded = bounded or sign in ("MIN", "MAX")
    return tuple(parts)


def _component(words: str, how: str) -> Component:
    found = _TERM.fullmatch(words)
    if found is None or not how:
        return Component(_PARTS.get(words, words))
    amount = Decimal(found[1])
    if found[2] is None:
        return Component(how, amount)
    unit = _unit(found[3])
    if unit is None:
        return Component(words)
    return Component(how, amount, found[2], *unit)


def _unit(words: str) -> tuple[str, str] | None:
    """The code of a unit and its qualifier: of `100 kg`, `DTN` or `ASV X`."""
    printed = SPELLINGS.get(re.sub(r"\s", "", words), words)
    if printed in _CODES:
        return _CODES[printed]
    code = re.fullmatch(r"([A-Z]{3}) ?([A-Z]?)", words)
    return (code[1], code[2]) if code else None


def day_in(text: str) -> dt.date | None:
    """The day of a cell: as written, or as the number of a spreadsheet; None if the cell is empty.

    >>> day_in("01-07-2024"), day_in("2021-01-01"), day_in("45474"), day_in("")
    (datetime.date(2024, 7, 1), datetime.date(2021, 1, 1), datetime.date(2024, 7, 1), None)
    """
    text = text.strip()
    if not text:
        return None
    try:
        if found := _DATE.fullmatch(text):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        if re.fullmatch(r"\d{4,6}", text):
            return _DAY_ZERO + dt.timedelta(days=int(text))
        return dt.date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        raise ValueError(f"{in_quotes(text)} is not a date") from None


def lowest_rate(rate: str) -> str:
    """The lowest rate of a text with an agricultural component, which is never negative; other rates as they are.

    >>> lowest_rate("text:9.000 % + EA MAX 18.700 % +ADSZ"), lowest_rate("text:0.000 % + EA"), lowest_rate("text:EA")
    ('from 9 %', 'from free', 'text:EA')
    """
    found = _COMPONENT.fullmatch(rate)
    if found is None or (found[2] and Decimal(found[2]) < Decimal(found[1])):
        return rate
    percent = Decimal(found[1])
    return f"from {percent.normalize():f} %" if percent else "from free"


def measure_of(number: int, row: MeasureRow, groups: Mapping[str, Area]) -> Measure:
    """The measure in a row. Raises ValueError if a date cannot be read."""
    start, end = day_in(row.start), day_in(row.end)
    if start is None or (end is not None and end < start):
        raise ValueError(f"the measure begins on {in_quotes(row.start)} and ends on {in_quotes(row.end)}")
    depends = row.duty.startswith("Cond")
    parts = () if depends else components_of(row.duty) if row.duty else ()
    condition = Condition(measure_condition_components=[Component("01")])
    area = groups.get(row.area, Area(row.area, row.area_name))
    return Measure(
        id=number,
        measure_type=MeasureType(row.kind, row.kind_name),
        geographical_area=area,
        effective_start_date=start.isoformat(),
        effective_end_date=end.isoformat() if end else None,
        duty_expression=PrintedDuty(row.duty),
        measure_components=list(parts),
        measure_conditions=[*row.conditions, condition] if depends else list(row.conditions),
        excluded_countries=[groups.get(name, Area(name)) for name in row.excluded],
        additional_code=Code(row.additional_code) if row.additional_code else None,
        order_number=Quota(row.order_number) if row.order_number else None,
    )


def lines_of(
    file: str, rows: Iterable[tuple[int, MeasureRow]], pack: str, since: dt.date, groups: Mapping[str, Area]
) -> list[CommodityLine]:
    """The lines of a table, each with its measures. Raises ValueError, or LawError if there is no law for the day."""
    known = beneficiaries(pack, since)
    measures: dict[str, list[Measure]] = {}
    names: dict[str, str] = {}
    for number, row in rows:
        # A measure without a duty, and without a condition that sets one, is a control.
        sets = row.duty or row.kind in m.SUPPLEMENTARY or any(c.measure_condition_components for c in row.conditions)
        if row.kind in READ_TYPES and sets:
            try:
                measures.setdefault(row.code, []).append(measure_of(number, row, groups))
            except ValueError as error:
                raise ValueError(f"{error} (row {number})") from None
            names.setdefault(row.code, row.name)
    return [_line(file, code, names[code], found, pack, known) for code, found in measures.items()]


def _line(
    file: str, code: str, name: str, found: list[Measure], pack: str, known: Mapping[str, frozenset[str]]
) -> CommodityLine:
    """A line whose unread cells name the row of the table, and not the place of the measure in its commodity."""
    line = CommodityLine(file, Commodity(code, found, description_plain=name), pack, known)
    numbers = [0, *(int(measure.id) for measure in found)]
    for cells in (line.unread, line.not_in_pack):
        cells[:] = [msgspec.structs.replace(cell, row=numbers[cell.row]) for cell in cells]
    return line


def whole_schedule(
    lines: Sequence[CommodityLine],
    options: ReadOptions,
    since: dt.date,
    source: ScheduleSource,
    notes: Iterable[str],
) -> ParsedSchedule:
    """The schedule of the lines of a whole tariff: what has no row there has no such rate."""
    rows = [msgspec.structs.replace(row, rate=lowest_rate(row.rate)) for line in lines for row in line.rows]
    incomplete = set[str]().union(*(line.incomplete_treatments() for line in lines))
    found = {row.treatment for row in rows} - incomplete - {"mfn", "provisional"}
    left_out = [each for line in lines for each in line.not_in_pack]
    counted = [f"{len(left_out)} measures have no place in the pack {options.pack} and are left out."]
    return ParsedSchedule(
        pack=options.pack,
        id=options.id or f"{since}",
        source=source,
        trust="official",
        since=since,
        until=options.until,
        treatments=("mfn", "provisional", *sorted(found)),
        rows=rows,
        names={line.goods: {"en": line.name} for line in lines if line.name},
        units={line.goods: line.unit for line in lines if line.unit},
        extras=[extra for line in lines for extra in line.extras],
        unread=[each for line in lines for each in line.unread],
        not_in_pack=left_out,
        cells=sum(line.cells for line in lines),
        notes=(*notes, *uncharged_notes(lines, options.pack, since), *(counted if left_out else ())),
    )
