"""A node for a trial of trade: its server and three sandboxes as one program, which runs until it is stopped.

The people of the trial sign up on its pages. The operator has an account from the start. No e-mail leaves the machine:
the letters are read from what the server prints.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from entrepot.trade_app import demo_processes as processes
from entrepot.trade_app.demo import counterpart_settings, recipients

OPERATOR = "operator@sandbox.example"
#: The port of the node, and how far the ports of the sandboxes are from it.
PORT = 8000
OFFSETS = {"customs": 101, "payments": 102, "carrier": 103}
#: Seconds before each answer of a sandbox: one sees each state, and waits for none.
DELAY = "1"
#: Seconds between two looks at what the server printed.
STEP = 0.25
#: What Django writes after each e-mail.
_END = b"-" * 79 + b"\n"


class Start(NamedTuple):
    """A node that runs: its address, its folder, and what the operator and the officer of customs sign in with.

    `codes`: recovery codes of the operator's two-factor authentication; each is accepted once.
    """

    url: str
    folder: Path
    password: str
    codes: list[str]
    office: str
    office_password: str


class Letter(NamedTuple):
    """An e-mail that the server would have sent: to whom, its subject, and the links in it."""

    to: str
    subject: str
    links: list[str]


class Tell(NamedTuple):
    """Is told what happens: that the node runs, once; and each e-mail."""

    started: Callable[[Start], None]
    letter: Callable[[Letter], None]


def run(folder: Path, tell: Tell, *, port: int = PORT, hold: bool = False) -> None:
    """Run until SIGINT or SIGTERM. A folder that was used before goes on where it ended.

    `port`: of the node, the sandboxes have the following ones (`OFFSETS`); 0 for free ones. `hold`: customs holds each
    parcel until its officer decides. Raises demo_processes.NotStarted.
    """
    (folder / "server.log").touch()
    seen = (folder / "server.log").stat().st_size
    with _stopping_with_a_signal(), contextlib.ExitStack() as running:
        tell.started(_start(folder, running, port, hold=hold))
        for letter in follow(folder / "server.log", seen):
            tell.letter(letter)


@contextlib.contextmanager
def _stopping_with_a_signal() -> Iterator[None]:
    """End the body, without an error, at the first SIGINT or SIGTERM."""

    def stop(*_given: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C does not leave processes behind
        raise KeyboardInterrupt

    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(folder: Path, running: contextlib.ExitStack, port: int, *, hold: bool) -> Start:
    """Start the sandboxes, create the operator's account, and start the node."""
    own = port or processes.free_port()
    url = f"http://127.0.0.1:{own}"
    options: dict[str, tuple[str, ...]] = {
        name: ("--delay", DELAY, "--send-to", place, "--port", str(port + OFFSETS[name] if port else 0))
        for name, place in recipients(url).items()
    }
    options["customs"] = (*options["customs"], "--new-password")
    started = running.enter_context(processes.sandboxes(folder, options))
    data = {"ENTREPOT_DATA": str(folder / "node")}
    password, codes = _operator(data)
    counterparts = started()
    payments, carrier, customs = (counterparts[name] for name in ("payments", "carrier", "customs"))
    customs.control("/control/switches", {"mode": "examine" if hold else "release"}, "PATCH")
    settings = {**data, "ENTREPOT_URL": url, **counterpart_settings(folder, payments, carrier, customs)}
    running.enter_context(processes.server(own, folder, settings))
    return Start(url, folder, password, codes, f"{customs.url}/officer/", customs.start["password"])


def _operator(data: dict[str, str]) -> tuple[str, list[str]]:
    """A new password and new recovery codes of the operator, whose account is created at the first start."""
    processes.use_settings(data)
    from entrepot.trade_app.books import open_database  # noqa: PLC0415  # it reads the settings

    open_database()
    # After the database is open.
    from entrepot.store.people import members, persons, second_factor  # noqa: PLC0415

    password = secrets.token_urlsafe(12)
    person = persons.create_person(OPERATOR, "Operator", password, "en")
    user = persons.find_by_address(OPERATOR) if person is None else person.user
    if user is None:
        raise processes.NotStarted(f"The account {OPERATOR} was erased. Use another folder.")
    user.set_password(password)
    user.save()
    members.make_operator(user)
    return password, second_factor.confirm(members.person_of(user).id)


def follow(log: Path, seen: int) -> Iterator[Letter]:
    """The e-mails in a log after the first `seen` bytes, as they are written. It does not end by itself."""
    rest = b""
    with log.open("rb") as stream:
        stream.seek(seen)
        while True:
            more = stream.read()
            *whole, rest = (rest + more).split(_END)
            yield from filter(None, map(read_letter, whole))
            if not more:
                time.sleep(STEP)


def read_letter(part: bytes) -> Letter | None:
    r"""The e-mail at the end of a part of a log; None where it has none.

    >>> read_letter(b"a line\nContent-Type: text/plain\nSubject: Hi\nTo: a@b.example\n\nhttp://127.0.0.1/en/ \n")
    Letter(to='a@b.example', subject='Hi', links=['http://127.0.0.1/en/'])
    """
    at = part.find(b"Content-Type: text/plain")
    if at < 0:
        return None
    message = email.message_from_bytes(part[at:], policy=email.policy.default)
    links = re.findall(r"https?://\S+", message.get_content())
    return Letter(str(message["To"]), str(message["Subject"]), links)
