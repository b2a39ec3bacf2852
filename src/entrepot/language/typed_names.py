"""Which code does a typed name mean? Economies and currencies by their names in the five languages, and by symbols.

The names are those of the Unicode Common Locale Data Repository (in Babel), and what people type (`typed_names.csv`,
with the titles of ISO 3166-1). A name of several things has several codes. Nothing is read while texts are codes.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from entrepot.language.catalogue import LANGUAGES
from entrepot.model.errors import nearest

#: Letters of a code, by kind.
CODE_LENGTH = {"economy": 2, "currency": 3}
#: Regions in the Common Locale Data Repository that ISO 3166-1 does not have, and "unknown region".
NOT_ECONOMIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905  # a list of codes
#: Marks on Latin letters; those of other scripts are vowels and tones.
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
#: Signs that are left out: points, apostrophes and invisible ones. Hyphens and commas are spaces.
_LEFT_OUT = re.compile(r"[.'\u2019\u200b-\u200d]")
_SPACES = re.compile(r"[\s,\-]+")
#: What a name may have after it: `Myanmar (Burma)`.
_IN_BRACKETS = re.compile(r"\s*\(.*\)")
#: An amount between or beside the letters and signs of its currency.
_AMOUNT = re.compile(r"(?P<a>[^\d+\-.,'_]*?)\s*(?P<number>[\d+\-.,'_][\d+\-.,'_\s]*)(?P<b>[^\d+\-.,'_]*)", re.ASCII)
#: Texts of which a result is kept, and characters of a text that is compared with names.
MAX_KEPT, MAX_LENGTH = 4096, 40


class TypedNames:
    """Finds codes by names; a kind is `economy` or `currency`.

    >>> names = TypedNames()
    >>> names.codes("economy", "Viet Nam"), names.codes("economy", "uk"), names.codes("currency", "¥")
    (('VN',), ('GB',), ('CNY', 'JPY'))
    >>> names.nearest("economy", "Vietnan"), names.nearest("economy", "Trugn"), names.nearest("currency", "xxx")
    ('Vietnam', '', '')
    """

    def is_code(self, kind: str, text: str) -> bool:
        """Whether a text has the form of a code and is no name such as `UK` or `RMB`."""
        return len(text) == CODE_LENGTH[kind] and _is_code(kind, text)  # a longer text is not kept

    def codes(self, kind: str, text: str) -> tuple[str, ...]:
        """The codes that a text may mean, whether or not they exist; none if it is no code and no known name."""
        code = text.strip().upper()
        return (code,) if self.is_code(kind, code) else _by_name(kind).get(folded(text), ())

    def nearest(self, kind: str, text: str) -> str:
        """The English name that is most similar to a text; empty if none is."""
        return _nearest(kind, folded(text)) if len(text) <= MAX_LENGTH else ""


#: The names of this process.
TYPED_NAMES = TypedNames()


def split_amount(text: str) -> tuple[str, str] | None:
    """The number of a typed amount and the name of its currency, which may be empty; None if the text is no amount.

    >>> split_amount("60 USD"), split_amount("€1,234.50"), split_amount("100"), split_amount("USD 5 each")
    (('60', 'USD'), ('1,234.50', '€'), ('100', ''), None)
    """
    found = _AMOUNT.fullmatch(text)
    named = [each.strip() for each in (found["a"], found["b"]) if each] if found else []
    return (found["number"].strip(), "".join(named)) if found and len(named) < 2 else None


def folded(text: str) -> str:
    """A name for comparison: without case, accents of Latin letters, points and "the".

    >>> folded("the U.S.A."), folded("Việt Nam"), folded("Timor-Leste"), folded("ไทย")
    ('usa', 'viet nam', 'timor leste', 'ไทย')
    """
    plain = unicodedata.normalize("NFKD", text.strip().casefold().replace("đ", "d"))
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", plain))
    plain = _SPACES.sub(" ", _LEFT_OUT.sub("", plain).replace("&", " and ")).strip().removeprefix("the ")
    return "saint " + plain[3:] if plain.startswith("st ") else plain


@lru_cache(maxsize=MAX_KEPT)
def _is_code(kind: str, text: str) -> bool:
    return text.isascii() and text.isalpha() and text.isupper() and text.lower() not in _plain_names(kind)


@lru_cache(maxsize=MAX_KEPT)
def _nearest(kind: str, plain: str) -> str:
    # A code of three letters is suggested to what has three letters only: Trugn does not mean TUN.
    names = {folded(name): name for name, _code in _names_in("en", kind) if len(name) > 3 or len(plain) == 3}
    return names.get(nearest(plain, names), "")


@lru_cache(maxsize=2)
def _by_name(kind: str) -> Mapping[str, tuple[str, ...]]:
    """The codes of each folded name; what people type has precedence."""
    found: dict[str, set[str]] = {}
    for name, code in (each for language in LANGUAGES for each in _names_in(language, kind)):
        for form in {name, _IN_BRACKETS.sub("", name)}:
            found.setdefault(folded(form), set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in found.items()} | _typed(kind)


@lru_cache(maxsize=2)
def _typed(kind: str) -> dict[str, tuple[str, ...]]:
    """The folded names that people type, from the file beside this module: each with its codes."""
    with (Path(__file__).parent / "typed_names.csv").open(encoding="utf-8", newline="") as stream:
        return {
            folded(name): tuple(row["codes"].split())
            for row in csv.DictReader(stream)
            if row["kind"] == kind
            for name in row["names"].split("|")
        }


@lru_cache(maxsize=2)
def _plain_names(kind: str) -> frozenset[str]:
    """The names that people type and that have no accents, in small letters: MY is Malaysia, though Mỹ is a name."""
    with (Path(__file__).parent / "typed_names.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row["names"].split("|") for row in csv.DictReader(stream) if row["kind"] == kind]
    return frozenset(name.lower() for names in rows for name in names if name.isascii())


def _names_in(language: str, kind: str) -> Iterator[tuple[str, str]]:
    """The names of codes in a language; for economies also their codes of three letters."""
    from babel import Locale
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    locale = Locale.parse("zh_Hans" if language == "zh" else language)
    places = {str(code) for code in locale.territories} - NOT_ECONOMIES
    places = {code for code in places if len(code) == CODE_LENGTH["economy"]}
    if kind == "currency":
        in_use = {code for place in places for code in get_territory_currencies(place)}
        yield from ((str(name), code) for code, name in locale.currencies.items() if code in in_use)
        return
    yield from ((str(name), code) for code, name in locale.territories.items() if code in places)
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias[0] not in "QX" and len(codes) == 1 and codes[0] in places:
            yield alias, codes[0]
