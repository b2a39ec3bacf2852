"""The JSON Schemas of messages, made from their structs: published, so that another program can be a node."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.trade.nodes.description import SCHEMAS
from entrepot.trade.nodes.messages import MessageType, NodeMessage

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE: Final = "envelope.1"
_ENDS: Final = ".json"


def schema_of(kind: MessageType, version: int, address: str) -> dict[str, Any]:
    """The schema of one version of a type: of its body, and of the answer where it is asked."""
    found = _schema(kind.versions[version].body, address, f"{kind.name}.{version}")
    found["x-capability"] = kind.capability
    found["x-personal-data"] = kind.personal
    if kind.reply is not None:
        found["x-answer"] = _of_struct(kind.reply)
    return found


def envelope(address: str) -> dict[str, Any]:
    """The schema of the envelope that all messages have."""
    return _schema(NodeMessage, address, ENVELOPE)


def _schema(kind: type[msgspec.Struct], address: str, name: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"{address}{SCHEMAS}/{name}{_ENDS}", **_of_struct(kind)}


def _of_struct(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a struct, the same on every Python: until 3.13 docstrings keep the indentation of the source."""
    found = msgspec.json.schema(kind)
    for each in found["$defs"].values():
        if "description" in each:
            each["description"] = inspect.cleandoc(each["description"])
    return found


def list_schemas(types: Mapping[str, MessageType], address: str) -> dict[str, Any]:
    """All types with their versions and the addresses of their schemas."""
    data = [
        {
            "type": name,
            "version": version,
            "capability": kind.capability,
            "schema": f"{address}{SCHEMAS}/{name}.{version}{_ENDS}",
        }
        for name, kind in sorted(types.items())
        for version in sorted(kind.versions)
    ]
    return {"object": "list", "envelope": f"{address}{SCHEMAS}/{ENVELOPE}{_ENDS}", "data": data}


def find_schema(types: Mapping[str, MessageType], address: str, name: str) -> dict[str, Any] | None:
    """The schema with a file name, such as `node.challenge.1.json`; None if there is none."""
    stem = name.removesuffix(_ENDS)
    if stem == ENVELOPE:
        return envelope(address)
    kind_name, _, version = stem.rpartition(".")
    kind = types.get(kind_name)
    if kind is None or not (version.isascii() and version.isdigit() and int(version[:9]) in kind.versions):
        return None
    return schema_of(kind, int(version), address)
