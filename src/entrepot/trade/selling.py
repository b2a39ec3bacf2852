"""Commands of offers: a seller creates, changes, stocks, pauses and ends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.model.money import in_major
from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.offer_form import OfferForm, read_offer
from entrepot.trade.offers import Offer, article_reference, request_reference, stock_account, stock_postings
from entrepot.trade.ports import NotFound, Transaction, key_reused
from entrepot.trade.service_terms import LICENCE_FIELDS, Licence, is_same_licence, keep_check

#: What a seller can do with an offer, by the name of its event.
ACTIONS = {"pause": "offer.paused", "resume": "offer.resumed", "end": "offer.ended"}


def create_offer(tx: Transaction, form: OfferForm, *, seller: str, key: str = "") -> Offer:
    """Create an offer. The same `key` creates it once. Raises TradeError if the key was used for another one."""
    reference = request_reference(seller, key) if key else ""
    payload: dict[str, Any] = {
        "seller": seller,
        "goods": msgspec.to_builtins(form.goods),
        "prices": msgspec.to_builtins(form.prices),
        "stocked": form.stock is not None,
        "stock": form.stock or 0,
        "request": reference,
    }
    if reference and (known := tx.lookup(reference)) is not None:
        return _created_before(tx.get(known), form)
    check_article(tx, seller, form)
    number = tx.new_id("of_")
    postings = stock_postings(number, form.stock or 0)
    created: Offer = tx.append(number, "offer.created", payload, postings=postings, key=reference)
    return created


def _created_before(offer: Offer, form: OfferForm) -> Offer:
    if offer.version == 1 and (offer.goods, offer.prices) != (form.goods, form.prices):
        raise key_reused()
    return offer


def check_article(tx: Transaction, seller: str, form: OfferForm, number: str = "") -> None:
    """Raise TradeError if the seller's number of the article is that of another offer."""
    reference = form.goods.reference
    other = tx.lookup(article_reference(seller, reference)) if reference else None
    if other not in (None, number):
        raise TradeError(
            "reference_taken",
            "The article {reference!r} is the offer {offer}. Change that offer, or end it first.",
            "reference",
            reference=reference,
            offer=other,
        )


def owned_offer(tx: Transaction, number: str, seller: str) -> Offer:
    """An offer of a seller. Raises NotFound for one of somebody else."""
    offer: Offer = tx.get(number)
    if offer.seller != seller:
        raise NotFound(number)
    return offer


def update_offer(
    tx: Transaction,
    number: str,
    changes: Mapping[str, Any],
    decimals: Callable[[str], int | None],
    *,
    seller: str,
    check: Callable[[Offer], None] | None = None,
) -> Offer:
    """Change some fields of an offer, with the names of `read_offer`. Orders that were placed keep what was sold.

    `stock` in the changes is the new number of pieces that can be ordered. `check` looks at the offer with its changed
    goods, and raises TradeError where they cannot be what they are now. Raises TradeError and NotFound.
    """
    offer = owned_offer(tx, number, seller)
    places = decimals(offer.prices.currency) or 0
    form = read_offer({**written(offer, places), **changes}, decimals)
    form = form._replace(
        goods=msgspec.structs.replace(form.goods, delivery=keep_check(form.goods.delivery, offer.goods.delivery))
    )
    if (form.goods, form.prices) != (offer.goods, offer.prices):
        check_article(tx, seller, form, number)
        if check is not None and form.goods != offer.goods:
            check(msgspec.structs.replace(offer, goods=form.goods))
        payload = {"goods": msgspec.to_builtins(form.goods), "prices": msgspec.to_builtins(form.prices)}
        offer = tx.append(number, "offer.updated", payload)
    if changes.get("stock") is not None and form.stock is not None:
        offer = change_stock(tx, number, form.stock - tx.balance(stock_account(number), number), seller=seller)
    return offer


def written(offer: Offer, places: int) -> dict[str, Any]:
    """An offer with the fields of a request, without its stock."""
    goods = {name: value for name, value in msgspec.to_builtins(offer.goods).items() if name != "measures"}
    goods |= {"delivery": terms} if (terms := written_terms(offer)) else {}
    prices = msgspec.to_builtins(offer.prices)
    amounts = {name: in_major(value, places) for name, value in prices.items() if name != "currency"}
    return {**goods, **offer.goods.measures, **amounts, "currency": offer.prices.currency}


def written_terms(offer: Offer) -> dict[str, Any]:
    """The terms of delivery of an offer as in a request; empty where it has none."""
    terms: dict[str, Any] = msgspec.to_builtins(offer.goods.delivery) or {}
    if licence := terms.get("licence"):
        terms["licence"] = {name: licence[name] for name in LICENCE_FIELDS}
    return terms


def change_stock(tx: Transaction, number: str, pieces: int, *, seller: str, reason: str = "", key: str = "") -> Offer:
    """Add pieces to the stock of an offer, or take them from it. Raises TradeError if fewer are left, and NotFound."""
    offer = owned_offer(tx, number, seller)
    if not offer.stocked:
        raise TradeError("stock_not_counted", "The pieces of {offer} are not counted.", "stock", offer=number)
    if not pieces:
        return offer
    payload = {"pieces": pieces} | ({"reason": reason} if reason else {})
    try:
        changed: Offer = tx.append(
            number, "offer.stock_changed", payload, postings=stock_postings(number, pieces), key=key
        )
    except Insufficient as error:
        raise TradeError(
            "no_stock",
            "The offer {offer} has {left} left; {quantity} cannot be taken.",
            "stock",
            offer=number,
            left=error.available,
            quantity=-pieces,
        ) from None
    return changed


def check_licence(tx: Transaction, number: str, *, person: str, licence: Licence | None = None) -> Offer:
    """An operator has checked the licence that an offer of a service names. Raises TradeError and NotFound.

    From then on it is shown with who checked it and when. It counts for deliveries of orders that are placed later.
    `licence`: the one that was checked; TradeError if the offer names another one by now.
    """
    offer: Offer = tx.get(number)
    terms = offer.goods.delivery
    if terms is None or terms.licence is None:
        raise TradeError("licence_missing", "The offer {offer} names no licence.", offer=number)
    if licence is not None and not is_same_licence(licence, terms.licence):
        raise TradeError(
            "licence_changed",
            "The offer {offer} names another licence than the one that was checked: confirm this delivery alone.",
            offer=number,
        )
    day = tx.time.date().isoformat()
    checked: Offer = tx.append(number, "offer.licence_checked", {"by": person, "on": day})
    return checked


def act(tx: Transaction, number: str, action: str, *, seller: str) -> Offer:
    """Pause, resume or end an offer. Raises NotAllowed, NotFound, and KeyError for another action."""
    owned_offer(tx, number, seller)
    changed: Offer = tx.append(number, ACTIONS[action], {})
    return changed
