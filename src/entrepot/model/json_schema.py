"""The JSON Schema of a sale and of a quote (draft 2020-12), generated from their types."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from entrepot.model.literals import DECIMAL
from entrepot.model.quote import QuoteDocument
from entrepot.model.sale import Sale

#: The types that have a schema of their own, by the name of the file.
TYPES = {"sale": Sale, "quote": QuoteDocument}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of "sale" or "quote", complete in itself.

    >>> schema("sale")["$ref"], sorted(schema("sale")["$defs"])[:3]
    ('#/$defs/Sale', ['Buyer', 'Line', 'Place'])
    """
    parts = components("#/$defs/")
    title = _title(TYPES[name].__name__)
    used = _used(parts, title)
    head = {"$schema": _DRAFT, "title": title, "$ref": f"#/$defs/{title}"}
    return head | {"$defs": {part: parts[part] for part in sorted(used)}}


def components(prefix: str) -> dict[str, Any]:
    """The schemas of a sale, a quote and all their parts, by name; references begin with `prefix`."""
    types = tuple(TYPES.values())
    (_, found) = msgspec.json.schema_components(types, ref_template=prefix + "{name}")
    return {_title(name): _allow_numbers(part) for name, part in found.items()}


def _title(name: str) -> str:
    """The name of a type in the schema: the class that describes the JSON of a quote is a `Quote` there."""
    return name.removesuffix("Document")


def _allow_numbers(part: Any) -> Any:
    """A schema in which decimals may also be JSON numbers, which are read exactly as they are written."""
    if isinstance(part, dict):
        if part.get("format") == "decimal":
            return {**part, "type": ["string", "number"], "pattern": f"^{DECIMAL}$"}
        return {name: _adapt(name, value) for name, value in part.items()}
    return [_allow_numbers(each) for each in part] if isinstance(part, list) else part


def _adapt(name: str, value: Any) -> Any:
    return _title(value) if name in ("$ref", "title") and isinstance(value, str) else _allow_numbers(value)


def _used(parts: dict[str, Any], first: str) -> set[str]:
    """A schema and those that it refers to."""
    found, left = {first}, [first]
    while left:
        for name in _references(parts[left.pop()]):
            if name not in found:
                found.add(name)
                left.append(name)
    return found


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(_references(each) for each in part.values()))
    return set().union(*(_references(each) for each in part)) if isinstance(part, list) else set()
