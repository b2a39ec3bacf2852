"""The rates of a code over time: by treatment, as a list of periods and as a step chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from entrepot.language.translate import LABELS, label, pack_text
from entrepot.law.compiled import Law
from entrepot.law.read import Pack, Row
from entrepot.web.pages.citations import period

#: Width and height of the chart, and the margin above and below its line, in units of the drawing.
WIDTH, HEIGHT, MARGIN = 600, 60, 6
#: Histories that one page shows at most.
MAX_HISTORIES = 40
#: The rates without a preference, in the order in which they are listed.
NORMAL = ("mfn", "provisional", "general")


@dataclass(slots=True)
class History:
    """The rate of a code under one treatment over time. `lines`: the points of the chart; empty without percentages."""

    title: str
    spells: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    today: str = ""
    says: str = ""


def rate_histories(pack: Pack, law: Law, code: str, on: dt.date) -> list[History]:
    """The rates of a code over time, the MFN and the other normal rates first, then the preferences by id."""
    rows_of: dict[tuple[str, ...], list[Row]] = {}
    for row in pack.tables.get("tariff", ()):
        goods = str(row["goods"] or "")
        if goods == "*" or code.startswith(goods):
            name = tuple(_text(row[each]) for each in ("treatment", "origin", "season", "scope"))
            rows_of.setdefault(name, []).append(row)
    titles = {each.id: each.title for each in law.treatments}
    ordered = sorted(rows_of.items(), key=lambda each: (treatment_order(each[0][0]), each[0]))
    return [_history(_title(name, titles), _nearest(rows), on) for name, rows in ordered[:MAX_HISTORIES]]


def treatment_order(treatment: str) -> int:
    """The place of a treatment in lists of rates: MFN first, then the other normal rates, then preferences."""
    return NORMAL.index(treatment) if treatment in NORMAL else len(NORMAL)


def _title(name: tuple[str, ...], titles: dict[str, str]) -> str:
    treatment, *details = name
    title = pack_text(titles.get(treatment, LABELS.get(treatment, treatment)))
    return " · ".join(filter(None, (title, *details)))


def _nearest(rows: list[Row]) -> list[Row]:
    """The rows that apply: those of the longest code, sorted by their first day; broader codes come second."""
    longest = max(len(str(row["goods"]).strip("*")) for row in rows)
    return sorted((row for row in rows if len(str(row["goods"]).strip("*")) == longest), key=lambda row: row["since"])


def _history(title: str, rows: list[Row], on: dt.date) -> History:
    history = History(title)
    for row in rows:
        since, until = row["since"], row["until"]
        history.spells.append(
            {
                "rate": label(row["rate"].text),
                "dates": period(since.isoformat(), until.isoformat() if until else None),
                "trust": row["trust"],
                "now": since <= on and (until is None or on < until),
                "where": row.where,
            }
        )
    _draw(history, rows, on)
    return history


def _draw(history: History, rows: list[Row], on: dt.date) -> None:
    """Adds the line of the percentages; it breaks where there is no rate or it is not a percentage."""
    known = [row for row in rows if row["rate"].kind in ("share", "free")]
    if not known:
        return
    first = rows[0]["since"]
    last = max([on, *(row["until"] or on for row in rows)]) + dt.timedelta(days=90)
    maximum = max(_percent(row) for row in known) or 1.0

    def x(day: dt.date) -> str:
        return f"{(day - first).days / max((last - first).days, 1) * WIDTH:.1f}"

    points: list[str] = []
    before: dt.date | None = None
    for row in known:
        if points and before != row["since"]:
            history.lines.append(" ".join(points))
            points = []
        y = f"{HEIGHT - MARGIN - _percent(row) / maximum * (HEIGHT - 2 * MARGIN):.1f}"
        points += [f"{x(row['since'])},{y}", f"{x(row['until'] or last)},{y}"]
        before = row["until"]
    history.lines.append(" ".join(points))
    history.today = x(on) if first <= on else ""
    history.says = ", ".join(f"{each['dates']}: {each['rate']}" for each in history.spells)


def _percent(row: Row) -> float:
    """The percentage as a float, for drawing only; no amount is calculated from it."""
    rate = row["rate"]
    return 0.0 if rate.kind == "free" else float(100 * rate.num / rate.den)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return " ".join(map(str, value))
    return str(getattr(value, "text", value))
