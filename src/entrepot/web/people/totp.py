"""Two-factor authentication: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

The secret is stored encrypted (AES-256-GCM) with a key that is derived from the server's secret, and bound to its
person: a row that is copied to another person does not work.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.safestring import mark_safe

from entrepot.store.people import second_factor

if TYPE_CHECKING:
    from entrepot.store.people_models import Person

ISSUER = "Entrepot"
#: Seconds of a step, and steps before and after the current one whose codes are accepted: clocks differ.
STEP, DRIFT = 30, 1
_NONCE = 12


def start(person: Person) -> str:
    """The secret to enter into an authenticator app: the one that waits to be confirmed, else a new one."""
    if person.totp_secret is not None and person.totp_confirmed is None:
        found = _decrypt(person)
        if found is not None:
            return found
    secret = pyotp.random_base32()
    second_factor.start(person.id, _encrypt(person.id, secret))
    return secret


def confirm(person: Person, code: str) -> Sequence[str] | None:
    """Turn two-factor authentication on if the code is right. Returns the recovery codes; None if it is not."""
    if not _is_right(person, code):
        return None
    return second_factor.confirm(person.id)


def accept(person: Person, code: str) -> bool:
    """Whether a code of the app, or a recovery code, is right. Each is accepted once."""
    if person.totp_confirmed is None:
        return False
    plain = code.strip().lower().replace(" ", "")
    if plain.isascii() and plain.isdigit():
        return _is_right(person, plain)
    return second_factor.use_recovery_code(person.id, plain)


def uri(secret: str, name: str) -> str:
    """The address that a QR code gives to an authenticator app."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


def qr_code(text: str) -> str:
    """A QR code as an SVG element, dark on light also on a dark page."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr")
    return mark_safe(drawn)  # noqa: S308  # it has numbers only, not the text


def _is_right(person: Person, code: str) -> bool:
    """Whether a code is one of the current steps, and was not used before."""
    secret = _decrypt(person)
    if secret is None:
        return False
    totp = pyotp.TOTP(secret, interval=STEP)
    now = int(time.time()) // STEP
    text = code.strip().replace(" ", "")
    right = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), text.encode())
    ]
    return bool(right) and second_factor.use_step(person.id, right[-1])


def _encrypt(person: str, secret: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, secret.encode(), person.encode())


def _decrypt(person: Person) -> str | None:
    """The secret of a person; None if there is none, or the server's secret is another than when it was stored."""
    if person.totp_secret is None:
        return None
    stored = bytes(person.totp_secret)
    try:
        return AESGCM(_key(settings.SECRET_KEY)).decrypt(stored[:_NONCE], stored[_NONCE:], person.id.encode()).decode()
    except InvalidTag:
        return None


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entrepot two-factor secret").derive(secret.encode())
