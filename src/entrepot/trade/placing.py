"""Place the orders of a checkout: stock and limits are reserved, the quotes are locked in, all together or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.model.money import in_major, in_minor
from entrepot.trade import limits, stock
from entrepot.trade.booking.deposits import deposits_of
from entrepot.trade.booking.holding import HOLD
from entrepot.trade.booking.ordering import bookings_in, put_in_order
from entrepot.trade.checkout import Asked, Checkout, QuotedPart, check_active, declared, paid, refused_by
from entrepot.trade.identity import check_contact, needs_identity
from entrepot.trade.ledger.entries import Insufficient, Posting
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.limits import LimitAccount, RetailLimits, Usage
from entrepot.trade.orders import Assertion, Buyer, KeptQuote, LimitUse, Line, Order, request_reference
from entrepot.trade.ports import Transaction, key_reused
from entrepot.trade.quotes import QuotePort, chosen, is_outdated, kept, made_for
from entrepot.trade.service_rules import ServiceRule
from entrepot.trade.splitting import Item


class Terms(NamedTuple):
    """Settings of the node.

    `hold`: how long an unpaid order keeps its stock; `retention`: how long the personal data of an order is kept:
    three years after it, as China asks of platforms for the data of a transaction (E-Commerce Law, article 31, not
    checked in the text); other laws may ask for more.
    """

    hold: dt.timedelta = dt.timedelta(hours=6)
    retention: dt.timedelta = dt.timedelta(days=3 * 366)


DEFAULT_TERMS = Terms()


def place_orders(
    tx: Transaction, checkout: Checkout, quotes: QuotePort, *, key: str, terms: Terms = DEFAULT_TERMS
) -> list[Order]:
    """Place the orders of a checkout, all or none. The same `key` places them once. Raises TradeError.

    Orders whose quote is not one that the buyer was shown wait for its acceptance (`requote`). `key`: "" for a request
    that is not repeated: nothing is kept of it.
    """
    reference = digest = ""
    if key:
        reference = request_reference(checkout.by, key)
        digest = tx.keyed_hash(msgspec.json.encode(checkout.asked, order="sorted").decode())
        if (first := tx.lookup(reference)) is not None:
            return _placed_before(tx, tx.get(first), digest)
    _lock_offers(tx, checkout)
    drafts = [_draft(tx, each, checkout, quotes, terms) for each in checkout.parts]
    _check_total(checkout, drafts, quotes)
    contact = _contact(tx, checkout, drafts, terms)
    numbers = [tx.new_id("or_") for _ in drafts]
    group = tx.new_id("co_")
    orders = []
    for at, (number, draft) in enumerate(zip(numbers, drafts, strict=True)):
        head = {"checkout": group, "siblings": numbers, "digest": digest, "request": reference if at == 0 else ""}
        orders.append(
            _place(
                tx, number, draft, {**head, "buyer": _buyer(contact, draft, checkout)}, key=reference if at == 0 else ""
            )
        )
    return orders


class _Draft(NamedTuple):
    """An order that is about to be placed."""

    part: QuotedPart
    quote: KeptQuote
    lines: tuple[Line, ...]
    rules: tuple[ServiceRule, ...]
    ends: dt.datetime
    identified: bool
    deposits: Mapping[str, int]


class _Contact(NamedTuple):
    personal: str
    identity: str


def _placed_before(tx: Transaction, first: Order, digest: str) -> list[Order]:
    if first.digest != digest:
        raise key_reused()
    return [tx.get(number) for number in first.siblings]


def _lock_offers(tx: Transaction, checkout: Checkout) -> None:
    """Lock the offers in one order, so that two checkouts do not wait for each other, and check them again."""
    items = {each.offer.id: each for part in checkout.parts for each in part.part.items}
    for number in sorted(items):
        item, offer = items[number], tx.get(number)
        check_active(offer, item.place)
        if offer.version != item.offer.version:
            raise TradeError(
                "offer_changed",
                "The offer {offer} was changed by its seller. Ask for a new quote.",
                f"{item.place}.offer",
                offer=offer.id,
            )


def _draft(tx: Transaction, part: QuotedPart, checkout: Checkout, quotes: QuotePort, terms: Terms) -> _Draft:
    asked, stored = checkout.asked, part.stored
    option = chosen(stored.document, part.option, asked.assertions)
    now = timestamp(tx.time)
    asserted = [
        Assertion(each, checkout.by, now) for each in made_for(option, (*stored.sale.asserted, *asked.assertions))
    ]
    quote = kept(stored, option, asserted, paid(part.part.items), lambda currency: quotes.decimals(currency) or 0)
    reason = is_outdated(
        quote, asked.ship_to.country, tx.time, limits.legal_day(asked.ship_to.country, tx.time), quotes
    )
    if reason == "quote_expired":
        raise TradeError(reason, "The quote {quote} has expired. Ask for a new one.", "quotes", quote=quote.id)
    if reason:
        raise TradeError(
            reason,
            "The law of {economy} has changed since the quote {quote}. Ask for a new one.",
            "quotes",
            quote=quote.id,
            economy=asked.ship_to.country,
        )
    lines = tuple(
        Line(
            number=number,
            offer=each.offer.id,
            version=each.offer.version,
            quantity=each.quantity,
            prices=each.offer.prices,
            amount=each.amount,
            goods=each.offer.goods,
            stocked=each.offer.stocked,
            booking=each.booking,
            origin=each.offer.origin,
        )
        for number, each in enumerate(part.part.items, 1)
    )
    identified = needs_identity(option.id, part.law.limits)
    rules = _rules(lines, asked, limits.legal_day(asked.ship_to.country, tx.time), quotes)
    deposits = deposits_of(part.part.items, quotes.decimals(quote.amounts.currency) or 0)
    ends = min(tx.time + held_for(lines, terms), stored.expires)
    return _Draft(part, quote, lines, rules, ends, identified, deposits)


def _rules(lines: Sequence[Line], asked: Asked, day: dt.date, quotes: QuotePort) -> tuple[ServiceRule, ...]:
    """What the law says of the delivery of the services of an order, each category once."""
    services = {line.goods.service: line.goods.ship_from for line in lines if line.goods.delivery is not None}
    return tuple(
        rule
        for service, ship_from in services.items()
        for rule in quotes.rules(service, (ship_from, asked.ship_to.country), asked.kind, day)
    )


def held_for(lines: Sequence[Line], terms: Terms) -> dt.timedelta:
    """How long an unpaid order keeps what it has: a booked time is not kept from others as long as pieces are."""
    return min(HOLD, terms.hold) if bookings_in(lines) else terms.hold


def _check_total(checkout: Checkout, drafts: Sequence[_Draft], quotes: QuotePort) -> None:
    """The buyer may name the amount that is expected: not a cent more or less is ordered."""
    if not checkout.asked.total:
        return
    currencies = sorted({each.quote.amounts.currency for each in drafts})
    total = sum(each.quote.amounts.total + sum(each.deposits.values()) for each in drafts)
    places = quotes.decimals(currencies[0]) or 0
    expected = decimal_of(checkout.asked.total)
    if expected is None or len(currencies) > 1 or in_minor(expected, places) != total:
        found = in_major(total, places) if len(currencies) == 1 else ", ".join(currencies)
        values = {"found": found, "currency": currencies[0], "expected": checkout.asked.total}
        raise TradeError("amount_differs", "The orders cost {found} {currency}, not {expected!r}.", "total", **values)


def _contact(tx: Transaction, checkout: Checkout, drafts: Sequence[_Draft], terms: Terms) -> _Contact:
    """Store the personal data of the buyer, once for all orders of the checkout."""
    asked, identified = checkout.asked, any(each.identified for each in drafts)
    goods = any(not line.goods.service for each in drafts for line in each.lines)
    given = check_contact(asked.contact, asked.ship_to.country, identified=identified, goods=goods)
    until = (tx.time + terms.retention).date()
    personal = tx.put_personal(checkout.by, "order", given, retain_until=until)
    identity = identity_hash(tx, asked.ship_to.country, given["identity_number"]) if identified else ""
    return _Contact(personal, identity)


def identity_hash(tx: Transaction, economy: str, number: str) -> str:
    """The keyed hash of the identity that has an annual limit: of the number alone, since names vary in spelling."""
    return tx.keyed_hash(f"identity:{economy}:{number}")


def _buyer(contact: _Contact, draft: _Draft, checkout: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = {"party": checkout.by, "kind": checkout.asked.kind, "personal": contact.personal}
    if draft.identified:
        retail = draft.part.law.limits
        elsewhere = declared(checkout.asked, retail) if retail else 0
        found |= {"identity": contact.identity} | ({"year_to_date": elsewhere} if elsewhere else {})
    return found


def _place(tx: Transaction, number: str, draft: _Draft, head: Mapping[str, Any], *, key: str) -> Order:
    goods, asked = draft.lines[0].goods, draft.part.part
    buyer = msgspec.convert(head["buyer"], Buyer)
    limit, postings = take_limit(
        tx, draft.quote, buyer, draft.part.law.limits, draft.part.stored.sale.ship_to.country, draft.lines
    )
    place = draft.part.stored.sale.ship_to
    payload = {
        **{name: value for name, value in head.items() if value},
        "seller": asked.items[0].offer.seller,
        "ship_to": {"country": place.country} | ({"state": place.state} if place.state else {}),
        "lines": msgspec.to_builtins(draft.lines),
        **({"deposits": draft.deposits} if draft.deposits else {}),
        **({"rules": msgspec.to_builtins(draft.rules)} if draft.rules else {}),
        "quote": msgspec.to_builtins(draft.quote),
        "expires": timestamp(draft.ends),
        "supply": goods.supply,
        "warehouse": goods.warehouse,
        "reasons": msgspec.to_builtins(asked.reasons),
        "stock": "reserved" if any(line.stocked for line in draft.lines) else "none",
    } | ({"limit": msgspec.to_builtins(limit)} if limit else {})
    if draft.lines[0].origin is not None:
        payload["common"] = tx.new_id("xo_")
    for booking in bookings_in(draft.lines):
        place_of = next(f"{each.place}.booking" for each in asked.items if each.booking == booking)
        put_in_order(tx, booking, number, timestamp(draft.ends), by=buyer.party, place=place_of)
    reserved = (*stock.reserve(number, draft.lines), *postings)
    try:
        order: Order = tx.append(number, "order.placed", payload, postings=reserved, key=key)
    except Insufficient as error:
        raise insufficient(error, draft.part.part.items, draft.part.law.limits) from None
    if draft.part.accepted:
        return order
    waiting: Order = tx.append(number, "order.requote_needed", {"reason": "order_divided", "hash": draft.quote.hash})
    return waiting


def take_limit(
    tx: Transaction,
    quote: KeptQuote,
    buyer: Buyer,
    retail: RetailLimits | None,
    economy: str,
    lines: Sequence[Line],
    *,
    free: int = 0,
) -> tuple[LimitUse | None, tuple[Posting, ...]]:
    """What an order takes of the buyer's annual limit, and the postings. Raises TradeError, which says what remains.

    `free`: what the order itself has reserved before, and gives back with the same event.
    """
    if retail is None or not needs_identity(quote.option, retail):
        return None, ()
    year = limits.legal_day(economy, tx.time).year
    account = LimitAccount(economy, year, buyer.identity, retail.currency)
    usage = Usage(
        used=tx.balance(account.used, account.unit),
        reserved=tx.balance(account.reserved, account.unit) - free,
        declared=buyer.year_to_date,
    )
    pieces = sum(each.quantity for each in lines)
    decision = limits.decide(retail, value=quote.limited, items=pieces, usage=usage, year=year)
    if decision.outcome == limits.NOT_ALLOWED:
        raise refused_by(decision.reasons[-1])
    use = LimitUse(
        economy=economy, year=year, keyed_hash=buyer.identity, currency=retail.currency, amount=quote.limited
    )
    return use, limits.reserve(account, quote.limited, retail, buyer.year_to_date)


def insufficient(error: Insufficient, items: Sequence[Item], retail: RetailLimits | None) -> TradeError:
    """The error where an account has too little: pieces of an offer, or an annual limit that others used meanwhile."""
    if retail is not None and error.unit.startswith("limit:"):
        return TradeError(
            "limit_annual",
            "The annual limit of the buyer has {currency} {left} left; the order needs {needed}.",
            "items",
            currency=retail.currency,
            left=in_major(error.available, retail.decimals),
            needed=in_major(-error.amount, retail.decimals),
        )
    place = next((each.place for each in items if each.offer.id == error.unit), "items")
    return TradeError(
        "no_stock",
        "The offer {offer} has {left} left; {quantity} were ordered.",
        f"{place}.quantity",
        offer=error.unit,
        left=error.available,
        quantity=-error.amount,
    )
