"""Formulas of a sheet as texts: read, and written for other programs, made anew from what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

#: Characters of a formula, and its depth.
MAX_LENGTH, MAX_DEPTH = 1000, 32
FUNCTIONS: Final = ("SUM", "AVERAGE", "MIN", "MAX", "COUNT", "IF")
_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?|\.[0-9]{1,15})|(?P<text>"(?:[^"]|"")*")|(?P<gone>\#REF!)'
    r"|(?P<ref>\$?[A-Za-z]\$?[1-9][0-9]{0,3})(?![A-Za-z0-9_(])|(?P<name>[A-Za-z]+)|(?P<op><=|>=|<>|[-+*/%(),;:=<>]))"
)


class Wrong(NamedTuple):
    """A value that cannot be calculated, as a spreadsheet writes it."""

    code: str

    def __str__(self) -> str:
        return self.code


DIVISION, VALUE, REFERENCE, NUMBER = (Wrong(f"#{each}!") for each in ("DIV/0", "VALUE", "REF", "NUM"))
CIRCLE, LIMIT = Wrong("#CYCLE!"), Wrong("#LIMIT!")
#: None: an empty cell.
Value: TypeAlias = "float | str | bool | Wrong | None"
#: A part of a formula: its kind, and what it has.
Node: TypeAlias = tuple[Any, ...]
Place: TypeAlias = tuple[int, int]


def shown(value: Value) -> str:
    """A value as text, with twelve digits at most.

    >>> shown(0.1 + 0.2), shown(1e21), shown(True), shown(-2.0)
    ('0.3', '1e+21', 'TRUE', '-2')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if value == 0:
        return "0"
    mantissa, _, power = f"{abs(value):.11e}".partition("e")
    digits, exponent = mantissa.replace(".", "").rstrip("0"), int(power)
    sign = "-" if value < 0 else ""
    if exponent >= 15 or exponent < -7:
        return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{exponent:+d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, part = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{sign}{whole}{'.' + part if part else ''}"


def exact(value: float) -> str:
    """A number with all its digits, as other programs read it.

    >>> exact(6.0), exact(1 / 3), exact(1e23)
    ('6', '0.3333333333333333', '1e+23')
    """
    return repr(value).removesuffix(".0")


def parse(text: str) -> Node | None:
    """A formula without its sign; None for what is none."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        reader = _Reader(list(_tokens(text)))
        node = reader.comparison(0)
        return node if reader.at == len(reader.tokens) else None
    except _NotRead:
        return None


class _NotRead(Exception):
    """A text is no formula."""


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip(" \t\r\n"))
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _NotRead
        yield found.lastgroup, found.group(found.lastgroup)
        at = found.end()


class _Reader:
    """Reads tokens from left to right. `at`: the next one."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def _peek(self, *wanted: str) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text if kind == "op" and text in wanted else ""

    def _take(self, *wanted: str) -> str:
        found = self._peek(*wanted)
        self.at += bool(found)
        return found

    def _binary(self, depth: int, wanted: tuple[str, ...], below: Any) -> Node:
        node: Node = below(depth)
        for count in range(MAX_LENGTH):
            sign = self._take(*wanted)
            if not sign:
                return node
            if count >= MAX_DEPTH * 4:
                break
            node = ("two", sign, node, below(depth))
        raise _NotRead

    def comparison(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _NotRead
        return self._binary(depth, ("=", "<>", "<", ">", "<=", ">="), self._sum)

    def _sum(self, depth: int) -> Node:
        return self._binary(depth, ("+", "-"), self._product)

    def _product(self, depth: int) -> Node:
        return self._binary(depth, ("*", "/"), self._signed)

    def _signed(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _NotRead
        if sign := self._take("-", "+"):
            return ("one", sign, self._signed(depth + 1))
        node = self._primary(depth)
        for _ in range(MAX_DEPTH):
            if not self._take("%"):
                return node
            node = ("percent", node)
        raise _NotRead

    def _primary(self, depth: int) -> Node:
        if self._take("("):
            node = self.comparison(depth + 1)
            if not self._take(")"):
                raise _NotRead
            return ("group", node)
        if self.at >= len(self.tokens):
            raise _NotRead
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return ("value", float(text))
        if kind == "text":
            return ("value", text[1:-1].replace('""', '"'))
        if kind == "gone":
            return ("value", REFERENCE)
        if kind == "ref":
            return self._reference(text)
        if kind == "name" and text.upper() in ("TRUE", "FALSE"):
            return ("value", text.upper() == "TRUE")
        if kind == "name" and text.upper() in FUNCTIONS and self._take("("):
            return self._call(text.upper(), depth)
        raise _NotRead

    def _reference(self, text: str) -> Node:
        first = _place(text)
        if not self._take(":"):
            return ("cell", *first)
        kind, other = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "gone":
            return ("value", REFERENCE)
        if kind != "ref":
            raise _NotRead
        last = _place(other)
        (top, bottom), (left, right) = sorted((first[0], last[0])), sorted((first[1], last[1]))
        return ("range", top, left, bottom, right)

    def _call(self, name: str, depth: int) -> Node:
        parts = []
        while True:
            parts.append(self.comparison(depth + 1))
            if self._take(")"):
                break
            if not self._take(",", ";"):
                raise _NotRead
        if name == "IF" and len(parts) not in (2, 3):
            raise _NotRead
        return ("call", name, tuple(parts))


def _place(text: str) -> Place:
    """The row and the column of a reference, from 0."""
    plain = text.replace("$", "").upper()
    return int(plain[1:]) - 1, ord(plain[0]) - 65


#: A reference as it is stored, by the ids of a row and a column; texts in a formula have none.
_STORED = re.compile(r'"(?:[^"]|"")*"|\[([\w-]{1,40})\.([\w-]{1,40})\]', re.ASCII)


def with_names(text: str, rows: Mapping[str, int], columns: Mapping[str, int]) -> str:
    """A formula as it is stored, with the names that its cells have now. `rows`, `columns`: the places of the ids.

    >>> with_names('=SUM([r1.c1]:[r2.c1])&"[r1.c1]"+[gone.c1]', {"r1": 0, "r2": 1}, {"c1": 0})
    '=SUM(A1:A2)&"[r1.c1]"+#REF!'
    """

    def name(found: re.Match[str]) -> str:
        row, column = found.groups()
        if row is None:
            return found.group()
        return name_of(rows[row], columns[column]) if row in rows and column in columns else "#REF!"

    return _STORED.sub(name, text) if text.startswith("=") else text


def name_of(row: int, column: int) -> str:
    """The name of a cell.

    >>> name_of(0, 0), name_of(11, 25)
    ('A1', 'Z12')
    """
    return f"{chr(65 + column)}{row + 1}"


def written(node: Node) -> str:
    """A formula as text, made anew from what was read: nothing else of the cell reaches a reader's program."""
    kind = node[0]
    if kind == "value":
        if isinstance(node[1], str):
            return '"' + re.sub(r"[\x00-\x1f]", " ", node[1]).replace('"', '""') + '"'
        # A number as it was typed: `shown` has twelve digits of it.
        return exact(node[1]) if isinstance(node[1], float) else shown(node[1])
    if kind == "cell":
        return name_of(node[1], node[2])
    if kind == "range":
        return f"{name_of(node[1], node[2])}:{name_of(node[3], node[4])}"
    if kind == "group":
        return f"({written(node[1])})"
    if kind == "one":
        return f"{node[1]}{written(node[2])}"
    if kind == "percent":
        return f"{written(node[1])}%"
    if kind == "two":
        return f"{written(node[2])}{node[1]}{written(node[3])}"
    return f"{node[1]}({','.join(map(written, node[2]))})"
