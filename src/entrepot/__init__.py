"""Entrepot: the landed cost of a cross-border sale under every import procedure, with the law behind each figure.

>>> import entrepot
>>> sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01", "currency": "CNY",
...         "lines": [{"hs_code": "0901.21", "amount": "100.00"}]}
>>> entrepot.quote(sale).best.amount_landed
'109.10'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entrepot.app import agreements, classify, compare_table, quote, quote_frame, quote_table
    from entrepot.model.errors import EntrepotError, LawError, PackError, SaleError, TableError
    from entrepot.model.quote import Quote
    from entrepot.model.sale import Sale

# Names are imported at their first use, so that `import entrepot` is fast.
_WHERE = {
    "agreements": "entrepot.app",
    "classify": "entrepot.app",
    "compare_table": "entrepot.app",
    "quote": "entrepot.app",
    "quote_frame": "entrepot.app",
    "quote_table": "entrepot.app",
    "Sale": "entrepot.model.sale",
    "Quote": "entrepot.model.quote",
    "EntrepotError": "entrepot.model.errors",
    "LawError": "entrepot.model.errors",
    "PackError": "entrepot.model.errors",
    "SaleError": "entrepot.model.errors",
    "TableError": "entrepot.model.errors",
}

__all__ = [
    "EntrepotError",
    "LawError",
    "PackError",
    "Quote",
    "Sale",
    "SaleError",
    "TableError",
    "agreements",
    "classify",
    "compare_table",
    "quote",
    "quote_frame",
    "quote_table",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("entrepot")
    if name in _WHERE:
        # Kept, so that later uses are ordinary look-ups.
        found = globals()[name] = getattr(import_module(_WHERE[name]), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
