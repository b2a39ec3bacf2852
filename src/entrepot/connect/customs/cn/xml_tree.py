"""Read untrusted XML into a small tree: bounded in bytes and depth, no document type, no entities of its own.

The parser of the standard library (expat) reports each element with its namespace, whatever its prefix is. A document
type declaration ends the reading before anything in it is read, so there are no external entities and no expansion.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from entrepot.connect.customs.cn.faults import Fault, MessageError

#: The bytes that are read at most: a hundred lists of 99 lines have some 20 MB.
MOST_BYTES = 32 * 1024 * 1024
MOST_DEPTH = 40
#: The elements that are read at most: twice those of a hundred lists of 99 lines. A small message can have many.
MOST_ELEMENTS = 500_000
XSI = "http://www.w3.org/2001/XMLSchema-instance"


class Node:
    """An element: its namespace and name, attributes, and its children and texts in order."""

    __slots__ = ("attributes", "children", "name", "namespace")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        self.namespace, self.name, self.attributes = namespace, name, attributes
        self.children: list[Node | str] = []

    def elements(self) -> list[Node]:
        """The child elements."""
        return [child for child in self.children if child.__class__ is Node]

    def text(self) -> str:
        """The text of an element without child elements."""
        return "".join(child for child in self.children if child.__class__ is str)


class _Bounds:
    """Counts elements and their depth, and keeps nothing."""

    def __init__(self, most_depth: int) -> None:
        self._most_depth, self._depth, self._count = most_depth, 0, 0

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002  # the parser calls it
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise MessageError((Fault("too_many_elements", values={"most": MOST_ELEMENTS}),))
        if self._depth == self._most_depth:
            raise MessageError((Fault("too_deep", values={"most": self._most_depth}),))
        self._depth += 1

    def end(self, _name: str) -> None:
        self._depth -= 1


class _Builder(_Bounds):
    """Builds the tree."""

    def __init__(self, most_depth: int) -> None:
        super().__init__(most_depth)
        self.top = Node("", "", {})
        self._open = [self.top]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        namespace, _, local = name.rpartition(" ")
        node = Node(namespace, local, attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, name: str) -> None:
        super().end(name)
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].children.append(data)


def _refuse_doctype(*_: object) -> None:
    raise MessageError((Fault("doctype"),))


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    # Another parser would read other characters, so that what is verified would not be what is read.
    if encoding is not None and encoding.upper() != "UTF-8":
        raise MessageError((Fault("not_utf8", values={"reason": f"it declares {encoding}"}),))


def parse(content: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> Node:
    """The root element of a document.

    >>> parse(b"<a xmlns='urn:x'>1<b/></a>").children[0]
    '1'
    >>> parse(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.connect.customs.cn.faults.MessageError: The message has a document type declaration. ...
    """
    builder = _Builder(most_depth)
    _parse(content, builder, most_bytes, builder.text)
    return builder.top.elements()[0]


def check_bounds(content: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> None:
    """Raise MessageError where `parse` would; no tree is built, so this is quicker."""
    _parse(content, _Bounds(most_depth), most_bytes, None)


def _parse(content: bytes, bounds: _Bounds, most_bytes: int, text: Callable[[str], None] | None) -> None:
    if len(content) > most_bytes:
        raise MessageError((Fault("too_large", values={"size": len(content), "most": most_bytes}),))
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MessageError((Fault("not_utf8", values={"reason": str(error)}),)) from None
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = bounds.start
    parser.EndElementHandler = bounds.end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_declaration
    try:
        parser.Parse(decoded.encode(), True)
    except expat.ExpatError as error:
        raise MessageError((Fault("not_xml", values={"reason": str(error)}),)) from None


def written(node: Node) -> str:
    """An element as XML that needs no namespace from outside, always in the same form.

    >>> written(parse(b"<x:a xmlns:x='urn:x' b='1'><x:c>2 &lt; 3</x:c></x:a>"))
    '<a xmlns="urn:x" b="1"><c xmlns="urn:x">2 &lt; 3</c></a>'
    """
    attributes = f" xmlns={quoteattr(node.namespace)}"
    for number, (name, value) in enumerate(sorted(node.attributes.items())):
        namespace, _, local = name.rpartition(" ")
        if namespace == "http://www.w3.org/XML/1998/namespace":
            attributes += f" xml:{local}={quoted(value)}"
        elif namespace:
            attributes += f" xmlns:n{number}={quoteattr(namespace)} n{number}:{local}={quoted(value)}"
        else:
            attributes += f" {local}={quoted(value)}"
    inner = "".join(escaped(child) if isinstance(child, str) else written(child) for child in node.children)
    return f"<{node.name}{attributes}>{inner}</{node.name}>"


def escaped(text: str) -> str:
    """A text as XML; a carriage return would be read as a line feed."""
    return escape(text, {"\r": "&#13;"})


def quoted(value: str) -> str:
    """A value of an attribute as XML, in quotes."""
    return quoteattr(value, {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
