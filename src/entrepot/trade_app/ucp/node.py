"""The node as platforms see it: its settings, its keys, and the profiles of platforms that it knows."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings as django_settings

from entrepot.connect.signing_keys import SigningKey, read_pem
from entrepot.connect.ucp import profile_of_node
from entrepot.connect.ucp.profiles import Profiles
from entrepot.mail_settings import read_mail
from entrepot.store import key_files
from entrepot.trade_app import payments_channel
from entrepot.trade_app.books import key_folder, open_database, open_trade_keys
from entrepot.ucp_settings import UcpSettings, read_ucp

_NONCE = 12


@lru_cache(maxsize=1)
def settings() -> UcpSettings:
    """The settings of UCP of this process. Raises ConfigurationError."""
    return read_ucp(os.environ, read_mail(os.environ).url)


@lru_cache(maxsize=1)
def signing_key() -> SigningKey:
    """The key with which this node signs. Raises StoreError."""
    open_database()
    return read_pem(key_files.open_key(key_files.UCP_SIGNING, key_folder()))


@lru_cache(maxsize=1)
def profiles() -> Profiles:
    """The profiles of platforms that this process has seen."""
    return Profiles(time.monotonic, allow_loopback=django_settings.WEBHOOKS_LOOPBACK)


def provider() -> str:
    """The payment provider of this node; empty if there is none."""
    return payments_channel.settings().provider


def profile() -> dict[str, Any]:
    """The profile of this node."""
    return profile_of_node.profile(settings().url, [signing_key().public()], provider())


def own_capabilities() -> dict[str, tuple[str, str]]:
    """The capabilities of this node."""
    return profile_of_node.own_capabilities(settings().url)


def token_of(number: str) -> str:
    """The secret part of the address of a session's page: whoever has it continues the checkout."""
    return hmac.new(_derived(b"entrepot: pages of UCP"), number.encode(), hashlib.sha256).hexdigest()[:32]


def page_of(number: str, language: str) -> str:
    """The address of the page on which a buyer continues a checkout, and sees its orders."""
    return f"{settings().url}/{language}/checkout/{number}/{token_of(number)}/"


def seal(number: str, content: bytes) -> bytes:
    """Content encrypted, bound to an id: it has the names and addresses of buyers."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher().encrypt(nonce, content, number.encode())


def unseal(number: str, sealed: bytes) -> bytes | None:
    """The content; None if it was encrypted with another key."""
    try:
        return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], number.encode())
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    return AESGCM(_derived(b"entrepot: checkouts of UCP"))


def _derived(purpose: bytes) -> bytes:
    """A key that is derived from the data key, which is not in the database."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(open_trade_keys().data)
