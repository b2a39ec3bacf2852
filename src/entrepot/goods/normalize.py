"""Normalize text for the search for goods: fold case and accents, split into words and into pairs of characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Characters of scripts without spaces between words: such texts are split into overlapping pairs.
_UNBROKEN = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)

_RUNS = re.compile(rf"[{_UNBROKEN}]+|[^{_UNBROKEN}\s]+")

_IN_PAIRS = re.compile(rf"[{_UNBROKEN}]")

#: Chinese characters, of which a pair may be a word of its own.
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")

_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")

#: Latin letters that Unicode does not decompose into a letter and an accent.
_LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}

_FIRST = re.compile(r"[,;:(/，；：（、]")

#: English words without meaning for goods.
STOP_WORDS = frozenset("a an and as at by for from in is it of on or that the to with".split())  # noqa: SIM905  # a sentence


class _Folding(dict[int, str]):
    """Character -> its folded form, computed on first use."""

    def __missing__(self, sign: int) -> str:
        self[sign] = found = _fold_character(chr(sign))
        return found


def _fold_character(sign: str) -> str:
    if sign in _LETTERS:
        return _LETTERS[sign]
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    if kind == "Cf":  # invisible: a zero-width space, a soft hyphen
        return ""
    if kind[0] in "PSZC":
        return " "
    base = unicodedata.normalize("NFD", sign)[0]
    return base if base.isascii() else sign


class _Separating(dict[int, str | int]):
    """Character -> a space for punctuation, nothing for an invisible one, otherwise itself."""

    def __missing__(self, sign: int) -> str | int:
        kind = unicodedata.category(chr(sign))
        self[sign] = found = "" if kind == "Cf" else " " if kind[0] in "PSZC" else sign
        return found


_FOLDING = _Folding()
_SEPARATING = _Separating()


def fold(text: str) -> str:
    """A text for comparison: without case, Latin accents and punctuation.

    >>> fold("Cà phê ĐÃ rang"), fold("Ｃoffee—roasted"), fold("๐๙๐๑")
    ('ca phe da rang', 'coffee roasted', '0901')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _ACCENTS.sub("", plain.translate(_FOLDING))


def singular(word: str) -> str:
    """An English word in the singular, as far as its last letters show it.

    >>> singular("beans"), singular("berries"), singular("tomatoes")
    ('bean', 'berry', 'tomato')
    >>> singular("brushes"), singular("glass"), singular("cà")
    ('brush', 'glass', 'cà')
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha()) or word[-1] != "s" or word[-2] in "siu":
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("oes", "shes", "ches", "xes", "sses", "zes")) else word[:-1]


def words_with_accents(text: str) -> list[str]:
    """The words of a text without case and punctuation, with their accents; a run without spaces is one word.

    >>> words_with_accents(" T-shirt, Giày"), words_with_accents("运动鞋2双")
    (['t', 'shirt', 'giày'], ['运动鞋', '2', '双'])
    """
    return list(_words_with_accents(text))


@lru_cache(maxsize=128)
def _words_with_accents(text: str) -> tuple[str, ...]:
    """As `words_with_accents`: a classification asks for the words of the same few texts again and again."""
    return tuple(_RUNS.findall(unicodedata.normalize("NFKC", text).casefold().translate(_SEPARATING)))


def phrase_key(text: str, *, accents: bool) -> str:
    """A text for comparison as a whole: without case, spaces and hyphens, its English words in the singular.

    >>> phrase_key("Power-Banks", accents=True), phrase_key("Giày", accents=True), phrase_key("Giày", accents=False)
    ('powerbank', 'giày', 'giay')
    """
    return "".join(map(singular, words_with_accents(text) if accents else split_words(text)))


def is_unspaced(word: str) -> bool:
    """Whether a word is a run of a script without spaces, which is split into pairs."""
    return bool(_IN_PAIRS.match(word))


def is_han(word: str) -> bool:
    """Whether a word has Chinese characters."""
    return bool(_HAN.search(word))


def split_words(text: str) -> list[str]:
    """The folded words of a text; a run without spaces is one word.

    >>> split_words("Coffee; not roasted"), split_words("未焙炒咖啡, 2kg")
    (['coffee', 'not', 'roasted'], ['未焙炒咖啡', '2kg'])
    """
    return _RUNS.findall(fold(text))


def character_pairs(run: str) -> list[str]:
    """The overlapping pairs of characters of a run.

    >>> character_pairs("咖啡豆"), character_pairs("茶")
    (['咖啡', '啡豆'], [])
    """
    return [run[at : at + 2] for at in range(len(run) - 1)]


def index_terms(text: str) -> str:
    """The terms under which a text is indexed: its words, also in the singular, or pairs of characters.

    A word with accents is indexed without them, and with them.

    >>> index_terms("Beans, roasted"), index_terms("咖啡豆"), index_terms("Giày da")
    ('beans bean roasted', '咖啡 啡豆 豆', 'giay da giày')
    """
    found = []
    for run in split_words(text):
        if is_unspaced(run):
            found += [*character_pairs(run), run[-1]]
        else:
            found.append(run)
            if (one := singular(run)) != run:
                found.append(one)
    if not text.isascii():
        found += accented_words(text)
    return " ".join(found)


def accented_words(text: str) -> list[str]:
    """The words of a text in Latin letters that have accents.

    >>> accented_words("Giày da bò"), accented_words("รองเท้า")
    (['giày', 'bò'], [])
    """
    return [word for word in words_with_accents(text) if not word.isascii() and fold(word).isascii()]


def leading_words(text: str) -> str:
    """The words of a name before its first comma or similar sign: tariffs name the main goods first.

    >>> leading_words("Coffee; roasted, decaffeinated"), leading_words("荔枝（鲜）")
    ('Coffee', '荔枝')
    """
    return _FIRST.split(text, maxsplit=1)[0]
