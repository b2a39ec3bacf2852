"""shapes: what the OpenAPI document says of requests and answers, made from the types of the library."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from entrepot.words import Quote, Sale


class Fault(msgspec.Struct):
    """What was wrong: its `type` and `code` for programs, a `message` for people, and the field that it is about."""

    type: str
    code: str
    message: str
    param: str | None


class Kept(msgspec.Struct):
    """What a kept quote has before its figures: `hash` is that of its request, its law and its figures."""

    id: str
    hash: str
    created: str
    expires_at: str


class Envelope(msgspec.Struct):
    """An error as the API gives it."""

    error: Fault


@lru_cache(maxsize=1)
def components() -> dict[str, Any]:
    """The schemas of all shapes, by their names."""
    (_, found) = msgspec.json.schema_components((Sale, Quote, Kept, Envelope), ref_template="#/components/schemas/{name}")
    return found


def of(name: str) -> dict[str, Any]:
    """A reference to a shape."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(name: str) -> dict[str, Any]:
    """The body of a request."""
    return {"required": True, "content": {"application/json": {"schema": of(name)}}}


def answers(good: Any, *, says: str, faults: dict[int, str] | None = None) -> dict[Any, Any]:
    """The answers of an operation: the good one by its schema, and its faults."""
    told: dict[Any, Any] = {200: {"description": says, "content": {"application/json": {"schema": good}}}}
    for status, why in ({401: "no key", 403: "not the scope", 429: "too many calls"} | (faults or {})).items():
        told[status] = {"description": why, "content": {"application/json": {"schema": of("Envelope")}}}
    return told
