"""The operations of services, for both clients: assets, bookings, courses, workspaces and deliveries."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote as escaped

import msgspec

from entrepot.client.requests import JSON, ApiRequest, key_of, read_object

R = TypeVar("R")
Body = Mapping[str, Any]


class ServiceCalls(Generic[R]):
    """The operations of services, a part of `TradeCalls`."""

    def __init__(self, send: Callable[[ApiRequest[dict[str, Any]]], R]) -> None:
        self._send = send

    # Deliveries of services

    def list_deliveries(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the deliveries of services of the organization, the newest first."""
        return self._get("/v1/deliveries", limit=limit, starting_after=starting_after, status=status)

    def delivery(self, number: str) -> R:
        """A delivery of a service, with the rules of both economies, its conditions and its terms."""
        return self._get(path_of("deliveries", number))

    def consent_to_delivery(self, number: str, text: str = "", *, guardian: bool = False, withdraw: bool = False) -> R:
        """Consent to what a delivery asks for, as its buyer. `text`: the version of the text that was shown.

        `withdraw`: withdraw the consent; nothing is open from that moment.
        """
        body = {"text": text, "guardian": guardian, "withdraw": withdraw}
        return self._post(path_of("deliveries", number, "consent"), body)

    def accept_delivery(self, number: str) -> R:
        """Accept a delivery, as its buyer."""
        return self._post(path_of("deliveries", number, "accept"))

    def object_to_delivery(self, number: str, reason: str) -> R:
        """Object to a delivery, as its buyer."""
        return self._post(path_of("deliveries", number, "object"), {"reason": reason})

    def cancel_delivery(self, number: str) -> R:
        """Cancel a delivery. What is paid back is in its `amount_refunded`."""
        return self._post(path_of("deliveries", number, "cancel"))

    def report_no_show(self, number: str) -> R:
        """Report that the other side of a delivery did not come, after its start."""
        return self._post(path_of("deliveries", number, "no_show"))

    def finish_delivery(self, number: str) -> R:
        """Say that a service was delivered, as its provider."""
        return self._post(path_of("deliveries", number, "finish"))

    def create_delivery_token(self, number: str, audience: str = "") -> R:
        """Make a token that opens a session of a delivery once, within `expires_in` seconds."""
        return self._post(path_of("deliveries", number, "tokens"), {"audience": audience})

    # Services of other nodes

    def object_to_service(self, number: str, delivery: str, reason: str) -> R:
        """Object to a service of an order of another node, as its buyer. `objections` of the order has the answer."""
        return self._post(path_of("orders", number, "object"), {"delivery": delivery, "reason": reason})

    def accept_service(self, number: str, delivery: str) -> R:
        """Accept a service of an order of another node, as its buyer. `acceptances` of the order has the answer."""
        return self._post(path_of("orders", number, "accept_service"), {"delivery": delivery})

    # Assets and bookings

    def create_asset(self, asset: Body, *, idempotency_key: str | None = None) -> R:
        """Create an asset that is booked by time, as a seller."""
        return self._create("/v1/assets", asset, idempotency_key)

    def list_assets(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the assets of the organization, the newest first."""
        return self._get("/v1/assets", limit=limit, starting_after=starting_after, status=status)

    def asset(self, number: str) -> R:
        """An asset of the organization."""
        return self._get(path_of("assets", number))

    def update_asset(self, number: str, changes: Body) -> R:
        """Change an asset, its opening, its prices or its `status`."""
        return self._post(path_of("assets", number), changes)

    def free_times(
        self,
        asset: str | None = None,
        *,
        offer: str | None = None,
        since: str | None = None,
        until: str | None = None,
        minutes: int | None = None,
    ) -> R:
        """The times of an asset that can be booked: of any organization, or of an `offer` of another node."""
        return self._get("/v1/free_times", asset=asset, offer=offer, since=since, until=until, minutes=minutes)

    def hold_time(self, booking: Body, *, idempotency_key: str | None = None) -> R:
        """Hold a time of an asset, or of an offer of another node, for 15 minutes; an item of an order names it."""
        return self._create("/v1/bookings", booking, idempotency_key)

    def list_bookings(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the bookings of the organization, as buyer and as seller, the newest first."""
        return self._get("/v1/bookings", limit=limit, starting_after=starting_after, status=status)

    def booking(self, number: str) -> R:
        """A booking."""
        return self._get(path_of("bookings", number))

    def update_booking(self, number: str, changes: Body) -> R:
        """Move a booking (`since`, `until`), set its `status`, or as the seller settle its deposit."""
        return self._post(path_of("bookings", number), changes)

    def record_use(self, number: str, use: Body, *, idempotency_key: str | None = None) -> R:
        """Record metered use of a booking, as the seller."""
        return self._create(path_of("bookings", number, "use"), use, idempotency_key)

    # Courses and workspaces

    def list_courses(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the courses of the organization, as a seller, the newest first."""
        return self._get("/v1/courses", limit=limit, starting_after=starting_after, status=status)

    def list_enrolments(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the learners in courses that the organization sold or bought, with their results."""
        return self._get("/v1/enrolments", limit=limit, starting_after=starting_after, status=status)

    def list_workspaces(self, *, limit: int | None = None, starting_after: str | None = None) -> R:
        """A page of the workspaces of the organization, with their seats."""
        return self._get("/v1/workspaces", limit=limit, starting_after=starting_after)

    def _get(self, path: str, **params: object) -> R:
        given = {name: str(value) for name, value in params.items() if value is not None}
        return self._send(ApiRequest("GET", path, read_object, given))

    def _post(self, path: str, body: Body | None = None) -> R:
        if body is None:
            return self._send(ApiRequest("POST", path, read_object))
        content = msgspec.json.encode(body)
        return self._send(ApiRequest("POST", path, read_object, headers={"Content-Type": JSON}, content=content))

    def _create(self, path: str, body: Body, key: str | None) -> R:
        headers = {
            "Content-Type": JSON,
            "Idempotency-Key": secrets.token_urlsafe(24) if key is None else key_of(key),
        }
        content = msgspec.json.encode(body)
        return self._send(ApiRequest("POST", path, read_object, headers=headers, content=content))


def path_of(kind: str, number: str, action: str = "") -> str:
    """The path of an object, or of an action on it.

    >>> path_of("orders", "or_1/..", "pay")
    '/v1/orders/or_1%2F../pay'
    """
    return f"/v1/{kind}/{escaped(number, safe='')}" + (f"/{action}" if action else "")
