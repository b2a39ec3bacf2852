"""The rows of two-factor authentication: the encrypted secret, the codes that were used, the recovery codes.

A code is used at most once, also by two requests at the same time: each use is one conditional update. Recovery codes
are stored as hashes.
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from entrepot.store.people_models import Person, RecoveryCode

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without signs that look alike


def start(person: str, encrypted: bytes) -> None:
    """Store a new secret that the person has not confirmed yet. One that is confirmed stays."""
    Person.objects.filter(id=person, totp_confirmed=None).update(totp_secret=encrypted, totp_step=0)


def confirm(person: str) -> list[str]:
    """Turn two-factor authentication on. Returns new recovery codes; earlier ones no longer work.

    Without a secret of an app, only the recovery codes are accepted.
    """
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]
    with transaction.atomic():
        Person.objects.filter(id=person).update(totp_confirmed=timezone.now())
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(person_id=person, secret_hash=_hash(each)) for each in codes)
    return codes


def turn_off(person: str) -> None:
    """Turn two-factor authentication off and delete its secret and recovery codes."""
    with transaction.atomic():
        Person.objects.filter(id=person).update(totp_secret=None, totp_confirmed=None, totp_step=0)
        RecoveryCode.objects.filter(person=person).delete()


def use_step(person: str, step: int) -> bool:
    """Use the code of a time step. Returns False if this code or a later one was used before."""
    return bool(Person.objects.filter(id=person, totp_step__lt=step).update(totp_step=step))


def use_recovery_code(person: str, code: str) -> bool:
    """Use a recovery code. Returns False if it is not one of this person that was not used."""
    found = RecoveryCode.objects.filter(person=person, secret_hash=_hash(code), used=None)
    return bool(found.update(used=timezone.now()))


def remaining_codes(person: str) -> int:
    """How many recovery codes were not used."""
    return RecoveryCode.objects.filter(person=person, used=None).count()


def _hash(code: str) -> str:
    """A recovery code has 59 random bits, and attempts are limited: it is not hashed slowly."""
    return hashlib.sha256(code.encode()).hexdigest()
