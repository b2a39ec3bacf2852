"""shapes: what the OpenAPI document says of requests and answers, made from the types of the library."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from entrepot.goods.index import GoodsFound
from entrepot.model.literals import DECIMAL
from entrepot.model.quote import Quote
from entrepot.model.sale import Sale
from entrepot.web.api.shapes.economies import Economies
from entrepot.web.api.shapes.law_rows import LawDiff, LawOf
from entrepot.web.api.shapes.procedures import Ways

#: A sale, to begin with.
COFFEE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


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


class QuoteCheck(msgspec.Struct):
    """Whether a quote that was made again from what is kept is the same, byte for byte."""

    object: str
    id: str
    same: bool
    hash: str
    hash_again: str


class Envelope(msgspec.Struct):
    """An error as the API gives it."""

    error: Fault


@lru_cache(maxsize=1)
def components() -> dict[str, Any]:
    """The schemas of all shapes, by their names."""
    shapes = (Sale, Quote, Kept, QuoteCheck, Envelope, GoodsFound, LawOf, LawDiff, Economies, Ways)
    (_, found) = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return {name: _with_numbers(schema) for name, schema in found.items()}


def _with_numbers(schema: Any) -> Any:
    """A schema in which a decimal may be a number too: one that is asked is read as exactly as it is written."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {**schema, "type": ["string", "number"], "pattern": f"^{DECIMAL}$"}
        return {name: _with_numbers(part) for name, part in schema.items()}
    return [_with_numbers(part) for part in schema] if isinstance(schema, list) else schema


def of(name: str) -> dict[str, Any]:
    """A reference to a shape."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(name: str) -> dict[str, Any]:
    """The body of a request."""
    content = {"schema": of(name), "examples": {"coffee": {"value": COFFEE}} if name == "Sale" else {}}
    return {"required": True, "content": {"application/json": content}}


def answers(
    good: Any, *, says: str, faults: dict[int, str] | None = None, links: dict[str, Any] | None = None
) -> dict[Any, Any]:
    """The answers of an operation: the good one by its schema, with what it leads to, and its faults."""
    told: dict[Any, Any] = {200: {"description": says, "content": {"application/json": {"schema": good}}}}
    if links:
        told[200]["links"] = links
    usual = {401: "no key", 403: "not the scope", 429: "too many calls", 503: "the database or the disk does not work"}
    for status, why in (usual | (faults or {})).items():
        told[status] = {"description": why, "content": {"application/json": {"schema": of("Envelope")}}}
    return told
