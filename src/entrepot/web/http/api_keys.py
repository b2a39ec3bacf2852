"""Authenticate API requests by their key, and check its scope. The rows are in `store.keys`.

A key has the form `ek_<id>_<secret>`, one of the sandbox `ek_test_<id>_<secret>`, and is sent as
`Authorization: Bearer …`.
"""

from __future__ import annotations

import hmac
import re
import time
from contextvars import ContextVar
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from entrepot.store.keys import SCOPES, TRADE, find_active_key, hash_secret, is_of_sandbox
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of

#: The scopes and the limit of requests without a key, if no key is required.
ANONYMOUS_SCOPES = frozenset(SCOPES) - {TRADE}
ANONYMOUS_PER_MINUTE = 300
#: Seconds that a key is cached. A revoked key may still be accepted for so long.
CACHE_SECONDS = 5.0
_PATTERN = re.compile(r"(ek_(?:test_|pub_)?[0-9a-z]{12})_([A-Za-z0-9_-]{43})")

#: Whether the current request has a key of the sandbox.
in_sandbox: ContextVar[bool] = ContextVar("in_sandbox", default=False)

_cache: dict[str, tuple[float, Caller]] = {}


class Caller(NamedTuple):
    """The caller of the API: the id of its key, or its address if it has none; its scopes and requests a minute.

    `sandbox`: the key may use only the law of the invented economy (`web.http.sandbox`). `organization`: the id of the
    organization that the key belongs to, and `kind` what it is; None and empty for a key without one. `origins`: of a
    publishable key, the web sites whose pages may use it.
    """

    key: str | None
    name: str
    scopes: frozenset[str]
    per_minute: int
    sandbox: bool = False
    organization: str | None = None
    kind: str = ""
    origins: tuple[str, ...] = ()


def authenticate(request: HttpRequest, scope: str) -> Caller:
    """The caller of a request. Raises Refused: 401 without an active key, 403 without the scope."""
    caller = find_caller(request)
    if scope not in caller.scopes and caller.key is None:
        raise _no_key(f'This request needs an API key with the scope "{scope}". Send `Authorization: Bearer ek_…`.')
    if scope not in caller.scopes:
        raise Refused(
            403,
            "authentication_error",
            "scope_missing",
            f'This API key does not have the scope "{scope}". Use a key with this scope.',
        )
    return caller


def find_caller(request: HttpRequest, *, open_to_all: bool = False) -> Caller:
    """The caller of a request, whatever its scopes. Raises Refused (401) without an active key.

    `open_to_all`: a request without a key is answered also where the server requires keys.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        if settings.KEYS_REQUIRED and not open_to_all:
            raise _no_key("An API key is required. Send the header `Authorization: Bearer ek_…`.")
        return Caller(None, f"address {address_of(request)}", ANONYMOUS_SCOPES, ANONYMOUS_PER_MINUTE)
    kind, _, text = header.partition(" ")
    if kind.lower() != "bearer":
        raise _no_key("The Authorization header is not a bearer key. Send `Authorization: Bearer ek_…`.")
    caller = _caller_of_key(text.strip())
    in_sandbox.set(caller.sandbox)
    return _on_a_page(request, caller) if caller.origins else caller


def _on_a_page(request: HttpRequest, caller: Caller) -> Caller:
    """The caller by a publishable key: anybody can read it, so each visitor has a rate limit. Raises Refused (403)."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin not in caller.origins:
        message = f"This key is for pages of {', '.join(caller.origins)}. Use another key on a server."
        raise Refused(403, "authentication_error", "origin_not_allowed", message)
    return caller._replace(name=f"{caller.name} {address_of(request)}")


def _caller_of_key(text: str) -> Caller:
    found = _PATTERN.fullmatch(text)
    if not found:
        raise _no_key("The API key does not have the form of a key: ek_…. Send the whole key as it was shown.")
    digest, now = hash_secret(found[2]), time.monotonic()
    cached = _cache.get(digest)
    if cached and now - cached[0] < CACHE_SECONDS and cached[1].key == found[1]:
        return cached[1]
    row = find_active_key(found[1])
    # The comparison takes the same time whether the key exists or not.
    same = hmac.compare_digest(row.secret_hash if row else hash_secret(""), digest)
    if row is None or not same:
        raise _no_key("This API key does not exist or was revoked. Create one with `entrepot keys create`.")
    caller = Caller(
        row.id,
        row.id,
        frozenset(row.scopes.split()),
        row.per_minute,
        is_of_sandbox(row.id),
        row.organization_id,
        row.organization.kind if row.organization else "",
        tuple((row.origins or "").split()),
    )
    if len(_cache) > 10_000:
        _cache.clear()
    _cache[digest] = now, caller
    return caller


def _no_key(message: str) -> Refused:
    return Refused(401, "authentication_error", "no_key", message, WWW_Authenticate="Bearer")
