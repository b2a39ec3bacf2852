"""The features of a description: hashed words, pairs of words, and parts of words, each with the word it comes from.

Those of its form (units, words of shops, length) come from no word: theirs is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from entrepot.goods import normalize

#: The maximum number of characters and of words of a description that are read.
MAX_LENGTH, MAX_WORDS = 600, 40
#: The number of characters of a run without spaces that are read.
MAX_RUN = 64
#: A number, alone or with a unit: a size of a pack, a model, a weight.
_MEASURE = re.compile(
    r"\d[\d.,]*(?:g|kg|mg|mcg|ml|cl|l|oz|lb|lbs|cm|mm|m|inch|inches|in|w|v|mah|gb|tb|mb|pcs|pc|pack|ct|count|x|s|iu|ply|k|号|克|毫升|片|粒|包|件|个|盒|瓶|袋|装)?"
)
#: A letter that belongs to the word after it: T-shirt, e-bike, h-beam.
_LETTER = re.compile(r"\b([a-zA-Z])[-‐ ](?=(?:shirt|bike|book|cig|liquid|ring|beam)s?\b)", re.IGNORECASE)
#: Mixes of several goods: `3 in 1`.
_IN_ONE = re.compile(r"\b([2-9])[ -]?(?:in|trong)[ -]?1\b", re.IGNORECASE)
#: A number and its unit apart: `14 inch`.
_APART = re.compile(
    r"(?<=\d) (?=(?:kg|mg|mcg|ml|cl|oz|lbs?|cm|mm|inch(?:es)?|mah|gb|tb|mb|pcs?|pack|ct|count|iu|ply)\b)", re.IGNORECASE
)
_COUNT = re.compile(r"x\d+|no\d*")
_VOWELS, _VOWELS_AND_Y, _DOUBLE = re.compile("[aeiou]"), re.compile("[aeiouy]"), re.compile(r"(.)\1")
#: What the consonants of a word count.
SKELETON = 0.3
#: What the word counts that names the goods in English, units and words of shops, and the length of a text.
HEAD, UNIT, FORM = 1.0, 0.5, 0.3
#: What ends the first clause of an English description: `jugs, plastic`, `holder for cups`.
_CLAUSE = re.compile(r"[,;:(/]|\b(?:for|of|with|in|to|from|on|by|and|or|without)\b")
_UNIT = re.compile(
    r"\d ?(g|kg|mg|mcg|ml|cl|l|oz|lb|lbs|cm|mm|m|inch|in|w|v|mah|gb|tb|mb|pcs|pc|pack|ct|count|s|iu|ply|k)\b"
)
#: The length of a text that a form has cut.
_CUT = range(29, 33)
#: Where a run of Japanese is split: between Katakana and another script, and at a particle.
_JAPANESE = re.compile("[\u30a0-\u30ff]+|[^\u30a0-\u30ffの]+")
_KANA = re.compile("[\u3041-\u30ff]")
#: Words of shops that say nothing of the goods.
_OF_SHOPS = frozenset(
    "new hot sale free shipping pcs pc piece set of brand original official genuine quality high best premium pack bag "  # noqa: SIM905  # a list
    "packs bags per each kg ml gram grams size".split()
)


def features(text: str) -> list[tuple[int, str, float]]:
    """The features of a text: the hash, the word of the text it comes from, and how much it counts.

    >>> sorted({word for _hash, word, _weight in features("Green tea, 500 g") if word})
    ['green', 'green tea', 'tea']
    """
    words = described_words(text)
    found = [(crc32(key.encode()), word, weight) for key, word, weight in _of_form(text[:MAX_LENGTH].casefold(), words)]
    if (head := _head(text)) is not None:
        found.append((crc32(f"h{head}".encode()), head, HEAD))
    for word in words:
        found += _hashed(word)
    plain = [word for word in words if not normalize.is_unspaced(word)]
    for one, other in pairwise(plain):
        pair = f"{one} {other}"
        found.append((crc32(f"2{pair}".encode()), pair, 1.0))
    return found


@lru_cache(maxsize=4096)
def _hashed(word: str) -> tuple[tuple[int, str, float], ...]:
    """The features of a word or of a run without spaces; the same words come again in the rows of a table."""
    own = _of_run(word) if normalize.is_unspaced(word) else _of_word(word)
    return tuple((crc32(key.encode()), said, weight) for key, said, weight in own)


def described_words(text: str) -> list[str]:
    """The words of a text that may describe goods: in the singular, with their accents, without measures.

    >>> described_words("2 x Roasted Beans, 500 g bag"), described_words("Giày da nữ")
    (['roasted', 'bean'], ['giày', 'da', 'nữ'])
    """
    return list(_described(text[:MAX_LENGTH]))


@lru_cache(maxsize=64)
def _described(text: str) -> tuple[str, ...]:
    """As `described_words`: each step of a classification asks for the words of the same few texts."""
    found: list[str] = []
    for word in normalize.words_with_accents(_joined(text))[:MAX_WORDS]:
        if word in normalize.STOP_WORDS or is_idle(word):
            continue
        if _KANA.search(word):
            found += [part for part in _JAPANESE.findall(word[:MAX_RUN]) if len(part) > 1 or normalize.is_han(part)]
        elif len(word) > 1 or normalize.is_han(word):
            found.append(_singular(word[:MAX_RUN]))
    return tuple(found)


def _joined(text: str) -> str:
    """A text in which a letter, and the numbers of a mix, are one word with what belongs to them."""
    return number_with_unit(_IN_ONE.sub(r"\1in1", _LETTER.sub(r"\1", text)))


def number_with_unit(text: str) -> str:
    """A text in which a number and its unit are one word.

    >>> number_with_unit("laptop 14 inch"), number_with_unit("3 in stock")
    ('laptop 14inch', '3 in stock')
    """
    return _APART.sub("", text)


@lru_cache(maxsize=8192)
def is_idle(word: str) -> bool:
    """Whether a word says nothing of the goods: a size of a pack, or a word of shops.

    >>> is_idle("500g"), is_idle("original"), is_idle("tea")
    (True, True, False)
    """
    return word in _OF_SHOPS or bool(_MEASURE.fullmatch(word) or _COUNT.fullmatch(word))


def _singular(word: str) -> str:
    """As `normalize.singular`, but `shoes` are not `sho`."""
    return word[:-1] if word.endswith("oes") and len(word) < 6 else normalize.singular(word)


def _of_word(word: str) -> Iterator[tuple[str, str, float]]:
    yield f"1{word}", word, 1.0
    if word.isascii() and word.isalpha() and len(skeleton := consonants(word)) > 2:
        yield f"k{skeleton}", word, SKELETON
    if not word.isascii() and (plain := normalize.fold(word)).isascii():
        yield f"1{plain}", word, 0.3
    if len(word) > 4:
        edged = f"<{word}>"
        for at in range(len(edged) - 3):
            yield f"4{edged[at : at + 4]}", word, 0.3


def _head(text: str) -> str | None:
    """The last word of the first clause of an English description, which names the goods."""
    if not text.isascii():
        return None
    for clause in _CLAUSE.split(text[:MAX_LENGTH].casefold()):
        if words := described_words(clause):
            return words[-1] if words[-1].isalpha() else None
    return None


def _of_form(text: str, words: list[str]) -> Iterator[tuple[str, str, float]]:
    """Units, words of shops, numbers, and in English the length, commas and words without vowels."""
    for unit in dict.fromkeys(_UNIT.findall(text)):
        yield f"u{unit}", "", UNIT
    for word in dict.fromkeys(normalize.words_with_accents(text)[:MAX_WORDS]):
        if is_idle(word) and not word[0].isdigit():
            yield f"i{word}", "", UNIT
        elif word.isdigit() and len(word) < 5:
            yield f"n{len(word)}{word[:1]}", "", UNIT
    if not text.isascii():
        return
    yield f"s{min(len(words), 5)}", "", FORM
    short = sum(len(each) > 2 and each.isalpha() and not _VOWELS_AND_Y.search(each) for each in words)
    yield f"v{min(short, 3)}", "", FORM
    if len(text) in _CUT:
        yield "l", "", FORM
    if "," in text:
        yield ",", "", FORM


def consonants(word: str) -> str:
    """The first letter of a word and its consonants: forms and shops leave the vowels out.

    >>> consonants("shampoo"), consonants("shmp"), consonants("suncare")
    ('shmp', 'shmp', 'sncr')
    """
    return _DOUBLE.sub(r"\1", word[0] + _VOWELS.sub("", word[1:]))


def _of_run(run: str) -> Iterator[tuple[str, str, float]]:
    """The parts of a run without spaces: pairs, threes and fours of Han; longer parts of other scripts."""
    sizes = (1, 2, 3, 4) if normalize.is_han(run) else (3, 4, 5, 6, 8)
    for size in sizes:
        weight = 0.3 if size == 1 else 1.0
        for at in range(len(run) - size + 1):
            part = run[at : at + size]
            yield f"c{part}", part, weight
    if len(run) <= 12:
        yield f"r{run}", run, 1.0
