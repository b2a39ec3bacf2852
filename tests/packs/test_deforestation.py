"""The statement against deforestation is asked for the goods of annex I to Regulation (EU) 2023/1115."""

from __future__ import annotations

import pytest

import entrepot


def _asked(hs_code: str, date: str) -> bool:
    sale = {
        "ship_from": {"country": "BR"},
        "ship_to": {"country": "DE"},
        "date": date,
        "buyer": {"kind": "business"},
        "currency": "EUR",
        "lines": [{"hs_code": hs_code, "country_of_origin": "BR", "amount": "1000"}],
    }
    quote = entrepot.quote(sale)
    return any(each.id == "deforestation" for option in quote.options for each in option.requirements)


@pytest.mark.parametrize("hs_code", ["020622", "160250", "090121", "401110", "401699", "401700", "940391", "441899"])
def test_goods_of_the_annex(hs_code: str) -> None:
    assert _asked(hs_code, "2026-12-30")
    assert not _asked(hs_code, "2026-12-29")


@pytest.mark.parametrize("hs_code", ["020621", "210111", "490199", "410411"])
def test_tongues_soluble_coffee_books_and_leather_are_left_out(hs_code: str) -> None:
    """Annex I reads `0206 29 … excluding tongues`; Regulation (EU) 2025/2650 took printed products out."""
    assert not _asked(hs_code, "2026-12-30")
