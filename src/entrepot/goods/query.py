"""seeking: what is typed, as queries of SQLite's full text, for all words or for any; nothing of its own in them."""

from __future__ import annotations

import re
from itertools import combinations
from typing import NamedTuple

from entrepot.goods import normalize
from entrepot.model import codes

#: Signs of what is typed that are looked at, and words of it.
LONGEST, MOST = 200, 24
#: Signs of a pair that may stand for a word of its own.
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")


class Asked(NamedTuple):
    """What was typed, as queries, the stricter first: for all words, and for some, where nothing has them all."""

    all_of_them: tuple[str, ...]
    some_of_them: tuple[str, ...]


def asked(text: str) -> Asked:
    """The queries for what was typed. The last word may be the beginning of one.

    >>> asked('coffee NEAR "bean*').all_of_them[-1]
    '"coffee" AND "near" AND "bean"*'
    >>> asked("roasted beans").some_of_them
    ('"roasted" OR "bean"',)
    """
    found = normalize.runs(codes.codes_joined(text[:LONGEST]))
    words = ([each for each in found[:-1] if each not in normalize.EMPTY] + found[-1:])[:MOST]
    if not words:
        return Asked((), ())
    whole = " AND ".join(map(_whole, words))
    begun = " AND ".join([*map(_whole, words[:-1]), _begun(words[-1])])
    queries = (f"{{code lead own}} : ({whole})", f"{{code lead own}} : ({begun})", begun)
    alone = list(filter(None, map(_alone, words)))
    # All but one of a few words say more than any of them.
    but_one = [f"({' AND '.join(group)})" for group in combinations(map(_whole, words), len(words) - 1)]
    some = [" OR ".join(but_one)] if 3 <= len(words) <= 6 else []
    return Asked(tuple(dict.fromkeys(queries)), (*some, *([" OR ".join(alone)] if alone else [])))


def _whole(word: str) -> str:
    """A word, in the singular; a run by all its pairs."""
    if normalize.in_pairs(word):
        pairs = normalize.pairs(word)[:MOST]
        return f"({' AND '.join(map(_quoted, pairs))})" if pairs else f'"{word}"*'
    return f'"{normalize.single(word)}"'  # which is kept beside each plural


def _begun(word: str) -> str:
    """A word that may go on."""
    if normalize.in_pairs(word):
        return _whole(word)
    one = normalize.single(word)
    return f'("{word}"* OR "{one}")' if one != word else f'"{word}"*'


def _alone(word: str) -> str:
    """A word that says something even where the others are missing; of Chinese each pair may be one. Else nothing."""
    if normalize.in_pairs(word):
        pairs = normalize.pairs(word)[:MOST]
        if len(pairs) > 1 and _HAN.search(word):
            return " OR ".join(map(_quoted, pairs))
        return _whole(word) if pairs else ""
    return _whole(word) if len(word) > 2 else ""


def _quoted(pair: str) -> str:
    return f'"{pair}"'
