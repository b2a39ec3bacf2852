"""What the pages of trade have in common: objects of an organization, pages of lists, and what a form asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec

from django.http import Http404, HttpRequest

from entrepot.language.translate import error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.ports import NotFound
from entrepot.web.http.actors import Actor
from entrepot.web.pages.people.form_page import Note
from entrepot.web.trade import calls

P = ParamSpec("P")


def find(number: str, prefix: str, actor: Actor) -> Any:
    """The state of an object of the organization. Raises Http404 where it has none with this id."""
    try:
        return calls.find(number, prefix, actor.organization)
    except NotFound:
        raise Http404 from None


def list_page(request: HttpRequest, prefix: str, actor: Actor, limit: int) -> tuple[list[Any], bool]:
    """A page of the objects of the organization, after the one that the address names, and whether there are more.

    Raises Http404 where the organization has no such object.
    """
    try:
        return calls.list_of(prefix, actor.organization, after=request.GET.get("after") or None, limit=limit)
    except NotFound:
        raise Http404 from None


def attempt(notes: list[Note], act: Callable[P, object], *given: P.args, **named: P.kwargs) -> bool:
    """Do what a form asks for. Returns whether it was done; if not, a note says why. Raises Http404."""
    try:
        act(*given, **named)
    except NotFound:
        raise Http404 from None
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
        return False
    return True
