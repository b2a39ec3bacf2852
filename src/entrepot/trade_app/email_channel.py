"""The channel `email` of the outbox: e-mails to people, about their accounts, organizations and orders.

The body of a message has ids: `person` (to whom), `organization`, `about` (another person), `order`, `key`; words that
are translated (`status`, `role`); `path` of the page that is linked to, and `url` of the server where a request had it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from entrepot import configuration
from entrepot.connect.mail.compose import compose
from entrepot.connect.mail.message import Mail, NotSent
from entrepot.connect.mail.message import Message as Written
from entrepot.connect.mail.smtp import DjangoMail
from entrepot.connect.mail.topics import ROLES, STATUSES, TOPICS
from entrepot.language import translate
from entrepot.mail_settings import read_mail
from entrepot.model.money import in_major
from entrepot.store.people import mail_tokens, organizations, persons
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade_app.ucp import node, sessions
from entrepot.trade_app.ucp.assess import QUOTES

#: Tried for two days: a server for e-mails may be down over a night.
BACKOFF = Backoff(first=5, factor=2, most=3600, attempts=60)
#: More than the longest timeout of the server for e-mails.
LEASE = 180.0


class Post(NamedTuple):
    """How e-mails are sent. `url`: the address of this server that their links have."""

    mail: Mail
    url: str


def channel() -> Channel:
    """How the messages of the channel `email` are sent, by the settings."""
    settings = read_mail(os.environ)
    hosts = [name for name in configuration.read_server(os.environ).hosts if name[0] not in "*."]
    url = settings.url or f"http://{next(iter(hosts), 'localhost')}"
    return Channel(partial(send, Post(DjangoMail(settings), url)), BACKOFF, in_order=False, slots=2, lease=LEASE)


def send(post: Post, message: Message) -> None:
    """Send the e-mail of a message. One to a person who was erased or has turned it off is not sent. Raises Later."""
    if message.topic not in TOPICS:
        raise Refused(f"There is no e-mail {message.topic}.")
    if "checkout" in message.body:
        _deliver(post, confirmation(message))
        return
    person = persons.find_person(str(message.body["person"]))
    group = TOPICS[message.topic].group
    if person is None or not persons.address_of(person) or (group and group in person.mail_opt_outs):
        return
    url = str(message.body.get("url") or post.url)
    base = f"{url}/{person.language}"
    off = f"{base}/mail/off/?token={mail_tokens.mail_token(person.id, group)}" if group else ""
    mail = compose(
        message.topic,
        persons.address_of(person),
        person.language,
        {**values_of(message.body, person.language), "link": f"{base}/{message.body.get('path', '')}"},
        site=urlsplit(url).netloc,
        unsubscribe=off,
    )
    _deliver(post, mail)


def confirmation(message: Message) -> Written | None:
    """The e-mail to a buyer of a platform, whose name and address are in the checkout; None if it was deleted."""
    stored = sessions.find(str(message.body["checkout"]))
    if stored is None or not stored.session.buyer.get("email"):
        return None
    session = stored.session
    with translate.speaking(session.language):
        places = QUOTES.decimals(session.currency) or 0
        amount = translate.money(in_major(session.total or 0, places), session.currency)
    values = {
        "order": ", ".join(session.orders),
        "amount": amount,
        "link": node.page_of(session.id, session.language),
    }
    site = urlsplit(node.settings().url).netloc
    return compose(message.topic, session.buyer["email"], session.language, values, site=site)


def _deliver(post: Post, mail: Written | None) -> None:
    if mail is None:
        return
    try:
        post.mail.send(mail)
    except NotSent as error:
        raise Later(f"The server for e-mails did not accept it: {error}.") from None


def values_of(body: Mapping[str, Any], language: str) -> dict[str, str]:
    """What the sentences of an e-mail name. A message has ids: no name is in the outbox."""
    values = {name: str(body[name]) for name in ("order", "key", "minutes", "month", "hours") if name in body}
    if "organization" in body:
        values["organization"] = _name(str(body["organization"]))
    if "about" in body:
        values["person"] = _name(str(body["about"]))
    with translate.speaking(language):
        if "status" in body:
            values["status"] = translate._(STATUSES[str(body["status"])])
        if "role" in body:
            values["role"] = translate._(ROLES[str(body["role"])])
    return values


def _name(number: str) -> str:
    """The name of an organization or a person; the id of one that was erased."""
    organization = organizations.find_organization(number)
    if organization is not None:
        return organization.name
    person = persons.find_person(number)
    return (persons.name_of(person) if person else "") or number
