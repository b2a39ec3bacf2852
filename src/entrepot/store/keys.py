"""API keys: create, list, find, revoke. Only the hash of a secret is stored.

A key has the form `ek_<id>_<secret>`; one of the sandbox, which may use only the law of the invented economy, has the
form `ek_test_<id>_<secret>`. `web.http.api_keys` reads keys from requests and enforces what they allow.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence

from django.utils import timezone

from entrepot.model.errors import in_quotes
from entrepot.store.models import Key, Organization

SCOPES = {
    "quotes": "ask for quotes and read them",
    "batch": "calculate tables",
    "law": "read the law",
    "trade": "offer, order, pay, declare and ship for an organization",
}
#: The scope that a key has only for an organization.
TRADE = "trade"
#: Requests a minute: the default, and the largest value.
PER_MINUTE, MAX_PER_MINUTE = 6_000, 1_000_000
MAX_NAME = 100
#: The beginning of the id of a key of the sandbox, and of a publishable key. An older release accepts neither form.
SANDBOX, PUBLISHABLE = "ek_test_", "ek_pub_"
_ID = re.compile(r"ek_(?:test_|pub_)?[0-9a-z]{12}(?=_|$)")
#: A web site, as a browser names it: no path, no user, HTTP on this machine only.
_ORIGIN = re.compile(r"https://[a-z0-9.-]{1,253}(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
MAX_ORIGINS = 10


def create_key(
    name: str,
    scopes: Sequence[str],
    per_minute: int = PER_MINUTE,
    *,
    sandbox: bool = False,
    organization: str | None = None,
    origins: Sequence[str] = (),
) -> tuple[Key, str]:
    """Create a key. Returns its row and its text, which cannot be read again later.

    `sandbox`: the key may use only the law of the invented economy. `organization`: the id of the organization that
    the key belongs to. `origins`: the key is publishable: it stands in the pages of these web sites, which may ask for
    quotes with it and nothing else.

    Raises ValueError if the name, a scope, the number of requests a minute, the organization or an origin is not valid.
    """
    if not 1 <= len(name.strip()) <= MAX_NAME or not name.isprintable():
        raise ValueError(f"The name of a key has 1 to {MAX_NAME} printable characters.")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"{in_quotes(unknown[0])} is not a scope. Scopes: {', '.join(SCOPES)}.")
    if not scopes:
        raise ValueError(f"A key allows at least one of: {', '.join(SCOPES)}.")
    if not 1 <= per_minute <= MAX_PER_MINUTE:
        raise ValueError(f"A key allows 1 to {MAX_PER_MINUTE} requests per minute, not {per_minute}.")
    _check_organization(scopes, organization, sandbox=sandbox)
    _check_origins(scopes, origins, sandbox=sandbox)
    number = f"{SANDBOX if sandbox else PUBLISHABLE if origins else 'ek_'}{secrets.token_hex(6)}"
    secret = secrets.token_urlsafe(32)
    row = Key.objects.create(
        id=number,
        name=name.strip(),
        secret_hash=hash_secret(secret),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        per_minute=per_minute,
        created=timezone.now(),
        organization_id=organization,
        origins=" ".join(origins) or None,
    )
    return row, f"{number}_{secret}"


def _check_organization(scopes: Sequence[str], organization: str | None, *, sandbox: bool) -> None:
    """Raises ValueError if a key cannot have its scopes, or there is no such organization."""
    if TRADE in scopes and organization is None:
        raise ValueError(
            f'A key with the scope "{TRADE}" belongs to an organization. Give its id: --organization og_….'
        )
    if TRADE in scopes and sandbox:
        raise ValueError(f'A key of the sandbox cannot have the scope "{TRADE}".')
    if organization is not None and not Organization.objects.filter(id=organization).exists():
        raise ValueError(f"No organization {in_quotes(organization)}. `entrepot organizations list` lists all.")


def _check_origins(scopes: Sequence[str], origins: Sequence[str], *, sandbox: bool) -> None:
    """Raises ValueError for what is not the origin of a web site, and for what a publishable key cannot be."""
    for each in origins:
        if not _ORIGIN.fullmatch(each):
            raise ValueError(
                f"{in_quotes(each[:100])} is not the origin of a web site. Write https:// and the host without a path: "
                "https://shop.example."
            )
    if len(origins) > MAX_ORIGINS:
        raise ValueError(f"A publishable key has at most {MAX_ORIGINS} origins, not {len(origins)}.")
    if origins and (sandbox or list(scopes) != ["quotes"]):
        raise ValueError('A publishable key has the scope "quotes" alone, and is not one of the sandbox.')


def origin_is_known(origin: str) -> bool:
    """Whether an active publishable key names this web site."""
    rows = Key.objects.filter(revoked=None, origins__contains=origin).values_list("origins", flat=True)
    return any(origin in (each or "").split() for each in rows)


def list_keys(organization: str | None = None) -> list[Key]:
    """All keys, or those of an organization, the newest first, including revoked ones."""
    return list(Key.objects.filter(organization=organization) if organization else Key.objects.all())


def find_active_key(key_id: str) -> Key | None:
    """A key by its id (`ek_…`) with its organization; None if it does not exist or was revoked."""
    return Key.objects.filter(id=key_id, revoked=None).select_related("organization").first()


def revoke_key(key: str, organization: str | None = None) -> bool:
    """Revoke a key by its id or its whole text. Returns whether there was such a key that was active.

    `organization`: revoke only a key of this organization.
    """
    found = Key.objects.filter(id=id_of(key), revoked=None)
    if organization is not None:
        found = found.filter(organization=organization)
    return bool(found.update(revoked=timezone.now()))


def id_of(key: str) -> str:
    """The id of a key, from its id or its whole text; a text that is neither is returned unchanged.

    >>> id_of("ek_0123456789ab_secret"), id_of("ek_test_0123456789ab"), id_of("x")
    ('ek_0123456789ab', 'ek_test_0123456789ab', 'x')
    """
    found = _ID.match(key)
    return found[0] if found else key


def is_of_sandbox(key_id: str) -> bool:
    """Whether a key may use only the law of the invented economy."""
    return key_id.startswith(SANDBOX)


def hash_secret(secret: str) -> str:
    """The hash of a secret. A secret has 256 random bits: a slow hash would not make it harder to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
