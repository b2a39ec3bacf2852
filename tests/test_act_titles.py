"""The titles of the acts behind the charges of the demonstration, in the language of the reader."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot import app
from entrepot.cli.demo import SALES
from entrepot.language.translate import pack_text, speaking


def quoted(seller: str, importer: str, code: str, buyer: str, amount: str) -> Any:
    line = {"hs_code": code, "country_of_origin": seller, "amount": amount}
    sale = {
        "ship_from": {"country": seller},
        "ship_to": {"country": importer},
        "date": "2026-03-01",
        "buyer": {"kind": buyer},
        "currency": "CNY",
        "lines": [line],
    }
    return app.quote_with_law(app.normal_sale(sale))


@pytest.mark.parametrize("language", ["zh", "vi", "th", "km"])
@pytest.mark.parametrize("sale", SALES, ids=lambda sale: f"{sale[0]}-{sale[2]}")
def test_titles_of_the_acts_behind_the_charges_are_translated(
    sale: tuple[str, str, str, str, str], language: str
) -> None:
    seller, importer, code, retail, bulk = sale
    for buyer, amount in (("consumer", retail), ("business", bulk)):
        quote, law = quoted(seller, importer, code, buyer, amount)
        rows = {row for option in quote.options for charge in option.charges for row in charge.citations}
        sources = {source for row in rows for source in quote.law.rows[row].sources}
        assert sources
        with speaking(language, law):
            english = [
                each.title
                for each in map(quote.law.sources.get, sources)
                if each and pack_text(each.title) == each.title
            ]
        assert not english
