"""Correct misspelt words by the words and everyday names of goods, within a bounded number of edits.

An edit inserts, removes or replaces a character, or exchanges two neighbours. Doubled letters count as one, since
many misspellings double a letter or forget to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from entrepot.goods import normalize
from entrepot.goods.everyday_names import all_names, english_words

_WORD = re.compile(r"[A-Za-z]+")
_VOWELS = re.compile("[aeiouy]")
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
        """What the known word with the fewest edits is shown as; empty if none is near enough.

        Of several, one with the same consonants comes first: vowels are what is misspelt most.
        """
        plain = _plain(word)
        most = _allowed(plain)
        if not most:
            return ""
        signs, consonants, found = _characters(plain), _consonants(plain), []
        letters = {*plain[:2], *_ALIKE.get(plain[0], "")}
        for length in range(len(plain) - most, len(plain) + most + 1):
            for letter in letters:
                for characters, known, whole in self._groups.get((length, letter), ()):
                    if (signs ^ characters).bit_count() <= 2 * most:
                        edits = edits_between(plain, known, most)
                        if edits <= most:
                            order = (
                                known[0] != plain[0],
                                _consonants(known) != consonants,
                                abs(len(whole) - len(word)),
                            )
                            found.append((edits, *order, whole))
        return self._shown[min(found)[-1]] if found else ""


def _plain(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


def _consonants(word: str) -> str:
    return _VOWELS.sub("", word[1:])


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


def words_of(names: Iterable[str]) -> Vocabulary:
    """The words of names in plain letters, in the singular."""
    words = {normalize.singular(word) for name in names for word in normalize.split_words(name)}
    return Vocabulary({word: word for word in words if word.isascii() and word.isalpha()})


def correct_words(text: str, wrong: Collection[str], known: Vocabulary) -> str:
    """A text in which some words, given in the singular, are corrected where a known word is near enough.

    >>> correct_words("Lether case, 2 pcs", {"lether"}, words_of(["Articles of leather"]))
    'leather case, 2 pcs'
    """

    def corrected(found: re.Match[str]) -> str:
        word = normalize.singular(found[0].lower())
        near = known.nearest(word) if word in wrong else ""
        return near if near and _is_misspelt(_plain(word), _plain(near)) else found[0]

    return _WORD.sub(corrected, text)


def _is_misspelt(word: str, known: str) -> bool:
    """Whether a word is near a known one as misspellings are: one edit away, or with the same consonants and vowels.

    A word that has fewer vowels is an abbreviation, of which there may be several.
    """
    if not _VOWELS.search(word[1:]):
        return False
    return edits_between(word, known, 1) <= 1 or _consonants(word) == _consonants(known)


class Spelling:
    """Corrects search texts by the everyday names and the words of the headings."""

    def __init__(self, headings: Iterable[str]) -> None:
        self._words = words_of(chain(headings, english_words()))
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
