"""Webhooks: which events an endpoint receives, what is sent, and how it is signed (Standard Webhooks).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.private_parts import without_private_parts

#: The channel of the outbox.
CHANNEL = "webhook"
#: How a secret begins, and how many random bytes it has (the standard allows 24 to 64).
PREFIX, SECRET_BYTES = "whsec_", 32
#: A filter of kinds: `order.placed`, all kinds of an object `order.*`, or all `*`.
_KIND = re.compile(r"(\*|[a-z][a-z_]{0,39}\.(\*|[a-z][a-z_]{0,59}))\Z")
MAX_KINDS = 50
#: An endpoint that has failed for so long, without a success in between, is disabled.
DISABLE_AFTER = dt.timedelta(days=3)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint of an organization. `status`: `enabled`, or `disabled` by the organization or after long failure.

    `kinds`: filters of the events that it receives. `failing_since`: the first failure after the last success.
    `why`: why it was disabled.
    """

    id: str
    organization: str
    url: str
    kinds: tuple[str, ...]
    created: dt.datetime
    description: str = ""
    status: str = "enabled"
    failing_since: dt.datetime | None = None
    why: str = ""


class EventShown(msgspec.Struct, kw_only=True):
    """An event as the API shows it and as webhooks send it.

    `type`: what happened, such as `order.placed`; `subject`: the id of its object; `data`: the details, with money in
    minor units beside its currency.
    """

    object: str = "event"
    id: str
    type: str
    created: str
    timestamp: str
    subject: str
    data: Mapping[str, Any]
    cause: str | None = None


def shown(event: Event) -> EventShown:
    """An event as the owners of its object may see it: without the entries of the books, and what only a buyer sees."""
    return EventShown(
        id=event.id,
        type=event.kind,
        created=event.time,
        timestamp=event.time,
        subject=event.stream,
        data=without_private_parts(event.payload),
        cause=event.cause or None,
    )


def read_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """Filters of kinds, each once. Raises ValueError.

    >>> read_kinds(["order.*", "payment.captured", "order.*"])
    ('order.*', 'payment.captured')
    """
    if not 1 <= len(kinds) <= MAX_KINDS:
        raise ValueError(f"Give 1 to {MAX_KINDS} kinds of events. All of them: *")
    for each in kinds:
        if not _KIND.match(each):
            raise ValueError(f'"{each[:80]}" is not a kind of event. Write order.placed, order.* or *.')
    return tuple(dict.fromkeys(kinds))


def wants(kinds: Iterable[str], kind: str) -> bool:
    """Whether filters of kinds let a kind pass.

    >>> wants(["order.*"], "order.placed"), wants(["order.placed"], "order.paid"), wants(["*"], "return.asked")
    (True, False, True)
    """
    return any(each in ("*", kind) or (each.endswith(".*") and kind.startswith(each[:-1])) for each in kinds)


def receivers(event: Event, owners: Iterable[str], endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The endpoints that receive an event: enabled ones of the owners of its object that want its kind."""
    of_owners = frozenset(owners)
    return [
        each
        for each in endpoints
        if each.status == "enabled" and each.organization in of_owners and wants(each.kinds, event.kind)
    ]


def new_secret(random: bytes) -> str:
    """The text of a secret.

    >>> new_secret(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return PREFIX + base64.b64encode(random).decode()


def sign(secret: str, number: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: of the id of the message, the time in seconds, and the body.

    >>> sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
    ...     b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("This is not the secret of a webhook: whsec_…") from None
    digest = hmac.digest(key, b".".join((number.encode(), str(timestamp).encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Sequence[str], number: str, time: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers of a webhook. The time is that of the attempt: a receiver refuses old ones, against replays.

    While a secret is replaced, the webhook is signed with both.
    """
    timestamp = int(time.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Entrepot-Webhooks",
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(each, number, timestamp, body) for each in secrets),
    }


def after_success(endpoint: Endpoint) -> Endpoint:
    """The endpoint after it accepted a webhook."""
    return msgspec.structs.replace(endpoint, failing_since=None)


def after_failure(endpoint: Endpoint, now: dt.datetime, reason: str) -> Endpoint:
    """The endpoint after a failed attempt: disabled if it has failed for `DISABLE_AFTER`."""
    since = endpoint.failing_since or now
    if now - since < DISABLE_AFTER:
        return msgspec.structs.replace(endpoint, failing_since=since)
    why = f"It has failed since {since:%Y-%m-%d %H:%M} UTC. The last failure: {reason}"
    return msgspec.structs.replace(endpoint, failing_since=since, status="disabled", why=why)
