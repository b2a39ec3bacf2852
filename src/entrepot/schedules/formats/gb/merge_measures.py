"""Merge measures for the same goods and time into one row, and add rows for the time after a preference ends."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from entrepot.schedules.parsed import Row

Key = tuple[str, str, str, str]


def _key(row: Row) -> Key:
    return row.goods, row.treatment, row.origin, row.scope


def merge_rows(rows: Sequence[Row]) -> tuple[list[Row], list[tuple[str, str, str]]]:
    """Rows of which no two have one key at the same time, and what is not one rate: (treatment, text, why).

    Rows for a part of the line are only displayed: several of one time are merged into one that lists them all. Two
    rates for the whole line contradict each other: the line is refused with the text of both.

    >>> day = dt.date(2026, 1, 1)
    >>> two = [Row(goods="0809", treatment="mfn", rate=rate, since=day) for rate in ("free", "6 %")]
    >>> [row.rate for row in merge_rows(two)[0]]
    ['text:free; 6 %']
    """
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[_key(row)].append(row)
    found: list[Row] = []
    unread: list[tuple[str, str, str]] = []
    for group in groups.values():
        for run in _runs(group):
            if len(run) == 1:
                found.append(run[0])
                continue
            row = _merge(run)
            found.append(row)
            if row.rate.startswith("text:") and not row.scope:
                why = "Kept as text: the document has several rates of the whole line for the same days."
                unread.append((row.treatment, row.rate.removeprefix("text:"), why))
    return found, unread


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of one key, grouped so that those that overlap in time are together."""
    runs: list[list[Row]] = []
    end: dt.date | None = None
    for row in sorted(rows, key=lambda row: row.since or dt.date.min):
        if runs and (end is None or (row.since or dt.date.min) < end):
            runs[-1].append(row)
            end = None if end is None or row.until is None else max(end, row.until)
        else:
            runs.append([row])
            end = row.until
    return runs


def _merge(run: Sequence[Row]) -> Row:
    rates = list(dict.fromkeys(row.rate for row in run))
    texts = [rate.removeprefix("text:") for rate in rates]
    return Row(
        goods=run[0].goods,
        treatment=run[0].treatment,
        origin=run[0].origin,
        scope=run[0].scope,
        rate=rates[0] if len(rates) == 1 else "text:" + "; ".join(texts),
        since=run[0].since,
        until=None if any(row.until is None for row in run) else max(row.until for row in run if row.until),
        note=" | ".join(f"{row.rate}: {row.note}" for row in run),
    )


def unknown_after_end(rows: Sequence[Row]) -> list[Row]:
    """Rows of an unknown rate after the last day of each preference: the document does not state what applies then.

    A duty of MFN that ends needs no such row: without a row it is unknown anyway. A suspension that ends is over.
    """
    last: dict[Key, Row] = {}
    for row in rows:
        if row.treatment not in ("mfn", "provisional") and not row.scope:
            before = last.get(_key(row))
            if before is None or (before.since or dt.date.min) < (row.since or dt.date.min):
                last[_key(row)] = row
    note = "the document does not say what holds after this day"
    return [
        msgspec.structs.replace(row, rate="unknown", since=row.until, until=None, note=note)
        for row in last.values()
        if row.until
    ]


def ended_notes(rows: Iterable[Row], since: dt.date) -> list[str]:
    """The note about rows that had ended before the given day: a document has the measures of its own day.

    >>> row = Row(goods="0702", treatment="mfn", rate="8 %", until=dt.date(2021, 5, 15))
    >>> ended_notes([row], dt.date(2026, 7, 1)), ended_notes([row], dt.date(2021, 2, 1))
    (['Some measures had ended before 2026-07-01: are the documents of that day? See 0702.'], [])
    """
    codes = sorted({row.goods for row in rows if row.until and row.until <= since})
    says = f"Some measures had ended before {since}: are the documents of that day? See {' '.join(codes)}."
    return [says] if codes else []
