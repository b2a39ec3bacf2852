"""The settings of e-mail: the SMTP server, the sender, and the address of this server that links in e-mails have.

Without ENTREPOT_SMTP e-mails are written to standard output. No message of an error contains a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.configuration import ConfigurationError, not_allowed, read_text
from entrepot.setting_names import EXAMPLES

#: How a connection is encrypted: from the start (`smtps://`), after STARTTLS, or not at all.
IMPLICIT, STARTTLS, PLAIN = "implicit", "starttls", "off"
PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT, MAX_TIMEOUT = 10, 120
DEFAULT_SENDER = "Entrepot <entrepot@localhost>"
#: An address as an SMTP server accepts it; which addresses exist is known only by sending to them.
ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SENDER = re.compile(r"(?:(?P<name>[^<>\"\r\n]{0,100}?)\s*<(?P<inner>[^<>]+)>|(?P<bare>[^<>\s]+))")
_URL = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?/?")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server that accepts e-mails."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    encryption: str
    timeout: int


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`smtp`: None to write e-mails to standard output; `url`: empty for the host of the request."""

    smtp: SmtpServer | None
    sender: str
    url: str


def read_mail(environment: Mapping[str, str]) -> MailSettings:
    """The settings of e-mail. Raises ConfigurationError.

    >>> read_mail({"ENTREPOT_SMTP": "smtp://u:p%40ss@mail.example", "ENTREPOT_MAIL_FROM": "a@shop.example",
    ...     "ENTREPOT_URL": "https://shop.example/"})
    MailSettings(smtp=SmtpServer(host='mail.example', port=587, user='u', encryption='starttls', timeout=10), \
sender='a@shop.example', url='https://shop.example')
    """
    smtp = _read_smtp(environment)
    sender = _read_sender(environment)
    url = _read_url(environment)
    if smtp is not None:
        # A link in an e-mail must not depend on the host that a request names.
        for name, value in (("ENTREPOT_MAIL_FROM", sender), ("ENTREPOT_URL", url)):
            if value is None:
                raise ConfigurationError(
                    "ENTREPOT_SMTP is set, but {name} is not. Example: {name}={example}",
                    name=name,
                    example=EXAMPLES[name],
                )
    return MailSettings(smtp, sender or DEFAULT_SENDER, url or "")


def _read_smtp(environment: Mapping[str, str]) -> SmtpServer | None:
    from urllib.parse import parse_qsl, unquote, urlsplit

    name = "ENTREPOT_SMTP"
    text = read_text(environment, name)
    if text is None:
        return None
    scheme = text.partition("://")[0]
    if scheme not in PORTS or "://" not in text:
        raise not_allowed(name, "…", ("smtp://…", "smtps://…"))
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        valid = bool(parts.hostname) and parts.port != 0 and not parts.fragment and parts.path in ("", "/")
    except ValueError:
        valid, parts, options = False, urlsplit(""), {}
    if not valid:
        raise ConfigurationError(
            "{name} has no valid host and port. Write special characters of the user and the password as %XX. "
            "Example: {name}={example}",
            name=name,
            example=EXAMPLES[name],
        )
    if unknown := sorted(set(options) - {"tls", "timeout"}):
        raise not_allowed(name, f"…?{unknown[0]}=…", ("tls", "timeout"))
    if options.get("tls", STARTTLS) not in (STARTTLS, PLAIN) or (scheme == "smtps" and "tls" in options):
        raise not_allowed(name, "…?tls=…", (f"smtp://…?tls={STARTTLS}", f"smtp://…?tls={PLAIN}", "smtps://…"))
    timeout = options.get("timeout", str(TIMEOUT))
    if not (timeout.isascii() and timeout.isdigit() and 1 <= int(timeout[:9]) <= MAX_TIMEOUT):
        raise not_allowed(name, "…?timeout=…", (f"timeout=1 … timeout={MAX_TIMEOUT}",))
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encryption=IMPLICIT if scheme == "smtps" else options.get("tls", STARTTLS),
        timeout=int(timeout),
    )


def _read_sender(environment: Mapping[str, str]) -> str | None:
    text = read_text(environment, "ENTREPOT_MAIL_FROM")
    if text is None:
        return None
    found = _SENDER.fullmatch(text)
    if found is None or not ADDRESS.fullmatch(found["inner"] or found["bare"]) or not text.isprintable():
        raise ConfigurationError(
            "ENTREPOT_MAIL_FROM is {value!r}, which is not an e-mail address, alone or as Name <address>. "
            "Example: ENTREPOT_MAIL_FROM={example}",
            value=text,
            example=EXAMPLES["ENTREPOT_MAIL_FROM"],
        )
    return text


def _read_url(environment: Mapping[str, str]) -> str | None:
    text = read_text(environment, "ENTREPOT_URL")
    if text is not None and not _URL.fullmatch(text):
        raise ConfigurationError(
            "ENTREPOT_URL is {value!r}, which is not the address of a server: https:// and the host, without a path. "
            "Example: ENTREPOT_URL={example}",
            value=text,
            example=EXAMPLES["ENTREPOT_URL"],
        )
    return text if text is None else text.rstrip("/")
