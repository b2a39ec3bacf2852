"""Normalize text for the search for goods: fold case and accents, split into words and into pairs of characters."""

from __future__ import annotations

import re
import unicodedata

#: Signs of scripts that are cut into pairs.
_UNBROKEN = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)

_RUNS = re.compile(rf"[{_UNBROKEN}]+|[^{_UNBROKEN}\s]+")

_IN_PAIRS = re.compile(rf"[{_UNBROKEN}]")

_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")

#: Latin letters that are no letter with an accent to Unicode.
_LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}

_FIRST = re.compile(r"[,;:(/，；：（、]")

#: English words that say nothing of goods.
EMPTY = frozenset("a an and as at by for from in is it of on or that the to with".split())  # noqa: SIM905  # a sentence


class _Folding(dict[int, str]):
    """What becomes of each sign, worked out when it is first met."""

    def __missing__(self, sign: int) -> str:
        self[sign] = found = _folded(chr(sign))
        return found


def _folded(sign: str) -> str:
    if sign in _LETTERS:
        return _LETTERS[sign]
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    if kind == "Cf":  # a space of no width, a soft hyphen: nothing that one sees
        return ""
    if kind[0] in "PSZC":
        return " "
    base = unicodedata.normalize("NFD", sign)[0]
    return base if base.isascii() else sign


_FOLDING = _Folding()


def folded(text: str) -> str:
    """A text as it is compared: without case, Latin accents and punctuation.

    >>> folded("Cà phê ĐÃ rang"), folded("Ｃoffee—roasted"), folded("๐๙๐๑")
    ('ca phe da rang', 'coffee roasted', '0901')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _ACCENTS.sub("", plain.translate(_FOLDING))


def single(word: str) -> str:
    """An English word in the singular, as far as its last letters show it.

    >>> single("beans"), single("berries"), single("tomatoes"), single("brushes"), single("glass"), single("cà")
    ('bean', 'berry', 'tomato', 'brush', 'glass', 'cà')
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha()) or word[-1] != "s" or word[-2] in "siu":
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("oes", "shes", "ches", "xes", "sses", "zes")) else word[:-1]


def exact(text: str) -> str:
    """A text as it is compared where accents count: English words in the singular, without regard to case.

    >>> exact(" Dừa "), exact("dứa"), exact("Cashews")
    ('dừa', 'dứa', 'cashew')
    """
    return " ".join(map(single, unicodedata.normalize("NFKC", text).casefold().split()))


def in_pairs(word: str) -> bool:
    """Whether a word is a run that is cut into pairs."""
    return bool(_IN_PAIRS.match(word))


def runs(text: str) -> list[str]:
    """The words of a text, folded; a run without spaces is one of them.

    >>> runs("Coffee; not roasted"), runs("未焙炒咖啡, 2kg")
    (['coffee', 'not', 'roasted'], ['未焙炒咖啡', '2kg'])
    """
    return _RUNS.findall(folded(text))


def pairs(run: str) -> list[str]:
    """The overlapping pairs of a run.

    >>> pairs("咖啡豆"), pairs("茶")
    (['咖啡', '啡豆'], [])
    """
    return [run[at : at + 2] for at in range(len(run) - 1)]


def kept(text: str) -> str:
    """The words of a text as they are kept to be found: also in the singular, and in pairs.

    >>> kept("Beans, roasted"), kept("咖啡豆")
    ('beans bean roasted', '咖啡 啡豆 豆')
    """
    found = []
    for run in runs(text):
        if in_pairs(run):
            found += [*pairs(run), run[-1]]
        else:
            found.append(run)
            if (one := single(run)) != run:
                found.append(one)
    return " ".join(found)


def beginning(text: str) -> str:
    """The first words of a name, up to its first comma or the like: what tariffs put first is what they speak of.

    >>> beginning("Coffee; roasted, decaffeinated"), beginning("荔枝（鲜）")
    ('Coffee', '荔枝')
    """
    return _FIRST.split(text, maxsplit=1)[0]
