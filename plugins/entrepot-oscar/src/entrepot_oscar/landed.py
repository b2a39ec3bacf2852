"""The landed price of a basket: what the node quotes for it, and what the checkout may say and charge."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext

from entrepot.client import ApiError, Client, InvalidRequest
from entrepot_oscar.configuration import CONTINUE, configuration
from entrepot_oscar.goods import NotDescribed, goods_of
from entrepot_oscar.node import checkout_client, language_of_buyer
from entrepot_oscar.offers import Item, items_of, offer_for

#: What is known of duties and taxes.
DOMESTIC, EXACT, RANGE, REFUSED, UNAVAILABLE = "domestic", "exact", "range", "refused", "unavailable"
#: Seconds for which a landed price is shown again without asking.
KEPT = 300
ZERO = Decimal(0)
_log = logging.getLogger("entrepot_oscar")


@dataclass(frozen=True, slots=True)
class NodeQuote:
    """An order that the node would place, and its quote. `items`: offer and quantity."""

    id: str
    hash: str
    title: str
    total: Decimal
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Landed:
    """What a buyer pays beside the goods and their carriage.

    `duties`, `taxes`, `fees`: charged with the order; `later`: what somebody else collects from the buyer: kind,
    amount, currency and who. `low` and `high`: where the charges are only known as a range, in `range_currency`.
    `procedures`: how the goods are imported; `conditions`: what must hold for this; `reasons`: why something is
    estimated, a range, or refused. `pieces`: which line of the basket has how many pieces of which offer;
    `assertions`: the conditions that the shop vouches for.
    """

    state: str
    duties: Decimal = ZERO
    taxes: Decimal = ZERO
    fees: Decimal = ZERO
    later: tuple[tuple[str, str, str, str], ...] = ()
    low: str = ""
    high: str = ""
    range_currency: str = ""
    procedures: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    quotes: tuple[NodeQuote, ...] = ()
    pieces: tuple[tuple[str, int, int], ...] = ()
    assertions: tuple[str, ...] = ()
    identity: bool = False
    total: str = ""
    code: str = field(default="", compare=False)

    @property
    def charges(self) -> Decimal:
        """What is charged with the order."""
        return self.duties + self.taxes + self.fees

    @property
    def charged(self) -> bool:
        """Whether duties and taxes are charged with the order, which the node then carries out."""
        return self.state == EXACT

    @property
    def stops(self) -> bool:
        """Whether the checkout stops here."""
        return self.state not in (DOMESTIC, EXACT) and configuration().without_duties != CONTINUE


def landed_price(basket: Any, address: Any, shipping: Decimal, *, fresh: bool = False) -> Landed:
    """The landed price of a basket that is sent to an address with a carriage.

    Never raises for what the node answers or does not answer: the state says it. `fresh`: asked now.
    """
    given = configuration()
    country = address.country_id if address is not None else ""
    if not country or country == given.ship_from or basket.is_empty:
        return Landed(DOMESTIC)
    # Duties and taxes do not depend on the buyer's name or street, and the cache has none of them.
    place = place_of(address)
    try:
        items = items_of(basket)
        described = [(goods_of(each.product), each.sku, str(each.price), each.quantity) for each in items]
    except NotDescribed as error:
        return Landed(REFUSED, reasons=(str(error),), code="not_described")
    asked = [place, described, basket.currency, str(shipping), given.assertions, timezone.now().date().isoformat()]
    text = json.dumps([given.url, given.api_key, language_of_buyer(), *asked], sort_keys=True)
    key = f"entrepot-landed-{hashlib.sha256(text.encode()).hexdigest()}"
    if not fresh and (known := cache.get(key)) is not None:
        return known  # type: ignore[no-any-return]  # only this is kept under the key
    found = _asked_of_node(items, place, shipping)
    if found.state != UNAVAILABLE:
        cache.set(key, found, KEPT)
    return found


#: Economies whose taxes depend on the state or province of the buyer.
_BY_STATE = frozenset({"US", "CA"})


def place_of(address: Any) -> dict[str, str]:
    """Where an address is, as far as duties and taxes depend on it: the price and the order name the same place."""
    state = (address.state or "").strip() if address.country_id in _BY_STATE else ""
    return {"country": address.country_id, "state": state}


def _asked_of_node(items: Sequence[Item], place: dict[str, str], shipping: Decimal) -> Landed:
    with checkout_client() as client:
        try:
            return _quoted(client, items, place, shipping)
        except InvalidRequest as refused:
            _log.info("no landed price: %s %s (%s)", refused.code, refused.message, refused.request_id)
            try:
                return _explained(client, items, place, shipping, refused)
            except ApiError as error:
                failed = error
        except ApiError as error:
            failed = error
    _log.warning("the node gave no landed price: %s %s (%s)", failed.code, failed.message, failed.request_id)
    says = gettext("Import duties and taxes cannot be calculated at the moment.")
    return Landed(UNAVAILABLE, reasons=(says,), code=failed.code)


def _quoted(client: Client, items: Sequence[Item], place: dict[str, str], shipping: Decimal) -> Landed:
    """The landed price as the node would place the orders. Raises InvalidRequest and ApiError."""
    offers = [offer_for(client, each, shipping) for each in items]
    assertions: tuple[str, ...] = ()
    try:
        checkout = _checkout(client, items, offers, place)
    except InvalidRequest as refused:
        assertions = _assertions(client, items, place, shipping) if refused.code == "assertions_missing" else ()
        if not assertions:
            raise
        checkout = _checkout(client, items, offers, place, assertions)
    if len(checkout["orders"]) > 1 and shipping:
        # Each order of the node has a carriage of its own: the one that the buyer pays is divided between them.
        offers = _with_shares(client, items, offers, checkout["orders"], shipping)
        checkout = _checkout(client, items, offers, place, assertions)
    orders = checkout["orders"]
    carriage = sum((Decimal(each["amounts"]["shipping"]) for each in orders), ZERO)
    goods = sum((Decimal(each["amounts"]["goods"]) for each in orders), ZERO)
    if carriage != shipping or goods != sum((each.price * each.quantity for each in items), ZERO):
        says = gettext("This basket cannot be divided into parcels as customs requires. Order its articles separately.")
        return Landed(REFUSED, reasons=(says,), code="not_divisible")
    sums = {
        name: sum((Decimal(each["amounts"][name]) for each in orders), ZERO) for name in ("duties", "taxes", "fees")
    }
    later = [
        (charge["kind"], charge["amount"], each["quote"]["currency"], charge["collected_by"])
        for each in orders
        for charge in each["quote"]["charges"]
        if not charge["with_order"] and Decimal(charge["amount"])
    ]
    conditions, reasons = _terms(client, orders)
    return Landed(
        EXACT,
        **sums,
        later=tuple(later),
        procedures=tuple(dict.fromkeys(each["title"] for each in orders)),
        conditions=conditions,
        reasons=(*(reason["message"] for each in orders for reason in each["reasons"]), *reasons),
        quotes=tuple(map(_node_quote, orders)),
        pieces=tuple((offer, item.line, item.quantity) for offer, item in zip(offers, items, strict=True)),
        assertions=assertions,
        identity=any(each["identity"] for each in orders),
        total=checkout["total"] or "",
    )


def _node_quote(order: dict[str, Any]) -> NodeQuote:
    quote, total = order["quote"], Decimal(order["amounts"]["total"])
    items = tuple((item["offer"], item["quantity"]) for item in order["items"])
    return NodeQuote(quote["id"], quote["hash"], order["title"], total, items)


def _checkout(
    client: Client,
    items: Sequence[Item],
    offers: Sequence[str],
    place: dict[str, str],
    assertions: Sequence[str] = (),
) -> dict[str, Any]:
    asked = [{"offer": offer, "quantity": item.quantity} for offer, item in zip(offers, items, strict=True)]
    return client.trade.quote_checkout({"items": asked, "ship_to": place, "assertions": list(assertions)})


def _assertions(client: Client, items: Sequence[Item], place: dict[str, str], shipping: Decimal) -> tuple[str, ...]:
    """The conditions that the goods ask for and that the shop vouches for. Those of other goods are not sent."""
    quote = client.quote(_sale(items, place, shipping), store=False)
    best = quote.best or quote.best_conditional
    if best is None:
        return ()
    treatments = [each.treatment.conditions for each in best.lines if each.treatment is not None]
    found = {each.id for conditions in (best.conditions, *treatments) for each in conditions}
    return tuple(each for each in configuration().assertions if each in found)


def _with_shares(
    client: Client, items: Sequence[Item], offers: Sequence[str], orders: Sequence[dict[str, Any]], shipping: Decimal
) -> list[str]:
    """Offers whose carriage is the share of their order: in proportion to its goods, whole in the smallest unit."""
    weights = [Decimal(each["amounts"]["goods"]) for each in orders]
    parts = shares(shipping, weights)
    carriage = {item["offer"]: part for each, part in zip(orders, parts, strict=True) for item in each["items"]}
    return [offer_for(client, item, carriage[offer]) for item, offer in zip(items, offers, strict=True)]


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Parts of an amount in proportion to weights, which add up to it.

    >>> shares(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)])
    [Decimal('3.33'), Decimal('3.33'), Decimal('3.34')]
    """
    step = Decimal(1).scaleb(min(int(amount.as_tuple().exponent), 0))
    whole, left, found = sum(weights) or Decimal(len(weights)), amount, []
    for each in weights[:-1]:
        part = (amount * each / whole).quantize(step, rounding="ROUND_DOWN")
        found.append(part)
        left -= part
    return [*found, left]


def _terms(client: Client, orders: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions of the procedures that were chosen, and why a quote is estimated."""
    conditions: dict[str, None] = {}
    reasons: dict[str, None] = {}
    for each in orders:
        kept = client.get(each["quote"]["id"])
        option = next(one for one in kept.options if one.id == each["quote"]["option"])
        conditions |= dict.fromkeys(one.says for one in option.conditions if one.says)
        if kept.assessment.outcome != "complete":
            reasons |= dict.fromkeys(one.message for one in kept.assessment.reasons)
    return tuple(conditions), tuple(reasons)


def _explained(
    client: Client, items: Sequence[Item], place: dict[str, str], shipping: Decimal, refused: InvalidRequest
) -> Landed:
    """Why no order can be placed: the range of the charges, the conditions, the reasons. Raises ApiError."""
    try:
        quote = client.quote(_sale(items, place, shipping), store=False)
    except InvalidRequest:
        # The refusal of the order says what is wrong with the goods.
        return Landed(REFUSED, reasons=(refused.message,), code=refused.code)
    best = quote.best or quote.best_conditional
    why = dict.fromkeys([refused.message, *(each.message for each in quote.assessment.reasons)])
    if best is None:
        return Landed(REFUSED, reasons=tuple(why), code=refused.code)
    conditions = tuple(each.says for each in best.conditions if each.state == "asked" and each.says)
    low, high = best.amount_charges_low, best.amount_charges_high
    ranged = best.amount_charges is None and low is not None
    return Landed(
        RANGE if ranged else REFUSED,
        low=low or "",
        high="" if best.at_least else high or "",
        range_currency=quote.currency,
        procedures=(best.title,),
        conditions=conditions,
        reasons=tuple(why),
        code=refused.code,
    )


def _sale(items: Sequence[Item], place: dict[str, str], shipping: Decimal) -> dict[str, Any]:
    """The basket as a sale, to be quoted without offers."""
    return {
        "ship_from": {"country": configuration().ship_from},
        "ship_to": {name: value for name, value in place.items() if value},
        "channel": "ecommerce",
        "buyer": {"kind": "consumer"},
        "currency": items[0].currency,
        "shipping_cost": str(shipping),
        "insurance_cost": "0",
        "lines": [_sale_line(each) for each in items],
    }


def _sale_line(item: Item) -> dict[str, Any]:
    goods = goods_of(item.product)
    line = {name: goods[name] for name in ("hs_code", "country_of_origin", "proof_of_origin") if name in goods}
    masses = {name: str(Decimal(mass) * item.quantity) for name, mass in goods["measures"].items()}
    amount = format(item.price * item.quantity, "f")
    return {**line, **masses, "reference": item.sku[:60], "quantity": str(item.quantity), "amount": amount}
