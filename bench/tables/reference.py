"""The answers of `entrepot.quote` in the columns that every engine here must return, to the minor unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

#: The columns of an answer. Amounts in minor units; `row`: the row of law that decided the duty, or relieved it.
AMOUNTS = ("duties", "taxes", "fees", "charges", "landed")
WORDS = ("regime", "treatment", "status")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in WORDS]
    + [("at_least", pa.bool_())]
    + [(name, pa.int64()) for name in AMOUNTS]
    + [("row", pa.string())]
)


def answers(sales: list[dict[str, Any]], places: int) -> pa.Table:
    """The answers to sales, one row each."""
    import entrepot

    return pa.Table.from_pylist([_answer(entrepot.quote(sale), places) for sale in sales], SCHEMA)


def _answer(quote: Any, places: int) -> dict[str, Any]:
    best = quote.best
    if best is None:
        states = {option.status for option in quote.options}
        return {"status": "conditional" if "conditional" in states else "closed", "at_least": False}
    line, parts = best.lines[0], best.amount_subtotals
    duty = next(charge for charge in best.charges if charge.kind == "duty")
    money = {name: getattr(parts, name) for name in AMOUNTS[:3]}
    money |= {"charges": best.amount_charges, "landed": best.amount_landed}
    return {
        "regime": best.regime,
        "treatment": line.treatment.id if line.treatment else None,
        "status": best.status,
        "at_least": best.at_least,
        "row": duty.citations[0].partition("#")[0],
        **{name: int(Decimal(text).scaleb(places)) for name, text in money.items()},
    }
