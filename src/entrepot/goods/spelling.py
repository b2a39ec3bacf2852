"""Correct misspelt words by the words and everyday names of goods, within a bounded number of edits.

An edit inserts, removes or replaces a character, or exchanges two neighbours. Doubled letters count as one, since
many misspellings double a letter or forget to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from entrepot.goods import normalize
from entrepot.goods.everyday_names import all_names, english_words

_DOUBLED = re.compile(r"([a-z])\1")
#: Letters that sound alike at the beginning of a word.
_ALIKE = {"c": "ks", "k": "cq", "s": "cz", "z": "s", "f": "p", "p": "f", "g": "j", "j": "g", "i": "y", "y": "i"}
#: Words of a text that are corrected at most.
MAX_WORDS = 6
#: Characters of a text that may be misspelt as a whole.
MAX_LENGTH = 40


def edits_between(one: str, other: str, most: int) -> int:
    """The number of edits between two words; `most + 1` if there are more than `most`.

    >>> edits_between("hedphones", "headphones", 2), edits_between("jaens", "jeans", 2), edits_between("tea", "soap", 1)
    (1, 1, 2)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        earlier, before = before, row
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != wanted))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


class Vocabulary:
    """Words that a misspelt word may stand for, grouped by length and first letter.

    `words`: each with what it is shown as. The first letter must be right, or sound alike, or be the second one: that
    makes a search eight times as fast.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._shown = words
        self._sorted = sorted(words)
        self._groups: dict[tuple[int, str], list[tuple[int, str, str]]] = {}
        for word in self._sorted:
            plain = _plain(word)
            self._groups.setdefault((len(plain), plain[0]), []).append((_characters(plain), plain, word))

    def has(self, word: str) -> bool:
        """Whether a word is known, or is the beginning of a known one."""
        at = bisect_left(self._sorted, word)
        return at < len(self._sorted) and self._sorted[at].startswith(word)

    def nearest(self, word: str) -> str:
        """What the known word with the fewest edits is shown as; empty if none is near enough."""
        plain = _plain(word)
        most = _allowed(plain)
        if not most:
            return ""
        signs, found = _characters(plain), []
        letters = {*plain[:2], *_ALIKE.get(plain[0], "")}
        for length in range(len(plain) - most, len(plain) + most + 1):
            for letter in letters:
                for characters, known, whole in self._groups.get((length, letter), ()):
                    if (signs ^ characters).bit_count() <= 2 * most:
                        edits = edits_between(plain, known, most)
                        if edits <= most:
                            found.append((edits, known[0] != plain[0], abs(len(whole) - len(word)), whole))
        return self._shown[min(found)[-1]] if found else ""


def _plain(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


def _characters(word: str) -> int:
    """The characters of a word as a set of bits, for a quick comparison."""
    found = 0
    for sign in word:
        found |= 1 << (ord(sign) % 61)
    return found


def _allowed(word: str) -> int:
    """The number of edits that a word of its length may be corrected by."""
    if word.isascii():
        return 0 if len(word) < 4 or word.isdigit() else 1 if len(word) < 7 else 2
    # A syllable of Vietnamese with another vowel is another word.
    least = 4 if normalize.is_unspaced(word) else 7
    return 0 if len(word) < least else 1 if len(word) < 9 else 2


class Spelling:
    """Corrects search texts by the everyday names and the words of the headings."""

    def __init__(self, headings: Iterable[str]) -> None:
        words = {word for name in headings for word in normalize.split_words(name)}
        words.update(english_words())
        known = {one for word in words if not normalize.is_unspaced(one := normalize.singular(word))}
        self._words = Vocabulary({word: word for word in known if word.isascii() and word.isalpha()})
        self._names = Vocabulary(all_names())

    def correct(self, text: str) -> str:
        """A text with its misspelt words corrected; empty if all are known or none can be corrected.

        A text that is near an everyday name is taken for it, unless it has only known words (`running shorts` are not
        `running shoes`).
        """
        key = normalize.phrase_key(text[: MAX_LENGTH + 1], accents=True)
        if not key or len(key) > MAX_LENGTH or self._names.has(key):
            return ""
        words = normalize.split_words(text)[:MAX_WORDS]
        corrected = [self._correct_word(word) for word in words]
        unknown = not text.isascii() or not all(map(self._is_known, words))
        if unknown and (name := self._names.nearest(key)):
            return name
        return " ".join(corrected) if corrected != words else ""

    def _is_known(self, word: str) -> bool:
        return not word.isalpha() or self._words.has(normalize.singular(word))

    def _correct_word(self, word: str) -> str:
        known = not word.isascii() or self._is_known(word)
        return word if known else self._words.nearest(word) or word
