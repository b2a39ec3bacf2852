"""The OpenAPI document of the server as operations, parameters and types, for the pages of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from entrepot.language.translate import N_
from entrepot.web.api import api
from entrepot.web.examples import EXAMPLES

#: The groups of operations, in the order of the page: the tag of the document, and the title.
GROUPS = {
    "quotes": N_("Quotes"),
    "market": N_("Market"),
    "trade": N_("Trade"),
    "law": N_("Law"),
    "server": N_("Server"),
}
#: The media types that a form can send, the first one preferred.
_WRITABLE = ("application/json", "application/jsonl")
_PREFIX = "#/components/schemas/"


class Parameter(NamedTuple):
    """A parameter: `place` is path, query or header. `family`: it is written `name.NAME=VALUE`, any number of times."""

    name: str
    place: str
    description: str
    required: bool
    type: str
    choices: Sequence[str]
    default: str
    family: bool


class Field(NamedTuple):
    """A field of a type. `parts`: its type as pairs of a text and whether it is the name of another type."""

    name: str
    required: bool
    parts: Sequence[tuple[str, bool]]


class Type(NamedTuple):
    """A type of the document: its name, its description in paragraphs and its fields."""

    name: str
    description: Sequence[str]
    fields: Sequence[Field]


class Operation(NamedTuple):
    """An operation, by its stable name (`id`). `media`: what a form sends as its body, or empty.

    `scope`: that of the API key; empty if the operation needs no key. `with_key`: it needs one on every server.
    """

    id: str
    group: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Parameter]
    media: str
    scope: str
    with_key: bool
    statuses: Sequence[tuple[str, str]]
    request_types: Sequence[Type]
    response_types: Sequence[Type]
    links: Sequence[str]


@cache
def operations() -> Mapping[str, Operation]:
    """The operations by their names, in the order of the groups."""
    schema = api.get_openapi_schema()
    types = schema["components"]["schemas"]
    found = [
        _operation(types, path, method, each)
        for path, methods in schema["paths"].items()
        for method, each in methods.items()
    ]
    groups, order = list(GROUPS), list(EXAMPLES)
    found.sort(key=lambda each: (groups.index(each.group), order.index(each.id)))
    return {each.id: each for each in found}


def _operation(types: Mapping[str, Any], path: str, method: str, described: Mapping[str, Any]) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    media = next((each for each in _WRITABLE if each in content), "")
    asked = content.get("application/json", {}).get("schema", {})
    success = described["responses"][200]
    answered = success.get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        id=described["operationId"],
        group=described["tags"][0],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        parameters=tuple(_parameter(each) for each in described.get("parameters", ())),
        media=media,
        scope=described["security"][0]["key"][0] if described["security"] else "",
        with_key=bool(described["security"]) and {} not in described["security"],
        statuses=tuple((str(status), each["description"]) for status, each in sorted(described["responses"].items())),
        request_types=tuple(_types(types, asked)),
        response_types=tuple(_types(types, answered)),
        links=tuple(each["operationId"] for each in success.get("links", {}).values()),
    )


def _parameter(described: Mapping[str, Any]) -> Parameter:
    schema = described["schema"]
    # An optional parameter is a type or null.
    own = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    choices = own.get("enum") or (("true", "false") if own.get("type") == "boolean" else ())
    default = own.get("default", schema.get("default"))
    return Parameter(
        name=described["name"],
        place=described["in"],
        description=described.get("description") or schema.get("description", ""),
        required=bool(described.get("required")),
        type=str(own.get("type", "string")),
        choices=tuple(choices),
        default="" if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        family=own.get("type") == "object",
    )


def _types(types: Mapping[str, Any], schema: Any) -> Iterator[Type]:
    """The types that a schema refers to, each once, a type before those of its fields."""
    seen: set[str] = set()
    left = list(_references(schema))
    while left:
        name = left.pop(0)
        if name in seen:
            continue
        seen.add(name)
        described = types[name]
        left += _references(described)
        required = frozenset(described.get("required", ()))
        yield Type(
            name=name,
            description=tuple(each.replace("\n", " ") for each in described.get("description", "").split("\n\n")),
            fields=tuple(
                Field(field, field in required, tuple(_type_parts(part)))
                for field, part in described.get("properties", {}).items()
            ),
        )


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix(_PREFIX)
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _type_parts(part: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """A type in words, as pieces; a piece that names a type of the document is marked."""
    if "$ref" in part:
        yield part["$ref"].removeprefix(_PREFIX), True
    elif "anyOf" in part:
        for number, each in enumerate(part["anyOf"]):
            if number:
                yield " or ", False
            yield from _type_parts(each)
    elif "enum" in part:
        yield " | ".join(map(str, part["enum"])), False
    elif part.get("type") == "array":
        yield "list of ", False
        yield from _type_parts(part.get("items", {}))
    elif part.get("type") == "object" and isinstance(part.get("additionalProperties"), dict):
        yield "by name: ", False
        yield from _type_parts(part["additionalProperties"])
    else:
        kind = part.get("format") or part.get("type", "any value")
        yield " or ".join(kind) if isinstance(kind, list) else str(kind), False
