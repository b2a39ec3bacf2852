"""A simple valid sale, and a function that changes one field of it."""

from __future__ import annotations

import copy
from typing import Any

from entrepot.model.quote import Quote, Reason

BASE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "ZZ"},
    "date": "2026-03-01",
    "currency": "ZZD",
    "buyer": {"kind": "business"},
    "lines": [
        {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"},
        {"hs_code": "6911.10", "amount": "100.00", "country_of_origin": "VN"},
    ],
}
NOTHING = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sale above with another value at a path like `lines.1.amount`; a value of NOTHING takes the field away."""
    sale: Any = copy.deepcopy(BASE)
    at = sale
    *before, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in before:
        at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
    if value is NOTHING:
        del at[last]
    else:
        at[last] = value
    return dict(sale)


def best_of(quote: dict[str, Any]) -> dict[str, Any]:
    """The best option of a quote's JSON."""
    return next(dict(option) for option in quote["options"] if option["id"] == quote["best"])


def reason(quote: Quote, code: str) -> Reason:
    found = [each for each in quote.assessment.reasons if each.code == code]
    assert found, [each.code for each in quote.assessment.reasons]
    return found[0]
