"""The answer is the same for a table of any dataframe library."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import entrepot

COLUMNS = {
    "ship_from_country": ["VN", "VN", "VN"],
    "ship_to_country": ["CN", "CN", None],
    "currency": ["CNY"] * 3,
    "hs_code": ["0901.21", "bad", "0901.21"],
    "amount": [100.0, 50.5, 1.0],
    "date": ["2026-03-01"] * 3,
    "shipping_cost": [None, 2.0, None],
}


def check(data: Any) -> None:
    answer = entrepot.quote_table(data)
    assert answer["landed"].to_pylist() == [Decimal("109.10"), None, None]
    assert answer["fault"].to_pylist() == [None, "invalid_hs_code", "missing"]
    assert answer["at_least"].to_pylist() == [False, None, None]
    for name in ("regime", "treatment", "status", "outcome", "out_currency", "fault"):
        assert answer.schema.field(name).type == pa.dictionary(pa.int16(), pa.string())


def test_pyarrow() -> None:
    table = pa.table(COLUMNS)
    check(table)
    check(table.to_batches()[0])
    check(table.to_reader())
    check(pa.concat_tables([table.slice(0, 1), table.slice(1)]))


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    check(pandas.DataFrame(COLUMNS))
    check(pandas.DataFrame(COLUMNS).astype({"hs_code": "category", "ship_to_country": "category"}))
    check(pandas.DataFrame(COLUMNS, index=["a", "b", "c"]))


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    check(polars.DataFrame(COLUMNS))
    check(polars.DataFrame(COLUMNS).with_columns(polars.col("hs_code").cast(polars.Categorical)))


def test_duckdb() -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = pa.table(COLUMNS)
    assert rows.num_rows == 3  # DuckDB finds it by its name
    check(duckdb.sql("select * from rows"))


def test_only_an_array_of_the_capsule() -> None:
    class Capsule:
        """What gives one batch and nothing else."""

        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return pa.RecordBatch.from_pydict(COLUMNS).__arrow_c_array__(requested_schema)

    check(Capsule())


def test_the_day_given_goes_before_the_dates() -> None:
    """The rows say March 2026; on the day given there is another law."""
    table = pa.table(COLUMNS).slice(0, 1)
    early = entrepot.quote_table(table, on=dt.date(2024, 6, 1), explain=True)
    late = entrepot.quote_table(table, explain=True)
    sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "currency": "CNY", "date": "2024-06-01"}
    quote = entrepot.quote({**sale, "lines": [{"hs_code": "0901.21", "amount": 100}]})
    assert quote.best is not None
    assert early["landed"].to_pylist() == [Decimal(quote.best.amount_landed or 0)]
    assert early["law"].to_pylist() == late["law"].to_pylist() == [quote.law.hash[:8]]
