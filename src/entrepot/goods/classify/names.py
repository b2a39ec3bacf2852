"""Everyday names inside a description, of the search and of the lexicon: that of the goods themselves first.

English, Chinese and Japanese say what something is at the end (`leather phone case`), English before a preposition
(`case for phones`); Vietnamese, Thai and Khmer at the beginning.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

from entrepot.goods import normalize
from entrepot.goods.classify.features import is_idle, number_with_unit
from entrepot.goods.everyday_names import PREPOSITIONS, everyday_goods

LEXICON = Path(__file__).parent / "lexicon.csv"
LANGUAGES = ("en", "zh", "ja", "vi", "th", "km")
#: The words of a description that are read, the words of a name, and the characters of a name in a run.
MAX_WORDS, MAX_NAME_WORDS, MAX_NAME_LENGTH = 24, 5, 14
#: The longest description that may be a name as a whole, in characters.
MAX_WHOLE = 80
#: The fewest characters of a name inside a run: of Chinese characters or Kana, and of other scripts.
MIN_HAN, MIN_UNSPACED = 2, 4

#: The heading of toys: what a toy shows does not decide.
TOYS = "9503"
#: What leaves the goods the same: a form, whom they are for, a word that counts or a set of one kind.
_SAME_GOODS = re.compile(
    r"(?:软?胶囊|ソフト|カプセル|錠|颗?粒|片|丸|果肉|[男女](?:士|款|童|生)?|儿童|新款|正品|套装|セット|用)+"
    r"|(?:bộ|cái|chiếc|con|quả|trái|đôi|cặp|hộp|gói|chai|lon|túi|thùng|bao|một|\d+)(?: \d+)?|ชุด|ឈុត",
    re.IGNORECASE,
)
#: English words of goods that are named by others after which they stand: `ice cream scoop`. No packages, which do
#: not change the goods.
_FOR_GOODS = re.compile(
    r"(?:scoop|holder|stand|rack|cover|lid|cleaner|dispenser|opener|cutter|slicer|mou?ld|maker|strap|charger|pump|hook"
    r"|hanger|tongs|poster|sticker|costume|candle|warmer|cooler|sharpener|protector|adapter|remover|polish|magnet"
    r"|keychain|plant|tree|seed|machine)s?"
)

#: Words of goods that are named by others before them, in Chinese and Japanese with spaces: `充電器 ケース`.
_FOR_GOODS_AFTER = re.compile(
    r"\w*(?:ケース|カバー|スタンド|ライト|ホルダー|ラック|クリーナー|フック|替え?刃|椀|茶碗|絞り器|収納|立て|ポーチ|フィルム|フィルター"
    r"|ポスター|ステッカー|シール|キーホルダー|マグネット|弦|部品|パーツ|おもちゃ|ストラップ|充電器|バッテリー|洗剤|洗浄剤|ブラシ|模型"
    r"|ぬいぐるみ|リモコン|バッグ|レンチ|メーカー"
    r"|收纳盒|收纳|支架|架|套|罩|贴纸|贴|膜|刷|清洁剂|清洗剂|模型|配件|遥控器|充电器|滤芯|挂钩|盒)"
)

#: A bag for goods, such as `laptop bag`; not the packs of tea and coffee, nor those of which a text says the size.
_BAG = re.compile(r"[^\d,;:(]*\b(?!(?:tea|coffee)\b)[a-z]+ bags?", re.IGNORECASE)
#: Where bags and sacks are.
BAGS = ("4202", "3923", "4819", "6305", "4602")

Names = Mapping[str, tuple[str, ...]]


class NameFound(NamedTuple):
    """A name inside a description: its six-digit codes, the likeliest first.

    `whole`: it is the whole description; `share`: of its letters; `placed`: it is where the goods are named; `beside`:
    what stands at that place instead: words joined without spaces, those before it where a language begins with the
    goods, and in English a word such as `cover`, in Chinese and Japanese one such as `ケース` after a space.
    """

    key: str
    codes: tuple[str, ...]
    whole: bool
    share: float
    placed: bool
    beside: str = ""


@lru_cache(maxsize=128)
def key_of(name: str) -> str:
    """The key of a name: without case, spaces, hyphens and plurals.

    >>> key_of("Power Banks")
    'powerbank'
    """
    return normalize.phrase_key(name, accents=True)


def lexicon_rows() -> Iterable[tuple[tuple[str, ...], str, str]]:
    """Each name of the lexicon: its codes, its language, the name."""
    with LEXICON.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            codes = tuple(row["goods"].split())
            for language in LANGUAGES:
                for name in _split(row.get(language)):
                    yield codes, language, name


def everyday_table() -> Names:
    """The key of every everyday name -> its six-digit codes: those of the search before those of the lexicon."""
    return _tables()[0]


def names_of_one_code() -> Mapping[str, str]:
    """The key of every name that the lexicon has once, with one code -> the code."""
    return _tables()[1]


@lru_cache(maxsize=1)
def _tables() -> tuple[Names, Mapping[str, str]]:
    """As `everyday_table` and as `names_of_one_code`: the keys of the lexicon's names take long, and both need them."""
    lexicon: dict[str, dict[str, None]] = {}
    for codes, _language, name in lexicon_rows():
        lexicon.setdefault(normalize.phrase_key(name, accents=True), {}).update(dict.fromkeys(codes))
    found: dict[str, dict[str, None]] = {}
    for row in everyday_goods():
        for said in row.names.values():
            for name in said:
                own = found.setdefault(normalize.phrase_key(name, accents=True), {})
                own.update((code, None) for code in row.codes if len(code) == 6)
    for key, each in lexicon.items():
        found.setdefault(key, {}).update(each)
    of_one_code = {key: next(iter(codes)) for key, codes in lexicon.items() if len(codes) == 1}
    return {key: tuple(codes) for key, codes in found.items() if codes}, of_one_code


@lru_cache(maxsize=1)
def english_names() -> Names:
    """The key of every everyday name in another language -> the English names of the same goods."""
    found: dict[str, dict[str, None]] = {}
    for row in everyday_goods():
        _add_english(found, row.names)
    with LEXICON.open(encoding="utf-8", newline="") as stream:
        for each in csv.DictReader(stream):
            _add_english(found, {language: _split(each.get(language)) for language in LANGUAGES})
    return {key: tuple(names) for key, names in found.items()}


def names_within(text: str, table: Names) -> list[NameFound]:
    """The names inside a text that are not part of a longer one, that of the goods first.

    >>> [each.codes[0] for each in names_within("leather phone case", everyday_table())][:1]
    ['392690']
    >>> names_within("giày da nữ", everyday_table())[0].whole
    True
    """
    words = [word for word in normalize.words_with_accents(number_with_unit(text))[:MAX_WORDS] if not is_idle(word)]
    cut = next((at for at, word in enumerate(words) if at and word in PREPOSITIONS), len(words))
    spans: list[tuple[int, int, int, str]] = []  # the length, where it begins and ends, the key
    offset, starts = 0, []
    for word in words:
        starts.append(offset)
        offset += len(word) + 1
    for at, word in enumerate(words):
        if normalize.is_unspaced(word):
            spans += _in_run(word, starts[at], table)
            continue
        if len(word) == 1 and at + 1 < len(words) and normalize.is_unspaced(words[at + 1]):
            spans += _with_letter(word, words[at + 1], starts[at], table)
        joined = ""
        for end in range(at, min(at + MAX_NAME_WORDS, len(words))):
            if normalize.is_unspaced(words[end]):
                break
            joined += normalize.singular(words[end])
            if joined in table:
                spans.append((starts[end] + len(words[end]) - starts[at], starts[at], end + 1, joined))
    whole = sum(map(len, words)) + len(words) - 1
    if (key := key_of(text[:MAX_WHOLE])) in table:  # also of words of several scripts, and of idle ones (`bag`)
        spans.append((max(whole, 1), 0, 0, key))
    chosen: list[tuple[int, int, str]] = []
    for size, begin, _end, key in sorted(spans, key=lambda each: (-each[0], each[1])):
        if all(begin + size <= other or begin >= other + length for other, length, _key in chosen):
            chosen.append((begin, size, key))
    later = starts[cut] if cut < len(words) else offset
    ordered = sorted(chosen, key=lambda each: (each[0] >= later, _place(each, text)))
    found = []
    for begin, size, key in ordered:
        placed = begin + size + 1 >= later if _at_the_end(key, text) else begin == 0
        beside = "" if placed else _beside(" ".join(words), begin, begin + size, key, text)
        found.append(NameFound(key, table[key], size >= whole, size / max(whole, 1), placed, beside))
    return found


def leaves_open(name: NameFound, code: str) -> bool:
    """Whether a name speaks against being sure of a code.

    As the whole description it has several codes and the lexicon does not name one of them alone, or it has others;
    inside it, it says of which goods the described ones are: a cover for bicycles is no bicycle.

    >>> [leaves_open(names_within(each, everyday_table())[0], "871200") for each in ("自転車カバー", "自転車")]
    [True, False]
    """
    if name.whole:
        if len({each[:4] for each in name.codes}) > 1:
            return True
        return code not in name.codes or (len(name.codes) > 1 and names_of_one_code().get(name.key) != code)
    return is_of_others(name, code)


def is_of_others(name: NameFound, code: str) -> bool:
    """Whether a name inside a description only says of which goods the described ones are.

    >>> [is_of_others(names_within(each, everyday_table())[0], "850440") for each in ("充電器 ケース", "充電器")]
    [True, False]
    """
    of_others = bool(name.beside) and not _SAME_GOODS.fullmatch(name.beside) and code[:4] != TOYS
    return of_others and not name.whole and code in name.codes


def may_be_a_bag(text: str, code: str) -> bool:
    """Whether an English text names a bag for other goods, and a code is none of bags.

    >>> [may_be_a_bag(each, "847130") for each in ("laptop bag", "laptop", "laptop, 1 bag")]
    [True, False, False]
    """
    return code[:4] not in BAGS and bool(_BAG.fullmatch(text.strip()))


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in (names or "").split("|"))))


def _add_english(found: dict[str, dict[str, None]], names: Mapping[str, Iterable[str]]) -> None:
    for language, said in names.items():
        for name in said if language != "en" else ():
            found.setdefault(key_of(name), {}).update(dict.fromkeys(names.get("en", ())))


def _beside(joined: str, begin: int, end: int, key: str, text: str) -> str:
    """What stands where the goods are named: after a name in its run, or in some languages before it."""
    if not _at_the_end(key, text):
        return joined[:begin].strip()
    if normalize.is_unspaced(key):
        rest, _space, after = joined[end:].partition(" ")
        return rest or next((word for word in reversed(after.split()) if _FOR_GOODS_AFTER.fullmatch(word)), "")
    last = joined[end:].strip().rpartition(" ")[2]
    return last if _FOR_GOODS.fullmatch(last) else ""


def _at_the_end(key: str, text: str) -> bool:
    first = key.lstrip(ascii_lowercase)[:1]  # of `tシャツ` too
    return text.isascii() or normalize.is_han(key) or "\u3041" <= first <= "\u30ff"


def _place(found: tuple[int, int, str], text: str) -> int:
    begin, _size, key = found
    return -begin if _at_the_end(key, text) else begin


def _with_letter(letter: str, run: str, start: int, table: Names) -> list[tuple[int, int, int, str]]:
    """The longest name of a letter and the beginning of the run after it: `T恤`, `Tシャツ`."""
    for size in range(min(MAX_NAME_LENGTH, len(run)), 0, -1):
        if (key := letter + run[:size]) in table:
            return [(size + 2, start, 0, key)]
    return []


def _in_run(run: str, start: int, table: Names) -> list[tuple[int, int, int, str]]:
    found = []
    least = MIN_HAN if normalize.is_han(run) or "\u3041" <= run[:1] <= "\u30ff" else MIN_UNSPACED
    for at in range(min(len(run), 64)):
        for end in range(min(at + MAX_NAME_LENGTH, len(run)), at + least - 1, -1):
            if run[at:end] in table:
                found.append((end - at, start + at, 0, run[at:end]))
                break
    if run in table and not any(size == len(run) for size, *_rest in found):
        found.append((len(run), start, 0, run))
    return found
