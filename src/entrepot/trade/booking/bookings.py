"""A booking: a time of one unit of an asset, first held for a buyer, then booked when its order is paid.

held ─> booked ─> checked_in ─> finished
  │        ├─> cancelled, no_show, finished
  └─> lapsed, cancelled
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.zones import moment, seconds
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.occupied import Occupied

STATES = ("held", "booked", "checked_in", "finished", "cancelled", "no_show", "lapsed")
#: While it is in one of these, it has its time.
LIVE = frozenset({"held", "booked", "checked_in"})
MOVES: Moves = {
    ("held", "booking.changed"): "held",
    ("held", "booking.ordered"): "held",
    ("held", "booking.booked"): "booked",
    ("held", "booking.cancelled"): "cancelled",
    ("held", "booking.lapsed"): "lapsed",
    ("booked", "booking.changed"): "booked",
    ("booked", "booking.checked_in"): "checked_in",
    ("booked", "booking.finished"): "finished",
    ("booked", "booking.cancelled"): "cancelled",
    ("booked", "booking.no_show"): "no_show",
    ("checked_in", "booking.used"): "checked_in",
    ("checked_in", "booking.finished"): "finished",
    ("finished", "booking.used"): "finished",
    ("finished", "booking.usage_ordered"): "finished",
    ("finished", "booking.usage_released"): "finished",
    **{(state, "booking.deposit_settled"): state for state in ("finished", "cancelled", "no_show")},
}


#: How long after its days the deposit of a time that another node keeps waits for what that node tells of it.
TOLD = dt.timedelta(days=8)


class Deposit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The deposit of a booking, in minor units. `days`: after the use, until when it is given back at the latest.

    `reasons`: for which a part of it may be kept; `until`: the end of these days, "" as long as the use has not ended;
    `state`: held or settled; then `returned` was given back, and `kept` was kept for `reason`.
    """

    amount: int
    currency: str
    days: int
    reasons: tuple[str, ...] = ()
    state: str = "held"
    until: str = ""
    returned: int = 0
    kept: int = 0
    reason: str = ""


class Booking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booking.

    `since`, `until`: its time (UTC); `free_from`: when the unit is free again: `until` and the buffer; `lines`: what it
    is sold as; `expires`: when the hold lapses, "" once it is booked; `order`: in which it is paid; `used`: metered
    quantities by their unit; `usage_order`: in which they are paid; `deposit`: once it is paid. Of a time that another
    node keeps: `remote`, its booking there; then `asset` is the copy of the offer, `zone` the time zone,
    `metered` what its metered use is sold as, and `kept_until` how long that node may hold what is not held here.
    """

    id: str
    status: str
    asset: str
    unit: int
    seller: str
    party: str
    since: str
    until: str
    free_from: str
    lines: tuple[Priced, ...]
    expires: str
    created: str
    request: str = ""
    order: str = ""
    changes: int = 0
    checked_in: str = ""
    ended: str = ""
    why: str = ""
    used: Mapping[str, str] = {}
    usage_order: str = ""
    deposit: Deposit | None = None
    remote: str = ""
    zone: str = ""
    metered: tuple[Priced, ...] = ()
    kept_until: str = ""

    @property
    def live(self) -> bool:
        """Whether it has its time."""
        return self.status in LIVE

    @property
    def starts(self) -> str:
        """When its delivery begins."""
        return self.since

    @property
    def ends(self) -> str:
        """When its delivery ends."""
        return self.until


def apply(state: Booking | None, event: Event) -> Booking:
    """The booking after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "booking.held")
        return msgspec.convert({**given, "id": event.stream, "status": "held", "created": event.time}, Booking)
    changed = msgspec.structs.replace(state, status=after(MOVES, state.id, state.status, event.kind))
    return msgspec.structs.replace(changed, **_fields(state, event))


def _fields(state: Booking, event: Event) -> dict[str, Any]:
    given, name = event.payload, event.kind.removeprefix("booking.")
    if name == "changed":
        lines = msgspec.convert(given["lines"], tuple[Priced, ...])
        times = {each: given[each] for each in ("unit", "since", "until", "free_from")}
        return {**times, "lines": lines, "changes": state.changes + 1}
    if name == "ordered":
        return {"order": given["order"], "expires": given["expires"]}
    if name == "booked":
        deposit = msgspec.convert(given.get("deposit"), Deposit | None)
        return {"expires": "", "order": given.get("order", state.order), "deposit": deposit}
    if name == "checked_in":
        return {"checked_in": event.time}
    if name == "used":
        total = Decimal(state.used.get(given["unit"], "0")) + Decimal(given["quantity"])
        sold = {"metered": msgspec.convert(given["sold"], tuple[Priced, ...])} if "sold" in given else {}
        return {"used": {**state.used, given["unit"]: f"{total:f}"}, **sold}
    if name in ("usage_ordered", "usage_released"):
        return {"usage_order": given.get("order", "")}
    if name == "deposit_settled" and state.deposit is not None:
        settled = {each: given[each] for each in ("returned", "kept", "reason") if each in given}
        return {"deposit": msgspec.structs.replace(state.deposit, state="settled", **settled)}
    ended = {"ended": event.time, "why": given.get("reason", ""), "expires": ""}
    if state.remote and state.status == "held":
        ended["kept_until"] = state.expires
    return ended | {"deposit": _held_until(state.deposit, event.time, TOLD if state.remote else dt.timedelta())}


def _held_until(deposit: Deposit | None, ended: str, more: dt.timedelta) -> Deposit | None:
    """A deposit once the use has ended: its days begin. `more`: for the message of another node that settles it."""
    if deposit is None:
        return None
    until = timestamp(moment(ended) + dt.timedelta(days=deposit.days) + more)
    return msgspec.structs.replace(deposit, until=until)


def due(state: Booking) -> Mapping[str, str]:
    """When the deposit is given back by itself."""
    found = state.deposit
    return {"end": found.until} if found is not None and found.state == "held" and found.until else {}


def occupies(state: Booking) -> Occupied | None:
    """The time of its unit, with the buffer after it."""
    if not state.live:
        return None
    # A hold with an order ends with its order, which may be paid at this moment.
    expires = seconds(moment(state.expires)) if state.expires and not state.order else 0
    # The units of another node are counted there: here it is only known when its time is over.
    place = state.id if state.remote else state.asset
    return Occupied(place, state.unit, seconds(moment(state.since)), seconds(moment(state.free_from)), expires)


def references(state: Booking) -> tuple[str, ...]:
    """By which the booking of a request is found that is sent again."""
    return (state.request,) if state.request else ()


BOOKING = Kind(
    "bk_", "booking", Booking, apply, lambda state: (state.seller, state.party), references, occupies=occupies, due=due
)
