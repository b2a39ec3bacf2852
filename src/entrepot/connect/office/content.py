"""What a document contains, read from its state: blocks and runs of a text, rows of a sheet, comments.

What somebody's program put into a document is not trusted: unknown nodes are read through, and depth is bounded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pycrdt import Array, Doc, Map, XmlElement, XmlFragment, XmlText

from entrepot.connect.office.formula_text import with_names

#: The depth of lists and quotes that is read, and the rows and columns of a sheet.
MAX_DEPTH, MAX_ROWS, MAX_COLUMNS = 24, 500, 26


class Run(NamedTuple):
    """Text with the same marks. `text`: a line feed is a line break; `link`: an address, "" for none."""

    text: str
    marks: frozenset[str] = frozenset()
    link: str = ""


class Block(NamedTuple):
    """A block: `paragraph heading bulletList orderedList listItem blockquote codeBlock horizontalRule`.

    `level`: of a heading, or the first number of a list; `runs`: of a block with text; `blocks`: what is in it.
    """

    kind: str
    level: int = 1
    runs: Sequence[Run] = ()
    blocks: Sequence[Block] = ()


class Comment(NamedTuple):
    """A comment: the words that it is about, its text, who wrote it and when."""

    quote: str
    text: str
    author: str
    time: dt.datetime | None
    done: bool


_CONTAINERS = frozenset(("bulletList", "orderedList", "listItem", "blockquote"))
_LEAVES = frozenset(("paragraph", "heading", "codeBlock"))
_LINKS = ("https://", "http://", "mailto:")


def new_sheet(rows: Sequence[str], columns: Sequence[str]) -> bytes:
    """The state of a new sheet with these ids of rows and columns. Made once: a sheet is never put in again."""
    doc: Doc[Any] = Doc()
    doc["rows"], doc["columns"] = Array(list(rows)), Array(list(columns))
    return doc.get_update()


def open_state(state: bytes, updates: Sequence[bytes] = ()) -> Doc[Any]:
    """A document of a state and the updates after it. It belongs to the thread that calls this."""
    doc: Doc[Any] = Doc()
    for each in (state, *updates):
        if each:
            doc.apply_update(each)
    return doc


def read_text(doc: Doc[Any]) -> list[Block]:
    """The blocks of a text."""
    return list(_blocks(doc.get("content", type=XmlFragment), 0))


def read_sheet(doc: Doc[Any]) -> list[list[str]]:
    """The rows of a sheet as they were typed, without empty ones at the end. Formulas: with the names of cells."""
    rows = [str(each) for each in doc.get("rows", type=Array)][:MAX_ROWS]
    columns = [str(each) for each in doc.get("columns", type=Array)][:MAX_COLUMNS]
    cells: Mapping[str, Any] = doc.get("cells", type=Map).to_py() or {}
    at_rows, at_columns = ({each: at for at, each in enumerate(ids)} for ids in (rows, columns))
    found = [
        [with_names(_cell(cells.get(f"{row}.{column}")), at_rows, at_columns) for column in columns] for row in rows
    ]
    while found and not any(found[-1]):
        found.pop()
    return found


def read_comments(doc: Doc[Any]) -> list[Comment]:
    """The comments, the oldest first."""
    return [_comment(each) for each in doc.get("comments", type=Array).to_py() or [] if isinstance(each, dict)]


def _cell(value: object) -> str:
    """A cell as text; whole numbers without the point that JSON in Yjs gives them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:5000] if isinstance(value, (str, int, float)) else ""


def _comment(given: Mapping[str, Any]) -> Comment:
    time = given.get("time")
    try:
        at = dt.datetime.fromtimestamp(float(time) / 1000, dt.UTC) if isinstance(time, (int, float)) else None
    except (OverflowError, OSError, ValueError):
        at = None
    quote, text, author = (str(given.get(name) or "")[:2000] for name in ("quote", "text", "author"))
    return Comment(quote, text, author, at, given.get("done") is True)


def _blocks(node: XmlFragment | XmlElement, depth: int) -> Iterator[Block]:
    for child in node.children:
        if isinstance(child, XmlText):
            runs = list(_runs(child))
            if runs:
                yield Block("paragraph", runs=runs)
        elif depth < MAX_DEPTH:
            yield from _block(child, depth)


def _block(node: XmlElement | XmlFragment, depth: int) -> Iterator[Block]:
    kind = node.tag or "" if isinstance(node, XmlElement) else ""
    if kind in _LEAVES:
        yield Block(kind, _level(node, kind), [run for child in node.children for run in _inline(child)])
    elif kind in _CONTAINERS:
        yield Block(kind, _level(node, kind), blocks=list(_blocks(node, depth + 1)))
    elif kind == "horizontalRule":
        yield Block(kind)
    else:
        yield from _blocks(node, depth + 1)


def _inline(child: object) -> Iterator[Run]:
    if isinstance(child, XmlText):
        yield from _runs(child)
    elif isinstance(child, XmlElement) and child.tag == "hardBreak":
        yield Run("\n")


def _runs(text: XmlText) -> Iterator[Run]:
    for content, attributes in text.diff():
        if isinstance(content, str) and content:
            given = attributes or {}
            link = given.get("link")
            address = str(link.get("href") or "") if isinstance(link, dict) else ""
            marks = frozenset(given) & {"bold", "italic", "strike", "underline", "code"}
            yield Run(content, marks, address if address.startswith(_LINKS) else "")


def _level(node: XmlElement | XmlFragment, kind: str) -> int:
    name = {"heading": "level", "orderedList": "start"}.get(kind)
    if name is None or not isinstance(node, XmlElement):
        return 1
    value = dict(node.attributes).get(name)  # type: ignore[call-overload]  # the library's iterator has a wrong type
    most = 6 if kind == "heading" else 999_999
    return min(max(int(value), 1), most) if isinstance(value, (int, float)) and abs(value) < 1e9 else 1
