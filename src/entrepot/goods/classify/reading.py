"""What a text is before it is classified: a description, or something that is not one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.services import is_service
from entrepot.model import codes

#: The longest description, in characters.
MAX_CHARACTERS = 2000
_TAG = re.compile(r"<[^<>]{0,200}>")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
#: Signs between two goods.
_BETWEEN = re.compile(r"\s+(?:and|und|&|\+|et|và|และ|និង|with a free)\s+|\s*[+;；、]\s*|\s+/\s+|和|以及", re.IGNORECASE)
#: Words that may mean any goods, in the singular.
_ANY_GOODS = frozenset(
    "stuff thing item product good merchandise commodity gift present sample my other "  # noqa: SIM905  # a list
    "various miscellaneous mixed assorted unspecified used household hàng hóa hoá mẫu quà tặng sản phẩm "
    "商品 货物 貨物 礼物 礼品 样品 东西 サンプル ギフト สินค้า ของขวัญ ទំនិញ".split()
)


def plain_text(text: str) -> str:
    """A text without the marks of HTML, and without characters that cannot be written.

    >>> plain_text("<b>Green</b>&nbsp;tea")
    'Green tea'
    """
    clean = text.encode(errors="replace").decode()
    return " ".join(_ENTITY.sub(" ", _TAG.sub(" ", clean)).split())


def language_of_text(text: str) -> str:
    """The language that the letters of a text show; English for plain letters.

    >>> [language_of_text(each) for each in ("tea", "茶叶", "giày", "กาแฟ", "កាហ្វេ", "コーヒー豆")]
    ['en', 'zh', 'vi', 'th', 'km', 'ja']
    """
    return "en" if text.isascii() else _language(text[:MAX_CHARACTERS])


@lru_cache(maxsize=16)
def _language(text: str) -> str:
    counts: dict[str, int] = {}
    for sign in text:
        point = ord(sign)
        if 0x3041 <= point <= 0x30FF:
            return "ja"
        if 0x0E00 <= point <= 0x0E7F:
            counts["th"] = counts.get("th", 0) + 1
        elif 0x1780 <= point <= 0x17FF:
            counts["km"] = counts.get("km", 0) + 1
        elif normalize.is_han(sign):
            counts["zh"] = counts.get("zh", 0) + 1
        elif point > 0x7F and sign.isalpha() and normalize.fold(sign).isascii():
            counts["vi"] = counts.get("vi", 0) + 1
    return max(counts, key=lambda each: counts[each]) if counts else "en"


def unusable(text: str, clean: str) -> str | None:
    """Why a text cannot be classified; None for one that can. `clean`: as `plain_text` returns it.

    >>> unusable("", ""), unusable("0901.21", "0901.21"), unusable("roasted coffee", "roasted coffee")
    ('empty', 'is_a_code', None)
    """
    if not clean:
        return "no_words" if text.strip() else "empty"
    if len(text) > MAX_CHARACTERS:
        return "too_long"
    if codes.code_of(clean):
        return "is_a_code"
    letters = [sign for sign in clean if unicodedata.category(sign)[0] in "LM"]
    if not letters:
        return "no_words"
    if len(letters) < 2 and not normalize.is_han(clean):
        return "too_short"
    words = described_words(clean)
    if not words:  # a package or a word of shops: `bag`
        return "unknown_words"
    if _ANY_GOODS.issuperset(words):
        return "unknown_words"
    return "service" if is_service(clean, language_of_text(clean)) else None


def parts(text: str) -> list[str]:
    """The parts of a text that may be different goods.

    >>> parts("coffee beans and leather shoes"), parts("green tea")
    (['coffee beans', 'leather shoes'], ['green tea'])
    """
    return [part for part in (each.strip() for each in _BETWEEN.split(text)) if part]
