"""The pages of the current organization: its details, its members and invitations, its API keys."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.mail.message import NotSent
from entrepot.language import catalogue
from entrepot.language.translate import _
from entrepot.measure.sector_names import SECTOR_NAMES
from entrepot.store import keys as key_rows
from entrepot.store.people import invitations, members, organizations, persons
from entrepot.trade_app.members import remove_member
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.http.errors import Refused
from entrepot.web.pages import form_fields
from entrepot.web.pages.page_limit import too_many_page
from entrepot.web.pages.people.form_page import Note, mail_failed, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.people import attempts, letters, words
from entrepot.web.people.acts import note_act

#: The most active keys of an organization, and the most requests a minute of a key that is created on the page.
MAX_KEYS = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, language: str) -> HttpResponseBase:
    """The name, country, language and customs registrations; an owner changes them."""
    actor = require_role(request, "owner" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        try:
            organizations.change_organization(
                actor.organization,
                text_of(request, "name"),
                text_of(request, "country"),
                text_of(request, "language"),
                _read_numbers(request.POST.get("numbers", "")[:2000]),
                text_of(request, "sector"),
            )
            notes.append(Note(_("Your changes were saved."), "good"))
        except ValueError:
            says = _("Check the name, the country and the numbers. A line is a country and a number: CN 4403160ABC.")
            notes.append(Note(says, "bad"))
    row = organizations.find_organization(actor.organization)
    context = {
        "notes": notes,
        **nav_context(request, actor),
        "row": row,
        "kind": words.kind_name(actor.kind),
        "numbers": "\n".join(f"{each['country']} {each['number']}" for each in row.customs_numbers) if row else "",
        "economies": form_fields.economy_choices(),
        "sectors": [(code, _(says)) for code, says in SECTOR_NAMES.items()],
        "tongues_of_mail": list(catalogue.LANGUAGES.items()),
        "may_change": "owner" in actor.roles,
    }
    return render(request, "people/organization.html", context)


def _read_numbers(text: str) -> list[dict[str, str]]:
    """Customs registrations, one a line: the country and the number."""
    found = []
    for line in text.splitlines():
        country, _space, number = line.strip().partition(" ")
        if line.strip():
            found.append({"country": country, "number": number})
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, language: str) -> HttpResponseBase:
    """The members with their roles and the open invitations; an owner changes them."""
    actor = require_role(request, "owner" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        refusal = _change_members(request, actor, notes)
        if refusal is not None:
            return refusal
    rows = [
        {
            "id": row.person_id,
            "name": persons.name_of(row.person),
            "address": persons.address_of(row.person),
            "role": row.role,
            "role_name": words.role_name(row.role),
            "since": row.since.date().isoformat(),
            "self": row.person_id == actor.person,
        }
        for row in members.members_of(actor.organization)
    ]
    invited = [
        {
            "id": row.id,
            "address": row.address,
            "role": words.role_name(row.role),
            "until": row.expires.date().isoformat(),
        }
        for row in invitations.open_invitations(actor.organization)
    ]
    known = members.roles_of(actor.organization)
    context = {
        "notes": notes,
        **nav_context(request, actor),
        "rows": rows,
        "invited": invited,
        "roles": [
            (role, words.role_name(role), _(says))
            for role, says in (*words.ROLES_MAY.items(), *words.DUTIES_MAY.items())
            if role in known
        ],
        "ranks": [(words.role_name(role), _(says)) for role, says in words.ROLES_MAY.items() if role in known],
        "duties": [(words.role_name(role), _(says)) for role, says in words.DUTIES_MAY.items() if role in known],
        "may_change": "owner" in actor.roles,
    }
    return render(request, "people/members.html", context, status=422 if any(n.look == "bad" for n in notes) else 200)


def _change_members(request: HttpRequest, actor: Actor, notes: list[Note]) -> HttpResponseBase | None:
    """Invite, withdraw an invitation, change a role, remove a member. Raises Http404 for what is not of this one."""
    action, person = text_of(request, "action"), text_of(request, "person", 40)
    name = _name_of(actor)
    if action == "invite":
        return _invite(request, actor, name, notes)
    if action == "withdraw":
        if not invitations.withdraw(actor.organization, text_of(request, "invitation", 40)):
            raise Http404
        return HttpResponseRedirect(request.path)
    if action not in ("role", "remove"):
        raise Http404
    role = text_of(request, "role")
    try:
        done = (
            remove_member(actor.organization, person)
            if action == "remove"
            else members.change_role(actor.organization, person, role)
        )
    except members.LastOwner:
        notes.append(Note(_("An organization has at least one owner. Make another member an owner first."), "bad"))
        return None
    except ValueError:
        raise Http404 from None
    if not done:
        raise Http404
    note_act(actor, "member.removed" if action == "remove" else f"member.role.{role}", person)
    if action == "remove":
        letters.notify_person(request, "member.removed", person, organization=actor.organization)
    else:
        letters.notify_person(request, "member.role", person, organization=actor.organization, role=role)
    return HttpResponseRedirect(request.path)


def _invite(request: HttpRequest, actor: Actor, name: str, notes: list[Note]) -> HttpResponseBase | None:
    role = text_of(request, "role")
    by = persons.find_person(actor.person or "")
    organization = organizations.find_organization(actor.organization)
    if by is None or organization is None:
        raise Http404
    try:
        address = persons.read_address(text_of(request, "email"))
    except ValueError:
        notes.append(Note(_("This is not an e-mail address."), "bad"))
        return None
    try:
        attempts.count_mail(request, address)
        secret = invitations.invite(actor.organization, address, role, organization.language, by.id)
        note_act(actor, f"member.invited.{role}", actor.organization)
        letters.send_to_address(
            request,
            "member.invited",
            address,
            organization.language,
            f"invitation/?token={secret}",
            organization=name,
            by=persons.name_of(by),
            role=role,
        )
    except Refused as refused:
        return too_many_page(request, refused)
    except invitations.AlreadyMember:
        notes.append(Note(_("A member of the organization has this address already."), "bad"))
    except invitations.TooManyOpen:
        notes.append(Note(_("Too many invitations are open. Withdraw some, or wait until they end."), "bad"))
    except ValueError:
        raise Http404 from None
    except NotSent:
        notes.append(mail_failed())
    else:
        notes.append(Note(_("An invitation was sent to {address}.").format(address=address), "good"))
    return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest, language: str) -> HttpResponseBase:
    """The API keys of the organization; a manager creates and revokes them. The text of a new key is shown once."""
    actor = require_role(request, "manager")
    notes: list[Note] = []
    made = ""
    if request.method == "POST" and text_of(request, "action") == "revoke":
        if not key_rows.revoke_key(text_of(request, "key", 40), actor.organization):
            raise Http404
        note_act(actor, "key.revoked", text_of(request, "key", 40))
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        made = _create_key(request, actor, notes)
    context = {
        "notes": notes,
        **nav_context(request, actor),
        "made": made,
        "rows": key_rows.list_keys(actor.organization),
        "scopes": [(scope, _(says)) for scope, says in words.SCOPES.items()],
    }
    return render(request, "people/keys.html", context, status=422 if notes else 200)


def _create_key(request: HttpRequest, actor: Actor, notes: list[Note]) -> str:
    """The text of a new key; empty with a note if it cannot be created."""
    if sum(row.revoked is None for row in key_rows.list_keys(actor.organization)) >= MAX_KEYS:
        notes.append(
            Note(_("An organization has at most {n} active keys. Revoke one first.").format(n=MAX_KEYS), "bad")
        )
        return ""
    try:
        row, text = key_rows.create_key(
            text_of(request, "name"), request.POST.getlist("scopes"), organization=actor.organization
        )
    except ValueError:
        notes.append(Note(_("Give a name, and choose at least one scope."), "bad"))
        return ""
    note_act(actor, "key.created", row.id)
    about, path = actor.person or "", "organization/keys/"
    letters.notify_members(request, "key.created", actor.organization, path, about=about, key=row.id)
    return text


def _name_of(actor: Actor) -> str:
    row = organizations.find_organization(actor.organization)
    return row.name if row is not None else ""
