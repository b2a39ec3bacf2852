"""Names and terms of the training data that share rare words with a description, ranked as BM25 does.

The weights of `scores` do not say which words stood together in one name; these names do. Names are numbers with a
code, and words are hashes: no text is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log
from zlib import crc32

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.model import Header, Model

#: Words of more names than this say too little.
MOST_NAMES = 2500
#: A name has all words of a description from this share of what they count.
ALL_WORDS = 0.999
#: How much a word counts again, and how much less in a long name: the usual figures of BM25.
GAIN, BY_LENGTH = 1.2, 0.75


def recall_terms(text: str) -> list[int]:
    """The hashes of the words of a text, and of the pairs and threes of characters of a run without spaces.

    >>> len(recall_terms("roasted coffee")), len(recall_terms("咖啡豆"))
    (2, 3)
    """
    found: dict[str, int] = {}
    for word in described_words(text):
        found.update(_terms(word))
    return list(found.values())


@lru_cache(maxsize=4096)
def _terms(word: str) -> dict[str, int]:
    """The terms of a word with their hashes."""
    if not normalize.is_unspaced(word):
        terms = [normalize.fold(word) if word.isascii() else word]
    else:
        sizes = (2, 3) if normalize.is_han(word) else (4, 6)
        terms = [word[at : at + size] for size in sizes for at in range(len(word) - size + 1)]
    return {term: crc32(term.encode()) for term in terms}


class Recalled:
    """What a description shares with names.

    `shared`: of each name what its words count; `whole`: what all words of the description count; `words`: how many
    there are.
    """

    def __init__(self, shared: Mapping[int, float], whole: float, words: int) -> None:
        self.shared, self.whole, self.words = shared, whole, words

    def covered(self, place: int, model: Model) -> float:
        """The largest share of the description that one name of a code has."""
        codes = model.place_of_name
        return max([value for name, value in self.shared.items() if codes[name] == place], default=0.0) / self.whole

    def names_with_all_words(self) -> list[int]:
        """The names that have all words of the description."""
        least = self.whole * ALL_WORDS
        return [name for name, value in self.shared.items() if value >= least]

    def agreeing(self, code: str, model: Model) -> tuple[int, float, float]:
        """How many names have all words of the description, and which shares of them have a code, and its heading.

        Names that have no other words count alone, if there are any: a laptop bag says nothing of a laptop.
        """
        codes, nodes, lengths = model.place_of_name, model.nodes, model.length_of_name
        every = self.names_with_all_words()
        same = [name for name in every if lengths[name] == self.words]
        found = [nodes[codes[name]] for name in same or every]
        of_code = sum(each == code for each in found)
        of_heading = sum(each[:4] == code[:4] for each in found)
        return len(found), of_code / max(len(found), 1), of_heading / max(len(found), 1)


@lru_cache(maxsize=2)
def divisors(mean: float) -> tuple[float, ...]:
    """By what the score of a name of each number of words is divided, if names have so many words on average."""
    return tuple(1 + GAIN * (1 - BY_LENGTH + BY_LENGTH * length / mean) for length in range(256))


def rareness(count: int, header: Header) -> float:
    """What a word of so many names counts: a rare one more, and one of no name most."""
    return log(1 + (header.recalled - count + 0.5) / (count + 0.5))


def recall(terms: Sequence[int], model: Model) -> tuple[Recalled, dict[int, float]]:
    """The names that share words with a text, and the best score of a name of each code, by its place in the model.

    `terms`: of the text, as `recall_terms` returns them.
    """
    header = model.header
    scores: dict[int, float] = {}
    get = scores.get
    whole = 0.0
    for key in terms:
        names = model.names_with(key)
        rare = rareness(len(names), header)
        whole += rare
        if not 0 < len(names) <= MOST_NAMES:
            continue
        if scores:
            for name in names:
                scores[name] = get(name, 0.0) + rare
        else:
            scores.update(dict.fromkeys(names, rare))  # a word has each name once
    best: dict[int, float] = {}
    seen = best.get
    codes, lengths, by_length, factor = model.place_of_name, model.length_of_name, divisors(header.length), 1 + GAIN
    for name, value in scores.items():
        gain = value * factor / by_length[lengths[name]]
        place = codes[name]
        if gain > seen(place, 0.0):
            best[place] = gain
    return Recalled(scores, whole or 1.0, len(terms)), best
