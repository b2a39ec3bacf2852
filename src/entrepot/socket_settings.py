"""The setting of the socket process: where browsers reach it, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.configuration import ConfigurationError, read_text
from entrepot.setting_names import EXAMPLES

NAME, OFF = "ENTREPOT_SOCKETS", "off"
MAX_PORT = 65_535
_URL = re.compile(r"wss?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """`url`: the public address; empty for the host of the page at `port`, 0 where there is no socket process."""

    url: str = ""
    port: int = 0

    @property
    def enabled(self) -> bool:
        """Whether pages may connect."""
        return bool(self.url or self.port)


def read_sockets(environment: Mapping[str, str]) -> SocketSettings:
    """The setting; without it there is no socket process. Raises ConfigurationError.

    >>> read_sockets({"ENTREPOT_SOCKETS": "wss://server.example/"}), read_sockets({"ENTREPOT_SOCKETS": ":8001"})
    (SocketSettings(url='wss://server.example', port=0), SocketSettings(url='', port=8001))
    >>> read_sockets({"ENTREPOT_SOCKETS": "off"}).enabled
    False
    """
    text = read_text(environment, NAME)
    if text is None or text.lower() == OFF:
        return SocketSettings()
    port = text.removeprefix(":")
    if text.startswith(":") and port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= MAX_PORT:
        return SocketSettings(port=int(port))
    if not _URL.fullmatch(text):
        raise ConfigurationError(
            "{name} is {value!r}. Write the public address of the socket process, a port as in :8001, or off. "
            "Example: {name}={example}",
            name=NAME,
            value=text[:100],
            example=EXAMPLES[NAME],
        )
    return SocketSettings(url=text.rstrip("/"))
