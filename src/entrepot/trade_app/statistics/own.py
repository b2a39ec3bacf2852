"""The table of this node as the pages and the API show it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entrepot.measure.disclosure import Controlled
from entrepot.measure.tables import CellKey
from entrepot.measure.transactions import ALL_PRODUCTS
from entrepot.model.errors import TradeError
from entrepot.trade_app.statistics import collect
from entrepot.trade_app.statistics.making import VALUATIONS, Made, Wanted, make_of_lines

#: Lines that a request computes, and with products, whose control takes longer; more are measured on the command line.
MOST_LINES, MOST_WITH_PRODUCTS = 20_000, 2_000


def own_table(period: str, currency: str = "CNY", valuation: str = "FOB", *, by_product: bool | None = False) -> Made:
    """The table of this node for a period, with disclosure control. Raises TradeError.

    `by_product`: also figures of each product; None: where so few lines are measured that a request may have them.
    Who may see one may see all of them, and compare: what is held back in one valuation, or beside products, is held
    back in every other one. Of so many lines that nobody is shown products, products hold nothing back.
    """
    reporter = collect.economy()
    if not reporter:
        raise TradeError("no_economy", "The economy of this platform is not set: ENTREPOT_PLATFORM_ECONOMY.")
    lines = collect.ledger_lines(MOST_WITH_PRODUCTS if by_product else MOST_LINES)
    wanted = Wanted(
        reporter,
        period,
        currency,
        collect.rate_to(currency),
        collect.decimals_of(currency),
        valuation=valuation,
        by_product=len(lines) <= MOST_WITH_PRODUCTS,
    )
    if by_product is None:
        by_product = wanted.by_product
    made = make_of_lines(lines, wanted)
    others = [make_of_lines(lines, wanted._replace(valuation=each)) for each in VALUATIONS if each != valuation]
    held = {key: why for each in (*others, made) for key, why in each.controlled.held_back.items()}
    return _without(made, held, by_product=by_product)


def _without(made: Made, held: Mapping[CellKey, str], *, by_product: bool) -> Made:
    """The table without what is held back, and without products unless these are asked for."""
    figures = {key: each for key, each in made.table.figures.items() if by_product or key.product == ALL_PRODUCTS}
    here = {key: why for key, why in held.items() if key in figures}
    shown = {key: each for key, each in figures.items() if key not in here}
    products = made.table.products if by_product else ()
    table = msgspec.structs.replace(made.table, figures=figures, products=products)
    return made._replace(table=table, controlled=Controlled(shown, here))
