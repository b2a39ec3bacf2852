"""The sales of the benchmark: one written by hand, and many drawn with a seed from the lines of a schedule."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, NamedTuple

from entrepot.law.library import Library

DAY = dt.date(2026, 3, 1)
SEED = 20261124


class Route(NamedTuple):
    """A place to sell into: its currency, the decimals of that, and where the goods come from."""

    place: str
    title: str
    currency: str
    decimals: int
    origins: tuple[str, ...]


ROUTES = (
    Route("CN", "China", "CNY", 2, ("VN", "KH", "TH", "FR")),
    Route("JP", "Japan", "JPY", 0, ("VN", "KH", "TH", "FR")),
    Route("DE", "EU (to Germany)", "EUR", 2, ("VN", "KH", "TH", "GB")),  # from France to Germany is no import
    Route("US", "United States", "USD", 2, ("VN", "KH", "TH", "FR")),
)


def same(route: Route) -> dict[str, Any]:
    """One kilogram of roasted coffee from Viet Nam, bought by a consumer.

    >>> same(ROUTES[1])["lines"][0]["amount"]
    '2000'
    """
    return _sale(route, "VN", "consumer", "0901.21", "2000" if not route.decimals else "100.00")


def drawn(route: Route, library: Library, many: int) -> list[dict[str, Any]]:
    """Sales of one line each, any of the schedule; origin, amount and buyer by chance, the same at every run."""
    chance = random.Random(f"{SEED} {route.place}")
    codes = lines(route, library)
    sales = []
    for _ in range(many):
        minor = round(10 ** chance.uniform(2, 7))
        amount = f"{minor // 100}.{minor % 100:02d}" if route.decimals else str(minor)
        buyer = chance.choice(("consumer", "business"))
        sales.append(_sale(route, chance.choice(route.origins), buyer, chance.choice(codes), amount))
    return sales


def lines(route: Route, library: Library) -> list[str]:
    """The lines of the schedule that stand for themselves."""
    law = library.law(route.place, DAY)
    return [code for code in law.named if len(code) >= 6 and not law.lines_under(code)]


def _sale(route: Route, origin: str, buyer: str, code: str, amount: str) -> dict[str, Any]:
    return {
        "ship_from": {"country": origin},
        "ship_to": {"country": route.place},
        "date": DAY.isoformat(),
        "currency": route.currency,
        "buyer": {"kind": buyer},
        "lines": [
            {
                "hs_code": code,
                "amount": amount,
                "country_of_origin": origin,
                "quantity": "1",
                "net_mass_kg": "1",
            }
        ],
    }
