"""What the navigation of the pages of people needs: the current organization and what the person may do there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from entrepot.store import pavilions
from entrepot.store.people import organizations
from entrepot.store.trade.ledger import size
from entrepot.web.http.actors import Actor, current_organization


def nav_context(request: HttpRequest, actor: Actor | None = None) -> dict[str, Any]:
    """The variables of `people/nav.html` and `trade/nav.html`."""
    found = actor or current_organization(request)
    row = organizations.find_organization(found.organization) if found else None
    return {
        "ledger_size": size,  # read where the page follows the ledger
        "organization": row.name if row else "",
        "may_have_keys": found is not None and "manager" in found.roles,
        "sells": found is not None and found.kind == "seller",
        "operates": found is not None and found.kind == "operator",
        "pavilions_of_organization": pavilions.slugs_of(found.organization) if found else [],
    }
