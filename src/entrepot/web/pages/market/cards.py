"""An offer as the pages of the market show it: its title in the reader's language, its picture, and what it costs."""

from __future__ import annotations

from typing import Any

from entrepot.language import translate
from entrepot.language.translate import _, text_in_language
from entrepot.model.money import in_major
from entrepot.store.pavilions import PavilionRow
from entrepot.trade.offers import Offer, Picture
from entrepot.trade_app.landed_prices import Landed
from entrepot.trade_app.market import Shown, picture_of
from entrepot.web.trade import calls


def card(shown: Shown) -> dict[str, Any]:
    """The variables of `market/card.html`."""
    offer, prices = shown.offer, shown.offer.prices
    places = calls.decimals(prices.currency) or 0
    return {
        "id": offer.id,
        "title": text_in_language(offer.goods.titles),
        "picture": picture(picture_of(offer)),
        "price": translate.money(in_major(prices.price, places), prices.currency),
        "from": translate.place(offer.goods.ship_from),
        "seller": shown.seller,
        "node": node_of(offer),
        "sold_out": shown.stock == 0,
        "landed": landed(shown.landed),
    }


def node_of(offer: Offer) -> str:
    """Through which node an offer is sold; "" for one of a seller here."""
    if offer.origin is None:
        return ""
    return _("through the node of {place}").format(place=translate.place(offer.goods.ship_from))


def landed(price: Landed | None) -> dict[str, Any] | None:
    """What a piece costs in the end: a figure with what is not certain about it, or why there is none."""
    if price is None:
        return None
    words = {
        "open": _("Delivered"),
        "conditional": _("Delivered, if you can confirm"),
        "refused": _("No price for delivery"),
    }
    return {
        "status": price.status,
        "label": words[price.status],
        "total": price.total,
        "charges": price.charges,
        "shipping": price.shipping,
        "procedure": price.procedure,
        "says": price.says,
        "is_range": price.amount is None and bool(price.low),
        "at_least": price.at_least or (price.amount is None and bool(price.low) and not price.high),
        "law_date": price.law_date,
    }


def picture(found: Picture | None) -> dict[str, Any] | None:
    """The addresses of a picture and its size on the page."""
    if found is None:
        return None
    longest = max(found.width, found.height)
    return {
        "id": found.id,
        "large": f"/pictures/{found.id}-large.webp",
        "small": f"/pictures/{found.id}-small.webp",
        "width": found.width,
        "height": found.height,
        "small_width": max(found.width * min(longest, 400) // longest, 1),
        "small_height": max(found.height * min(longest, 400) // longest, 1),
    }


def pavilion(row: PavilionRow, count: int) -> dict[str, Any]:
    """A pavilion as the pages show it."""
    return {
        "slug": row.slug,
        "title": text_in_language(row.titles),
        "text": text_in_language(row.texts),
        "operator": row.operator_name,
        "count": count,
    }
