"""The three-letter codes of economies (ISO 3166-1 alpha-3) as two-letter codes, and their names in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

#: Codes of states that do not exist any more, which CLDR maps to one that does, and one that CLDR lacks.
_WITHDRAWN = frozenset({"BUR", "DDR", "FXX", "SCG", "SUN", "TMP", "YMD", "YUG", "ZAR"})
_ADDED = {"XKX": "XK"}
#: How the English names of economies begin that have an article in a sentence.
_WITH_ARTICLE = ("European Union", "Netherlands", "Philippines", "Republic", "Separate customs territory", "United ")


def in_sentence(name: str) -> str:
    """The name of a place inside a sentence: English names of some have an article there; other languages have none.

    >>> in_sentence("United States"), in_sentence("Viet Nam")
    ('the United States', 'Viet Nam')
    """
    return f"the {name}" if name.startswith(_WITH_ARTICLE) else name


@lru_cache(maxsize=1)
def by_three_letters() -> Mapping[str, str]:
    """The two-letter codes of economies by their three-letter codes. Aggregates such as the world have none.

    >>> codes = by_three_letters()
    >>> codes["CHN"], codes["VNM"], "WLD" in codes
    ('CN', 'VN', False)
    """
    from babel.core import get_global  # noqa: PLC0415  # a quote needs none of it

    aliases = get_global("territory_aliases").items()
    found = {
        str(code): str(places[0])
        for code, places in aliases
        if len(code) == 3 and code.isalpha() and code not in _WITHDRAWN and len(places) == 1 and len(places[0]) == 2
    }
    return found | _ADDED
