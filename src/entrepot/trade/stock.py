"""The postings of what an order takes: pieces of offers and a part of an annual limit, and how it gives them back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from entrepot.trade import limits
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.offers import stock_account
from entrepot.trade.orders import Line, Order


def reserved_account(order: str) -> str:
    """The account of the pieces that an order has reserved."""
    return f"reserved/{order}"


def sold_account(offer: str) -> str:
    """The account of the pieces of an offer that were shipped."""
    return f"sold/{offer}"


def reserve(order: str, lines: Iterable[Line]) -> tuple[Posting, ...]:
    """Postings when an order is placed. The ledger refuses them (Insufficient) where too few pieces are left.

    >>> from entrepot.trade.offers import Goods, Prices
    >>> prices, goods = Prices(currency="CNY", price=500), Goods(titles={})
    >>> line = Line(number=1, offer="of_1", version=1, quantity=2, prices=prices, amount=1000, goods=goods)
    >>> [(each.account, each.amount, each.floor) for each in reserve("or_1", [line])]
    [('stock/of_1', -2, 0), ('reserved/or_1', 2, None)]
    """
    return tuple(
        posting
        for line in lines
        if line.stocked
        for posting in (
            Posting(stock_account(line.offer), line.offer, -line.quantity, 0),
            Posting(reserved_account(order), line.offer, line.quantity),
        )
    )


def give_back(order: str, lines: Iterable[Line]) -> tuple[Posting, ...]:
    """Postings when an order ends before its pieces are shipped: they can be ordered again."""
    return tuple(
        posting
        for line in lines
        if line.stocked
        for posting in (
            Posting(reserved_account(order), line.offer, -line.quantity, 0),
            Posting(stock_account(line.offer), line.offer, line.quantity),
        )
    )


def sell(order: str, lines: Iterable[Line]) -> tuple[Posting, ...]:
    """Postings when the pieces of an order are shipped."""
    return tuple(
        posting
        for line in lines
        if line.stocked
        for posting in (
            Posting(reserved_account(order), line.offer, -line.quantity, 0),
            Posting(sold_account(line.offer), line.offer, line.quantity),
        )
    )


def restock(pieces: Iterable[tuple[Line, int]]) -> tuple[Posting, ...]:
    """Postings when pieces came back and can be sold again."""
    return tuple(
        posting
        for line, quantity in pieces
        if line.stocked
        for posting in (
            Posting(sold_account(line.offer), line.offer, -quantity, 0),
            Posting(stock_account(line.offer), line.offer, quantity),
        )
    )


def given_back_limit(order: Order) -> tuple[dict[str, Any], tuple[Posting, ...]]:
    """What an order that ends gives back of an annual limit, if it has reserved something."""
    limit = order.limit
    if limit is None or limit.state != "reserved":
        return {}, ()
    given_back = msgspec.structs.replace(limit, state="given_back")
    return {"limit": msgspec.to_builtins(given_back)}, limits.give_back_reserved(limit.account, limit.amount)
