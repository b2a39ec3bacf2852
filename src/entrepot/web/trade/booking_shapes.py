"""Assets and bookings as the API reads and shows them. Times are RFC 3339; local times of an asset have no offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, UnsetType

from entrepot.model.money import in_major
from entrepot.trade.booking.asset_form import written
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking, Deposit
from entrepot.trade.booking.free import FreeTime
from entrepot.trade_app.nodes.times import TimeThere

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
Days = Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(min_length=1, max_length=7)]
Minutes = Annotated[int, Meta(ge=0, le=44_640)]
AssetKind = Literal["room", "bay", "slot", "laboratory", "device", "vehicle", "person", "other"]


class OpenWindow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Open from a time of day to another one, on days of the week (1: Monday). An earlier end is on the next day."""

    since: Clock
    until: Clock
    days: Days = (1, 2, 3, 4, 5, 6, 7)


class OpenException(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """From a date to a date nothing but these windows is open; without windows it is closed."""

    first: str
    last: str = ""
    windows: tuple[OpenWindow, ...] = ()


class PriceBand(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The price of local times: an offer that is sold by the hour (HUR) or the minute (MIN). The first band counts."""

    offer: str
    unit: Literal["HUR", "MIN"] = "HUR"
    since: Clock = "00:00"
    until: Clock = "24:00"
    days: Days = (1, 2, 3, 4, 5, 6, 7)


class BookingLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be booked, in minutes. `buffer`: kept free afterwards; `notice`: booked before; `horizon`: in days."""

    shortest: Minutes = 30
    longest: Minutes = 1440
    step: Minutes = 30
    buffer: Minutes = 0
    notice: Minutes = 0
    horizon: Annotated[int, Meta(ge=1, le=365)] = 180


class AssetPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an asset is: a text, and perhaps degrees of latitude and longitude."""

    text: str = ""
    latitude: str = ""
    longitude: str = ""


class AssetWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An asset to create. `zone`: a name of the IANA time zone database.

    `units`: how many there are; `capacity`: what one holds; `meters`: offers of metered use by unit (UN/ECE
    Recommendation 20); `check_in`: minutes before its beginning from which on a booking can be checked in.
    """

    titles: Mapping[str, Annotated[str, Meta(max_length=250)]]
    zone: str
    kind: AssetKind = "other"
    units: Annotated[int, Meta(ge=1, le=500)] = 1
    capacity: Annotated[str, Meta(max_length=250)] = ""
    place: AssetPlace = AssetPlace()
    weekly: tuple[OpenWindow, ...] = ()
    exceptions: tuple[OpenException, ...] = ()
    limits: BookingLimits = BookingLimits()
    bands: tuple[PriceBand, ...] = ()
    meters: Mapping[str, str] = {}
    check_in: Minutes = 30


class AssetChanged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fields of an asset to change; the others stay. What is booked already stays as it is."""

    status: Literal["active", "paused", "ended"] | UnsetType = msgspec.UNSET
    titles: Mapping[str, Annotated[str, Meta(max_length=250)]] | UnsetType = msgspec.UNSET
    kind: AssetKind | UnsetType = msgspec.UNSET
    units: Annotated[int, Meta(ge=1, le=500)] | UnsetType = msgspec.UNSET
    capacity: Annotated[str, Meta(max_length=250)] | UnsetType = msgspec.UNSET
    place: AssetPlace | UnsetType = msgspec.UNSET
    weekly: tuple[OpenWindow, ...] | UnsetType = msgspec.UNSET
    exceptions: tuple[OpenException, ...] | UnsetType = msgspec.UNSET
    limits: BookingLimits | UnsetType = msgspec.UNSET
    bands: tuple[PriceBand, ...] | UnsetType = msgspec.UNSET
    meters: Mapping[str, str] | UnsetType = msgspec.UNSET
    check_in: Minutes | UnsetType = msgspec.UNSET


class AssetShown(msgspec.Struct, kw_only=True):
    """Something with a calendar that is booked by time. `feed`: whether its calendar feed is open."""

    object: Literal["asset"] = "asset"
    id: str
    created: str
    status: Literal["active", "paused", "ended"]
    seller: str
    version: int
    feed: bool
    titles: Mapping[str, str]
    kind: str
    zone: str
    units: int
    capacity: str
    place: AssetPlace
    weekly: tuple[OpenWindow, ...]
    exceptions: tuple[OpenException, ...]
    limits: BookingLimits
    bands: tuple[PriceBand, ...]
    meters: Mapping[str, str]
    check_in: int


class SoldAs(msgspec.Struct, kw_only=True):
    """What a time is sold as: so many hours or minutes of an offer. It becomes a line of an order."""

    offer: str
    quantity: int


class FreeTimeShown(msgspec.Struct, kw_only=True):
    """A time that can be booked, on so many units."""

    object: Literal["free_time"] = "free_time"
    since: str
    until: str
    units: int
    lines: tuple[SoldAs, ...]


class BookingWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A time to hold: from `since` to `until`, or for so many `minutes`, else as short as the asset allows.

    A time without an offset is local time of the asset. One that clocks skip there, or show twice, is refused.
    `offer`: in place of `asset`, an offer of another node that is sold by time; then `since` has an offset, and
    `minutes` says how long, unless the offer does.
    """

    asset: str = ""
    offer: str = ""
    since: str
    until: str = ""
    minutes: Minutes = 0


class BookingChanged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Another time for a booking, what happened with it, or its deposit. `reason`: of a cancellation.

    `deposit_kept`: what the seller keeps of the deposit after the use, in major units, "0" to give all of it back at
    once; `deposit_reason`: why, one of those of the booking.
    """

    since: str = ""
    until: str = ""
    status: Literal["", "checked_in", "finished", "no_show", "cancelled"] = ""
    reason: Literal["changed_mind", "booked_by_mistake", "not_available", "other"] = "other"
    deposit_kept: Annotated[str, Meta(pattern=r"^(\d{1,12}(\.\d{1,4})?)?$")] = ""
    deposit_reason: Literal["", "damage", "cleaning", "missing_items", "late_return"] = ""


class UseWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Metered use of a booking: a decimal quantity in a unit (UN/ECE Recommendation 20); negative to correct one."""

    quantity: Annotated[str, Meta(pattern=r"^-?\d{1,9}(\.\d{1,6})?$")]
    unit: str


class DepositShown(msgspec.Struct, kw_only=True):
    """The deposit of a paid booking, which is no part of its price. `until`: when it is given back at the latest.

    `reasons`: why a part of it may be kept; `kept`, `returned`, `reason`: how it was settled.
    """

    state: Literal["held", "settled"]
    currency: str
    amount: str
    until: str | None
    reasons: tuple[str, ...]
    kept: str
    returned: str
    reason: str


class BookingShown(msgspec.Struct, kw_only=True):
    """A time of one unit of an asset.

    `expires`: when the hold lapses if it is not ordered, null once it is booked; `order`: in which it is paid; `used`:
    metered quantities by their unit; `usage_order`: in which they are paid.
    """

    object: Literal["booking"] = "booking"
    id: str
    created: str
    status: Literal["held", "booked", "checked_in", "finished", "cancelled", "no_show", "lapsed"]
    asset: str
    unit: int
    seller: str
    buyer: str
    since: str
    until: str
    lines: tuple[SoldAs, ...]
    expires: str | None
    order: str
    used: Mapping[str, str]
    usage_order: str
    deposit: DepositShown | None
    why: str


def show_asset(asset: Asset) -> AssetShown:
    """An asset as the API shows it."""
    given: dict[str, Any] = written(asset.details)
    named = {name: given.get(name, getattr(asset.details, name, None)) for name in AssetWritten.__struct_fields__}
    shown = {**named, "place": msgspec.to_builtins(asset.details.place)}
    return msgspec.convert(
        {
            **shown,
            "id": asset.id,
            "created": asset.created,
            "status": asset.status,
            "seller": asset.seller,
            "version": asset.version,
            "feed": bool(asset.feed),
        },
        AssetShown,
    )


def show_free_time(time: FreeTime) -> FreeTimeShown:
    """A free time as the API shows it."""
    return FreeTimeShown(
        since=time.since.isoformat().replace("+00:00", "Z"),
        until=time.until.isoformat().replace("+00:00", "Z"),
        units=time.units,
        lines=tuple(SoldAs(offer=each.offer, quantity=each.quantity) for each in time.lines),
    )


def show_time_there(time: TimeThere) -> FreeTimeShown:
    """A free time at another node as the API shows it, sold as offers of the market here."""
    lines = tuple(SoldAs(offer=each.offer, quantity=each.quantity) for each in time.lines)
    return FreeTimeShown(since=time.since, until=time.until, units=time.units, lines=lines)


def show_booking(booking: Booking, decimals: Callable[[str], int | None]) -> BookingShown:
    """A booking as the API shows it."""
    deposit = booking.deposit
    return BookingShown(
        id=booking.id,
        created=booking.created,
        status=booking.status,  # type: ignore[arg-type]  # one of the states
        asset=booking.asset,
        unit=booking.unit,
        seller=booking.seller,
        buyer=booking.party,
        since=booking.since,
        until=booking.until,
        lines=tuple(SoldAs(offer=each.offer, quantity=each.quantity) for each in booking.lines),
        expires=booking.expires or None,
        order=booking.order,
        used=booking.used,
        usage_order=booking.usage_order,
        deposit=None if deposit is None else show_deposit(deposit, decimals(deposit.currency) or 0),
        why=booking.why,
    )


def show_deposit(deposit: Deposit, places: int) -> DepositShown:
    """A deposit as the API shows it."""
    return DepositShown(
        state=deposit.state,  # type: ignore[arg-type]  # one of the two
        currency=deposit.currency,
        amount=in_major(deposit.amount, places),
        until=deposit.until or None,
        reasons=deposit.reasons,
        kept=in_major(deposit.kept, places),
        returned=in_major(deposit.returned, places),
        reason=deposit.reason,
    )


#: The bodies and the answers, for the document of the API.
BOOKING_BODIES = (AssetWritten, AssetChanged, BookingWritten, BookingChanged, UseWritten)
BOOKING_SHAPES = (AssetShown, FreeTimeShown, BookingShown)
