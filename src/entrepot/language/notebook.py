"""Shows a quote in English, as HTML in a notebook and as a table in rich's console.

`Quote` imports this module when one is shown. The command line shows more, in five languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from entrepot.model.quote import Option, Quote, Subtotals

HEAD = ("Way in", "Status", "Landed", "Duties", "Taxes", "Fees", "Why not, or what it needs")
MARK = {"open": "●", "conditional": "◐", "closed": "○"}


def headline(quote: Quote) -> str:
    """The result in one line: the landed amount, the procedure and the outcome."""
    outcome, option = quote.assessment.outcome, quote.best or quote.best_conditional
    if option is None:
        return f"{outcome}: no way in is open"
    at_least = "at least " if option.at_least and (option.amount_landed or option.amount_landed_high) else ""
    total = f"{at_least}{quote.currency} {figure(option, 'amount_landed')}"
    if quote.best is None:
        asked = " ".join(each.says for each in option.conditions if each.state == "asked")
        return f"{total} by {option.title}" + (f", if: {asked}" if asked else " (conditional)")
    return f"{total} landed, by {option.title} ({outcome})"


def figure(record: Option | Subtotals, name: str) -> str:
    """A figure as the quote has it; a range where the sale leaves a fact open."""
    amount, low, high = (getattr(record, name + end, None) or None for end in ("", "_low", "_high"))
    return amount or (f"{low} – {high}" if high else f"≥ {low}" if low else "—")


def ways(quote: Quote) -> Iterator[tuple[str, ...]]:
    """A row for each procedure, with the columns of `HEAD`."""
    for option in quote.options:
        open_points = [each.says for each in option.conditions if each.state in ("failed", "asked")]
        open_points += [each.says for each in option.requirements if each.kind == "prohibition"]
        sums = option.amount_subtotals
        figures = ["—"] * 4
        if sums is not None:
            figures = [figure(option, "amount_landed"), *(figure(sums, name) for name in ("duties", "taxes", "fees"))]
        yield option.title, f"{MARK[option.status]} {option.status}", *figures, " ".join(open_points)


def html(quote: Quote) -> str:
    """A quote as a small table of HTML; every text is escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    rows = []
    for way, option in zip(ways(quote), quote.options, strict=True):
        strong = ' style="font-weight:bold"' if option is quote.best else ""
        cells = "".join(
            f'<td style="text-align:{"right" if 2 <= place <= 5 else "left"}">{escape(cell)}</td>'
            for place, cell in enumerate(way)
        )
        rows.append(f"<tr{strong}>{cells}</tr>")
    notes = "".join(f"<li>{escape(each.message)}</li>" for each in quote.assessment.reasons)
    law = f"Law of {quote.law.pack} on {quote.law.date}, {quote.law.hash[:8]}; trust: {quote.assessment.trust}"
    return (
        f"<p><strong>{escape(headline(quote))}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<ol>{notes}</ol><p><small>{escape(law)}</small></p>"
    )


def table(quote: Quote) -> Table:
    """A quote as a table for rich's console."""
    from rich.table import Table  # an optional package, needed only here
    from rich.text import Text

    made = Table(title=Text(headline(quote)), title_justify="left", caption_justify="left")
    made.caption = Text("\n".join(f"{n}. {each.message}" for n, each in enumerate(quote.assessment.reasons, 1)))
    for place, name in enumerate(HEAD):
        made.add_column(name, justify="right" if 2 <= place <= 5 else "left")
    for way, option in zip(ways(quote), quote.options, strict=True):
        made.add_row(*(Text(cell) for cell in way), style="bold" if option is quote.best else None)
    return made
