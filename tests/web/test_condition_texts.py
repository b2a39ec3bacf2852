"""Pages name the conditions that somebody confirms in words, not by their ids."""

from __future__ import annotations

import datetime as dt

import pytest

from entrepot.language import translate
from entrepot.web.pages.condition_texts import texts_there

DAY = dt.date(2026, 11, 26)


@pytest.mark.parametrize("language", ["en", "zh", "vi", "th", "km"])
def test_a_condition_of_the_law_is_named_by_its_text(language: str) -> None:
    with translate.speaking(language):
        ((name, says), (_, proof)) = texts_there(["positive_list", "proof_of_origin"], "CN", DAY)
    assert name == "positive_list"
    assert "positive" not in says
    assert proof
    if language == "en":
        assert says == "The goods are on the list of goods for cross-border e-commerce retail import."
    if language == "zh":
        assert says.isascii() is False
        assert proof.isascii() is False


def test_without_the_law_the_words_of_the_id_are_shown() -> None:
    assert texts_there(["on_a_list"], "BR", DAY) == [("on_a_list", "on a list")]
    assert texts_there([], "CN", DAY) == []
