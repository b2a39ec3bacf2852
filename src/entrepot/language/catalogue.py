"""Reads the gettext catalogues of the fixed texts. English is the source; each other language has one catalogue.

A catalogue is read from its `.po` file when its language is chosen; nothing is compiled, and English reads none.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from entrepot import configuration
from entrepot.model.errors import nearest

#: The name of each language in that language.
LANGUAGES = {"en": "English", "zh": "简体中文", "vi": "Tiếng Việt", "th": "ไทย", "km": "ខ្មែរ"}

#: What languages are called by mistake: by the code of a country, by three letters, by an English name.
OTHER_NAMES = {
    **dict.fromkeys(("eng", "us", "gb", "uk", "english"), "en"),
    **dict.fromkeys(("cn", "tw", "hk", "zho", "chi", "chinese", "mandarin"), "zh"),
    **dict.fromkeys(("vn", "vie", "vietnamese"), "vi"),
    **dict.fromkeys(("tha", "thai"), "th"),
    **dict.fromkeys(("kh", "khm", "khmer", "cambodian"), "km"),
}


def language_of(name: str | None) -> str | None:
    """The supported language of a name such as `zh`, `zh-CN` or `vi_VN.UTF-8`; None if it is not supported.

    >>> language_of("zh_CN.UTF-8"), language_of("VI"), language_of("fr")
    ('zh', 'vi', None)
    """
    return configuration.language_of(name or "")


def near_language(typed: str) -> str:
    """The code of the language that somebody may mean who typed something else; empty if none is similar.

    >>> near_language("vn"), near_language("Chinesse"), near_language("fr")
    ('vi', 'zh', '')
    """
    word = typed.strip().lower()
    return OTHER_NAMES.get(word) or OTHER_NAMES.get(nearest(word, OTHER_NAMES) if len(word) > 3 else "", "")


def language_of_user(environment: Mapping[str, str] = os.environ) -> str:
    """The user's language if it is supported, else English. Raises ConfigurationError (`configuration.language`).

    >>> language_of_user({"LANG": "th_TH.UTF-8"}), language_of_user({"LANG": "fr_FR"}), language_of_user({})
    ('th', 'en', 'en')
    """
    return configuration.language(environment)


@lru_cache(maxsize=8)
def catalogue(language: str) -> Mapping[str, str]:
    """English text -> text in a language. Empty for English.

    >>> catalogue("vi")["open"]
    'mở'
    """
    file = Path(__file__).parent / "locale" / language / "LC_MESSAGES" / "entrepot.po"
    if language == "en" or not file.is_file():
        return MappingProxyType({})
    return MappingProxyType(dict(read_catalogue(file.read_text("utf-8"))))


def read_catalogue(content: str) -> Iterator[tuple[str, str]]:
    """The pairs of a `.po` file, without fuzzy and untranslated ones. Of the languages only English has plural forms.

    >>> list(read_catalogue(chr(10).join(['msgid "one"', 'msgid_plural "{n} lines"', 'msgstr[0] "{n} dòng"'])))
    [('one', '{n} dòng'), ('{n} lines', '{n} dòng')]
    """
    for block in content.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                if line.startswith("#,") and "fuzzy" in line:
                    break
                continue
            text = line
            if not line.startswith('"'):
                name, _, text = line.partition(" ")
            if name and text:
                # Most texts have no escape: what is between the quotes, which is read ten times as fast.
                fields[name] = fields.get(name, "") + (ast.literal_eval(text) if "\\" in text else text[1:-1])
        else:
            said = fields.get("msgstr") or fields.get("msgstr[0]")
            for key in ("msgid", "msgid_plural"):
                if said and fields.get(key):
                    yield fields[key], said
