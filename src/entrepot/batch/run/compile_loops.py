"""Compiles every loop over rows, or loads it from the cache, by quoting a small table.

Run it when an image is built, so that no table there waits: `python -m entrepot.batch.run.compile_loops`. As the
process that `assess.compile_beside` starts, with the argument BESIDE, it ends when its standard input does.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from decimal import Decimal
from threading import Thread
from typing import Any

import pyarrow as pa

from entrepot.batch.assess.compile_beside import BESIDE
from entrepot.batch.formats.parquet_amounts import encode_amounts
from entrepot.batch.formats.parquet_words import encode_words
from entrepot.batch.kernel.compiler import mark_complete
from entrepot.batch.rows.answers import MONEY
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.tables import answer_table
from entrepot.law.library import Library

#: A day on which the law of the sales is known.
DAY = dt.date(2026, 3, 1)
#: Enough rows that the compiled loop is used.
ROWS = 128


def compile_loops(context: LawContext) -> None:
    """Quotes a table that needs every loop: short codes, all kinds of numbers, the rows of law that decided."""
    encode_words(pa.chunked_array([pa.array(["a", "b"] * ROWS).dictionary_encode()]), in_order=True)
    encode_amounts(pa.chunked_array([pa.array(range(ROWS), pa.int64()).cast(MONEY)]))
    for explain in (False, True):
        answer_table(_table(), context, None, None, None, explain=explain)
    mark_complete()


def _table() -> pa.Table:
    """Sales with a number in each form that a table may have.

    Those to Canada leave the province open, and so have candidates whatever the tariff says of the goods.
    """
    columns: dict[str, Any] = {
        "ship_from_country": ["VN"] * ROWS,
        "ship_to_country": ["CN", "CA"] * (ROWS // 2),
        "currency": ["CNY", "CAD"] * (ROWS // 2),
        "date": [DAY.isoformat()] * ROWS,
        "hs_code": [code for code in ("0901.21", "330300", "2204.21", "990000") for _ in ("CN", "CA")] * (ROWS // 8),
        "amount": [Decimal("100.00")] * ROWS,
        "shipping_cost": ["5.00"] * ROWS,
        "items": [1] * ROWS,
        "net_mass_kg": [1.5] * ROWS,
        "litres": ["0.75"] * ROWS,
        "alcohol_percent": ["13.5"] * ROWS,
    }
    return pa.table(columns)


def _end_with_parent() -> None:
    """Ends this process when its standard input ends."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def main() -> None:
    """Compiles the loops into the cache."""
    if BESIDE in sys.argv[1:]:
        Thread(target=_end_with_parent, daemon=True).start()
    packs = Library()
    context = LawContext(packs.world, packs.law, lambda _currencies, _to, _day: {}, DAY, lambda: "")
    compile_loops(context)


if __name__ == "__main__":
    main()
