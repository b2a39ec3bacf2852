"""The names of countries on documents, in the language of the document and not of the reader."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=512)
def country_name(code: str, language: str) -> str:
    """The name of a country with its code; in Chinese without, as on a label.

    >>> country_name("KH", "en"), country_name("KH", "zh"), country_name("XX", "en")
    ('Cambodia (KH)', '柬埔寨', 'XX')
    """
    name = Locale.parse(language).territories.get(code)
    if not name:
        return code
    return str(name) if language == "zh" else f"{name} ({code})"
