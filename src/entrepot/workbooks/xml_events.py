"""Read XML as events, without building a tree: handlers get the start and end of elements, and the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


#: Bytes of one tag, comment or other token: expat keeps all of it in memory until it ends.
MAX_TOKEN = 8 << 20


class InvalidXml(Exception):
    """The XML is malformed or contains something that is not allowed."""


def parse(blocks: Iterator[bytes], start: Start, end: End | None = None) -> None:
    """Parse all blocks. Raises InvalidXml."""
    parser = create_parser(start, end or _ignore, _ignore)
    for block in blocks:
        feed(parser, block)
    feed(parser, b"", last=True)


def _ignore(text: str) -> None:
    """Do nothing."""


def create_parser(start: Start, end: End, text: Text) -> XmlParser:
    """A parser with these handlers. Element names come without their prefixes."""
    parser = expat.ParserCreate()
    local_names: dict[str, str] = {}

    def local_name(tag: str) -> str:
        if len(local_names) > 1_000:
            local_names.clear()
        return local_names.setdefault(tag, tag.rpartition(":")[2])

    def no_types(*_: Any) -> None:
        raise InvalidXml  # a workbook needs no document type

    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(local_names.get(tag) or local_name(tag), attributes)
    parser.EndElementHandler = lambda tag: end(local_names.get(tag) or local_name(tag))
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = no_types
    return XmlParser(parser)


class XmlParser:
    """A parser, and the number of bytes it was given."""

    def __init__(self, parser: Any) -> None:
        self.parser, self.count = parser, 0


def feed(parser: XmlParser, block: bytes, *, last: bool = False) -> None:
    """Parse a block. Raises InvalidXml."""
    try:
        parser.parser.Parse(block, last)
    except expat.ExpatError:
        raise InvalidXml from None
    parser.count += len(block)
    if parser.count - parser.parser.CurrentByteIndex > MAX_TOKEN:
        raise InvalidXml  # expat waits for the end of a token that is too long
