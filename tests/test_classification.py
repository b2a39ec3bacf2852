"""The names that a classification shows, and what is compiled for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import entrepot
from entrepot import app, classification
from entrepot.goods.names import shared_names
from entrepot.law.library import Library

DAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize("language", ["zh", "vi", "th"])
def test_the_names_in_a_language_are_those_of_the_law_of_all_packs(language: str) -> None:
    library = Library()
    every = shared_names([library.law_of(pack, DAY) for pack in library.ids()], [language])
    assert classification.nomenclature(library, DAY, language).shared.names == every.names


@pytest.mark.parametrize(("language", "compiled"), [("en", set()), ("vi", set()), ("zh", {"cn"})])
def test_only_the_law_with_names_in_the_language_is_compiled(
    monkeypatch: pytest.MonkeyPatch, language: str, compiled: set[str]
) -> None:
    asked = set[str]()
    law_of = Library.law_of

    def counted(library: Library, pack: str, on: dt.date) -> Any:
        asked.add(pack)
        return law_of(library, pack, on)

    monkeypatch.setattr(Library, "law_of", counted)
    assert entrepot.classify("roasted coffee", language=language, packs=Library()).candidates
    assert compiled <= asked <= compiled | {"tw", "zz"}


def test_a_language_without_names_is_refused_by_every_way_to_classify() -> None:
    for call in (
        lambda: entrepot.classify("coffee", language="xx"),
        lambda: app.classify_many(["coffee"], language="xx"),
        lambda: app.classify_cells(["coffee"], language="xx"),
    ):
        with pytest.raises(entrepot.LawError, match='"xx" is not a language of names'):
            call()
