"""Goods are found by their everyday names in each language, where no schedule uses these names."""

from __future__ import annotations

import pytest

from entrepot import app
from entrepot.goods import normalize
from entrepot.goods.everyday_names import everyday_names
from entrepot.language.catalogue import LANGUAGES
from test_goods_search import codes, found

#: Everyday names of goods, and their six digits or heading: the nomenclature's own headings say coffee 0901, cashew
#: nuts 0801.3, durians 0810.60, rice 1006, smartphones 8517.13.
EVERY_DAY = [
    ("vi", "cà phê", "0901"),
    ("vi", "ca phe", "0901"),
    ("vi", "hạt điều", "080131"),
    ("vi", "sầu riêng", "081060"),
    ("vi", "điện thoại thông minh", "8517"),
    ("th", "กาแฟ", "0901"),
    ("th", "เม็ดมะม่วงหิมพานต์", "080131"),
    ("th", "ทุเรียน", "081060"),
    ("th", "ข้าว", "1006"),
    ("km", "កាហ្វេ", "0901"),
    ("km", "ស្វាយចន្ទី", "080131"),
    ("km", "ទុរេន", "081060"),
    ("km", "អង្ករ", "1006"),
    ("zh", "手机", "8517"),
    ("en", "phone", "8517"),
]


@pytest.mark.parametrize(("language", "typed", "code"), EVERY_DAY)
def test_everyday_names_find_goods(language: str, typed: str, code: str) -> None:
    assert codes(typed, None, language)[0] == code
    # If the six digits are one line of the economy's schedule, that line is found.
    assert codes(typed, "CN", language)[0][:6] == code


def test_words_with_accents_prefer_exact_matches() -> None:
    assert codes("dừa", None, "vi")[0] == "0801"  # coconut
    assert codes("dứa", None, "vi")[0] == "0804"  # pineapple
    assert {"0801", "0804"} <= {code[:4] for code in codes("dua", None, "vi")}


def test_everyday_names_are_shown_only_for_their_own_goods() -> None:
    heading, *under = found("cà phê", "CN", "vi").data
    assert heading.called == "cà phê, hạt cà phê"
    assert (heading.name_language, heading.named_by) == ("en", "world")
    decaffeinated = next(each for each in under if each.code == "09011200")
    assert decaffeinated.called == ""


def test_everyday_names_have_existing_headings_and_no_duplicates() -> None:
    headings = app.library().world.headings
    for code, languages in everyday_names().items():
        assert code in headings, code
        for language, words in languages.items():
            assert all(word == word.strip() != "" for word in words), (code, language)
            assert len({normalize.fold_keeping_accents(word) for word in words}) == len(words), (code, language)
    for language in LANGUAGES:
        assert sum(language in languages for languages in everyday_names().values()) > 190
