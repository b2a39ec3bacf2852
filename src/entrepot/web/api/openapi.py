"""The schemas of the OpenAPI document, generated from the types of the library."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

from entrepot.cooperation.answer import AgreementsBetween
from entrepot.goods.index import GoodsFound
from entrepot.goods.shown import ClassifiedGoods, ClassifiedList
from entrepot.model import json_schema
from entrepot.model.sale import Sale
from entrepot.web.api.shapes.described import GoodsDescribed
from entrepot.web.api.shapes.economies import Economies
from entrepot.web.api.shapes.law_rows import LawDiff, LawOf
from entrepot.web.api.shapes.procedures import Ways
from entrepot.web.trade.bodies import BODIES
from entrepot.web.trade.ledger_shapes import LEDGER_SHAPES
from entrepot.web.trade.shown import SHOWN


class Fault(msgspec.Struct):
    """What is wrong: `type` and `code` for programs, a `message` for people, and the field that it concerns."""

    type: str
    code: str
    message: str
    param: str | None


class Kept(msgspec.Struct):
    """The first fields of a stored quote. `hash`: of its request, its law and its figures.

    `sandbox`: true, and the first of all fields, in an answer to a key of the sandbox.
    """

    id: str
    hash: str
    created: str
    expires_at: str
    sandbox: bool | msgspec.UnsetType = msgspec.UNSET


class QuotePart(msgspec.Struct):
    """The parts of a quote that `fields` names; options always have their `id`."""

    object: Literal["quote"]


class QuoteCheck(msgspec.Struct):
    """Whether a quote that was calculated again from its stored request and law has the same figures, codes and rows.

    `hash_again` equals `hash` if its sentences are the same too: a later release may word them differently.
    """

    object: str
    id: str
    same: bool
    hash: str
    hash_again: str


class Health(msgspec.Struct):
    """The health of the server. `status` is `error` if no pack is loaded, or the database or disk has failed."""

    object: Literal["health"]
    status: Literal["ok", "error"]
    version: str
    packs: int
    database: Literal["ok", "locked", "full", "read_only", "unreachable", "failed", "disk_full", "disk_read_only"]
    disk: Literal["ok", "full", "failed"]


class QuoteListed(msgspec.Struct):
    """A stored quote in a list: its first fields, those that `fields` names, and the sale that it answers."""

    object: Literal["quote"]
    id: str
    hash: str
    created: str
    expires_at: str
    sale: Sale


class Quotes(msgspec.Struct):
    """A page of quotes, the newest first. With `has_more`, `starting_after` the last `id` gives the next page."""

    object: Literal["list"]
    has_more: bool
    data: list[QuoteListed]


class Api(msgspec.Struct, kw_only=True):
    """The version of the server and the addresses of its documents."""

    object: Literal["api"] = "api"
    version: str
    reference: str = "/docs/"
    openapi: str = "/v1/openapi.json"
    schemas: tuple[str, ...] = tuple(f"/v1/schemas/{name}" for name in json_schema.TYPES)
    javascript: str = "/entrepot.js"
    types: str = "/entrepot.d.ts"
    health: str = "/v1/health"


class Envelope(msgspec.Struct):
    """The response for an error."""

    error: Fault


#: The scope that the operations of a tag need, and operations that need another one.
SCOPES = {"quotes": "quotes", "law": "law", "trade": "trade", "market": "quotes"}
SCOPES_OF_OPERATIONS = {"quoteTable": "batch"}
#: Operations that need a key also where the server requires none.
WITH_KEY = frozenset({"listQuotes"})
#: Groups of operations that all need one: what they show belongs to the organization of the key.
GROUPS_WITH_KEY = frozenset({"trade"})
#: Operations that are open to everyone: what they show are hashes and signatures.
OPEN = frozenset({"getCheckpoint", "proveConsistency"})


def security(operation: Mapping[str, Any]) -> list[dict[str, list[str]]]:
    """Which keys an operation accepts: their scope as a role name, and none where a key is optional."""
    scope = SCOPES_OF_OPERATIONS.get(operation["operationId"]) or SCOPES.get(operation["tags"][0])
    if scope is None or operation["operationId"] in OPEN:
        return []
    needed = operation["operationId"] in WITH_KEY or operation["tags"][0] in GROUPS_WITH_KEY
    return [{"key": [scope]}] if needed else [{"key": [scope]}, {}]


@lru_cache(maxsize=1)
def components() -> dict[str, Any]:
    """The schemas of all types, by name."""
    of_law = (
        GoodsDescribed,
        ClassifiedGoods,
        ClassifiedList,
        GoodsFound,
        LawOf,
        LawDiff,
        Economies,
        Ways,
        AgreementsBetween,
    )
    types = (Api, Kept, QuotePart, Quotes, QuoteCheck, Health, Envelope, *of_law, *BODIES, *SHOWN, *LEDGER_SHAPES)
    (_, schemas) = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    found = schemas | json_schema.components("#/components/schemas/")
    return {
        name: {**schema, "description": for_people(schema.get("description", ""))} for name, schema in found.items()
    }


def for_people(docstring: str) -> str:
    r"""A docstring as a description in the document: without the examples in Python and their indentation.

    >>> for_people("A sale.\n\n    >>> 1 + 1\n    2\n\n    `a`: the price.")
    'A sale.\n\n`a`: the price.'
    """
    parts = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(part for part in parts if not part.startswith(">>>"))


def reference(name: str) -> dict[str, Any]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def request_body(name: str) -> dict[str, Any]:
    """The request body of an operation."""
    return {"required": True, "content": {"application/json": {"schema": reference(name)}}}


def responses(
    success: Any,
    *,
    says: str,
    faults: dict[int, str] | None = None,
    links: dict[str, Any] | None = None,
    usual: bool = True,
) -> dict[Any, Any]:
    """The responses of an operation: the successful one with its schema and links, and the errors.

    `usual`: also those of an operation that needs a key, is counted, or uses the database.
    """
    found: dict[Any, Any] = {200: {"description": says, "content": {"application/json": {"schema": success}}}}
    if links:
        found[200]["links"] = links
    everywhere = {
        401: "no valid API key",
        403: "the key does not have the scope",
        429: "too many requests",
        503: "the database or the disk does not work",
    }
    for status, why in ((everywhere if usual else {}) | (faults or {})).items():
        found[status] = {"description": why, "content": {"application/json": {"schema": reference("Envelope")}}}
    return found
