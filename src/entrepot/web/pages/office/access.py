"""Who is in a workspace: members of the buyer's organization with a seat, or who came by the link of another node.

Others are told that there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest

from entrepot.connect.office import files
from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.store.office import DocumentRow
from entrepot.trade.delivery.grants import Grant
from entrepot.trade.delivery.workspaces import Workspace
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import workspaces
from entrepot.web.http import visiting
from entrepot.web.http.actors import Actor, PageRefused, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.people.form_page import Note
from entrepot.web.pages.people.nav import nav_context


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may do in a workspace. `grant`: None where it is only read and downloaded; `why`: why it is so.

    `organization`: which has the workspace; `manages`: whether seats and links of guests can be changed; `actor`: a
    member of the organization, None for who came by the link of another node's buyer.
    """

    organization: str
    workspace: Workspace
    grant: Grant | None
    manages: bool
    actor: Actor | None = None
    why: str = ""

    @property
    def writes(self) -> bool:
        """Whether documents can be changed."""
        return self.grant is not None

    @property
    def name(self) -> str:
        """How others see who edits, where the browser has no name."""
        return _("A member") if self.actor is not None else _("A visitor")

    def navigation(self, request: HttpRequest) -> dict[str, Any]:
        """Variables of the navigation of a page: a visitor has none."""
        return nav_context(request, self.actor) if self.actor is not None else {}


def enter(request: HttpRequest, delivery: str) -> Access:
    """The workspace of a delivery for the reader of a page, who takes a seat. Raises Http404 and PageRefused.

    When the delivery is over, or no seat is free, documents can still be read and taken along.
    """
    if visiting.key_of(request, delivery):
        return _enter_by_link(request, delivery)
    actor = require_role(request, "viewer")
    check_installed(request)
    workspace = _workspace(delivery, actor.organization)
    person = actor.person if "clerk" in actor.roles else None
    return _seated(Access(actor.organization, workspace, None, "manager" in actor.roles, actor), person)


def _enter_by_link(request: HttpRequest, delivery: str) -> Access:
    """For a browser that came by the link of another node's buyer: it acts for that buyer."""
    try:
        found = visiting.find(request, delivery)
    except NotFound:
        raise Http404 from None
    except TradeError as error:
        raise PageRefused(error_page(request, 403, _("This link is closed"), error_text(error))) from None
    check_installed(request)
    access = Access(found.buyer, _workspace(delivery, found.buyer), None, manages=True)
    return _seated(access, visiting.worker_of(request, found))


def _seated(access: Access, person: str | None) -> Access:
    """With a seat, or why there is none."""
    if person is None:
        return access
    workspace = access.workspace
    try:
        grant = workspaces.take_seat(workspace, person, access.organization)
    except TradeError as error:
        return replace(access, why=error_text(error))
    if person not in workspace.seats:
        workspace = workspaces.read(workspace.id)
    return replace(access, workspace=workspace, grant=grant)


def check_installed(request: HttpRequest) -> None:
    """Raises PageRefused where this server cannot read documents."""
    if not files.is_available():
        says = _("Documents need {name}. Run: {command}").format(
            name="pycrdt", command="pip install 'entrepot[services]'"
        )
        raise PageRefused(error_page(request, 503, _("Not available"), says))


def _workspace(delivery: str, organization: str) -> Workspace:
    """The workspace of a delivery. Raises Http404: also where it is not open, and was never opened."""
    try:
        return workspaces.open_workspace(delivery, organization)
    except (NotFound, TradeError):
        raise Http404 from None


def find_document(workspace: Workspace, number: str) -> DocumentRow:
    """A document that is not in the bin. Raises Http404."""
    try:
        row = workspaces.document(workspace, number)
    except NotFound:
        raise Http404 from None
    if row.removed is not None:
        raise Http404
    return row


def notes_of(access: Access) -> list[Note]:
    """Why nothing can be changed, where it is so."""
    return [Note(access.why, "bad")] if access.why else []
