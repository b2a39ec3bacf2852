"""The settings of federation: the economy whose node this is, and how it names itself to the nodes of others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.configuration import ConfigurationError, read_text
from entrepot.setting_names import EXAMPLES

_ECONOMY = re.compile(r"[A-Z]{2}")
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """`economy`: empty where this node meets no others; `address`: its origin, as the nodes of others see it."""

    economy: str = ""
    name: str = ""
    operator: str = ""
    address: str = ""


def read_node(environment: Mapping[str, str], url: str) -> NodeSettings:
    """The settings of federation. `url`: that of ENTREPOT_URL. Raises ConfigurationError.

    >>> read_node({"ENTREPOT_NODE": "VN", "ENTREPOT_NODE_NAME": "Viet Nam's node"}, "https://vn.example")
    NodeSettings(economy='VN', name="Viet Nam's node", operator="Viet Nam's node", address='https://vn.example')
    """
    economy = read_text(environment, "ENTREPOT_NODE")
    if economy is None:
        return NodeSettings()
    if not _ECONOMY.fullmatch(economy):
        raise _invalid("ENTREPOT_NODE", economy)
    if not url:
        raise ConfigurationError(
            "{setting} is set, but {name} is not. Example: {name}={example}",
            setting="ENTREPOT_NODE",
            name="ENTREPOT_URL",
            example=EXAMPLES["ENTREPOT_URL"],
        )
    name = _name(environment, "ENTREPOT_NODE_NAME") or f"Entrepot {economy}"
    return NodeSettings(economy, name, _name(environment, "ENTREPOT_NODE_OPERATOR") or name, url)


def _name(environment: Mapping[str, str], setting: str) -> str:
    text = read_text(environment, setting) or ""
    if len(text) > MAX_NAME or not (text == "" or text.isprintable()):
        raise _invalid(setting, text)
    return text


def _invalid(setting: str, value: str) -> ConfigurationError:
    return ConfigurationError(
        "{name} is {value!r}, which is not allowed. Example: {name}={example}",
        name=setting,
        value=value[:100],
        example=EXAMPLES[setting],
    )
