"""Read the tables of measures of the UK tariff that the Department for Business and Trade publishes as CSV.

`measures-as-defined` has a row for each measure with the code at which it was set, which it has for all codes below;
`measures-on-declarable-commodities` repeats it for each of them. Both have the same columns, and no VAT or excise.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from entrepot.model.errors import LawError, ScheduleError, in_quotes
from entrepot.schedules.formats.gb import measures as m
from entrepot.schedules.formats.gb.document import Area, Component, Condition
from entrepot.schedules.formats.gb.measure_rows import MeasureRow, lines_of, whole_schedule
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, ScheduleSource
from entrepot.schedules.partners import beneficiaries
from entrepot.schedules.tables import TableRow, check_whole, first_day, read_table

COLUMNS = {
    "code": ("commodity__code",),
    "name": ("commodity__description",),
    "kind": ("measure__type__id",),
    "kind_name": ("measure__type__description",),
    "additional": ("measure__additional_code__code",),
    "duty": ("measure__duty_expression",),
    "start": ("measure__effective_start_date",),
    "end": ("measure__effective_end_date",),
    "conditions": ("measure__conditions",),
    "area": ("measure__geographical_area__id",),
    "area_name": ("measure__geographical_area__description",),
    "excluded": ("measure__excluded_geographical_areas__ids",),
    "order": ("measure__quota__order_number",),
}
SOURCE = ScheduleSource(
    title="UK tariff, table of measures",
    authority="Department for Business and Trade",
    url="https://data.api.trade.gov.uk/v1/datasets/uk-tariff-2021-01-01",
)
#: The area of the European Union; and words of a group -> the treatment of the pack whose members it has.
EUROPEAN_UNION = "1013"
GROUPS = (*m.PROGRAMMES["gb"], (re.compile(r"CPTPP|trans-pacific", re.IGNORECASE), "cptpp"))
#: Conditions under which a duty is another: a price (V), or an action that applies an amount of its own.
_OWN_AMOUNT = re.compile(r"condition:V\b|action:0?1\b")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read a table of measures. Raises ScheduleError if it is another, or if a part of it is missing."""
    since = first_day(files, options)
    table = read_table(files, COLUMNS, "the table of measures of the UK tariff")
    rows = [(line.number, _row(line)) for line in table if line["kind"]]
    try:
        lines = lines_of(files[0].name, rows, options.pack, since, _groups((row for _, row in rows), since))
    except (LawError, ValueError) as error:
        raise ScheduleError(f"{error}.".replace("..", "."), files[0].name) from None
    check_whole((line.goods for line in lines), files[0].name)
    note = "VAT, excise and the volumes of quotas are not in this table."
    return whole_schedule(lines, options, since, SOURCE, (note,))


def _groups(rows: Iterable[MeasureRow], since: dt.date) -> dict[str, Area]:
    """The groups of countries that the pack knows, with their members."""
    known = beneficiaries("gb", since)
    named = {row.area: row.area_name for row in rows}
    found = {}
    for area, name in named.items():
        members = sorted(known["eu_gb"]) if area == EUROPEAN_UNION and "eu_gb" in known else []
        for words, treatment in GROUPS:
            if words.search(name) and not re.fullmatch(r"[A-Z]{2}", area):
                members = sorted(known.get(treatment, ()))
        if members:
            found[area] = Area(area, name, [Area(member) for member in members])
    return found


def _row(line: TableRow) -> MeasureRow:
    code = line["code"].zfill(10)
    if not re.fullmatch(r"\d{10}", code, re.ASCII):
        message = f"{in_quotes(line['code'])} is not a code of ten digits."
        raise ScheduleError(message, line.file, line.number, "commodity__code")
    said = line["conditions"]
    conditions = [Condition(document_code=name) for name in re.findall(r"certificate:(\w+)", said)]
    if _OWN_AMOUNT.search(said):
        conditions.append(Condition(measure_condition_components=[Component("01")]))
    return msgspec.structs.replace(
        MeasureRow.of(line, code),
        excluded=tuple(filter(None, re.split(r"[|,; ]+", line["excluded"]))),
        conditions=tuple(conditions),
        name=line["name"],
    )
