"""A quote shown in a notebook and on rich's console."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

import entrepot

SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def test_a_notebook_shows_every_procedure_and_escapes_every_text() -> None:
    quote = entrepot.quote({**SALE, "lines": [{**SALE["lines"][0], "country_of_origin": "VN"}]})
    html = quote._repr_html_()
    assert html.count("<tr") == len(quote.options) + 1
    assert "CNY 109.10 landed" in html
    odd = entrepot.quote({**SALE, "lines": [{"hs_code": "0901.99", "amount": "1", "description": "<b>"}]})
    assert "no way in is open" in odd._repr_html_()
    assert "<b>" not in odd._repr_html_()


def test_richs_console_shows_the_headline_and_the_procedures() -> None:
    quote = entrepot.quote(SALE)
    out = io.StringIO()
    Console(file=out, width=160).print(quote)
    assert "CNY 109.10 landed, by Cross-border e-commerce retail import (estimated)" in out.getvalue()
    assert all(option.title.split()[0] in out.getvalue() for option in quote.options)


def test_where_no_procedure_is_open_the_conditional_total_is_shown() -> None:
    # 260 + 260 x 9 % x 70 % = 276.38, if durian is on the list of retail imports.
    sale = {
        "ship_from": {"country": "TH"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "lines": [{"hs_code": "0810.60", "amount": "260.00"}],
    }
    wanted = "CNY 276.38 by Cross-border e-commerce retail import, if: The goods are on the list"
    assert wanted in entrepot.quote(sale)._repr_html_()
