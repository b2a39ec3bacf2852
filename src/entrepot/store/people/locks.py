"""Count wrong passwords and lock for a while: an account from an address, an account, an address.

An attempt is counted before its password is checked, in one transaction for all three, and uncounted if it was right:
attempts at the same time cannot exceed the limits. A lock ends by itself, so nobody can lock an account for good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from entrepot.store.people_models import WrongPasswords

#: The time in which attempts are counted together, and how long a lock lasts.
WINDOW = LOCK = dt.timedelta(minutes=15)


class Locked(Exception):
    """No password is accepted at the moment. `begun`: the keys whose locks began with this attempt."""

    def __init__(self, begun: Collection[str] = ()) -> None:
        super().__init__(len(begun))
        self.begun = frozenset(begun)


def check(*keys: str) -> None:
    """Raises Locked while one of the keys is locked. Nothing is counted."""
    if WrongPasswords.objects.filter(id__in=keys, until__gt=timezone.now()).exists():
        raise Locked


def count_attempt(limits: Mapping[str, int]) -> None:
    """Count an attempt under several keys, each with its limit. Raises Locked.

    A refused attempt is not counted: it does not make a lock longer.
    """
    begun = _count(limits)
    if begun is None or begun:
        raise Locked(begun or ())


def _count(limits: Mapping[str, int]) -> set[str] | None:
    """The keys whose locks begin with this attempt; None if one of them is locked already."""
    now = timezone.now()
    with transaction.atomic():
        for key in limits:
            WrongPasswords.objects.get_or_create(id=key, defaults={"since": now})
        rows = {row.id: row for row in WrongPasswords.objects.select_for_update().filter(id__in=limits).order_by("id")}
        if any(row.until and row.until > now for row in rows.values()):
            return None
        begun = set()
        for row in rows.values():
            if row.until or row.since <= now - WINDOW:
                row.since, row.count, row.until = now, 0, None
            if row.count >= limits[row.id]:
                row.until = now + LOCK
                begun.add(row.id)
        for row in rows.values():
            row.count += 0 if begun else 1
            row.save()
    return begun


def uncount_attempt(account_from_address: str, *others: str) -> None:
    """The password was right: forget the wrong ones of this account from this address, and uncount this attempt."""
    WrongPasswords.objects.filter(id=account_from_address).delete()
    WrongPasswords.objects.filter(id__in=others, count__gt=0).update(count=F("count") - 1)


def unlock(*keys: str) -> None:
    """Forget the wrong passwords under some keys, as after a new password was set."""
    WrongPasswords.objects.filter(id__in=keys).delete()


def expired() -> dt.datetime:
    """Rows that were begun before this time count no more."""
    return timezone.now() - WINDOW - LOCK
