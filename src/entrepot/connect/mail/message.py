"""An e-mail, the port that sends it, and the adapter that keeps it in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from entrepot.mail_settings import ADDRESS
from entrepot.model.errors import in_quotes


class NotSent(Exception):
    """The server for e-mails did not accept a message; it may be sent again later."""


@dataclass(frozen=True, slots=True)
class Message:
    r"""A plain-text e-mail to one address. Raises ValueError if a header would contain a line break.

    `unsubscribe`: the address that takes the reader off this group of e-mails; empty where that is not possible.

    >>> Message("ann@shop.example", "Hello\nBcc: x@y.example", "…", "en")
    Traceback (most recent call last):
    ValueError: The subject of an e-mail is one line of printable characters.
    """

    to: str
    subject: str
    text: str
    language: str
    unsubscribe: str = ""

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.to) or not self.to.isprintable():
            raise ValueError(f"{in_quotes(self.to)} is not an e-mail address.")
        if not self.subject.isprintable():
            raise ValueError("The subject of an e-mail is one line of printable characters.")
        if not self.unsubscribe.isprintable() or " " in self.unsubscribe or ">" in self.unsubscribe:
            raise ValueError("The address for unsubscribing is not a web address.")

    def headers(self) -> dict[str, str]:
        """The headers besides sender, recipient and subject (RFC 2369 and RFC 8058 for unsubscribing)."""
        found = {"Content-Language": self.language, "Auto-Submitted": "auto-generated"}
        if self.unsubscribe:
            found["List-Unsubscribe"] = f"<{self.unsubscribe}>"
            found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return found


class Mail(Protocol):
    """Sends e-mails."""

    def send(self, message: Message) -> None:
        """Send a message. Raises NotSent if it was not accepted."""


class MemoryMail:
    """Keeps the messages that were sent, in their order."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        """Keep a message."""
        self.sent.append(message)
