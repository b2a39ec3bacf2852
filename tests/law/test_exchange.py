"""Customs exchange rates in a pack."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import entrepot
from entrepot.law.library import Library, packs_folder

ROWS = """currency,rate,since,until,cite,trust
GBP,2.50,2026-03-01,2026-04-01,customs-act,official
GBP,3.00,2026-04-01,,customs-act,official
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for pack in ("world", "zz"):
        shutil.copytree(packs_folder() / pack, tmp_path / "packs" / pack)
    head = (tmp_path / "packs/zz/pack.toml").read_text()
    source = next(line[8:-1] for line in head.splitlines() if line.startswith("[source."))
    (tmp_path / "packs/zz/exchange.csv").write_text(ROWS.replace("customs-act", source))
    return Library(tmp_path / "packs", tmp_path / "cache")


def sale(date: str, **more: Any) -> dict[str, Any]:
    line = {"hs_code": "4902.00.00", "amount": "10.00", "quantity": "1", "country_of_origin": "GB"}
    return {
        "ship_from": {"country": "GB"},
        "ship_to": {"country": "ZZ"},
        "date": date,
        "currency": "GBP",
        "buyer": {"kind": "business"},
        "lines": [line],
        **more,
    }


@pytest.mark.parametrize(("date", "goods"), [("2026-03-31", "25.00"), ("2026-04-01", "30.00")])
def test_the_customs_rate_of_the_day_is_used_and_named(library: Library, date: str, goods: str) -> None:
    # 10 pounds at 2.50 are 25, at 3.00 they are 30.
    quote = entrepot.quote(sale(date), packs=library)
    assert {option.amount_subtotals.goods for option in quote.options if option.amount_subtotals} == {goods}
    assert quote.exchange is not None
    assert quote.exchange.date in {"2026-03-01", "2026-04-01"}
    assert not any(reason.code.startswith("exchange.") for reason in quote.assessment.reasons)


def test_the_callers_rate_takes_precedence(library: Library) -> None:
    quote = entrepot.quote(sale("2026-03-31", exchange_rates={"GBP": "4"}), packs=library)
    assert {option.amount_subtotals.goods for option in quote.options if option.amount_subtotals} == {"40.00"}
    assert quote.exchange is not None
    assert quote.exchange.source == "the caller"
