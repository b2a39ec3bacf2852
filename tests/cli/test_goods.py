"""`entrepot goods`: goods and their codes by words, or by the beginning of a code."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrepot import app

Run = Callable[..., Any]


def test_words_find_the_lines_of_a_country(entrepot: Run) -> None:
    ended = entrepot("goods", "roasted", "coffee", "--to", "CN", "--on", "2026-03-01")
    assert ended.code == 0
    assert "China · roasted coffee" in ended.out
    assert "   0901.21.00   Coffee, roasted, not decaffeinated" in ended.out


def test_without_a_country_the_international_headings_are_found(entrepot: Run) -> None:
    ended = entrepot("goods", "0901.2")
    assert "Headings of the Harmonized System · 0901.2" in ended.out
    assert [line.split()[0] for line in ended.out.splitlines()[1:]] == ["0901.21", "0901.22"]


def test_json_is_the_result_of_the_library_in_every_language(entrepot: Run) -> None:
    words = ("goods", "咖啡", "--to", "cn", "--on", "2026-03-01", "--limit", "3", "--json")
    expected = app.goods("咖啡", "CN", "en", 3, on=dt.date(2026, 3, 1))
    for language in ("en", "zh"):
        ended = entrepot(*words, "--lang", language)
        assert json.loads(ended.out) == msgspec.json.decode(msgspec.json.encode(expected))
    assert len(expected.data) == 3


def test_names_are_in_the_users_language_if_there_are_any(entrepot: Run) -> None:
    assert "未浸除咖啡碱(已焙炒)" in entrepot("goods", "coffee", "--to", "CN", "--lang", "zh").out
    assert "Coffee; roasted" in entrepot("goods", "coffee", "--to", "KH", "--lang", "km").out


def test_everyday_names_are_shown_below_a_name_in_another_language(entrepot: Run) -> None:
    said = entrepot("goods", "sầu", "riêng", "--to", "CN", "--lang", "vi").out
    assert said.splitlines()[1:3] == ["   0810.60.00   Durians, fresh · 20 %", " " * 16 + "sầu riêng, quả sầu riêng"]
    assert "durian" not in entrepot("goods", "durian", "--to", "CN").out.splitlines()[1]


def test_an_empty_result_lists_the_languages_with_names(entrepot: Run) -> None:
    ended = entrepot("goods", "មិនបានបំបាត់ជាតិ", "--to", "KH")
    assert ended.code == 4
    assert "Names exist in: English, 简体中文." in ended.out
    assert json.loads(entrepot("goods", "xyzzy", "--json").out)["data"] == []


def test_a_heading_lists_its_lines_by_what_differs_with_their_rates(entrepot: Run) -> None:
    lines = entrepot("goods", "0901", "--to", "CN", "--on", "2026-03-01").out.splitlines()
    assert "   0901.11.00   not roasted, not decaffeinated · 8 %" in lines
    assert "   0901.21.00   roasted, not decaffeinated · 15 %" in lines


def test_a_misspelt_word_is_corrected_and_said(entrepot: Run) -> None:
    said = entrepot("goods", "hedphones", "--to", "CN").out.splitlines()
    assert said[1] == ' No goods match "hedphones". Results for "headphones":'
    assert said[2].startswith("   8518.30.00 ")


def test_an_empty_result_says_what_to_try(entrepot: Run) -> None:
    ended = entrepot("goods", "xyzzyq", "--to", "CN")
    assert (ended.code, "Try a more general word" in ended.out, "64 for footwear" in ended.out) == (4, True, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("goods", "coffee", "--limit", "0"), 2, "--limit must be a number from 1 to 100"),
        (("goods", "coffee", "--limit", "many"), 2, "--limit must be a number from 1 to 100"),
        (("goods", "coffee", "--to", "BR"), 5, "Brazil"),
        (("goods", "coffee", "--to", "Atlantis"), 3, "is not an economy"),
        (("goods", "coffee", "--on", "tomorrow"), 2, '--on: "tomorrow" is not a date'),
        (("goods",), 2, "See `entrepot goods --help`."),
    ],
)
def test_errors_are_one_sentence(entrepot: Run, words: tuple[str, ...], code: int, says: str) -> None:
    ended = entrepot(*words)
    assert ended.code == code
    assert says in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("typed", ['"', "coffee*", "NEAR(a b)", "\udcff", "own:coffee"])
def test_special_characters_are_searched_as_words(entrepot: Run, typed: str) -> None:
    assert entrepot("goods", typed).code in (0, 4)
    assert "data" in json.loads(entrepot("goods", typed, "--json").out)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("quote", "--date", "2026-03-01"), "--on"),
        (("quote", "--price", "5 CNY"), "--amount"),
        (("law", "CN", "0901.21", "--date", "2026-03-01"), "--on"),
    ],
)
def test_an_option_by_the_name_of_its_field_names_the_option(entrepot: Run, words: tuple[str, ...], meant: str) -> None:
    ended = entrepot(*words)
    assert ended.code == 2
    assert f"No such option: {words[-2]}" in ended.err
    assert f" {meant}" in ended.err.split(words[-2], 1)[1]


def test_a_table_is_quoted_by_another_command(entrepot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    missing = entrepot("quote", "spring offers.csv")
    assert (missing.code, missing.err) == (2, 'error: File "spring offers.csv" does not exist.\n')
    Path("spring offers.csv").write_text("hs_code\n", "utf-8")
    ended = entrepot("quote", "spring offers.csv")
    assert ended.code == 2
    assert ended.err == (
        'error: "spring offers.csv" is a table. '
        "Quote it with: entrepot batch 'spring offers.csv' --out answers.csv.\n"
    )


@pytest.mark.parametrize(
    ("typed", "categories"),
    [
        ("online course", "live_teaching, recorded_courses"),
        ("Teleconsultation", "consulting, telemedicine"),
        ("workspace seat", "collaborative_office"),
    ],
)
def test_words_of_a_service_name_the_categories_they_may_mean(entrepot: Run, typed: str, categories: str) -> None:
    ended = entrepot("quote", "--service", typed, "--from", "TH", "--to", "CN", "--amount", "100 CNY")
    assert ended.code == 3
    assert ended.err == f'error: "{typed}" is not a category of services. It may be: {categories}. (--service)\n'


def test_an_argument_that_is_missing_is_explained(entrepot: Run) -> None:
    ended = entrepot("measure", "table")
    assert ended.code == 2
    says = "A year (2026), a quarter (2026-Q1) or a month (2026-03)."
    assert ended.err == f"error: Missing argument 'PERIOD'. {says} See `entrepot measure table --help`.\n"
