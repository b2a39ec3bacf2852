"""Five languages: every text is translated, columns are aligned, numbers and dates have the language's format."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from babel.messages.pofile import read_po

from cli import texts
from entrepot.cli.wrap import cell_len, fold
from entrepot.language import catalogue

Run = Callable[..., Any]

OTHERS = [name for name in catalogue.LANGUAGES if name != "en"]
PLACEHOLDERS = re.compile(r"\{\w*(?:!\w)?\}|--[a-z]+|`[^`]*`")
DURIAN = (
    *("quote", "--from", "TH", "--to", "CN", "--hs", "0810.60", "--amount", "20000 CNY", "--on", "2026-03-01"),
    *("--assert", "positive_list"),
)


def test_every_text_is_in_each_catalogue_with_its_placeholders() -> None:
    needed = [text for group in texts.needed().values() for text in group]
    for language in OTHERS:
        said = catalogue.catalogue(language)
        assert [text for text in needed if text not in said] == [], language
        unlike = [
            text
            for text in said
            if sorted(set(PLACEHOLDERS.findall(text))) != sorted(set(PLACEHOLDERS.findall(said[text])))
        ]
        assert unlike == [], language


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_read_like_gettext_reads_it(language: str) -> None:
    file = texts.SOURCE / "language" / "locale" / language / "LC_MESSAGES" / "entrepot.po"
    expected: dict[str, str] = {}
    with file.open("rb") as stream:
        for entry in read_po(stream):
            keys = entry.id if isinstance(entry.id, tuple) else (entry.id,)
            text = entry.string[0] if isinstance(entry.string, tuple) else entry.string
            expected |= {str(key): str(text) for key in keys if key}
    assert dict(catalogue.catalogue(language)) == expected


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("extra", [["--buyer", "consumer"], ["--buyer", "business", "--explain"]])
def test_no_line_is_wider_than_the_window(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch, language: str, width: int, extra: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ended = entrepot(*DURIAN, "--lang", language, *extra)
    assert ended.code == 0, ended.err
    longest = max(ended.out.splitlines(), key=cell_len)
    assert cell_len(longest) <= width, longest


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
def test_the_figures_of_the_procedures_are_aligned(entrepot: Run, language: str) -> None:
    ended = entrepot(*DURIAN, "--lang", language)
    rows = [line for line in ended.out.splitlines() if re.match(r" [▸ ] [●◐○] ", line)]
    assert len(rows) >= 4
    assert len({cell_len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("CNY\xa026,160.00", "Mar 1, 2026")),
        ("zh", ("CNY\xa026,160.00", "2026年3月1日")),
        ("vi", ("26.160,00\xa0CNY", "1 thg 3, 2026")),
        ("th", ("CNY\xa026,160.00", "1 มี.ค. 2026")),
        ("km", ("26,160.00\xa0CNY", "1 មីនា 2026")),
    ],
)
def test_numbers_and_dates_are_those_of_the_language(entrepot: Run, language: str, said: tuple[str, ...]) -> None:
    ended = entrepot(*DURIAN, "--buyer", "business", "--lang", language)
    for text in said:
        assert text in ended.out


@pytest.mark.parametrize("language", OTHERS)
def test_the_sentences_of_the_engine_are_translated(entrepot: Run, language: str) -> None:
    ended = entrepot(*DURIAN, "--lang", language)
    for english in (
        "Buyer type not given",
        "assumed: zero",
        "Assumed:",
        "This procedure is for",
        "landed",
        "Import procedures",
        "duties",
    ):
        assert english not in ended.out


def test_the_texts_of_a_pack_are_in_its_own_language_if_that_is_chosen(entrepot: Run) -> None:
    words = ("quote", "--from", "TH", "--to", "VN", "--hs", "081060", "--amount", "3000000 VND", "--on", "2026-03-01")
    assert "Thuế giá trị gia tăng" in entrepot(*words, "--lang", "vi", "--buyer", "business").out
    assert "Value added tax" in entrepot(*words, "--lang", "en", "--buyer", "business").out


def test_the_language_is_that_of_the_environment_unless_one_is_chosen(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    assert "ước tính" in entrepot(*DURIAN).out
    assert "estimated" in entrepot(*DURIAN, "--lang", "en").out
    assert "lỗi:" in entrepot("quote").err
    assert "Mã hàng trong Hệ thống hài hòa" in entrepot("quote", "--help").out
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "estimated" in entrepot(*DURIAN).out


@pytest.mark.parametrize("language", OTHERS)
def test_errors_and_help_are_translated(entrepot: Run, language: str) -> None:
    assert "error:" not in entrepot("quote", "--lang", language).err
    assert "The code of the goods" not in entrepot("quote", "--help", "--lang", language).out


def test_json_does_not_depend_on_the_language(entrepot: Run) -> None:
    answers = {entrepot(*DURIAN, "--json", "--lang", language).out for language in catalogue.LANGUAGES}
    assert len(answers) == 1


@pytest.mark.parametrize("width", [8, 13, 40])
def test_folding_keeps_all_characters_and_the_width(width: int) -> None:
    for language in OTHERS:
        for text in catalogue.catalogue(language).values():
            lines = fold(text, width)
            assert "".join("".join(lines).split()) == "".join(text.split())
            assert all(cell_len(line) <= width for line in lines)
