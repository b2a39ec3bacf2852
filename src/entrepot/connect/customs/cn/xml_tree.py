"""Read untrusted XML into a small tree: bounded in bytes and depth, no document type, no entities of its own.

The parser of the standard library (expat) reports each element with its namespace, whatever its prefix is. A document
type declaration ends the reading before anything in it is read, so there are no external entities and no expansion.
"""

from __future__ import annotations

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


class _Builder:
    def __init__(self, most_depth: int) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._most_depth = most_depth
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise MessageError((Fault("too_many_elements", values={"most": MOST_ELEMENTS}),))
        if len(self._open) == self._most_depth:
            raise MessageError((Fault("too_deep", values={"most": self._most_depth}),))
        namespace, _, local = name.rpartition(" ")
        node = Node(namespace, local, attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].children.append(data)


def _refuse_doctype(*_: object) -> None:
    raise MessageError((Fault("doctype"),))


def parse(content: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> Node:
    """The root element of a document.

    >>> parse(b"<a xmlns='urn:x'>1<b/></a>").children[0]
    '1'
    >>> parse(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.connect.customs.cn.faults.MessageError: The message has a document type declaration. ...
    """
    if len(content) > most_bytes:
        raise MessageError((Fault("too_large", values={"size": len(content), "most": most_bytes}),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MessageError((Fault("not_utf8", values={"reason": str(error)}),)) from None
    # The encoding is given: a declaration of another one must not make the parser read other characters.
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    builder = _Builder(most_depth)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise MessageError((Fault("not_xml", values={"reason": str(error)}),)) from None
    assert builder.root is not None  # noqa: S101  # expat refuses a document without a root element
    return builder.root


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
