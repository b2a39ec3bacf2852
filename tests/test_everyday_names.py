"""Goods are found by their everyday names in each language, where no schedule uses these names."""

from __future__ import annotations

import pytest

from entrepot import app
from entrepot.goods import normalize
from entrepot.goods.everyday_names import everyday_goods
from entrepot.goods.spelling import edits_between
from entrepot.language.catalogue import LANGUAGES
from test_goods_search import codes, found

#: Everyday names of goods, and their six digits or heading: the nomenclature's own headings say coffee 0901, cashew
#: nuts 0801.3, durians 0810.60, rice 1006, smartphones 8517.13.
EVERY_DAY = [
    ("vi", "cà phê", "0901"),
    ("vi", "ca phe", "0901"),
    ("vi", "hạt điều", "0801"),
    ("vi", "sầu riêng", "081060"),
    ("vi", "điện thoại thông minh", "8517"),
    ("th", "กาแฟ", "0901"),
    ("th", "เม็ดมะม่วงหิมพานต์", "0801"),
    ("th", "ทุเรียน", "081060"),
    ("th", "ข้าว", "1006"),
    ("km", "កាហ្វេ", "0901"),
    ("km", "ស្វាយចន្ទី", "0801"),
    ("km", "ទុរេន", "081060"),
    ("km", "អង្ករ", "1006"),
    ("zh", "手机", "8517"),
    ("en", "phone", "8517"),
]


@pytest.mark.parametrize(("language", "typed", "code"), EVERY_DAY)
def test_everyday_names_find_goods(language: str, typed: str, code: str) -> None:
    for economy in (None, "CN"):
        first = codes(typed, economy, language)[0]
        assert first.startswith(code)
        assert len(first) >= 6  # goods that can be quoted come before their heading


def test_words_with_accents_prefer_exact_matches() -> None:
    assert codes("dừa", None, "vi")[0] == "080112"  # coconut
    assert codes("dứa", None, "vi")[0] == "080430"  # pineapple
    assert codes("giày", "CN", "vi")[0][:4] == "6403"  # shoe
    assert codes("giấy", "CN", "vi")[0][:4] == "4802"  # paper
    assert {"6403", "4802"} <= {code[:4] for code in codes("giay", "CN", "vi")}
    assert {"0801", "0804"} <= {code[:4] for code in codes("dua", None, "vi")}


def test_everyday_names_are_shown_only_for_their_own_goods() -> None:
    roasted, green, *others = found("cà phê", "CN", "vi").data
    assert (roasted.code, green.code) == ("09012100", "09011100")
    assert roasted.called.startswith("cà phê, hạt cà phê")
    assert (roasted.name_language, roasted.named_by) == ("en", "cn")
    assert "0901" in {each.code for each in others}
    husks = next(each for each in found("coffee husks", "CN", "vi").data if each.code == "09019010")
    assert husks.called == ""


def test_everyday_names_have_existing_codes_and_no_duplicates() -> None:
    headings = app.library().world.headings
    for each in everyday_goods():
        assert set(each.codes) <= set(headings), each.codes
        assert len(set(each.codes)) == len(each.codes)
        assert len(each.codes[0]) == 6, each.codes  # the likeliest code can be quoted
        assert set(each.names) == set(LANGUAGES), each.codes
        for language, words in each.names.items():
            assert all(word == word.strip() != "" for word in words), (each.codes, language)
            assert len({normalize.phrase_key(word, accents=True) for word in words}) == len(words), (
                each.codes,
                language,
            )


def test_a_name_inside_a_text_finds_its_goods() -> None:
    assert codes("leather wallet for men", "CN")[0][:6] == "420231"
    assert codes("iphone 15 case", "CN")[0][:6] == "392690"
    assert codes("手机充电器", "CN", "zh")[0][:6] == "850440"  # a charger for telephones, not a telephone
    assert codes("áo thun nam", "CN", "vi")[0][:4] == "6109"
    assert codes("เสื้อยืดผู้ชาย", "CN", "th")[0][:4] == "6109"


@pytest.mark.parametrize(
    ("language", "typed", "meant", "heading"),
    [
        ("en", "hedphones", "headphones", "8518"),
        ("en", "kofee", "coffee", "0901"),
        ("en", "bycicle", "bicycle", "8712"),
        ("en", "leather walet", "leather wallet", "4202"),
        ("en", "refridgerator", "refrigerator", "8418"),
        ("th", "กะเป๋า", "กระเป๋า", "4202"),
    ],
)
def test_misspelt_words_are_corrected(language: str, typed: str, meant: str, heading: str) -> None:
    answer = found(typed, "CN", language)
    assert answer.corrected == meant
    assert answer.data[0].heading == heading
    assert found(meant, "CN", language).corrected == ""


@pytest.mark.parametrize("typed", ["qwrtzxcv", "", "   ", "?", "xqz"])
def test_words_without_meaning_are_not_corrected(typed: str) -> None:
    assert (found(typed, "CN").corrected, found(typed, "CN").data) == ("", [])


def test_a_brand_is_not_taken_for_a_misspelt_word() -> None:
    answer = found("nike shoes", "CN")
    assert (answer.corrected, answer.data[0].heading) == ("", "6403")


def test_known_words_are_not_taken_for_a_similar_name() -> None:
    answer = found("running shorts", "CN")
    assert (answer.corrected, answer.data[0].heading) == ("", "6203")


def test_words_of_the_nomenclature_come_before_everyday_names_inside_the_text() -> None:
    assert codes("smoked salmon", "CN")[0].startswith("0305")
    assert codes("usb charger", "CN")[0].startswith("8504")  # not the cables of which one is for USB, another to charge


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("jaens", "jeans", 1), ("lamp", "lamps", 1), ("lamp", "lump", 1), ("lamp", "lamp", 0), ("shoe", "spoon", 3)],
)
def test_edits_are_counted_up_to_a_bound(one: str, other: str, edits: int) -> None:
    assert edits_between(one, other, 3) == edits_between(other, one, 3) == edits
    assert edits_between(one, other, 0) == min(edits, 1)
