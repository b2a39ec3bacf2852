"""Offers of the node for what a basket has: a product at a price, with a carriage.

The shop counts its own stock and its own discounts. So an offer of the node is not a product: it is a product at one
price, made when a buyer is first shown that price, and never changed. Offers that nobody was shown for a month are
ended.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from entrepot.client import ApiError, Client, InvalidRequest
from entrepot_oscar.goods import goods_of
from entrepot_oscar.models import NodeOffer

#: After how long an offer that nobody was shown is ended.
UNUSED = dt.timedelta(days=30)
#: How exactly the last use of an offer is kept: it is not written for each page.
_USED_STEP = dt.timedelta(days=1)
_log = logging.getLogger("entrepot_oscar")


@dataclass(frozen=True, slots=True)
class Item:
    """So many pieces of a line of a basket, at one price. `line`: the place of the line in the basket, from 0."""

    line: int
    product: Any
    sku: str
    currency: str
    price: Decimal
    quantity: int


def items_of(basket: Any) -> list[Item]:
    """The lines of a basket at what the buyer pays for them after discounts.

    Pieces of a line whose amount cannot be divided evenly are two items, whose prices differ by the smallest unit.
    """
    found = []
    for at, line in enumerate(basket.all_lines()):
        amount, quantity = line.line_price_incl_tax_incl_discounts, line.quantity
        for price, pieces in divided(amount, quantity):
            sku = line.stockrecord.partner_sku
            found.append(Item(at, line.product, sku, basket.currency, price, pieces))
    return found


def divided(amount: Decimal, quantity: int) -> list[tuple[Decimal, int]]:
    """Prices of pieces that add up to an amount.

    >>> divided(Decimal("10.00"), 3)
    [(Decimal('3.33'), 2), (Decimal('3.34'), 1)]
    >>> divided(Decimal("10.00"), 2)
    [(Decimal('5.00'), 2)]
    """
    step = Decimal(1).scaleb(min(int(amount.as_tuple().exponent), 0))
    low = (amount / quantity).quantize(step, rounding="ROUND_DOWN")
    more = int((amount - low * quantity) / step)
    return [(price, pieces) for price, pieces in ((low, quantity - more), (low + step, more)) if pieces]


def offer_for(client: Client, item: Item, shipping: Decimal) -> str:
    """The number of the offer of an item, which is created where there is none. Raises NotDescribed and ApiError."""
    body = {
        **goods_of(item.product),
        "currency": item.currency,
        "price": format(item.price, "f"),
        "shipping": format(shipping, "f"),
    }
    text = json.dumps([item.sku, body], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = NodeOffer.objects.filter(digest=digest).first()
    now = timezone.now()
    if known is not None and not known.ended:
        if known.used < now - _USED_STEP:
            NodeOffer.objects.filter(pk=known.pk).update(used=now)
        return known.number
    generation = known.generation + 1 if known else 1
    # The node keeps one offer for each number of an article; this one has the price in it.
    reference = f"{item.sku[:18]}-{digest[:8]}"
    made = client.trade.create_offer({**body, "reference": reference}, idempotency_key=f"oscar/{digest}/{generation}")
    defaults = {"number": made["id"], "sku": item.sku, "generation": generation, "ended": False, "used": now}
    NodeOffer.objects.update_or_create(digest=digest, defaults=defaults)
    return str(made["id"])


def end_unused(client: Client, keep: Iterable[str] = ()) -> int:
    """End the offers that nobody was shown for a month; how many. `keep`: numbers that orders still need."""
    old = NodeOffer.objects.filter(ended=False, used__lt=timezone.now() - UNUSED).exclude(number__in=list(keep))
    count = 0
    for each in old[:100]:
        try:
            client.trade.update_offer(each.number, {"status": "ended"})
        except InvalidRequest as error:  # the node does not have it, or has ended it: it is not asked again
            _log.warning("%s was not ended: %s (%s)", each, error, error.code)
        except ApiError as error:  # the rest is ended another time
            _log.warning("%s was not ended: %s (%s)", each, error, error.code)
            break
        NodeOffer.objects.filter(pk=each.pk).update(ended=True)
        count += 1
    return count
