"""Everyday words in five languages lead to goods that can be quoted, in one further step."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import NamedTuple

import pytest

import entrepot
from entrepot import app

DAY = dt.date(2026, 6, 1)
#: The words, and the headings that they should reach, chosen by the scope of the headings of the Harmonized System.
WORDS = Path(__file__).parent / "everyday_words.csv"
#: Further words, written after the table of everyday names without looking at it.
MORE = Path(__file__).parent / "more_everyday_words.csv"


class Word(NamedTuple):
    """What a user types, and the headings that it should reach."""

    language: str
    typed: str
    headings: frozenset[str]


def words(file: Path = WORDS) -> list[Word]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [
            Word(row["language"], row["words"], frozenset(row["headings"].split())) for row in csv.DictReader(stream)
        ]


def is_quotable(code: str, to: str) -> bool:
    """Whether a sale of goods with this code is answered, by a figure, a range or a lowest total."""
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": to},
        "date": DAY.isoformat(),
        "currency": "USD",
        "lines": [{"hs_code": code, "amount": "60"}],
    }
    quote = entrepot.quote(sale)
    return (quote.best or quote.best_conditional) is not None


def test_the_words_are_two_hundred_in_five_languages() -> None:
    found = words()
    assert len({(each.language, each.typed) for each in found}) == 200
    for language in ("en", "zh", "vi", "th", "km"):
        assert sum(each.language == language for each in found) == 40
    for each in (*found, *words(MORE)):
        assert each.headings <= set(app.library().world.headings), each


def missed_words(these: list[Word], to: str) -> list[tuple[str, str]]:
    """The words whose first result is not the right goods, or cannot be quoted."""
    missed = []
    for each in these:
        found = app.goods(each.typed, to, each.language, 12, on=DAY).data
        if not found or found[0].heading not in each.headings or not is_quotable(found[0].code, to):
            missed.append((each.language, each.typed))
    return missed


@pytest.mark.parametrize("to", ["CN", "US", "JP", "DE", "TH"])
def test_the_first_result_of_an_everyday_word_can_be_quoted(to: str) -> None:
    missed = missed_words(words(), to)
    assert len(missed) <= 10, missed  # 95 of 100 words
    for language in ("en", "zh", "vi", "th", "km"):
        assert sum(spoken == language for spoken, _typed in missed) <= 4, missed


def test_further_words_lead_to_their_goods() -> None:
    missed = missed_words(words(MORE), "CN")
    assert len(missed) <= 8, missed  # 95 of 100 words
