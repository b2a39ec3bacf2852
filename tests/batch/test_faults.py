"""A fault of a row is in its row, with the same code as of a single sale; the other rows go on."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from batch.sale_rows import GOOD, single
from entrepot.app import law_context
from entrepot.batch.assess.batches import assess_batches
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.rows.sales import set_path

#: What is said of a fault.
MESSAGE, PARAM = "fault_message", "fault_field"


def answered(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers, with what is said of faults."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
    columns = resolve_columns(table.schema)
    found = assess_batches(table.to_batches(), law_context(), columns)
    return [row for batch in found for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"ship_to_country": "XX"}, "unknown_economy", "ship_to_country"),
        ({"ship_from_country": "Vietnum"}, "unknown_economy", "ship_from_country"),
        ({"ship_from_country": "cn"}, "sale.domestic", "ship_from_country"),
        ({"ship_to_country": None}, "missing", "ship_to_country"),
        ({"ship_to_country": "AQ"}, "no_law", "ship_to_country"),
        ({"currency": "CNX"}, "unknown_currency", "currency"),
        ({"currency": None}, "missing", "currency"),
        ({"hs_code": "09012"}, "invalid_hs_code", "hs_code"),
        ({"hs_code": None}, "missing", "hs_code"),
        ({"hs_code": "junk"}, "invalid_hs_code", "hs_code"),
        ({"hs_code": None, "service": "sofware"}, "unknown_service", "service"),
        ({"amount": None}, "missing", "amount"),
        ({"amount": "-1"}, "invalid_amount", "amount"),
        ({"amount": "1,234.50"}, "invalid_amount", "amount"),
        ({"amount": "NaN"}, "invalid_amount", "amount"),
        ({"amount": "1_000"}, "invalid_amount", "amount"),
        *[({"amount": text}, "invalid_amount", "amount") for text in ("１００", "٣", "+5", "5.", ".5", "1e3")],
        ({"amount": "12.345"}, "invalid_amount", "amount"),
        ({"amount": "1e999999999"}, "invalid_amount", "amount"),
        ({"amount": "9" * 40}, "invalid_amount", "amount"),
        ({"date": "03/04/2026"}, "invalid", "date"),
        ({"date": "2026-02-30"}, "invalid", "date"),
        ({"date": "1066-10-14"}, "law.before", "date"),
        ({"buyer_kind": "bussiness"}, "invalid", "buyer_kind"),
        ({"incoterm": "CNF"}, "invalid", "incoterm"),
        ({"transport": "boat"}, "invalid", "transport"),
        ({"channel": "shop"}, "invalid", "channel"),
        ({"asserted": "three_document"}, "unknown_condition", "asserted"),
        ({"seller_registrations": "cn_x"}, "unknown_scheme", "seller_registrations"),
        ({"country_of_origin": "Vietnum"}, "unknown_economy", "country_of_origin"),
        ({"proof_of_origin": "form-e"}, "unknown_proof", "proof_of_origin"),
        ({"tax_class": "standart"}, "unknown_tax_class", "tax_class"),
        ({"net_mass_kg": "0"}, "invalid_amount", "net_mass_kg"),
        ({"rates_dutty": "8 %"}, "unknown_kind", "rates_dutty"),
        ({"rates_duty": "eight"}, "invalid_rate", "rates_duty"),
        ({"exchange_rates_USD": "0"}, "invalid_amount", "exchange_rates_USD"),
        ({"discount_amount": "100"}, "invalid_amount", "discount_amount"),
        ({"incoterm": "CIF", "shipping_cost": "200"}, "contradictory_costs", "shipping_cost"),
        ({"ship_from_country": "CN"}, "sale.domestic", "ship_from_country"),
    ],
)
def test_a_fault_is_told_in_its_row(change: dict[str, Any], code: str, param: str) -> None:
    before, row, after = answered(GOOD, GOOD | change, GOOD)
    assert (row["fault"], row[PARAM]) == (code, param)
    assert row[MESSAGE]
    assert row["landed"] is None
    for other in (before, after):
        assert (other["fault"], other["landed"]) == (None, Decimal("109.10"))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"ship_to_country": "XX"}, ("ship_to", "country")),
        ({"ship_from_country": "Vietnum"}, ("ship_from", "country")),
        ({"buyer_kind": "bussiness"}, ("buyer", "kind")),
        ({"incoterm": "CNF"}, ("incoterm",)),
        ({"currency": "CNX"}, ("currency",)),
    ],
)
def test_a_fault_says_what_the_single_quote_says(change: dict[str, str], path: tuple[str, ...]) -> None:
    (row,) = answered(GOOD | change)
    sale: dict[str, Any] = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "currency": "CNY",
        "date": "2026-03-01",
        "lines": [{"hs_code": "0901.21", "amount": "100"}],
    }
    set_path(sale, path, next(iter(change.values())))
    error = single(sale)
    assert isinstance(error, entrepot.SaleError)
    assert (row["fault"], row[MESSAGE]) == (error.code, error.message)
    assert f'"{next(iter(change.values()))}"' in row[MESSAGE]


@pytest.mark.parametrize("rows", [1, 200])
def test_the_case_of_words_does_not_matter(rows: int) -> None:
    sale = GOOD | {"buyer_kind": "consumer", "channel": "ecommerce", "incoterm": "DAP", "country_of_origin": "VN"}
    sale |= {"proof_of_origin": "none", "tax_class": "standard", "asserted": "indivisible_own_use"}
    other = sale | {
        "ship_from_country": "vn",
        "ship_to_country": "Cn",
        "currency": "cny",
        "buyer_kind": "Consumer",
        "channel": "eCommerce",
        "incoterm": "dap",
        "country_of_origin": "vN",
        "proof_of_origin": "None",
        "tax_class": "Standard",
        "asserted": "Indivisible_Own_Use",
    }
    found = answered(*[sale, other] * rows)
    assert found[0]["fault"] is None
    assert [{**row, **sale} for row in found] == [{**found[0], **sale}] * len(found)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (pa.array([float("nan")]), "invalid_amount"),
        (pa.array([float("inf")]), "invalid_amount"),
        (pa.array([1e300]), "invalid_amount"),
        (pa.array([-5]), "invalid_amount"),
        (pa.array([10**18]), "invalid_amount"),  # 10^20 minor units
        (pa.array([100]), None),
    ],
)
def test_a_number_that_is_no_amount(cell: pa.Array, fault: str | None) -> None:
    table = pa.table({**{name: [value] for name, value in GOOD.items()}, "amount": cell})
    assert entrepot.quote_table(table)["fault"].to_pylist() == [fault]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (pa.array([90121]), "invalid_hs_code"),  # 0901.21 without its zero
        (pa.array([90121000]), "invalid_hs_code"),  # 9012.10.00, or 0901.21.000 without its zero
        (pa.array([901.21]), "invalid_hs_code"),
        (pa.array([851713]), "condition.asked"),  # whether the list of retail imports has it
        (pa.array([8517130000]), "condition.asked"),
    ],
)
def test_a_code_that_was_read_as_a_number(code: pa.Array, fault: str | None) -> None:
    table = pa.table({**{name: [value] for name, value in GOOD.items()}, "hs_code": code})
    assess_batches = entrepot.quote_table(table).to_pylist()[0]
    assert assess_batches["fault"] == fault


def test_what_is_said_of_a_number_shows_the_way_out() -> None:
    table = pa.table({**{name: [value] for name, value in GOOD.items()}, "hs_code": [90121]})
    batches = assess_batches(table.to_batches(), law_context(), resolve_columns(table.schema))
    assert '"090121"' in next(batches).to_pylist()[0][MESSAGE]


def test_a_refused_sale_has_the_code_of_its_first_reason() -> None:
    sale = {
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "CN"},
        "currency": "CNY",
        "date": "2026-03-01",
        "lines": [{"hs_code": "0901.21", "amount": "100"}],
    }
    quote = single(sale)
    assert isinstance(quote, entrepot.Quote)
    (row,) = answered(GOOD | {"ship_from_country": "CN"})
    assert (row["fault"], row["outcome"]) == (quote.assessment.reasons[0].code, "refused")
    assert row["status"] == "closed"


@pytest.mark.parametrize("rows", [1, 40])
def test_messages_are_in_the_language_of_the_run(rows: int) -> None:
    wrong = [{"hs_code": "junk"}, {"hs_code": "999999"}, {"ship_to_country": "VN"}, {"date": "1066-10-14"}]
    table = pa.Table.from_pylist([GOOD | change for change in wrong] * rows)
    columns = resolve_columns(table.schema, language="th")
    found = [row for batch in assess_batches(table.to_batches(), law_context(), columns) for row in batch.to_pylist()]
    assert [row["fault"] for row in found[:4]] == ["invalid_hs_code", "hs_code.unknown", "sale.domestic", "law.before"]
    # Each has Thai letters, the value that is wrong, and names of countries in Thai.
    assert all(re.search("[\u0e01-\u0e5b]", row[MESSAGE]) for row in found)
    assert '"junk"' in found[0][MESSAGE]
    assert "เวียดนาม" in found[2][MESSAGE]
    assert found[:4] * rows == found
