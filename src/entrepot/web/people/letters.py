"""Send the e-mails of people and organizations, in the reader's language.

Those with a link that is a secret go to the server for e-mails at once, and are stored nowhere. The others are put into
the outbox, from which a background worker sends them (`trade_app.email_channel`): no page waits for it.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from entrepot.connect.mail.compose import compose
from entrepot.connect.mail.message import Mail
from entrepot.connect.mail.smtp import DjangoMail
from entrepot.connect.mail.topics import TOPICS
from entrepot.language import translate
from entrepot.store.ids import new_id
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.people import members
from entrepot.trade.mails import CHANNEL
from entrepot.trade.ports import Outgoing
from entrepot.web.people import words


@lru_cache(maxsize=1)
def mail() -> Mail:
    """How this server sends e-mails."""
    return DjangoMail(settings.MAIL)


def send_to_address(
    request: HttpRequest, topic: str, address: str, language: str, path: str = "", /, **values: str
) -> None:
    """Send an e-mail to an address at once. `path`: of the page that it links to. Raises NotSent."""
    link = page_url(request, language, path)
    with translate.speaking(language):
        said = {name: words.role_name(value) if name == "role" else value for name, value in values.items()}
    mail().send(compose(topic, address, language, {"link": link, **said}, site=urlsplit(link).netloc))


def notify_person(request: HttpRequest, topic: str, person: str, path: str = "", /, **body: str) -> None:
    """Put an e-mail to a person into the outbox. `body`: ids of what its sentences name (`trade_app.email_channel`)."""
    _put(request, topic, [person], path, body)


def notify_members(
    request: HttpRequest, topic: str, organization: str, path: str = "", /, *, but: str = "", **body: str
) -> None:
    """Put e-mails to the members of an organization who have the role of the topic into the outbox.

    `but`: a person who is not told, because the change is their own.
    """
    people = [
        row.person_id
        for row in members.members_of(organization)
        if TOPICS[topic].to in members.implied_roles(row.role) and row.person_id != but
    ]
    _put(request, topic, people, path, {"organization": organization, **body})


def page_url(request: HttpRequest, language: str, path: str, **query: str) -> str:
    """The whole address of a page: on the host of ENTREPOT_URL, else on that of the request."""
    return f"{_base(request)}/{language}/{path}" + (f"?{urlencode(query)}" if query else "")


def _put(request: HttpRequest, topic: str, people: list[str], path: str, body: dict[str, str]) -> None:
    shared = {"path": path, "url": _base(request), **body}
    DatabaseOutbox().put(
        [Outgoing(CHANNEL, topic, {"person": each, **shared}, f"{each}:{new_id('ml')}") for each in people],
        timezone.now(),
    )


def _base(request: HttpRequest) -> str:
    return settings.MAIL.url or f"{request.scheme}://{request.get_host()}"
