"""Writes the types of the JavaScript client, `entrepot.d.ts`, from the schemas of the API.

Run it after a change of a sale, a quote or another answer: `python tests/web/client_types.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from entrepot import client

FILE = Path(client.__file__).parent / "javascript" / "entrepot.d.ts"
#: The line after which the file is generated.
MARK = "// The types below are generated from the schemas of the API."
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
#: Types that only describe the OpenAPI document, and the one that the client throws as an error.
LEFT_OUT = {"Kept", "QuotePart", "QuoteListed", "Quotes", "Envelope", "Fault"}


def generated(schemas: Mapping[str, Any]) -> str:
    """The generated part of the file, from the schemas of the OpenAPI document."""
    parts = [MARK, ""]
    for name, schema in schemas.items():
        if name not in LEFT_OUT:
            parts += [*_interface(name, schema), ""]
    return "\n".join(parts)


def _interface(name: str, schema: dict[str, Any]) -> Iterator[str]:
    if text := schema.get("description"):
        yield from _comment(text, "")
    yield f"export interface {name} {{"
    required = set(schema.get("required", ()))
    for field, part in schema.get("properties", {}).items():
        optional = "" if field in required or _always_given(name, part) else "?"
        yield f"  {field}{optional}: {type_of(part)};"
    yield "}"


#: The types of a request: a field that is not required may be left out.
OF_A_REQUEST = {
    "PossibleCodes", "PossibleCode", "GoodsDescribed",
    "Sale", "Place", "Line", "Buyer", "Seller", "OfferWritten", "OfferChanged", "OrderWritten", "PlaceOrdered",
    "CheckoutAsked", "Cancelled", "QuoteAccepted", "Paid", "ShipmentWritten", "ShipmentReported",
    "ReturnWritten", "ReturnReceived", "AssetWritten", "AssetChanged", "AssetPlace", "BookingLimits", "BookingWritten",
    "BookingChanged", "ItemOrdered", "OpenException", "OpenWindow", "PriceBand", "UseWritten",
    "EndpointWritten", "EndpointChanged",
    "OrderCorrected", "OrderRefunded", "LineCorrected", "AnswerClosed",
    "DocumentWritten", "DocumentLineWritten", "DocumentWithdrawn",
    "ProgrammeWritten", "ProgrammeChanged",
    "DeliveryTermsWritten", "LicenceWritten", "ConsentGiven", "TokenAsked",
}  # fmt: skip
#: The types of a quote leave out a field that has its default.
OF_A_QUOTE = {
    "LawUsed", "CitedRow", "CitedSource", "Option", "OptionLine", "Treatment", "Condition", "Charge", "LineCharge",
    "RateDetails", "Subtotals", "Candidate", "Requirement",
}  # fmt: skip


def _always_given(name: str, part: Mapping[str, Any]) -> bool:
    """Whether a field that the schema does not require is in every answer: with its default."""
    return name not in OF_A_REQUEST | OF_A_QUOTE and "default" in part


def _comment(text: str, indent: str) -> Iterator[str]:
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
        return
    yield f"{indent}/**"
    yield from (f"{indent} * {line}".rstrip() for line in lines)
    yield f"{indent} */"


def type_of(part: dict[str, Any]) -> str:
    """The type of a schema.

    >>> type_of({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'string[] | null'
    >>> type_of({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/CitedRow"}})
    'Record<string, CitedRow>'
    """
    if "$ref" in part:
        return str(part["$ref"]).rpartition("/")[2]
    if "anyOf" in part:
        return " | ".join(dict.fromkeys(type_of(each) for each in part["anyOf"]))
    if "enum" in part:
        return " | ".join(json.dumps(each) for each in part["enum"])
    if "const" in part:
        return json.dumps(part["const"])
    kind = part.get("type")
    if isinstance(kind, list):
        return " | ".join(dict.fromkeys(PLAIN[each] for each in kind))
    if kind == "array":
        inner = type_of(part.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object":
        values = part.get("additionalProperties")
        return f"Record<string, {type_of(values) if isinstance(values, dict) else 'unknown'}>"
    return PLAIN.get(str(kind), "unknown")


def main() -> None:
    """Rewrite the generated part."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "typed"  # the settings of the server, without files in the user's folders
    import django

    django.setup()
    from entrepot.web.api import openapi

    head = FILE.read_text("utf-8").partition(MARK)[0]
    FILE.write_text(head + generated(openapi.components()), "utf-8")
    print(f"{FILE} was written.")


if __name__ == "__main__":
    main()
