"""The texts of packs that quotes show are in every language, but for few that are new.

python tests/packs/test_translated_texts.py      counts what is still in English, by language, part and pack
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from entrepot.language import catalogue
from entrepot.law.library import packs_folder

#: The invented pack, whose texts nobody needs in another language.
LEFT_OUT = ("zz",)
#: Texts of a part that may be in English, in a hundred: new law is entered before it is translated.
MAX_IN_ENGLISH = 5
LANGUAGES = tuple(name for name in catalogue.LANGUAGES if name != "en")
PARTS = (
    *("procedures", "charges", "additional duties", "authorities", "documents", "conditions", "preferences"),
    *("thresholds", "limits"),
)


def packs() -> list[Path]:
    """The folders of the packs, without those that are left out."""
    return sorted(each.parent for each in packs_folder().glob("*/pack.toml") if each.parent.name not in LEFT_OUT)


@cache
def texts(pack: Path) -> dict[str, frozenset[str]]:
    """The texts of a pack that a quote shows, by part."""
    head = tomllib.loads((pack / "pack.toml").read_text("utf-8"))
    return {
        "procedures": frozenset(each["title"] for each in head.get("regime", ())),
        "charges": frozenset(each["name"] for each in head.get("charge", ()) if "name" in each),
        "additional duties": frozenset(_column(pack, "additional*.csv", "name")),
        "authorities": frozenset(_column(pack, "permits.csv", "authority")),
        "documents": frozenset(_column(pack, "permits.csv", "says")),
        "conditions": frozenset(_says(head)),
        "preferences": frozenset(each["title"] for each in head.get("treatment", ())),
        "thresholds": frozenset(_column(pack, "thresholds.csv", "says")),
        "limits": frozenset(_column(pack, "limits.csv", "says")),
    }


def _column(pack: Path, files: str, name: str) -> Iterator[str]:
    for file in pack.glob(files):
        with file.open(encoding="utf-8", newline="") as stream:
            yield from (row[name] for row in csv.DictReader(stream) if row.get(name))


def _says(value: Any) -> Iterator[str]:
    """The sentences of the entries of a pack, which are conditions, at any depth."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "says" and isinstance(each, str):
            yield each
        else:
            yield from _says(each)


@cache
def own_words(pack: Path) -> frozenset[str]:
    """The texts that a pack translates into its own language."""
    file = pack / "words.po"
    return frozenset(dict(catalogue.read_catalogue(file.read_text("utf-8"))) if file.is_file() else ())


def in_english(pack: Path, part: str, language: str) -> list[str]:
    """The texts of a part that readers of a language see in English."""
    head = tomllib.loads((pack / "pack.toml").read_text("utf-8"))["pack"]
    own = own_words(pack) if head.get("language") == language else frozenset()
    return sorted(texts(pack)[part] - own - catalogue.catalogue(language).keys())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_texts_are_in_each_language(part: str, language: str) -> None:
    whole = sum(len(texts(pack)[part]) for pack in packs())
    assert whole > 20
    missing = {pack.name: found for pack in packs() if (found := in_english(pack, part, language))}
    assert sum(map(len, missing.values())) * 100 <= whole * MAX_IN_ENGLISH, missing


def count() -> Iterator[str]:
    """How many texts of each part are in English, in all packs and in each."""
    for part in PARTS:
        whole = sum(len(texts(pack)[part]) for pack in packs())
        for language in LANGUAGES:
            by_pack = {pack.name: len(in_english(pack, part, language)) for pack in packs()}
            named = " ".join(f"{name} {many}" for name, many in by_pack.items() if many)
            yield f"{part:18} {language}  {sum(by_pack.values()):4} of {whole:4}  {named}"


if __name__ == "__main__":
    print("\n".join(count()))
