"""An asset: something with a calendar that is booked by time, such as a room, a cold-store bay, a vehicle or a person.

Its units are alike, and each has its own times. Rules change without an effect on what is booked already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.opening import Opening
from entrepot.trade.booking.prices import Band
from entrepot.trade.booking.zones import Zones
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound, Transaction, key_reused
from entrepot.trade.service_terms import Terms

MOVES: Moves = {
    ("active", "asset.updated"): "active",
    ("active", "asset.paused"): "paused",
    ("active", "asset.ended"): "ended",
    ("paused", "asset.updated"): "paused",
    ("paused", "asset.resumed"): "active",
    ("paused", "asset.ended"): "ended",
    **{(state, "asset.feed_changed"): state for state in ("active", "paused", "ended")},
}
#: What a seller can do with an asset, by the name of its event.
ACTIONS = {"pause": "asset.paused", "resume": "asset.resumed", "end": "asset.ended"}
KINDS = ("room", "bay", "slot", "laboratory", "device", "vehicle", "person", "other")


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What times can be booked, in minutes.

    `shortest`, `longest`; `step`: bookings begin at multiples of it in local time, and last multiples of it; `buffer`:
    kept free after each booking; `notice`: how long before its beginning a time must be booked; `horizon`: how many
    days ahead.
    """

    shortest: int = 30
    longest: int = 24 * 60
    step: int = 30
    buffer: int = 0
    notice: int = 0
    horizon: int = 180

    def check_length(self, minutes: int, param: str) -> None:
        """Raise TradeError for a length that no booking has."""
        if not self.shortest <= minutes <= self.longest or minutes % self.step:
            raise TradeError(
                "length_invalid",
                "A booking lasts {shortest} to {longest} minutes, in steps of {step}; these are {minutes}.",
                param,
                shortest=self.shortest,
                longest=self.longest,
                step=self.step,
                minutes=minutes,
            )


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an asset is: a text, and perhaps degrees of latitude and longitude as decimals."""

    text: str = ""
    latitude: str = ""
    longitude: str = ""


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a seller says of an asset.

    `units`: how many there are; `capacity`: what one unit holds, as a text, such as "12 pallets"; `bands`: prices by
    time, none for an asset whose times are sold with another offer, such as visits; `meters`: offers of metered use by
    their unit (UN/ECE Recommendation 20), such as KWH; `check_in`: minutes before its beginning from which on a booking
    can be checked in. What is paid back of a booking that is cancelled is in the terms of its offer.
    """

    titles: Mapping[str, str]
    kind: str
    zone: str
    units: int = 1
    capacity: str = ""
    place: Place = Place()
    opening: Opening = Opening()
    limits: Limits = Limits()
    bands: tuple[Band, ...] = ()
    meters: Mapping[str, str] = {}
    check_in: int = 30


class Asset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An asset. `version`: how often its details changed; `feed`: the hash of the secret of its calendar feed."""

    id: str
    status: str
    seller: str
    details: Details
    created: str
    version: int = 1
    feed: str = ""
    request: str = ""


def apply(state: Asset | None, event: Event) -> Asset:
    """The asset after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "asset.created")
        return Asset(
            id=event.stream,
            status="active",
            seller=given["seller"],
            details=msgspec.convert(given["details"], Details),
            created=event.time,
            request=given.get("request", ""),
        )
    changed = msgspec.structs.replace(state, status=after(MOVES, state.id, state.status, event.kind))
    if event.kind == "asset.feed_changed":
        return msgspec.structs.replace(changed, feed=given["feed"])
    if event.kind != "asset.updated":
        return changed
    details = msgspec.convert(given["details"], Details)
    return msgspec.structs.replace(changed, details=details, version=state.version + 1)


def feed_reference(feed: str) -> str:
    """By which an asset is found whose calendar feed is asked for."""
    return f"asset-feed:{feed}"


def _references(state: Asset) -> tuple[str, ...]:
    found = (state.request,) if state.request else ()
    return (*found, feed_reference(state.feed)) if state.feed and state.status != "ended" else found


ASSET = Kind("as_", "asset", Asset, apply, lambda state: (state.seller,), _references)


def create_asset(tx: Transaction, details: Details, zones: Zones, *, seller: str, key: str = "") -> Asset:
    """Create an asset. The same `key` creates it once. Raises TradeError."""
    reference = f"asset:{seller}:{tx.keyed_hash(key)}" if key else ""
    if reference and (known := tx.lookup(reference)) is not None:
        return _created_before(tx.get(known), details)
    check_details(tx, details, zones, seller)
    payload = {"seller": seller, "details": msgspec.to_builtins(details)} | ({"request": reference} if key else {})
    created: Asset = tx.append(tx.new_id("as_"), "asset.created", payload)
    _let_deliver(tx, created)
    return created


def _created_before(asset: Asset, details: Details) -> Asset:
    if asset.version == 1 and asset.details != details:
        raise key_reused()
    return asset


def _let_deliver(tx: Transaction, asset: Asset) -> None:
    """Offers of times get terms of delivery where they have none: what is paid is then delivered, or paid back."""
    for number in dict.fromkeys(each.offer for each in asset.details.bands):
        offer: Offer = tx.get(number)
        if offer.goods.delivery is None:
            goods = msgspec.structs.replace(offer.goods, delivery=Terms(kind="booking", resource=asset.id))
            prices = msgspec.to_builtins(offer.prices)
            tx.append(number, "offer.updated", {"goods": msgspec.to_builtins(goods), "prices": prices})


def owned_asset(tx: Transaction, number: str, seller: str) -> Asset:
    """An asset of a seller. Raises NotFound for one of somebody else."""
    asset = tx.find(number)
    if not isinstance(asset, Asset) or asset.seller != seller:
        raise NotFound(number)
    return asset


def update_asset(tx: Transaction, number: str, details: Details, zones: Zones, *, seller: str) -> Asset:
    """Change the details of an asset. Bookings keep their times and prices. Raises TradeError, NotFound."""
    asset = owned_asset(tx, number, seller)
    check_details(tx, details, zones, seller)
    if details.zone != asset.details.zone:
        raise TradeError("zone_fixed", "The time zone of an asset cannot be changed: add another asset.", "zone")
    if details.units < asset.details.units:
        raise TradeError(
            "units_fewer", "An asset cannot have fewer units than before: bookings may be on them. Close days instead.",
            "units",
        )  # fmt: skip
    if details == asset.details:
        return asset
    changed: Asset = tx.append(number, "asset.updated", {"details": msgspec.to_builtins(details)})
    _let_deliver(tx, changed)
    return changed


def act(tx: Transaction, number: str, action: str, *, seller: str) -> Asset:
    """Pause, resume or end an asset. Bookings stay. Raises NotAllowed, NotFound, and KeyError for another action."""
    owned_asset(tx, number, seller)
    changed: Asset = tx.append(number, ACTIONS[action], {})
    return changed


def change_feed(tx: Transaction, number: str, secret: str, *, seller: str) -> Asset:
    """Give the calendar feed of an asset another secret, or none: the address before it ends to work at once."""
    owned_asset(tx, number, seller)
    changed: Asset = tx.append(number, "asset.feed_changed", {"feed": feed_hash(secret) if secret else ""})
    return changed


def feed_hash(secret: str) -> str:
    """The hash of the secret of a feed, which is stored in its place: nobody can guess the 24 random bytes of it."""
    return hashlib.sha256(f"asset-feed:{secret}".encode()).hexdigest()


def check_details(tx: Transaction, details: Details, zones: Zones, seller: str) -> None:
    """Raise TradeError where a zone is unknown, or an offer is not the seller's or is sold by another unit."""
    zones(details.zone)
    offers: Sequence[tuple[str, str, str]] = [
        *((f"bands[{at}].offer", each.offer, each.unit) for at, each in enumerate(details.bands)),
        *((f"meters.{unit}", offer, unit) for unit, offer in details.meters.items()),
    ]
    found = [(place, _offer(tx, number, place, unit, seller)) for place, number, unit in offers]
    sold = {(each.prices.currency, each.goods.ship_from, each.goods.incoterm) for _, each in found}
    if len(sold) > 1:
        # One booking becomes one order, which has one currency, one economy it comes from and one tax.
        raise TradeError(
            "offers_differ", "The offers of an asset need one currency and one economy of origin.", "bands"
        )


def _offer(tx: Transaction, number: str, place: str, unit: str, seller: str) -> Offer:
    offer = tx.find(number) if number.startswith("of_") else None
    if not isinstance(offer, Offer) or offer.seller != seller:
        raise TradeError("offer_not_found", "There is no offer {offer!r}.", place, offer=number)
    if not offer.goods.service or offer.goods.unit != unit or offer.stocked:
        raise TradeError(
            "offer_unit",
            "The offer {offer} has to be a service that is sold by {unit}, without a stock.",
            place,
            offer=number,
            unit=unit,
        )
    if place.startswith("bands") and offer.goods.delivery is not None and offer.goods.delivery.kind != "booking":
        raise TradeError(
            "offer_delivery",
            "The offer {offer} is delivered as a {kind}: choose one that is delivered as a booking.",
            place,
            offer=number,
            kind=offer.goods.delivery.kind,
        )
    return offer
