"""Sends the examples of the API to a server."""

from __future__ import annotations

import httpx
from server_process import Server

from entrepot.web.examples import EXAMPLES, QUOTE, Example


def stored_quote(server: Server, key: dict[str, str]) -> str:
    """The id of the stored quote of the first example; a second one is stored before it."""
    (first, *_others) = EXAMPLES["createQuote"]
    numbers: list[str] = [send(server, "createQuote", first, key, "").json()["id"] for _ in range(2)]
    return numbers[1]


def send(server: Server, operation: str, example: Example, key: dict[str, str], quote: str) -> httpx.Response:
    """The answer to an example; `quote` is the id of a stored quote in place of that of the example."""
    document = server.get("/v1/openapi.json").json()
    path, method, told = next(
        (path, method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if told["operationId"] == operation
    )
    query: dict[str, str] = {}
    for parameter in told.get("parameters", ()):
        name = parameter["name"]
        value = example.values.get(name, "").replace(QUOTE, quote)
        if not value:
            continue
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        elif parameter["schema"].get("type") == "object":
            query |= {f"{name}.{line.partition('=')[0]}": line.partition("=")[2] for line in value.splitlines()}
        else:
            query[name] = value
    media = "application/jsonl" if operation == "quoteTable" else "application/json"
    head = {**key, "Content-Type": media} if example.body else key
    return httpx.request(
        method, server.url + path, params=query, headers=head, content=example.body.encode() or None, timeout=60
    )
