"""bar: what the total is made of, drawn to scale."""

from __future__ import annotations

from decimal import Decimal

from rich.text import Text

from entrepot.cli.symbols import Marks
from entrepot.cli.wrap import cell_len
from entrepot.language.translate import N_, _, number, share
from entrepot.model.quote import Subtotals

#: Each part of the total: its field, its name and its colour.
PARTS = (
    ("goods", N_("goods"), "cyan"),
    ("shipping", N_("shipping"), "blue"),
    ("insurance", N_("insurance"), "magenta"),
    ("duties", N_("duties"), "red"),
    ("taxes", N_("taxes"), "yellow"),
    ("fees", N_("fees"), "green"),
)


def cells(amounts: list[Decimal], width: int) -> list[int]:
    """So many cells for each amount, in proportion; what is above nil gets at least one.

    >>> cells([Decimal(100), Decimal("0.1"), Decimal(0), Decimal(9)], 60)
    [55, 1, 0, 4]
    """
    whole = sum(amounts)
    if whole <= 0:
        return [0] * len(amounts)
    made = [max(1, int(amount * width / whole)) if amount > 0 else 0 for amount in amounts]
    made[made.index(max(made))] += width - sum(made)
    return made


def bar(subtotals: Subtotals, marks: Marks, width: int) -> list[Text]:
    """The bar and its legend."""
    amounts = [Decimal(getattr(subtotals, field)) for field, _name, _colour in PARTS]
    whole = str(sum(amounts))
    if Decimal(whole) <= 0:
        return []
    drawn = Text(" ")
    legend: list[Text] = []
    counts = cells(amounts, width - 2)
    for (field, name, colour), sign, amount, count in zip(PARTS, marks.bar, amounts, counts, strict=True):
        if amount <= 0:
            continue
        drawn.append(sign * count, style=colour)
        entry = Text(sign, style=colour).append(f" {_(name)} ").append(number(getattr(subtotals, field)), style="bold")
        legend.append(entry.append(f" {share(str(amount), whole)}", style="dim"))
    return [drawn, *_rows(legend, width)]


def _rows(entries: list[Text], width: int) -> list[Text]:
    """Entries side by side, as many as fit."""
    rows = [Text(" ")]
    for entry in entries:
        if cell_len(rows[-1].plain) > 1 and cell_len(rows[-1].plain + entry.plain) > width - 1:
            rows.append(Text(" "))
        rows[-1].append_text(entry).append("   ")
    for row in rows:
        row.rstrip()
    return rows
