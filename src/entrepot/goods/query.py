"""Convert search text to full-text queries of SQLite, without passing on any of its operators."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from entrepot.goods import normalize
from entrepot.model import codes

#: The maximum number of characters and words of a search text that are used.
MAX_LENGTH, MAX_WORDS = 200, 24


class SearchQueries(NamedTuple):
    """The queries for a search text, the strictest first.

    For all its words as whole words of a name, first with their accents; for all its words, of which the last may be
    incomplete, also in everyday names and in names above; and for some of its words.
    """

    for_whole_words: tuple[str, ...]
    for_all_words: tuple[str, ...]
    for_some_words: tuple[str, ...]


def build_queries(text: str) -> SearchQueries:
    """The queries for a search text. Its last word may be the beginning of a word.

    >>> build_queries('coffee NEAR "bean*').for_all_words[-1]
    '"coffee" AND "near" AND "bean"*'
    >>> build_queries("roasted beans").for_some_words
    ('"roasted" OR "bean"',)
    >>> build_queries("giày").for_whole_words[0]
    '{code lead own} : ("giày" AND "giay")'
    """
    found = normalize.split_words(codes.codes_joined(text[:MAX_LENGTH]))
    words = ([each for each in found[:-1] if each not in normalize.STOP_WORDS] + found[-1:])[:MAX_WORDS]
    if not words:
        return SearchQueries((), (), ())
    whole = " AND ".join(map(_word_query, words))
    with_prefix = " AND ".join([*map(_word_query, words[:-1]), _prefix_query(words[-1])])
    accented = normalize.accented_words(text[:MAX_LENGTH])[:MAX_WORDS]
    exact = [" AND ".join([*map(_quoted, accented), whole])] if accented else []
    own = [f"{{code lead own}} : ({query})" for query in (*exact, whole)]
    beginnings = (f"{{code lead own called}} : ({with_prefix})", with_prefix)
    alone = list(filter(None, map(_word_query_if_distinctive, words)))
    # All but one of a few words are more specific than any one of them.
    but_one = [f"({' AND '.join(group)})" for group in combinations(map(_word_query, words), len(words) - 1)]
    some = [" OR ".join(but_one)] if 3 <= len(words) <= 6 else []
    return SearchQueries(tuple(own), beginnings, (*some, *([" OR ".join(alone)] if alone else [])))


def _word_query(word: str) -> str:
    """A query for a word in the singular, or for all pairs of a run."""
    if normalize.is_unspaced(word):
        pairs = normalize.character_pairs(word)[:MAX_WORDS]
        return f"({' AND '.join(map(_quoted, pairs))})" if pairs else f'"{word}"*'
    return f'"{normalize.singular(word)}"'  # the singular is indexed beside each plural


def _prefix_query(word: str) -> str:
    """A query for a word that may continue."""
    if normalize.is_unspaced(word):
        return _word_query(word)
    one = normalize.singular(word)
    return f'("{word}"* OR "{one}")' if one != word else f'"{word}"*'


def _word_query_if_distinctive(word: str) -> str:
    """A query for a word that is specific without the others; empty for a word that is not.

    In Chinese each pair of characters may be a word.
    """
    if normalize.is_unspaced(word):
        pairs = normalize.character_pairs(word)[:MAX_WORDS]
        if len(pairs) > 1 and normalize.is_han(word):
            return " OR ".join(map(_quoted, pairs))
        return _word_query(word) if pairs else ""
    return _word_query(word) if len(word) > 2 else ""


def _quoted(pair: str) -> str:
    return f'"{pair}"'
