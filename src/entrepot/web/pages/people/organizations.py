"""The organizations of a person: create one, choose the current one, leave one; the page of an invitation."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from entrepot.connect.mail.topics import GROUPS
from entrepot.language.translate import _
from entrepot.store.people import invitations, mail_tokens, members, organizations, persons
from entrepot.trade_app.members import remove_member
from entrepot.web.http import actors
from entrepot.web.http.errors import Refused
from entrepot.web.pages import form_fields
from entrepot.web.pages.page_limit import count_action, too_many_page
from entrepot.web.pages.people.form_page import Note, address_of_page, show_form, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.people.sign_up import account_form, create_account, old_link_page
from entrepot.web.people import letters, words

#: Organizations that a person can create in a minute and from one address.
CREATED_A_MINUTE = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_person(request: HttpRequest, language: str) -> HttpResponseBase:
    """The list, with forms to create, choose and leave."""
    person = actors.require_person(request)
    notes: list[Note] = []
    if request.method == "POST":
        done = _change(request, person, language, notes)
        if done is not None:
            return done
    actor = actors.current_organization(request)
    rows = [
        {
            "id": each.organization,
            "name": each.name,
            "kind": words.kind_name(each.kind),
            "role": words.role_name(each.role),
            "current": actor is not None and actor.organization == each.organization,
        }
        for each in members.memberships(person)
    ]
    context = {
        "rows": rows,
        "notes": notes,
        **nav_context(request, actor),
        "kinds": [(kind, words.kind_name(kind)) for kind in ("seller", "buyer")],
        "economies": form_fields.economy_choices(),
        "given": request.POST,
    }
    return render(request, "people/organizations.html", context, status=422 if notes else 200)


def _change(request: HttpRequest, person: str, language: str, notes: list[Note]) -> HttpResponseBase | None:
    """Create, choose or leave an organization. Returns the response; None with a note if it cannot be done."""
    action, chosen = text_of(request, "action"), text_of(request, "organization", 40)
    if action == "create":
        return _create(request, person, language, notes)
    member = next((each for each in members.memberships(person) if each.organization == chosen), None)
    if member is None or action not in ("choose", "leave"):
        raise Http404
    if action == "choose":
        if member.kind == actors.OPERATOR and not actors.has_second_factor(request):
            return actors.second_factor_page(request)
        request.session[actors.ORGANIZATION] = chosen
        return HttpResponseRedirect(address_of_page("organization/"))
    try:
        remove_member(chosen, person)
    except members.LastOwner:
        says = _("You are the only owner of {name}. Make another member an owner first.")
        notes.append(Note(says.format(name=member.name), "bad"))
        return None
    letters.notify_members(request, "member.left", chosen, about=person)
    request.session.pop(actors.ORGANIZATION, None)
    return HttpResponseRedirect(request.path)


def _create(request: HttpRequest, person: str, language: str, notes: list[Note]) -> HttpResponseBase | None:
    kind = text_of(request, "kind")
    try:
        count_action(request, "organizations", CREATED_A_MINUTE)
        if kind not in ("seller", "buyer"):
            raise ValueError
        row = organizations.create_organization(text_of(request, "name"), text_of(request, "country"), kind, language)
    except Refused as refused:
        return too_many_page(request, refused)
    except ValueError:
        notes.append(Note(_("Give the name, the country and the kind of the organization."), "bad"))
        return None
    members.add_member(row.id, person, "owner")
    request.session[actors.ORGANIZATION] = row.id
    return HttpResponseRedirect(address_of_page("organization/"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page of an invitation: join with this account, or create the account of the invited address."""
    secret = request.POST.get("token") or request.GET.get("token") or ""
    found = invitations.find_invitation(secret)
    if found is None:
        return old_link_page(request, "account/organizations/", _("My organizations"))
    lead = _("{organization} invites {address} to join as: {role}.").format(
        organization=found.organization.name, address=found.address, role=words.role_name(found.role)
    )
    user: object = request.user
    hidden = [("token", secret)]
    title = _("Invitation to {organization}").format(organization=found.organization.name)
    if isinstance(user, User):
        if found.address not in (user.username, user.email):
            note = Note(_("You are signed in with another address. Sign out, and open the link again."), "bad")
            return show_form(request, title, (), "", lead=lead, notes=[note], status=403)
    elif persons.find_by_address(found.address):
        raise actors.PageRefused(actors.sign_in_page(request))
    elif request.method != "POST":
        return account_form(request, found.address, {}, hidden, lead)
    else:
        faults: dict[str, str] = {}
        user = create_account(request, found.address, language, faults)
        if not isinstance(user, User):
            return account_form(request, found.address, faults, hidden, lead)
    if request.method != "POST":
        return show_form(request, title, (), _("Join"), lead=lead, hidden=hidden)
    return _join(request, user, found.id, found.organization_id, found.role)


def _join(request: HttpRequest, user: User, number: str, organization: str, role: str) -> HttpResponseBase:
    person = members.person_of(user)
    if not invitations.accept(number, person.id):
        return old_link_page(request, "account/organizations/", _("My organizations"))
    path = "organization/members/"
    letters.notify_members(request, "member.joined", organization, path, but=person.id, about=person.id, role=role)
    request.session[actors.ORGANIZATION] = organization
    return HttpResponseRedirect(address_of_page("organization/"))


@csrf_exempt  # mail programs send it without a page (RFC 8058); the signed token says whose e-mails are meant
@require_http_methods(["GET", "HEAD", "POST"])
def mail_off(request: HttpRequest, language: str) -> HttpResponseBase:
    """Turn a group of e-mails off with the link that each e-mail of the group has."""
    token = request.POST.get("token") or request.GET.get("token") or ""
    found = mail_tokens.read_token(token)
    if found is None or found[1] not in GROUPS:
        return old_link_page(request, "account/", _("My account"))
    title, lead = _("Turn e-mails off"), _(GROUPS[found[1]])
    if request.method != "POST":
        return show_form(request, title, (), _("Turn off"), lead=lead, hidden=[("token", token)])
    persons.turn_off_mail(*found)
    note = Note(_("You will not get e-mails of this kind any more. You can turn them on in your account."), "good")
    return show_form(request, title, (), "", lead=lead, notes=[note], links=[("account/", _("My account"))])
