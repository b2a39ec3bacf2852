"""The settings of e-mail, and an SMTP server that gets what is sent; the same test holds for the adapter in memory."""

from __future__ import annotations

import email
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import default
from pathlib import Path

import pytest
from server_process import Server, environment

from entrepot.configuration import ConfigurationError
from entrepot.connect.mail.compose import compose
from entrepot.connect.mail.message import Mail, MemoryMail, Message
from entrepot.connect.mail.topics import GROUPS, TOPICS
from entrepot.language import catalogue
from entrepot.mail_settings import IMPLICIT, PLAIN, STARTTLS, read_mail
from entrepot.setting_names import EXAMPLES
from free_ports import free_port

ROOT = Path(__file__).resolve().parents[2]
MORE = {"ENTREPOT_MAIL_FROM": "a@shop.example", "ENTREPOT_URL": "https://shop.example"}


@pytest.mark.parametrize(
    ("text", "port", "encryption"),
    [
        ("smtp://mail.example", 587, STARTTLS),
        ("smtp://u:p@mail.example:25?tls=off&timeout=3", 25, PLAIN),
        ("smtps://u:p@mail.example", 465, IMPLICIT),
        ("smtp://[::1]:2525?tls=starttls", 2525, STARTTLS),
    ],
)
def test_the_address_of_a_server_for_e_mails(text: str, port: int, encryption: str) -> None:
    smtp = read_mail({"ENTREPOT_SMTP": text, **MORE}).smtp
    assert smtp is not None
    assert (smtp.port, smtp.encryption) == (port, encryption)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENTREPOT_SMTP", "mail.example:587"),
        ("ENTREPOT_SMTP", "http://u:HUSH@mail.example"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@:587"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@mail.example:port"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@mail.example/path"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@mail.example?tls=maybe"),
        ("ENTREPOT_SMTP", "smtps://u:HUSH@mail.example?tls=off"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@mail.example?timeout=0"),
        ("ENTREPOT_SMTP", "smtp://u:HUSH@mail.example?retry=1"),
        ("ENTREPOT_SMTP", ""),
        ("ENTREPOT_MAIL_FROM", "nobody"),
        ("ENTREPOT_MAIL_FROM", "A <a@shop.example>\r\nBcc: b@shop.example"),
        ("ENTREPOT_MAIL_FROM", "a@shop.example, b@shop.example"),
        ("ENTREPOT_URL", "shop.example"),
        ("ENTREPOT_URL", "https://shop.example/path"),
        ("ENTREPOT_URL", "ftp://shop.example"),
    ],
)
def test_invalid_settings_are_refused_and_no_password_is_shown(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_mail({**MORE, name: value})
    assert name in refused.value.message
    assert "HUSH" not in refused.value.message


@pytest.mark.parametrize("missing", sorted(MORE))
def test_a_server_for_e_mails_needs_a_sender_and_the_address_of_links(missing: str) -> None:
    given = {name: value for name, value in MORE.items() if name != missing}
    with pytest.raises(ConfigurationError, match=f"{missing} is not"):
        read_mail({"ENTREPOT_SMTP": "smtp://mail.example", **given})


def test_the_examples_are_valid() -> None:
    found = read_mail({name: EXAMPLES[name] for name in ("ENTREPOT_SMTP", "ENTREPOT_MAIL_FROM", "ENTREPOT_URL")})
    assert found.smtp is not None
    assert "password" not in repr(found)


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
@pytest.mark.parametrize("topic", list(TOPICS))
def test_every_e_mail_is_written_in_every_language(topic: str, language: str) -> None:
    names = (
        "link",
        "by",
        "organization",
        "role",
        "person",
        "key",
        "order",
        "status",
        "month",
        "minutes",
        "amount",
        "hours",
    )
    values = {name: f"<{name}>" for name in names} | {"organization": "A\r\nBcc: x@y.example"}
    mail = compose(
        topic, "ann@shop.example", language, values, site="shop.example", unsubscribe="https://x.example/off"
    )
    assert mail.subject.isprintable()
    assert "{" not in mail.text + mail.subject
    assert bool(mail.unsubscribe) == bool(TOPICS[topic].group)
    assert not TOPICS[topic].group or TOPICS[topic].group in GROUPS
    if language != "en":
        english = compose(topic, "ann@shop.example", "en", values, site="shop.example")
        assert mail.subject != english.subject


@pytest.mark.parametrize(
    ("to", "subject", "off"),
    [
        ("ann@shop.example\nBcc: x@y.example", "Hello", ""),
        ("ann", "Hello", ""),
        ("Ann <ann@shop.example>", "Hello", ""),
        ("ann@shop.example", "Hello\r\nBcc: x@y.example", ""),
        ("ann@shop.example", "Hello", "https://x.example/>\r\nBcc: x@y.example"),
    ],
)
def test_no_header_is_injected(to: str, subject: str, off: str) -> None:
    with pytest.raises(ValueError, match=r"e-mail|web address"):
        Message(to, subject, "text", "en", off)


def sends_what_it_is_given(mail: Mail) -> None:
    """The test of every adapter."""
    mail.send(Message("ann@shop.example", "Xin chào", "Dòng một\n.\nDòng ba\n", "vi", "https://shop.example/off"))


def test_the_adapter_in_memory_keeps_e_mails() -> None:
    mail = MemoryMail()
    sends_what_it_is_given(mail)
    assert [each.subject for each in mail.sent] == ["Xin chào"]


SEND = """
from test_mail import sends_what_it_is_given
from django.conf import settings
from entrepot.connect.mail.message import NotSent
from entrepot.connect.mail.smtp import DjangoMail
try:
    sends_what_it_is_given(DjangoMail(settings.MAIL))
    print("sent")
except NotSent as error:
    print(error)
"""


def send_through(port: int, server: Server) -> str:
    more = {**MORE, "ENTREPOT_SMTP": f"smtp://127.0.0.1:{port}?tls=off&timeout=60"}
    env = environment(server.data, **more)
    env["PYTHONPATH"] = f"{ROOT / 'tests' / 'web'}:{ROOT / 'tests'}:{env.get('PYTHONPATH', '')}"
    code = "import django; django.setup()\n" + SEND
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_an_smtp_server_gets_the_e_mail_with_its_headers(server: Server) -> None:
    with smtp_sink() as (port, got):
        assert send_through(port, server) == "sent"
    (raw,) = got
    mail = email.message_from_bytes(raw, policy=default)
    assert (mail["From"], mail["To"], mail["Subject"]) == ("a@shop.example", "ann@shop.example", "Xin chào")
    assert mail["List-Unsubscribe"] == "<https://shop.example/off>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@shop.example>")
    assert mail.get_content().replace("\r\n", "\n") == "Dòng một\n.\nDòng ba\n"


@pytest.mark.long
def test_a_server_that_is_down_or_refuses_is_an_error_that_names_no_address(server: Server) -> None:
    with smtp_sink(refuse=True) as (port, got):
        said = send_through(port, server)
    assert said == "SMTPRecipientsRefused"
    assert got == []
    assert send_through(free_port(), server) == "ConnectionRefusedError"


@contextmanager
def smtp_sink(*, refuse: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A server that speaks as much of SMTP (RFC 5321) as one message needs: its port, and what it accepted."""
    got: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 test\r\n")
            for line in lines:
                word = line[:4].upper()
                if word == b"RCPT" and refuse:
                    connection.sendall(b"550 no such mailbox\r\n")
                elif word == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    body = bytearray()
                    while (part := lines.readline()) not in (b".\r\n", b""):
                        body += part.removeprefix(b".")
                    got.append(bytes(body))
                    connection.sendall(b"250 ok\r\n")
                elif word == b"QUIT":
                    connection.sendall(b"221 bye\r\n")
                    return
                else:
                    connection.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1]), got
        thread.join(120)
    finally:
        listener.close()


def test_the_reference_lists_every_e_mail() -> None:
    text = (ROOT / "docs" / "reference" / "people-and-organizations.md").read_text()
    for topic, written in TOPICS.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{topic}` |")]
        assert row.endswith(f"| `{written.group}` |" if written.group else "| no |"), row
