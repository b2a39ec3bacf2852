"""Who acts: a person in one of its organizations (pages), or an API key of an organization (`/v1`), with roles.

    actor = require_role(request, "clerk")     # the caller of a view, or the refusal: see below
    rows = offers_of(actor.organization)       # another organization's object is a 404

A refusal is an exception: in the API `Refused`, a JSON error; for pages `PageRefused`, whose response the middleware
returns (`web.http.page_middleware`): to the page of sign-in, of the second factor, or a page that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.store.people import members
from entrepot.web.http.api_keys import Caller, authenticate, find_caller
from entrepot.web.http.error_pages import error_page
from entrepot.web.http.errors import Refused

if TYPE_CHECKING:
    from entrepot.store.people.members import Membership

OPERATOR = "operator"
#: The scope of an API key that acts for its organization, and the role that such a key has.
SCOPE, ROLE_OF_KEY = "trade", "manager"
#: Where a session keeps the id of the chosen organization, and the user who entered a second factor.
ORGANIZATION, SECOND_FACTOR = "organization", "second_factor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which organization, and as what.

    `person`: `us_…`; None for an API key. `organization`: `og_…`. `roles`: the role and those that it includes
    (`viewer`, `clerk`, `manager`, `owner`). `kind`: of the organization (`seller`, `buyer`, `operator`). `key`: the id
    of the API key; None on a page.
    """

    person: str | None
    organization: str
    roles: frozenset[str]
    kind: str
    key: str | None = None


class PageRefused(Exception):
    """A page is refused; `response` is what the browser gets instead."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__(response.status_code)
        self.response = response


def current_organization(request: HttpRequest) -> Actor | None:
    """Who acts; None without a session or key, or if the person or the key belongs to no organization.

    A person acts for the operator of the platform only after a second factor.
    """
    if _is_api(request):
        return _actor_of_key(find_caller(request))
    user = request.user
    if not user.is_authenticated:
        return None
    found = members.memberships_of_user(user.pk)
    if not has_second_factor(request):
        found = [each for each in found if each.kind != OPERATOR]
    chosen = request.session.get(ORGANIZATION)
    member = next((each for each in found if each.organization == chosen), next(iter(found), None))
    return _actor_of_member(member) if member else None


def require_role(request: HttpRequest, role: str) -> Actor:
    """Who acts, with at least this role. Raises Refused in the API and PageRefused on a page."""
    if _is_api(request):
        return _require_key(request, role)
    require_person(request)
    actor = current_organization(request)
    if actor is None:
        if any(each.kind == OPERATOR for each in members.memberships_of_user(request.user.pk or 0)):
            raise PageRefused(second_factor_page(request))
        raise PageRefused(_redirect("/account/organizations/"))
    if role not in actor.roles:
        says = _("Your role in this organization does not allow this. Ask an owner of the organization.")
        raise PageRefused(error_page(request, 403, _("Not allowed"), says))
    return actor


def require_person(request: HttpRequest) -> str:
    """The id of the person who is signed in. Raises PageRefused: to the page of sign-in."""
    user = request.user
    if not user.is_authenticated:
        raise PageRefused(sign_in_page(request))
    return members.person_of(user, translate.current_language()).id


def require_operator(request: HttpRequest, role: str = "viewer", *, duty: str = "") -> Actor:
    """Who acts for the operator of the platform, after a second factor. Raises as `require_role`.

    `duty`: of `members.DUTIES`, with which it is allowed too. Anybody else is told that there is no such address (404).
    """
    if _is_api(request):
        actor = _require_key(request, role)
        if actor.kind != OPERATOR:
            raise Refused(404, "invalid_request_error", "not_found", "This address does not exist.")
        return actor
    require_person(request)
    found = next((each for each in members.memberships_of_user(request.user.pk or 0) if each.kind == OPERATOR), None)
    if found is None or not {role, duty} & members.implied_roles(found.role):
        says = _("This address does not exist, or its content has expired.")
        raise PageRefused(error_page(request, 404, _("Page not found"), says))
    if not has_second_factor(request):
        raise PageRefused(second_factor_page(request))
    return _actor_of_member(found)


def has_second_factor(request: HttpRequest) -> bool:
    """Whether the user who is signed in entered a second factor in this session."""
    return request.user.is_authenticated and request.session.get(SECOND_FACTOR) == request.user.pk


def is_operator(request: HttpRequest) -> bool:
    """Whether an administrator of the platform asks, after a second factor. No page changes for anybody else."""
    return getattr(request.user, "is_staff", False) and has_second_factor(request)


def sign_in_page(request: HttpRequest) -> HttpResponseRedirect:
    """The response that leads to the page of sign-in, and from there back to this address."""
    return _redirect("/sign-in/", request.get_full_path())


def second_factor_page(request: HttpRequest) -> HttpResponseRedirect:
    """The response that leads to the page of the second factor, and from there back to this address."""
    return _redirect("/account/two-factor/", request.get_full_path())


def _redirect(path: str, back: str = "") -> HttpResponseRedirect:
    query = f"?{urlencode({'next': back})}" if back else ""
    return HttpResponseRedirect(f"/{translate.current_language()}{path}{query}")


def _require_key(request: HttpRequest, role: str) -> Actor:
    caller = authenticate(request, SCOPE)
    actor = _actor_of_key(caller)
    if actor is None:
        message = "This request needs the API key of an organization. Create one: entrepot keys create --organization."
        raise Refused(403, "authentication_error", "organization_missing", message)
    if role not in actor.roles:
        message = f'This needs the role "{role}" in the organization, which no API key has. Use the pages.'
        raise Refused(403, "authentication_error", "role_missing", message)
    return actor


def _actor_of_key(caller: Caller) -> Actor | None:
    if caller.organization is None:
        return None
    roles = members.implied_roles(ROLE_OF_KEY) if SCOPE in caller.scopes else frozenset[str]()
    return Actor(None, caller.organization, roles, caller.kind, caller.key)


def _actor_of_member(member: Membership) -> Actor:
    return Actor(member.person, member.organization, members.implied_roles(member.role), member.kind)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/v1/")
