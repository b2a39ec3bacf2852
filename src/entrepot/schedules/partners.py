"""Find the agreement or programme of a pack for a country or group named in a schedule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from babel.core import get_global

from entrepot.law.library import Library
from entrepot.model.errors import LawError


@lru_cache(maxsize=64)
def beneficiaries(pack: str, day: dt.date) -> Mapping[str, frozenset[str]]:
    """Treatment -> the economies whose goods may claim it on a day, in the order of the law.

    Raises LawError if there is no such pack, or no law for that day.

    >>> sorted(beneficiaries("gb", dt.date(2026, 3, 1))["gb_no"])
    ['IS', 'LI', 'NO']
    """
    law = Library().law_of(pack, day)
    return {treatment.id: frozenset(treatment.members) for treatment in law.treatments}


def programmes(pack: str, day: dt.date) -> frozenset[str]:
    """The programmes of additional duties that a pack charges on a day.

    >>> sorted(programmes("eu", dt.date(2026, 3, 1)))
    ['anti_dumping', 'safeguard']
    """
    law = Library().law_of(pack, day)
    return frozenset(charge.tax for regime in law.regimes for charge in regime.charges if charge.source == "additional")


def treatment_for(named: frozenset[str], known: Mapping[str, frozenset[str]]) -> str | None:
    """The one treatment whose beneficiaries are exactly these economies; None if there is none, or several.

    A country that only shares a wider agreement is not enough: it may have another agreement of its own that the pack
    does not know.

    >>> known = {"cptpp": frozenset({"JP", "NZ"}), "gb_jp": frozenset({"JP"})}
    >>> treatment_for(frozenset({"JP"}), known), treatment_for(frozenset({"NZ"}), known)
    ('gb_jp', None)
    """
    found = [treatment for treatment, members in known.items() if members == named]
    return found[0] if len(found) == 1 else None


def economy_of(code: str) -> str | None:
    """The ISO 3166-1 alpha-2 code for a code of three digits or three letters, from CLDR.

    >>> economy_of("458"), economy_of("8"), economy_of("JPN"), economy_of("918")
    ('MY', 'AL', 'JP', None)
    """
    code = code.strip().upper()
    found = get_global("territory_aliases").get(code.zfill(3) if code.isdigit() else code)
    return found[0] if found and len(code) <= 3 and len(found) == 1 else None


def has_law_of(pack: str, economy: str) -> bool:
    """Whether a pack has the law of an economy."""
    try:
        return Library().pack_of(economy) == pack
    except LawError:
        return False
