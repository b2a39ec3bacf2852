"""The mass or the litres of one piece, as a description of goods says it: `black tea, 500 g`, `soy sauce 6 x 330 ml`.

A description says the content in many ways, and some numbers are something else: a dose, a share, a capacity. Only what
can have one meaning is read; everything else leaves the measure open, and the quote asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from entrepot.goods.content_words import HARMLESS, LATIN, NUTRIENTS, OTHER_SHARES, UNCLEAR

_KILOGRAMS = (
    r"kgs?|kilos?|kilogram(?:me)?s?|公斤|千克|キログラム|キロ(?![ァ-ー])|kg\.|กก\.?|กิโลกรัม|กิโล(?!แคล|เมตร|จูล|วัตต์)"
    r"|ký(?! tự| hiệu)|គីឡូក្រាម|គីឡូ(?!កាឡូ|ម៉ែត្រ)"
)
#: The units by the field of a line that they measure, with how many of its unit one of them is. Ounces are left out:
#: they are of mass or of volume. So are words that go on as another one: `キロカロリー`, `升级`, `gam màu`.
_UNITS: dict[str, tuple[str, Decimal]] = {
    "net_mass_kg": (_KILOGRAMS, Decimal(1)),
    "net_mass_kg/g": (r"g|gr|gms?|grams?|grammes?|克(?![拉力隆])|グラム|กรัม|gam(?! màu)|ក្រាម", Decimal("0.001")),
    "net_mass_kg/lb": (r"lbs?|pounds?", Decimal("0.45359237")),
    "litres": (r"l|ltrs?|litres?|liters?|公升|升(?![级級降瓶温])|リットル|ลิตร|lít|លីត្រ", Decimal(1)),
    "litres/cl": (r"cl|centilit(?:re|er)s?", Decimal("0.01")),
    "litres/ml": (r"ml|millilit(?:re|er)s?|毫升|ミリリットル|มล\.?|มิลลิลิตร|មីលីលីត្រ", Decimal("0.001")),
}
_UNIT = "|".join(f"(?P<u{place}>{words})" for place, (words, _) in enumerate(_UNITS.values()))
_TIMES = r"\s*[x×*✕]\s*"
_COUNT = r"\d{1,4}"
_PACKS = r"(?:packs|bottles|cans|jars|tins|bags|sachets|pouches|bars|tubes|tubs|pcs|pieces)"
#: A number with a unit, and how many times: `500 g`, `6 x 330 ml`, `500g x 2`.
_MEASURE = re.compile(
    rf"(?<![\d.,/⁄])(?:(?P<before>{_COUNT}){_TIMES})?(?P<number>\d+(?:[.,]\d+)?)\s?(?:{_UNIT})"
    rf"(?!-?(?!x\s?\d)[{LATIN}]|[\d/⁄²³+])(?:{_TIMES}(?P<after>{_COUNT})(?![\d.,])(?:\s?{_PACKS}\b)?)?",
    re.IGNORECASE,
)
#: A Japanese 升 (shō) is 1.8 litres.
_JAPANESE = re.compile(r"[ぁ-ヿ]|[酒酎]")
#: A mass below this beside a word such as `protein` may be the part of it.
_DOSE = Decimal("0.1")
#: The chapters of what is sold by mass or volume: foods, drinks, tobacco, fuels, chemicals, cosmetics, soap.
_BY_CONTENT = frozenset((*(f"{chapter:02}" for chapter in range(2, 25)), "27", *map(str, range(31, 35)), "38"))
#: The measures of which one is enough, so that none is read from the description.
_GIVEN = ("net_mass_kg", "gross_mass_kg", "litres")
#: Headings of drinks with alcohol, and the strengths in % vol that one of them can have; a number outside is another
#: share. Wines have up to 22 (liqueur wines of Regulation (EU) 1308/2013, annex VII), sake below 22 (Japan's Liquor Tax
#: Act, article 3); mixed drinks of spirits are of 2208 as well.
_STRENGTHS = {
    "2203": (Decimal("0.5"), Decimal(20)),
    "2204": (Decimal(4), Decimal(23)),
    "2205": (Decimal(4), Decimal(23)),
    "2206": (Decimal("0.5"), Decimal(25)),
    "2207": (Decimal(50), Decimal(100)),
    "2208": (Decimal(3), Decimal(97)),
}
_STRENGTH = re.compile(
    r"(?<![\d.,])(?P<number>\d{1,2}(?:[.,]\d{1,2})?)\s?(?:%|(?P<degrees>°(?!\s?[cf]\b)|度|độ|ดีกรี|ដឺក្រេ))"
    r"(?:\s?(?:vol|abv|alc(?:ohol)?)\b\.?(?:\s?(?:by )?vol\b\.?)?)?",
    re.IGNORECASE,
)
#: Before a strength: the lower end of a range.
_RANGE = re.compile(r"\d\s?(?:-|–|~|to|至|到|〜|đến|ถึง)\s?$", re.IGNORECASE)


def content_of(text: str) -> tuple[str, Decimal] | None:
    """The field that a description gives and its amount for one piece, in kilograms or litres; None if it is not clear.

    >>> content_of("black tea, 500 g"), content_of("soy sauce 6 x 330 ml"), content_of("大米 5公斤")
    (('net_mass_kg', Decimal('0.500')), ('litres', Decimal('1.980')), ('net_mass_kg', Decimal('5')))
    >>> content_of("green tea 20 bags 40 g"), content_of("tea 1.000 g"), content_of("rice cooker 1.8 l, 5 kg")
    (None, None, None)
    >>> content_of("24 x Coca-Cola 330ml"), content_of("infant milk stage 3, 900g"), content_of("rice ST25 5kg")
    (None, ('net_mass_kg', Decimal('0.900')), ('net_mass_kg', Decimal('5')))
    """
    found = content_of_pack(text)
    return None if found is None else (found[0], found[1] * found[2])


def content_of_pack(text: str) -> tuple[str, Decimal, int] | None:
    """As `content_of`: the field, the amount of one pack, and how many packs one piece has.

    >>> content_of_pack("soy sauce 6 x 330 ml")
    ('litres', Decimal('0.330'), 6)
    """
    if not any(letter.isdigit() for letter in text):
        return None
    text = HARMLESS.sub(" ; ", normalize("NFKC", text))
    found = list(_MEASURE.finditer(text))
    if len(found) != 1:
        return None
    match = found[0]
    before, after = text[: match.start()], text[match.end() :]
    # Any other number may be a count, a bound or a share.
    if any(letter.isdigit() for letter in before + after) or UNCLEAR.search(f"{before} 0 {after}"):
        return None
    number = _number(match["number"])
    if number is None or (match["before"] and match["after"]):
        return None
    if "升" in match[0] and "毫" not in match[0] and "公" not in match[0] and _JAPANESE.search(text):
        return None
    place = next(at for at in range(len(_UNITS)) if match[f"u{at}"])
    name, (_, factor) = list(_UNITS.items())[place]
    field, amount, packs = name.partition("/")[0], number * factor, int(match["before"] or match["after"] or 1)
    if amount * packs == 0 or (field == "net_mass_kg" and amount < _DOSE and NUTRIENTS.search(text)):
        return None
    return field, amount, packs


def _number(text: str) -> Decimal | None:
    """A number with a point or a comma; None where three digits after it may be thousands or decimals.

    >>> _number("1,5"), _number("0.25"), _number("1,000"), _number("0.125")
    (Decimal('1.5'), Decimal('0.25'), None, Decimal('0.125'))
    """
    whole, _, decimals = text.replace(",", ".").partition(".")
    if len(decimals) == 3 and whole.strip("0"):
        return None
    return Decimal(f"{whole}.{decimals}" if decimals else whole)


def measures_read(text: str, line: Mapping[str, Any], codes: Sequence[str], buyer: str) -> dict[str, Any]:
    """The measures of a line that its description gives, by their fields; nothing where the line gives its own.

    `codes`: what the goods may be; only goods that are sold by mass or volume have such a content, and only drinks with
    alcohol a strength, in % vol. `buyer`: without a number of pieces, a consumer buys one and a business any number, as
    elsewhere in an assessment.

    >>> measures_read("black tea, 500 g", {"quantity": "3"}, ["090230"], "business")
    {'net_mass_kg': Decimal('1.5')}
    >>> measures_read("black tea, 500 g", {}, ["090230"], "business")
    {}
    >>> measures_read("blender, 1.5 l", {}, ["850940"], "consumer")
    {}
    >>> measures_read("vodka 40% 700 ml", {}, ["220860"], "consumer")
    {'litres': Decimal('0.7'), 'alcohol_percent': Decimal('40')}
    """
    if not codes or not all(code[:2] in _BY_CONTENT for code in codes):
        return {}
    strength = None
    if all(code[:4] in _STRENGTHS for code in codes):
        text, strength = _without_strength(text, {code[:4] for code in codes})
    found = {} if any(line.get(name) is not None for name in _GIVEN) else _whole_content(text, line, buyer)
    if strength is not None and line.get("alcohol_percent") is None:
        found["alcohol_percent"] = strength
    return found


def _whole_content(text: str, line: Mapping[str, Any], buyer: str) -> dict[str, Any]:
    """The content of all pieces of a line by its field; nothing where it is not clear."""
    pieces = next((line[name] for name in ("quantity", "items") if line.get(name) is not None), None)
    if (pieces is None and buyer == "business") or (found := content_of(text)) is None:
        return {}
    name, amount = found
    try:
        whole = amount * (1 if pieces is None else Decimal(str(pieces)))
    except ArithmeticError:  # the quantity is no number; reading the sale says so
        return {}
    return {name: whole.normalize() + 0}


def _without_strength(text: str, headings: AbstractSet[str]) -> tuple[str, Decimal | None]:
    """A description of a drink without its strength, and this in % vol; None where there is none or it is not clear.

    Degrees of beer are of its wort (Plato).

    >>> _without_strength("白酒 53度 500ml", {"2208"}), _without_strength("啤酒 10度 500ml", {"2203"})
    (('白酒   500ml', Decimal('53')), ('啤酒 10度 500ml', None))
    >>> _without_strength("rye whisky, 95 % rye", {"2208"})[1], _without_strength("純米大吟醸 精米歩合50%", {"2206"})[1]
    (None, None)
    """
    text = normalize("NFKC", text)
    found = list(_STRENGTH.finditer(text))
    if len(found) != 1 or OTHER_SHARES.search(text):
        return text, None
    (match,) = found
    strength = Decimal(match["number"].replace(",", "."))
    is_possible = all(least <= strength <= most for least, most in map(_STRENGTHS.__getitem__, headings))
    is_of_wort = "2203" in headings and match["degrees"]
    if not is_possible or is_of_wort or _RANGE.search(text[: match.start()]):
        return text, None
    return f"{text[: match.start()]} {text[match.end() :]}", strength
