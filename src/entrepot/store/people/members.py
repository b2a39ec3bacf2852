"""People as members of organizations: who they are, in which organizations, with which role."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from entrepot.model.errors import in_quotes
from entrepot.store.ids import new_id
from entrepot.store.people import organizations
from entrepot.store.people_models import Member, Person

#: The roles, each of which includes those before it, with what it may do.
ROLES = {
    "viewer": "see everything of the organization",
    "clerk": "offer, order, declare and ship",
    "manager": "refund, cancel, and create keys",
    "owner": "manage members and the organization itself",
}
#: What a member of the operator's organization may be besides, with what it includes: as little as the duty needs.
#: `auditor`: sees all and the acts of administrators, changes nothing; `liaison`: to customs, sees what is stuck and
#: decides on screening; `statistics`: sees programmes and figures.
DUTIES = {
    "auditor": frozenset({"viewer", "auditor"}),
    "liaison": frozenset({"liaison"}),
    "statistics": frozenset({"statistics"}),
}


class LastOwner(Exception):
    """The last owner of an organization that has other members cannot leave it or become something else."""


class Membership(NamedTuple):
    """A person in an organization."""

    person: str
    organization: str
    name: str
    kind: str
    role: str


def implied_roles(role: str) -> frozenset[str]:
    """A role and those that it includes.

    >>> sorted(implied_roles("clerk")), sorted(implied_roles("liaison"))
    (['clerk', 'viewer'], ['liaison'])
    """
    if role in DUTIES:
        return DUTIES[role]
    names = list(ROLES)
    return frozenset(names[: names.index(role) + 1])


def person_of(user: User, language: str = "en") -> Person:
    """The row of a signed-in user, created if missing, as for administrators that Django's own pages created.

    An administrator is an owner of the operator's organization.
    """
    person, created = Person.objects.get_or_create(
        user=user, defaults={"id": new_id("us"), "language": language, "created": timezone.now()}
    )
    if created and user.is_staff:
        add_member(organizations.operator().id, person.id, "owner")
    return person


def make_operator(user: User) -> None:
    """Make an administrator an owner of the operator's organization, also one that had an account before."""
    add_member(organizations.operator().id, person_of(user).id, "owner")


def memberships(person: str) -> list[Membership]:
    """The organizations of a person, in the order of joining."""
    rows = Member.objects.filter(person_id=person).select_related("organization").order_by("since", "id")
    return [_membership(row) for row in rows]


def memberships_of_user(user_id: int) -> list[Membership]:
    """As `memberships`, by the number of Django's user: one query."""
    rows = Member.objects.filter(person__user_id=user_id).select_related("organization").order_by("since", "id")
    return [_membership(row) for row in rows]


def members_of(organization: str) -> list[Member]:
    """The members of an organization with their people and users, in the order of joining."""
    return list(
        Member.objects.filter(organization_id=organization).select_related("person__user").order_by("since", "id")
    )


def add_member(organization: str, person: str, role: str) -> None:
    """Add a person to an organization; a member keeps the role that it has. Raises ValueError for an unknown role."""
    Member.objects.get_or_create(
        organization_id=organization,
        person_id=person,
        defaults={"role": read_role(role, organization), "since": timezone.now()},
    )


def change_role(organization: str, person: str, role: str) -> bool:
    """Change the role of a member. Returns whether there is one. Raises LastOwner, and ValueError."""
    read_role(role, organization)
    with transaction.atomic():
        member = _locked(organization, person)
        if member is None:
            return False
        if role != "owner":
            _check_other_owner(organization, member)
        member.role = role
        member.save(update_fields=["role"])
    return True


def remove_member(organization: str, person: str) -> bool:
    """Remove a member. Returns whether there was one. Raises LastOwner."""
    with transaction.atomic():
        member = _locked(organization, person)
        if member is None:
            return False
        _check_other_owner(organization, member)
        member.delete()
    return True


def read_role(role: str, organization: str) -> str:
    """A role that members of an organization can have: duties are of the operator's only. Raises ValueError."""
    known = roles_of(organization)
    if role not in known:
        raise ValueError(f"{in_quotes(role)} is not a role. Use {', '.join(known)}.")
    return role


def roles_of(organization: str) -> tuple[str, ...]:
    """The roles and duties that members of an organization can have."""
    row = organizations.find_organization(organization)
    return (*ROLES, *DUTIES) if row is not None and row.kind == "operator" else tuple(ROLES)


def _locked(organization: str, person: str) -> Member | None:
    """A member, after locking all members of the organization: two owners cannot leave at the same time."""
    rows = list(Member.objects.select_for_update().filter(organization_id=organization).order_by("id"))
    return next((row for row in rows if row.person_id == person), None)


def _check_other_owner(organization: str, member: Member) -> None:
    """Raises LastOwner if a member is the only owner."""
    owners = Member.objects.filter(organization_id=organization, role="owner")
    if member.role == "owner" and not owners.exclude(id=member.id).exists():
        raise LastOwner


def _membership(row: Member) -> Membership:
    return Membership(row.person_id, row.organization_id, row.organization.name, row.organization.kind, row.role)
