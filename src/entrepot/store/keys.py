"""keys: the rows of the API's keys: made, listed, revoked. Of a secret only the hash is kept.

A key reads `ek_<id>_<secret>`. What it allows, and how it comes over HTTP, is the desk's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from django.utils import timezone

from entrepot.store.models import Key

SCOPES = {
    "quotes": "ask for quotes and read them",
    "batch": "have tables answered",
    "law": "read the law",
}
PER_MINUTE, MAX_PER_MINUTE = 6_000, 1_000_000
LONGEST_NAME = 100


def create_key(name: str, scopes: Sequence[str], per_minute: int = PER_MINUTE) -> tuple[Key, str]:
    """A new key, and its text, which is told once and never again.

    Raises ValueError, with a sentence, where the name, a scope or the number of calls a minute is none.
    """
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"The name of a key has 1 to {LONGEST_NAME} printable signs.")
    if strange := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"{strange[0]!r} is no scope: {', '.join(SCOPES)}.")
    if not scopes:
        raise ValueError(f"A key allows at least one of: {', '.join(SCOPES)}.")
    if not 1 <= per_minute <= MAX_PER_MINUTE:
        raise ValueError(f"A key allows 1 to {MAX_PER_MINUTE} calls a minute, not {per_minute}.")
    number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = Key.objects.create(
        id=f"ek_{number}",
        name=name.strip(),
        secret_hash=hash_secret(secret),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        per_minute=per_minute,
        created=timezone.now(),
    )
    return row, f"ek_{number}_{secret}"


def list_keys() -> list[Key]:
    """All keys, the newest first, those that were revoked among them."""
    return list(Key.objects.all())


def revoke_key(key: str) -> bool:
    """Revokes a key by its id, or by its whole text; whether there was one in force."""
    found = Key.objects.filter(id="_".join(key.split("_")[:2]), revoked=None)
    return bool(found.update(revoked=timezone.now()))


def hash_secret(secret: str) -> str:
    """The hash of a secret. It is 256 bits of chance: nothing slow is needed to keep it from being guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
