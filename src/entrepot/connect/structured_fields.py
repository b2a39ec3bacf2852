"""Structured fields of HTTP (RFC 9651): dictionaries, inner lists and parameters, as signatures use them.

    read_dictionary('sig1=("@method" "@path");created=1618884473;keyid="k"')

Bare items are integers, strings, tokens, bytes and booleans. Decimals, dates and display strings are no part of
signatures; they are refused, not ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import NamedTuple

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_INTEGER = re.compile(r"-?\d{1,15}(?![\d.])")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]*")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPED = re.compile(r"\\(.)")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_BOOLEAN = re.compile(r"\?([01])")
#: Characters of a field that are read; a header is rarely longer.
MAX_FIELD = 16_384


class FieldFault(ValueError):
    """A header is not the structured field that it should be. The text says what is wrong."""


class Token(str):
    """A token: a word without quotation marks."""

    __slots__ = ()


Bare = int | str | Token | bytes | bool
Parameters = Mapping[str, Bare]


class Item(NamedTuple):
    """A bare item with its parameters."""

    value: Bare
    parameters: Parameters


class InnerList(NamedTuple):
    """Items in parentheses, with the parameters of the list."""

    items: tuple[Item, ...]
    parameters: Parameters


class _Reader:
    """Reads one field from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def skip(self, characters: str) -> None:
        """Skip white space."""
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def takes(self, character: str) -> bool:
        """Whether the next character is this one; then it is read."""
        found = self.text.startswith(character, self.at)
        self.at += len(character) if found else 0
        return found

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What a pattern finds here; then it is read."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def key(self) -> str:
        """A key of a dictionary or of parameters."""
        found = self.match(_KEY)
        if found is None:
            raise self.fault("a key in small letters")
        return found[0]

    def bare(self) -> Bare:
        """A bare item."""
        if (found := self.match(_STRING)) is not None:
            text = found[1]
            return _ESCAPED.sub(r"\1", text) if "\\" in text else text
        if (found := self.match(_BYTES)) is not None:
            try:
                return base64.b64decode(found[1], validate=True)
            except binascii.Error:
                raise self.fault("bytes in base64 between colons") from None
        if (found := self.match(_INTEGER)) is not None:
            return int(found[0])
        if (found := self.match(_BOOLEAN)) is not None:
            return found[1] == "1"
        if (found := self.match(_TOKEN)) is not None:
            return Token(found[0])
        raise self.fault("a string, an integer, a token, bytes or a boolean")

    def parameters(self) -> Parameters:
        """Parameters, perhaps none."""
        found: dict[str, Bare] = {}
        if not self.text.startswith(";", self.at):  # most items have none
            return found
        while self.takes(";"):
            self.skip(" ")
            name = self.key()
            found.pop(name, None)  # the last one counts, and its place is that of the last one
            found[name] = self.bare() if self.takes("=") else True
        return found

    def member(self) -> Item | InnerList:
        """An item or an inner list."""
        if not self.takes("("):
            return Item(self.bare(), self.parameters())
        items: list[Item] = []
        while True:
            self.skip(" ")
            if self.takes(")"):
                return InnerList(tuple(items), self.parameters())
            items.append(Item(self.bare(), self.parameters()))
            if self.at < len(self.text) and self.text[self.at] not in " )":
                raise self.fault("a space or a closing parenthesis")

    def fault(self, expected: str) -> FieldFault:
        """The error here."""
        return FieldFault(f"Character {self.at + 1} is not {expected}.")


def read_dictionary(text: str) -> dict[str, Item | InnerList]:
    """A dictionary. Raises FieldFault.

    >>> read_dictionary('profile="https://a.example/ucp";v=2, ok')["profile"].value
    'https://a.example/ucp'
    """
    if len(text) > MAX_FIELD:
        raise FieldFault(f"It has more than {MAX_FIELD} characters.")
    reader, found = _Reader(text.strip(" ")), dict[str, Item | InnerList]()
    while reader.at < len(reader.text):
        name = reader.key()
        found.pop(name, None)
        found[name] = reader.member() if reader.takes("=") else Item(True, reader.parameters())
        reader.skip(" \t")
        if reader.at == len(reader.text):
            break
        if not reader.takes(","):
            raise reader.fault("a comma")
        reader.skip(" \t")
        if reader.at == len(reader.text):
            raise reader.fault("a key after the comma")
    return found


def write_bare(value: Bare) -> str:
    """A bare item as text. Raises FieldFault for a string that cannot be one.

    >>> write_bare(b"a"), write_bare("a b"), write_bare(True), write_bare(-5)
    (':YQ==:', '"a b"', '?1', '-5')
    """
    if type(value) is str:  # no token; names of components are the most
        return _write_string(value)
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    if isinstance(value, Token):
        return str(value)
    return _write_string(value)


def _write_string(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise FieldFault("A string of a structured field has printable ASCII characters only.")
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def write_parameters(parameters: Parameters) -> str:
    """Parameters as text."""
    if not parameters:
        return ""
    return "".join(
        f";{name}" if value is True else f";{name}={write_bare(value)}" for name, value in parameters.items()
    )


def write_member(member: Item | InnerList) -> str:
    """An item or an inner list as text.

    >>> write_member(InnerList((Item("@method", {}), Item("x", {"key": "a"})), {"created": 1}))
    '("@method" "x";key="a");created=1'
    """
    if isinstance(member, Item):
        return write_bare(member.value) + write_parameters(member.parameters)
    inner = " ".join(write_bare(each.value) + write_parameters(each.parameters) for each in member.items)
    return f"({inner}){write_parameters(member.parameters)}"
