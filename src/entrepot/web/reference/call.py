"""A request to an operation, as a form or an example gives it: its address, its headers and its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from entrepot.web.reference.document import Operation


class Call(NamedTuple):
    """A request. `values`: by the names of the parameters; those of a family as lines `NAME=VALUE`."""

    operation: Operation
    values: Mapping[str, str]
    body: str

    def path(self) -> str:
        """The path, with the values of its parameters as they are.

        A value that is not given, or that has a slash, makes a path that no operation has.
        """
        path = self.operation.path
        for each in self._of("path"):
            path = path.replace(f"{{{each}}}", self.values.get(each, ""))
        return path

    def query(self) -> dict[str, str]:
        """The query parameters that have a value."""
        found: dict[str, str] = {}
        for each in self.operation.parameters:
            text = self.values.get(each.name, "")
            if each.place != "query" or not text:
                continue
            if each.family:
                for line in filter(None, map(str.strip, text.splitlines())):
                    name, _, value = line.partition("=")
                    found[f"{each.name}.{name.strip()}"] = value.strip()
            else:
                found[each.name] = text
        return found

    def address(self) -> str:
        """The path and the query, as they are written in a URL."""
        path = self.operation.path
        for each in self._of("path"):
            path = path.replace(f"{{{each}}}", quote(self.values.get(each, ""), safe=""))
        query = self.query()
        return f"{path}?{urlencode(query, safe=',', quote_via=quote)}" if query else path

    def headers(self) -> dict[str, str]:
        """The headers, without that of the API key."""
        kind = {"Content-Type": self.operation.media} if self.operation.media else {}
        return kind | {each: value for each in self._of("header") if (value := self.values.get(each, ""))}

    def _of(self, place: str) -> list[str]:
        return [each.name for each in self.operation.parameters if each.place == place]
