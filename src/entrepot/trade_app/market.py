"""The market of this node: pavilions, offers with their pictures, search, and what an offer costs a viewer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from entrepot import app
from entrepot.model.errors import TradeError
from entrepot.store import market_index, pavilions
from entrepot.store.market_index import Wanted
from entrepot.store.pavilions import PavilionRow
from entrepot.store.people import organizations
from entrepot.trade import presenting
from entrepot.trade.offers import Offer, Picture, Presentation, stock_account
from entrepot.trade.ports import NotFound
from entrepot.trade_app import pictures
from entrepot.trade_app.books import open_books
from entrepot.trade_app.landed_prices import Landed, Viewer, landed_prices


class Shown(NamedTuple):
    """An offer of the market. `stock`: None where pieces are not counted; `landed`: None without a viewer."""

    offer: Offer
    stock: int | None
    seller: str
    landed: Landed | None


class Page(NamedTuple):
    """A page of offers, how many offers there are, and the id after which the next page begins ("" at the end)."""

    offers: list[Shown]
    total: int
    next: str


def search(wanted: Wanted, viewer: Viewer | None, now: dt.datetime, *, after: str = "", limit: int) -> Page:
    """Offers of published pavilions, with their landed prices for the viewer."""
    found = market_index.search(wanted, after=after, limit=limit)
    offers = open_books().read_many(found.offers)
    return Page(_shown(offers, viewer, now), found.total, found.offers[-1] if found.more else "")


def show(number: str, viewer: Viewer | None, now: dt.datetime) -> tuple[Shown, PavilionRow]:
    """An offer of the market and its pavilion. Raises NotFound for one that the market does not show."""
    offer = open_books().read(number) if number.startswith("of_") else None
    pavilion = pavilions.find_pavilion(offer.presentation.pavilion) if isinstance(offer, Offer) else None
    if not isinstance(offer, Offer) or pavilion is None or not pavilion.published or not market_index.is_shown(offer):
        raise NotFound(number)
    return _shown([offer], viewer, now)[0], pavilion


def show_many(numbers: Sequence[str], viewer: Viewer | None, now: dt.datetime) -> list[Shown]:
    """Offers by their ids, also those that ended since; unknown ids are left out."""
    return _shown(open_books().read_many(numbers), viewer, now)


def _shown(offers: Sequence[Offer], viewer: Viewer | None, now: dt.datetime) -> list[Shown]:
    stocked = [(stock_account(each.id), each.id) for each in offers if each.stocked]
    stock = open_books().balances_of(stocked)
    names = organizations.names_of({each.seller for each in offers})
    landed: Sequence[Landed | None] = landed_prices(offers, viewer, now) if viewer else [None] * len(offers)
    return [
        Shown(
            each,
            stock.get((stock_account(each.id), each.id), 0) if each.stocked else None,
            seller_name(each, names),
            price,
        )
        for each, price in zip(offers, landed, strict=True)
    ]


def seller_name(offer: Offer, names: Mapping[str, str]) -> str:
    """Who sells an offer, by the names of the organizations here; one of another node has the name that it told."""
    return offer.origin.seller_name if offer.origin else names.get(offer.seller, offer.seller)


def name_of_seller(offer: Offer) -> str:
    """Who sells an offer."""
    return seller_name(offer, {offer.seller: organizations.name_of(offer.seller)})


def check_pavilion(offer: Offer, slug: str) -> None:
    """Raise TradeError unless an offer can be shown in a pavilion."""
    found = pavilions.find_pavilion(slug)
    if found is None or found.peer:
        raise TradeError("pavilion_unknown", "There is no pavilion {pavilion!r}.", "pavilion", pavilion=slug)
    if found.economy and found.economy not in (offer.goods.ship_from, offer.goods.country_of_origin):
        raise TradeError(
            "pavilion_of_others",
            "The pavilion {pavilion} shows goods of {economy}. These come from {origin} and are sent from {place}.",
            "pavilion",
            pavilion=slug,
            economy=found.economy,
            origin=offer.goods.country_of_origin or "—",
            place=offer.goods.ship_from,
        )
    if pavilions.is_closed_to(slug, offer.id):
        raise TradeError(
            "pavilion_closed",
            "The organization that presents the pavilion {pavilion} took this offer out. Ask it why.",
            "pavilion",
            pavilion=slug,
        )
    _check_code(offer)


def check_goods(offer: Offer) -> None:
    """Raise TradeError for changed goods that the pavilion of the offer does not show."""
    if offer.presentation.pavilion:
        check_pavilion(offer, offer.presentation.pavilion)


def _check_code(offer: Offer) -> None:
    """Raise TradeError for a tariff code that the Harmonized System does not have."""
    code = offer.goods.hs_code
    if code and code[:6] not in app.library().world.headings:
        raise TradeError(
            "hs_code_unknown",
            "{hs_code} is not a code of the Harmonized System: no duty can be found for it. Correct the code.",
            "hs_code",
            hs_code=code,
        )


def present(
    organization: str, number: str, *, pavilion: str | None = None, descriptions: dict[str, str] | None = None
) -> Offer:
    """Choose the pavilion and the descriptions of an offer, as its seller; None leaves them.

    Raises TradeError and NotFound.
    """
    texts = presenting.read_texts("descriptions", descriptions) if descriptions is not None else None
    if pavilion:
        offer: Offer = open_books().read(number)
        if offer.seller == organization and pavilion != offer.presentation.pavilion:
            check_pavilion(offer, pavilion)

    def change(shown: Presentation) -> Presentation:
        return msgspec.structs.replace(
            shown,
            pavilion=shown.pavilion if pavilion is None else pavilion,
            descriptions=shown.descriptions if texts is None else texts,
        )

    return open_books().run(lambda tx: presenting.present_offer(tx, number, change, seller=organization))


def add_pictures(organization: str, number: str, contents: Sequence[bytes]) -> Offer:
    """Add pictures to an offer, as its seller. Raises TradeError and NotFound."""
    offer: Offer = open_books().read(number)
    if offer.seller != organization:
        raise NotFound(number)
    if len(offer.presentation.pictures) + len(contents) > presenting.MAX_PICTURES:
        raise TradeError(
            "too_many_pictures",
            "An offer has at most {most} pictures. Remove one first.",
            "pictures",
            most=presenting.MAX_PICTURES,
        )
    added = [pictures.store_picture(each) for each in contents]
    return _change_pictures(organization, number, lambda shown: presenting.with_pictures(shown, added))


def remove_picture(organization: str, number: str, picture: str) -> Offer:
    """Remove a picture of an offer, as its seller, and its files where no other offer has it."""
    changed = _change_pictures(organization, number, lambda shown: presenting.without_picture(shown, picture))
    if not open_books().mentions("of_", picture):
        pictures.delete_picture(picture)
    return changed


def put_picture_first(organization: str, number: str, picture: str) -> Offer:
    """Let a picture stand for its offer, as the seller."""
    return _change_pictures(organization, number, lambda shown: presenting.with_first_picture(shown, picture))


def _change_pictures(organization: str, number: str, change: presenting.Change) -> Offer:
    return open_books().run(lambda tx: presenting.present_offer(tx, number, change, seller=organization))


def take_out(organization: str, number: str) -> Offer:
    """Take an offer out of a pavilion, as the organization that presents it. Raises NotFound."""
    offer: Offer = open_books().read(number)
    found = pavilions.find_pavilion(offer.presentation.pavilion)
    if found is None or found.operator != organization:
        raise NotFound(number)
    pavilions.close_to(found.slug, number)
    return open_books().run(lambda tx: presenting.take_out(tx, number, found.slug))


def picture_of(offer: Offer) -> Picture | None:
    """The picture that stands for an offer."""
    return next(iter(offer.presentation.pictures), None)
