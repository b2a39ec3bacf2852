"""Assets and bookings of this node: what organizations do with them, over the API and the pages."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.model.money import in_minor
from entrepot.trade.booking import assets, deposits, holding, using
from entrepot.trade.booking.asset_form import read_asset, written
from entrepot.trade.booking.assets import Asset, Details
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.free import FreeTime, free_times, searched
from entrepot.trade.booking.holding import Time
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.zones import MINUTE, read_moment, seconds
from entrepot.trade.occupied import Span
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade_app.books import open_books

#: What an organization can do with an asset or a booking, by the status that it asks for.
ASSET_STATUSES = {"active": "resume", "paused": "pause", "ended": "end"}
BOOKING_STATUSES = ("checked_in", "finished", "no_show", "cancelled")
#: Offers that are read at a time.
PAGE = 200
#: Free times that the page of an offer shows.
SHOWN_TIMES = 6
#: Days of a search, if the request does not say them.
SEARCHED = dt.timedelta(days=7)


@lru_cache(maxsize=512)
def zone_of(name: str) -> dt.tzinfo:
    """The rules of a time zone by its name in the database of IANA. Raises TradeError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TradeError(
            "zone_unknown",
            "{zone!r} is not a time zone. Use a name of the IANA database, for example Asia/Bangkok.",
            "zone",
            zone=name[:60],
        ) from None


def create_asset(organization: str, given: Mapping[str, Any], key: str) -> Asset:
    """Create an asset of an organization. Raises TradeError."""
    details = read_asset(given)
    return open_books().run(lambda tx: assets.create_asset(tx, details, zone_of, seller=organization, key=key))


def update_asset(organization: str, number: str, given: Mapping[str, Any]) -> Asset:
    """Change fields of an asset, or its status. Raises TradeError and NotFound."""
    changes = dict(given)
    status = changes.pop("status", None)

    def command(tx: Transaction) -> Asset:
        asset = assets.owned_asset(tx, number, organization)
        if changes:
            details = read_asset({**written(asset.details), **changes})
            asset = assets.update_asset(tx, number, details, zone_of, seller=organization)
        if status is not None and status != asset.status:
            asset = assets.act(tx, number, ASSET_STATUSES[status], seller=organization)
        return asset

    return open_books().run(command)


def new_feed(organization: str, number: str) -> str:
    """Give the calendar feed of an asset a new secret, which is not stored. The one before opens nothing any more."""
    secret = secrets.token_urlsafe(24)
    open_books().run(lambda tx: assets.change_feed(tx, number, secret, seller=organization))
    return secret


def end_feed(organization: str, number: str) -> None:
    """Close the calendar feed of an asset."""
    open_books().run(lambda tx: assets.change_feed(tx, number, "", seller=organization))


def asset_of_feed(secret: str) -> Asset | None:
    """The asset whose calendar feed has a secret."""
    number = open_books().lookup(assets.feed_reference(assets.feed_hash(secret)))
    found: Asset | None = open_books().read(number) if number is not None else None
    return found


def shown_asset(number: str) -> Asset:
    """An asset that anybody may book. Raises NotFound for one that has ended."""
    found = open_books().read(number) if number.startswith("as_") else None
    if not isinstance(found, Asset) or found.status == "ended":
        raise NotFound(number)
    return found


def search(number: str, since: str, until: str, minutes: int, most: int) -> tuple[Asset, list[FreeTime]]:
    """The times of an asset that can be booked. `since`, `until`: moments or local times; "" for a week from now.

    Raises TradeError and NotFound.
    """
    asset = shown_asset(number)
    zone, now = zone_of(asset.details.zone), dt.datetime.now(dt.UTC)
    start = read_moment(since, zone, "since") if since else now
    end = read_moment(until, zone, "until") if until else start + SEARCHED
    length = minutes or asset.details.limits.shortest
    occupied = open_books().occupied(searched(asset, start, end)) if start < end <= start + SEARCHED * 5 else {}
    return asset, free_times(asset, zone, occupied, start, end, length, now, most)


def calendar_of(offer: Offer) -> tuple[Asset, list[FreeTime]] | None:
    """The calendar of a visit with its next free times, where a time of it is sold as this offer alone; else None."""
    asset = asset_of_visit(offer)
    if asset is None or offer.goods.delivery is None:
        return None
    try:
        return search(asset.id, "", "", offer.goods.delivery.minutes, SHOWN_TIMES)
    except TradeError:
        return None


def asset_of_visit(offer: Offer) -> Asset | None:
    """The calendar of a visit of this node, where a time of it is sold as this offer alone; else None."""
    terms = offer.goods.delivery
    if terms is None or offer.origin is not None or terms.kind != "visit" or not terms.resource.startswith("as_"):
        return None
    if terms.deposit:  # its terms are shown where the time is held
        return None
    try:
        asset = shown_asset(terms.resource)
    except NotFound:
        return None
    if asset.status != "active" or asset.details.bands or _visits(asset, terms.minutes) != (Priced(offer.id, 1),):
        return None
    return asset


def asset_of_offer(offer: Offer) -> Asset | None:
    """The active asset whose times an offer of this node sells: by the hour or minute, or as the only such visit.

    Of several, the one that the offer names, else none: a time would not be clear.
    """
    terms = offer.goods.delivery
    if terms is None or offer.origin is not None:
        return None
    if terms.kind == "visit":
        found = _asset_at(terms.resource)
        sold = found is not None and not found.details.bands and _visits(found, terms.minutes) == (Priced(offer.id, 1),)
        return found if sold else None
    selling = [each for each in _assets_of(offer.seller) if any(band.offer == offer.id for band in each.details.bands)]
    named = [each for each in selling if each.id == terms.resource]
    return next(iter(named if len(selling) > 1 else selling), None) if terms.kind == "booking" else None


def _asset_at(number: str) -> Asset | None:
    try:
        found = shown_asset(number)
    except NotFound:
        return None
    return found if found.status == "active" else None


def _assets_of(seller: str) -> list[Asset]:
    """The active assets of a seller."""
    found: list[Asset] = []
    before = ""
    while page := open_books().list_objects("as_", owner=seller, status="active", before=before, limit=PAGE):
        found += page
        before = page[-1].id
    return found


def hold(organization: str, number: str, since: str, until: str, minutes: int, key: str) -> Booking:
    """Hold a time of an asset: until a moment, or for so many minutes. Raises TradeError and NotFound."""
    asset = shown_asset(number)
    time = _time(asset, since, until, minutes)
    lines = () if asset.details.bands else _visits(asset, time.minutes)
    books = open_books()
    reference = [holding.request_reference(organization, books.keyed_hash(key))] if key else []
    return books.run(
        lambda tx: holding.hold(tx, number, time, zone_of, by=organization, key=key, lines=lines),
        lookups=[holding.taken_span(asset, time), *reference],
    )


def _visits(asset: Asset, minutes: int) -> tuple[Priced, ...]:
    """What a time of a calendar without prices is sold as: the only visit in it that is as long.

    Where there are several, the item of the order names its offer.
    """
    found: list[str] = []
    before = ""
    while page := open_books().list_objects("of_", owner=asset.seller, status="active", before=before, limit=PAGE):
        wanted = ("visit", asset.id, minutes)
        terms = ((each.id, each.goods.delivery) for each in page)
        found += [number for number, of in terms if of and (of.kind, of.resource, of.minutes) == wanted]
        before = page[-1].id
    return (Priced(found[0], 1),) if len(found) == 1 else ()


def change_time(organization: str, number: str, since: str, until: str) -> Booking:
    """Move a booking to another time; without an end it stays as long as it is. Raises TradeError and NotFound."""
    booking = find_booking(organization, number)
    _check_kept_here(booking)
    length = (dt.datetime.fromisoformat(booking.until) - dt.datetime.fromisoformat(booking.since)) // MINUTE
    asset: Asset = open_books().read(booking.asset)
    time = _time(asset, since, until, length)
    return open_books().run(
        lambda tx: holding.change_time(tx, number, time, zone_of, by=organization),
        lookups=[holding.taken_span(asset, time)],
    )


def _time(asset: Asset, since: str, until: str, minutes: int) -> Time:
    zone = zone_of(asset.details.zone)
    start = read_moment(since, zone, "since")
    length = minutes or asset.details.limits.shortest
    return Time(start, read_moment(until, zone, "until") if until else start + length * MINUTE)


def _check_kept_here(booking: Booking) -> None:
    """Raise TradeError for a time that another node keeps."""
    if booking.remote:
        raise TradeError(
            "booking_elsewhere",
            "The time of {booking} is kept by the other node: cancel its order, or ask the seller.",
            booking=booking.id,
        )


def asset_of(booking: Booking) -> Asset:
    """What a booking is of. For a time that another node keeps, what is known of it here: its title and its zone."""
    found = open_books().read(booking.asset)
    if isinstance(found, Asset):
        return found
    details = Details(titles=found.goods.titles, kind="other", zone=booking.zone)
    return Asset(id=found.id, status="active", seller=found.seller, details=details, created=found.created)


def set_status(organization: str, number: str, status: str, reason: str = "other") -> Booking:
    """Check a booking in, finish or cancel it, or record that nobody came. Raises TradeError and NotFound."""

    def command(tx: Transaction) -> Booking:
        booking = holding.owned_booking(tx, number, organization)
        if status != "cancelled" or booking.status != "held":
            _check_kept_here(booking)
        if status == "checked_in":
            return using.check_in(tx, number, by=organization)
        if status == "finished":
            return using.finish(tx, number, by=organization)
        if status == "no_show":
            return using.no_show(tx, number, by=organization)
        return using.cancel(tx, number, reason, by=organization)

    return open_books().run(command)


def settle_deposit(
    organization: str, number: str, kept: str, reason: str, decimals: Callable[[str], int | None]
) -> Booking:
    """Keep a part of the deposit as the seller, in major units, and give the rest back. Raises TradeError, NotFound."""
    booking = find_booking(organization, number)
    places = decimals(booking.deposit.currency) if booking.deposit is not None else 0
    amount = decimal_of(kept.strip())
    minor = in_minor(amount, places or 0) if amount is not None and amount.is_finite() else None
    if minor is None:
        raise TradeError(
            "deposit_amount", "{value!r} is not an amount of the deposit.", "deposit_kept", value=kept[:60]
        )
    return open_books().run(lambda tx: deposits.settle_deposit(tx, number, minor, reason, by=organization))


def record_use(organization: str, number: str, quantity: str, unit: str, key: str) -> Booking:
    """Record metered use of a booking, as its seller. Raises TradeError and NotFound."""
    return open_books().run(lambda tx: using.record_use(tx, number, quantity, unit, by=organization, key=key))


def find_booking(organization: str, number: str) -> Booking:
    """A booking of its buyer or its seller. Raises NotFound."""
    found = open_books().read(number) if number.startswith("bk_") else None
    if not isinstance(found, Booking) or organization not in (found.seller, found.party):
        raise NotFound(number)
    return found


def bookings_at(asset: Asset, since: dt.datetime, until: dt.datetime) -> Sequence[Booking]:
    """The bookings that have a part of a time of an asset, in order: those that are held, booked or checked in."""
    books = open_books()
    numbers = books.occupied(Span(asset.id, seconds(since), seconds(until)))
    found = [each for each in books.read_many(list(numbers)) if isinstance(each, Booking)]
    return sorted(found, key=lambda each: (each.since, each.unit))
