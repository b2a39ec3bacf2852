"""What the reasons of a gap of a mirror are called, and what a mirror cannot say."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.language.translate import N_

#: Of lines, and of orders.
REASONS: Mapping[str, str] = {
    "time": N_("another period"),
    "classification": N_("counted otherwise"),
    "returns": N_("returns that one side has not recorded"),
    "cif_fob": N_("freight and insurance"),
    "price": N_("another price"),
    "exchange": N_("another exchange rate"),
    "coverage": N_("recorded by one side only"),
    "rounding": N_("rounding"),
    "unknown": N_("not known"),
}
#: The same for what two nodes have published. Published figures show only how much a reason can explain at most.
PUBLISHED_REASONS: Mapping[str, str] = {
    "cif_fob": N_("freight and insurance"),
    "revised": N_("revised here since the other table was made"),
    "time": N_("another period, at most (a neighbouring one has the opposite gap)"),
    "classification": N_("counted in other rows, at most (they have the opposite gap)"),
    "coverage": N_("reported by one side only"),
    "unexplained": N_("not explained by published figures"),
}
#: Beside a mirror of tables without one of orders.
NOT_IN_TABLES = N_(
    "Published tables do not show returns, exchange rates and the products of one partner: these reasons cannot be "
    "told apart here. A comparison order by order shows them; it needs the capability statistics.orders, which the "
    "operators of both nodes open."
)
#: Why there is no mirror by orders.
WITHOUT_ORDERS: Mapping[str, str] = {
    "closed": N_(
        "Orders were not compared one by one: the capability statistics.orders is not open to the other node."
    ),
    "no_orders": N_("Orders were not compared one by one: the two nodes have none in common."),
    "refused": N_("Orders were not compared one by one: {why}"),
    "before_control": N_(
        "Orders were not compared one by one: their figures are those before disclosure control, which only a "
        "statistician of this node sees."
    ),
}
