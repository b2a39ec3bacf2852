"""parsing: XML as it comes, without a tree of it: whoever reads hears what begins, what ends, and the text between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


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


def parser_of(start: Start, end: End, text: Text) -> Any:
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
    return parser


def fed(parser: Any, block: bytes, *, last: bool = False) -> None:
    """Reads on. Raises Broken."""
    try:
        parser.Parse(block, last)
    except expat.ExpatError:
        raise Broken from None
