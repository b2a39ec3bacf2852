"""The words in which the names of neighbouring goods differ."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The parts of a name: a word, or one character of a script without spaces, with what follows up to the next one.
_PARTS = re.compile(r"[^\W\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+[^\w]*|\w[^\w]*|[^\w]+")
_PUNCTUATION = re.compile(r"\W+")
_EDGES = " ,;:，；：、-·…"


def differences(names: Sequence[str]) -> list[str]:
    """Each name without the words at its beginning and its end that all of the names share.

    A name of which nothing would be left stays whole; so does a single name.

    >>> differences(["Shirts; of cotton, knitted", "Shirts; of wool, knitted"])
    ['cotton', 'wool']
    >>> differences(["Coffee; roasted, decaffeinated", "Coffee, not roasted"]), differences(["Tea"])
    (['roasted, decaffeinated', 'not roasted'], ['Tea'])
    """
    if len(set(names)) < 2:
        return list(names)
    split = [_PARTS.findall(name) for name in names]
    words = [[_PUNCTUATION.sub("", part).casefold() for part in parts] for parts in split]
    begin = _shared(words)
    rest = [each[begin:] for each in words]
    # A word is left of each, if it has one: "of cotton" and "of silk or cotton".
    end = min(_shared([each[::-1] for each in rest]), max(min(map(len, rest)) - 1, 0))
    found = ["".join(parts[begin : len(parts) - end]).strip(_EDGES) for parts in split]
    return found if all(found) else list(names)


def _shared(texts: Sequence[list[str]]) -> int:
    """The number of words at the beginning that all texts share."""
    first, last = min(texts), max(texts)  # all others are between these two
    return next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
