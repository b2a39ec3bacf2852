"""The lines of the destination's schedule under a six-digit code, with how likely each is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from entrepot.goods import normalize
from entrepot.goods.classify.answer import LineCandidate
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.names import NameFound, english_names
from entrepot.goods.names import OTHERS
from entrepot.law.compiled import Law

#: A name of what no sibling has, with more said of it: `Fruit and nuts, frozen, other (durian, jackfruit)`.
_REST = re.compile(r"(?:^|, )others?(?! than)\b|^其[他它]")

#: The maximum number of lines under one candidate.
MAX_LINES = 12


def lines_under(
    code: str, probability: float, said: frozenset[str], law: Law, language: str
) -> tuple[LineCandidate, ...]:
    """The finest lines under a code, the likeliest first; they share its probability.

    A line whose name has words of the description, `said`, weighs more. A line of other goods is what is left when none
    of its siblings fits, so that it weighs more where no other has such a word.
    """
    under = law.lines_under(code)
    finest = [line for line, after in zip(under, [*under[1:], ""], strict=False) if not after.startswith(line)]
    if not finest:
        own = law.row_of(code)
        called = law.names(own) if own >= 0 and law.codes[own].startswith(code) else {}
        return (LineCandidate(code=code, name=_spoken(called, language), probability=round(probability, 4)),)
    weights: list[tuple[float, bool]] = []
    names: list[str] = []
    for line in finest:
        given = law.names(law.index[line])
        names.append(_spoken(given, language))
        shared = max((len(said & _terms(name)) for name in given.values()), default=0)
        other = any(_is_rest(name) for name in given.values())
        weights.append((1.0 + 3.0 * shared, other))
    named = any(weight > 1.0 for weight, other in weights if not other)
    heavy = [max(weight, 1.0 if named else 2.0) if other else weight for weight, other in weights]
    whole = sum(heavy)
    found = [
        LineCandidate(code=line, name=name, probability=round(probability * weight / whole, 4))
        for line, name, weight in zip(finest, names, heavy, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.probability, each.code))[:MAX_LINES])


def words_said(text: str, names: Iterable[NameFound]) -> frozenset[str]:
    """The words of a description, and of the English names of what it names in another language.

    The names of lines are not in every language.
    """
    english = english_names()
    return frozenset(_terms(text).union(*(_terms(name) for each in names for name in english.get(each.key, ()))))


def _is_rest(name: str) -> bool:
    folded = normalize.fold(name).strip()
    return folded in OTHERS or _REST.search(folded) is not None


def _terms(text: str) -> set[str]:
    """The words of a text, and the pairs of characters of a run without spaces."""
    found: set[str] = set()
    for word in described_words(text):
        found.update(normalize.character_pairs(word) if normalize.is_unspaced(word) else [normalize.fold(word)])
    return found


def _spoken(names: dict[str, str], language: str) -> str:
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
