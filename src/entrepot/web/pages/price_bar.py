"""A bar of the parts of a landed price, for SVG: where each part begins and how wide it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from entrepot.language.translate import N_, _, money, share
from entrepot.model.quote import Option

PARTS = {
    "goods": N_("goods"),
    "shipping": N_("shipping"),
    "insurance": N_("insurance"),
    "duties": N_("duties"),
    "taxes": N_("taxes"),
    "fees": N_("fees"),
}
#: Colours of the parts in a PDF, where the stylesheet does not apply to SVG; on the screen `pages.css` sets them.
COLOURS = {
    "goods": "#7f9aa3",
    "shipping": "#b7a57a",
    "insurance": "#8f86a8",
    "duties": "#c2683a",
    "taxes": "#0b6472",
    "fees": "#93538c",
}
#: Width of the whole bar and of the gap between two parts, in units of the drawing.
BAR_WIDTH, GAP = 1000, 4


def bar(option: Option, currency: str, full_price: Decimal | None = None) -> dict[str, Any] | None:
    """The parts of a landed price that are not zero; None if the price is not known, or only as a lowest one.

    `full_price`: the landed price that fills the whole bar, where several bars share a scale.
    """
    if option.amount_subtotals is None or option.amount_landed is None or option.at_least:
        return None
    amounts = {name: Decimal(getattr(option.amount_subtotals, name)) for name in PARTS}
    total = sum(amounts.values(), Decimal(0))
    if total <= 0 or min(amounts.values()) < 0:
        return None
    scale = max(full_price or total, total)
    parts, position = [], Decimal(0)
    for name, amount in amounts.items():
        if not amount:
            continue
        x, end = position / scale * BAR_WIDTH, (position + amount) / scale * BAR_WIDTH
        position += amount
        parts.append(
            {
                "part": name,
                "ink": COLOURS[name],
                "name": _(PARTS[name]),
                "amount": money(str(amount), currency),
                "share": share(str(amount), str(total)),
                "x": f"{x:.1f}",
                "width": f"{max(end - x - (GAP if position < total else 0), Decimal(2)):.1f}",
            }
        )
    says = ", ".join(f"{each['name']} {each['amount']} ({each['share']})" for each in parts)
    return {"parts": parts, "says": says}
