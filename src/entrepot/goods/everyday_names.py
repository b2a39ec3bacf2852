"""Read the everyday names of goods (`everyday_names.csv`) by which the search finds them.

These are words of everyday speech, chosen here: they are neither law nor legal names. A word that may be several goods
leads to the heading that covers most of them; the goods themselves decide their classification.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from entrepot.language.catalogue import LANGUAGES


@lru_cache(maxsize=1)
def everyday_names() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The everyday names of goods: code of the Harmonized System -> language -> names.

    >>> everyday_names()["0901"]["vi"]
    ('cà phê', 'hạt cà phê')
    """
    with (Path(__file__).parent / "everyday_names.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        row["goods"]: {language: tuple(row[language].split("|")) for language in LANGUAGES if row[language]}
        for row in rows
    }
