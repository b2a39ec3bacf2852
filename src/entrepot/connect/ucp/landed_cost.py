"""Our extension of the checkout: the landed cost of each order with its range, its charges, and the law behind them.

The protocol has taxes as amounts. This says which duty or tax it is, who collects it and when, by which rate and which
row of law, and between which amounts it lies where a fact is open. Amounts are texts in major units, as in a quote.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.connect.ucp.names import CHECKOUT, OWN_VERSION, SCHEMA_PATH, VERSION, landed_cost_name
from entrepot.language.translate import pack_text
from entrepot.model.quote import Charge, Option, QuoteDocument
from entrepot.trade.quotes import COLLECTED_WITH_ORDER

#: The field of a checkout, and the file of the schema.
FIELD, SCHEMA_FILE = "landed_cost", "landed_cost.json"
_AMOUNT = {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"}


def shown(number: str, digest: str, document: QuoteDocument, option: Option, line_ids: Iterable[str]) -> dict[str, Any]:
    """The landed cost of the lines that one quote covers."""
    return {
        "line_item_ids": list(line_ids),
        "quote": {"id": number, "hash": digest},
        "procedure": {"id": option.id, "title": pack_text(option.title)},
        "law": {"date": document.law.date, "hash": document.law.hash, "trust": document.assessment.trust},
        "currency": document.currency,
        "amount_landed": option.amount_landed,
        **_ends(option, "amount_landed"),
        "at_least": option.at_least,
        "charges": [_charge(each, document) for each in option.charges if each.charged_to == "buyer"],
        "conditions": [
            {"id": each.id, "state": each.state, "says": pack_text(each.says)} for each in option.conditions
        ],
    }


def _ends(record: Any, name: str) -> dict[str, str | None]:
    """The lowest and the highest of a figure that is not known exactly; a highest of null: none is known."""
    found = {end: getattr(record, f"{name}_{end}") for end in ("low", "high")}
    return {f"{name}_{end}": value for end, value in found.items() if value is None or isinstance(value, str)}


def _charge(charge: Charge, document: QuoteDocument) -> dict[str, Any]:
    rows = {each: document.law.rows[each] for each in charge.citations if each in document.law.rows}
    sources = dict.fromkeys(name for row in rows.values() for name in row.sources)
    return {
        "id": charge.id,
        "kind": charge.kind,
        "name": pack_text(charge.name),
        "amount": charge.amount,
        **_ends(charge, "amount"),
        "rate": charge.rate_details.text,
        "formula": charge.formula,
        "collected_by": charge.collected_by,
        "due": "with_order" if charge.collected_by in COLLECTED_WITH_ORDER else "on_import",
        "law": [
            {"id": name, "title": found.title, "url": found.url}
            for name in sources
            if (found := document.law.sources.get(name)) is not None
        ],
    }


def schema(url: str) -> dict[str, Any]:
    """The JSON Schema of the extension, as the node at an address serves it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{url}{SCHEMA_PATH}/{SCHEMA_FILE}",
        "name": landed_cost_name(url),
        "version": OWN_VERSION,
        "title": "Landed cost",
        "description": "Duties, taxes and fees of a sale across a border, by order, with the law behind each.",
        "requires": {"protocol": {"min": VERSION}, "capabilities": {CHECKOUT: {"min": VERSION}}},
        "$defs": {
            "landed_cost": {"type": "array", "items": _order_schema()},
            CHECKOUT: {
                "title": "Checkout with landed cost",
                "allOf": [
                    {"$ref": f"https://ucp.dev/{VERSION}/schemas/shopping/checkout.json"},
                    {"type": "object", "properties": {FIELD: {"$ref": "#/$defs/landed_cost"}}},
                ],
            },
        },
    }


def _order_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["line_item_ids", "quote", "procedure", "law", "currency", "amount_landed", "charges"],
        "properties": {
            "line_item_ids": {"type": "array", "items": {"type": "string"}},
            "quote": _object(id="string", hash="string"),
            "procedure": _object(id="string", title="string"),
            "law": {
                "type": "object",
                "required": ["date", "hash"],
                "properties": {
                    "date": {"type": "string", "format": "date"},
                    "hash": {"type": "string"},
                    "trust": {"enum": ["official", "published", "unchecked", None]},
                },
            },
            "currency": {"type": "string", "description": "of these amounts; the checkout may have another"},
            "amount_landed": {**_AMOUNT, "description": "goods, carriage, and every charge that the buyer bears"},
            "amount_landed_low": _AMOUNT,
            "amount_landed_high": _AMOUNT,
            "at_least": {"type": "boolean", "description": "a charge is not known: the buyer pays at least this"},
            "charges": {"type": "array", "items": _charge_schema()},
            "conditions": {"type": "array", "items": _object(id="string", state="string", says="string")},
        },
    }


def _charge_schema() -> dict[str, Any]:
    source = {"id": {"type": "string"}, "title": {"type": "string"}, "url": {"type": ["string", "null"]}}
    return {
        "type": "object",
        "required": ["id", "kind", "name", "amount", "collected_by", "due", "law"],
        "properties": {
            "id": {"type": "string"},
            "kind": {"type": "string", "description": "duty, additional_duty, vat, excise, fee …, as in a quote"},
            "name": {"type": "string", "description": "in the language of the request"},
            "amount": {**_AMOUNT, "description": "null where it is a range or not known"},
            "amount_low": _AMOUNT,
            "amount_high": {**_AMOUNT, "description": "null: no highest amount is known"},
            "rate": {"type": "string"},
            "formula": {"type": "string"},
            "collected_by": {"type": "string", "description": "platform, seller, customs, carrier …"},
            "due": {"enum": ["with_order", "on_import"], "description": "with_order: it is in the totals"},
            "law": {
                "type": "array",
                "items": {"type": "object", "required": ["id", "title"], "properties": source},
            },
        },
    }


def _object(**types: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(types),
        "properties": {name: {"type": kind} for name, kind in types.items()},
    }
