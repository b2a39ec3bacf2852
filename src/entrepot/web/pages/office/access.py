"""Who is in a workspace: a member of the buyer's organization with a seat; others are told that there is nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from entrepot.connect.office import files
from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError
from entrepot.store.office import DocumentRow
from entrepot.trade.delivery.grants import Grant
from entrepot.trade.delivery.workspaces import Workspace
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import workspaces
from entrepot.web.http.actors import Actor, PageRefused, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.people.form_page import Note


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may do in a workspace. `grant`: None where it is only read and downloaded; `why`: why it is so."""

    actor: Actor
    workspace: Workspace
    grant: Grant | None
    why: str = ""

    @property
    def organization(self) -> str:
        """The organization that has the workspace."""
        return self.actor.organization

    @property
    def manages(self) -> bool:
        """Whether seats and links of guests can be changed."""
        return "manager" in self.actor.roles

    @property
    def writes(self) -> bool:
        """Whether documents can be changed."""
        return self.grant is not None


def enter(request: HttpRequest, delivery: str) -> Access:
    """The workspace of a delivery for the reader of a page, who takes a seat. Raises Http404 and PageRefused.

    When the delivery is over, or no seat is free, documents can still be read and taken along.
    """
    actor = require_role(request, "viewer")
    check_installed(request)
    try:
        workspace = _workspace(delivery, actor.organization)
    except NotFound:
        raise Http404 from None
    if "clerk" not in actor.roles or actor.person is None:
        return Access(actor, workspace, None)
    try:
        grant = workspaces.take_seat(workspace, actor.person, actor.organization)
        if actor.person not in workspace.seats:
            workspace = workspaces.read(workspace.id)
        return Access(actor, workspace, grant)
    except TradeError as error:
        return Access(actor, workspace, None, error_text(error))


def check_installed(request: HttpRequest) -> None:
    """Raises PageRefused where this server cannot read documents."""
    if not files.is_available():
        says = _("Documents need {name}. Run: {command}").format(
            name="pycrdt", command="pip install 'entrepot[services]'"
        )
        raise PageRefused(error_page(request, 503, _("Not available"), says))


def _workspace(delivery: str, organization: str) -> Workspace:
    try:
        return workspaces.open_workspace(delivery, organization)
    except TradeError:  # it is not open, and was never opened
        raise NotFound(delivery) from None


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
