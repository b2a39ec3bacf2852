"""A checkout before it is placed: its items are divided into orders, and each has its quote.

This reads offers and quotes and stores new quotes; it is not part of the transaction that places the orders, which
checks again what could have changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.model.money import half_up, in_major, in_minor
from entrepot.model.quote import Option
from entrepot.model.sale import FREIGHT_IN, INSURANCE_IN, MEASURES, Sale, read_sale
from entrepot.trade.booking.ordering import items_of_booking
from entrepot.trade.identity import needs_identity
from entrepot.trade.limits import NOT_ALLOWED, RetailLimits, Usage, decide, legal_day
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Destination
from entrepot.trade.ports import NotFound
from entrepot.trade.quotes import LawNow, QuotePort, StoredQuote, check_known, check_owned, chosen
from entrepot.trade.reasons import SENTENCES, Reason
from entrepot.trade.splitting import Item, Part, costs, divide, divide_by_value

#: Pieces of one item, and items of a checkout, at most.
MAX_QUANTITY, MAX_ITEMS = 1_000_000, 500
#: Measures of one piece that are not multiplied by the quantity.
_SHARES = frozenset({"alcohol_percent"})
#: What does not make a sale another one: its day (the hash of the law tells), and assertions, which may come later.
_NOT_COMPARED = frozenset({"date", "asserted"})


class AskedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a buyer asks for: so many pieces of an offer, or a booking that is held for the buyer.

    A booking says itself what it is sold as; where the offer and the quantity are named too, they have to be those.
    """

    offer: str = ""
    quantity: int = 0
    booking: str = ""


class AskedQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A quote that the buyer was shown and orders by."""

    id: str
    hash: str


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request of a checkout.

    `contact`: personal data: name, telephone, address, identity_type, identity_number, and consignee where it is
    another person; `year_to_date`: what the buyer has bought elsewhere this year under an annual limit, in major units
    of its currency; `option`: the import procedure, else the best; `assertions`: conditions of the law that the buyer
    vouches for; `quotes`: those that were shown, else new ones; `total`: what the buyer expects to pay for all orders,
    in major units, where it is to be checked.
    """

    items: tuple[AskedItem, ...]
    ship_to: Destination
    contact: Mapping[str, str]
    kind: str = "consumer"
    year_to_date: str = ""
    option: str = ""
    assertions: tuple[str, ...] = ()
    quotes: tuple[AskedQuote, ...] = ()
    total: str = ""


class QuotedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a checkout with its quote. `accepted`: the buyer was shown this quote, or no other one."""

    part: Part
    stored: StoredQuote
    option: str
    law: LawNow
    accepted: bool


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout that can be placed. `by`: who buys."""

    asked: Asked
    by: str
    parts: tuple[QuotedPart, ...]


def read_asked(request: Mapping[str, Any]) -> Asked:
    """The request of a checkout. Raises TradeError with the place that is wrong."""
    try:
        asked = msgspec.convert(request, Asked, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise TradeError(
            "request_invalid", "The request cannot be read: {reason}.", place.strip("`."), reason=reason
        ) from None
    if not 1 <= len(asked.items) <= MAX_ITEMS:
        raise TradeError(
            "items_count",
            "A checkout has 1 to {most} items, not {count}.",
            "items",
            most=MAX_ITEMS,
            count=len(asked.items),
        )
    for at, each in enumerate(asked.items):
        if not each.booking and not 1 <= each.quantity <= MAX_QUANTITY:
            raise TradeError(
                "quantity_invalid",
                "The quantity of an item is a whole number from 1 to {most}, not {given}.",
                f"items[{at}].quantity",
                most=MAX_QUANTITY,
                given=each.quantity,
            )
    return asked


def prepare(asked: Asked, by: str, read: Callable[[str], Offer], quotes: QuotePort, now: dt.datetime) -> Checkout:
    """Divide a checkout into orders and quote each. Raises TradeError, and what the port raises.

    `by`: who buys; `read`: the state of an offer, which raises NotFound.
    """
    day = legal_day(asked.ship_to.country, now)
    law = quotes.law(asked.ship_to.country, day)
    if law.limits is not None:
        declared(asked, law.limits)
    items = [item for at, each in enumerate(asked.items) for item in _items(each, by, read, f"items[{at}]")]
    given = [check_owned(quotes.find(each.id), each.id, each.hash, by, now) for each in asked.quotes]
    found: list[QuotedPart] = []
    parts = divide(items)
    _check_whole(parts)
    for part in parts:
        found += _quoted(part, asked, by, quotes, law, given)
    check_known([option_of(each) for each in found], asked.assertions)
    if given and all(not each.accepted for each in found):
        _explain_difference(found[0], given[0], asked, quotes)
    return Checkout(asked=asked, by=by, parts=tuple(found))


def option_of(part: QuotedPart) -> Option:
    """The import procedure of a part, as its quote has it."""
    return next(each for each in part.stored.document.options if each.id == part.option)


def _items(asked: AskedItem, by: str, read: Callable[[str], Any], place: str) -> list[Item]:
    """What an item sells: pieces of an offer, or the time of a booking, which can have several prices."""
    if not asked.booking:
        item = _item(asked.offer, asked.quantity, read, place)
        if item.offer.goods.delivery is not None and item.offer.goods.delivery.kind == "booking":
            raise TradeError(
                "booking_missing",
                "{offer} is sold by time: hold a time first, and order its booking.",
                f"{place}.booking",
                offer=asked.offer,
            )
        return [item]
    sold = items_of_booking(read, asked.booking, by, place, (asked.offer, asked.quantity))
    unused = read(asked.booking).status != "finished"
    return [_item(each.offer, each.quantity, read, place, asked.booking)._replace(unused=unused) for each in sold]


def _item(number: str, quantity: int, read: Callable[[str], Any], place: str, booking: str = "") -> Item:
    try:
        offer = read(number)
        if not isinstance(offer, Offer):
            raise NotFound(number)
    except NotFound:
        raise TradeError("offer_not_found", "There is no offer {offer!r}.", f"{place}.offer", offer=number) from None
    check_active(offer, place)
    return Item(offer, quantity, place, booking)


def _check_whole(parts: Sequence[Part]) -> None:
    """Raise TradeError for a booking whose prices would be in two orders: it is paid as a whole."""
    seen: dict[str, int] = {}
    for at, part in enumerate(parts):
        for each in part.items:
            if each.booking and seen.setdefault(each.booking, at) != at:
                raise TradeError(
                    "booking_divided",
                    "The prices of {booking} cannot be paid with one order. Order it alone, or tell its seller.",
                    f"{each.place}.booking",
                    booking=each.booking,
                )


def check_active(offer: Offer, place: str) -> None:
    """Raise TradeError for an offer that cannot be ordered."""
    if offer.status != "active":
        raise TradeError(
            "offer_not_active",
            "The offer {offer} is {status}: it cannot be ordered.",
            f"{place}.offer",
            offer=offer.id,
            status=offer.status,
        )


def _quoted(
    part: Part, asked: Asked, by: str, quotes: QuotePort, law: LawNow, given: Sequence[StoredQuote]
) -> list[QuotedPart]:
    """A part with its quote, or the parts within the single limit that it is divided into."""
    first = _stored(part, asked, by, quotes, given)
    limits = law.limits
    if limits is None or limits.single is None or asked.kind != "consumer" or part.items[0].offer.goods.service:
        return [_with_option(part, first, asked, law, given, quotes)]
    retail = asked.option in ("", limits.within, limits.above)
    value = _value_in(first, quotes)
    pieces = sum(each.quantity for each in part.items)
    if not retail or pieces == 1 or value(part.items) <= limits.single:
        return [_with_option(part, first, asked, law, given, quotes)]
    row = limits.single_row
    values = {"currency": limits.currency, "single": in_major(limits.single, limits.decimals)}
    reason = Reason("split.single_limit", values, row.sources if row else (), row.trust if row else "", "")
    parts = divide_by_value(part, value, limits.single, reason)
    return [_with_option(each, _stored(each, asked, by, quotes, given), asked, law, given, quotes) for each in parts]


def _value_in(stored: StoredQuote, quotes: QuotePort) -> Callable[[Sequence[Item]], int]:
    """The taxable value of items in the currency of the quote: what the buyer pays for them and their carriage."""
    rate = Decimal(stored.document.exchange.rate) if stored.document.exchange else Decimal(1)
    places = _decimals(quotes, stored.document.currency) - _decimals(quotes, stored.sale.currency)
    top, bottom = (rate * Decimal(10) ** places).as_integer_ratio()
    return lambda items: half_up(sum(paid(items).values()) * top, bottom)


def _with_option(
    part: Part, stored: StoredQuote, asked: Asked, law: LawNow, given: Sequence[StoredQuote], quotes: QuotePort
) -> QuotedPart:
    try:
        option = chosen(stored.document, _wanted(asked, law, stored), asked.assertions)
    except TradeError as error:
        if error.code in ("no_option", "option_closed"):
            _check_declared(part, stored, asked, law, quotes)
        raise
    incoterm = part.items[0].offer.goods.incoterm
    if needs_identity(option.id, law.limits) and incoterm in FREIGHT_IN:
        # The list has the price of each line and the freight apart, and their sum is what was paid.
        raise TradeError(
            "incoterm_at_retail",
            "Retail import declares the price of the goods and the freight separately, and a price at {incoterm} "
            "includes the freight. Sell at a price without freight.",
            f"{part.items[0].place}.offer",
            incoterm=incoterm,
        )
    accepted = not given or any(each.id == stored.id for each in given)
    return QuotedPart(part=part, stored=stored, option=option.id, law=law, accepted=accepted)


def _check_declared(part: Part, stored: StoredQuote, asked: Asked, law: LawNow, quotes: QuotePort) -> None:
    """Raise TradeError where retail import is closed because of what the buyer declares to have bought this year."""
    limits = law.limits
    if limits is None or asked.kind != "consumer" or asked.option not in ("", limits.within, limits.above):
        return
    value = _value_in(stored, quotes)(part.items)
    usage = Usage(declared=declared(asked, limits))
    year = int(stored.document.law.date[:4])
    decision = decide(limits, value=value, items=sum(each.quantity for each in part.items), usage=usage, year=year)
    if decision.outcome == NOT_ALLOWED:
        raise refused_by(decision.reasons[-1])


def refused_by(reason: Reason) -> TradeError:
    """The error of a decision that refuses: its code and its sentence."""
    return TradeError(reason.code.replace(".", "_"), SENTENCES[reason.code], "items", **reason.values)


def declared(asked: Asked, limits: RetailLimits) -> int:
    """What the buyer declares to have bought elsewhere this year, in minor units. Raises TradeError."""
    if not asked.year_to_date:
        return 0
    amount = decimal_of(asked.year_to_date)
    found = in_minor(amount, limits.decimals) if amount is not None else None
    if found is None or found < 0:
        raise TradeError(
            "year_to_date_invalid",
            "{given!r} is not an amount in {currency}. Write what was bought this year, such as 1234.50.",
            "year_to_date",
            given=asked.year_to_date,
            currency=limits.currency,
        )
    return found


def _wanted(asked: Asked, law: LawNow, stored: StoredQuote) -> str:
    """The option that is asked for. One for an order within the limits means that above it where one item is."""
    limits = law.limits
    if limits is None or asked.option not in (limits.within, limits.above):
        return asked.option
    options = {each.id: each.status for each in stored.document.options}
    other = limits.above if asked.option == limits.within else limits.within
    return other if options.get(asked.option) == "closed" and options.get(other) != "closed" else asked.option


def _stored(part: Part, asked: Asked, by: str, quotes: QuotePort, given: Sequence[StoredQuote]) -> StoredQuote:
    """The quote of a part: one that the buyer was shown for exactly this part, or a new one."""
    sale = sale_of(part.items, asked, quotes)
    wanted = read_sale(sale)
    for each in given:
        if not difference(each.sale, wanted):
            return each
    return quotes.create(sale, by)


def _explain_difference(found: QuotedPart, given: StoredQuote, asked: Asked, quotes: QuotePort) -> None:
    """Raise TradeError where a quote that was given is not for these items at all.

    Where the items are divided into several orders, new quotes are shown instead.
    """
    wanted = read_sale(sale_of(found.part.items, asked, quotes))
    field = difference(given.sale, wanted)
    if found.part.reasons and field == "lines":
        return
    money = field.endswith((".amount", "_cost"))
    code = "currency_differs" if field == "currency" else "amount_differs" if money else "quote_differs"
    raise TradeError(
        code,
        "The quote {quote} is for another sale: {field} differs. Ask for a quote of these items.",
        "quotes",
        quote=given.id,
        field=field,
    )


def difference(quoted: Sale, wanted: Sale) -> str:
    """The first part of a sale in which two differ, such as `lines[0].amount`; "" if they are one sale.

    The day does not count: the law of the day is checked by its hash. Assertions may be made after the quote.
    """
    for name in Sale.__struct_fields__:
        left, right = getattr(quoted, name), getattr(wanted, name)
        if name in _NOT_COMPARED:
            continue
        if name == "lines":
            if len(left) != len(right):
                return "lines"
            for at, (one, other) in enumerate(zip(left, right, strict=True)):
                for field in one.__struct_fields__:
                    if field != "description" and _plain(field, getattr(one, field)) != _plain(
                        field, getattr(other, field)
                    ):
                        return f"lines[{at}].{field}"
        elif left != right:
            return name
    return "" if set(quoted.asserted) <= set(wanted.asserted) else "asserted"


def _plain(field: str, value: Any) -> Any:
    return value.replace(".", "") if field == "hs_code" and value else value


def sale_of(items: Sequence[Item], asked: Asked, quotes: QuotePort) -> dict[str, Any]:
    """The sale that is quoted for a part of a checkout: the request of a quote, without its day."""
    first = items[0].offer
    places = _decimals(quotes, first.prices.currency)
    carriage = costs(items)
    sale: dict[str, Any] = {
        "ship_from": {"country": first.goods.ship_from},
        "ship_to": {"country": asked.ship_to.country} | ({"state": asked.ship_to.state} if asked.ship_to.state else {}),
        "buyer": {"kind": asked.kind}
        | ({"year_to_date": found} if (found := decimal_of(asked.year_to_date)) is not None else {}),
        "channel": "ecommerce",
        "currency": first.prices.currency,
        "lines": [_sale_line(each, places) for each in items],
    }
    if not first.goods.service:
        sale["shipping_cost"] = Decimal(in_major(carriage.shipping, places))
        sale["insurance_cost"] = Decimal(in_major(carriage.insurance, places))
    if first.goods.incoterm:
        sale["incoterm"] = first.goods.incoterm
    schemes = sorted({each for item in items for each in item.offer.goods.tax_registrations})
    if schemes:
        sale["seller"] = {"registrations": schemes}
    if asked.assertions:
        sale["asserted"] = list(asked.assertions)
    return sale


def _sale_line(item: Item, places: int) -> dict[str, Any]:
    goods = item.offer.goods
    line: dict[str, Any] = {
        "reference": item.offer.id,
        "amount": Decimal(in_major(item.amount, places)),
        "quantity": Decimal(item.quantity),
    }
    for name in ("hs_code", "service", "country_of_origin", "proof_of_origin", "tax_class"):
        if value := getattr(goods, name):
            line[name] = value
    for name, value in goods.measures.items():
        if name in MEASURES:
            line[name] = Decimal(value) if name in _SHARES else Decimal(value) * item.quantity
    return line


def paid(items: Sequence[Item]) -> dict[str, int]:
    """What the buyer pays for items and their carriage, as far as the price does not include it, in minor units."""
    carriage, incoterm = costs(items), items[0].offer.goods.incoterm
    return {
        "goods": sum(each.amount for each in items),
        "shipping": 0 if incoterm in FREIGHT_IN else carriage.shipping,
        "insurance": 0 if incoterm in INSURANCE_IN else carriage.insurance,
    }


def _decimals(quotes: QuotePort, currency: str) -> int:
    found = quotes.decimals(currency)
    if found is None:
        raise TradeError("currency_unknown", "{currency!r} is not a currency code (ISO 4217).", currency=currency)
    return found
