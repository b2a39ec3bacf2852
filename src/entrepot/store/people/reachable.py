"""Who is told by e-mail about what belongs to an organization or a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Q

from entrepot.store.models import Member, Person

#: Members with these roles are told.
ROLES = ("clerk", "manager", "owner")


def reachable(owners: set[str], group: str) -> Mapping[str, list[str]]:
    """The people who are told for each owner: a person itself, or members of an organization.

    Who has turned e-mails of the group off is told nothing.
    """
    people: defaultdict[str, list[str]] = defaultdict(list)
    if not owners:
        return people
    able = Q(erased=None, user__is_active=True) & ~Q(user__email="")
    known = {
        row.id
        for row in Person.objects.filter(able, Q(id__in=owners) | Q(members__organization__in=owners)).distinct()
        if group not in row.mail_opt_outs
    }
    for owner in owners & known:
        people[owner].append(owner)
    members = Member.objects.filter(organization__in=owners, person__in=known, role__in=ROLES).order_by("id")
    for organization, person in members.values_list("organization", "person"):
        people[organization].append(person)
    return people
