"""The settings of the TURN server, through which the media of a video visit go where a direct connection fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.configuration import ConfigurationError, read_text
from entrepot.counterpart_keys import read_key
from entrepot.setting_names import EXAMPLES

#: Addresses of one server: UDP, TCP and TLS on two ports. Browsers slow down with more.
MAX_ADDRESSES = 4
#: Characters of the shared secret: it can be guessed offline from one credential.
MIN_SECRET = 16
#: A TURN address as RFC 7065 writes it; TLS runs over TCP only.
_ADDRESS = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:(?P<port>\d{1,5}))?"
    r"(\?transport=(?P<transport>udp|tcp))?"
)


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """`addresses`: those of the server, for the browser. `secret`: what the server and the node share."""

    addresses: tuple[str, ...]
    secret: str = field(repr=False)


def read_turn(environment: Mapping[str, str]) -> TurnSettings | None:
    """The settings of the TURN server; None where none is set. Raises ConfigurationError.

    >>> read_turn({"ENTREPOT_TURN": "turn:turn.example:3478", "ENTREPOT_TURN_SECRET": "sixteen characters"})
    TurnSettings(addresses=('turn:turn.example:3478',))
    >>> read_turn({"ENTREPOT_TURN": "https://turn.example", "ENTREPOT_TURN_SECRET": "sixteen characters"})
    Traceback (most recent call last):
    entrepot.configuration.ConfigurationError: ENTREPOT_TURN contains "https://turn.example", which is not the \
address of a TURN server. Write turn:HOST:PORT or turns:HOST:PORT. Example: ENTREPOT_TURN=turn:turn.example:3478 \
turns:turn.example:5349
    """
    name, secret_name = "ENTREPOT_TURN", "ENTREPOT_TURN_SECRET"
    text = read_text(environment, name)
    secret = read_key(environment, secret_name, needed_by=name if text is not None else "")
    if text is None:
        if secret:
            raise ConfigurationError(
                "{name} is set, but {needed} is not. Set both, or neither.", name=secret_name, needed=name
            )
        return None
    addresses = tuple(dict.fromkeys(text.split()))
    for each in addresses:
        if not is_turn_address(each):
            raise ConfigurationError(
                "{name} contains {value!r}, which is not the address of a TURN server. Write turn:HOST:PORT or "
                "turns:HOST:PORT. Example: {name}={example}",
                name=name,
                value=each,
                example=EXAMPLES[name],
            )
    if len(addresses) > MAX_ADDRESSES:
        raise ConfigurationError(
            "{name} contains {count} addresses; at most {most} are allowed.",
            name=name,
            count=len(addresses),
            most=MAX_ADDRESSES,
        )
    if len(secret) < MIN_SECRET:
        raise ConfigurationError(
            "{name} is too short: at least {least} characters are needed.", name=secret_name, least=MIN_SECRET
        )
    return TurnSettings(addresses, secret)


def is_turn_address(text: str) -> bool:
    """Whether a text is the address of a TURN server.

    >>> [is_turn_address(each) for each in ("turn:t.example", "turns:[::1]:5349?transport=tcp", "turn:t.example:0")]
    [True, True, False]
    >>> [is_turn_address(each) for each in ("turns:t.example?transport=udp", "stun:t.example", "turn://t.example")]
    [False, False, False]
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or (found["scheme"] == "turns" and found["transport"] == "udp"):
        return False
    return found["port"] is None or 0 < int(found["port"]) < 65_536
