"""The settings of UCP: whether platforms may buy here, which of them, and the documents that their buyers are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.configuration import ConfigurationError, not_allowed, read_text
from entrepot.setting_names import EXAMPLES

#: Who may buy: platforms that sign their requests or send an API key; or anybody, for tests.
SIGNED, SANDBOX = "signed", "sandbox"
_LINK = re.compile(r"https?://[^\s\"<>\\^`{|}]{1,490}")


@dataclass(frozen=True, slots=True)
class UcpSettings:
    """`access`: empty where UCP is off; `url`: the address of this node, as platforms see it.

    `terms`, `privacy`: addresses of the terms of sale and of what happens to personal data; empty without one.
    """

    access: str = ""
    url: str = ""
    terms: str = ""
    privacy: str = ""


def read_ucp(environment: Mapping[str, str], url: str) -> UcpSettings:
    """The settings of UCP. `url`: that of ENTREPOT_URL. Raises ConfigurationError.

    >>> read_ucp({"ENTREPOT_UCP": "signed"}, "https://node.example")
    UcpSettings(access='signed', url='https://node.example', terms='', privacy='')
    """
    access = read_text(environment, "ENTREPOT_UCP")
    if access is None:
        return UcpSettings()
    if access not in (SIGNED, SANDBOX):
        raise not_allowed("ENTREPOT_UCP", access, (SIGNED, SANDBOX))
    if not url:
        raise ConfigurationError(
            "{setting} is set, but {name} is not. Example: {name}={example}",
            setting="ENTREPOT_UCP",
            name="ENTREPOT_URL",
            example=EXAMPLES["ENTREPOT_URL"],
        )
    links = (_read_link(environment, name) for name in ("ENTREPOT_UCP_TERMS", "ENTREPOT_UCP_PRIVACY"))
    return UcpSettings(access, url, *links)


def _read_link(environment: Mapping[str, str], name: str) -> str:
    text = read_text(environment, name)
    if text is None:
        return ""
    if not _LINK.fullmatch(text):
        raise ConfigurationError(
            "{name} is {value!r}, which is not an address. Example: {name}={example}",
            name=name,
            value=text[:100],
            example=EXAMPLES[name],
        )
    return text
