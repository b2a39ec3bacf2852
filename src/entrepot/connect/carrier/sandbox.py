"""The sandbox of a carrier, over HTTP, as `entrepot.trade.carrier` has it: `entrepot sandbox carrier` starts it."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from entrepot.trade.carrier import (
    Booked,
    CarrierRefused,
    CarrierUnavailable,
    NotificationRefused,
    Notified,
    Parcel,
    Tracked,
)

#: Seconds to wait for an answer, and bytes that are read of it.
TIMEOUT, MOST_BYTES = 10.0, 1 << 20
#: The sandbox's states, in the words of the node.
_STATES = {
    "booked": "created",
    "picked_up": "shipped",
    "in_transit": "in_transit",
    "at_customs": "in_transit",
    "out_for_delivery": "in_transit",
    "failed_attempt": "delivery_failed",
    "delivered": "delivered",
    "returning": "undeliverable",
    "returned": "returned",
    "lost": "lost",
    "cancelled": "cancelled",
}


class _Event(msgspec.Struct, frozen=True):
    number: int
    status: str
    time: str
    description: str


class _Shipment(msgspec.Struct, frozen=True, kw_only=True):
    waybill: str
    carrier_code: str
    carrier_name: str
    order_number: str
    status: str
    weight_grams: int
    freight: int
    insured_fee: int
    currency: str
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""
    events: tuple[_Event, ...]


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


class _NotifiedShipment(msgspec.Struct, frozen=True):
    waybill: str
    order_number: str
    event: _Event


class _Notification(msgspec.Struct, frozen=True):
    data: _NotifiedShipment


class SandboxCarrier:
    """The carrier at an address. `token`, `secret`: what the sandbox printed when it started."""

    def __init__(self, address: str, token: str, secret: str, *, timeout: float = TIMEOUT) -> None:
        self._parts = urlsplit(address)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise ValueError(f"{address!r} is not the address of a carrier. Write http://HOST:PORT.")
        self._token, self._timeout = token, timeout
        self._webhook = Webhook(secret)

    def book(self, parcel: Parcel, *, key: str) -> Booked:
        """Book a parcel."""
        asked = {
            "order_number": parcel.order_number,
            "consignee": msgspec.to_builtins(parcel.consignee),
            "weight_grams": parcel.grams,
            "goods": parcel.goods,
            "freight": parcel.freight,
            "insured_fee": parcel.insured_fee,
            "hold_for_customs": parcel.hold_for_customs,
            "return_of": parcel.return_of,
        }
        return self._call("POST", "/shipments", asked, {"Idempotency-Key": key})

    def pick_up(self, waybill: str) -> Booked:
        """Ask for the pick-up of a booked parcel."""
        return self._ask(waybill, "pick-up")

    def clear(self, waybill: str) -> Booked:
        """Report that customs has released the parcel."""
        return self._ask(waybill, "clear")

    def cancel(self, waybill: str) -> Booked:
        """Cancel a booking."""
        return self._ask(waybill, "cancel")

    def send_back(self, waybill: str) -> Booked:
        """Ask for a parcel to go back to the sender."""
        return self._ask(waybill, "send-back")

    def track(self, waybill: str) -> Booked:
        """A parcel with all that happened to it."""
        return self._call("GET", f"/shipments/{quote(waybill, safe='')}")

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notified:
        """A notification, after its signature and its time were checked (Standard Webhooks)."""
        given = {name.lower(): value for name, value in headers.items()}
        try:
            self._webhook.verify(body, given, json_parse=False)
            found = msgspec.json.decode(body, type=_Notification).data
            return Notified(given["webhook-id"], found.waybill, found.order_number, _tracked(found.event))
        except (WebhookVerificationError, msgspec.MsgspecError, UnicodeDecodeError, ValueError, KeyError) as error:
            raise NotificationRefused(f"The notification of the carrier is refused: {error}.") from None

    def _ask(self, waybill: str, asked: str) -> Booked:
        return self._call("POST", f"/shipments/{quote(waybill, safe='')}/{asked}", {})

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Booked:
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        content = None if body is None else msgspec.json.encode(body)
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self._timeout)
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, content, sent)
            with connection.getresponse() as answer:
                status, text = answer.status, answer.read(MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise CarrierUnavailable(f"The carrier does not answer: {str(error) or type(error).__name__}.") from error
        finally:
            connection.close()
        return _read(text) if status in (200, 201) else _refuse(status, text)


def _read(text: bytes) -> Booked:
    try:
        found = msgspec.json.decode(text, type=_Shipment)
        return Booked(
            waybill=found.waybill,
            carrier_code=found.carrier_code,
            carrier_name=found.carrier_name,
            order_number=found.order_number,
            state=_STATES[found.status],
            grams=found.weight_grams,
            freight=found.freight,
            insured_fee=found.insured_fee,
            currency=found.currency,
            vehicle=found.vehicle,
            voyage=found.voyage,
            transport_document=found.transport_document,
            events=tuple(_tracked(each) for each in found.events),
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise CarrierUnavailable(f"The carrier's answer cannot be read: {error}.") from None


def _refuse(status: int, text: bytes) -> NoReturn:
    try:
        error = msgspec.json.decode(text, type=_Refusal).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise CarrierUnavailable(f"The carrier answered with status {status}.") from None
    if status >= 500 or status == 429:
        raise CarrierUnavailable(f"The carrier answered with status {status}: {error.message}")
    raise CarrierRefused(error.code, error.message)


def _tracked(event: _Event) -> Tracked:
    return Tracked(event.number, _STATES[event.status], event.time, event.description)
