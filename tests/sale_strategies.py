"""Hypothesis strategies for sales into several economies, for properties of every quote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

import entrepot
from entrepot.model.quote import Quote

# Of each place: its currency, the decimals of that, and codes that its pack has lines of.
PLACES: dict[str, tuple[str, int, list[str]]] = {
    "ZZ": (
        "ZZD",
        2,
        ["6911.10", "4901.99", "0901.21", "0901.11", "6109.10", "8517.13", "2203.00", "1006.30", "3304.99", "0801.31"],
    ),
    "CN": ("CNY", 2, ["0901.21", "0801.32", "6109.10", "8517.13", "6911.10", "3304.99"]),
    "JP": ("JPY", 0, ["0901.21", "6109.10", "8517.13", "6911.10", "0801.32"]),
    "DE": ("EUR", 2, ["0901.21", "6109.10", "8517.13", "6911.10", "0801.32"]),
    "VN": ("VND", 0, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "AU": ("AUD", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "GB": ("GBP", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
    "US": ("USD", 2, ["0901.21", "6109.10", "8517.13", "6911.10"]),
}
ORIGINS = ["VN", "KH", "FR", "CN", "US", "TH", "BR"]
DAYS = ["2024-06-01", "2025-08-15", "2026-03-01", "2026-11-24"]
SUBTOTALS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")
IN = {
    "duty": "duties",
    "additional_duty": "duties",
    "excise": "taxes",
    "vat": "taxes",
    "income_tax": "taxes",
    "fee": "fees",
}


def major(minor: int, decimals: int) -> str:
    return format(Decimal(minor).scaleb(-decimals), "f")


@st.composite
def sales(draw: st.DrawFn, lines: tuple[int, int] = (1, 4), places: tuple[str, ...] = tuple(PLACES)) -> dict[str, Any]:
    """A sale into a place, in its currency; never from the place itself."""
    place = draw(st.sampled_from(places))
    currency, decimals, codes = PLACES[place]
    origins = [origin for origin in ORIGINS if origin != place and not (place == "DE" and origin == "FR")]
    money = st.one_of(st.integers(1, 300), st.integers(1, 40_000), st.integers(1, 10**7)).map(
        lambda minor: major(minor * (100 if decimals else 10), decimals)
    )
    buyer = draw(st.sampled_from(["consumer", "business"]))
    sale: dict[str, Any] = {
        "ship_from": {"country": draw(st.sampled_from(origins))},
        "ship_to": {"country": place},
        "date": draw(st.sampled_from(DAYS)),
        "currency": currency,
        "buyer": {"kind": buyer},
        "lines": [],
    }
    for number in range(draw(st.integers(*lines))):
        line: dict[str, Any] = {
            "reference": f"r{number}",
            "hs_code": draw(st.sampled_from(codes)),
            "amount": draw(money),
        }
        line["country_of_origin"] = draw(st.sampled_from(origins))
        line |= {
            "net_mass_kg": str(draw(st.integers(1, 50))),
            "litres": str(draw(st.integers(1, 20))),
            "quantity": str(draw(st.integers(1, 9))),
        }
        if draw(st.booleans()):
            line["proof_of_origin"] = draw(st.sampled_from(["none", "rcep", "acfta", "zz_fta"]))
        sale["lines"].append(line)
    for name in ("shipping_cost", "insurance_cost"):
        if draw(st.booleans()):
            sale[name] = major(draw(st.integers(0, 5_000)), decimals)
    if draw(st.booleans()):
        sale["transport"] = draw(st.sampled_from(["air", "sea", "post", "express", "road"]))
    if draw(st.booleans()):
        sale["incoterm"] = draw(st.sampled_from(["EXW", "FOB", "CFR", "CIF", "DAP"]))
    return sale


def quoted(sale: dict[str, Any]) -> Quote:
    """The quote; a draw whose costs are more than the price it should be inside is no sale and is drawn again."""
    try:
        return entrepot.quote(sale)
    except entrepot.SaleError as error:
        assume(error.code != "contradictory_costs")
        raise


def whole(text: str | None) -> Decimal:
    return Decimal(text or 0)
