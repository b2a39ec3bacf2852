"""Send the e-mails of people and organizations, in the reader's language, to those who have not turned them off."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest

from entrepot.connect.mail.compose import compose
from entrepot.connect.mail.message import Mail
from entrepot.connect.mail.smtp import DjangoMail
from entrepot.connect.mail.topics import TOPICS
from entrepot.language import translate
from entrepot.store.people import mail_tokens, members, persons
from entrepot.web.people import words

if TYPE_CHECKING:
    from entrepot.store.people_models import Person


@lru_cache(maxsize=1)
def mail() -> Mail:
    """How this server sends e-mails."""
    return DjangoMail(settings.MAIL)


def send_to_address(
    request: HttpRequest, topic: str, address: str, language: str, path: str = "", /, **values: str
) -> None:
    """Send an e-mail to an address. `path`: of the page that it links to, after the language. Raises NotSent."""
    link = page_url(request, language, path)
    mail().send(compose(topic, address, language, {"link": link, **_said(language, values)}, site=_site(request)))


def send_to_person(request: HttpRequest, topic: str, person: Person, path: str = "", /, **values: str) -> None:
    """Send an e-mail to a person who has an address and has not turned its group off. Raises NotSent."""
    group, address = TOPICS[topic].group, persons.address_of(person)
    if not address or (group and group in person.mail_opt_outs):
        return
    language = person.language
    off = page_url(request, language, "mail/off/", token=mail_tokens.mail_token(person.id, group)) if group else ""
    link = page_url(request, language, path)
    said = {"link": link, **_said(language, values)}
    mail().send(compose(topic, address, language, said, site=_site(request), unsubscribe=off))


def send_to_members(
    request: HttpRequest, topic: str, organization: str, path: str = "", /, *, but: str = "", **values: str
) -> None:
    """Send an e-mail to the members of an organization who have the role of its topic. Raises NotSent.

    `but`: a person who is not told, because the change is their own.
    """
    for row in members.members_of(organization):
        if TOPICS[topic].to in members.implied_roles(row.role) and row.person_id != but:
            send_to_person(request, topic, row.person, path, **values)


def page_url(request: HttpRequest, language: str, path: str, **query: str) -> str:
    """The whole address of a page: on the host of ENTREPOT_URL, else on that of the request."""
    base = settings.MAIL.url or f"{request.scheme}://{request.get_host()}"
    return f"{base}/{language}/{path}" + (f"?{urlencode(query)}" if query else "")


def _site(request: HttpRequest) -> str:
    return urlsplit(settings.MAIL.url).netloc or request.get_host()


def _said(language: str, values: dict[str, str]) -> dict[str, str]:
    """The values of an e-mail, a role by its name in the language."""
    with translate.speaking(language):
        return {name: words.role_name(value) if name == "role" else value for name, value in values.items()}
