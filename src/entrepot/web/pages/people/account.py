"""The account of a person: name and e-mails, password, second factor, export and erasure of its data."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from entrepot.connect.mail.message import NotSent
from entrepot.connect.mail.topics import GROUPS
from entrepot.language import catalogue
from entrepot.language.translate import _, day
from entrepot.store.people import members, persons, second_factor
from entrepot.store.people.personal_data import end_sessions
from entrepot.trade_app import personal_data
from entrepot.web.http import actors
from entrepot.web.http.errors import Refused
from entrepot.web.pages.page_limit import too_many_page
from entrepot.web.pages.people.form_page import (
    Field,
    Note,
    address_of_page,
    locked_note,
    named_page,
    password_field,
    password_of,
    show_form,
    text_of,
)
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.people.sign_in import check_code, start_page
from entrepot.web.people import attempts, letters, totp
from entrepot.web.people.passwords import password_fault

if TYPE_CHECKING:
    from entrepot.store.people_models import Person


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, language: str) -> HttpResponseBase:
    """The name, the language of e-mails, and which e-mails are sent."""
    person = signed_in_person(request)
    notes = []
    if request.method == "POST":
        wanted = set(request.POST.getlist("mail"))
        try:
            persons.change_person(
                person.id, text_of(request, "name"), text_of(request, "language"), set(GROUPS) - wanted
            )
            notes.append(Note(_("Your changes were saved."), "good"))
        except ValueError:
            notes.append(Note(_("A name has 1 to 150 printable characters."), "bad"))
        person = signed_in_person(request)
    context: dict[str, Any] = {
        "notes": notes,
        **nav_context(request),
        "person": person,
        "name": persons.name_of(person),
        "address": persons.address_of(person),
        "groups": [(name, _(says), name not in person.mail_opt_outs) for name, says in GROUPS.items()],
        "tongues_of_mail": list(catalogue.LANGUAGES.items()),
        "two_factor": person.totp_confirmed is not None,
    }
    return render(request, "people/account.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest, language: str) -> HttpResponseBase:
    """Change the password. All other sessions of the person end."""
    person = signed_in_person(request)
    user = user_of(person)
    faults: dict[str, str] = {}
    notes = []
    if request.method == "POST":
        refusal = check_password(request, user, faults, "old")
        if refusal is not None:
            return refusal
        if not faults and (fault := password_fault(password_of(request, "new"), user)):
            faults["new"] = fault
        if not faults:
            user.set_password(password_of(request, "new"))
            user.save(update_fields=["password"])
            update_session_auth_hash(request, user)
            _tell(request, "account.password", person)
            notes.append(Note(_("Your password was changed. All other sessions have ended."), "good"))
    fields = [
        password_field("old", _("Current password"), faults.get("old", "")),
        password_field("new", _("New password"), faults.get("new", ""), new=True, hint=_("At least 8 characters.")),
    ]
    status = 422 if faults else 200
    return show_form(request, _("Change the password"), fields, _("Set the password"), notes=notes, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def two_factor(request: HttpRequest, language: str) -> HttpResponseBase:
    """Turn two-factor authentication on or off, make recovery codes, or enter a code in this session."""
    person = signed_in_person(request)
    if person.totp_confirmed is None:
        return _set_up(request, person)
    if not actors.has_second_factor(request):
        if request.method == "POST" and (refusal := check_code(request, user_of(person))) is not None:
            return refusal
        if request.method == "POST":
            request.session[actors.SECOND_FACTOR] = user_of(person).pk
            return HttpResponseRedirect(named_page(request) or start_page(request))
        return show_form(
            request,
            _("Enter the code"),
            [Field("code", _("One-time code"), kind="code", autocomplete="one-time-code")],
            _("Continue"),
            lead=_("Enter the code that your authenticator app shows, or one of your recovery codes."),
            hidden=[("next", named_page(request))],
        )
    return _turn_off(request, person)


@never_cache
@require_safe
def export(request: HttpRequest, language: str) -> HttpResponse:
    """Everything that is stored on the person, as a file of JSON."""
    found = personal_data.export_person(signed_in_person(request))
    response = HttpResponse(
        json.dumps(found, ensure_ascii=False, indent=2) + "\n", content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="entrepot-account.json"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, language: str) -> HttpResponseBase:
    """Erase the account, after the password was entered again."""
    person = signed_in_person(request)
    user = user_of(person)
    faults: dict[str, str] = {}
    notes = []
    if request.method == "POST":
        refusal = check_password(request, user, faults, "password")
        if refusal is not None:
            return refusal
        if not faults:
            address, spoken = persons.address_of(person), person.language
            try:
                kept = personal_data.erase_person(person)
            except personal_data.OnlyOwner as error:
                says = _("You are the only owner of {names}. Make another member an owner first.")
                notes.append(Note(says.format(names=", ".join(error.organizations)), "bad"))
            else:
                logout(request)
                if address:
                    with contextlib.suppress(NotSent):
                        letters.send_to_address(request, "account.erased", address, spoken)
                return _erased_page(request, kept)
    return show_form(
        request,
        _("Erase my account"),
        [password_field("password", _("Password"), faults.get("password", ""))],
        _("Erase my account"),
        lead=_(
            "Your name, address, password and memberships are erased at once, and cannot be restored. "
            "Records of trade keep only the number of your account."
        ),
        notes=notes,
        status=422 if faults or notes else 200,
    )


def _erased_page(request: HttpRequest, kept: Sequence[Mapping[str, str]]) -> HttpResponse:
    """What was erased, and what the law requires to keep until when."""
    found = [Note(_("Your account and your personal data in it were erased."), "good")]
    if kept:
        until = day(max(each["until"] for each in kept))
        says = _("The law requires to keep the personal data of your orders. All of it is erased by {day}.")
        found.append(Note(says.format(day=until)))
    return show_form(request, _("Your account was erased"), (), "", notes=found)


def _set_up(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Show the secret, and turn two-factor authentication on with the first code."""
    fault = ""
    if request.method == "POST":
        try:
            attempt = attempts.count(request, str(person.user_id), "code")
        except Refused as refused:
            return too_many_page(request, refused)
        except attempts.Locked:
            return show_form(request, _("Enter the code"), (), "", notes=[_too_many_codes()], status=429)
        codes = totp.confirm(person, text_of(request, "code", 40))
        if codes is not None:
            attempt.succeeded()
            request.session[actors.SECOND_FACTOR] = person.user_id
            end_sessions(person, but=request.session.session_key or "")  # they have shown no code
            _tell(request, "account.second_factor", person)
            context: dict[str, Any] = {
                "codes": codes,
                "next": named_page(request) or start_page(request),
                "title": _("Two-factor authentication is on"),
            }
            return render(request, "people/recovery_codes.html", context)
        fault = _("This code is wrong or too old. Compare the time of your telephone.")
    secret = totp.start(person)
    name = persons.address_of(person) or persons.name_of(person)
    context = {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "qr": totp.qr_code(totp.uri(secret, name)),
        "fault": fault,
        "next": named_page(request),
        "operator": _is_operator(person),
    }
    return render(request, "people/two_factor.html", context, status=422 if fault else 200)


def _turn_off(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Turn it off with the password; an operator cannot, but can set it up again."""
    faults: dict[str, str] = {}
    if request.method == "POST":
        refusal = check_password(request, user_of(person), faults, "password")
        if refusal is not None:
            return refusal
        if not faults:
            second_factor.turn_off(person.id)
            request.session.pop(actors.SECOND_FACTOR, None)
            end_sessions(person, but=request.session.session_key or "")  # nor is a code of the old secret enough
            _tell(request, "account.second_factor", person)
            return HttpResponseRedirect(address_of_page("account/two-factor/"))
    left = second_factor.remaining_codes(person.id)
    lead = _("Two-factor authentication is on. Recovery codes left: {n}.").format(n=left)
    if _is_operator(person):
        lead += " " + _("Operators of this platform need it: after it was turned off, set it up again.")
    return show_form(
        request,
        _("Two-factor authentication"),
        [password_field("password", _("Password"), faults.get("password", ""))],
        _("Turn off or set up again"),
        lead=lead,
        status=422 if faults else 200,
    )


def check_password(request: HttpRequest, user: User, faults: dict[str, str], field: str) -> HttpResponseBase | None:
    """Check the current password, with the limits of signing in. Returns a page of refusal, or adds a fault."""
    try:
        attempt = attempts.count(request, user.username)
    except Refused as refused:
        return too_many_page(request, refused)
    except attempts.Locked:
        return show_form(request, _("Wait"), (), "", notes=[locked_note()], status=429)
    if user.check_password(password_of(request, field)):
        attempt.succeeded()
    else:
        faults[field] = _("The password is wrong.")
    return None


def _too_many_codes() -> Note:
    return Note(_("Too many wrong codes. Wait 15 minutes."), "bad")


def _tell(request: HttpRequest, topic: str, person: Person) -> None:
    """Tell a person about a change of the account."""
    letters.notify_person(request, topic, person.id)


def _is_operator(person: Person) -> bool:
    return any(each.kind == actors.OPERATOR for each in members.memberships(person.id))


def signed_in_person(request: HttpRequest) -> Person:
    """The person who is signed in. Raises PageRefused."""
    found = persons.find_person(actors.require_person(request))
    if found is None:
        raise LookupError("A session without a person.")
    return found


def user_of(person: Person) -> User:
    """Django's user of a person who is signed in."""
    if person.user is None:
        raise LookupError("A person who was erased has no session.")
    return person.user
