"""A text or a sheet as HTML: for the page without scripts, and for LibreOffice."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrepot.connect.office.content import Block, Run

_TAGS = {"blockquote": "blockquote", "bulletList": "ul", "listItem": "li", "paragraph": "p"}
_MARKS = (("code", "code"), ("italic", "em"), ("bold", "strong"), ("underline", "u"), ("strike", "s"))


def to_html(blocks: Sequence[Block]) -> str:
    """The blocks of a text; headings begin at h2, below the title of the page.

    >>> from entrepot.connect.office.content import Block, Run
    >>> to_html([Block("heading", 1, [Run("<A>")]), Block("bulletList", blocks=[Block("listItem")])])
    '<h2>&lt;A&gt;</h2><ul><li></li></ul>'
    """
    return "".join(map(_block, blocks))


def table_to_html(rows: Sequence[Sequence[str]]) -> str:
    """The rows of a sheet."""
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def whole_page(title: str, language: str, body: str) -> str:
    """A page of its own."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    whole = f"<head>{head}</head><body><h1>{escape(title)}</h1>{body}</body>"
    return f'<!doctype html>\n<html lang="{escape(language)}">{whole}</html>\n'


def _block(block: Block) -> str:
    kind = block.kind
    if kind == "heading":
        level = min(block.level + 1, 6)
        return f"<h{level}>{_inline(block.runs)}</h{level}>"
    if kind == "codeBlock":
        return f"<pre><code>{escape(''.join(each.text for each in block.runs))}</code></pre>"
    if kind == "horizontalRule":
        return "<hr>"
    inner = _inline(block.runs) + to_html(block.blocks)
    if kind == "orderedList":
        start = f' start="{block.level}"' if block.level != 1 else ""
        return f"<ol{start}>{inner}</ol>"
    tag = _TAGS.get(kind, "p")
    return f"<{tag}>{inner}</{tag}>"


def _inline(runs: Sequence[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    if run.text == "\n":
        return "<br>"
    text = escape(run.text)
    for mark, tag in _MARKS:
        if mark in run.marks:
            text = f"<{tag}>{text}</{tag}>"
    return f'<a href="{escape(run.link)}" rel="noopener noreferrer nofollow">{text}</a>' if run.link else text
