"""Create an account: an address, a link in an e-mail that confirms it, then a name and a password.

Nothing is stored before the link was opened. The page answers the same whether the address has an account or not; the
e-mail says it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.mail.message import NotSent
from entrepot.language.translate import _
from entrepot.store.people import persons
from entrepot.web.http.errors import Refused
from entrepot.web.pages.page_limit import too_many_page
from entrepot.web.pages.people.form_page import (
    Field,
    Note,
    address_of_page,
    mail_failed,
    password_field,
    password_of,
    show_form,
    text_of,
)
from entrepot.web.people import attempts, letters, tokens
from entrepot.web.people.passwords import password_fault


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, language: str) -> HttpResponseBase:
    """Ask for the address, and send the link."""

    def send(address: str) -> None:
        if persons.find_by_address(address):
            letters.send_to_address(request, "account.exists", address, language, "sign-in/")
        else:
            token = tokens.sign_up_token(address)
            letters.send_to_address(request, "account.confirm", address, language, f"sign-up/confirm/?token={token}")

    return send_link(request, _address_form, send)


def send_link(request: HttpRequest, form: Callable[..., HttpResponse], send: Callable[[str], None]) -> HttpResponseBase:
    """Ask for an e-mail address, and send a letter to it. The answer is the same whether it has an account or not.

    `form`: the page, with what was typed, what is wrong with it, and a note; `send`: may raise NotSent.
    """
    if request.method != "POST":
        return form(request)
    try:
        address = persons.read_address(text_of(request, "email"))
    except ValueError:
        return form(request, text_of(request, "email"), _("This is not an e-mail address."))
    try:
        attempts.count_mail(request, address)
    except Refused as refused:
        return too_many_page(request, refused)
    try:
        send(address)
    except NotSent:
        return form(request, address, note=mail_failed())
    return sent_page(request, address)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page of the link: a name and a password create the account."""
    token = request.POST.get("token") or request.GET.get("token") or ""
    address = tokens.read_sign_up(token)
    if address is None:
        return old_link_page(request, "sign-up/", _("Create an account"))
    faults: dict[str, str] = {}
    if request.method == "POST":
        created = create_account(request, address, language, faults)
        if created is not None:
            return HttpResponseRedirect(address_of_page("account/organizations/"))
        if not faults:
            note = Note(_("This address has an account already. Sign in."))
            return show_form(request, _("Create an account"), (), "", notes=[note], links=[("sign-in/", _("Sign in"))])
    return account_form(request, address, faults, [("token", token)])


def create_account(request: HttpRequest, address: str, language: str, faults: dict[str, str]) -> User | None:
    """Create the account of a confirmed address and sign in. Returns None with faults, or if there is one already."""
    password = password_of(request)
    if not text_of(request, "name"):
        faults["name"] = _("Enter a name.")
    if fault := password_fault(password, User(username=address, email=address, first_name=text_of(request, "name"))):
        faults["password"] = fault
    if faults:
        return None
    try:
        person = persons.create_person(address, text_of(request, "name"), password, language)
    except ValueError:
        faults["name"] = _("A name has 1 to 150 printable characters.")
        return None
    if person is None or person.user is None:
        return None
    login(request, person.user)
    return person.user


def account_form(
    request: HttpRequest, address: str, faults: dict[str, str], hidden: list[tuple[str, str]], lead: str = ""
) -> HttpResponse:
    """The form of a name and a password."""
    fields = [
        Field("name", _("Your name"), text_of(request, "name"), faults.get("name", ""), autocomplete="name"),
        password_field(
            "password", _("Password"), faults.get("password", ""), new=True, hint=_("At least 8 characters.")
        ),
    ]
    said = lead or _("Your address {address} is confirmed.").format(address=address)
    return show_form(request, _("Create an account"), fields, _("Create the account"), lead=said, hidden=hidden)


def sent_page(request: HttpRequest, address: str) -> HttpResponse:
    """The page after an e-mail was sent."""
    note = Note(
        _("An e-mail was sent to {address}. Open the link in it. If none arrives, look among unwanted e-mails.").format(
            address=address
        ),
        "good",
    )
    return show_form(request, _("Look into your e-mails"), (), "", notes=[note])


def old_link_page(request: HttpRequest, path: str, text: str) -> HttpResponse:
    """The page of a link that is not valid."""
    note = Note(_("This link was used, is too old, or is incomplete. Ask for a new one."), "bad")
    return show_form(request, _("The link is not valid"), (), "", notes=[note], links=[(path, text)], status=410)


def _address_form(request: HttpRequest, address: str = "", fault: str = "", note: Note | None = None) -> HttpResponse:
    field = Field("email", _("E-mail address"), address, fault, "email", "email")
    return show_form(
        request,
        _("Create an account"),
        [field],
        _("Send the link"),
        lead=_("You get an e-mail with a link. It confirms your address, and leads to the next step."),
        notes=[note] if note else (),
        links=[("sign-in/", _("Sign in"))],
        status=422 if fault else 503 if note else 200,
    )
