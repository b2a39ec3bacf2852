"""Orders that never were, for the demonstration and for measurements of speed: drawn by assumptions that have names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from entrepot.measure.lines import Fee, LedgerLine, Party, Taken


class Assumptions(NamedTuple):
    """What a synthetic year is drawn by. Shares are in percent; none of them is an estimate of real trade."""

    services: int = 30
    delivered_by_network: int = 80
    delivery_unknown: int = 3
    own_sales_of_the_platform: int = 5
    domestic: int = 10
    returned: int = 4
    unknown_sector: int = 2
    fee: int = 5
    traders: int = 60
    price: tuple[int, int] = (1_000, 500_000)


USUAL = Assumptions()
ECONOMIES = ("CN", "VN", "TH", "KH", "SG", "MY", "ID", "LA", "KZ", "MN")
GOODS = ("090121", "080132", "610910", "851713", "420221")
SERVICES = ("SK22", "SI2", "SK21", "SJ21")


def draw(
    count: int, *, year: int, seed: int = 1, economies: Sequence[str] = ECONOMIES, by: Assumptions = USUAL
) -> Iterator[LedgerLine]:
    """So many lines of a year, the same for the same seed.

    >>> lines = list(draw(3, year=2025))
    >>> [each.id for each in lines], {each.ordered[:4] for each in lines}
    (['or_1:1', 'or_2:1', 'or_3:1'], {'2025'})
    """
    random = Random(seed)  # noqa: S311  # nothing secret is drawn
    for number in range(1, count + 1):
        yield _line(number, dt.date(year, 1, 1), random, economies, by)


def _line(number: int, first: dt.date, random: Random, economies: Sequence[str], by: Assumptions) -> LedgerLine:
    def holds(percent: int) -> bool:
        return random.randrange(100) < percent

    seller = random.choice(economies)
    buyer = seller if holds(by.domestic) else random.choice(economies)
    service = holds(by.services)
    ordered = first + dt.timedelta(days=random.randrange(365))
    price = random.randint(*by.price)
    channel = "" if holds(by.delivery_unknown) else "network" if holds(by.delivered_by_network) else "presence"
    freight = 0 if service else price // 20
    moved = (ordered + dt.timedelta(days=random.randrange(1, 20))).isoformat()
    own = holds(by.own_sales_of_the_platform)
    back = price // 2 if holds(by.returned) else 0
    return LedgerLine(
        id=f"or_{number}:1",
        match=f"xo_{number}:1" if seller != buyer else "",
        order_channel="digital",
        delivery_channel=channel if service else "physical",
        platform="none" if own else f"node-{buyer}",
        seller=Party(seller, "" if holds(by.unknown_sector) else "S11"),
        buyer=Party(buyer, "S1M" if holds(70) else "S11"),
        operator=Party() if own else Party(buyer, "S11"),
        seller_id=f"og_{seller}_{random.randrange(by.traders)}",
        buyer_id=f"us_{buyer}_{random.randrange(by.traders * 20)}",
        service=service,
        ebops=random.choice(SERVICES) if service else "",
        hs="" if service else random.choice(GOODS),
        currency="CNY",
        price=price,
        quantity=1,
        freight=freight,
        insurance=0,
        valuation="" if service else "FOB",
        fees=() if own else (Fee("seller", price * by.fee // 100),),
        ordered=ordered.isoformat(),
        shipped="" if service else moved,
        released="" if service else moved,
        delivered=moved,
        taken=(Taken(moved, back, 0),) if back else (),
    )
