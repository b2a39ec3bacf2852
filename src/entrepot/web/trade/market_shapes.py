"""The market as the API shows it: to anybody, and so without anything that only the seller knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from entrepot.model.money import in_major
from entrepot.store.pavilions import PavilionRow
from entrepot.trade_app.landed_prices import Landed
from entrepot.trade_app.market import Shown
from entrepot.web.trade import calls
from entrepot.web.trade.delivery_shapes import DeliveryTermsShown, show_terms
from entrepot.web.trade.shapes import PictureShown
from entrepot.web.trade.show import show_picture


class ConditionToConfirm(msgspec.Struct, kw_only=True):
    """A condition that the buyer confirms when ordering: its `id` is one of the `assertions` of the order."""

    id: str
    says: str


class LandedShown(msgspec.Struct, kw_only=True):
    """What one piece costs delivered, with carriage, duties, taxes and fees.

    `status`: `open`, `conditional` (once the conditions are confirmed) or `refused`, where `says` is why; `amount`:
    null for a range, which is from `amount_low` to `amount_high`; `at_least`: a charge is not known, and not in it.
    """

    status: Literal["open", "conditional", "refused"]
    currency: str
    amount: str | None
    amount_low: str | None
    amount_high: str | None
    at_least: bool
    procedure: str
    says: str
    conditions: tuple[ConditionToConfirm, ...]
    law_date: str


class MarketOfferShown(msgspec.Struct, kw_only=True):
    """An offer of the market. `landed`: with the parameter `to`; `stock`: null where pieces are not counted.

    `delivery`: the terms of a service that this node delivers.
    """

    object: Literal["market_offer"] = "market_offer"
    id: str
    pavilion: str
    seller: str
    seller_name: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    pictures: tuple[PictureShown, ...]
    hs_code: str
    service: str
    country_of_origin: str
    ship_from: str
    incoterm: str
    currency: str
    price: str
    shipping: str
    shipping_further: str
    insurance: str
    stock: int | None
    delivery: DeliveryTermsShown | None
    landed: LandedShown | None


class PavilionShown(msgspec.Struct, kw_only=True):
    """A pavilion. `economy`: whose goods it shows, "" for those of any; `offers`: how many it shows."""

    object: Literal["pavilion"] = "pavilion"
    id: str
    economy: str
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    operator: str
    operator_name: str
    offers: int


def show_market_offer(shown: Shown) -> MarketOfferShown:
    """An offer of the market."""
    offer = shown.offer
    goods, prices, presentation = offer.goods, offer.prices, offer.presentation
    places = calls.decimals(prices.currency) or 0
    return MarketOfferShown(
        id=offer.id,
        pavilion=presentation.pavilion,
        seller=offer.seller,
        seller_name=shown.seller,
        descriptions=presentation.descriptions,
        pictures=tuple(map(show_picture, presentation.pictures)),
        currency=prices.currency,
        stock=shown.stock,
        delivery=show_terms(goods.delivery),
        landed=show_landed(shown.landed) if shown.landed else None,
        titles=goods.titles,
        hs_code=goods.hs_code,
        service=goods.service,
        country_of_origin=goods.country_of_origin,
        ship_from=goods.ship_from,
        incoterm=goods.incoterm,
        price=in_major(prices.price, places),
        shipping=in_major(prices.shipping, places),
        shipping_further=in_major(prices.shipping_further, places),
        insurance=in_major(prices.insurance, places),
    )


def show_landed(landed: Landed) -> LandedShown:
    """A landed price."""
    return LandedShown(
        status=landed.status,  # type: ignore[arg-type]  # landed_prices gives these words only
        currency=landed.currency,
        amount=landed.amount,
        amount_low=landed.low,
        amount_high=landed.high,
        at_least=landed.at_least,
        procedure=landed.procedure,
        says=landed.says,
        conditions=tuple(ConditionToConfirm(id=number, says=says) for number, says in landed.conditions),
        law_date=landed.law_date,
    )


def show_pavilion(row: PavilionRow, offers: int) -> PavilionShown:
    """A pavilion, and how many offers it shows."""
    return PavilionShown(
        id=row.slug,
        economy=row.economy,
        titles=row.titles,
        texts=row.texts,
        operator=row.operator,
        operator_name=row.operator_name,
        offers=offers,
    )


#: All of them, for the document of the API.
MARKET_SHAPES = (MarketOfferShown, PavilionShown)
