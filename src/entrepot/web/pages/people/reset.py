"""Choose a new password with a link in an e-mail. The page does not show whether the address has an account."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import _
from entrepot.store.people import members, persons
from entrepot.web.pages.people.form_page import (
    Field,
    Note,
    password_field,
    password_of,
    show_form,
)
from entrepot.web.pages.people.sign_up import old_link_page, send_link
from entrepot.web.people import attempts, letters, tokens
from entrepot.web.people.passwords import password_fault


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, language: str) -> HttpResponseBase:
    """Ask for the address, and send the link."""

    def send(address: str) -> None:
        user = _user_with_address(address)
        if user is None:
            letters.send_to_address(request, "account.none", address, language, "sign-up/")
        else:
            path = f"reset/new/?token={tokens.reset_token(user)}"
            letters.send_to_address(request, "account.reset", address, language, path)

    return send_link(request, _address_form, send)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page of the link: set the password. All sessions of the account end; a second factor stays."""
    token = request.POST.get("token") or request.GET.get("token") or ""
    user = tokens.read_reset(token)
    if user is None:
        return old_link_page(request, "reset/", _("Choose a new password"))
    fault = ""
    if request.method == "POST":
        password = password_of(request)
        fault = password_fault(password, user)
        if not fault:
            user.set_password(password)
            user.save(update_fields=["password"])
            attempts.unlock(request, user.username)
            return _done(request, user)
    field = password_field("password", _("New password"), fault, new=True, hint=_("At least 8 characters."))
    title, button = _("Choose a new password"), _("Set the password")
    return show_form(request, title, [field], button, hidden=[("token", token)], status=422 if fault else 200)


def _done(request: HttpRequest, user: User) -> HttpResponse:
    letters.notify_person(request, "account.password", members.person_of(user).id)
    note = Note(_("Your password was changed. Sign in with it."), "good")
    return show_form(request, _("Choose a new password"), (), "", notes=[note], links=[("sign-in/", _("Sign in"))])


def _user_with_address(address: str) -> User | None:
    """The user who signs in with an address, or an administrator who has it beside another name."""
    found = persons.find_by_address(address)
    return found or User.objects.filter(email=address, is_active=True).order_by("pk").first()


def _address_form(request: HttpRequest, address: str = "", fault: str = "", note: Note | None = None) -> HttpResponse:
    field = Field("email", _("E-mail address"), address, fault, "email", "email")
    return show_form(
        request,
        _("Choose a new password"),
        [field],
        _("Send the link"),
        lead=_("You get an e-mail with a link to choose a new password."),
        notes=[note] if note else (),
        links=[("sign-in/", _("Sign in"))],
        status=422 if fault else 503 if note else 200,
    )
