"""Read a message: the bytes of its XML to plain values, by the schema of edition 202205.

Elements are found by their namespace, never by a prefix. An unknown, repeated, missing or misplaced element is an error
with a code, and the bytes stay with whoever gave them: nothing is read in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from entrepot.connect.customs.cn.documents import BaseSubscribe, BaseTransfer, ExtendMessage
from entrepot.connect.customs.cn.faults import PERSONAL, Fault, MessageError
from entrepot.connect.customs.cn.fields import Record, Text, Xml
from entrepot.connect.customs.cn.messages import (
    FIELDS,
    LAYOUTS,
    NAMESPACE,
    SIGNATURE_NAMESPACE,
    Document,
    Field,
    Layout,
    Message,
)
from entrepot.connect.customs.cn.values import reading
from entrepot.connect.customs.cn.xml_tree import MOST_BYTES, XSI, Node, parse, written

_SPACE = " \t\n\r"
#: Attributes that name a schema; they may stand anywhere and change nothing.
SCHEMA_HINTS = frozenset({f"{XSI} schemaLocation", f"{XSI} noNamespaceSchemaLocation"})


def read(content: bytes, *, most_bytes: int = MOST_BYTES) -> Message[Document]:
    """The message of an XML document. A signature is not checked here: `signature.verify` checks it on the bytes.

    The values have the types and lengths of the schema; `checks.check` says whether their forms, codes and sums are
    right.
    """
    root = parse(content, most_bytes=most_bytes)
    if root.namespace != NAMESPACE:
        _fail("wrong_namespace", value=root.namespace, allowed=NAMESPACE)
    layout = LAYOUTS.get(root.name)
    if layout is None:
        _fail("unknown_message", value=root.name, allowed=", ".join(LAYOUTS))
    return _Reading(layout).message(root)


def _fail(code: str, message: str = "", element: str = "", **values: object) -> NoReturn:
    raise MessageError((Fault(code, message, element, values),))


class _Reading:
    """The reading of one message; `layout` says what it contains."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def fail(self, code: str, element: str, **values: object) -> NoReturn:
        _fail(code, self.layout.root, element, **values)

    def message(self, root: Node) -> Message[Document]:
        layout = self.layout
        attributes = self.attributes(root)
        names = (layout.element, "BaseTransfer", "BaseSubscribe", "ExtendMessage", "Signature")
        children = _Children(self, root, layout.root, names if layout.sent else names[:1])
        documents = tuple(
            self.document(node, f"{layout.element}[{place}]")
            for place, node in enumerate(children.take(layout.element, 1, layout.most))
        )
        transfer, extension = None, None
        subscriptions: tuple[Any, ...] = ()
        if layout.sent:
            transfer = self.record(children.one("BaseTransfer"), BaseTransfer, "BaseTransfer")
            subscriptions = tuple(
                self.record(node, BaseSubscribe, f"BaseSubscribe[{place}]")
                for place, node in enumerate(children.take("BaseSubscribe", 0, 5))
            )
            for node in children.take("ExtendMessage", 0, 1):
                extension = self.record(node, ExtendMessage, "ExtendMessage")
            children.take("Signature", 0, 1, SIGNATURE_NAMESPACE)
        children.end()
        return Message(
            guid=attributes["guid"],
            version=attributes["version"],
            documents=documents,
            transfer=transfer,
            subscriptions=subscriptions,
            extension=extension,
        )

    def attributes(self, root: Node) -> dict[str, str]:
        for name in root.attributes:
            if name not in ("guid", "version") and name not in SCHEMA_HINTS:
                self.fail("attribute_unknown", "@", name=name)
        for name, least, most in (("guid", 36, 36), ("version", 1, 10)):
            if name not in root.attributes:
                self.fail("attribute_missing", "@", name=name)
            value = root.attributes[name]
            if len(value) < least:
                self.fail("too_short", f"@{name}", value=value, length=len(value), least=least)
            if len(value) > most:
                self.fail("too_long", f"@{name}", value=value, length=len(value), most=most)
        return root.attributes

    def document(self, node: Node, path: str) -> Any:
        layout = self.layout
        if not layout.nested:
            return self.record(node, layout.record, path)
        self.plain(node, path)
        name = layout.record.__name__
        names = (name, layout.line.__name__) if layout.line else (name,)
        children = _Children(self, node, path, names)
        head = self.record(children.one(name), layout.record, f"{path}/{name}")
        if layout.line is None:
            children.end()
            return layout.document(head)
        name = layout.line.__name__
        lines = tuple(
            self.record(child, layout.line, f"{path}/{name}[{place}]")
            for place, child in enumerate(children.take(name, 1, layout.most_lines))
        )
        children.end()
        return layout.document(head, lines)

    def plain(self, node: Node, path: str) -> None:
        for name in node.attributes:
            if name not in SCHEMA_HINTS:
                self.fail("attribute_unknown", path, name=name)

    def record(self, node: Node, record: type[Record], path: str) -> Any:
        self.plain(node, path)
        children = _Children(self, node, path, record.__struct_fields__)
        values: dict[str, Any] = {}
        for field, required, value_of in _READERS[record]:
            name = field.name
            for child in children.take(name, required, 1):
                values[name] = self.value(child, field, value_of, f"{path}/{name}")
        children.end()
        return record(**values)

    def value(self, node: Node, field: Field, value_of: Callable[[str], Any], path: str) -> Any:
        self.plain(node, path)
        if isinstance(field.kind, Xml):
            return self.own_xml(node, path)
        if node.elements():
            self.fail("element_in_text", path)
        value = value_of(node.text())
        if value.__class__ is tuple:
            code, values = value
            if isinstance(field.kind, Text) and field.kind.personal and "value" in values:
                values["value"] = PERSONAL
            self.fail(code, path, **values)
        return value

    def own_xml(self, node: Node, path: str) -> str:
        children = node.elements()
        if len(children) > 1:
            self.fail("element_unknown", f"{path}/{children[1].name}")
        self.no_text(node, path)
        return written(children[0]) if children else ""

    def no_text(self, node: Node, path: str) -> None:
        if text := node.text().strip(_SPACE):
            self.fail("text_between", path, value=text[:80])


class _Children:
    """The child elements of a node, taken in the order of the schema."""

    def __init__(self, reading: _Reading, node: Node, path: str, names: tuple[str, ...]) -> None:
        reading.no_text(node, path)
        self._reading, self._path, self._names = reading, path, names
        self._nodes = node.elements()
        self._next = 0

    def take(self, name: str, least: int, most: int | None, namespace: str = NAMESPACE) -> list[Node]:
        """The next elements of a name, `least` to `most` of them."""
        start = self._next
        while self._next < len(self._nodes):
            node = self._nodes[self._next]
            if node.name != name or node.namespace != namespace or self._next - start == most:
                break
            self._next += 1
        if self._next - start < least:
            self._missing(name)
        return self._nodes[start : self._next]

    def one(self, name: str) -> Node:
        return self.take(name, 1, 1)[0]

    def _missing(self, name: str) -> NoReturn:
        rest = self._nodes[self._next :]
        if rest and not self._known(rest[0]):
            self._reading.fail("element_unknown", self._path_of(rest[0].name))
        later = any(node.name == name and node.namespace == NAMESPACE for node in rest)
        self._reading.fail("element_order" if later else "element_missing", self._path_of(name))

    def end(self) -> None:
        """Fail where an element is left: it is unknown, repeated or in the wrong place."""
        if self._next < len(self._nodes):
            node = self._nodes[self._next]
            code = "element_order" if self._known(node) else "element_unknown"
            self._reading.fail(code, self._path_of(node.name))

    def _known(self, node: Node) -> bool:
        namespace = SIGNATURE_NAMESPACE if node.name == "Signature" else NAMESPACE
        return node.name in self._names and node.namespace == namespace

    def _path_of(self, name: str) -> str:
        return name if self._path == self._reading.layout.root else f"{self._path}/{name}"


def _readers() -> Iterator[tuple[type[Record], tuple[tuple[Field, int, Callable[[str], Any]], ...]]]:
    for record, fields in FIELDS.items():
        yield (
            record,
            tuple(
                (
                    field,
                    int(field.mandatory and not (isinstance(field.kind, Text) and field.kind.tolerated)),
                    reading(field) if not isinstance(field.kind, Xml) else str,
                )
                for field in fields
            ),
        )


#: For each record class each element, how many it has at least, and the function that reads its text.
_READERS = dict(_readers())
