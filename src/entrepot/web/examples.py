"""Examples of the operations of the API: requests that any server answers, and what it answered. A test sends them.

They are in the OpenAPI document, and `/docs` shows and runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from entrepot.web.trade_examples import TRADE_EXAMPLES

#: The id that stands for that of a stored quote.
QUOTE = "qt_0000000000000000000000aa"
_NONE: Mapping[str, str] = MappingProxyType({})
#: The file of recorded answers.
RESULTS = Path(__file__).with_name("example_results.json")

_COFFEE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
_TOTALS = "best,assessment.outcome,options.title,options.status,options.amount_charges,options.amount_landed"
_RANGE = (
    "best,options.amount_landed,options.amount_landed_low,options.amount_landed_high,options.candidates.settles,"
    "options.candidates.value,options.candidates.amount_landed"
)
_BUSINESS: dict[str, Any] = {"buyer": {"kind": "business"}, "channel": "trade"}


class Example(NamedTuple):
    """A request: the values of its parameters (`map` and `set` as lines NAME=VALUE), and its body as text."""

    name: str
    title: str
    values: Mapping[str, str] = _NONE
    body: str = ""


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


_SALES = (
    Example("coffee", "Roasted coffee to a consumer in China", {"fields": _TOTALS}, _json(_COFFEE)),
    Example(
        "certificate",
        "Coffee to a business in China, with a certificate of origin",
        {"fields": _TOTALS, "store": "false"},
        _json(
            _COFFEE
            | {
                **_BUSINESS,
                "incoterm": "FOB",
                "shipping_cost": "1200.00",
                "lines": [
                    {
                        "hs_code": "0901.21",
                        "amount": "20000.00",
                        "country_of_origin": "VN",
                        "proof_of_origin": "acfta",
                    }
                ],
            }
        ),
    ),
    Example(
        "range",
        "Frozen shrimps by a short code: a range, and the code that would settle it",
        {"fields": _RANGE, "store": "false"},
        _json(
            _COFFEE
            | {
                **_BUSINESS,
                "lines": [{"hs_code": "0306.17", "amount": "20000.00", "country_of_origin": "VN"}],
            }
        ),
    ),
    Example(
        "service",
        "A consultation by telemedicine to a consumer in Cambodia",
        {"fields": _TOTALS, "store": "false"},
        _json(
            {
                "ship_from": {"country": "CN"},
                "ship_to": {"country": "KH"},
                "date": "2026-03-01",
                "currency": "USD",
                "lines": [{"service": "telemedicine", "amount": "300.00"}],
            }
        ),
    ),
    Example(
        "invented",
        "A sale to the invented economy, which a key of the sandbox may ask for too",
        {"fields": _TOTALS, "store": "false"},
        _json(_COFFEE | {"ship_to": {"country": "ZZ"}, "currency": "ZZD"}),
    ),
)
_ROWS = "".join(
    msgspec.json.encode(
        {"order": number, "ship_from_country": "VN", "code": code, "amount": "100.00", "currency": "CNY"}
    ).decode()
    + "\n"
    for number, code in (("A1", "0901.21"), ("A2", "coffee"))
)

_TRADE = {
    name: (Example("trade", title, values, _json(body) if body else ""),)
    for name, (title, values, body) in TRADE_EXAMPLES.items()
}

#: The examples of each operation; operations and examples are shown in this order.
EXAMPLES: Mapping[str, tuple[Example, ...]] = MappingProxyType(
    {
        "createQuote": _SALES,
        "getQuote": (Example("totals", "Its totals", {"number": QUOTE, "fields": _TOTALS}),),
        "checkQuote": (Example("check", "Whether it is still the same", {"number": QUOTE}),),
        "listQuotes": (Example("two", "The last two quotes of the key", {"limit": "2"}),),
        "quoteTable": (
            Example(
                "two-rows",
                "Two rows, one of them with a fault",
                {"on": "2026-03-01", "map": "code=hs_code\norder=", "set": "ship_to_country=CN"},
                _ROWS,
            ),
        ),
        "findGoods": (
            Example("digits", "By the first digits of a code", {"q": "0901.21", "economy": "ZZ", "limit": "1"}),
            Example("words", "By words", {"q": "roasted coffee", "economy": "CN", "limit": "3"}),
        ),
        "classifyGoods": (
            Example("description", "A description", body=_json({"description": "Frozen durian pulp", "to": "ZZ"})),
            Example(
                "several", "Several descriptions", body=_json({"descriptions": ["coffee", "giày da nữ", "冻榴莲果肉"]})
            ),
        ),
        "getLaw": (
            Example("line", "A line of the invented economy", {"economy": "ZZ", "code": "0901.21", "on": "2026-03-01"}),
            Example("service", "A category of services", {"economy": "KH", "code": "telemedicine", "on": "2026-03-01"}),
        ),
        "listProcedures": (Example("invented", "Of the invented economy", {"economy": "ZZ", "on": "2026-03-01"}),),
        "getAgreements": (
            Example(
                "pair", "Of Viet Nam and China", {"economy": "VN", "partner": "CN", "on": "2026-03-01"}
            ),
        ),
        "compareLaw": (
            Example("year", "What a new year begins", {"economy": "ZZ", "from": "2025-12-31", "to": "2026-01-01"}),
        ),
        "listEconomies": (Example("all", "All"),),
        **_TRADE,
        "getSchema": (Example("sale", "A sale", {"name": "sale"}), Example("quote", "A quote", {"name": "quote"})),
        "getHealth": (Example("health", "The state"),),
        "getMetrics": (Example("metrics", "The metrics"),),
        "getApi": (Example("api", "The addresses"),),
    }
)  # fmt: skip


@cache
def results() -> Mapping[str, Mapping[str, Any]]:
    """What a server answered to an example, by the operation and the name; not for every example."""
    found: dict[str, dict[str, Any]] = msgspec.json.decode(RESULTS.read_bytes())
    return MappingProxyType(found)


def add_examples(document: dict[str, Any]) -> None:
    """Add the examples to an OpenAPI document."""
    for operation in _operations(document):
        given = EXAMPLES[operation["operationId"]]
        _add_to_parameters(operation, given[0])
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                content["examples"] = {
                    each.name: {"summary": each.title, "value": msgspec.json.decode(each.body)} for each in given
                }
            elif "json" in media:
                content["example"] = given[0].body
        shown = results().get(operation["operationId"], {})
        content = operation["responses"].get(200, {}).get("content", {}).get("application/json")
        if content is not None and shown:
            content["examples"] = {
                each.name: {"summary": each.title, "value": shown[each.name]} for each in given if each.name in shown
            }


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _add_to_parameters(operation: dict[str, Any], example: Example) -> None:
    for parameter in operation.get("parameters", ()):
        value = example.values.get(parameter["name"])
        if value is not None and parameter["schema"].get("type") != "object":
            kind = parameter["schema"].get("type")
            parameter["example"] = int(value) if kind == "integer" else value
