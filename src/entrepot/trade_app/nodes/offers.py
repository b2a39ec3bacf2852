"""The offers of this node as it tells them to another node, and what goods of another node cost a buyer here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from entrepot import app
from entrepot.model.errors import LawError, SaleError, TradeError
from entrepot.model.quote import Option, Quote
from entrepot.store import market_index, pavilions
from entrepot.store.people import organizations
from entrepot.trade.checkout import MAX_QUANTITY, Asked, sale_of
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.limits import end_of_day
from entrepot.trade.nodes import copies
from entrepot.trade.nodes.offer_bodies import (
    MAX_LISTED,
    MAX_QUERIED,
    CitedLaw,
    ListAsked,
    ListedOffer,
    ListedPavilion,
    OffersListed,
    PriceAsked,
    PriceIssued,
    QueryAsked,
)
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.offers import Offer, stock_account
from entrepot.trade.orders import Destination
from entrepot.trade.splitting import Item
from entrepot.trade_app.books import open_books
from entrepot.trade_app.quotes import NodeQuotes

#: Bytes of the offers of one answer: a message has 256 KB at most.
MAX_BYTES = 160_000
#: Rows of law of one answer.
MAX_ROWS = 100
_quotes = NodeQuotes()


def services(economy: str) -> dict[str, Callable[[Any, Peer], Any]]:
    """What the handlers of messages about offers call, by the type of the message. `economy`: of this node."""
    return {
        "offer.list": lambda body, _peer: list_offers(body, economy),
        "offer.query": lambda body, _peer: query_offers(body, economy),
        "quote.request": lambda body, peer: price(body, peer.economy, economy),
    }


def list_offers(asked: ListAsked, economy: str) -> OffersListed:
    """A page of the offers of this node's market that are its own economy's. The first page has the pavilions."""
    after = int(asked.after) if asked.after.isdecimal() and len(asked.after) < 19 else 0  # 64 bits
    rows = market_index.own_offers(after, MAX_LISTED)
    offers = {each.id: each for each in open_books().read_many([number for _place, number in rows])}
    told = {each.offer: each for each in _told(list(offers.values()), economy)}
    found, size, place = list[ListedOffer](), 0, after
    for place_of, number in rows:
        if (each := told.get(number)) is not None:
            size += len(msgspec.json.encode(each))
            if found and size > MAX_BYTES:
                break
            found.append(each)
        place = place_of
    more = bool(rows) and (place < rows[-1][0] or len(rows) == MAX_LISTED)
    first = () if after else tuple(_pavilions())
    return OffersListed(offers=tuple(found), pavilions=first, next=str(place) if more else "")


def query_offers(asked: QueryAsked, economy: str) -> OffersListed:
    """Some offers as they are now; those that cannot be ordered are left out."""
    found = open_books().read_many(asked.offers[:MAX_QUERIED])
    return OffersListed(offers=tuple(_told([each for each in found if isinstance(each, Offer)], economy)))


def _pavilions() -> list[ListedPavilion]:
    return [
        ListedPavilion(slug=each.slug, titles=each.titles, texts=each.texts, presenter=each.operator_name)
        for each in pavilions.list_pavilions()
        if not each.peer
    ]


def _told(offers: Sequence[Offer], economy: str) -> list[ListedOffer]:
    """Offers as they are told: those of published pavilions that have pieces left."""
    published = {each.slug for each in pavilions.list_pavilions() if not each.peer}
    shown = [
        each
        for each in offers
        if copies.can_be_listed(each, economy)
        and market_index.is_shown(each)
        and each.presentation.pavilion in published
    ]
    stock = open_books().balances_of([(stock_account(each.id), each.id) for each in shown if each.stocked])
    names = organizations.names_of({each.seller for each in shown})
    return [
        copies.listed(each, _places(each), names.get(each.seller, each.seller))
        for each in shown
        if not each.stocked or stock.get((stock_account(each.id), each.id), 0) > 0
    ]


def _places(offer: Offer) -> int:
    return _quotes.decimals(offer.prices.currency) or 0


def price(asked: PriceAsked, economy: str, own: str) -> PriceIssued:
    """What pieces of an offer of another economy cost a buyer here, by the law of this node. Raises TradeError.

    `economy`: of the node that asks; `own`: of this node.
    """
    if not 1 <= asked.quantity <= MAX_QUANTITY or asked.buyer not in ("consumer", "business"):
        raise TradeError(
            "field_invalid", "{value!r} is not a value of {field}.", "quantity", value=asked.quantity, field="quantity"
        )
    listed = ListedOffer(
        offer="asked", version=1, seller="asked", seller_name="asked", pavilion="asked", terms=asked.terms
    )
    form = copies.read_listed(listed, economy, _quotes.decimals).form
    offer = Offer(
        id="asked", status="active", seller="", goods=form.goods, prices=form.prices, created="", stocked=False
    )
    request = Asked(items=(), ship_to=Destination(country=own), contact={}, kind=asked.buyer)
    try:
        return _issued(app.quote(sale_of([Item(offer, asked.quantity, "")], request, _quotes)), own)
    except (SaleError, LawError) as error:
        raise TradeError("price_unknown", "{why}", "terms", why=error) from None


def _issued(quote: Quote, own: str) -> PriceIssued:
    option = quote.best or quote.best_conditional
    head: Mapping[str, Any] = {
        "currency": quote.currency,
        "law_date": quote.law.date,
        "law_hash": quote.law.hash,
        "trust": quote.assessment.trust or "",
        "expires": timestamp(end_of_day(own, dt.date.fromisoformat(quote.law.date))),
    }
    if option is None:
        return PriceIssued(status="refused", reasons=tuple(each.code for each in quote.assessment.reasons), **head)
    return PriceIssued(
        status="open" if quote.best is not None else "conditional",
        landed=option.amount_landed,
        charges=option.amount_charges,
        low=option.amount_landed_low or None,
        high=option.amount_landed_high or None,
        at_least=option.at_least,
        procedure=option.id,
        conditions=_conditions(option),
        rows=_rows(quote, option),
        **head,
    )


def _rows(quote: Quote, option: Option) -> tuple[CitedLaw, ...]:
    """The rows of law that decided the procedure and its charges."""
    names = dict.fromkeys([*option.citations, *(name for each in option.charges for name in each.citations)])
    found = [(name, quote.law.rows[name]) for name in list(names)[:MAX_ROWS] if name in quote.law.rows]
    return tuple(
        CitedLaw(
            row=name,
            trust=row.trust,
            since=row.since,
            until=row.until or "",
            sources=tuple(quote.law.sources[each].title for each in row.sources if each in quote.law.sources),
        )
        for name, row in found
    )


def _conditions(option: Option) -> tuple[str, ...]:
    """The ids of the conditions that the buyer confirms, of the procedure and of its lines."""
    lines = [line.treatment.conditions for line in option.lines if line.treatment is not None]
    found = [each.id for group in (option.conditions, *lines) for each in group if each.state == "asked"]
    return tuple(dict.fromkeys(found))
