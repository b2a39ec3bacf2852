"""Sets for retail sale and assortments: goods of several kinds under one name, which no code is sure for.

The general rules of the nomenclature classify a set by the goods that give it its essential character, which a
description does not say. A set of one kind of goods (`cotton towel set`) and a set that the nomenclature names
(`tool set`) are classified as other goods are.
"""

from __future__ import annotations

import re

#: Words of gifts and assortments, whose content nothing else says.
_MIXED = re.compile(
    r"\b(?:gift (?:sets?|boxe?s?|packs?|baskets?|hampers?|bags? with)|(?<!laundry )(?<!linen )hampers?"
    r"|care packages?|goodie bags?|goody bags?"
    r"|bundles?|assort(?:ed|ment)s?|mixed (?:goods|lot|items)|job lot|variety pack|mystery box(?:es)?|lucky bags?"
    r"|household goods|personal effects|general merchandise|selection box(?:es)?"
    r"|set quà|bộ quà|giỏ quà|hộp quà)\b"
    r"|礼包|礼篮|礼盒套装|福袋|盲盒|组合装|混装|ギフトセット|詰め合わせ|詰合せ|セット商品|ชุดของขวัญ|กระเช้า|เซ็ตของขวัญ|ឈុតអំណោយ|កញ្ចប់អំណោយ|កន្ត្រកអំណោយ",
    re.IGNORECASE,
)
#: Words of sets that may be of one kind of goods.
_SET = re.compile(r"\b(?:sets?|kits?|packs?|box|bộ|hộp|combo)\b|套装|礼盒|套组|セット|ชุด|เซ็ต|ឈុត|សំណុំ", re.IGNORECASE)
#: What stands between the goods of a set, and the words that name the set and not its goods.
_BETWEEN = re.compile(
    r"\s*[,+&;、；，]\s*|\s+(?:and|with|plus|và|kèm|cùng|của|of|includes?|including)\s+"
    r"|\s*(?:และ|พร้อม|និង)\s*|和|及|配|(?<=[\u30a0-\u30ff\u4e00-\u9fff])と(?=[\u30a0-\u30ff\u4e00-\u9fff])",
    re.IGNORECASE,
)
_NAME = re.compile(
    rf"(?:{_MIXED.pattern})|\b(?:gifts?|sets?|kits?|packs?|box|quà tặng|bộ|hộp)\b"
    r"|套装|礼盒|セット|ギフト|ชุด|เซ็ต|ของขวัญ|ឈុត|អំណោយ",
    re.IGNORECASE,
)
#: The parts of a set that are read.
MAX_PARTS = 6


def is_mixed(text: str) -> bool:
    """Whether a text names a gift or an assortment, of which it may not say every kind.

    >>> is_mixed("skincare gift set"), is_mixed("cotton towel set")
    (True, False)
    """
    return bool(_MIXED.search(text))


def parts_of_set(text: str) -> list[str]:
    """The goods that a text names in a set; an empty list for a text that names no set.

    >>> parts_of_set("gift set of tea and cups"), parts_of_set("green tea and cups")
    (['tea', 'cups'], [])
    """
    if not _SET.search(text) and not is_mixed(text):
        return []
    found = (" ".join(_NAME.sub(" ", part).split()) for part in _BETWEEN.split(text))
    return [part for part in found if part][:MAX_PARTS]
