"""The rows of two-factor authentication: the encrypted secret, the codes that were used, the recovery codes.

A code is used at most once, also by two requests at the same time: each use is one conditional update.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from entrepot.store.people_models import Person, RecoveryCode


def start(person: str, encrypted: bytes) -> None:
    """Store a new secret that the person has not confirmed yet. One that is confirmed stays."""
    Person.objects.filter(id=person, totp_confirmed=None).update(totp_secret=encrypted, totp_step=0)


def confirm(person: str, recovery_hashes: Iterable[str]) -> None:
    """Turn two-factor authentication on, with new recovery codes."""
    with transaction.atomic():
        Person.objects.filter(id=person).update(totp_confirmed=timezone.now())
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(person_id=person, secret_hash=each) for each in recovery_hashes)


def turn_off(person: str) -> None:
    """Turn two-factor authentication off and delete its secret and recovery codes."""
    with transaction.atomic():
        Person.objects.filter(id=person).update(totp_secret=None, totp_confirmed=None, totp_step=0)
        RecoveryCode.objects.filter(person=person).delete()


def use_step(person: str, step: int) -> bool:
    """Use the code of a time step. Returns False if this code or a later one was used before."""
    return bool(Person.objects.filter(id=person, totp_step__lt=step).update(totp_step=step))


def use_recovery_code(person: str, secret_hash: str) -> bool:
    """Use a recovery code. Returns False if there is none with this hash that was not used."""
    found = RecoveryCode.objects.filter(person=person, secret_hash=secret_hash, used=None)
    return bool(found.update(used=timezone.now()))


def remaining_codes(person: str) -> int:
    """How many recovery codes were not used."""
    return RecoveryCode.objects.filter(person=person, used=None).count()
