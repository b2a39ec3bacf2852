"""Keys and addresses of counterparts, such as a payment provider and a carrier, as settings. No message has a key."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path

from entrepot.configuration import ConfigurationError, read_text
from entrepot.setting_names import EXAMPLES

#: Bytes of a file of a key.
MAX_KEY = 4096
_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?/?")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def check_address(address: str, name: str) -> str:
    """The address of a counterpart without a slash at its end. Raises ConfigurationError.

    >>> check_address("http://127.0.0.1:8103/", "ENTREPOT_CARRIER")
    'http://127.0.0.1:8103'
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or (address.startswith("http://") and found[1] not in _LOOPBACK):
        raise ConfigurationError(
            "{name} has an address that is not allowed. Write https://HOST; http:// is allowed to this machine only. "
            "Example: {name}={example}",
            name=name,
            example=EXAMPLES[name],
        )
    return address.rstrip("/")


def read_key(environment: Mapping[str, str], name: str, *, needed_by: str) -> str:
    """A key, from the environment or from a file. Raises ConfigurationError.

    `needed_by`: the setting that cannot be used without it; "": it is not needed.
    """
    text, file = read_text(environment, name), read_text(environment, f"{name}_FILE")
    if text is not None and file is not None:
        raise ConfigurationError("{name} and {name}_FILE are both set. Remove one of them.", name=name)
    if file is not None:
        text = _read_file(f"{name}_FILE", Path(file))
    if text is None and needed_by:
        raise ConfigurationError(
            "{setting} is set, but neither {name} nor {name}_FILE is. Set one of them.", setting=needed_by, name=name
        )
    return text or ""


def _read_file(name: str, file: Path) -> str:
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_KEY + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "{name} names the file {file}, which cannot be read: {why}.",
            name=name,
            file=file,
            why=getattr(error, "strerror", None) or type(error).__name__,
        ) from None
    if not text or len(text) > MAX_KEY:
        raise ConfigurationError("{name} names the file {file}, which contains no key.", name=name, file=file)
    return text


def check_secret(secret: str, name: str) -> None:
    """Raise ConfigurationError unless a secret is one of Standard Webhooks: `whsec_` and base64."""
    try:
        valid = secret.startswith("whsec_") and bool(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        valid = False
    if not valid:
        raise ConfigurationError(
            "{name} is not a secret of webhooks. It begins with whsec_ and is shown by who sends the notifications.",
            name=name,
        )
