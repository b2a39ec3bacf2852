"""The channel `email` of the outbox: e-mails about orders to the people of the seller and of the buyer."""

from __future__ import annotations

import os
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from entrepot import configuration
from entrepot.connect.mail.compose import compose
from entrepot.connect.mail.message import Mail, NotSent
from entrepot.connect.mail.smtp import DjangoMail
from entrepot.connect.mail.topics import STATUSES, TOPICS
from entrepot.language import translate
from entrepot.mail_settings import read_mail
from entrepot.store.people import mail_tokens, organizations, persons
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused

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
    person = persons.find_person(str(message.body["person"]))
    group = TOPICS[message.topic].group
    if person is None or not persons.address_of(person) or group in person.mail_opt_outs:
        return
    base = f"{post.url}/{person.language}"
    order = str(message.body["order"])
    with translate.speaking(person.language):
        status = translate._(STATUSES[str(message.body["status"])])
    values = {"order": order, "status": status, "organization": _name(str(message.body["owner"]))}
    mail = compose(
        message.topic,
        persons.address_of(person),
        person.language,
        {**values, "link": f"{base}/orders/{order}/"},
        site=urlsplit(post.url).netloc,
        unsubscribe=f"{base}/mail/off/?token={mail_tokens.mail_token(person.id, group)}",
    )
    try:
        post.mail.send(mail)
    except NotSent as error:
        raise Later(f"The server for e-mails did not accept it: {error}.") from None


def _name(owner: str) -> str:
    """The name of an organization or a person to whom an order belongs."""
    organization = organizations.find_organization(owner)
    if organization is not None:
        return organization.name
    person = persons.find_person(owner)
    return persons.name_of(person) if person else owner
