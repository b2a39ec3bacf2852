"""The catalogues of the plugin: complete, with the placeholders of the texts, and used by Django."""

from __future__ import annotations

import gettext
import re

import pytest
from django.utils import translation

from entrepot_oscar.node import language_of_buyer

pytest.importorskip("babel", reason="Babel, which writes the catalogues, is not installed")

import texts

HOLE = re.compile(r"%\(\w+\)s")
#: A language of Django, and what it says for a text of Django's own catalogue and ours.
DUTIES = {"zh-hans": "进口关税", "zh-cn": "进口关税", "vi": "Thuế nhập khẩu", "th": "อากรขาเข้า", "km": "ពន្ធនាំចូល"}


@pytest.mark.parametrize("locale", texts.LOCALES)
def test_each_text_has_a_translation_with_its_placeholders(locale: str) -> None:
    said = texts.read(locale)
    assert set(said) == set(texts.texts()), "run tests/texts.py"
    for text, translated in said.items():
        assert translated, text
        assert sorted(HOLE.findall(translated)) == sorted(HOLE.findall(text)), text
    with texts.file_of(locale, "mo").open("rb") as stream:
        found = gettext.GNUTranslations(stream)
    assert {text: found.gettext(text) for text in said} == said, "run tests/texts.py"


@pytest.mark.parametrize(
    ("language", "asked"), [("zh-hans", "zh"), ("zh-cn", "zh"), ("vi", "vi"), ("en-gb", "en"), ("de", None)]
)
def test_the_node_is_asked_in_the_language_of_the_reader(language: str, asked: str | None) -> None:
    with translation.override(language):
        assert language_of_buyer() == asked


@pytest.mark.parametrize("language", DUTIES)
def test_the_shop_speaks_the_language_of_the_reader(language: str) -> None:
    with translation.override(language):
        assert translation.gettext("Import duties") == DUTIES[language]
        assert translation.get_language() == language
