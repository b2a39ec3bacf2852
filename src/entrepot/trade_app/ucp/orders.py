"""Orders that platforms read, and the snapshots of them that are sent to platforms when something happens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings as django_settings

from entrepot.connect.http_signatures import HttpMessage, content_digest, covered, sign
from entrepot.connect.ucp import messages as say
from entrepot.connect.ucp.checkouts import show_errors
from entrepot.connect.ucp.names import ORDER, PROFILE_PATH
from entrepot.connect.ucp.platforms import relevant
from entrepot.connect.ucp.sessions import Session
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.language import translate
from entrepot.store import webhooks as event_rows
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.ucp import node, sessions, settling, views
from entrepot.trade_app.ucp.checkouts import Caller, Outcome

#: Attempts over a day and a half, as for webhooks; several platforms at a time; seconds of a lease.
BACKOFF = Backoff(first=1, factor=4, most=6 * 3600, attempts=13)
SLOTS, LEASE = 4, 90.0
#: A receiver that answers with this wants no more.
GONE = 410


def read(caller: Caller, number: str) -> Outcome:
    """The order of a session of the platform."""
    session = _session_of(caller, number)
    shown = views.show_orders(session) if session else None
    if shown is not None:
        return Outcome(200, shown)
    text = "This order was not found: it belongs to another platform, or it ended long ago."
    listed = relevant(caller.capabilities, node.own_capabilities(), ORDER)
    return Outcome(200, show_errors([say.error("not_found", text, "", say.UNRECOVERABLE)], "", listed))


def _session_of(caller: Caller, number: str) -> Session | None:
    """The session that an order is of, where the platform may see it."""
    if not number.startswith("or_"):
        return None
    try:
        order: Order = open_books().read(number)
    except NotFound:
        return None
    stored = sessions.find(order.buyer.party, caller.party)
    return settling.settle(stored).session if stored else None


def channel() -> Channel:
    """The channel `ucp` of the outbox."""
    return Channel(send, BACKOFF, in_order=False, slots=SLOTS, lease=LEASE)


def send(message: Message) -> None:
    """Send the order of a session, as it is now, to the platform. Raises Later and Refused."""
    stored = sessions.find(str(message.body["checkout"]))
    event = event_rows.find_event(str(message.body["event"]))
    if stored is None or event is None or not node.settings().access:
        raise Refused("The checkout was deleted, or UCP is off.")
    session = settling.settle(stored).session
    if not session.webhook or ORDER not in session.capabilities:
        return  # this platform asks for its orders
    with translate.speaking(session.language):
        shown = views.show_orders(session)
    if shown is None:
        return  # the orders were cancelled before the platform was told of them
    body = msgspec.json.encode(shown)
    try:
        target = read_url(session.webhook, allow_loopback=django_settings.WEBHOOKS_LOOPBACK)
        head = headers(session.webhook, body, event.id, event.time)
        answer = http.post(target, body, head, allow_loopback=django_settings.WEBHOOKS_LOOPBACK)
    except (UnsafeAddress, http.NoAnswer) as error:
        raise Later(str(error)) from None
    if 200 <= answer.status < 300:
        return
    if answer.status == GONE:
        raise Refused("It answered 410: it wants no orders any more.")
    raise Later(f"It answered {answer.status}.", answer.retry_after)


def headers(url: str, body: bytes, event: str, occurred: str) -> Mapping[str, str]:
    """The headers of an order that is sent: signed by this node, with the event that it tells of."""
    head: dict[str, Any] = {
        "Content-Type": "application/json",
        "User-Agent": "Entrepot-UCP",
        "UCP-Agent": f'profile="{node.settings().url}{PROFILE_PATH}"',
        "Idempotency-Key": event,
        "Webhook-Id": event,
        "Webhook-Timestamp": str(int(views.seconds_of(occurred))),
        "Content-Digest": content_digest(body),
    }
    message = HttpMessage("POST", url, tuple(head.items()), body)
    also = ("ucp-agent", "idempotency-key", "webhook-id", "webhook-timestamp")
    return head | sign(message, node.signing_key(), covered(message, also), created=int(time.time()))
