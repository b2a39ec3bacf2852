"""The words in which the names of neighbouring goods differ."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The parts of a name: a word, with what follows up to the next one.
_PARTS = re.compile(r"\w+[^\w]*|[^\w]+")
_PUNCTUATION = re.compile(r"\W+")
_EDGES = " ,;:，；：、-·…"
#: Where a clause of a name ends, outside brackets; at "…" words of the nomenclature are left out.
_CLAUSE_ENDS = ";,；，、…"
_OPEN, _CLOSE = "([（", ")]）"


def differences(names: Sequence[str]) -> list[str]:
    """Each name without the words at its beginning and its end that all of the names share.

    A name of which nothing would be left stays whole; so does a single name. Names with other letters than English has
    stay whole, too: what they share may end inside a word.

    >>> differences(["Shirts; of cotton, knitted", "Shirts; of wool, knitted"])
    ['cotton', 'wool']
    >>> differences(["Coffee; roasted, decaffeinated", "Coffee, not roasted"]), differences(["Tea"])
    (['roasted, decaffeinated', 'not roasted'], ['Tea'])
    >>> differences(["ข้าวสาร", "ข้าวกล้อง"]), differences(["绿茶，内包装≤3公斤", "绿茶，内包装>3公斤"])
    (['ข้าวสาร', 'ข้าวกล้อง'], ['绿茶，内包装≤3公斤', '绿茶，内包装>3公斤'])
    """
    if len(set(names)) < 2 or any(sign.isalpha() and not sign.isascii() for sign in "".join(names)):
        return list(names)
    split = [_PARTS.findall(name) for name in names]
    words = [[_PUNCTUATION.sub("", part).casefold() for part in parts] for parts in split]
    begin = _shared(words)
    rest = [each[begin:] for each in words]
    # A word is left of each, if it has one: "of cotton" and "of silk or cotton".
    end = min(_shared([each[::-1] for each in rest]), max(min(map(len, rest)) - 1, 0))
    found = ["".join(parts[begin : len(parts) - end]).strip(_EDGES) for parts in split]
    return found if all(found) else list(names)


def differing_clauses(names: Sequence[str]) -> list[str]:
    """Each name without the clauses that all of the names have, wherever they stand.

    As `differences` for a name of which nothing would be left, and for names in which no clause is the same.

    >>> differing_clauses(["Coffee; roasted, not decaffeinated", "Coffee; not roasted, not decaffeinated"])
    ['roasted', 'not roasted']
    >>> differing_clauses(["T-shirts; of cotton, knitted", "T-shirts; of materials (other than cotton), knitted"])
    ['of cotton', 'of materials (other than cotton)']
    >>> differing_clauses(["Trousers; men's or boys' … of cotton", "Trousers; men's or boys' … of wool"])
    ['of cotton', 'of wool']
    """
    split = [_clauses(name) for name in names]
    keys = [[_PUNCTUATION.sub("", clause).casefold() for clause in clauses] for clauses in split]
    common = set(keys[0]).intersection(*keys[1:]) if keys else set()
    left = [
        ", ".join(clause for clause, key in zip(clauses, said, strict=True) if key not in common)
        for clauses, said in zip(split, keys, strict=True)
    ]
    if common and all(left) and len(set(left)) > 1:
        return left
    found = differences(names)
    return found if all(map(_is_balanced, found)) else list(names)


def _clauses(name: str) -> list[str]:
    """The parts of a name between commas, semicolons and ellipses that stand in no brackets."""
    found, depth, begin = [], 0, 0
    for at, sign in enumerate(name):
        depth = max(depth + (sign in _OPEN) - (sign in _CLOSE), 0)
        if depth == 0 and sign in _CLAUSE_ENDS:
            found.append(name[begin:at])
            begin = at + 1
    return [clause for clause in (each.strip(_EDGES) for each in (*found, name[begin:])) if clause]


def _is_balanced(text: str) -> bool:
    return all(text.count(one) == text.count(other) for one, other in zip(_OPEN, _CLOSE, strict=True))


def _shared(texts: Sequence[list[str]]) -> int:
    """The number of words at the beginning that all texts share."""
    first, last = min(texts), max(texts)  # all others are between these two
    return next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
