"""Write a message: plain values to the bytes of its XML.

The bytes are in the canonical form of XML (no empty-element tags, no spaces between elements), so that the digest of a
signature is a digest of what is sent. Elements have the prefix `ceb`, as in the samples of the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from entrepot.connect.customs.cn.checks import check
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.fields import Number, Record, Text, Whole
from entrepot.connect.customs.cn.messages import FIELDS, LAYOUT_OF, NAMESPACE, Document, Layout, Message
from entrepot.connect.customs.cn.xml_tree import parse, written

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(message: Message[Document]) -> bytes:
    """The XML of a message, without a signature.

    Every length, form and code is checked first: a message with a fault is not written, and the `MessageError` has
    every fault with the message, the element, the value and what is allowed.
    """
    if faults := check(message):
        raise MessageError(faults)
    layout = LAYOUT_OF[type(message.documents[0])]
    attributes = f'xmlns:ceb="{NAMESPACE}" guid="{message.guid}" version="{_attribute(message.version)}"'
    parts = [f"{DECLARATION}<ceb:{layout.root} {attributes}>"]
    add = parts.append
    for document in message.documents:
        _document(document, layout, add)
    if message.transfer is not None:
        _record(message.transfer, add)
    for subscription in message.subscriptions:
        _record(subscription, add)
    if message.extension is not None:
        _record(message.extension, add)
    add(f"</ceb:{layout.root}>")
    return "".join(parts).encode()


def _document(document: Any, layout: Layout, add: Callable[[str], None]) -> None:
    if not layout.nested:
        _record(document, add)
        return
    add(f"<ceb:{layout.element}>")
    _record(document.head, add)
    if layout.line is not None:
        for line in document.lines:
            _record(line, add)
    add(f"</ceb:{layout.element}>")


def _record(record: Record, add: Callable[[str], None]) -> None:
    name = type(record).__name__
    add(f"<ceb:{name}>")
    for field, opening, closing, text in _ELEMENTS[type(record)]:
        value = getattr(record, field)
        if value is not None:
            add(opening)
            add(text(value))
            add(closing)
    add(f"</ceb:{name}>")


def _escaped(text: str) -> str:
    # The characters that stand for markup; a carriage return would be read as a line feed.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def number_text(value: Decimal) -> str:
    """A decimal number without an exponent, and without zeros that the schema has no place for.

    >>> number_text(Decimal("1E+3")), number_text(Decimal("12.50")), number_text(Decimal("0.1000000"))
    ('1000', '12.50', '0.10000')
    """
    text = format(value, "f")
    places = -value.as_tuple().exponent  # type: ignore[operator]  # the number is finite
    return text[: 5 - places] if places > 5 else text


def _own_xml(text: str) -> str:
    return written(parse(text.encode())) if text else ""


_TEXTS: dict[type, Callable[[Any], str]] = {Text: _escaped, Number: number_text, Whole: str}
#: For each record class the name, the tags and the function that makes the text of each element.
_ELEMENTS: dict[type[Record], tuple[tuple[str, str, str, Callable[[Any], str]], ...]] = {
    record: tuple(
        (field.name, f"<ceb:{field.name}>", f"</ceb:{field.name}>", _TEXTS.get(type(field.kind), _own_xml))
        for field in fields
    )
    for record, fields in FIELDS.items()
}
