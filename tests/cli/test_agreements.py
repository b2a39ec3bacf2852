"""`entrepot agreements`: what is in force between two economies, on the terminal in five languages and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import entrepot as library
from entrepot.cli.wrap import cell_len
from entrepot.language import catalogue

Run = Callable[..., Any]


def test_the_page_says_what_a_memorandum_does_not_do(entrepot: Run) -> None:
    ended = entrepot("agreements", "Vietnam", "cn", "--on", "2026-04-01")
    assert ended.code == 0
    text = " ".join(ended.out.split())
    for said in (
        "A memorandum does not change tariffs, give documents legal effect or allow transfers of data.",
        "12.6 Electronic signatures: A signature is not refused only because it is electronic.",
        "12.15 Data across the border: Not yet: transition of Viet Nam.",
        "world/provisions.csv:",
        "WTO decision on customs duties on electronic transmissions: No longer in force since Apr 1, 2026.",
    ):
        assert said in text


def test_json_is_the_answer_of_the_library(entrepot: Run) -> None:
    import datetime as dt

    answer = json.loads(entrepot("agreements", "SG", "GB", "--on", "2026-03-01", "--json").out)
    same = library.agreements("SG", "GB", on=dt.date(2026, 3, 1))
    assert answer["capabilities"][3]["effects"] == same.capabilities[3].effects
    assert answer["hash"] == same.hash


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_the_page_fits_a_terminal_of_80_columns(entrepot: Run, language: str) -> None:
    ended = entrepot("agreements", "SG", "GB", "--lang", language)
    assert ended.code == 0
    assert max(map(cell_len, ended.out.splitlines())) <= 80
