"""A member leaves an organization: what the member had of it ends too."""

from __future__ import annotations

from entrepot.trade_app.books import open_books, open_database
from entrepot.trade_app.services import workspaces


def remove_member(organization: str, person: str) -> bool:
    """Remove a member and give up its seats, which closes the documents that it has open.

    Returns whether there was one. Raises `LastOwner` of the store.
    """
    open_database()
    from entrepot.store.people import members  # noqa: PLC0415  # it needs the settings

    if not members.remove_member(organization, person):
        return False
    before = ""
    while found := open_books().list_objects(workspaces.PREFIX, owner=organization, before=before):
        for each in found:
            if person in each.seats:
                workspaces.free_seat(each, person, organization)
        before = found[-1].id
    return True
