"""The settings of the carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.configuration import not_allowed, read_text
from entrepot.counterpart_keys import check_address, check_secret, read_key


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """The address of the carrier, its key, and the secret with which it signs notifications."""

    address: str
    key: str = field(repr=False)
    secret: str = field(repr=False)


def read_carrier(environment: Mapping[str, str]) -> CarrierSettings | None:
    """The settings of the carrier; None where none is set. Raises ConfigurationError.

    >>> read_carrier({"ENTREPOT_CARRIER": "sandbox:http://127.0.0.1:8103", "ENTREPOT_CARRIER_KEY": "t",
    ...     "ENTREPOT_CARRIER_SECRET": "whsec_dA=="})
    CarrierSettings(address='http://127.0.0.1:8103')
    """
    name = "ENTREPOT_CARRIER"
    text = read_text(environment, name)
    kind, _, address = (text or "").partition(":")
    if text is not None and (kind != "sandbox" or not address):
        raise not_allowed(name, text if ":" not in text else f"{kind}:…", ("sandbox:http://127.0.0.1:PORT",))
    needed = name if text is not None else ""
    key = read_key(environment, "ENTREPOT_CARRIER_KEY", needed_by=needed)
    secret = read_key(environment, "ENTREPOT_CARRIER_SECRET", needed_by=needed)
    if text is None:
        return None
    check_secret(secret, "ENTREPOT_CARRIER_SECRET")
    return CarrierSettings(check_address(address, name), key, secret)
