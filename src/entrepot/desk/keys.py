"""keys: who calls the API, and what the key allows. Of a secret only the hash is kept.

A key reads `ek_<id>_<secret>`; it is sent as `Authorization: Bearer …`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from entrepot.desk.envelope import Refused
from entrepot.store.models import Key

SCOPES = {
    "quotes": "ask for quotes and read them",
    "batch": "have tables answered",
    "law": "read the law",
}
#: What may be asked without a key, where none is required.
ANYBODY = frozenset({"quotes", "batch", "law"})
PER_MINUTE, PER_MINUTE_OF_ANYBODY = 6_000, 300
#: Seconds that a key is believed without looking again: so long a revoked one may still be taken.
REMEMBERED = 5.0
_FORM = re.compile(r"ek_([0-9a-z]{12})_([A-Za-z0-9_-]{43})")

_known: dict[str, tuple[float, Caller]] = {}


class Caller(NamedTuple):
    """Who calls: the key's id, or an address where there is none; what is allowed, and how often a minute."""

    key: str | None
    name: str
    scopes: frozenset[str]
    per_minute: int


def made(name: str, scopes: list[str], per_minute: int = PER_MINUTE) -> tuple[Key, str]:
    """A new key, and its text, which is told once. Raises ValueError where a scope is none."""
    if strange := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"{strange[0]!r} is no scope: {', '.join(SCOPES)}.")
    number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = Key.objects.create(
        id=f"ek_{number}",
        name=name,
        secret_hash=_hash(secret),
        scopes=" ".join(scopes),
        per_minute=per_minute,
        created=timezone.now(),
    )
    return row, f"ek_{number}_{secret}"


def revoked(key: str) -> bool:
    """Revokes a key by its id, or by its whole text; whether there was one in force."""
    found = Key.objects.filter(id="_".join(key.split("_")[:2]), revoked=None)
    return bool(found.update(revoked=timezone.now()))


def caller_of(request: HttpRequest, scope: str) -> Caller:
    """Who calls, where that is allowed. Raises Refused: 401 without a key in force, 403 without the scope."""
    given = request.headers.get("Authorization", "")
    if not given:
        if settings.KEYS_REQUIRED:
            raise _no_key("Send a key: Authorization: Bearer ek_….")
        caller = Caller(None, f"address {request.META.get('REMOTE_ADDR', '')}", ANYBODY, PER_MINUTE_OF_ANYBODY)
    else:
        kind, _, text = given.partition(" ")
        if kind.lower() != "bearer":
            raise _no_key("Send the key as `Authorization: Bearer ek_…`.")
        caller = _bearer(text.strip())
    if scope not in caller.scopes:
        raise Refused(403, "authentication_error", "scope_missing", f"This key has not the scope {scope!r}.")
    return caller


def _bearer(text: str) -> Caller:
    found = _FORM.fullmatch(text)
    if not found:
        raise _no_key("The key is not of the form of a key.")
    digest, now = _hash(found[2]), time.monotonic()
    known = _known.get(digest)
    if known and now - known[0] < REMEMBERED and known[1].key == f"ek_{found[1]}":
        return known[1]
    row = Key.objects.filter(id=f"ek_{found[1]}", revoked=None).first()
    # Compared in the same time whether there is such a key or not.
    same = hmac.compare_digest(row.secret_hash if row else _hash(""), digest)
    if row is None or not same:
        raise _no_key("There is no such key, or it was revoked.")
    caller = Caller(row.id, row.id, frozenset(row.scopes.split()), row.per_minute)
    if len(_known) > 10_000:
        _known.clear()
    _known[digest] = now, caller
    return caller


def _no_key(message: str) -> Refused:
    return Refused(401, "authentication_error", "no_key", message, WWW_Authenticate="Bearer")


def _hash(secret: str) -> str:
    """The hash of a secret. It is 256 bits of chance: nothing slow is needed to keep it from being guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
