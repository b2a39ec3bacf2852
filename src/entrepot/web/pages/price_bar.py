"""picture: what a landed price is made of, as a bar: where each part begins and how wide it is."""

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
#: The colours of the parts where no style sheet reaches the drawing, as on paper; on the screen `pages.css` has them.
INKS = {
    "goods": "#7f9aa3",
    "shipping": "#b7a57a",
    "insurance": "#8f86a8",
    "duties": "#c2683a",
    "taxes": "#0b6472",
    "fees": "#93538c",
}
#: The bar is so many units wide, and leaves so many between two parts.
WIDE, GAP = 1000, 4


def bar(option: Option, currency: str, most: Decimal | None = None) -> dict[str, Any] | None:
    """The parts of a landed price, of those that are not nil; None where it is not known.

    `most`: the landed price that fills the whole bar, where several are shown beside each other.
    """
    if option.amount_subtotals is None or option.amount_landed is None:
        return None
    amounts = {name: Decimal(getattr(option.amount_subtotals, name)) for name in PARTS}
    whole = sum(amounts.values(), Decimal(0))
    if whole <= 0 or min(amounts.values()) < 0:
        return None
    full = max(most or whole, whole)
    parts, at = [], Decimal(0)
    for name, amount in amounts.items():
        if not amount:
            continue
        x, end = at / full * WIDE, (at + amount) / full * WIDE
        at += amount
        parts.append(
            {
                "part": name,
                "ink": INKS[name],
                "name": _(PARTS[name]),
                "amount": money(str(amount), currency),
                "share": share(str(amount), str(whole)),
                "x": f"{x:.1f}",
                "width": f"{max(end - x - (GAP if at < whole else 0), Decimal(2)):.1f}",
            }
        )
    says = ", ".join(f"{each['name']} {each['amount']} ({each['share']})" for each in parts)
    return {"parts": parts, "says": says}
