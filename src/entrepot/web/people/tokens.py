"""Signed links: to confirm an address, to change it, and to choose a new password. No row is stored for them."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core import signing

#: How long the links of sign-up and of a new password work.
LIFETIME = dt.timedelta(hours=24)
_SIGN_UP, _RESET, _ADDRESS = "entrepot.sign-up", "entrepot.reset", "entrepot.address"


def sign_up_token(address: str) -> str:
    """The token of the link that confirms an address."""
    return signing.dumps(address, salt=_SIGN_UP)


def read_sign_up(token: str) -> str | None:
    """The address that a token confirms; None if it is not valid or too old."""
    found = _read(token, _SIGN_UP)
    return found if isinstance(found, str) else None


def reset_token(user: User) -> str:
    """The token of the link to choose a new password. It ends with the next sign-in and with a new password."""
    return signing.dumps([user.pk, default_token_generator.make_token(user)], salt=_RESET)


def read_reset(token: str) -> User | None:
    """The user of a token for a new password; None if it is not valid, too old or used."""
    found = _read(token, _RESET)
    if not isinstance(found, list) or len(found) != 2:
        return None
    user = User.objects.filter(pk=found[0], is_active=True).first()
    return user if user is not None and default_token_generator.check_token(user, str(found[1])) else None


def address_token(user: User, address: str) -> str:
    """The token of the link that gives an account a new address. It ends when the account has another address."""
    return signing.dumps([user.pk, user.email, address], salt=_ADDRESS)


def read_address(token: str, user: User) -> str | None:
    """The new address that a token gives to a user; None if it is not valid, too old, used or of another user."""
    found = _read(token, _ADDRESS)
    if not isinstance(found, list) or len(found) != 3 or found[:2] != [user.pk, user.email]:
        return None
    return str(found[2])


def _read(token: str, salt: str) -> object:
    try:
        return signing.loads(token, salt=salt, max_age=LIFETIME)
    except signing.BadSignature:
        return None
