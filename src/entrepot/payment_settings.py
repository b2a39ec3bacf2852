"""The settings of payments: the provider, its keys, the platform's fee, and whether the platform knows its buyers.

Keys are in the environment or in files. No message of an error contains a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from entrepot.configuration import ConfigurationError, not_allowed, read_text
from entrepot.setting_names import EXAMPLES

PROVIDERS = ("sandbox", "stripe")
#: Bytes of a file of a key.
MAX_KEY = 4096
_FEE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?")
_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?/?")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """`provider`: empty if there is none; `address`: empty for the provider's own.

    `fee_millionths`: the platform's fee on the price of goods; `buyers_authenticated`: another person than the buyer
    may pay, because the platform has authenticated its buyers.
    """

    provider: str = ""
    address: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    fee_millionths: int = 0
    buyers_authenticated: bool = False


def read_payments(environment: Mapping[str, str]) -> PaymentSettings:
    """The settings of payments. Raises ConfigurationError.

    >>> read_payments({"ENTREPOT_PAYMENTS": "sandbox:http://127.0.0.1:8102", "ENTREPOT_PAYMENTS_KEY": "t",
    ...     "ENTREPOT_PAYMENTS_SECRET": "whsec_dA==", "ENTREPOT_PLATFORM_FEE": "2.5"})
    PaymentSettings(provider='sandbox', address='http://127.0.0.1:8102', fee_millionths=25000, \
buyers_authenticated=False)
    """
    provider, address = _read_provider(environment)
    names = ("ENTREPOT_PAYMENTS_KEY", "ENTREPOT_PAYMENTS_SECRET")
    key, secret = (_read_key(environment, name, needed=bool(provider)) for name in names)
    if provider == "sandbox" or (provider and not secret.startswith("whsec_")):
        _check_secret(secret)
    return PaymentSettings(
        provider=provider,
        address=address,
        key=key,
        secret=secret,
        fee_millionths=_read_fee(environment),
        buyers_authenticated=_read_buyers(environment),
    )


def _read_provider(environment: Mapping[str, str]) -> tuple[str, str]:
    name = "ENTREPOT_PAYMENTS"
    text = read_text(environment, name)
    if text is None:
        return "", ""
    provider, _, address = text.partition(":")
    if provider not in PROVIDERS or (provider == "sandbox" and not address) or (":" in text and not address):
        raise not_allowed(
            name, provider if provider == text else f"{provider}:…", ("sandbox:http://127.0.0.1:PORT", "stripe")
        )
    found = _ADDRESS.fullmatch(address)
    if address and (found is None or (address.startswith("http://") and found[1] not in _LOOPBACK)):
        raise ConfigurationError(
            "{name} has an address that is not allowed. Write https://HOST; http:// is allowed to this machine only. "
            "Example: {name}={example}",
            name=name,
            example=EXAMPLES[name],
        )
    return provider, address.rstrip("/")


def _read_key(environment: Mapping[str, str], name: str, *, needed: bool) -> str:
    """A key, from the environment or from a file. Raises ConfigurationError."""
    text, file = read_text(environment, name), read_text(environment, f"{name}_FILE")
    if text is not None and file is not None:
        raise ConfigurationError("{name} and {name}_FILE are both set. Remove one of them.", name=name)
    if file is not None:
        text = _read_file(f"{name}_FILE", Path(file))
    if text is None and needed:
        raise ConfigurationError(
            "ENTREPOT_PAYMENTS is set, but neither {name} nor {name}_FILE is. Set one of them.", name=name
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


def _check_secret(secret: str) -> None:
    """Raise ConfigurationError unless a secret is one of Standard Webhooks: `whsec_` and base64."""
    import base64
    import binascii

    try:
        valid = secret.startswith("whsec_") and bool(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        valid = False
    if not valid:
        raise ConfigurationError(
            "{name} is not a secret of webhooks. It begins with whsec_ and is shown by the payment provider.",
            name="ENTREPOT_PAYMENTS_SECRET",
        )


def _read_fee(environment: Mapping[str, str]) -> int:
    name = "ENTREPOT_PLATFORM_FEE"
    text = read_text(environment, name)
    if text is None:
        return 0
    number = text.removesuffix("%").strip()
    if not _FEE.fullmatch(number):
        raise ConfigurationError(
            "{name} is {value!r}, which is not a percentage from 0 to 99.9999. Example: {name}={example}",
            name=name,
            value=text,
            example=EXAMPLES[name],
        )
    whole, _, part = number.partition(".")
    return int(whole) * 10_000 + int(part.ljust(4, "0"))


def _read_buyers(environment: Mapping[str, str]) -> bool:
    name, allowed = "ENTREPOT_BUYERS", ("authenticated", "unauthenticated")
    text = read_text(environment, name)
    if text is not None and text not in allowed:
        raise not_allowed(name, text, allowed)
    return text == "authenticated"
