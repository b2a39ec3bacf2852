"""Webhooks put together: endpoints with their secrets, which are encrypted at rest, and the sender of the outbox."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils import timezone

from entrepot.connect.webhooks.addresses import read_url
from entrepot.connect.webhooks.sender import WebhookSender
from entrepot.store import webhooks as rows
from entrepot.trade import webhooks
from entrepot.trade.ledger.events import Event
from entrepot.trade.outbox import Backoff, Channel, Later
from entrepot.trade.ports import key_reused
from entrepot.trade.webhooks import Endpoint
from entrepot.trade_app.books import open_trade_keys

#: Attempts over a day and a half: after 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, then up to every 6 hours.
BACKOFF = Backoff(first=5, factor=4, most=6 * 3600, attempts=12)
#: Endpoints that one worker calls at the same time, and seconds of a lease: a name may be resolved for half a minute.
SLOTS, LEASE = 8, 90.0
#: How long the secret before a new one signs, too.
OVERLAP = dt.timedelta(hours=24)
_NONCE = 12


class _Secrets(msgspec.Struct):
    """The content of the encrypted secret: the current one, and the one before it until a time."""

    current: str
    previous: str = ""
    until: dt.datetime | None = None


def create(
    organization: str, url: str, kinds: Sequence[str], description: str, now: dt.datetime, *, key: str = ""
) -> tuple[Endpoint, str]:
    """Create an endpoint. Returns it and its secret, which is not shown again. The same `key` creates it once.

    Raises UnsafeAddress and ValueError for what is not valid, rows.TooMany, and TradeError for a key that was used.
    """
    read_url(url, allow_loopback=settings.WEBHOOKS_LOOPBACK)
    endpoint = Endpoint(
        id=rows.new_endpoint_id(),
        organization=organization,
        url=url,
        kinds=webhooks.read_kinds(kinds),
        created=now,
        description=_description(description),
    )
    secret = webhooks.new_secret(os.urandom(webhooks.SECRET_BYTES))
    request = _digest(organization, key) if key else None
    asked = _digest(url, description, *endpoint.kinds)
    made = rows.create_endpoint(endpoint, _seal(endpoint.id, _Secrets(secret)), request, asked)
    if made == endpoint:
        return endpoint, secret
    if rows.asked_of(made.id) != asked or (kept := _open(made)) is None:
        raise key_reused()
    return made, kept.current


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def change(number: str, organization: str, **changed: Any) -> Endpoint | None:
    """Change `url`, `kinds`, `description` or `status` of an endpoint. None if the organization has no such endpoint.

    Raises as `create`. An endpoint that is enabled again starts without past failures.
    """
    if "url" in changed:
        read_url(changed["url"], allow_loopback=settings.WEBHOOKS_LOOPBACK)
    if "kinds" in changed:
        changed["kinds"] = list(webhooks.read_kinds(changed["kinds"]))
    if "description" in changed:
        changed["description"] = _description(changed["description"])
    if (status := changed.get("status")) is not None:
        if status not in ("enabled", "disabled"):
            raise ValueError("The status of an endpoint is enabled or disabled.")
        changed |= {"failing_since": None, "why": ""}
    return rows.change_endpoint(number, organization, **changed)


def replace_secret(number: str, organization: str, now: dt.datetime) -> str | None:
    """Make a new secret. For a day webhooks are signed with both. None if the organization has no such endpoint."""
    endpoint = rows.find_endpoint(number, organization)
    if endpoint is None:
        return None
    secret = webhooks.new_secret(os.urandom(webhooks.SECRET_BYTES))
    before = _open(endpoint)
    kept = _Secrets(secret, before.current if before else "", now + OVERLAP)
    rows.change_endpoint(number, organization, secret=_seal(number, kept))
    return secret


def channel() -> Channel:
    """The channel `webhook` of the outbox."""
    sender = WebhookSender(_Rows(), timezone.now, allow_loopback=settings.WEBHOOKS_LOOPBACK)
    return Channel(sender, BACKOFF, in_order=False, slots=SLOTS, lease=LEASE)


class _Rows:
    """The stored webhooks, for the sender."""

    find_event: Callable[[str], Event | None] = staticmethod(rows.find_event)

    def find_endpoint(self, number: str) -> Endpoint | None:
        return rows.find_endpoint(number)

    def read_secrets(self, endpoint: Endpoint) -> tuple[str, ...]:
        found = _open(endpoint)
        if found is None:
            raise Later("The secret of this endpoint cannot be decrypted with the data key of this node. Replace it.")
        both = found.previous and found.until is not None and timezone.now() < found.until
        return (found.current, found.previous) if both else (found.current,)

    def record_delivery(self, endpoint: Endpoint, delivery: Mapping[str, Any], now: dt.datetime) -> Endpoint:
        return rows.record_delivery(endpoint, delivery, now)

    def disable(self, endpoint: Endpoint, why: str) -> None:
        rows.change_endpoint(endpoint.id, endpoint.organization, status="disabled", why=why)


def _description(text: str) -> str:
    if len(text) > rows.MAX_DESCRIPTION or not (text == "" or text.isprintable()):
        raise ValueError(f"A description has at most {rows.MAX_DESCRIPTION} printable characters.")
    return text


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    """The cipher of the secrets: its key is derived from the data key, which is not in the database."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entrepot: secrets of webhooks")
    return AESGCM(derived.derive(open_trade_keys().data))


def _seal(number: str, secrets: _Secrets) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher().encrypt(nonce, msgspec.json.encode(secrets), number.encode())


def _open(endpoint: Endpoint) -> _Secrets | None:
    """The secrets of an endpoint; None if they were encrypted with another key."""
    sealed = rows.read_secret(endpoint.id) or b""
    try:
        plain = _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], endpoint.id.encode())
    except (InvalidTag, ValueError):
        return None
    return msgspec.json.decode(plain, type=_Secrets)
