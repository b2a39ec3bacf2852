"""The short names of headings: complete, in the script of their language, and shown where a path of headings is."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from entrepot import app
from entrepot.classification import nomenclature
from entrepot.goods.classify.question import question_between
from entrepot.goods.everyday_names import with_local_name
from entrepot.language import heading_names as names
from entrepot.language import translate
from entrepot.language.law_text import name_of

LANGUAGES = ("zh", "vi", "th", "km")
TODAY = dt.date(2026, 11, 27)
#: The letters of each language; Vietnamese has Latin ones.
LETTERS = {"zh": r"[\u4e00-\u9fff]", "vi": r"[A-Za-zÀ-ỹĐđ]", "th": r"[\u0e00-\u0e7f]", "km": r"[\u1780-\u17ff]"}
#: Scripts that do not belong into a name of the language.
FOREIGN = {
    "zh": r"[\u0e00-\u0e7f\u1780-\u17ff]",
    "vi": r"[\u0e00-\u0e7f\u1780-\u17ff\u4e00-\u9fff]",
    "th": r"[\u1780-\u17ff\u4e00-\u9fff]",
    "km": r"[\u0e00-\u0e7f\u4e00-\u9fff]",
}


def rows() -> list[dict[str, str]]:
    with (Path(names.__file__).parent / "heading_names.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_row_is_a_heading_of_the_harmonized_system_once() -> None:
    codes = [row["code"] for row in rows()]
    world = app.library().world.headings
    assert codes == sorted(set(codes))
    assert {code for code in codes if len(code) == 4} == {code for code in world if len(code) == 4 and code != "9999"}
    assert {code for code in codes if len(code) != 4} < {code for code in world if len(code) == 6}


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_in_the_script_of_their_language_and_unlike_each_other(language: str) -> None:
    said = [row[language] for row in rows() if row[language]]
    assert len(set(said)) == len(said), "two headings of one name cannot be told apart in a question"
    for name in said:
        assert re.search(LETTERS[language], name), name
        assert not re.search(FOREIGN[language], name), name
        assert name == name.strip()
        assert len(name) <= 80, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_path_and_the_question_of_a_classification_are_in_the_language(language: str) -> None:
    found = app.classify("shoes", language=language, corrections={})
    for chapter, heading, _six in (each.path for each in found.candidates):
        assert re.search(LETTERS[language], heading.name)
        assert heading.name == names.heading_names(language)[heading.code]
        assert chapter.name != app.library().world.headings[chapter.code]
    assert found.question is not None
    world = app.library().world.headings
    by_heading = [each for each in found.question.choices if len({code[:4] for code in each.codes}) == 1]
    assert by_heading
    assert not {each.label for each in by_heading} & set(world.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_between_subheadings_of_everyday_goods_are_in_the_language(language: str) -> None:
    choices = question_between(["640399", "640391"], nomenclature(app.library(), TODAY, language), language, "shoes")
    assert choices is not None
    for each in choices.choices:
        assert re.search(LETTERS[language], each.label)
        assert each.label not in app.library().world.headings[each.codes[0]]


def test_choices_between_headings_are_short_in_english_and_paths_have_the_legal_names() -> None:
    found = app.classify("shoes", language="en", corrections={})
    assert found.question is not None
    assert "Footwear with leather uppers" in {each.label for each in found.question.choices}
    assert found.candidates[0].path[1].name == app.library().world.headings["6403"]


def test_a_heading_without_a_name_is_shown_in_english() -> None:
    missing = next(row["code"] for row in rows() if not row["km"])
    english = app.library().world.headings[missing]
    assert names.heading_name(missing, english, "km") == english
    assert names.heading_name(missing, english, "fr") == english


def test_goods_found_say_where_a_short_name_is_from() -> None:
    heading = next(each for each in app.goods("64", None, "km", 20).data if each.code == "6403")
    assert (heading.name_language, heading.named_by) == ("km", names.NAMED_BY)
    assert list(heading.names) == ["en"], "the names of the law stay beside it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_of_six_digits_are_named_in_the_language_and_their_lines_after_that_name(language: str) -> None:
    law, world = app.library().law("CN", TODAY), app.library().world
    short = names.heading_names(language)["090121"]
    with translate.speaking(language, law):
        named, line = name_of(law, world, "090121"), name_of(law, world, "09012100")
    # Only Chinese is a language of this pack, whose line is called "not decaffeinated (roasted)".
    assert named == (line if language == "zh" else short)
    assert with_local_name("09012100", line, language) == f"{short} · 0901.21.00 {line}"
