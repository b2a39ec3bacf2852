"""Quotes as earlier releases wrote them, read as quotes of this release.

Version 0.1.0 repeated a source wherever a row was cited, repeated the best option and the consignment's charges on each
line, and gave options no id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from entrepot.model import json
from entrepot.model.quote import Charge, LineCharge, QuoteDocument

D = TypeVar("D", bound=QuoteDocument)

_DOCUMENT = msgspec.json.Decoder(QuoteDocument)
#: Fields of a citation in version 0.1.0 that belong to the row; the others belong to the source.
_OF_ROW = ("since", "until", "trust")
_OF_SOURCE = ("title", "authority", "number", "dated", "read", "url")


def read_document(text: str | bytes) -> QuoteDocument:
    """The document of a quote from its JSON, of this release or of an earlier one. Raises the errors of msgspec."""
    return decode_document(text, _DOCUMENT)


def decode_document(text: str | bytes, decoder: msgspec.json.Decoder[D]) -> D:
    """As `read_document`, by the decoder of a document that may have more fields."""
    try:
        return json.decode(text, decoder)
    except msgspec.ValidationError:
        read = json.decode(text)
        if not is_old(read):
            raise
        return msgspec.convert(upgrade(read), decoder.type)


def is_old(quote: Any) -> bool:
    """Whether a decoded quote is of version 0.1.0."""
    return isinstance(quote, Mapping) and isinstance(law := quote.get("law"), Mapping) and "rows" not in law


def upgrade(quote: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded quote of version 0.1.0 in the shape of this release. The conditional best was not given then.

    >>> upgrade({"law": {"hash": "1"}, "best": {"regime": "post"}, "options": []})["best"]
    'post'
    """
    rows: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    best = quote.get("best")
    read = {name: value for name, value in quote.items() if name not in ("law", "best", "options")}
    options = [_option(_cited(option, rows, sources)) for option in quote["options"]]
    law = {**quote["law"], "rows": rows, "sources": sources}
    chosen = {"best": None if best is None else best["regime"], "best_conditional": None}
    return {**read, "law": law, **chosen, "options": options}


def _cited(value: Any, rows: dict[str, Any], sources: dict[str, Any]) -> Any:
    """A value whose citations are names of rows; adds the rows and their sources."""
    if isinstance(value, list):
        return [_cited(each, rows, sources) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _names(each, rows, sources) if name == "citations" else _cited(each, rows, sources)
        for name, each in value.items()
    }


def _names(citations: list[dict[str, Any]], rows: dict[str, Any], sources: dict[str, Any]) -> list[str]:
    found: dict[str, list[str]] = {}
    for each in citations:
        found.setdefault(each["row"], []).append(each["source"])
        sources.setdefault(each["source"], {name: each[name] for name in _OF_SOURCE})
        rows.setdefault(each["row"], {name: each[name] for name in _OF_ROW} | {"sources": found[each["row"]]})
    return list(found)


def _option(option: dict[str, Any]) -> dict[str, Any]:
    whole = {charge["id"]: msgspec.convert(charge, Charge) for charge in option["charges"]}
    lines = [
        {**line, "charges": [LineCharge.of(msgspec.convert(charge, Charge), whole[charge["id"]]) for charge in own]}
        for line in option["lines"]
        for own in [line["charges"]]
    ]
    return {**option, "id": option["regime"], "lines": lines}
