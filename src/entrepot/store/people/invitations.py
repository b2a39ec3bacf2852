"""Invitations to an organization. The e-mail has a secret, of which only the hash is stored; it works once."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from entrepot.store.ids import new_id
from entrepot.store.people.members import add_member, read_role
from entrepot.store.people_models import Invitation, Member

LIFETIME = dt.timedelta(days=7)
#: Invitations of an organization that are open at the same time.
MAX_OPEN = 50


class AlreadyMember(ValueError):
    """A member of the organization has this address already."""


class TooManyOpen(ValueError):
    """An organization has `MAX_OPEN` invitations that are open."""


def invite(organization: str, address: str, role: str, language: str, by: str) -> str:
    """Create an invitation, which replaces an earlier one to the same address. Returns its secret.

    Raises ValueError if the role is not valid, AlreadyMember, and TooManyOpen.
    """
    read_role(role, organization)
    if Member.objects.filter(organization_id=organization, person__user__username=address).exists():
        raise AlreadyMember
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        rows = Invitation.objects.filter(organization_id=organization, accepted=None)
        rows.filter(address=address).delete()
        if rows.filter(expires__gt=now).count() >= MAX_OPEN:
            raise TooManyOpen
        Invitation.objects.create(
            id=new_id("iv"),
            organization_id=organization,
            secret_hash=_hash(secret),
            address=address,
            role=role,
            language=language,
            invited_by_id=by,
            created=now,
            expires=now + LIFETIME,
        )
    return secret


def find_invitation(secret: str) -> Invitation | None:
    """The open invitation with a secret, with its organization."""
    rows = Invitation.objects.select_related("organization", "invited_by__user")
    return rows.filter(secret_hash=_hash(secret), accepted=None, expires__gt=timezone.now()).first()


def open_invitations(organization: str) -> list[Invitation]:
    """The open invitations of an organization, the newest first."""
    rows = Invitation.objects.filter(organization_id=organization, accepted=None, expires__gt=timezone.now())
    return list(rows.order_by("-created"))


def accept(invitation: str, person: str) -> bool:
    """Accept an invitation: the person becomes a member. Returns False if it was accepted or withdrawn meanwhile."""
    with transaction.atomic():
        row = Invitation.objects.select_for_update().filter(id=invitation, accepted=None).first()
        if row is None or row.expires <= timezone.now():
            return False
        row.accepted = timezone.now()
        row.save(update_fields=["accepted"])
        add_member(row.organization_id, person, row.role)
    return True


def withdraw(organization: str, invitation: str) -> bool:
    """Delete an open invitation of an organization. Returns whether there was one."""
    count, _rows = Invitation.objects.filter(id=invitation, organization_id=organization, accepted=None).delete()
    return bool(count)


def _hash(secret: str) -> str:
    """As of an API key: a secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
