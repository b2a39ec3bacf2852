"""Refuse query parameters that an operation does not declare, and parameters that are given twice.

What an operation declares is read from its OpenAPI document, so the document and the check cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, QueryDict

from entrepot.model.errors import in_quotes, meant
from entrepot.web.http.errors import Refused


class QueryParameters(NamedTuple):
    """The query parameters of an operation: `names`, and in `families` those that are written `map.NAME=…`."""

    names: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether a parameter of this name is declared.

        >>> declared = QueryParameters(("on",), ("map",))
        >>> [declared.has(name) for name in ("on", "map.code", "map.", "map", "date")]
        [True, True, False, False, False]
        """
        family, _, rest = name.partition(".")
        return name in self.names or (rest != "" and family in self.families)

    def hint(self) -> str:
        """The declared parameters, for a message."""
        known = [*self.names, *(f"{family}.NAME" for family in self.families)]
        return f" Known parameters: {', '.join(known)}." if known else " This operation has no query parameters."


#: By the route as Django writes it, `v1/quotes/<number>`, and the method.
Operations = Mapping[tuple[str, str], QueryParameters]


def read_operations(schema: Mapping[str, Any]) -> Operations:
    """The query parameters of all operations of an OpenAPI document.

    >>> schema = {"paths": {"/v1/law/{code}": {"get": {"parameters": [{"in": "query", "name": "on", "schema": {}}]}}}}
    >>> read_operations(schema)
    {('v1/law/<code>', 'GET'): QueryParameters(names=('on',), families=())}
    """
    found = {}
    for path, methods in schema["paths"].items():
        route = re.sub(r"\{(\w+)\}", r"<\1>", path).lstrip("/")
        for method, operation in methods.items():
            in_query = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
            families = [each["name"] for each in in_query if each["schema"].get("type") == "object"]
            names = [each["name"] for each in in_query if each["name"] not in families]
            found[route, method.upper()] = QueryParameters(tuple(names), tuple(families))
    return found


#: A query that is no longer than so many characters is read once for all requests that have it.
MAX_REMEMBERED = 128


def remember_query(request: HttpRequest) -> None:
    """Give a request its query parameters from those of an earlier request with the same query."""
    query = request.META["QUERY_STRING"]
    if len(query) <= MAX_REMEMBERED:
        request.GET = _read_query(query)  # type: ignore[assignment]  # nobody can change it, as Django's own


@lru_cache(maxsize=512)
def _read_query(query: str) -> QueryDict:
    """The parameters, which nobody can change. Raises TooManyFieldsSent."""
    return QueryDict(query.encode("iso-8859-1"))


def check_query(request: HttpRequest, declared: QueryParameters) -> None:
    """Raises Refused (422) for a query parameter that is not declared, or that is given twice."""
    try:
        remember_query(request)
        given = request.GET
    except TooManyFieldsSent:
        raise _refusal("invalid", "The address has too many query parameters.", None) from None
    for name, values in given.lists():
        if not declared.has(name):
            hint = meant(name[:40], declared.names) or declared.hint()
            raise _refusal("unknown_field", f"Unknown parameter {in_quotes(name[:40])}.{hint}", name)
        if len(values) > 1:
            message = f"The parameter {in_quotes(name[:40])} is given {len(values)} times. Give it once."
            raise _refusal("duplicate_field", message, name)


def _refusal(code: str, message: str, name: str | None) -> Refused:
    return Refused(422, "invalid_request_error", code, message, name[:100] if name else None)
