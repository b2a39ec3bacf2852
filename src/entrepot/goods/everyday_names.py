"""Everyday names of goods (`everyday_names.csv`) by which the search finds them, and the goods that a text names.

A row of the table is one kind of goods: its codes of the Harmonized System, the likeliest first, and what people call
it in each language. These are words of everyday speech, chosen here: they are neither law nor legal names. The goods
themselves decide their classification.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from entrepot.goods import normalize
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.heading_names import heading_name
from entrepot.model.codes import dotted

#: The maximum number of words of a text; of words of a name inside it, and of characters in a script without spaces.
MAX_WORDS, MAX_PHRASE_WORDS, MAX_PHRASE_LENGTH = 24, 5, 16
#: The minimum number of characters of a name inside a run of a script without spaces: Han, and other scripts, whose
#: short words also occur inside longer ones.
MIN_HAN, MIN_UNSPACED = 2, 4
#: The minimum number of characters of a text that may be Vietnamese without its accents.
MIN_PLAIN = 5
#: English words after which a phrase no longer names the goods.
PREPOSITIONS = frozenset({"for", "from", "in", "of", "with", "without", "to"})
#: A place in a text: the word, and the character in a run without spaces.
Place = tuple[int, int]


class EverydayGoods(NamedTuple):
    """A kind of goods: its codes, the likeliest first, and its names by language."""

    codes: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def everyday_goods() -> tuple[EverydayGoods, ...]:
    """The table of everyday names."""
    with (Path(__file__).parent / "everyday_names.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(
            EverydayGoods(
                tuple(row["goods"].split()),
                {language: tuple(row[language].split("|")) for language in LANGUAGES if row[language]},
            )
            for row in csv.DictReader(stream)
        )


@lru_cache(maxsize=1)
def everyday_names() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The everyday names of goods: code -> language -> names, those of the goods it is the likeliest code of first.

    >>> everyday_names()["0901"]["vi"]
    ('cà phê', 'hạt cà phê')
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    likeliest = [(each.codes[:1], each) for each in everyday_goods()]
    others = [(each.codes[1:], each) for each in everyday_goods()]
    for codes, each in (*likeliest, *others):
        for code in codes:
            for language, names in each.names.items():
                found.setdefault(code, {}).setdefault(language, {}).update(dict.fromkeys(names))
    return {
        code: {language: tuple(names) for language, names in languages.items()} for code, languages in found.items()
    }


def _key(text: str) -> str:
    return normalize.phrase_key(text, accents=True)


def _key_without_accents(text: str) -> str:
    return normalize.phrase_key(text, accents=False)


def _as_written(text: str) -> str:
    return "".join(normalize.words_with_accents(text))


def local_name(code: str, language: str) -> str:
    """What people who speak a language call the goods of a code, or the short name of its heading; else empty.

    >>> local_name("0901.21.00", "th"), local_name("0901.21", "en"), local_name("9999", "en")
    ('กาแฟ', 'coffee', '')
    >>> local_name("3403.19", "vi")
    'Chế phẩm bôi trơn'
    """
    digits = code.replace(".", "")
    for length in (6, 4):
        if found := everyday_names().get(digits[:length], {}).get(language):
            return found[0]
    return heading_name(digits[:6], "", language) or heading_name(digits[:4], "", language)


def local_name_before(code: str, name: str, language: str) -> str:
    """The short name of goods in a language, to stand before a name of them; empty where that says it, and in English.

    The short name of the six digits, else what people call the goods. The line of a schedule may say only how it
    differs from the line above it.

    >>> local_name_before("0902.10", "Tea, green", "vi"), local_name_before("6403.99", "Giày mũ da khác", "vi")
    ('Chè xanh, gói không quá 3 kg', '')
    >>> local_name_before("0901.21", "未浸除咖啡碱(已焙炒)", "zh")
    '已焙炒、未去咖啡因的咖啡'
    """
    if language == "en":
        return ""
    digits, everyday = code.replace(".", ""), local_name(code, language)
    short = heading_name(digits[:6], "", language) if len(digits) >= 6 else ""
    # A line of a Chinese schedule has the word of its heading inside others: coffee (咖啡) in "caffeine" (咖啡碱).
    said = short if short and language == "zh" else everyday
    return "" if name == short or said.casefold() in name.casefold() else short or everyday


def with_local_name(code: str, name: str, language: str) -> str:
    """The code and the legal name of goods, after what people call them if the legal name does not say it.

    >>> with_local_name("0901", "Coffee, husks and skins", "vi"), with_local_name("0901", "Coffee, husks", "en")
    ('cà phê · 0901 Coffee, husks and skins', '0901 Coffee, husks')
    """
    legal = f"{dotted(code)} {name}".strip()
    local = local_name_before(code, name, language)
    return f"{local} · {legal}" if local else legal


@lru_cache(maxsize=3)
def _codes_by_name(key_of: Callable[[str], str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Key of a name -> language -> codes."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for each in everyday_goods():
        for language, names in each.names.items():
            for name in names:
                by_language = found.setdefault(key_of(name), {})
                by_language.setdefault(language, {}).update(dict.fromkeys(each.codes))
    return {key: {language: tuple(codes) for language, codes in each.items()} for key, each in found.items()}


def codes_of_name(text: str, language: str, *, accents: bool = True) -> Sequence[str]:
    """The codes of goods that are called exactly this; the meaning in the reader's language first, then in English.

    Spaces, hyphens and case are ignored, accents only if asked. The same number comes first (`glass`, `glasses`).

    >>> codes_of_name("t-shirts", "en")[0], codes_of_name("giày", "vi")[0], codes_of_name("giấy", "en")[0]
    ('610910', '640399', '480256')
    >>> codes_of_name("glass", "en")[0], codes_of_name("glasses", "en")[0]
    ('701337', '900490')
    """
    if not accents:
        return _in_order(_codes_by_name(_key_without_accents).get(_key_without_accents(text), {}), language)
    exact = _codes_by_name(_as_written).get(_as_written(text), {})
    found = _codes_by_name(_key).get(_key(text), {})
    return tuple(dict.fromkeys((*_in_order(exact, language), *_in_order(found, language))))


def codes_of_name_spelled(text: str, language: str) -> Sequence[str]:
    """The codes of goods that are called this; if none, also where accents are wrong or missing.

    A short word without any accent stands for one with accents only for a reader of a language that has them.

    >>> codes_of_name_spelled("sầu rieng", "en"), codes_of_name_spelled("men", "en")
    (('081060',), ())
    """
    found = codes_of_name(text, language)
    if found or (text.isascii() and language != "vi" and len(text) < MIN_PLAIN):
        return found
    return codes_of_name(text, language, accents=False)


def codes_of_names_within(text: str, language: str) -> Sequence[str]:
    """The codes of the everyday names inside a text, those of its main word first.

    The main word is the last one in Chinese (苹果手机壳) and in English (`leather phone case`), there before a
    preposition (`case for phones`); the first one in Vietnamese, Thai and Khmer. A name in plain letters counts in the
    reader's language and in English only.

    >>> codes_of_names_within("苹果手机壳", "zh")[0], codes_of_names_within("a nice coffee mug", "en")[0]
    ('392690', '691110')
    """
    table = _codes_by_name(_key)
    # A number of a model (`iphone 15 case`) does not separate the words of a name.
    words = [word for word in normalize.words_with_accents(text)[:MAX_WORDS] if not word.isdecimal()]
    cut = next((i for i, word in enumerate(words) if i and word in PREPOSITIONS), len(words))
    found = []
    for key, begin, end in _parts(words):
        meanings = table.get(key)
        if meanings and key.isascii():
            meanings = {each: codes for each, codes in meanings.items() if each in (language, "en")}
        if meanings:
            head_last = text.isascii() or normalize.is_han(key)
            place = (_negative(end), begin) if head_last else (begin, _negative(end))
            found.append((begin[0] >= cut, place, _in_order(meanings, language)))
    return tuple(dict.fromkeys(code for _later, _place, codes in sorted(found)[:3] for code in codes))


def _in_order(meanings: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    first = [meanings.get(language, ()), meanings.get("en", ()), *meanings.values()]
    return tuple(dict.fromkeys(code for codes in first for code in codes))


def _negative(place: Place) -> Place:
    return -place[0], -place[1]


def _parts(words: Sequence[str]) -> Iterator[tuple[str, Place, Place]]:
    """The parts of a text that may be a name: the key, and where it begins and ends."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
            yield "".join(map(normalize.singular, words[start:end])), (start, 0), (end, 0)
    for i, word in enumerate(words):
        if not normalize.is_unspaced(word):
            continue
        least = MIN_HAN if normalize.is_han(word) else MIN_UNSPACED
        for start in range(min(len(word), 64)):
            for end in range(start + least, min(start + MAX_PHRASE_LENGTH, len(word)) + 1):
                yield word[start:end], (i, start), (i, end)


def english_words() -> Iterable[str]:
    """The words of all English names."""
    return {
        word for each in everyday_goods() for name in each.names.get("en", ()) for word in normalize.split_words(name)
    }


def all_names() -> Mapping[str, str]:
    """All everyday names: their keys with accents, and one way to write each."""
    return {
        normalize.phrase_key(name, accents=True): name
        for each in reversed(everyday_goods())
        for names in each.names.values()
        for name in reversed(names)
    }
