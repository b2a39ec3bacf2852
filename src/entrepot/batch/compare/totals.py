"""Exact counts and sums of the rows of a comparison by group, in memory that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from entrepot.batch.compare.row_pairs import AFTER, AMOUNTS, COUNTS, FIGURES, SALE_COLUMN

#: Sums of any number of rows stay exact.
EXACT = Context(prec=76)
ZERO = Decimal(0)


@dataclass(slots=True)
class Sum:
    """The counts and sums of one group; amounts are major units of its currency."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    consignments: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, ZERO))

    def change(self, figure: str) -> Decimal:
        """The amount under the changed law minus the amount before."""
        return EXACT.subtract(self.amounts[figure + AFTER], self.amounts[figure])

    def percent(self, figure: str) -> Decimal | None:
        """The change in percent of the amount before, to hundredths; None if that is zero.

        >>> Sum(amounts={"duties": Decimal(8), "duties_after": Decimal(9)}).percent("duties")
        Decimal('12.50')
        """
        return percent_of(self.change(figure), self.amounts[figure])


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part in percent of the whole, to hundredths; None if the whole is zero."""
    if not whole:
        return None
    return EXACT.divide(EXACT.multiply(part, Decimal(100)), whole).quantize(Decimal("0.01"), context=EXACT)


class Tally:
    """Sums by keys. Memory grows with the number of groups, not of rows."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        self.groups: dict[tuple[str | None, ...], Sum] = {}

    def add(self, rows: pa.Table) -> None:
        """Add rows as `row_pairs.measure` returns them. All rows of a consignment must be in one call."""
        aggregations = [(name, "sum") for name in (*COUNTS, *AMOUNTS)]
        if SALE_COLUMN in rows.schema.names:
            aggregations.append((SALE_COLUMN, "count_distinct"))
        for row in rows.group_by(list(self.keys), use_threads=False).aggregate(aggregations).to_pylist():
            sums = self.groups.setdefault(tuple(row[key] for key in self.keys), Sum())
            for name in COUNTS:
                sums.counts[name] += row[f"{name}_sum"]
            sums.consignments += row.get(f"{SALE_COLUMN}_count_distinct", row["rows_sum"])
            for name in AMOUNTS:
                sums.amounts[name] = EXACT.add(sums.amounts[name], row[f"{name}_sum"] or ZERO)

    def ranked(self) -> Iterator[tuple[dict[str, str | None], Sum]]:
        """The groups with their keys: by currency, then by the change of the landed price, largest first."""
        for key, sums in sorted(self.groups.items(), key=self._rank):
            yield dict(zip(self.keys, key, strict=True)), sums

    def _rank(self, item: tuple[tuple[str | None, ...], Sum]) -> Any:
        key, sums = item
        money = key[self.keys.index("out_currency")] if "out_currency" in self.keys else ""
        sizes = [-abs(sums.change(figure)) for figure in ("landed", *FIGURES)]
        return money is None, money or "", *sizes, -sums.counts["rows"], *_sort_key(key)


def _sort_key(key: tuple[str | None, ...]) -> list[tuple[bool, str]]:
    return [(each is None, each or "") for each in key]
