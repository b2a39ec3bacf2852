"""Names as they are compared: their script, without marks, case and legal forms; and in Latin where a bridge exists.

Bridges: Chinese characters by pinyin (Mandarin), Cyrillic by a table. There is none here for Khmer, Lao, Thai, Burmese,
Arabic, Hangul or kana: such a name is compared with names of the same script only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

LATIN, HAN, CYRILLIC = "latin", "han", "cyrillic"
_SCRIPTS: Final = (
    ("LATIN", LATIN),
    ("CJK", HAN),
    ("IDEOGRAPHIC", HAN),
    ("CYRILLIC", CYRILLIC),
    ("KHMER", "khmer"),
    ("THAI", "thai"),
    ("LAO", "lao"),
    ("MYANMAR", "myanmar"),
    ("ARABIC", "arabic"),
    ("HANGUL", "hangul"),
    ("HIRAGANA", "kana"),
    ("KATAKANA", "kana"),
    ("GREEK", "greek"),
    ("HEBREW", "hebrew"),
    ("DEVANAGARI", "devanagari"),
)
_LETTERS: Final = str.maketrans(
    {"đ": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ə": "a"}
)
_CYRILLIC: Final = {
    **dict(zip("абвгдеёзийклмнопрстуфъыьэіґў", "abvgdeeziyklmnoprstuf_y_eigu", strict=True)),
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "yu",
    "я": "ya",
    "ї": "yi",
    "є": "ye",
}
_LEGAL: Final = """
co company corp corporation inc incorporated ltd limited llc llp lp plc pte pty bhd sdn gmbh ag kg sa sarl sas
spa srl bv nv ab oy as jsc ojsc pjsc cjsc ooo oao zao pao fze fzco fzc est the and of
tnhh mtv
"""
#: Legal forms of Viet Nam, whose single words are names of persons too (Phan, Han).
_LEGAL_PHRASES: Final = re.compile(r"\b(?:cong ty|co phan|trach nhiem huu han)\b")
_BESIDE_NAMES: Final = "mr mrs ms dr prof sir haji hajji al el bin ibn van von de la da di"
#: Words of legal forms, which say nothing of which company it is.
LEGAL_FORMS: Final = frozenset(_LEGAL.split())
_HAN_FORMS: Final = re.compile("股份有限公司|有限责任公司|有限公司|集团|公司|股份")
_TITLES: Final = frozenset(_BESIDE_NAMES.split())
#: Chinese characters of a name of a person at most: a longer one is of a firm, or renders a foreign name by its sound.
_OF_PERSON: Final = 4
#: Readings of a name in Chinese characters at most: characters with several readings multiply them.
_MAX_READINGS: Final = 4

_DOUBLED: Final = re.compile(r"(.)\1+")
_CONSONANTS: Final = str.maketrans("ckqgszxjdtbpfvmnlr", "kkkkssssttppppnnlr", "aeiouhwy")


@lru_cache(maxsize=1 << 18)
def skeleton(word: str) -> str:
    """The consonants of a word by classes, with a mark for a first vowel.

    >>> skeleton("mohammed"), skeleton("muhamad"), skeleton("qadhafi") == skeleton("gaddafi"), skeleton("ali")
    ('nnt', 'nnt', True, 'al')
    """
    found = _DOUBLED.sub(r"\1", word).translate(_CONSONANTS)
    return ("a" if word[0] in "aeiou" else "") + found[:4] if found else word[:1]


class Form(NamedTuple):
    """A name in one script. `tokens`: its words; `joined`: without spaces; `ordered`: its words in alphabetic order.

    `sounds`: the consonants of its words, in alphabetic order.
    """

    script: str
    tokens: tuple[str, ...]
    joined: str
    ordered: str
    sounds: str


def _form(script: str, tokens: Sequence[str]) -> Form:
    return Form(
        script, tuple(tokens), "".join(tokens), " ".join(sorted(tokens)), " ".join(sorted(map(skeleton, tokens)))
    )


@lru_cache(maxsize=65536)
def _script_of(char: str) -> str:
    name = unicodedata.name(char, "")
    return next((script for word, script in _SCRIPTS if name.startswith(word)), "")


def script_of(text: str) -> str:
    """The script of most letters of a text; "" without any. Kana among Chinese characters make it Japanese.

    >>> script_of("Nguyễn Văn A"), script_of("中华"), script_of("សុខ ដារា"), script_of("山田たろう"), script_of("12")
    ('latin', 'han', 'khmer', 'kana', '')
    """
    if text.isascii():
        return LATIN if any(each.isalpha() for each in text) else ""
    counts: dict[str, int] = {}
    for each in text:
        if script := _script_of(each):
            counts[script] = counts.get(script, 0) + 1
    if "kana" in counts:
        return "kana"
    return max(counts, key=lambda each: counts[each], default="")


def plain(text: str) -> str:
    """A text without marks and case, words separated by single spaces.

    >>> plain("Đặng Thị-Hồng, LTD.")
    'dang thi hong ltd'
    """
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(each for each in folded if not unicodedata.combining(each)).translate(_LETTERS)
    else:
        text = text.lower()
    return " ".join(_WORD.findall(text.replace("'", "")))


_WORD: Final = re.compile(r"[^\W_]+")


def native(text: str) -> str:
    """A text of a script without words, without spaces and marks of width none; legal forms of Chinese are left out."""
    folded = unicodedata.normalize("NFKC", text.casefold())
    kept = "".join(each for each in folded if unicodedata.category(each)[0] in "LMN")
    return _HAN_FORMS.sub("", kept) or kept


def _latin(text: str) -> Form:
    words = plain(text).split()
    without_phrases = _LEGAL_PHRASES.sub(" ", " ".join(words)).split()
    kept = [each for each in without_phrases if each not in LEGAL_FORMS and each not in _TITLES] or words
    return _form(LATIN, kept)


def forms_of(text: str, *, chinese: bool = True) -> tuple[Form, ...]:
    """The forms of a name in which it is compared: its own script, and Latin where a bridge exists.

    `chinese`: whether Chinese characters may be read as Mandarin.

    >>> [form.joined for form in forms_of("Công ty TNHH Cà Phê Buôn Ma Thuột")]
    ['caphebuonmathuot']
    >>> [(form.script, form.joined) for form in forms_of("Владимир")]
    [('cyrillic', 'владимир'), ('latin', 'vladimir')]
    >>> [form.script for form in forms_of("សុខ ដារា")]
    ['khmer']
    """
    script = script_of(text)
    if script == LATIN:
        form = _latin(text)
        return (form,) if form.joined else ()
    if not script:
        return ()
    own = native(text)
    found = [_form(script, [own])] if own else []
    if script == CYRILLIC:
        roman = "".join(_CYRILLIC.get(each, each) for each in text.casefold()).replace("_", "")
        found.append(_latin(roman))
    elif script == HAN and chinese and own:
        found += [_form(LATIN, reading) for reading in _readings(own)]
    return tuple(found)


def compared_in(text: str, forms: Sequence[Form], *, firm: bool = False) -> frozenset[str]:
    """The scripts in which a name can be compared so that "no hit" says something.

    The Latin name of a firm is a translation and no reading of its Chinese characters: a reading may show a hit, and
    without one nothing is known.

    >>> [sorted(compared_in(name, forms_of(name))) for name in ("张伟", "北京远望科技有限公司")]
    [['han', 'latin'], ['han']]
    """
    scripts = {form.script for form in forms}
    if HAN in scripts and (firm or sum(_script_of(each) == HAN for each in text) > _OF_PERSON):
        scripts.discard(LATIN)
    return frozenset(scripts)


def _readings(text: str) -> list[Sequence[str]]:
    """The readings of Chinese characters in Mandarin, syllable by syllable."""
    from pypinyin import Style, pinyin

    syllables = pinyin(text, style=Style.NORMAL, heteronym=len(text) <= 4, errors="ignore")
    # Only the surname's readings are all tried: of given names the common reading is that of a passport.
    several = [each if position == 0 else each[:1] for position, each in enumerate(syllables)]
    readings = [tuple(word.replace("ü", "u") for word in each) for each in product(*several)][:_MAX_READINGS]
    return [each for each in readings if each]
