"""The notes of the nomenclature that exclude goods from a place, as rows (`notes.csv`), and parts of goods.

A row says in our own words what a note says, and by which words of a description it is recognized. `trust` is
`published` where the note was read in a published text, otherwise `unchecked`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from entrepot.goods import normalize

FILE = Path(__file__).parent / "notes.csv"
#: What a subheading of parts loses where nothing in the description speaks of parts, and gains where something does.
WHOLE_GOODS, PARTS = 1.5, 3.0
_OF_PARTS = re.compile(
    r"\b(?:parts?|spares?|spare parts|components?|accessor\w+|fittings?|(?:installation|mounting|repair) kits?"
    r"|phụ tùng|linh kiện|phụ kiện)\b"
    r"|配件|零件|部件|部品|パーツ|อะไหล่|ชิ้นส่วน|គ្រឿងបន្លាស់",
    re.IGNORECASE,
)

_WORD = re.compile(r"\w+")
#: What denies the word after it: `not decaffeinated`, `not roasted or decaffeinated`.
_DENIED = re.compile(
    r"(?:\b(?:not|non|never|neither|nor|without|no)\b[\s-]*(?:\w+ (?:or|nor|and) )?|\b(?:không|chưa)(?: được)? "
    r"|[非未不没無]|没有|ไม่(?:ได้)?|មិន(?:បាន)?)$",
    re.IGNORECASE,
)
_FOR_ANIMALS = re.compile(
    r"\bfor (?:my |your |small |large )?(?:dog|cat|pet|puppy|kitten|horse|hamster|rabbit|bird|parrot|chicken)s?\b"
    r"|\bcho (?:chó|mèo|thú cưng|ngựa|thỏ)\b|(?:狗|犬|猫|宠物)狗?咪?用|(?:犬|猫|ペット|馬)用"
    r"|สำหรับ(?:สุนัข|หมา|แมว|สัตว์เลี้ยง)|សម្រាប់(?:ឆ្កែ|ឆ្មា|សត្វ)",
    re.IGNORECASE,
)
#: Where goods for animals have headings of their own. Others depend on what they are made of.
_OF_ANIMALS = ("01", "2309", "2508", "30", "3307", "3808", "3824", "4201")


class Note(NamedTuple):
    """A note: where its words are found, candidates under `leave` lose and those under `take` gain `strength`."""

    id: str
    when: re.Pattern[str]
    unless: re.Pattern[str] | None
    leave: tuple[str, ...]
    take: tuple[str, ...]
    strength: float
    says: str
    source: str
    trust: str


@lru_cache(maxsize=1)
def notes() -> tuple[Note, ...]:
    """All rows.

    >>> next(each.says for each in notes() if each.id == "85-1a")
    'Electrically warmed blankets and clothing are not goods of chapter 85'
    """
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Note(
                row["id"],
                _pattern(row["when"]),
                _pattern(row["unless"]) if row["unless"] else None,
                tuple(row["from"].split()),
                tuple(row["to"].split()),
                float(row["strength"]),
                row["says"],
                row["source"],
                row["trust"],
            )
            for row in csv.DictReader(stream)
        )


@lru_cache(maxsize=1)
def _beginnings() -> tuple[dict[str, list[int]], list[tuple[int, re.Pattern[str]]], re.Pattern[str]]:
    """By the first word of each phrase that recalls a note, with and without the plural: the numbers of the notes.

    Also the phrases without spaces of each note, and all of them.
    """
    first: dict[str, list[int]] = {}
    unspaced: dict[int, list[str]] = {}
    with FILE.open(encoding="utf-8", newline="") as stream:
        each = [
            (number, phrase) for number, row in enumerate(csv.DictReader(stream)) for phrase in row["when"].split("|")
        ]
    for number, phrase in each:
        if normalize.is_unspaced(phrase):
            unspaced.setdefault(number, []).append(re.escape(phrase))
        else:
            word = _WORD.findall(phrase.lower())[0]
            for said in (word, f"{word}s"):
                first.setdefault(said, []).append(number)
    runs = {number: "|".join(phrases) for number, phrases in unspaced.items()}
    whole = re.compile("|".join(runs.values()), re.IGNORECASE)
    return first, [(number, re.compile(phrases, re.IGNORECASE)) for number, phrases in runs.items()], whole


def _recalled(text: str) -> list[int]:
    """The numbers of the notes of which a text has the beginning of a phrase: of most texts none."""
    first, runs, unspaced = _beginnings()
    found = {number for word in _WORD.findall(text.lower()) if word in first for number in first[word]}
    if not text.isascii() and unspaced.search(text) is not None:
        found.update(number for number, phrases in runs if phrases.search(text))
    return sorted(found)


def _pattern(words: str) -> re.Pattern[str]:
    """A pattern that finds one of some words: whole ones, in scripts with spaces between words."""
    plain = [
        re.escape(word) if normalize.is_unspaced(word) else rf"\b{re.escape(word)}s?\b" for word in words.split("|")
    ]
    return re.compile("|".join(plain), re.IGNORECASE)


@lru_cache(maxsize=16)
def matching(text: str) -> tuple[Note, ...]:
    """The notes whose words a description has."""
    return tuple(
        note
        for note in map(notes().__getitem__, _recalled(text))
        if _says(note.when, text) and not (note.unless is not None and note.unless.search(text))
    )


def _says(words: re.Pattern[str], text: str) -> bool:
    """Whether a description has one of the words of a note, and does not deny it.

    >>> _says(re.compile("frozen"), "mango, frozen"), _says(re.compile("frozen"), "mango, not frozen")
    (True, False)
    """
    return any(not _DENIED.search(text, 0, found.start()) for found in words.finditer(text))


@lru_cache(maxsize=16)
def of_parts(text: str) -> bool:
    """Whether a description speaks of parts or accessories.

    >>> of_parts("parts for washing machine"), of_parts("washing machine")
    (True, False)
    """
    return bool(_OF_PARTS.search(text))


def excludes_animals(text: str, code: str) -> bool:
    """Whether a description speaks of goods for animals, and a code is of goods for people.

    >>> excludes_animals("sweater for dogs", "611030"), excludes_animals("collar for dogs", "420100")
    (True, False)
    """
    return not code.startswith(_OF_ANIMALS) and _for_animals(text)


@lru_cache(maxsize=16)
def _for_animals(text: str) -> bool:
    return bool(_FOR_ANIMALS.search(text))


def is_parts(name: str) -> bool:
    """Whether the English name of a subheading is that of parts."""
    return "parts" in name and ("; parts" in name or name.lower().startswith("parts"))


def apply(found: Sequence[Note], text: str, totals: dict[str, float], parts: frozenset[str]) -> tuple[str, ...]:
    """Correct the scores of candidates by the notes that match a description; the ids of those that changed them.

    `parts`: the subheadings of parts, which are not what a description of whole goods means.

    >>> totals = {"851679": 2.0, "630110": 1.0}
    >>> apply(matching("electric blanket"), "electric blanket", totals, frozenset())
    ('85-1a',)
    >>> totals["851679"] < totals["630110"]
    True
    """
    used = []
    for note in found:
        leave = [code for code in totals if code.startswith(note.leave) and not code.startswith(note.take)]
        take = [code for code in totals if code.startswith(note.take)]
        if not leave or not take:  # nothing to choose between
            continue
        used.append(note.id)
        for code in leave:
            totals[code] -= note.strength
        for code in take:
            totals[code] += note.strength / 2
    change = PARTS if of_parts(text) else -WHOLE_GOODS
    for code in parts.intersection(totals):
        totals[code] += change
    return tuple(used)
