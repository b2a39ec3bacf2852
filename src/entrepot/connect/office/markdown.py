"""A text as Markdown (CommonMark, with ~~strike~~)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrepot.connect.office.content import Block, Comment, Run

_SPECIAL = re.compile(r"([\\`*_\[\]<>~#|!])")
#: What would begin a list or a heading at the start of a line.
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)", re.MULTILINE)
_MARKS = (("strike", "~~"), ("italic", "*"), ("bold", "**"))


def to_markdown(blocks: Sequence[Block], comments: Sequence[Comment] = ()) -> str:
    r"""The text, and its comments at the end.

    >>> from entrepot.connect.office.content import Block, Run
    >>> to_markdown([Block("heading", 2, [Run("A*")]), Block("paragraph", 1, [Run("b", frozenset({"bold"}))])])
    '## A\\*\n\n**b**\n'
    """
    parts = [_block(each) for each in blocks]
    parts += [_comment(each) for each in comments]
    text = "\n\n".join(part for part in parts if part.strip())
    return f"{text}\n" if text else ""


def _block(block: Block) -> str:
    kind = block.kind
    if kind == "heading":
        return f"{'#' * block.level} {_inline(block.runs)}"
    if kind == "codeBlock":
        code = "".join(each.text for each in block.runs)
        fence = "`" * max(3, *(len(found) + 1 for found in re.findall(r"`+", code) or [""]))
        return f"{fence}\n{code}\n{fence}"
    if kind == "horizontalRule":
        return "---"
    if kind == "blockquote":
        return _prefixed("\n\n".join(map(_block, block.blocks)), "> ", "> ")
    if kind in ("bulletList", "orderedList"):
        return "\n".join(_item(block, index, item) for index, item in enumerate(block.blocks))
    if kind == "listItem":
        return "\n\n".join(map(_block, block.blocks))
    return _inline(block.runs)


def _item(of: Block, index: int, item: Block) -> str:
    sign = "- " if of.kind == "bulletList" else f"{of.level + index}. "
    return _prefixed(_block(item), sign, " " * len(sign))


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        (first if not index else others) + line if line else first.rstrip() if not index else others.rstrip()
        for index, line in enumerate(lines)
    )


def _inline(runs: Sequence[Run]) -> str:
    return _LINE_START.sub(r"\1\\\2", "".join(map(_run, runs)))


def _run(run: Run) -> str:
    if run.text == "\n":
        return "\\\n"
    if "code" in run.marks:
        fence = "`" * (1 + max((len(found) for found in re.findall(r"`+", run.text)), default=0))
        space = " " if run.text.startswith("`") or run.text.endswith("`") else ""
        return f"{fence}{space}{run.text}{space}{fence}"
    inner = run.text.strip()
    if not inner:
        return run.text
    begin, end = run.text[: run.text.index(inner)], run.text[run.text.index(inner) + len(inner) :]
    text = _SPECIAL.sub(r"\\\1", inner)
    for mark, sign in _MARKS:
        if mark in run.marks:
            text = f"{sign}{text}{sign}"
    if run.link:
        text = f"[{text}](<{run.link.replace('<', '%3C').replace('>', '%3E')}>)"
    return begin + text + end


def _comment(comment: Comment) -> str:
    time = comment.time.strftime("%Y-%m-%d %H:%M UTC") if comment.time else ""
    head = _SPECIAL.sub(r"\\\1", " · ".join(filter(None, (comment.author, time, comment.quote))))
    return _prefixed(f"{head}\n\n" + _SPECIAL.sub(r"\\\1", comment.text), "> ", "> ")
