"""The result of a comparison: groups, totals, changed options, rows that were not compared, and the laws used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from entrepot.batch.compare.row_pairs import AFTER, COUNTS, FIGURES, KEYS, WAY_KEYS
from entrepot.batch.compare.totals import ZERO, Sum, Tally, percent_of
from entrepot.law.compiled import Law

#: Wide enough for the sum of any number of rows.
SUM_TYPE = pa.decimal128(38, 3)
PERCENT_TYPE = pa.decimal128(38, 2)
#: The notes on a comparison, by code.
NOTES: Mapping[str, str] = {
    "static": "Static comparison: the same sales at the same prices, without changes in behaviour.",
    "nowhere": "No row is affected by the overlay {id}: it changes the pack {pack}.",
    "not_in_force": "On the dates of these rows, the overlay {id} does not change the law of the pack {pack}.",
    "at_least": "Some figures are minimums: a charge of these sales is unknown, before or after.",
}


class OverlayInfo(NamedTuple):
    """An overlay: its id, the pack that it changes, and its title."""

    id: str
    pack: str
    title: str


@dataclass(slots=True)
class UsedLaws:
    """The laws that a table was quoted with: the hashes of each pack, and the first and the last day."""

    hashes: dict[str, set[str]] = field(default_factory=dict)
    days: tuple[dt.date, dt.date] | None = None

    def record(self, law: Law, day: dt.date) -> None:
        """Add a law that was requested for a day."""
        self.hashes.setdefault(law.pack, set()).add(law.hash)
        first, last = self.days or (day, day)
        self.days = min(first, day), max(last, day)


@dataclass(slots=True)
class Comparison:
    """A table under the current law and under the law with overlays. `by`: the keys that it is grouped by."""

    by: tuple[str, ...]
    overlays: tuple[OverlayInfo, ...]
    decimals: Mapping[str, int]
    before: UsedLaws = field(default_factory=UsedLaws)
    after: UsedLaws = field(default_factory=UsedLaws)
    groups: Tally = field(init=False)
    totals: Tally = field(default_factory=lambda: Tally(["out_currency"]))
    moves: Tally = field(default_factory=lambda: Tally(["out_currency", *WAY_KEYS]))
    not_compared: Tally = field(default_factory=lambda: Tally(["fault", "fault_after"]))

    def __post_init__(self) -> None:
        self.groups = Tally([*self.keys(), "out_currency"])

    def keys(self) -> list[str]:
        """The columns that it is grouped by."""
        return [column for name in self.by for column in KEYS[name]]

    def count(self, name: str) -> int:
        """The number of rows that are `rows`, `compared`, `became_refused` … (see `row_pairs.COUNTS`)."""
        return sum(sums.counts[name] for sums in self.totals.groups.values())

    def consignments(self) -> int:
        """The number of sales."""
        return sum(sums.consignments for sums in self.totals.groups.values())

    def notes(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Codes of NOTES that apply, each with the values of its sentence."""
        yield "static", {}
        for overlays in self.overlays if self.count("rows") else ():
            values = {"id": overlays.id, "pack": overlays.pack}
            if overlays.pack not in self.before.hashes:
                yield "nowhere", values
            elif self.before.hashes[overlays.pack] == self.after.hashes.get(overlays.pack):
                yield "not_in_force", values
        if self.count("at_least"):
            yield "at_least", {}

    def table(self) -> pa.Table:
        """The totals of each currency, then the groups, the largest change of each currency first."""
        rows = [_table_row("total", key, sums) for key, sums in self.totals.ranked()]
        rows += [_table_row("group", key, sums) for key, sums in self.groups.ranked()]
        schema = schema_of(self.keys())
        columns = [pa.array([row.get(each.name) for row in rows], each.type) for each in schema]
        messages = {code: NOTES[code].format(**values) for code, values in self.notes()}
        return pa.Table.from_arrays(
            columns, schema=schema.with_metadata({"entrepot.notes": "\n".join(messages.values())})
        )

    def laws(self) -> list[dict[str, Any]]:
        """The hashes of the laws of each pack, before and after."""
        packs = sorted({*self.before.hashes, *self.after.hashes})
        sides = {"before": self.before.hashes, "after": self.after.hashes}
        return [
            {"pack": pack, **{side: sorted(hashes.get(pack, ())) for side, hashes in sides.items()}} for pack in packs
        ]

    def body(self) -> dict[str, Any]:
        """The comparison as JSON: amounts as text with the decimals of their currency."""
        first, last = self.before.days or self.after.days or (None, None)
        not_compared = [{**key, "rows": sums.counts["rows"]} for key, sums in self.not_compared.ranked()]
        return {
            "object": "comparison",
            "overlays": [overlays._asdict() for overlays in self.overlays],
            "by": list(self.by),
            "days": None if first is None else {"first": str(first), "last": str(last)},
            "laws": self.laws(),
            "rows": self.count("rows"),
            "consignments": self.consignments(),
            "compared_percent": _percent_text(percent_of(Decimal(self.count("compared")), Decimal(self.count("rows")))),
            "not_compared": not_compared,
            "totals": self._tally_json(self.totals),
            "moves": self._tally_json(self.moves),
            "groups": self._tally_json(self.groups),
            "notes": [{"code": code, "message": NOTES[code].format(**values)} for code, values in self.notes()],
        }

    def _tally_json(self, tally: Tally) -> list[dict[str, Any]]:
        found = []
        for key, sums in tally.ranked():
            row: dict[str, Any] = {**key, "consignments": sums.consignments, **sums.counts}
            for figure in FIGURES:
                row[figure] = {
                    "before": self.amount_text(sums.amounts[figure], key["out_currency"]),
                    "after": self.amount_text(sums.amounts[figure + AFTER], key["out_currency"]),
                    "change": self.amount_text(sums.change(figure), key["out_currency"]),
                    "percent": _percent_text(sums.percent(figure)),
                }
            found.append(row)
        return found

    def amount_text(self, amount: Decimal, currency: str | None) -> str | None:
        """An amount as text with the decimals of its currency; None if no row has a currency."""
        if currency is None:
            return None
        return (
            f"{amount:.{self.decimals.get(currency, 3)}f}" if amount else f"{ZERO:.{self.decimals.get(currency, 3)}f}"
        )


def schema_of(keys: Sequence[str]) -> pa.Schema:
    """The columns of the table: `level` (`total`, `group`), the keys, the counts, and each figure twice."""
    columns: list[tuple[str, Any]] = [(name, pa.string()) for name in ("level", *keys, "out_currency")]
    columns += [(name, pa.int64()) for name in ("rows", "consignments", *COUNTS[1:])]
    columns.append(("compared_percent", PERCENT_TYPE))
    for figure in FIGURES:
        columns += [
            (figure, SUM_TYPE),
            (figure + AFTER, SUM_TYPE),
            (f"{figure}_change", SUM_TYPE),
            (f"{figure}_percent", PERCENT_TYPE),
        ]
    return pa.schema(columns)


def _table_row(level: str, key: Mapping[str, str | None], sums: Sum) -> dict[str, Any]:
    row: dict[str, Any] = {"level": level, **key, "consignments": sums.consignments, **sums.counts}
    row["compared_percent"] = percent_of(Decimal(sums.counts["compared"]), Decimal(sums.counts["rows"]))
    if sums.counts["compared"]:  # without compared rows the sums are null, not zero
        for figure in FIGURES:
            row |= {figure: sums.amounts[figure], figure + AFTER: sums.amounts[figure + AFTER]}
            row |= {f"{figure}_change": sums.change(figure), f"{figure}_percent": sums.percent(figure)}
    return row


def _percent_text(percent: Decimal | None) -> str | None:
    return None if percent is None else str(percent)
