"""What is stored with a law stays small, whatever requests name."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import entrepot
from base_sale import BASE, changed
from entrepot.app import library
from entrepot.engine.rules import own_currency

#: The module; the package has a function of the same name.
rate: Any = import_module("entrepot.engine.flow.rate")


def test_a_state_that_the_law_does_not_name_is_stored_once() -> None:
    day = dt.date.fromisoformat(str(BASE["date"]))
    stored = library().law(BASE["ship_to"]["country"], day).derived(rate._Derived)
    answers = []
    for number in range(5):
        answers.append(entrepot.quote(changed("ship_to.state", f"{number}" + "X" * 10_000)))
        sizes = {len(place) for key in (*stored.rulings, *stored.classes) for place in key[3]}
        assert max(sizes) < 100
    assert len({answer.best.amount_landed for answer in answers if answer.best is not None}) == 1


def test_a_law_is_stored_in_some_other_currencies_only() -> None:
    law = library().law("CN", dt.date(2026, 3, 1))
    decimals = library().world.decimals
    for currency in list(decimals)[:80]:
        assert own_currency.law_in(law, currency, decimals[currency]).currency == currency
    assert 0 < len(law.derived(own_currency._Derived).laws) <= own_currency.LawsByCurrency.MAX_ENTRIES
