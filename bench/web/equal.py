"""Compare the server's responses with the library's results; without equality nothing is timed."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from server_processes import Server


class Different(Exception):
    """A response differs from the result of the library."""


def sales(many: int) -> list[str]:
    """Sales to four places, as JSON: the first is one kilogram of roasted coffee into China."""
    from draws import ROUTES, drawn, same

    from entrepot.app import library

    found = [same(ROUTES[0])]
    each = [drawn(route, library(), many // len(ROUTES)) for route in ROUTES]
    found += [sale for together in zip(*each, strict=True) for sale in together]
    return [json.dumps(sale, separators=(",", ":")) for sale in found]


def quotes(server: Server, bodies: list[str], key: str) -> str:
    """Check each figure of each quote, stored or not, and that stored quotes are read byte for byte.

    Returns the id of the first stored quote. Raises Different.
    """
    import entrepot

    first = ""
    for body in bodies:
        expected = json.loads(entrepot.quote(json.loads(body)).to_json())
        unstored = json.loads(send(server, "/v1/quotes?store=false", body, key))
        text = send(server, "/v1/quotes", body, key)
        kept = json.loads(text)
        if unstored != expected or {name: kept[name] for name in expected} != expected:
            raise Different(f"over HTTP {body}")
        if send(server, f"/v1/quotes/{kept['id']}", None, key) != text:
            raise Different(f"read again {kept['id']}")
        first = first or kept["id"]
    return first


def tables(answer: Any, table: Any) -> None:
    """Check that a table over HTTP has the results of the library. Raises Different."""
    import entrepot

    expected = entrepot.quote_table(table)
    if answer.column_names != expected.column_names:
        raise Different("the columns of a table over HTTP")
    for name in expected.column_names:
        if answer[name].to_pylist() != expected[name].to_pylist():
            raise Different(f"the column {name} of a table over HTTP")


def send(server: Server, path: str, body: str | None, key: str) -> bytes:
    """The body of the response to one request."""
    headers = {"Authorization": key, "Content-Type": "application/json"}
    data = None if body is None else body.encode()
    with urlopen(Request(server.url + path, data, headers), timeout=60) as answer:
        return bytes(answer.read())
