"""The keys of courses: those that sign launches, encrypted at rest and replaced in time, and what is derived.

The next key is published a day before it signs, and the one before it stays published for a week: tools keep key sets.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entrepot.connect.lti.tokens import PlatformKey, new_key
from entrepot.model.errors import StoreError
from entrepot.store import courses as rows
from entrepot.store.courses import SealedKey
from entrepot.trade_app.books import open_trade_keys

#: Whose keys: those of the platform, and of the tool of built-in courses.
PLATFORM, PAGES = "platform", "pages"
#: How long a key signs, how long before that it is published, and how long after it.
SIGNS, BEFORE, AFTER = dt.timedelta(days=90), dt.timedelta(days=1), dt.timedelta(days=7)
_NONCE = 12


def signing_key(purpose: str, now: dt.datetime) -> PlatformKey:
    """The key that signs now; the next one is made in time. Raises StoreError, and LtiFault without joserfc."""
    known = rows.keys_of(purpose)
    if not known:
        _add(purpose, now, None, first=True)
        known = rows.keys_of(purpose)
    elif known[0].since <= now - (SIGNS - BEFORE):
        begins = now + BEFORE
        _add(purpose, begins, begins + AFTER, first=False)
        known = rows.keys_of(purpose)
    signs = next((each for each in known if each.since <= now), known[-1])
    return _open(purpose, signs)


def replace(purpose: str, now: dt.datetime) -> PlatformKey:
    """Replace the key at once: what it signed is not accepted any more. After a key became known to others."""
    signing_key(purpose, now)
    _add(purpose, now, now, first=False)
    return signing_key(purpose, now)


def published(purpose: str, now: dt.datetime) -> list[dict[str, str]]:
    """The public keys that tools accept."""
    signing_key(purpose, now)
    valid = [each for each in rows.keys_of(purpose) if each.until is None or each.until > now]
    return [_open(purpose, each).public() for each in valid]


def access_secret() -> bytes:
    """The secret that seals access tokens."""
    return _derive(b"entrepot: access tokens of course tools")


def _add(purpose: str, since: dt.datetime, ends: dt.datetime | None, *, first: bool) -> None:
    key = new_key()
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher().encrypt(nonce, key.pem.encode(), _bound(purpose, key.kid))
    rows.add_key(purpose, SealedKey(key.kid, sealed, since, None), ends=ends, first=first)


def _open(purpose: str, key: SealedKey) -> PlatformKey:
    try:
        plain = _cipher().decrypt(key.sealed[:_NONCE], key.sealed[_NONCE:], _bound(purpose, key.kid))
    except InvalidTag:
        raise StoreError("A key of courses cannot be decrypted: the data key of this node is another one.") from None
    return PlatformKey(key.kid, plain.decode())


def _bound(purpose: str, kid: str) -> bytes:
    return f"{purpose}:{kid}".encode()


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    return AESGCM(_derive(b"entrepot: keys of courses"))


@lru_cache(maxsize=4)
def _derive(info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(open_trade_keys().data)
