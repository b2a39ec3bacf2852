"""equal: what the desk answers is what the library answers, or nothing is timed."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from standing import Standing


class Different(Exception):
    """An answer over HTTP is not that of the library."""


def sales(many: int) -> list[str]:
    """Sales to four places, as JSON: the first is one kilogram of roasted coffee into China."""
    from draws import ROUTES, drawn, same

    from entrepot.app import library

    found = [same(ROUTES[0])]
    each = [drawn(route, library(), many // len(ROUTES)) for route in ROUTES]
    found += [sale for together in zip(*each, strict=True) for sale in together]
    return [json.dumps(sale, separators=(",", ":")) for sale in found]


def quotes(server: Standing, bodies: list[str], key: str) -> str:
    """Every figure of every answer, kept or not, is the library's; and what is kept is found again, byte for byte.

    Gives the id of the first kept quote. Raises Different.
    """
    import entrepot

    first = ""
    for body in bodies:
        expected = json.loads(entrepot.quote(json.loads(body)).to_json())
        passing = json.loads(asked(server, "/v1/quotes?store=false", body, key))
        text = asked(server, "/v1/quotes", body, key)
        kept = json.loads(text)
        if passing != expected or {name: kept[name] for name in expected} != expected:
            raise Different(f"over HTTP {body}")
        if asked(server, f"/v1/quotes/{kept['id']}", None, key) != text:
            raise Different(f"read again {kept['id']}")
        first = first or kept["id"]
    return first


def tables(answer: Any, table: Any) -> None:
    """A table that was answered over HTTP is the one that the library answers. Raises Different."""
    import entrepot

    expected = entrepot.quote_table(table)
    if answer.column_names != expected.column_names:
        raise Different("the columns of a table over HTTP")
    for name in expected.column_names:
        if answer[name].to_pylist() != expected[name].to_pylist():
            raise Different(f"the column {name} of a table over HTTP")


def asked(server: Standing, path: str, body: str | None, key: str) -> bytes:
    """The answer to one request."""
    headers = {"Authorization": key, "Content-Type": "application/json"}
    data = None if body is None else body.encode()
    with urlopen(Request(server.url + path, data, headers), timeout=60) as answer:
        return bytes(answer.read())
