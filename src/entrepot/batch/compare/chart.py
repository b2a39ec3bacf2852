"""Draw a comparison as an SVG chart: how much duties, taxes and fees change, largest changes first.

The same comparison gives the same bytes each time. The text is English, because the fonts installed differ by machine.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from entrepot.batch.compare.result import NOTES, Comparison
from entrepot.batch.compare.row_pairs import KEYS
from entrepot.batch.compare.totals import Sum
from entrepot.batch.run.paths import Location, open_output

#: Bars of a currency, and currencies of a chart. The text mentions the rest.
MAX_BARS, MAX_PANELS = 12, 4
#: Each part of the charges with its colour. The colours differ in lightness too.
PARTS = (("duties", "duties", "#2f5d8a"), ("taxes", "taxes", "#e0a33e"), ("fees", "fees", "#9aa5b1"))
TEXT_COLOR, MUTED_COLOR, GRID_COLOR = "#20262d", "#5b6570", "#d9dee3"
STYLE: Any = {
    "text.parse_math": False,  # a dollar sign is text, not mathematics
    "svg.hashsalt": "entrepot",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],  # shipped with matplotlib, so the same everywhere
    "font.size": 9.0,
    "text.color": TEXT_COLOR,
    "axes.edgecolor": GRID_COLOR,
    "axes.labelcolor": MUTED_COLOR,
    "xtick.color": MUTED_COLOR,
    "ytick.color": TEXT_COLOR,
}
#: Inches: the width, a bar, the margins of a panel, the header and the footer.
WIDTH, BAR_HEIGHT, PANEL_MARGIN, HEADER_HEIGHT, FOOTER_HEIGHT = 10.0, 0.34, 1.05, 1.0, 0.85
#: Inches: a digit of the amounts, and the part of the width that the bars have.
DIGIT_WIDTH, PLOT_WIDTH = 0.078, 6.2
#: Characters of a line of text over the whole width, and of a label.
LINE_CHARACTERS, LABEL_CHARACTERS = 120, 40


class Panel(NamedTuple):
    """The bars of one currency, largest change first, and how many more groups change."""

    currency: str
    bars: Sequence[tuple[str, Sum]]
    more: int
    total: Sum


def draw_chart(comparison: Comparison, location: Location) -> None:
    """Draw a comparison to an SVG file, completely or not at all."""
    with mpl.rc_context(STYLE):
        figure = build_figure(comparison)
        buffer = io.BytesIO()
        FigureCanvasSVG(figure)
        metadata: Any = {"Date": None, "Creator": "Entrepot", "Title": _title(comparison)}
        figure.savefig(buffer, format="svg", metadata=metadata)
    with open_output(location) as stream:
        stream.write(buffer.getvalue())


def build_figure(comparison: Comparison) -> Figure:
    """The figure: one panel for each currency, the one with the most rows first."""
    panels, others = select_panels(comparison)
    head, foot = _header_text(comparison), _footer_text(comparison, others)
    heights = [len(panel.bars) * BAR_HEIGHT + PANEL_MARGIN for panel in panels]
    top, bottom = HEADER_HEIGHT + 0.2 * head.count("\n"), FOOTER_HEIGHT + 0.16 * foot.count("\n")
    tall = top + sum(heights or [0.6]) + bottom
    figure = Figure(figsize=(WIDTH, tall), facecolor="white")
    figure.text(0.02, 1 - 0.32 / tall, _title(comparison), fontsize=14, fontweight="bold", va="center")
    figure.text(0.02, 1 - 0.55 / tall, head, color=MUTED_COLOR, va="top", linespacing=1.4)
    figure.text(0.02, 0.12 / tall, foot, color=MUTED_COLOR, fontsize=7.5, va="bottom", linespacing=1.45)
    if not panels:
        text = "Nothing changes." if others else "No row could be compared."
        figure.text(0.02, (bottom + 0.3) / tall, text, va="center", fontsize=11)
    at = tall - top
    for location, (panel, height) in enumerate(zip(panels, heights, strict=True)):
        at -= height
        axes = figure.add_axes((0.34, (at + 0.42) / tall, PLOT_WIDTH / WIDTH, (height - PANEL_MARGIN + 0.1) / tall))
        _draw_bars(axes, panel, comparison)
        if location == 0:
            _draw_legend(axes, figure, 1 - (top - 0.12) / tall)
    return figure


def select_panels(comparison: Comparison) -> tuple[list[Panel], list[str]]:
    """The panels of currencies in which something changes, and a note for each currency without a panel."""
    totals = [(key["out_currency"], sums) for key, sums in comparison.totals.ranked() if sums.counts["compared"]]
    totals.sort(key=lambda each: (-each[1].counts["compared"], each[0] or ""))
    found: list[Panel] = []
    others: list[str] = []
    for currency, total in totals:
        groups = [(key, sums) for key, sums in comparison.groups.ranked() if key["out_currency"] == currency]
        changed = [(_label(key, comparison.by), sums) for key, sums in groups if _changes(sums)]
        if changed and len(found) < MAX_PANELS:
            found.append(Panel(currency or "", changed[:MAX_BARS], len(changed) - len(changed[:MAX_BARS]), total))
        else:
            others.append(f"{currency} ({_percent(total) if changed else 'no change'})")
    return found, others


def _changes(sums: Sum) -> bool:
    return any(sums.change(part) for part, _, _ in PARTS)


def _label(key: dict[str, str | None], by: Sequence[str]) -> str:
    text = []
    for name in by:
        if name == "way":
            ways = ["/".join(filter(None, (key[f"regime{end}"], key[f"treatment{end}"]))) for end in ("", "_after")]
            was, is_now = (way or "refused" for way in ways)
            text.append(was if was == is_now else f"{was} → {is_now}")
        else:
            text.append(key[KEYS[name][0]] or "none stated")
    return "\n".join(textwrap.wrap(" · ".join(text), LABEL_CHARACTERS)[:2])


def _draw_bars(axes: Any, panel: Panel, comparison: Comparison) -> None:
    """The bars of a currency: increases to the right, decreases to the left, the net change at the end."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x", color=GRID_COLOR, linewidth=0.7)
    axes.tick_params(length=0)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    change = _signed_amount(panel.total.change("charges"), panel, comparison)
    title = f"{panel.currency}: charges {change} in all, {_percent(panel.total)}"
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=TEXT_COLOR, pad=10)
    places = range(len(panel.bars))
    ends = [[Decimal(0), Decimal(0)] for _ in places]  # how far each bar extends to the left and to the right
    for part, name, colour in PARTS:
        changes = [sums.change(part) for _, sums in panel.bars]
        starts = [ends[row][amount > 0] for row, amount in enumerate(changes)]
        axes.barh(places, list(map(float, changes)), 0.62, left=list(map(float, starts)), color=colour, label=name)
        for row, amount in enumerate(changes):
            ends[row][amount > 0] += amount
    axes.axvline(0, color=TEXT_COLOR, linewidth=0.9)
    axes.set_yticks(places, [label for label, _ in panel.bars])
    axes.set_ylim(len(panel.bars) - 0.45, -0.55)
    _set_limits(axes, panel, comparison, ends)
    for row, (_, sums) in enumerate(panel.bars):
        net = sums.change("charges")
        end, side = (ends[row][0], "right") if net < 0 else (ends[row][1], "left")
        text = f" {_signed_amount(net, panel, comparison)} "
        axes.text(float(end), row, text, ha=side, va="center", fontsize=8.5, color=TEXT_COLOR)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:+,.10g}".replace("-", "−") if value else "0")
    )
    unit = f"change of what the buyer pays, {panel.currency}"
    more = f"; {panel.more} more with smaller changes" if panel.more else ""
    axes.set_xlabel(unit + more, loc="left")


def _set_limits(axes: Any, panel: Panel, comparison: Comparison, ends: Sequence[Sequence[Decimal]]) -> None:
    """Set the limits of the axis so that the amounts beside the bars fit."""
    nets = [sums.change("charges") for _, sums in panel.bars]
    margins = [0.0, 0.0]  # shares of the width, to the left and to the right
    for net in nets:
        wanted = (len(_signed_amount(net, panel, comparison)) + 2) * DIGIT_WIDTH / PLOT_WIDTH
        margins[net >= 0] = max(margins[net >= 0], wanted)
    least, most = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    total = (most - least) / (1 - sum(margins))
    axes.set_xlim(least - margins[0] * total, most + margins[1] * total)


def _draw_legend(axes: Any, figure: Figure, y: float) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", bbox_to_anchor=(0.98, y), ncols=3, frameon=False, handlelength=1.0)


def _signed_amount(amount: Decimal, panel: Panel, comparison: Comparison) -> str:
    """An amount with its sign and the decimals of its currency.

    >>> from types import SimpleNamespace as Some
    >>> _signed_amount(Decimal("-1234.5"), Some(currency="ZZD"), Some(decimals={"ZZD": 2}))
    '−1,234.50'
    """
    return f"{amount:+,.{comparison.decimals.get(panel.currency, 3)}f}".replace("-", "−") if amount else "±0"


def _percent(sums: Sum) -> str:
    percent = sums.percent("charges")
    return "from nil" if percent is None else f"{percent:+.1f} %".replace("-", "−")


def _title(comparison: Comparison) -> str:
    names = textwrap.shorten(", ".join(overlay.id for overlay in comparison.overlays), 70, placeholder=" …")
    return f"What if: {names}"


def _header_text(comparison: Comparison) -> str:
    rows, compared = comparison.count("rows"), comparison.count("compared")
    sales = comparison.consignments()
    text = f"Change of duties, taxes and fees by {', '.join(comparison.by)}: {compared:,} of {rows:,} rows compared"
    text += f", {sales:,} sales" if sales != rows else ""
    text += f"; {comparison.count('other_way'):,} take another procedure or treatment"
    text += f", {comparison.count('became_refused'):,} become refused, {comparison.count('became_open'):,} become open."
    return textwrap.fill(text, LINE_CHARACTERS)


def _footer_text(comparison: Comparison, others: list[str]) -> str:
    """What is left out, the assumptions, and the law used with its hashes and days."""
    lines = [NOTES[code].format(**values) for code, values in comparison.notes()]
    if others:
        lines.insert(0, f"Not drawn: {', '.join(others)}.")
    laws = []
    for each in comparison.laws():
        sides = [" ".join(name[:8] for name in each[side][:3]) for side in ("before", "after")]
        sides = [
            f"{text} …" if len(each[side]) > 3 else text for text, side in zip(sides, ("before", "after"), strict=True)
        ]
        if each["before"] != each["after"]:
            laws.append(f"{each['pack']} {sides[0]} → {sides[1]}")
    first, last = comparison.before.days or comparison.after.days or (None, None)
    days = "" if first is None else f", {first}" if first == last else f", {first} to {last}"
    lines.append(f"Source: Entrepot, law {'; '.join(laws) or 'without a change'}{days}.")
    return "\n".join(textwrap.fill(line, 150) for line in lines)
