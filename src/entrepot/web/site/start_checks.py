"""Checks before the server or one of its commands starts. An error ends it with one sentence and code 2.

The parent process checks everything, so that a setting that is not valid is reported once, and not by each worker.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from entrepot import (
    carrier_settings,
    configuration,
    mail_settings,
    node_settings,
    payment_settings,
    socket_settings,
    turn_settings,
    ucp_settings,
)
from entrepot.configuration import ConfigurationError
from entrepot.language import catalogue, translate
from entrepot.language.translate import _
from entrepot.model.errors import in_quotes
from entrepot.setting_names import CUSTOMS_CN

#: The exit code of a setting or an option that is not valid.
USAGE = 2


@contextmanager
def exit_on_configuration_error() -> Iterator[None]:
    """End the process with code 2 and the sentence of a ConfigurationError on standard error."""
    try:
        yield
    except ConfigurationError as error:
        sys.stderr.write(f"{_('error:')} {translate.error_text(error)}\n")
        raise SystemExit(USAGE) from None


def check_settings() -> None:
    """Check every variable, the folders and the file of the secret. Raises ConfigurationError."""
    translate.use_language(catalogue.language_of_user())
    os.umask(0o077)  # no other user of the machine reads the files
    given = configuration.read_server(os.environ)
    mail = mail_settings.read_mail(os.environ)
    ucp_settings.read_ucp(os.environ, mail.url)
    node_settings.read_node(os.environ, mail.url)
    socket_settings.read_sockets(os.environ)
    payment_settings.read_payments(os.environ)
    carrier_settings.read_carrier(os.environ)
    turn_settings.read_turn(os.environ)
    if CUSTOMS_CN in os.environ:
        # The libraries of signatures are loaded only where they are used.
        from entrepot.trade_app import customs_connection  # noqa: PLC0415  # see above

        customs_connection.read_connection(os.environ)
    configuration.check_places(os.environ)
    configuration.read_secret(given)


def check_address(host: str, port: int) -> None:
    """Check that the server can listen on an address. Raises ConfigurationError."""
    try:
        kind, *_rest, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            # A port that was closed recently may be used again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError("{host} is not an address of this machine.", host=in_quotes(host)) from None
    except OSError as error:
        raise ConfigurationError(
            "The server cannot listen on {host}:{port}: {why}. Choose another port with --port.",
            host=host,
            port=port,
            why=error.strerror or error,
        ) from None
