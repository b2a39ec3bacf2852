"""Which columns a table may have, what their cells may be, and the error for a column that does not fit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from entrepot import TableError
from entrepot.batch.rows.columns import FIELDS, resolve_columns
from entrepot.batch.rows.sales import read_sales

#: One value for every column, and the part of the request that it has to become.
LINE = {
    "amount": "100.00",
    "reference": "r1",
    "hs_code": "0901.21",
    "service": "software",
    "description": "coffee",
    "country_of_origin": "VN",
    "proof_of_origin": "rcep",
    "tax_class": "standard",
    "quantity": "3",
    "net_mass_kg": "1.5",
    "gross_mass_kg": "2",
    "litres": "0.7",
    "items": "4",
    "pairs": "5",
    "square_metres": "6",
    "cubic_metres": "7",
    "head": "8",
    "alcohol_percent": "40",
}
SALE = {
    "ship_from_country": "VN",
    "ship_from_state": "HN",
    "ship_from_postal_code": "10000",
    "ship_to_country": "CA",
    "ship_to_state": "ON",
    "ship_to_postal_code": "K1A",
    "date": "2026-03-01",
    "buyer_kind": "business",
    "buyer_tax_ids": "A1 B2;C3",
    "buyer_year_to_date": "12.5",
    "seller_registrations": "eu_ioss, gb_vat",
    "asserted": "direct_consignment",
    "incoterm": "CIF",
    "transport": "air",
    "channel": "trade",
    "currency": "CAD",
    "shipping_cost": "10",
    "insurance_cost": "1",
    "discount_amount": "5",
    "exchange_rates_USD": "1.37",
}
NUMBERS = {name for name, field in FIELDS.items() if field.kind == "number"}


def read(table: pa.Table, **how: Any) -> list[Any]:
    columns = resolve_columns(table.schema, **how)
    return [request for batch in table.to_batches() for request in read_sales(batch, columns)]


def row(**cells: Any) -> pa.Table:
    """One good row, with other cells where they are given; a list of Arrow is taken as it is."""
    good = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "hs_code": "0901.21"}
    good |= {"amount": "100", "date": "2026-03-01"}
    return pa.table({name: cell if isinstance(cell, pa.Array) else [cell] for name, cell in (good | cells).items()})


def test_every_column_becomes_its_field() -> None:
    assert set(LINE) | set(SALE) - {"exchange_rates_USD"} == set(FIELDS)
    (request,) = read(pa.table({name: [value] for name, value in (SALE | LINE | {"rates_duty": "8 %"}).items()}))
    line = {name: Decimal(value) if name in NUMBERS else value for name, value in LINE.items()}
    assert request.sale == {
        "ship_from": {"country": "VN", "state": "HN", "postal_code": "10000"},
        "ship_to": {"country": "CA", "state": "ON", "postal_code": "K1A"},
        "date": dt.date(2026, 3, 1),
        "buyer": {"kind": "business", "tax_ids": ("A1", "B2", "C3"), "year_to_date": Decimal("12.5")},
        "seller": {"registrations": ("eu_ioss", "gb_vat")},
        "asserted": ("direct_consignment",),
        "incoterm": "CIF",
        "transport": "air",
        "channel": "trade",
        "currency": "CAD",
        "shipping_cost": Decimal(10),
        "insurance_cost": Decimal(1),
        "discount_amount": Decimal(5),
        "exchange_rates": {"USD": Decimal("1.37")},
        "lines": [{**line, "rates": {"duty": "8 %"}}],
    }


@pytest.mark.parametrize(
    "amount",
    [
        pa.array(["100.10"]),
        pa.array(["100.10"], pa.large_string()),
        pa.array(["100.10"]).dictionary_encode(),
        pa.array([100.10]),
        pa.array([100.10], pa.float32()),  # its shortest text, not the 100.0999984741211 that it is
        pa.array([Decimal("100.100")]),
        pa.array([Decimal("100.1")], pa.decimal256(50, 4)),
    ],
    ids=lambda array: str(array.type),
)
def test_a_number_of_any_type_is_the_same_number(amount: pa.Array) -> None:
    (request,) = read(row(amount=amount))
    assert request.sale["lines"][0]["amount"] == Decimal("100.1")


@pytest.mark.parametrize(
    "day",
    [
        pa.array(["2026-03-01"]),
        pa.array(["2026-03-01T23:30:00+09:00"]),
        pa.array([dt.date(2026, 3, 1)]),
        pa.array([dt.date(2026, 3, 1)], pa.date64()),
        pa.array([dt.datetime(2026, 3, 1, 23, 30)]),  # noqa: DTZ001  # a column of times often has no zone
        pa.array([dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)], pa.timestamp("ns", "UTC")),
        pa.array([1772366400_000000001], pa.timestamp("ns")),  # noon of that day, and a nanosecond
    ],
    ids=str,
)
def test_a_date_of_any_type_is_the_same_date(day: pa.Array) -> None:
    (request,) = read(row(date=day))
    assert request.sale["date"] == dt.date(2026, 3, 1)


@pytest.mark.parametrize("words", ["a b", "a;b", "a, b", " a ; b ", ["a", "b"], ["a", None, "b"]])
def test_a_list_may_be_a_list_or_a_text(words: Any) -> None:
    (request,) = read(row(asserted=words))
    assert request.sale["asserted"] == ("a", "b")


@pytest.mark.parametrize("cell", [None, "", "   "])
def test_an_empty_cell_is_absent(cell: str | None) -> None:
    names = [name for name in FIELDS if name not in ("amount", "hs_code", "currency")]
    (request,) = read(row(**{name: pa.array([cell], pa.string()) for name in names}))
    assert {key: value for key, value in request.sale.items() if value not in ({}, ())} == {
        "currency": "CNY",
        "lines": [{"hs_code": "0901.21", "amount": Decimal(100)}],
    }


def test_a_column_can_be_mapped_set_or_ignored() -> None:
    table = row().rename_columns({"hs_code": "code", "ship_to_country": "to"}).drop_columns(["ship_from_country"])
    table = table.append_column("shipping_cots", [["9"]])
    mapping = {"code": "hs_code", "to": "ship_to_country", "shipping_cots": None}
    answer = entrepot.quote_table(table, mapping=mapping, constants={"ship_from_country": "VN"})
    assert answer["landed"].to_pylist() == [Decimal("109.10")]  # 100 × 13 % × 70 % of VAT, no freight
    assert answer["shipping_cots"].to_pylist() == ["9"]


def test_other_columns_pass_through_unchanged() -> None:
    odd = pa.array([{"a": [1, 2]}])
    answer = entrepot.quote_table(row(shop=odd))
    assert answer["shop"].to_pylist() == [{"a": [1, 2]}]
    assert answer.schema.names[:7] == row(shop=odd).schema.names


@pytest.mark.parametrize(
    ("change", "how", "says"),
    [
        ({"amuont": "1"}, {}, 'Did you mean "amount"'),
        ({"HS Code": "1"}, {}, 'Did you mean "hs_code"'),
        ({"buyer.kind": "1"}, {}, 'Did you mean "buyer_kind"'),
        ({"exchange_rates_usd": "1"}, {}, 'Did you mean "exchange_rates_USD"'),
        ({"rate_duty": "1"}, {}, 'Did you mean "rates_duty"'),
        ({"Freight": "1"}, {}, 'Did you mean "shipping_cost"'),
        ({"Shipping Country": "CA"}, {}, 'Did you mean "ship_to_country"'),
        ({"Shipping State": "ON"}, {}, 'Did you mean "ship_to_state"'),
        ({"insurance": "1"}, {}, 'Did you mean "insurance_cost"'),
        ({"Consignment": "1"}, {}, 'Did you mean "consignment"'),
        ({"regime": "1"}, {}, "Rename or drop it"),
        ({"shop": "1"}, {"mapping": {"shop": "hs_cod"}}, 'Did you mean "hs_code"'),
        (
            {"shop": "1"},
            {"mapping": {"shop": "hs_code", "hs_code": "hs_code"}},
            'Two columns are assigned to "hs_code"',
        ),
        ({}, {"mapping": {"code": "hs_code"}}, 'The table has no column "code"'),
        ({}, {"constants": {"currency": "USD"}}, 'the column "currency" gives it too'),
        ({}, {"constants": {"curency": "USD"}}, 'Did you mean "currency"'),
        ({"amount": pa.array([[1]])}, {}, "of type list<item: int64>"),
        ({"amount": pa.array([True])}, {}, "of type bool"),
        ({"date": pa.array([20260301])}, {}, "of type int64"),
        ({"asserted": pa.array([1])}, {}, "lists of text, or text"),
    ],
)
def test_an_unusable_table_is_an_error_before_any_work(change: dict[str, Any], how: dict[str, Any], says: str) -> None:
    with pytest.raises(TableError) as error:
        entrepot.quote_table(row(**change), **how)
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["ship_from_country", "ship_to_country", "currency", "amount", "hs_code"])
def test_a_required_field_without_a_column_is_an_error(name: str) -> None:
    with pytest.raises(TableError, match=f"Missing: {name}"):
        entrepot.quote_table(row().drop_columns([name]))


def test_two_columns_of_one_name_are_an_error() -> None:
    twice = pa.Table.from_arrays([*row().columns, row()["amount"]], names=[*row().schema.names, "amount"])
    with pytest.raises(TableError, match='Several columns have the name "amount"'):
        entrepot.quote_table(twice)


def test_a_table_without_rows_has_an_answer_without_rows() -> None:
    answer = entrepot.quote_table(row().slice(0, 0), explain=True)
    assert answer.num_rows == 0
    assert answer.schema.field("landed").type == pa.decimal128(24, 3)
    assert answer.schema.names == entrepot.quote_table(row(), explain=True).schema.names


@pytest.mark.parametrize("data", [[{"amount": 1}], {"amount": [1]}, "sales.csv", None, 7])
def test_data_without_the_arrow_interface_is_an_error(data: Any) -> None:
    with pytest.raises(TableError, match="gives no Arrow"):
        entrepot.quote_table(data)
