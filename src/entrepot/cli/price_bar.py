"""A bar of the parts of the landed price, drawn to scale."""

from __future__ import annotations

from decimal import Decimal

from rich.text import Text

from entrepot.cli.symbols import Symbols
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


def cells_of(amounts: list[Decimal], width: int) -> list[int]:
    """The width of each amount in terminal cells, in proportion; an amount above zero gets at least one cell.

    >>> cells_of([Decimal(100), Decimal("0.1"), Decimal(0), Decimal(9)], 60)
    [55, 1, 0, 4]
    """
    total = sum(amounts)
    if total <= 0:
        return [0] * len(amounts)
    counts = [max(1, int(amount * width / total)) if amount > 0 else 0 for amount in amounts]
    counts[counts.index(max(counts))] += width - sum(counts)
    return counts


def bar_lines(subtotals: Subtotals, symbols: Symbols, width: int) -> list[Text]:
    """The bar and its legend."""
    amounts = [Decimal(getattr(subtotals, field)) for field, _name, _colour in PARTS]
    total = str(sum(amounts))
    if Decimal(total) <= 0:
        return []
    bar = Text(" ")
    legend: list[Text] = []
    counts = cells_of(amounts, width - 2)
    for (field, name, colour), symbol, amount, count in zip(PARTS, symbols.bar, amounts, counts, strict=True):
        if amount <= 0:
            continue
        bar.append(symbol * count, style=colour)
        entry = (
            Text(symbol, style=colour).append(f" {_(name)} ").append(number(getattr(subtotals, field)), style="bold")
        )
        legend.append(entry.append(f" {share(str(amount), total)}", style="dim"))
    return [bar, *_legend_rows(legend, width)]


def _legend_rows(entries: list[Text], width: int) -> list[Text]:
    """Entries side by side, as many as fit."""
    rows = [Text(" ")]
    for entry in entries:
        if cell_len(rows[-1].plain) > 1 and cell_len(rows[-1].plain + entry.plain) > width - 1:
            rows.append(Text(" "))
        rows[-1].append_text(entry).append("   ")
    for row in rows:
        row.rstrip()
    return rows
