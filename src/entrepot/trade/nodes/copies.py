"""Copies of the offers of another node in one's own market.

A copy is an offer (`of_…`) with an `origin`: the market, the landed prices and the checkout treat it as any other. Its
seller is the other node, and its pieces are counted there. A copy that changed there is a new version here; one that
was not confirmed for a while, or is not listed there any more, is paused; when the other node is revoked, its copies
end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.offer_bodies import ListedOffer
from entrepot.trade.offer_form import OfferForm, read_offer
from entrepot.trade.offers import Offer, Origin, Presentation, copy_reference
from entrepot.trade.ports import Transaction
from entrepot.trade.presenting import read_texts
from entrepot.trade.selling import written

#: How long copies count after they were last confirmed.
FRESH = dt.timedelta(hours=24)
#: Why a copy is paused.
STALE, NOT_LISTED = "stale", "not_listed"
#: Characters of an id and of a name that another node gives.
MAX_ID, MAX_NAME = 60, 150
#: What stays with the seller: numbers of its own books.
_PRIVATE = frozenset({"record_number", "warehouse"})


class Copy(NamedTuple):
    """An offer of another node, read and checked."""

    listed: ListedOffer
    form: OfferForm
    descriptions: Mapping[str, str]


def listed(offer: Offer, places: int, seller_name: str) -> ListedOffer:
    """An offer as it is told to another node. `places`: decimals of its currency."""
    return ListedOffer(
        offer=offer.id,
        version=offer.version,
        seller=offer.seller,
        seller_name=seller_name,
        pavilion=offer.presentation.pavilion,
        terms=terms_of(offer, places),
        descriptions=offer.presentation.descriptions,
    )


def can_be_listed(offer: Offer, economy: str) -> bool:
    """Whether a node tells others of an offer: of a seller of its own, sent from its economy after the sale."""
    return offer.origin is None and offer.goods.ship_from == economy and offer.goods.supply == "direct"


def read_listed(given: ListedOffer, economy: str, decimals: Callable[[str], int | None]) -> Copy:
    """Read an offer of a node. Raises TradeError with what is wrong: it comes from outside.

    `economy`: of the node. It offers what is sent from there, and goods that originate there.
    """
    _check_texts(given)
    form = read_offer(given.terms, decimals)
    goods = form.goods
    for name in ("ship_from", "country_of_origin"):
        found = getattr(goods, name)
        if found != economy and (name == "ship_from" or not goods.service) and (found or name == "ship_from"):
            raise TradeError(
                "offer_of_another_economy",
                "The node of {economy} offers {offer} with {field} {found}: only its own economy's goods are accepted.",
                f"terms.{name}",
                economy=economy,
                offer=given.offer,
                field=name,
                found=found,
            )
    if goods.supply != "direct":
        raise TradeError(
            "offer_not_direct",
            "{offer} is sold from a warehouse: another node cannot offer it.",
            "terms.supply",
            offer=given.offer,
        )
    return Copy(given, form._replace(stock=None), read_texts("descriptions", given.descriptions))


def _check_texts(given: ListedOffer) -> None:
    """Raise TradeError for an id, a number or a name that cannot be one."""
    for name, most in (("offer", MAX_ID), ("seller", MAX_ID), ("pavilion", MAX_ID), ("seller_name", MAX_NAME)):
        text = getattr(given, name)
        if not text or len(text) > most or not text.isprintable():
            raise TradeError("field_invalid", "{value!r} is not a value of {field}.", name, value=text[:80], field=name)
    if given.version < 1:
        raise TradeError(
            "field_invalid", "{value!r} is not a value of {field}.", "version", value=given.version, field="version"
        )


def keep(tx: Transaction, peer: str, copy: Copy, pavilion: str) -> Offer:
    """Keep the copy of an offer; one that is known and has not changed is left as it is.

    `peer`: the id of the node here; `pavilion`: the one in which it is shown here, "" for none.
    """
    number = tx.lookup(copy_reference(peer, copy.listed.offer))
    known: Offer | None = tx.get(number) if number else None
    shown = Presentation(pavilion=pavilion, descriptions=copy.descriptions)
    if known is not None and known.status == "active" and not _differs(known, copy, shown):
        return known
    if known is not None and known.origin is not None and copy.listed.version < known.origin.version:
        return known  # an answer that was overtaken by a newer one
    origin = Origin(
        peer=peer,
        offer=copy.listed.offer,
        version=copy.listed.version,
        seller=copy.listed.seller,
        seller_name=copy.listed.seller_name,
        pavilion=copy.listed.pavilion,
        time=timestamp(tx.time),
    )
    payload = {
        "origin": msgspec.to_builtins(origin),
        "goods": msgspec.to_builtins(copy.form.goods),
        "prices": msgspec.to_builtins(copy.form.prices),
        "presentation": msgspec.to_builtins(shown),
    }
    kept: Offer = tx.append(known.id if known else tx.new_id("of_"), "offer.kept", payload)
    return kept


def _differs(known: Offer, copy: Copy, shown: Presentation) -> bool:
    origin = known.origin
    same = (
        origin is not None
        and (origin.version, origin.seller_name) == (copy.listed.version, copy.listed.seller_name)
        and (known.goods, known.prices, known.presentation) == (copy.form.goods, copy.form.prices, shown)
    )
    return not same


def pause(tx: Transaction, number: str, reason: str) -> Offer:
    """Pause a copy, which cannot be ordered from then on. `reason`: `STALE` or `NOT_LISTED`."""
    offer: Offer = tx.get(number)
    if offer.origin is None or offer.status != "active":
        return offer
    paused: Offer = tx.append(number, "offer.not_kept", {"reason": reason})
    return paused


def end(tx: Transaction, number: str, reason: str) -> Offer:
    """End a copy: its node was revoked. It is not shown or ordered again; orders keep what was sold."""
    offer: Offer = tx.get(number)
    if offer.origin is None or offer.status == "ended":
        return offer
    ended: Offer = tx.append(number, "offer.ended", {"reason": reason})
    return ended


def is_stale(read: dt.datetime, now: dt.datetime) -> bool:
    """Whether copies that were last confirmed at a time count no more.

    >>> noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    >>> is_stale(noon, noon + FRESH), is_stale(noon, noon + FRESH + dt.timedelta(seconds=1))
    (False, True)
    """
    return now - read > FRESH


def missing(kept: Collection[Offer], listed_there: Collection[str]) -> list[Offer]:
    """The active copies whose offers a complete list of their node does not have any more."""
    return [
        each
        for each in kept
        if each.status == "active" and each.origin is not None and each.origin.offer not in listed_there
    ]


def slug_of_pavilion(economy: str, slug: str) -> str:
    """The name in addresses of a pavilion of another node.

    >>> slug_of_pavilion("VN", "viet-nam")
    'vn-viet-nam'
    """
    return f"{economy.lower()}-{slug}"[:40].rstrip("-")


def terms_of(offer: Offer, places: int) -> dict[str, Any]:
    """The fields of an offer that `quote.request` sends."""
    return {name: value for name, value in written(offer, places).items() if value and name not in _PRIVATE}
