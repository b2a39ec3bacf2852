"""The parts of a checkout: each becomes an order of its own, with one list and one parcel.

A list for customs has one waybill, one procedure and one seller, and its amount is that of one payment. So what cannot
stand on one list is divided before anything is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.offers import Offer
from entrepot.trade.reasons import Reason

#: Lines of a list at most (edition 202205: 1 to 99 lines for each document).
MAX_LINES = 99
_SPECIFICATION, _READING = (("ceb-202205",), "official"), (("own-reading",), "unchecked")


def _seller(offer: Offer) -> str:
    """Who sells: of an offer of another node, the organization there, because an order there has one seller."""
    return f"{offer.seller}/{offer.origin.seller}" if offer.origin else offer.seller


#: What the lines of one order have in common, and why.
_COMMON: Mapping[str, tuple[Callable[[Offer], str], tuple[tuple[str, ...], str]]] = {
    "split.seller": (_seller, _SPECIFICATION),
    "split.service": (lambda offer: "service" if offer.goods.service else "goods", _READING),
    "split.currency": (lambda offer: offer.prices.currency, _SPECIFICATION),
    "split.supply": (lambda offer: offer.goods.supply, _SPECIFICATION),
    "split.warehouse": (lambda offer: offer.goods.warehouse, _READING),
    "split.ship_from": (lambda offer: offer.goods.ship_from, _READING),
    "split.incoterm": (lambda offer: offer.goods.incoterm, _READING),
}


class Item(NamedTuple):
    """So many pieces of an offer. `place`: where the request names it, for errors; `booking`: whose time it is.

    `unused`: of a booking, whether its time is still to come, so that a deposit may be taken for it.
    """

    offer: Offer
    quantity: int
    place: str
    booking: str = ""
    unused: bool = False

    @property
    def amount(self) -> int:
        """Their price, in minor units of the offer's currency."""
        return self.offer.prices.price * self.quantity


class Part(msgspec.Struct, frozen=True):
    """What becomes one order, and why it is one of its own; no reasons if nothing was divided."""

    items: tuple[Item, ...]
    reasons: tuple[Reason, ...] = ()


class Costs(NamedTuple):
    """What the carriage of a part costs, in minor units of its currency."""

    shipping: int
    insurance: int


def costs(items: Sequence[Item]) -> Costs:
    """The carriage of one parcel: the dearest first piece, and each further piece by its own price.

    >>> from entrepot.trade.offers import Goods, Prices
    >>> def offer(first, further):
    ...     prices = Prices(currency="CNY", price=100, shipping=first, shipping_further=further, insurance=1)
    ...     return Offer(id="of_1", status="active", seller="og_1", goods=Goods(titles={}), prices=prices, created="")
    >>> costs([Item(offer(1000, 200), 2, ""), Item(offer(1500, 0), 1, "")])
    Costs(shipping=1900, insurance=3)
    """
    further = sum(each.offer.prices.shipping_further * each.quantity for each in items)
    first = max(each.offer.prices.shipping - each.offer.prices.shipping_further for each in items)
    return Costs(max(further + first, 0), sum(each.offer.prices.insurance * each.quantity for each in items))


def merged(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items with those of one offer put together, in the order in which offers are named first."""
    found: dict[tuple[str, str], Item] = {}
    for each in items:
        key = (each.offer.id, each.booking)
        known = found.get(key)
        found[key] = known._replace(quantity=known.quantity + each.quantity) if known else each
    return tuple(found.values())


def divide(items: Sequence[Item]) -> list[Part]:
    """The parts that follow from what is sold: by seller, supply, warehouse and so on, and by the number of lines."""
    items = merged(items)
    values = {code: {read(each.offer) for each in items} for code, (read, _) in _COMMON.items()}
    differing = [code for code, found in values.items() if len(found) > 1]
    reasons = tuple(Reason(code, {}, *_COMMON[code][1]) for code in differing)
    groups: dict[tuple[str, ...], list[Item]] = {}
    for each in items:
        groups.setdefault(tuple(_COMMON[code][0](each.offer) for code in differing), []).append(each)
    return [part for group in groups.values() for part in _by_lines(group, reasons)]


def _by_lines(items: Sequence[Item], reasons: tuple[Reason, ...]) -> list[Part]:
    if len(items) <= MAX_LINES:
        return [Part(tuple(items), reasons)]
    reasons = (*reasons, Reason("split.lines", {"most": str(MAX_LINES)}, *_SPECIFICATION))
    return [Part(tuple(items[at : at + MAX_LINES]), reasons) for at in range(0, len(items), MAX_LINES)]


def divide_by_value(
    part: Part, value: Callable[[Sequence[Item]], int], single: int, reason: Reason, most: int = 50
) -> list[Part]:
    """A part that is above the single limit, as parts within it; a piece above the limit is a part of its own.

    Pieces fill one part after another, the dearest first, so that there are few parts. `value`: the taxable value of a
    part. Raises TradeError if more than `most` parts would be needed.
    """
    bins: list[dict[str, Item]] = []
    for each in sorted(part.items, key=lambda each: (-each.offer.prices.price, each.offer.id)):
        left = each.quantity
        for found in bins:
            if taken := _fitting(list(found.values()), each, left, value, single):
                found[each.offer.id] = each._replace(quantity=taken)
                left -= taken
        while left:
            # A piece that is above the limit by itself travels alone: then the rule of one item may hold.
            taken = max(_fitting([], each, left, value, single), 1)
            bins.append({each.offer.id: each._replace(quantity=taken)})
            left -= taken
            if len(bins) > most:
                raise TradeError(
                    "too_many_orders",
                    "The order would be divided into more than {most} orders by the single limit. Order less.",
                    each.place,
                    most=most,
                )
    return [Part(tuple(found.values()), (*part.reasons, reason)) for found in bins]


def _fitting(others: Sequence[Item], item: Item, left: int, value: Callable[[Sequence[Item]], int], single: int) -> int:
    """How many pieces fit beside others, at most `left`. The value grows with the pieces."""
    low, high = 0, left
    while low < high:
        middle = (low + high + 1) // 2
        if value([*others, item._replace(quantity=middle)]) <= single:
            low = middle
        else:
            high = middle - 1
    return low
