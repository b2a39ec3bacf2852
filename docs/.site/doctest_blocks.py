"""Griffe extension: show the examples of a docstring as code blocks in the API reference."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import griffe

# A doctest: a line with `>>>` and all lines up to the next blank one, which hold its continuations and its output.
DOCTEST = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
# A literal block: a line with `::`, and the indented lines below it.
LITERAL = re.compile(r"^::\n\n((?:    .*\n?|\n)+)", re.MULTILINE)


def fenced(text: str) -> str:
    """The text with a fence around each example, so that Markdown does not read `>>>` as a quotation."""
    text = LITERAL.sub(lambda found: f"```python\n{dedent(found[1]).strip()}\n```\n", text)
    return DOCTEST.sub(lambda found: f"\n```pycon\n{found[0]}\n```\n", text)


class DoctestBlocks(griffe.Extension):
    """Rewrites each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Fence the examples of one module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)
