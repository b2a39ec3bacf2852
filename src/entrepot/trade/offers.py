"""An offer: what a seller sells, at which price, how many pieces, and the data that customs asks of one piece.

The stock is not in the state of the offer but in two accounts whose unit is the id of the offer, so that placing an
order cannot oversell it: `stock/of_…` (what can still be ordered; never below 0) and `reserved/or_…` of each order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.service_terms import Terms

STATES = ("active", "paused", "ended")
MOVES: Moves = {
    ("active", "offer.updated"): "active",
    ("active", "offer.stock_changed"): "active",
    ("active", "offer.presented"): "active",
    ("active", "offer.licence_checked"): "active",
    ("active", "offer.paused"): "paused",
    ("active", "offer.ended"): "ended",
    ("paused", "offer.updated"): "paused",
    ("paused", "offer.stock_changed"): "paused",
    ("paused", "offer.presented"): "paused",
    ("paused", "offer.licence_checked"): "paused",
    ("paused", "offer.resumed"): "active",
    ("paused", "offer.ended"): "ended",
    # A copy of an offer of another node: see `trade.nodes.copies`.
    ("active", "offer.kept"): "active",
    ("paused", "offer.kept"): "active",
    ("active", "offer.not_kept"): "paused",
}
#: How goods reach the buyer: from abroad after the sale, or from a bonded warehouse in the buyer's economy.
SUPPLIES = ("direct", "bonded")
#: What becomes of the freight and insurance that the buyer paid, if all pieces of an order come back. No rule of law
#: about it is known here, so it is the seller's policy, which the buyer sees before ordering.
FREIGHT_ON_RETURN = ("kept", "paid_back")


class Goods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sold: goods by their tariff code, or a service by its category. An order keeps a copy of it.

    `titles`: by language; `ship_from`: the economy it is sent from; `measures`: of one piece, as decimals
    (`net_mass_kg`, `gross_mass_kg`, `litres` …); `unit`: UN/ECE Recommendation 20; `reference`: the seller's number of
    the article; `specification`: brand, grade, size and packing as customs reads them; `registrations`: numbers of the
    producer or the seller by scheme; `supply`, `warehouse`: how it reaches the buyer; `record_number`: the number of
    the article in the account book of the bonded warehouse; `legal_unit`, `second_legal_unit`: the units in which the
    importing economy counts these goods (Recommendation 20), whose quantities follow from the measures;
    `freight_on_return`: one of `FREIGHT_ON_RETURN`; `delivery`: of a service, how it is delivered.
    """

    titles: Mapping[str, str]
    hs_code: str = ""
    service: str = ""
    country_of_origin: str = ""
    proof_of_origin: str = ""
    ship_from: str = ""
    measures: Mapping[str, str] = {}
    unit: str = "H87"
    legal_unit: str = ""
    second_legal_unit: str = ""
    reference: str = ""
    barcode: str = ""
    specification: str = ""
    registrations: Mapping[str, str] = {}
    tax_registrations: tuple[str, ...] = ()
    tax_class: str = ""
    incoterm: str = ""
    supply: str = "direct"
    warehouse: str = ""
    record_number: str = ""
    freight_on_return: str = "kept"
    delivery: Terms | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a piece costs, in minor units of `currency`.

    `shipping`: for the first piece of an order, `shipping_further`: for each further one; `insurance`: for each piece.
    """

    currency: str
    price: int
    shipping: int = 0
    shipping_further: int = 0
    insurance: int = 0


class Picture(msgspec.Struct, frozen=True):
    """A picture of an offer. `id`: the SHA-256 hash of its file; `width` and `height` in pixels."""

    id: str
    width: int
    height: int


class Presentation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an offer is shown in the market; an order keeps nothing of it.

    `pavilion`: the one in which it is shown, "" for none; `descriptions`: by language; `pictures`: the first one stands
    for the offer.
    """

    pavilion: str = ""
    descriptions: Mapping[str, str] = {}
    pictures: tuple[Picture, ...] = ()


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of which offer of another node an offer is the kept copy.

    `peer`: that node (`pn_…`), which is the seller of the copy here: it is owed what is paid; `offer`, `version`: of
    the offer there; `seller`: the organization that sells it there, by its id, and `seller_name`, its name;
    `pavilion`: in which it is shown there; `time`: when this version was received.
    """

    peer: str
    offer: str
    version: int
    seller: str
    seller_name: str = ""
    pavilion: str = ""
    time: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An offer. `stocked`: whether its pieces are counted; `version`: how often what is sold or its price changed.

    `origin`: where the offer is of another node; then `seller` is that node, and its pieces are counted there.
    """

    id: str
    status: str
    seller: str
    goods: Goods
    prices: Prices
    created: str
    stocked: bool = True
    version: int = 1
    request: str = ""
    presentation: Presentation = Presentation()
    origin: Origin | None = None


def stock_account(offer: str) -> str:
    """The account of the pieces of an offer that can still be ordered."""
    return f"stock/{offer}"


def supply_account(offer: str) -> str:
    """The other side of the stock: minus how many pieces the seller ever had."""
    return f"supply/{offer}"


def stock_postings(offer: str, pieces: int) -> tuple[Posting, ...]:
    """The postings of a change of the stock. Fewer than none can be left.

    >>> [(each.account, each.amount, each.floor) for each in stock_postings("of_1", 5)]
    [('supply/of_1', -5, None), ('stock/of_1', 5, 0)]
    """
    if not pieces:
        return ()
    return Posting(supply_account(offer), offer, -pieces), Posting(stock_account(offer), offer, pieces, 0)


def apply(state: Offer | None, event: Event) -> Offer:
    """The offer after an event. Raises NotAllowed."""
    given = event.payload
    if event.kind == "offer.kept":
        return _kept(state, event)
    if state is None:
        check_first(event, "offer.created")
        return Offer(
            id=event.stream,
            status="active",
            seller=given["seller"],
            goods=msgspec.convert(given["goods"], Goods),
            prices=msgspec.convert(given["prices"], Prices),
            stocked=given["stocked"],
            request=given.get("request", ""),
            created=event.time,
            origin=_origin(given),
        )
    changed = msgspec.structs.replace(state, status=after(MOVES, state.id, state.status, event.kind))
    if event.kind == "offer.presented":
        return msgspec.structs.replace(changed, presentation=msgspec.convert(given["presentation"], Presentation))
    if event.kind == "offer.licence_checked":
        return _checked(changed, given)
    return _updated(changed, given) if event.kind == "offer.updated" else changed


def _kept(state: Offer | None, event: Event) -> Offer:
    """The copy of an offer of another node. It names all that is known of it. Raises NotAllowed."""
    given = event.payload
    origin = msgspec.convert(given["origin"], Origin)
    status = "active" if state is None else after(MOVES, state.id, state.status, event.kind)
    return Offer(
        id=event.stream,
        status=status,
        seller=origin.peer,
        goods=msgspec.convert(given["goods"], Goods),
        prices=msgspec.convert(given["prices"], Prices),
        stocked=False,
        created=event.time if state is None else state.created,
        version=1 if state is None else state.version + 1,
        presentation=msgspec.convert(given["presentation"], Presentation),
        origin=origin,
    )


def _updated(state: Offer, given: Mapping[str, Any]) -> Offer:
    """An update names the goods and the prices in full: what is sold from now on is in this one event."""
    return msgspec.structs.replace(
        state,
        goods=msgspec.convert(given["goods"], Goods),
        prices=msgspec.convert(given["prices"], Prices),
        version=state.version + 1,
        origin=_origin(given) or state.origin,
    )


def _origin(given: Mapping[str, Any]) -> Origin | None:
    return msgspec.convert(given["origin"], Origin) if given.get("origin") else None


def _checked(state: Offer, given: Mapping[str, Any]) -> Offer:
    """The licence of the provider was checked."""
    terms = state.goods.delivery
    if terms is None or terms.licence is None:
        return state
    licence = msgspec.structs.replace(terms.licence, checked_by=given["by"], checked_on=given["on"])
    terms = msgspec.structs.replace(terms, licence=licence)
    return msgspec.structs.replace(
        state, goods=msgspec.structs.replace(state.goods, delivery=terms), version=state.version + 1
    )


def request_reference(seller: str, key: str) -> str:
    """By which an offer is found whose request is sent again. A key may be long: its hash is not."""
    return f"offer:{seller}:{hashlib.sha256(key.encode()).hexdigest()}"


def article_reference(seller: str, reference: str) -> str:
    """By which an offer is found by its seller's number of the article. One offer that has not ended has it."""
    return f"article:{seller}:{reference}"


def copy_reference(peer: str, offer: str) -> str:
    """By which the copy of an offer of another node is found."""
    return f"copy:{peer}:{offer}"


def _references(state: Offer) -> tuple[str, ...]:
    found = (state.request,) if state.request else ()
    if state.status == "ended":
        return found
    if state.origin is not None:
        return (*found, copy_reference(state.origin.peer, state.origin.offer))
    if state.goods.reference:
        found = (*found, article_reference(state.seller, state.goods.reference))
    return found


OFFER = Kind(
    "of_",
    "offer",
    Offer,
    apply,
    lambda state: (state.seller,),
    _references,
)
