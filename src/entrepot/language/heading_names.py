"""Short names of headings of the Harmonized System in five languages (`heading_names.csv`).

The table has all headings, and the subheadings that everyday goods have most often. In English it has some headings of
everyday goods, for the choices of a question: their legal names are long, and differ late.

They are this project's own translation, unchecked: they help to read a path of headings and to answer a question, and
are not law. A schedule of an economy has the legal names, which come before them. Where the table has no name, the
English one is shown.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from entrepot.language.catalogue import catalogue

#: What `named_by` says of a name from this table.
NAMED_BY = "entrepot"
#: Digits of a chapter.
CHAPTER = 2


@lru_cache(maxsize=5)
def heading_names(language: str) -> Mapping[str, str]:
    """The short names of headings and subheadings in a language, by their digits. Empty for others.

    >>> heading_names("vi")["0901"], heading_names("en")["6404"], len(heading_names("fr"))
    ('Cà phê', 'Footwear with textile uppers', 0)
    """
    with (Path(__file__).parent / "heading_names.csv").open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        head = next(rows)
        column = head.index(language) if language in head else 0
        return {row[0]: row[column] for row in rows if row[column]} if column else {}


def heading_name(code: str, english: str, language: str) -> str:
    """The name of a chapter, heading or subheading in a language; the given English name where there is none.

    The names of chapters are in the catalogues.

    >>> heading_name("6403", "Footwear; with …", "zh"), heading_name("6403", "Footwear; with …", "en")
    ('皮革鞋面的鞋靴', 'Footwear; with …')
    >>> heading_name("640399", "Footwear; n.e.c. …", "vi"), heading_name("640312", "Sports footwear; …", "vi")
    ('Giày mũ da khác, không quá mắt cá', 'Sports footwear; …')
    """
    if language == "en":
        return english
    if len(code) == CHAPTER:
        return catalogue(language).get(english, english)
    return heading_names(language).get(code, english)
