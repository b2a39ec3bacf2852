"""Codes that are for packs up to a content, or above it: `in immediate packings of a content not exceeding 3kg`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.content import content_of_pack

#: What a name of the nomenclature says of the content: `content (not) exceeding 3kg`, `holding 2 litres or less`,
#: `holding more than 2 litres but not more than 10 litres`, `capacity exceeding 10kg`.
_NUMBER = r"(\d[\d,.]*) ?(kg|litres|l)\b"
_BOUND = re.compile(
    rf"(?:content|capacity|holding) (not exceeding |exceeding |more than )?{_NUMBER}( or less)?"
    rf"(?: but not (?:exceeding|more than) {_NUMBER})?"
)
#: Codes under the same bound whose names do not repeat it: 8450.11, .12 and .19 are the washing machines up to 10 kg.
_AS = {"845012": "845011", "845019": "845011"}
_FIELDS = {"kg": "net_mass_kg", "l": "litres", "litres": "litres"}


def by_content(text: str, ranked: Sequence[tuple[str, float]], tree: Nomenclature) -> Sequence[tuple[str, float]]:
    """The candidates without those whose packs are of another content than the description says.

    The others of their heading have their probability. A candidate stays where no other of its heading is left.
    """
    found = content_of_pack(text)
    if found is None:
        return ranked
    field, amount, _packs = found
    out = {code for code, _share in ranked if is_outside(tree.headings.get(_AS.get(code, code), ""), field, amount)}
    if not out:
        return ranked
    kept, lost = defaultdict[str, float](float), defaultdict[str, float](float)
    for code, share in ranked:
        (lost if code in out else kept)[code[:4]] += share
    shares = [
        (code, share * (1 + lost[code[:4]] / kept[code[:4]]) if code not in out else share)
        for code, share in ranked
        if code not in out or not kept[code[:4]]
    ]
    return sorted(shares, key=lambda each: (-each[1], each[0]))


def is_outside(name: str, field: str, amount: Decimal) -> bool:
    """Whether a pack of this content is not one of the goods that a name speaks of.

    >>> tea = "Tea, black; in immediate packings of a content not exceeding 3kg"
    >>> is_outside(tea, "net_mass_kg", Decimal("0.5")), is_outside(tea, "net_mass_kg", Decimal(5))
    (False, True)
    >>> wine = "Wine; still, in containers holding more than 2 litres but not more than 10 litres"
    >>> [is_outside(wine, "litres", Decimal(each)) for each in ("0.75", "5", "20")]
    [True, False, True]
    """
    match = _BOUND.search(name)
    if match is None or _FIELDS[match[3]] != field:
        return False
    word, bound = (match[1] or "").strip(), Decimal(match[2].replace(",", ""))
    if word == "not exceeding" or match[4]:
        return amount > bound
    if word in ("exceeding", "more than"):
        return amount <= bound or (match[5] is not None and amount > Decimal(match[5].replace(",", "")))
    return False
