"""What the pages of an organization show: its name, and what the person may do there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from entrepot.store.people import organizations
from entrepot.store.trade.ledger import size
from entrepot.web.http.actors import Actor, current_organization
from entrepot.web.pages import navigation


def nav_context(request: HttpRequest, actor: Actor | None = None) -> dict[str, Any]:
    """Variables of the pages of an organization. The navigation of the page is that of `actor`."""
    found = actor or current_organization(request)
    if found is not None:
        setattr(request, navigation.ACTOR, found)
    row = organizations.find_organization(found.organization) if found else None
    return {
        "ledger_size": size,  # read where the page follows the ledger
        "organization": navigation.shown_name(row.name) if row else "",
        "may_have_keys": found is not None and "manager" in found.roles,
        "roles": found.roles if found is not None else frozenset(),
        "sells": found is not None and found.kind == "seller",
        "operates": found is not None and found.kind == "operator",
    }
