"""The settings of payments: the provider, its keys, and the platform's fee.

Keys are in the environment or in files. No message of an error contains a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.configuration import ConfigurationError, not_allowed, read_text
from entrepot.counterpart_keys import check_address, check_secret, read_key
from entrepot.setting_names import EXAMPLES

PROVIDERS = ("sandbox", "stripe")
_ECONOMY = re.compile(r"[A-Z]{2}")
_FEE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """`provider`: empty if there is none; `address`: empty for the provider's own.

    `fee_millionths`: the platform's fee on the price of goods; `economy`: where the platform is resident,
    "" where it is not said.
    """

    provider: str = ""
    address: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    fee_millionths: int = 0
    economy: str = ""


def read_payments(environment: Mapping[str, str]) -> PaymentSettings:
    """The settings of payments. Raises ConfigurationError.

    >>> read_payments({"ENTREPOT_PAYMENTS": "sandbox:http://127.0.0.1:8102", "ENTREPOT_PAYMENTS_KEY": "t",
    ...     "ENTREPOT_PAYMENTS_SECRET": "whsec_dA==", "ENTREPOT_PLATFORM_FEE": "2.5"})
    PaymentSettings(provider='sandbox', address='http://127.0.0.1:8102', fee_millionths=25000, economy='')
    """
    provider, address = _read_provider(environment)
    names = ("ENTREPOT_PAYMENTS_KEY", "ENTREPOT_PAYMENTS_SECRET")
    key, secret = (read_key(environment, name, needed_by="ENTREPOT_PAYMENTS" if provider else "") for name in names)
    if provider == "sandbox" or (provider and not secret.startswith("whsec_")):
        check_secret(secret, "ENTREPOT_PAYMENTS_SECRET")
    return PaymentSettings(
        provider=provider,
        address=address,
        key=key,
        secret=secret,
        fee_millionths=_read_fee(environment),
        economy=_read_economy(environment),
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
    return provider, check_address(address, name) if address else ""


def _read_economy(environment: Mapping[str, str]) -> str:
    name = "ENTREPOT_PLATFORM_ECONOMY"
    text = (read_text(environment, name) or "").upper()
    if text and not _ECONOMY.fullmatch(text):
        raise ConfigurationError(
            "{name} is {value!r}, which is not the code of an economy. Use two letters. Example: {name}={example}",
            name=name,
            value=text,
            example=EXAMPLES[name],
        )
    return text


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
