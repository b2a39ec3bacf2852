"""Verifies the webhooks that a node sends: the signature of Standard Webhooks, and the age of the message."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model import json
from entrepot.model.errors import EntrepotError

#: Seconds that the time of a message may be away from that of the receiver: an older one may be a replay.
TOLERANCE = 300
#: What a secret begins with; then follows base64.
PREFIX = "whsec_"
_READ = msgspec.json.Decoder(dict[str, Any])


class WrongSignature(EntrepotError):
    """A webhook is not signed with the secret, is too old or too new, or is not an event."""


def secret_bytes(secret: str) -> bytes:
    """The key in a secret. Raises ValueError.

    >>> len(secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    24
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not key:
        raise ValueError(f"This is not the secret of a webhook endpoint: it begins with {PREFIX}, followed by base64.")
    return key


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> dict[str, Any]:
    """The event of a webhook. Raises WrongSignature, and ValueError for a secret that is not one.

    `headers`: of the request, in any case of letters; `body`: byte for byte as it came; `now`: seconds since 1970, by
    default the time of this machine.

    >>> headers = {
    ...     "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...     "webhook-timestamp": "1614265330",
    ...     "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ... }
    >>> body = b'{"test": 2432232314}'
    >>> verify_webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, body, now=1614265330)
    {'test': 2432232314}
    """
    key = secret_bytes(secret)
    given = {name.lower(): value for name, value in headers.items()}
    number, moment = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not number or not (moment.isascii() and moment.isdecimal() and len(moment) < 15):
        raise WrongSignature("The headers webhook-id and webhook-timestamp are missing, or are not valid.")
    away = abs((time.time() if now is None else now) - int(moment))
    if away > TOLERANCE:
        raise WrongSignature(
            f"The webhook was sent {away:.0f} seconds away from now. At most {TOLERANCE} are accepted."
        )
    expected = hmac.digest(key, f"{number}.{moment}.".encode() + body, hashlib.sha256)
    if not any(hmac.compare_digest(expected, each) for each in _signatures(given.get("webhook-signature", ""))):
        raise WrongSignature("The signature of the webhook is not made with this secret.")
    try:
        return json.decode(body, _READ)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongSignature(f"The webhook is signed, and is not an event: {error}") from None


def _signatures(header: str) -> list[bytes]:
    """The signatures of version 1 in a header: two of them while a secret is replaced."""
    found = []
    for each in header.split():
        version, _, text = each.partition(",")
        try:
            found.append(base64.b64decode(text, validate=True) if version == "v1" else b"")
        except (binascii.Error, ValueError):
            continue
    return found
