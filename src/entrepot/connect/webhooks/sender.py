"""Send a webhook of the outbox: sign the event, post it to the endpoint, and record what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.trade import webhooks
from entrepot.trade.ledger.events import Event
from entrepot.trade.outbox import Later, Message, Refused
from entrepot.trade.webhooks import Endpoint

#: A receiver that answers with this wants no webhooks any more (Standard Webhooks).
GONE = 410
#: Characters of a response that the log has.
MAX_SHOWN = 200


class Rows(Protocol):
    """What the sender needs of the stored webhooks (`store.webhooks`)."""

    def find_endpoint(self, number: str) -> Endpoint | None:
        """An endpoint."""

    def read_secrets(self, endpoint: Endpoint) -> tuple[str, ...]:
        """The secrets that sign: the endpoint's, and the one before it for a day."""

    def find_event(self, number: str) -> Event | None:
        """An event."""

    def record_delivery(self, endpoint: Endpoint, delivery: Mapping[str, Any], now: dt.datetime) -> Endpoint:
        """Record an attempt. Returns the endpoint, perhaps disabled."""

    def disable(self, endpoint: Endpoint, why: str) -> None:
        """Disable an endpoint."""


class WebhookSender:
    """Sends the messages of the channel `webhook`. `allow_loopback`: also to this machine, as in development."""

    def __init__(self, rows: Rows, clock: Callable[[], dt.datetime], *, allow_loopback: bool) -> None:
        self._rows, self._clock, self._allow_loopback = rows, clock, allow_loopback

    def __call__(self, message: Message) -> None:
        """Send a message. Raises Later and Refused."""
        endpoint = self._rows.find_endpoint(str(message.body["endpoint"]))
        event = self._rows.find_event(str(message.body["event"]))
        if endpoint is None or event is None:
            raise Refused("The endpoint was deleted.")
        if endpoint.status != "enabled":
            raise Refused("The endpoint is disabled.")
        body = msgspec.json.encode(webhooks.shown(event))
        begin = self._clock()
        try:
            target = read_url(endpoint.url, allow_loopback=self._allow_loopback)
            head = webhooks.headers(self._rows.read_secrets(endpoint), event.id, begin, body)
            answer = http.post(target, body, head, allow_loopback=self._allow_loopback)
        except (UnsafeAddress, http.NoAnswer) as error:
            self._record(endpoint, event, message, begin, None, str(error))
            raise Later(str(error)) from None
        shown = answer.body[:MAX_SHOWN].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        self._record(endpoint, event, message, begin, answer.status, shown)
        if 200 <= answer.status < 300:
            return
        if answer.status == GONE:
            why = "It answered 410: it wants no webhooks any more."
            self._rows.disable(endpoint, why)
            raise Refused(why)
        hint = " Redirects are not followed." if 300 <= answer.status < 400 else ""
        raise Later(f"It answered {answer.status}.{hint}", answer.retry_after)

    def _record(
        self, endpoint: Endpoint, event: Event, message: Message, begin: dt.datetime, status: int | None, detail: str
    ) -> None:
        now = self._clock()
        delivery = {
            "event": event.id,
            "kind": event.kind,
            "attempt": message.attempts,
            "ok": status is not None and 200 <= status < 300,
            "status": status,
            "milliseconds": max(int((now - begin) / dt.timedelta(milliseconds=1)), 0),
            "detail": detail,
        }
        self._rows.record_delivery(endpoint, delivery, now)
