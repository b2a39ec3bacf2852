"""Send e-mails through Django: to the SMTP server of the settings, or to standard output where none is set."""

from __future__ import annotations

import smtplib
from email.utils import make_msgid
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from entrepot.connect.mail.message import Message, NotSent
from entrepot.mail_settings import IMPLICIT, STARTTLS, MailSettings


class DjangoMail:
    """The adapter of `Mail`. Each message has a connection of its own."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, message: Message) -> None:
        """Send a message. Raises NotSent if the server cannot be reached or does not accept it."""
        mail = EmailMessage(
            subject=message.subject,
            body=message.text,
            from_email=self._settings.sender,
            to=[message.to],
            headers={**message.headers(), "Message-ID": make_msgid(domain=self._domain())},
        )
        connection = self._connection()
        try:
            connection.send_messages([mail])
        except (OSError, smtplib.SMTPException) as error:  # the message of the error may contain the address
            raise NotSent(type(error).__name__) from None

    def _domain(self) -> str:
        """The domain of the sender: Django would ask the network for the name of this machine."""
        return self._settings.sender.rpartition("@")[2].rstrip("> ")

    def _connection(self) -> BaseEmailBackend:
        smtp = self._settings.smtp
        name, options = "console", dict[str, Any]()
        if smtp is not None:
            name = "smtp"
            options = {
                "host": smtp.host,
                "port": smtp.port,
                "username": smtp.user,
                "password": smtp.password,
                "use_tls": smtp.encryption == STARTTLS,
                "use_ssl": smtp.encryption == IMPLICIT,
                "timeout": smtp.timeout,
            }
        return get_connection(f"django.core.mail.backends.{name}.EmailBackend", **options)
