"""Whether a new password is good enough, in the language of the reader."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from entrepot.language.translate import N_, _

#: The longest password that is hashed: hashing takes longer with its length.
MAX_LENGTH = 200
_FAULTS = {
    "password_too_short": N_("The password is too short: use at least 8 characters."),
    "password_too_common": N_("This password is too common. Use several words or a password manager."),
    "password_too_similar": N_("This password is too similar to your name or address."),
}


def password_fault(password: str, user: User) -> str:
    """Why a password cannot be used; empty if it can."""
    if len(password) > MAX_LENGTH:
        return _("The password is too long: use at most 200 characters.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        codes = [each.code for each in error.error_list]
        return " ".join(_(_FAULTS[code]) for code in codes if code in _FAULTS) or " ".join(error.messages)
    return ""
