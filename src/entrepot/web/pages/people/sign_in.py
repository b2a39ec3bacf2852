"""Sign in with a name or an e-mail address and a password, then with a code if the account has a second factor."""

from __future__ import annotations

import datetime as dt
import time
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.language.translate import _, current_language
from entrepot.store.people import locks, members, persons
from entrepot.web.http import actors
from entrepot.web.http.errors import Refused
from entrepot.web.pages.navigation import start_of
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
from entrepot.web.people import attempts, letters, totp

#: Where a session keeps who entered the right password and not yet a code, and for how many seconds.
PENDING, PENDING_SECONDS = "second_factor_of", 600
#: How long a lock lasts, as e-mails say it.
LOCK_MINUTES = str(locks.LOCK // dt.timedelta(minutes=1))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, language: str = "") -> HttpResponseBase:
    """The page. 429 beyond the limits, also for the right password; 503 if attempts cannot be counted."""
    target = named_page(request)
    if request.method != "POST":
        return _after_sign_in(request, target) or _form(request)
    name = _known_name(text_of(request, "username"))
    try:
        attempt = attempts.count(request, name)
    except Refused as refused:
        return too_many_page(request, refused)
    except attempts.Locked as locked:
        if locked.of_account:
            _tell_owner(request, name)
        return _form(request, locked_note(), status=429)
    user = authenticate(request, username=name, password=password_of(request))
    if not isinstance(user, User):
        return _form(request, Note(_("The name, the address or the password is wrong."), "bad"))
    attempt.succeeded()
    if members.person_of(user, current_language()).totp_confirmed is not None:
        request.session[PENDING] = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": int(time.time())}
        return HttpResponseRedirect(_with_next("sign-in/code/", target))
    login(request, user)
    return _after_sign_in(request, target) or HttpResponseRedirect(target or start_page(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, language: str) -> HttpResponseBase:
    """The second factor: a code of the app or a recovery code."""
    user = _pending_user(request)
    if user is None:
        return HttpResponseRedirect(_with_next("sign-in/", named_page(request)))
    if request.method != "POST":
        return code_form(request)
    refusal = check_code(request, user)
    if refusal is not None:
        return refusal
    del request.session[PENDING]
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[actors.SECOND_FACTOR] = user.pk
    return HttpResponseRedirect(named_page(request) or start_page(request))


@require_POST
def sign_out(request: HttpRequest, language: str) -> HttpResponseBase:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(address_of_page("sign-in/"))


def check_code(request: HttpRequest, user: User) -> HttpResponseBase | None:
    """Check the code of the form, with limits on attempts. Returns the page of a refusal; None if it is right."""
    try:
        attempt = attempts.count(request, str(user.pk), "code")
    except Refused as refused:
        return too_many_page(request, refused)
    except attempts.Locked as locked:
        if locked.of_account:  # whoever enters codes knows the password
            letters.notify_person(
                request, "account.code_locked", members.person_of(user).id, "reset/", minutes=LOCK_MINUTES
            )
        note = Note(_("Too many wrong codes. Wait 15 minutes."), "bad")
        return code_form(request, note, status=429)
    if not totp.accept(members.person_of(user), text_of(request, "code", 40)):
        return code_form(request, Note(_("This code is wrong, too old, or was used before."), "bad"))
    attempt.succeeded()
    return None


def code_form(request: HttpRequest, note: Note | None = None, status: int = 200) -> HttpResponse:
    """The form of the second factor."""
    field = Field("code", _("One-time code"), kind="code", autocomplete="one-time-code")
    return show_form(
        request,
        _("Enter the code"),
        [field],
        _("Sign in"),
        lead=_("Enter the code that your authenticator app shows, or one of your recovery codes."),
        notes=[note] if note else (),
        hidden=_hidden(named_page(request)),
        status=status,
    )


def _after_sign_in(request: HttpRequest, target: str) -> HttpResponseBase | None:
    """Where somebody who is signed in already goes; None for the form, as for a person at an administrator's page."""
    user = request.user
    if user.is_authenticated and user.is_staff and not actors.has_second_factor(request):
        return HttpResponseRedirect(_with_next("account/two-factor/", target))
    if user.is_authenticated and not target.startswith("/admin"):
        return HttpResponseRedirect(target or start_page(request))
    return None


def start_page(request: HttpRequest) -> str:
    """Where a sign-in leads that names no page: the first page of the organization for which the person acts.

    A member of the operator alone, who has shown no second factor, is led to the page of the second factor.
    """
    actor = actors.current_organization(request)
    if actor is not None:
        return address_of_page(start_of(actor))
    belongs = bool(members.memberships_of_user(request.user.pk or 0))
    return address_of_page("account/two-factor/" if belongs else "account/")


def _hidden(target: str) -> list[tuple[str, str]]:
    """The hidden fields of a form of the sign-in."""
    return [("next", target)] if target else []


def _form(request: HttpRequest, note: Note | None = None, status: int = 200) -> HttpResponse:
    fields = [
        Field("username", _("E-mail address or name"), text_of(request, "username"), autocomplete="username"),
        password_field("password", _("Password")),
    ]
    response = show_form(
        request,
        _("Sign in"),
        fields,
        _("Sign in"),
        notes=[note] if note else (),
        hidden=_hidden(named_page(request)),
        links=[("reset/", _("Choose a new password")), ("sign-up/", _("Create an account"))],
        status=status,
    )
    if status == 429:
        response["Retry-After"] = "900"
    return response


def _known_name(name: str) -> str:
    """The name of Django's user: an address is compared in lower case, the name of an administrator as it is."""
    if "@" in name:
        try:
            return persons.read_address(name)
        except ValueError:
            return name
    return name


def _pending_user(request: HttpRequest) -> User | None:
    """Who entered the right password in this session; None after ten minutes, or if the password was changed since."""
    pending: Any = request.session.get(PENDING)
    if not isinstance(pending, dict) or int(time.time()) - pending["at"] > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == pending["hash"] else None


def _tell_owner(request: HttpRequest, name: str) -> None:
    """Tell the owner of an account about its lock, in a thread: the answer takes the same time without an account."""

    def tell() -> None:
        try:
            user = User.objects.filter(username=name, is_active=True).first()
            if user is not None:
                letters.notify_person(
                    request, "account.locked", members.person_of(user).id, "reset/", minutes=LOCK_MINUTES
                )
        finally:
            connections.close_all()

    Thread(target=tell, daemon=True).start()


def _with_next(path: str, target: str) -> str:
    return f"{address_of_page(path)}?{urlencode({'next': target})}" if target else address_of_page(path)
