"""A carrier in memory, for tests and for trials without a second process. Parcels move when `advance` is called."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from entrepot.trade.carrier import Booked, CarrierRefused, NotificationRefused, Notified, Parcel, Tracked

#: (state, move) -> the next state.
_MOVES = {
    ("created", "pick_up"): "shipped",
    ("created", "cancel"): "cancelled",
    ("shipped", "send_back"): "undeliverable",
    ("in_transit", "send_back"): "undeliverable",
    ("delivery_failed", "send_back"): "undeliverable",
    **{(state, "clear"): state for state in ("created", "shipped", "in_transit")},
}
#: The state that follows by itself.
_NEXT = {"created": "shipped", "shipped": "in_transit", "in_transit": "delivered", "undeliverable": "returned"}
#: The freight of a parcel for which none was agreed, in fen.
FREIGHT = 1200


class MemoryCarrier:
    """A carrier that keeps its parcels in memory. `time`: that of what happens next; `sent`: its notifications."""

    def __init__(self, secret: bytes = b"a secret that both sides have", code: str = "MEMORYCARRIER") -> None:
        self.time = "2026-03-01T00:00:00.000Z"
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self._secret, self._code = secret, code
        self._parcels: dict[str, Booked] = {}
        self._keys: dict[str, tuple[Parcel, str]] = {}
        self._held: set[str] = set()

    def book(self, parcel: Parcel, *, key: str) -> Booked:
        """Book a parcel."""
        if key in self._keys:
            before, waybill = self._keys[key]
            if before != parcel:
                raise CarrierRefused("key_reused", f"The key was used for another booking, {waybill}. Use a new key.")
            return self._parcels[waybill]
        if parcel.grams < 1:
            raise CarrierRefused("invalid", f"A parcel of {parcel.grams} g cannot be booked.")
        waybill = f"MEM{len(self._parcels) + 1:09}"
        self._keys[key] = parcel, waybill
        self._parcels[waybill] = Booked(
            waybill=waybill,
            carrier_code=self._code,
            carrier_name="memory",
            order_number=parcel.order_number,
            state="",
            grams=parcel.grams,
            freight=FREIGHT if parcel.freight is None else parcel.freight,
            insured_fee=parcel.insured_fee,
            currency="CNY",
            vehicle="MEM-1" if parcel.hold_for_customs else "",
            voyage="MEM001" if parcel.hold_for_customs else "",
            transport_document=waybill if parcel.hold_for_customs else "",
        )
        if parcel.hold_for_customs:
            self._held.add(waybill)
        return self._enter(waybill, "created")

    def pick_up(self, waybill: str) -> Booked:
        """Pick a parcel up."""
        return self._move(waybill, "pick_up")

    def clear(self, waybill: str) -> Booked:
        """Let a parcel go on that waits for customs."""
        found = self._move(waybill, "clear")
        self._held.discard(waybill)
        return found

    def cancel(self, waybill: str) -> Booked:
        """Cancel a booking."""
        return self._move(waybill, "cancel")

    def send_back(self, waybill: str) -> Booked:
        """Send a parcel back."""
        return self._move(waybill, "send_back")

    def track(self, waybill: str) -> Booked:
        """A parcel with all that happened to it."""
        found = self._parcels.get(waybill)
        if found is None:
            raise CarrierRefused("not_found", f"There is no shipment {waybill}.")
        return found

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notified:
        """A notification, after its signature was checked."""
        if not hmac.compare_digest(headers.get("signature", ""), self._sign(body)):
            raise NotificationRefused("The signature of the notification is wrong.")
        return msgspec.json.decode(body, type=Notified)

    def advance(self) -> None:
        """Let everything happen that happens by itself."""
        while moving := [each for each in self._parcels.values() if each.state in _NEXT and not self._waits(each)]:
            for each in moving:
                self._enter(each.waybill, _NEXT[each.state])

    def report(self, waybill: str, state: str) -> Booked:
        """Enter a state that does not come by itself, such as `delivery_failed` or `lost`."""
        return self._enter(waybill, state)

    def _waits(self, parcel: Booked) -> bool:
        return parcel.state in ("created", "in_transit") and parcel.waybill in self._held

    def _move(self, waybill: str, move: str) -> Booked:
        parcel = self.track(waybill)
        found = _MOVES.get((parcel.state, move))
        if found is None:
            raise CarrierRefused("not_allowed", f"{waybill} is {parcel.state}: {move} is not possible.")
        return parcel if found == parcel.state else self._enter(waybill, found)

    def _enter(self, waybill: str, state: str) -> Booked:
        before = self._parcels[waybill]
        event = Tracked(len(before.events) + 1, state, self.time)
        found = msgspec.structs.replace(before, state=state, events=(*before.events, event))
        self._parcels[waybill] = found
        notified = Notified(f"msg_{waybill}_{event.number}", waybill, found.order_number, event)
        body = msgspec.json.encode(notified)
        self.sent.append(({"signature": self._sign(body)}, body))
        return found

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()
