"""A page with one form: fields, a button, notes above it and links below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from entrepot.language.translate import _, current_language


class Field(NamedTuple):
    """A field of a form. `options`: of a choice, as pairs of value and text. `autocomplete`: as in HTML."""

    name: str
    label: str
    value: str = ""
    fault: str = ""
    kind: str = "text"
    autocomplete: str = "off"
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()
    optional: bool = False


class Note(NamedTuple):
    """A sentence above a form. `look`: `good`, `bad` or empty."""

    text: str
    look: str = ""


def password_field(name: str, label: str, fault: str = "", *, new: bool = False, hint: str = "") -> Field:
    """The field of a password, with the name that password managers know."""
    return Field(name, label, "", fault, "password", "new-password" if new else "current-password", hint)


def show_form(
    request: HttpRequest,
    title: str,
    fields: Sequence[Field],
    button: str,
    *,
    lead: str = "",
    notes: Sequence[Note] = (),
    hidden: Sequence[tuple[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """The page. Without fields and button it only says something."""
    context = {
        "title": title,
        "fields": fields,
        "button": button,
        "lead": lead,
        "notes": notes,
        "hidden": hidden,
        "links": [(address_of_page(path), text) for path, text in links],
    }
    return render(request, "people/form.html", context, status=status)


def address_of_page(path: str) -> str:
    """The path of a page in the language of this request."""
    return f"/{current_language()}/{path}"


def next_page(request: HttpRequest, default: str = "account/") -> str:
    """The page of this server that `next` names, else the default."""
    return named_page(request) or address_of_page(default)


def named_page(request: HttpRequest) -> str:
    """The page of this server that `next` names; empty where it names none."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


def text_of(request: HttpRequest, name: str, most: int = 300) -> str:
    """A text of the form, without spaces around it, and cut to a length that every field accepts or refuses.

    The character NUL, which PostgreSQL does not take, is left out.
    """
    return request.POST.get(name, "").replace("\0", "").strip()[:most]


def password_of(request: HttpRequest, name: str = "password") -> str:
    """A password of the form, unchanged: spaces belong to it. Longer ones are cut, and too long for a new password."""
    return request.POST.get(name, "")[:1000]


def mail_failed() -> Note:
    """What the page says if an e-mail was not accepted by the server for e-mails."""
    return Note(_("The e-mail could not be sent. Try again in some minutes."), "bad")


def locked_note() -> Note:
    """What the page says while an account or an address is locked."""
    return Note(
        _("Too many wrong passwords. Wait 15 minutes, or choose a new password with the link in an e-mail."), "bad"
    )
