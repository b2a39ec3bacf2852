"""Whether a description names several goods, which need a line each, or one kind that is named by two words.

`shirt and trousers`, `shoes, bags` and `coffee and a mug` are several goods; `milk and honey soap`, `cotton and linen
shirt` and `nuts and bolts` are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from entrepot.goods import normalize
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.names import Names, everyday_table, key_of
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.reading import parts
from entrepot.goods.classify.scores import score

#: Two parts of a text are two goods if each alone is so sure of another chapter.
TWO_GOODS = 0.7
MAX_PARTS = 6
#: English expressions that name one thing by two words.
_ONE_THING = re.compile(
    r"\b(?:nuts? (?:and|&) bolts?|bolts? (?:and|&) nuts?|mac(?:aroni)? (?:and|&|n) cheese|fish (?:and|&|n) chips?"
    r"|sweet (?:and|&) sour|salt (?:and|&) vinegar|bread (?:and|&) butter|peanut butter (?:and|&) jelly"
    r"|hook (?:and|&) loop"
    r"|black (?:and|&) white|rock (?:and|&|n) roll|mortar (?:and|&) pestle|gin (?:and|&) tonic|rum (?:and"
    r"|&) (?:coke|cola)"
    r"|cups? (?:and|&) saucers?|bows? (?:and|&) arrows?|locks? (?:and|&) keys?|balls? (?:and|&) chains?"
    r"|ham (?:and|&) cheese"
    r"|bacon (?:and|&) eggs?|pork (?:and|&) beans|salt (?:and|&) pepper (?:shaker|mill|grinder|pot|set)s?"
    r"|cookies? (?:and|&) cream|strawberries (?:and|&) cream|snakes? (?:and|&) ladders?|noughts? (?:and"
    r"|&) crosses|jackets? (?:and|&) blazers?)\b",
    re.IGNORECASE,
)
#: Signs and words between names of goods that stand alone, also without spaces.
_BETWEEN_NAMES = re.compile(
    r"\s*[,;、；，+&/]\s*|\s+(?:and|plus|và|cùng)\s+|\s*(?:และ|กับ|និង|和|及|以及|跟|と)\s*", re.IGNORECASE
)
#: What stands before or after a name and leaves the goods the same.
_AROUND = re.compile(
    r"^(?:(?:an? |one |two |three |\d+ ?)?(?:pairs?|pieces?|pcs|dozens?) of|an?|the|one|two|three|some"
    r"|\d+ ?(?:x|×|pcs|pieces|cái|đôi|件|个|双)?)\s+"
    r"|\s+for (?:men|women|kids|children|boys|girls|babies)$|^(?:men|women|kid|children)['’]?s\s+",
    re.IGNORECASE,
)
#: A number before each of some goods: `1 shirt 2 trousers`.
_NUMBERED = re.compile(r"(?:^|\s+)\d+ ?(?:x|×)?\s+(?=[^\W\d])")
#: Materials and ingredients by chapter: two of them before a name say what the goods are made of.
_FOODS = (*(f"{chapter:02}" for chapter in range(2, 25)), "2501", "33")
_MACHINES = (*map(str, range(84, 91)), "92")
_MATERIALS = (*map(str, range(25, 30)), "39", "40", "41", *map(str, range(44, 61)), *map(str, range(68, 82)))
#: Materials that are seldom sold as they are: `wool and silk scarf` is made of both.
_OF_MATERIAL = re.compile(
    r"(?:cotton|linen|wool|silk|cashmere|leather|suede|polyester|nylon|acrylic|viscose|velvet|denim|bamboo|wood(?:en)?"
    r"|gold|silver|steel|brass|glass|ceramic|plastic)(?= \w|$)",
    re.IGNORECASE,
)
#: Names of prepared goods after which a comma may have what they are made of: `jam, strawberry`.
_OF_WHICH = frozenset(
    "juice jam oil powder sauce tea soup paste flour syrup extract cake bread candy sweet chocolate yogurt "  # noqa: SIM905  # a list
    "yoghurt chip "
    "crisp cream milk drink butter vinegar wine soap salad pie cheese meat fish bean nut seed spice noodle".split()
)
#: Drinks: one after another is not what the first is made of (`tea, coffee`).
_DRINKS = frozenset("tea coffee cocoa wine beer juice".split())  # noqa: SIM905  # a list


def is_several(text: str, tree: Nomenclature, model: Model) -> bool:
    """Whether a text names several goods."""
    table, each = everyday_table(), parts(text)
    if all(map(_OF_MATERIAL.match, each)) and all(map(_OF_MATERIAL.fullmatch, each[:-1])):
        return False
    if _are_names(text, table, 4):
        return not _is_one_name(text, table)
    if not 2 <= len(each) <= MAX_PARTS or _is_one_name(text, table) or _is_made_of_both(each, table):
        return False
    named = [{code[:2] for code in _codes(part, table)} for part in each]
    if all(named) and not set.intersection(*named):
        return True
    chapters: set[str] = set()
    for part in each:
        found = score(part, (), tree, model)
        shares: dict[str, float] = {}
        for code, share in found.ranked if found.known >= 0.5 else ():
            shares[code[:2]] = shares.get(code[:2], 0.0) + share
        chapters.update(chapter for chapter, share in shares.items() if share >= TWO_GOODS)
    return len(chapters) > 1


def _codes(part: str, table: Names) -> tuple[str, ...]:
    """The codes of a part that is a name of goods, alone or with a word such as `a` or `for men`."""
    found = table.get(key_of(part), ())
    return found or table.get(key_of(_AROUND.sub("", _AROUND.sub("", part.strip()))), ())


def are_of_several_codes(text: str) -> bool:
    """Whether a text names goods that have different codes, though of one heading.

    >>> are_of_several_codes("shampoo and conditioner"), are_of_several_codes("cups and saucers")
    (True, False)
    """
    table = everyday_table()
    return _are_names(text, table, 6) and not _is_one_name(text, table)


def _is_one_name(text: str, table: Names) -> bool:
    """Whether a text is a name of goods as a whole, or has an expression for one thing."""
    return key_of(text[:80]) in table or _ONE_THING.search(text) is not None


def _are_names(text: str, table: Names, size: int) -> bool:
    """Whether all parts of a text are names of goods, and two of them have different codes of so many digits."""
    numbered = [part for part in _NUMBERED.split(text) if part]
    each = numbered if len(numbered) > 1 else [part for part in _BETWEEN_NAMES.split(text) if part.strip()]
    if not 2 <= len(each) <= MAX_PARTS:
        return False
    named = []
    for part in each:
        if not (codes := _codes(part, table)):
            return False
        named.append(codes)
    kinds = [{code[:size] for code in codes} for codes in named]
    if all(one & other for at, one in enumerate(kinds) for other in kinds[:at]):
        return False
    comma = re.search(r"[,，]", text) is not None
    return not comma or _are_alike(each, named, table)


def _are_alike(each: Sequence[str], named: Sequence[tuple[str, ...]], table: Names) -> bool:
    """Whether names between commas are all of foods or all of other articles, and none says more of the one before."""
    kinds = {_kind(codes[0]) for codes in named}
    if len(kinds) > 1 or kinds == {"material"} or (kinds == {"machine"} and len(each) == 2):  # `hammers, piano`
        return False
    for one, other in pairwise(each):
        if key_of(f"{other} {one}") in table:  # `juice, apple`
            return False
        words = normalize.split_words(one)
        goods = normalize.singular(words[-1]) if words else ""
        if goods in _OF_WHICH and not _DRINKS.issuperset((goods, other.strip().lower())):
            return False
    return True


def _kind(code: str) -> str:
    if code.startswith(_FOODS):
        return "food"
    return "material" if code.startswith(_MATERIALS) else "machine" if code.startswith(_MACHINES) else "article"


def _is_made_of_both(each: Sequence[str], table: Names) -> bool:
    """Whether what all parts begin with says of which kind goods are: foods, materials, or goods of one chapter.

    `milk and honey soap`, `shirt and trouser press`.

    Not where the last part is a name of its own (`coffee and peanut butter`), unless the goods have both names
    (`lemon and ginger tea`).
    """
    words = each[-1].split()
    if len(words) < 2 or not each[-1].isascii() or words[0].lower() in ("a", "an", "the", "one", "some"):
        return False
    goods = " ".join(words[1:])
    before = [_codes(part, table) for part in (*each[:-1], words[0])]
    if not all(before):
        return False
    kinds = {_kind(codes[0]) for codes in before}
    if not kinds <= {"food", "material"} and len({codes[0][:2] for codes in before}) > 1:
        return False
    return not _codes(each[-1], table) or all(_codes(f"{part} {goods}", table) for part in each[:-1])
