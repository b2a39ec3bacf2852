"""The quote of an order before the payment: where the law changed or it expired, a new one must be accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.model.sale import read_sale
from entrepot.trade import limits
from entrepot.trade.checkout import Asked, difference, paid, sale_of
from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Assertion, Order, owned_by, payable
from entrepot.trade.placing import DEFAULT_TERMS, Terms, held_for, insufficient, take_limit
from entrepot.trade.ports import Transaction
from entrepot.trade.quotes import QuotePort, StoredQuote, check_known, check_owned, chosen, is_outdated, kept
from entrepot.trade.splitting import Item
from entrepot.trade.stock import given_back_limit


def check_quote(tx: Transaction, number: str, quotes: QuotePort) -> Order:
    """Whether an order can still be paid by its quote. If not, it waits for a new one (`requote`); nothing is paid.

    Called before a payment begins.
    """
    order: Order = tx.get(number)
    if order.state != "placed" or not payable(order):
        return order
    day = limits.legal_day(order.ship_to.country, tx.time)
    reason = is_outdated(order.quote, order.ship_to.country, tx.time, day, quotes)
    if not reason:
        return order
    changed: Order = tx.append(number, "order.requote_needed", {"reason": reason, "hash": order.quote.hash})
    return changed


def new_quote(order: Order, quotes: QuotePort, now: dt.datetime) -> StoredQuote:
    """A new quote for an order, to be shown to its buyer. Not called within a transaction. Raises SaleError."""
    return quotes.create(sale_of(items_of(order), _asked(_in_year(order, now), quotes), quotes), order.buyer.party)


def _in_year(order: Order, now: dt.datetime) -> Order:
    """An order as it is quoted now: what its buyer declared to have bought elsewhere was of the year of the order."""
    place = order.ship_to.country
    year = limits.legal_day(place, dt.datetime.fromisoformat(order.created)).year
    if limits.legal_day(place, now).year == year:
        return order
    return msgspec.structs.replace(order, buyer=msgspec.structs.replace(order.buyer, year_to_date=0))


def accept_quote(
    tx: Transaction,
    number: str,
    quote: str,
    digest: str,
    quotes: QuotePort,
    *,
    by: str,
    assertions: Sequence[str] = (),
    terms: Terms = DEFAULT_TERMS,
) -> Order:
    """Accept a new quote for an order that is not paid. The event has the hash of both quotes. Raises TradeError.

    Accepting the quote that the order has already changes nothing.
    """
    order = owned_by(tx.get(number), by)
    if order.quote.hash == digest and order.state == "placed":
        return order
    if not payable(order):
        raise TradeError(
            "order_not_payable",
            "{order} is {status}: its quote is settled.",
            "quote",
            order=number,
            status=order.status,
        )
    stored = check_owned(quotes.find(quote), quote, digest, order.buyer.party, tx.time)
    order = _in_year(order, tx.time)
    asked, items = _asked(order, quotes, assertions), items_of(order)
    field = difference(stored.sale, read_sale(sale_of(items, asked, quotes)))
    if field:
        raise TradeError(
            "quote_differs",
            "The quote {quote} is for another sale: {field} differs. Ask for a new quote of the order.",
            "quote",
            quote=quote,
            field=field,
        )
    return _requote(tx, order, stored, asked, quotes, by, terms)


def _requote(
    tx: Transaction, order: Order, stored: StoredQuote, asked: Asked, quotes: QuotePort, by: str, terms: Terms
) -> Order:
    day = limits.legal_day(order.ship_to.country, tx.time)
    law = quotes.law(order.ship_to.country, day)
    wanted = order.quote.option if order.quote.option in {each.id for each in stored.document.options} else ""
    option = chosen(stored.document, wanted, asked.assertions)
    check_known([option], asked.assertions)
    now = timestamp(tx.time)
    asserted = [Assertion(each, by, now) for each in dict.fromkeys((*stored.sale.asserted, *asked.assertions))]
    items = items_of(order)
    quote = kept(stored, option, asserted, paid(items), lambda currency: quotes.decimals(currency) or 0)
    if reason := is_outdated(quote, order.ship_to.country, tx.time, day, quotes):
        raise TradeError(
            reason,
            "The law has changed since the quote {quote}. Ask for a new one.",
            "quote",
            quote=quote.id,
        )
    _, back = given_back_limit(order)
    # What was reserved in the year before does not leave more of this year.
    free = order.limit.amount if order.limit and back and order.limit.year == day.year else 0
    limit, taken = take_limit(tx, quote, order.buyer, law.limits, order.ship_to.country, order.lines, free=free)
    payload = {
        "quote": msgspec.to_builtins(quote),
        "previous": order.quote.hash,
        "hash": quote.hash,
        "by": by,
        "expires": timestamp(min(tx.time + held_for(order.lines, terms), stored.expires)),
    } | ({"limit": msgspec.to_builtins(limit)} if limit else {})
    try:
        changed: Order = tx.append(order.id, "order.requoted", payload, postings=(*back, *taken))
    except Insufficient as error:
        raise insufficient(error, (), law.limits) from None
    return changed


def items_of(order: Order) -> tuple[Item, ...]:
    """The lines of an order as they were sold, whatever the offers are now."""
    return tuple(
        Item(
            Offer(
                id=line.offer,
                status="active",
                seller=order.seller,
                goods=line.goods,
                prices=line.prices,
                created=order.created,
                stocked=line.stocked,
                version=line.version,
            ),
            line.quantity,
            f"lines[{line.number - 1}]",
            line.booking,
        )
        for line in order.lines
    )


def _asked(order: Order, quotes: QuotePort, assertions: Sequence[str] = ()) -> Asked:
    """What the buyer asked for, from what the order keeps of it."""
    places = quotes.decimals(order.quote.currency) or 0
    made = tuple(dict.fromkeys((*(each.id for each in order.quote.assertions), *assertions)))
    return Asked(
        items=(),
        ship_to=order.ship_to,
        contact={},
        kind=order.buyer.kind,
        year_to_date=in_major(order.buyer.year_to_date, places) if order.buyer.year_to_date else "",
        assertions=made,
    )
