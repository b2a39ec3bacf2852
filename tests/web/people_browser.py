"""People in browsers: created with their organizations in one go, signed in, or signed up through the pages."""

from __future__ import annotations

import email
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.policy import default
from typing import Any

import httpx
from server_process import Server

CREATE = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.utils import timezone
from entrepot.store.people import members, organizations, persons
from entrepot.web.http import actors

found, made = {}, {}
for name, (organization, kind, role) in json.loads(%r).items():
    person = persons.create_person(f"{name}@people.example", name.title(), "tall trees 1985", "en")
    if person is None:
        person = members.person_of(User.objects.get(username=f"{name}@people.example"))
    if organization and organization not in made:
        made[organization] = (
            organizations.operator() if kind == "operator"
            else organizations.create_organization(organization, "VN", kind)
        ).id
    if organization:
        members.add_member(made[organization], person.id, role)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    if kind == "operator":
        session[actors.SECOND_FACTOR] = person.user_id
    session.create()
    found[name] = [person.id, made.get(organization, ""), session.session_key]
print(json.dumps(found))
"""
PASSWORD = "tall trees 1985"


@dataclass
class Visitor:
    """A browser. `person` and `organization` are the ids of who is signed in, empty for nobody."""

    url: str
    person: str = ""
    organization: str = ""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self.send("GET", path)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request with the cookies of this browser; no connection stays open."""
        with httpx.Client(
            base_url=self.url, cookies=self.cookies, follow_redirects=True, timeout=60, verify=False
        ) as client:
            answer = client.request(method, path, **more)
            self.cookies = client.cookies
        return answer

    def post(self, path: str, form: Mapping[str, str | list[str]], *, to: str = "") -> httpx.Response:
        """Send the form of a page. `to`: the address of the form, if it is another."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert token, path
        return self.send("POST", to or path, data={**form, "csrfmiddlewaretoken": token[1]})


def visitor(server: Server) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(server.url)


def signed_in(server: Server, people: dict[str, tuple[str, str, str]]) -> dict[str, Visitor]:
    """Create people with the name and kind of their organization and their role, each signed in to a browser.

    An empty name is no organization. Operators have entered their second factor.
    """
    made = json.loads(server.ask(CREATE % json.dumps(people)))
    found = {}
    for name, (person, organization, session) in made.items():
        browser = visitor(server)
        browser.cookies.set("sessionid", session)
        browser.person, browser.organization = person, organization
        found[name] = browser
    return found


def mails(server: Server, to: str, *, at_least: int = 1) -> list[Message]:
    """The e-mails to an address that the server wrote to its standard output, the oldest first."""
    found: list[Message] = []
    until = time.monotonic() + 60
    while len(found) < at_least and time.monotonic() < until:
        parts = re.split(r"^-{79}$", (server.data / "log").read_text(), flags=re.MULTILINE)
        texts = [part[part.index("Content-Type: text/plain") :] for part in parts if "Content-Type: text/plain" in part]
        read = (email.message_from_string(text, policy=default) for text in texts)
        found = [each for each in read if each["To"] == to]
        if len(found) < at_least:
            time.sleep(0.05)
    assert len(found) >= at_least, f"{len(found)} e-mails to {to}"
    return found


DELIVER = """
from django.utils import timezone
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade_app import email_channel
queue, channel = DatabaseOutbox(), email_channel.channel()
while claimed := queue.claim("email", timezone.now(), lease="a test", seconds=60, limit=100, in_order=False):
    for message in claimed:
        channel.send(message)
        queue.done(message, timezone.now())
"""


def notices(server: Server, to: str, *, at_least: int = 1) -> list[Message]:
    """As `mails`, after what is in the outbox was sent: this server has no background worker."""
    sent = server.ask(DELIVER)
    with (server.data / "log").open("a") as log:
        log.write(f"\n{sent}\n")
    return mails(server, to, at_least=at_least)


def text_of(mail: Message) -> str:
    """The text of an e-mail."""
    return str(mail.get_content())  # type: ignore[attr-defined]  # a message of the default policy has it


def link_in(mail: Message) -> str:
    """The path and query of the link in an e-mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]
