"""A tax that is known for some lines of a cart, and for which the law has no rate on others.

Expected amounts are calculated by hand: 100 ZZD of goods have a customs value of 101.00, since 1 % of insurance is
imputed; the duty given is 10 %, 10.10; VAT is 20 % of both and the excise; the entry fee of a consignment is 10.00.
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
from slow.assess import assess

#: 6 l of 40 % vol. are 2.4 l of pure alcohol: an excise of 5 ZZD/l_alc is 12.00, and VAT 20 % of 123.10, 24.62.
SPIRITS = {"hs_code": "2208.30", "litres": "6", "alcohol_percent": "40"}
#: Without the number of items at least 30 % of a price that includes it, 3/7 of 111.10, 47.61; VAT 20 % of 158.71.
TOBACCO = {"hs_code": "2402.20"}
#: No row says whether dishes bear an excise: VAT is at least 20 % of 111.10, 22.22.
DISHES = {"hs_code": "6911.10"}

#: Goods of a cart; the excise that is known, VAT, the landed amount, each the lowest.
CARTS = [
    ((SPIRITS, DISHES), "12.00", "46.84", "289.04"),  # 200 + 20.20 + 12 + 46.84 + 10
    ((TOBACCO, DISHES), "47.61", "53.96", "331.77"),  # 200 + 20.20 + 47.61 + 53.96 + 10
    ((SPIRITS, TOBACCO, DISHES), "59.61", "78.58", "478.49"),  # 300 + 30.30 + 59.61 + 78.58 + 10
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The pack zz, where a list of goods that bear an excise is not complete."""
    packs = tmp_path_factory.mktemp("packs")
    for pack in ("zz", "world"):
        shutil.copytree(packs_folder() / pack, packs / pack)
    replace_in_file(packs / "zz/pack.toml", '"classes.excise" = "complete"\n', "")
    return Library(packs, packs / "cache")


def sale(*goods: dict[str, Any]) -> dict[str, Any]:
    lines = [{"amount": "100.00", "country_of_origin": "VN", "rates": {"duty": "10 %"}, **each} for each in goods]
    return changed("lines", lines)


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


@pytest.mark.parametrize(("goods", "excise", "vat", "landed"), CARTS)
def test_what_is_known_counts_and_the_rest_is_not_nil(
    library: Library, goods: tuple[dict[str, str], ...], excise: str, vat: str, landed: str
) -> None:
    quote = entrepot.quote(sale(*goods), packs=library)
    found = best(quote)
    charges = {each.id: each for each in found.charges}
    assert (charges["excise"].amount, charges["excise"].amount_low, charges["excise"].amount_high) == (
        None,
        excise,
        UNSET,
    )
    assert (charges["vat"].amount, charges["vat"].at_least) == (vat, True)
    assert found.at_least
    assert landed in (found.amount_landed, found.amount_landed_low)
    assert found.amount_landed_high is UNSET
    of_dishes = {each.id: each for each in found.line_charges(found.lines[-1])}
    assert (of_dishes["excise"].amount, of_dishes["excise"].reason) == (None, "none")
    assert reason(quote, "tax.none").param == f"lines[{len(goods) - 1}].rates.excise"
    # The totals do not exclude the tax: they count the part that is known.
    assert "charge.unknown" not in {each.code for each in quote.assessment.reasons}


@pytest.mark.parametrize(("goods", "excise", "vat", "landed"), CARTS)
def test_the_slow_oracle_agrees(
    library: Library, goods: tuple[dict[str, str], ...], excise: str, vat: str, landed: str
) -> None:
    slow = assess(sale(*goods), library.folder)
    found = slow["regimes"][slow["best"]]
    assert Decimal(found["landed"][0]).scaleb(-slow["decimals"]) == Decimal(landed)


def test_of_a_line_alone_nothing_is_known(library: Library) -> None:
    quote = entrepot.quote(sale(DISHES), packs=library)
    excise = next(each for each in best(quote).charges if each.id == "excise")
    assert (excise.amount, excise.amount_low) == (None, UNSET)
    assert (best(quote).amount_landed, best(quote).at_least) == ("142.32", True)  # 100 + 10.10 + 22.22 + 10
    assert "charge.unknown" in {each.code for each in quote.assessment.reasons}


def test_only_what_changes_the_answer_is_asked(library: Library) -> None:
    """The dishes would pay a port fee by weight, but not under the procedure that is best."""
    quote = entrepot.quote(sale(TOBACCO, DISHES), packs=library)
    asked = [each.param for each in quote.assessment.reasons if each.code == "measure.missing"]
    assert asked == ["lines[0].items"]
    assert {each.settles for each in best(quote).candidates or ()} == {"lines[0].items"}


@pytest.mark.parametrize("explain", [True, False])
def test_each_row_of_a_cart_counts_its_own_part(library: Library, explain: bool) -> None:
    """Half of the fee is 5.00: 10.10 + 12 + 24.62 + 5 are 51.72, and 10.10 + 22.22 + 5 are 37.32."""
    rows = [row for cart in range(60) for row in rows_of(sale(SPIRITS, DISHES), f"c{cart}")]
    answers = entrepot.quote_table(table_of(rows), packs=library, explain=explain).to_pylist()
    for of_spirits, of_dishes in zip(answers[::2], answers[1::2], strict=True):
        assert (of_spirits["taxes"], of_spirits["charges"], of_spirits["landed"]) == (
            Decimal("36.62"), Decimal("51.72"), Decimal("151.72")
        )  # fmt: skip
        assert (of_dishes["taxes"], of_dishes["charges"], of_dishes["landed"]) == (
            Decimal("22.22"), Decimal("37.32"), Decimal("137.32")
        )  # fmt: skip
        assert of_spirits["at_least"]
        assert of_dishes["at_least"]


@pytest.mark.parametrize("explain", [True, False])
def test_a_row_without_a_rate_is_at_least(library: Library, explain: bool) -> None:
    """In the loop of sales of one line: spirits 156.72 (100 + 10.10 + 12 + 24.62 + 10), dishes at least 142.32."""
    rows = [row for goods in (SPIRITS, DISHES) for row in rows_of(sale(goods))] * 200
    answers = entrepot.quote_table(table_of(rows), packs=library, explain=explain).to_pylist()
    figures = [(each["landed"], each["at_least"]) for each in answers]
    assert figures == [(Decimal("156.72"), False), (Decimal("142.32"), True)] * 200


def test_the_field_of_a_missing_rate_is_of_its_charge_alone_where_others_have_its_kind() -> None:
    # New Zealand has a levy above NZD 1,000, of which the rate is not known, and levies up to it, all of the kind fee:
    # a rate by that kind would be charged for each.
    line: dict[str, Any] = {"hs_code": "610910", "amount": "5000"}
    sale: dict[str, Any] = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "NZ"},
        "date": "2026-11-26",
        "currency": "NZD",
        "buyer": {"kind": "business"},
        "transport": "sea",
        "lines": [line],
    }
    open_levy = entrepot.quote(sale)
    param = next(each.param for each in open_levy.assessment.reasons if each.code == "rate.unknown")
    assert param == "lines[0].rates.high_value_levy"
    given = entrepot.quote({**sale, "lines": [{**line, "rates": {"high_value_levy": "110 NZD"}}]})
    assert sum(Decimal(each.amount or "nan") for each in best(given).charges if each.kind == "fee") == Decimal(110)
