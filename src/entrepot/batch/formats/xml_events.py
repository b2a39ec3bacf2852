"""parsing: XML as it comes, without a tree of it: whoever reads hears what begins, what ends, and the text between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


#: Bytes of one tag, comment or other token: expat holds all of it until it ends.
TOKEN = 8 << 20


class Broken(Exception):
    """It is not what it has to be."""


def read(blocks: Iterator[bytes], start: Start, end: End | None = None) -> None:
    """Reads all of it. Raises Broken."""
    parser = parser_of(start, end or _nothing, _nothing)
    for block in blocks:
        fed(parser, block)
    fed(parser, b"", last=True)


def _nothing(text: str) -> None:
    """What is not of interest."""


def parser_of(start: Start, end: End, text: Text) -> Fed:
    """What reads it. Names come without their prefixes."""
    parser = expat.ParserCreate()
    known: dict[str, str] = {}

    def plain(tag: str) -> str:
        if len(known) > 1_000:
            known.clear()
        return known.setdefault(tag, tag.rpartition(":")[2])

    def no_types(*_: Any) -> None:
        raise Broken  # a workbook declares no entities

    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, about: start(known.get(tag) or plain(tag), about)
    parser.EndElementHandler = lambda tag: end(known.get(tag) or plain(tag))
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = no_types
    return Fed(parser)


class Fed:
    """A parser, and how many bytes it was given."""

    def __init__(self, parser: Any) -> None:
        self.parser, self.count = parser, 0


def fed(parser: Fed, block: bytes, *, last: bool = False) -> None:
    """Reads on. Raises Broken."""
    try:
        parser.parser.Parse(block, last)
    except expat.ExpatError:
        raise Broken from None
    parser.count += len(block)
    if parser.count - parser.parser.CurrentByteIndex > TOKEN:
        raise Broken  # expat still waits for the end of a token
