"""A tax without a known highest rate or amount: the lowest total counts the lowest amount, as it does of a duty.

Expected amounts are calculated by hand: 100 ZZD of goods have a customs value of 101.00, since 1 % of insurance is
imputed; the duty given is 10 %, 10.10; VAT is 20 % of both and the excise; the entry fee is 10.00.
"""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

import entrepot
from base_sale import changed, reason
from batch.sale_rows import rows_of, table_of
from entrepot.law.library import Library, packs_folder
from entrepot.model.quote import Option, Quote
from pack_edits import replace_in_file

#: Of spirits by the litre, of tobacco by value: each at least that.
RATES = (
    ("excise,spirits,,,,5 ZZD/l_alc,", "excise,spirits,,,,from 2 ZZD/l,"),
    ("excise,tobacco,,,,30 % + 45 ZZD/1000item,", "excise,tobacco,,,,from 30 %,"),
)
SPIRITS = {"hs_code": "2208.30", "litres": "6"}
TOBACCO = {"hs_code": "2402.20"}
BEER = {"hs_code": "2203.00"}
DISHES = {"hs_code": "6911.10"}

#: Goods, their excise at least, the VAT on it, and the landed amount.
CASES = [
    (SPIRITS, "12.00", "24.62", "156.72"),  # 6 l × 2; 20 % of 123.10; 100 + 10.10 + 12 + 24.62 + 10
    # The excise is part of its own base: 30 % are 3/7 of 111.10. VAT is 20 % of 158.71.
    (TOBACCO, "47.61", "31.74", "199.45"),  # 100 + 10.10 + 47.61 + 31.74 + 10
    # Beer bears 10 % and 0.50 a litre; without the litres 10 %, 1/9 of 111.10. VAT is 20 % of 123.44.
    (BEER, "12.34", "24.69", "157.13"),  # 100 + 10.10 + 12.34 + 24.69 + 10
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The pack zz with taxes of which only the lowest rate is known."""
    packs = tmp_path_factory.mktemp("packs")
    for pack in ("zz", "world"):
        shutil.copytree(packs_folder() / pack, packs / pack)
    for old, new in RATES:
        replace_in_file(
            packs / "zz/taxes.csv", old + ",,2010-01-01,,taxes-act,official", new + ",,2010-01-01,,taxes-act,published"
        )
    return Library(packs, packs / "cache")


def sale(*goods: dict[str, Any], **fields: Any) -> dict[str, Any]:
    lines = [{"amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "10 %"}, **each} for each in goods]
    return changed("lines", lines) | fields


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


@pytest.mark.parametrize("buyer", ["consumer", "business"])
@pytest.mark.parametrize(("goods", "excise", "vat", "landed"), CASES)
def test_the_lowest_total_counts_the_lowest_amount_and_the_tax_on_it(
    library: Library, goods: dict[str, str], excise: str, vat: str, landed: str, buyer: str
) -> None:
    quote = entrepot.quote(sale(goods, buyer={"kind": buyer}), packs=library)
    found = best(quote)
    charges = {each.id: each for each in found.charges}
    assert (charges["excise"].amount, charges["excise"].amount_low, charges["excise"].amount_high) == (
        None,
        excise,
        UNSET,
    )
    assert (charges["vat"].amount, charges["vat"].at_least) == (vat, True)
    assert (charges["duty"].amount, charges["entry_fee"].amount) == ("10.10", "10.00")
    assert (found.amount_landed, found.amount_landed_low, found.amount_landed_high) == (None, landed, UNSET)
    assert found.at_least
    parts = found.amount_subtotals
    assert parts is not None
    assert (parts.duties, parts.taxes, parts.taxes_high, parts.fees) == ("10.10", None, UNSET, "10.00")
    asked = "measure.missing" if goods is BEER else "rate.range_tax"
    assert reason(quote, asked).param in ("lines[0].rates.excise", "lines[0].litres")
    assert "charge.unknown" not in {each.code for each in quote.assessment.reasons}


@pytest.mark.parametrize("explain", [True, False])
def test_tables_count_it_too(library: Library, explain: bool) -> None:
    rows = [row for goods, *_ in CASES for row in rows_of(sale(goods))] * 200
    answers = entrepot.quote_table(table_of(rows), packs=library, explain=explain).to_pylist()
    for answer, (_, _, _, landed) in zip(answers, CASES * 200, strict=True):
        assert (answer["landed"], answer["landed_low"], answer["landed_high"]) == (None, Decimal(landed), None)
        assert (answer["duties"], answer["taxes"], answer["fees"]) == (Decimal("10.10"), None, 10)
        assert answer["at_least"]


def test_in_a_cart_the_lines_have_what_they_have_alone(library: Library) -> None:
    """The entry fee for 202.00 is still 10.00."""
    found = best(entrepot.quote(sale(SPIRITS, TOBACCO), packs=library))
    charges = {each.id: each for each in found.charges}
    assert charges["excise"].amount_low == "59.61"  # 12.00 + 47.61
    assert charges["vat"].amount == "56.36"  # 24.62 + 31.74
    assert found.amount_landed_low == "346.17"  # 200 + 2 × 10.10 + 59.61 + 56.36 + 10


def test_a_row_of_a_cart_counts_its_part(library: Library) -> None:
    """The dishes bear no excise: 10.10 of duty, 22.22 of VAT, half of the fee; the spirits 12.00 and 24.62 of taxes."""
    rows = entrepot.quote_table(table_of(rows_of(sale(SPIRITS, DISHES), "c1")), packs=library).to_pylist()
    of_spirits, of_dishes = rows
    assert (of_spirits["taxes"], of_spirits["charges"], of_spirits["landed"]) == (None, None, None)
    assert (of_spirits["duties"], of_spirits["fees"]) == (Decimal("10.10"), 5)
    assert (of_spirits["charges_low"], of_spirits["landed_low"]) == (Decimal("51.72"), Decimal("151.72"))
    assert (of_dishes["taxes"], of_dishes["charges"], of_dishes["landed"]) == (
        Decimal("22.22"), Decimal("37.32"), Decimal("137.32")
    )  # fmt: skip
    assert [row["landed_high"] for row in rows] == [None, None]
    assert all(row["at_least"] for row in rows)


def test_a_duty_without_a_highest_rate_counts_its_lowest_in_a_cart(library: Library) -> None:
    """A duty of `5 % + 2 ZZD/kg` without a weight is at least 5 % of 101, 5.05; VAT on it 20 % of 106.05, 21.21."""
    by_weight = {"hs_code": "6911.10", "rates": {"duty": "5 % + 2 ZZD/kg"}}
    found = best(entrepot.quote(sale(SPIRITS, by_weight), packs=library))
    duty = next(each for each in found.charges if each.id == "duty")
    assert (duty.amount, duty.amount_low) == (None, "15.15")
    assert found.amount_subtotals is not None
    assert found.amount_subtotals.duties_low == "15.15"
    assert found.amount_landed_low == "282.98"  # 200 + 15.15 + 12 + 24.62 + 21.21 + 10
