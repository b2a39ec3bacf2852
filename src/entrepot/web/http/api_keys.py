"""keys: who calls the API, and what the key allows; the rows are `store.keys`.

A key reads `ek_<id>_<secret>`; it is sent as `Authorization: Bearer …`.
"""

from __future__ import annotations

import hmac
import re
import time
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from entrepot.store.keys import SCOPES, hash_secret
from entrepot.store.models import Key
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of

#: What may be asked without a key, where none is required.
ANONYMOUS_SCOPES = frozenset(SCOPES)
ANONYMOUS_PER_MINUTE = 300
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


def authenticate(request: HttpRequest, scope: str) -> Caller:
    """Who calls, where that is allowed. Raises Refused: 401 without a key in force, 403 without the scope."""
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if not given:
        if settings.KEYS_REQUIRED:
            raise _no_key("Send a key: Authorization: Bearer ek_….")
        caller = Caller(None, f"address {address_of(request)}", ANONYMOUS_SCOPES, ANONYMOUS_PER_MINUTE)
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
    digest, now = hash_secret(found[2]), time.monotonic()
    known = _known.get(digest)
    if known and now - known[0] < REMEMBERED and known[1].key == f"ek_{found[1]}":
        return known[1]
    row = Key.objects.filter(id=f"ek_{found[1]}", revoked=None).first()
    # Compared in the same time whether there is such a key or not.
    same = hmac.compare_digest(row.secret_hash if row else hash_secret(""), digest)
    if row is None or not same:
        raise _no_key("There is no such key, or it was revoked.")
    caller = Caller(row.id, row.id, frozenset(row.scopes.split()), row.per_minute)
    if len(_known) > 10_000:
        _known.clear()
    _known[digest] = now, caller
    return caller


def _no_key(message: str) -> Refused:
    return Refused(401, "authentication_error", "no_key", message, WWW_Authenticate="Bearer")
