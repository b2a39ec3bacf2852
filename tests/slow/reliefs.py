"""Which lines a threshold is about, and whether a value is within it."""

from __future__ import annotations

from fractions import Fraction

from .read import NoRate, Row, admits, covers, names
from .sale import Case


def relief_lines(case: Case, row: Row, regime: str) -> set[int]:
    """The lines that a threshold may relieve, if its value is not passed."""
    sale = case.sale
    held = sale.registrations
    wanted, barred = names(row.get("registered")), names(row.get("unregistered"))
    if not (
        admits(row["regime"], regime)
        and admits(row.get("buyer"), sale.buyer)
        and admits(row.get("channel"), sale.channel)
        and admits(row.get("transport"), sale.transport)
        and admits(row.get("ship_from"), sale.ship_from)
        and (not wanted or any(item in held for item in wanted))
        and not any(item in held for item in barred)
    ):
        return set()
    return {
        i
        for i, line in enumerate(sale.lines)
        if admits(row.get("origin"), line.origin)
        and (not row.get("goods") or all(covers(row["goods"], code) for code in line.leaves))
        and not (row.get("excludes") and all(covers(row["excludes"], code) for code in line.leaves))
    }


def within(case: Case, row: Row, value: Fraction, units: Fraction = Fraction(1)) -> bool:
    """Whether a value is within a threshold. Raises NoRate where its currency has no rate, and no other one decides."""

    def compared(text: str) -> bool:
        limit = case.sale.limit(text, units)
        return value < limit if row["compare"] == "below" else value <= limit

    try:
        return compared(f"{row['amount']} {row.get('currency') or case.sale.pack.currency}")
    except NoRate:
        _, low, currency, _, high, _ = (row.get("without_exchange") or "").split() or [""] * 6
        if low and compared(f"{low} {currency}") == compared(f"{high} {currency}"):
            return compared(f"{low} {currency}")
        raise


def value_relief(case: Case, row: Row, lines: set[int]) -> set[int]:
    """The lines that a threshold on a value relieves."""
    name = row["tests"]
    if row.get("per", "consignment") == "consignment":
        return lines if within(case, row, Fraction(case.value(name))) else set()
    found = set()
    for i in lines:
        value = Fraction(case.values[i].of(name))
        units = case.sale.lines[i].quantity if row["per"] == "item" else Fraction(1)
        if within(case, row, value, units):
            found.add(i)
    return found
