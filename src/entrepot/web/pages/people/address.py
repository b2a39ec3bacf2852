"""Change the e-mail address of an account: with the password, and a link that only the new address gets.

Nothing changes before the link was opened by the same person, signed in: an address with a typing error must not give
the account to somebody else.
"""

from __future__ import annotations

import contextlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.mail.message import NotSent
from entrepot.language.translate import _
from entrepot.store.people import persons
from entrepot.web.http.errors import Refused
from entrepot.web.pages.page_limit import too_many_page
from entrepot.web.pages.people.account import check_password, signed_in_person, user_of
from entrepot.web.pages.people.form_page import Field, Note, mail_failed, password_field, show_form, text_of
from entrepot.web.pages.people.sign_up import old_link_page, sent_page
from entrepot.web.people import attempts, letters, tokens


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, language: str) -> HttpResponseBase:
    """Ask for the new address and the password, and send the link to the new address."""
    person = signed_in_person(request)
    user = user_of(person)
    faults: dict[str, str] = {}
    if request.method != "POST":
        return _form(request, faults)
    try:
        address = persons.read_address(text_of(request, "email"))
    except ValueError:
        return _form(request, {"email": _("This is not an e-mail address.")})
    if (refusal := check_password(request, user, faults, "password")) is not None:
        return refusal
    if faults:
        return _form(request, faults)
    try:
        attempts.count_mail(request, address)
        if persons.find_by_address(address):
            letters.send_to_address(request, "account.exists", address, language, "sign-in/")
        else:
            token = tokens.address_token(user, address)
            path = f"account/address/confirm/?token={token}"
            letters.send_to_address(request, "account.address", address, person.language, path)
    except Refused as refused:
        return too_many_page(request, refused)
    except NotSent:
        return _form(request, faults, mail_failed())
    return sent_page(request, address)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, language: str) -> HttpResponseBase:
    """The page of the link: the account gets the new address. The old one is told."""
    person = signed_in_person(request)
    user = user_of(person)
    token = request.POST.get("token") or request.GET.get("token") or ""
    address = tokens.read_address(token, user)
    title = _("Change the e-mail address")
    if address is None:
        return old_link_page(request, "account/address/", title)
    if request.method != "POST":
        lead = _("The new address of your account: {address}").format(address=address)
        return show_form(request, title, (), _("Change the address"), lead=lead, hidden=[("token", token)])
    old = persons.address_of(person)
    if not persons.change_address(person.id, address):
        return old_link_page(request, "account/address/", title)
    if old:
        with contextlib.suppress(NotSent):  # the address is changed, which the page says
            letters.send_to_address(request, "account.address_changed", old, person.language)
    note = Note(_("Your account has the address {address} now.").format(address=address), "good")
    return show_form(request, title, (), "", notes=[note], links=[("account/", _("My account"))])


def _form(request: HttpRequest, faults: dict[str, str], note: Note | None = None) -> HttpResponse:
    fields = [
        Field("email", _("New e-mail address"), text_of(request, "email"), faults.get("email", ""), "email", "email"),
        password_field("password", _("Password"), faults.get("password", "")),
    ]
    return show_form(
        request,
        _("Change the e-mail address"),
        fields,
        _("Send the link"),
        lead=_("The new address gets an e-mail with a link. Open it in this browser."),
        notes=[note] if note else (),
        status=422 if faults else 503 if note else 200,
    )
